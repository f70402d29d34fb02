"""A question as a card: its title, its editor, why it was not checked, what an abnormal item asks for."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.files import FileEditor
from fieldapp.ui.answers.grids import GridHead, in_grid
from fieldapp.ui.answers.keys import KeysEditor
from fieldapp.ui.answers.made import editor_class, editor_for
from fieldapp.ui.answers.numbers import NumberEditor
from fieldapp.ui.answers.scans import BarcodeEditor
from fieldapp.ui.checklists.finding_box import FindingBox
from fieldapp.ui.checklists.readings import NumberRow
from fieldapp.ui.checklists.wording import Wording
from fieldapp.ui.theme.style import language_of, mark
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.layouts import FlowRow, clear
from fieldapp.ui.widgets.tags import ChipButton, Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["REASONS", "QuestionCard"]

REASONS: dict[str, Sentence] = {
    "not_permitted": say("Not permitted"),
    "no_access": say("No access"),
    "powered_off": say("Powered off"),
    "no_time": say("No time"),
}


class QuestionCard(Card):
    """Signals carry the question's key: `typed`, `answered` (text), `marked` (result, reason), `went_on`, `finding_changed` (fields),
    `finding_typed`, `photo_wanted`, `case_wanted`, `file_wanted`, `path_given` (a file), `data_given` (a PNG, how it was made),
    `content_wanted` and `open_wanted` (what the answer names), `scan_wanted`; `media_wanted` and `play_wanted` carry a name.
    """

    typed = Signal(str, str)
    answered = Signal(str, str)
    marked = Signal(str, str, str)
    went_on = Signal(str)
    finding_changed = Signal(str, object)
    finding_typed = Signal()
    photo_wanted = Signal(str)
    case_wanted = Signal(str)
    file_wanted = Signal(str)
    path_given = Signal(str, object)
    data_given = Signal(str, object, str)
    content_wanted = Signal(str)
    open_wanted = Signal(str)
    scan_wanted = Signal(str)
    media_wanted = Signal(str)
    play_wanted = Signal(str)

    def __init__(self, view: QuestionView, language: Language, *, nested: bool = False, editable: bool = True) -> None:
        super().__init__(gap=GAP.medium)
        self.key, self._nested, self._editable, self._heard = view.key, nested, editable, False
        self.setObjectName(f"card-{view.name}")
        self.trend, self.last, self.state = Tag("", "due"), Text("", "small", wrap=False), Tag("", "neutral")
        for part in (self.last, self.trend, self.state):
            self.add_to_title(part)
        self.editor: Editor | None = None
        self._made: type[Editor] | None = None
        self._numbers: NumberRow | None = None
        self._more: IconButton | None = None
        self._grid_head: GridHead | None = None
        self._built = False
        self._asks: list[str] = []
        self.wording, self._place = Wording(), QHBoxLayout()
        self.wording.media_wanted.connect(self._want)
        self.wording.play_wanted.connect(self.play_wanted)
        self._place.setSpacing(GAP.small)
        self.message = Text("", "small", "breached")
        self.add(self.wording)
        self.body.addLayout(self._place)
        self.reasons: dict[str, ChipButton] = {}
        self.reason_row: FlowRow | None = None
        self.add(self.message)
        self.finding: FindingBox | None = None
        self.show_view(view, language)

    def _build_editor(self, view: QuestionView) -> None:
        """Make the editor that the question needs now: choices that a filter brought may need another one."""
        self._built, self._made = True, editor_class(view)
        clear(self._place)
        self._numbers = self._more = self._grid_head = None
        editor = self.editor = editor_for(view)
        if editor is None:
            self._grid_head = GridHead(view) if in_grid(view) else None
            if self._grid_head is not None:
                self._place.addWidget(self._grid_head)
            if view.lacking is not None:
                self._place.addStretch(1)
                self._add_menu(view)
            return
        shown: QWidget = editor
        if isinstance(editor, NumberEditor):
            shown = self._numbers = NumberRow(editor, view)
        self._place.addWidget(shown, 1)
        if not isinstance(editor, KeysEditor):
            self._add_menu(view)
        editor.setEnabled(self._editable)
        editor.edited.connect(lambda text: self.typed.emit(self.key, text))
        editor.committed.connect(lambda text: self.answered.emit(self.key, text))
        editor.marked.connect(lambda result: self.marked.emit(self.key, result, ""))
        editor.confirmed.connect(self._confirm)
        editor.media_wanted.connect(self._want)
        if isinstance(editor, FileEditor):
            editor.wanted.connect(lambda: self.file_wanted.emit(self.key))
            editor.path_given.connect(lambda path: self.path_given.emit(self.key, path))
            editor.data_given.connect(lambda data, kind: self.data_given.emit(self.key, data, kind))
            editor.content_wanted.connect(lambda: self._want(""))
            editor.open_wanted.connect(lambda: self.open_wanted.emit(self.key))
        if isinstance(editor, BarcodeEditor):
            editor.picture_wanted.connect(lambda: self.scan_wanted.emit(self.key))

    def _add_menu(self, view: QuestionView) -> None:
        """The button to what can be said instead of an answer, where an item of ours asks."""
        if view.counted and view.item and self._editable:
            self._more = IconButton("more", kind="quiet")
            self._more.setObjectName("more")
            self._more.clicked.connect(self._open_menu)
            self._place.addWidget(self._more, 0, Qt.AlignmentFlag.AlignVCenter)

    # what is fetched: asked for when somebody listens

    def _want(self, name: str) -> None:
        self._asks.append(name)
        if self._heard:
            self.ask()

    def ask(self) -> None:
        """Ask for the pictures and contents that are shown; called once by who brings them, then by itself."""
        self._heard = True
        asks, self._asks = self._asks, []
        for name in dict.fromkeys(asks):
            if name:
                self.media_wanted.emit(name)
            else:
                self.content_wanted.emit(self.key)

    def show_media(self, name: str, data: bytes) -> None:
        """Show a picture of the form."""
        self.wording.show_media(name, data)
        if self.editor is not None:
            self.editor.show_media(name, data)

    def show_content(self, size: int, data: bytes | None) -> None:
        """Show what stands behind an answer."""
        if isinstance(self.editor, FileEditor):
            self.editor.show_content(size, data)

    def _confirm(self) -> None:
        if self.finding is not None and not self.finding.isHidden():
            self.finding.note.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.went_on.emit(self.key)

    def take_focus(self) -> None:
        """Put the cursor where the answer is given."""
        if self.editor is not None:
            self.editor.setFocus(Qt.FocusReason.TabFocusReason)

    def press(self, number: int) -> bool:
        """Take a digit that was typed outside all fields: a result, or a reason while one is asked for."""
        if self.reason_row is not None and not self.reason_row.isHidden():
            chips = list(self.reasons.values())
            if 1 <= number <= len(chips) and not any(chip.isChecked() for chip in chips):
                chips[number - 1].click()
                return True
        return self.editor is not None and self._editable and self.editor.press(number)

    def flush(self) -> None:
        """Hand on what stands in the card's fields and was not told yet."""
        if self.editor is not None and self._editable:
            self.editor.flush()
        if self.finding is not None:
            self.finding.flush()

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the question as it is now."""
        abnormal = view.status == "abnormal"
        self.set_panel("breached" if abnormal else "plain")
        if self._nested:
            self._flatten(abnormal)
        if not self._built or editor_class(view) is not self._made:
            self._build_editor(view)
        self._show_title(view, language)
        self._show_tags(view, language)
        self.wording.show_view(view, language)
        if self.editor is not None:
            self.editor.show_view(view, language)
        if self._numbers is not None:
            self._numbers.show_view(view, language)
        self.message.setText(view.message.read(language) if view.message else "")
        self.message.setVisible(view.message is not None)
        self._show_reasons(view, language)
        self._show_finding(view, language)

    def _show_title(self, view: QuestionView, language: Language) -> None:
        """The title; words with markup stand below it, those of a row of a table in the row itself."""
        if in_grid(view):
            if self._grid_head is not None:
                self._grid_head.show_view(view, language)
            self.setAccessibleName(view.label.read(language))
            return
        other: Language = "en" if language == "zh" else "zh"
        label, second = view.label.read(language), view.label.read(other)
        if "label" in view.marked_up:
            self.set_title(view.item if view.item and not self._nested else "")
            self.setAccessibleName(label)
            return
        title = label if self._nested or not view.item or label.startswith(view.item) else f"{view.item} {label}"
        needed = view.required and not view.item and not view.readonly
        self.set_title(f"{title} *" if needed else title, "" if second == label or len(second) > 60 else second)
        self.title.setToolTip(say("An answer is needed").read(language) if needed else "")

    def _show_reasons(self, view: QuestionView, language: Language) -> None:
        """Ask why it was not checked; the row is made when it is needed first, as most items are checked."""
        asked = self._editable and "unchecked" in (view.value if isinstance(self.editor, KeysEditor) else "", view.result)
        if asked and self.reason_row is None:
            for value in REASONS:
                chip = self.reasons[value] = ChipButton("", "due", checkable=True)
                chip.setObjectName(f"reason-{value}")
                chip.clicked.connect(lambda _=False, value=value: self.marked.emit(self.key, "unchecked", value))
            self.reason_row = FlowRow(list(self.reasons.values()), GAP.medium)
            self.body.insertWidget(self.body.indexOf(self.message), self.reason_row)
        if self.reason_row is not None:
            self.reason_row.setVisible(asked)
        for value, chip in self.reasons.items():
            chip.setText(REASONS[value].read(language))
            chip.updateGeometry()
            chip.setChecked(value == view.reason)

    def _flatten(self, abnormal: bool) -> None:
        """A question inside a row's card has no frame of its own, unless it is abnormal."""
        layout = self.layout()
        assert layout is not None
        side = GAP.large if abnormal else 0
        layout.setContentsMargins(side, side or GAP.tight, side, side or GAP.tight)
        if not abnormal:
            mark(self, panel="none")

    def _show_tags(self, view: QuestionView, language: Language) -> None:
        self.trend.setVisible(view.trend is not None)
        if view.trend is not None:
            self.trend.set(view.trend.read(language))
        self.last.setVisible(view.last is not None)
        self.last.setText(view.last.read(language) if view.last else "")
        shown = bool(view.result) and not isinstance(self.editor, KeysEditor)
        self.state.setVisible(shown)
        if shown:
            na = view.result == "na"
            words = say("Not applicable") if na else say("Not checked")
            reason = "" if na or view.reason not in REASONS else f" · {REASONS[view.reason].read(language)}"
            self.state.set(words.read(language) + reason, "neutral" if na else "due")
        if self._more is not None:
            self._more.set_name(say("Not applicable or not checked").read(language))

    def mark_menu(self) -> QMenu:
        """The menu of what can be said instead of an answer."""
        menu, language = QMenu(self), language_of(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def add(words: str, result: str, reason: str) -> None:
            menu.addAction(words).triggered.connect(lambda: self.marked.emit(self.key, result, reason))

        add(say("Not applicable").read(language), "na", "")
        for reason, sentence in REASONS.items():
            add(say("Not checked: {reason}", reason=sentence).read(language), "unchecked", reason)
        menu.addSeparator()
        add(say("Take the mark back").read(language), "", "")
        return menu

    def _open_menu(self) -> None:
        if self._more is not None:
            self.mark_menu().popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _show_finding(self, view: QuestionView, language: Language) -> None:
        wanted = view.status == "abnormal" or (view.finding is not None and bool(view.finding.case_id))
        if wanted and self.finding is None:
            self.finding = FindingBox()
            self.finding.setEnabled(self._editable)
            self.finding.typed.connect(self.finding_typed)
            self.finding.changed.connect(lambda fields: self.finding_changed.emit(self.key, fields))
            self.finding.photo_wanted.connect(lambda: self.photo_wanted.emit(self.key))
            self.finding.case_wanted.connect(lambda: self.case_wanted.emit(self.key))
            self.add(self.finding)
        if self.finding is not None:
            self.finding.setVisible(wanted)
            if wanted:
                self.finding.show_finding(view.finding, view.photo_why, language)
