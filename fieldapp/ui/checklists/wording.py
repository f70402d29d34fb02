"""What a question says besides its title: words with markup, hint, guidance, pictures and sounds, a value that is only shown."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.figures import compass, grouped, step_label
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.made import is_map
from fieldapp.ui.answers.parts.coordinates import points_of
from fieldapp.ui.answers.parts.moments import as_typed, moment_of
from fieldapp.ui.answers.parts.rich import RichText
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import LinkButton, SecondaryButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["Wording", "value_words"]

_SEEN = 240
_PROGRAM = re.compile(r"(?:^|\s)ex:([\w.]+)")


def value_words(view: QuestionView, language: Language) -> str:
    """An answer in words: labels of choices, moments and places as people write them."""
    if view.kind in ("select_one", "select_multiple", "rank"):
        labels = {each.value: each.label.read(language) for each in view.choices}
        parts = [view.value] if view.kind == "select_one" else view.value.split()
        return ", ".join(labels.get(each, each) for each in parts if each)
    if view.kind in ("geopoint", "geotrace", "geoshape"):
        return "\n".join(each.typed for each in points_of(view.value)) or view.value
    looks = view.appearance.split()
    if "thousands-sep" in looks:
        return f"{grouped(view.value)} {view.unit}".strip()
    name = step_label(view, view.value)
    if name is not None:
        return f"{view.value} {view.unit} {name.read(language)}".replace("  ", " ")
    direction = compass(view.value) if "bearing" in looks else None
    if direction is not None:
        return f"{view.value}° {direction.read(language)}"
    words = as_typed(moment_of(view.kind, view.appearance), view.value)
    return f"{words} {view.unit}".strip() if words else ""


class Wording(QWidget):
    """`media_wanted(name)` for a picture that is shown, `play_wanted(name)` for a sound, a film or a large picture that is opened."""

    media_wanted = Signal(str)
    play_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP.small)
        self._rich: dict[str, RichText] = {}
        self._texts: dict[str, Text] = {}
        self._fold: LinkButton | None = None
        self._open = False
        self._picture: QLabel | None = None
        self._asked = ""
        self._plays: dict[str, SecondaryButton] = {}
        self.hide()

    def _line(self, name: str, plain: str, html: str, role: str) -> None:
        """One of the texts, plain or with markup, made when it is needed first; its place is the order of the calls."""
        rich, text = self._rich.get(name), self._texts.get(name)
        if html and rich is None:
            rich = self._rich[name] = RichText("strong" if role == "strong" else "small" if role == "small" else "body")
            rich.setObjectName(f"rich-{name}")
            self._column.addWidget(rich)
        if plain and not html and text is None:
            text = self._texts[name] = Text("", "small" if role == "small" else "body", selectable=role == "value")
            text.setObjectName(f"text-{name}")
            self._column.addWidget(text)
        if rich is not None:
            rich.set_html(html, plain)
            rich.setVisible(bool(html))
        if text is not None:
            text.setText(plain)
            text.setVisible(bool(plain) and not html)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show what there is of it."""
        rich = view.marked_up
        marked = {name: rich[name].read(language) if name in rich else "" for name in ("label", "hint", "guidance")}
        label = view.label.read(language)
        self._line("label", label if marked["label"] else "", marked["label"], "strong")
        self._show_media(view, language)
        self._line("hint", view.hint.read(language), marked["hint"], "small")
        guidance = view.guidance.read(language)
        if guidance and self._fold is None:
            self._fold = LinkButton(symbol="info")
            self._fold.setObjectName("guidance")
            self._fold.clicked.connect(self.turn)
            self._column.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)
        if self._fold is not None:
            self._fold.setText((say("Hide the guidance") if self._open else say("Show the guidance")).read(language))
            self._fold.setAccessibleDescription(label)
            self._fold.setVisible(bool(guidance))
        self._line("guidance", guidance if self._open else "", marked["guidance"] if self._open else "", "body")
        self._view, self._language = view, language
        if view.lacking is not None and "lacking" not in self._texts:
            self._texts["lacking"] = Text("", "small", "due")
            self._texts["lacking"].setObjectName("text-lacking")
            self._column.addWidget(self._texts["lacking"])
        if "lacking" in self._texts:
            self._line("lacking", view.lacking.read(language) if view.lacking is not None else "", "", "small")
        program = _PROGRAM.search(view.appearance)
        if program is not None:
            told = say("The form names another program here ({name}). None is called: enter the value yourself.", name=program[1])
            self._line("program", told.read(language), "", "small")
        only_shown = (view.readonly or view.lacking is not None) and view.kind != "note"
        self._line("value", value_words(view, language) if only_shown else "", "", "value")
        self.setVisible(any(part.isVisibleTo(self) for part in self._parts()))

    def _parts(self) -> list[QWidget]:
        more: list[QWidget] = [each for each in (self._fold, self._picture) if each is not None]
        return [*self._rich.values(), *self._texts.values(), *self._plays.values(), *more]

    def turn(self) -> None:
        """Unfold the guidance, or fold it."""
        self._open = not self._open
        self.show_view(self._view, self._language)

    def _show_media(self, view: QuestionView, language: Language) -> None:
        files = {kind: names.read(language) for kind, names in view.media}
        name = "" if is_map(view) and view.lacking is None and not view.readonly else files.get("image", "")
        if name and self._picture is None:
            self._picture = QLabel()
            self._picture.setObjectName("label-picture")
            self._picture.setTextFormat(Qt.TextFormat.PlainText)
            self._column.addWidget(self._picture)
        if self._picture is not None:
            self._picture.setVisible(bool(name))
            if name and name != self._asked:
                self._asked = name
                self._picture.setText(say("The picture {name} is not on this laptop", name=name).read(language))
                self.media_wanted.emit(name)
            self._picture.setAccessibleName(f"{view.label.read(language)}: {name}")
        words = {"audio": say("Play the sound"), "video": say("Play the film"), "big-image": say("Open the large picture")}
        for kind, sentence in words.items():
            if files.get(kind) and kind not in self._plays:
                button = self._plays[kind] = SecondaryButton(symbol="photo" if kind == "big-image" else "play", compact=True)
                button.setObjectName(f"play-{kind}")
                self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
                button.clicked.connect(lambda _=False, kind=kind: self._play(kind))
            if kind in self._plays:
                self._plays[kind].setText(sentence.read(language))
                self._plays[kind].setVisible(bool(files.get(kind)))

    def _play(self, kind: str) -> None:
        self.play_wanted.emit(dict(self._view.media)[kind].read(self._language))

    def show_media(self, name: str, data: bytes) -> None:
        """Show a picture that was wanted."""
        picture = QPixmap()
        if self._picture is not None and name == self._asked and picture.loadFromData(data):
            high, ratio = current_theme().px(_SEEN), self.devicePixelRatioF()
            if picture.height() > high * ratio:
                picture = picture.scaledToHeight(round(high * ratio), Qt.TransformationMode.SmoothTransformation)
            picture.setDevicePixelRatio(ratio)
            self._picture.setPixmap(picture)
