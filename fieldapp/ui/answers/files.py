"""Files that answer a question: photos, drawings, sounds, films and any other; chosen, dropped, pasted or drawn."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent, QKeySequence, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.parts.canvas import png_of
from fieldapp.ui.answers.sketches import SketchDialog
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton, SecondaryButton
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["FileEditor", "size_words"]

_SEEN = 160
_CHOOSE: dict[str, Sentence] = {
    "image": say("Choose a photo"),
    "audio": say("Choose a sound"),
    "video": say("Choose a film"),
    "file": say("Choose a file"),
}


def size_words(size: int) -> str:
    """A size as people read it: 640 B, 12 KB, 3.4 MB."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


class FileEditor(Editor):
    """`wanted()` asks the page to let a file be chosen, `path_given(path)` brings one that was dropped, `data_given(bytes, kind)` a PNG
    that was pasted or drawn (`kind`: pasted | drawn | annotated), `content_wanted()` asks for what stands behind the answer,
    `open_wanted()` for the system's program. Where the site forbids files, a text stands in their place.
    """

    wanted = Signal()
    path_given = Signal(object)
    data_given = Signal(object, str)
    content_wanted = Signal()
    open_wanted = Signal()

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        looks = set(view.appearance.split())
        self._kind = view.kind
        self._photo = view.kind == "image"
        self._signed = self._photo and "signature" in looks
        self._drawn = self._photo and ("draw" in looks or self._signed)
        self._annotated = self._photo and "annotate" in looks
        self._allowed = view.why_not is None
        self._value, self._label = "", ""
        self._size: int | None = None
        self._data: bytes | None = None
        self._language: Language = "zh"
        self.button = SecondaryButton(symbol="edit" if self._drawn else "photo" if self._photo else "attach")
        self.button.setObjectName("draw" if self._drawn else "file")
        self.button.setEnabled(self._allowed)
        self.paste = self._plain_button("paste", "add", self.take_clipboard)
        self.mark = self._plain_button("annotate", "edit", self.draw)
        self.open = self._plain_button("open", "play" if view.kind in ("audio", "video") else "info", self.open_wanted.emit)
        self.remove = IconButton("delete", kind="quiet")
        self.remove.setObjectName("remove")
        self.name, self.weight = Elided("", "body"), Text("", "small", wrap=False)
        self.name.setObjectName("file-name")
        self.line = QLineEdit()
        self.line.setObjectName("line")
        self.picture = QLabel()
        self.picture.setObjectName("picture")
        self.picture.hide()
        self._build()
        self.setAcceptDrops(self._allowed and not self._drawn)
        self.button.clicked.connect(self.draw if self._drawn else self.wanted)
        self.remove.clicked.connect(lambda: self.committed.emit(""))
        self.line.textEdited.connect(self.edited)
        self.line.editingFinished.connect(lambda: self.committed.emit(self.line.text()))
        self.line.returnPressed.connect(self.confirmed)

    def _plain_button(self, name: str, symbol: IconName, then: object) -> SecondaryButton:
        made = SecondaryButton(symbol=symbol)
        made.setObjectName(name)
        made.clicked.connect(then)
        made.hide()
        return made

    def _build(self) -> None:
        held = QHBoxLayout()
        held.setSpacing(GAP.medium)
        held.addWidget(self.picture)
        held.addWidget(self.line, 1)
        held.addWidget(self.name, 1)
        held.addWidget(self.weight)
        held.addWidget(self.remove)
        self.column.addLayout(held)
        self.column.setSpacing(GAP.small)
        self.buttons = FlowRow([self.button, self.paste, self.mark, self.open])
        self.column.addWidget(self.buttons)
        self.why = Text("", "small")
        self.column.addWidget(self.why)
        self.why.setVisible(not self._allowed)
        self.buttons.setVisible(self._allowed)
        self.line.setVisible(not self._allowed)
        self.setFocusProxy(self.button if self._allowed else self.line)
        self.button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+V pastes a picture, Delete removes, Enter with an answer goes on."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.matches(QKeySequence.StandardKey.Paste) and self._photo and not self._drawn:
            self.take_clipboard()
            return True
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._value:
            self.committed.emit("")
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._value:
                self.confirmed.emit()
            else:
                self.button.click()
            return True
        return False

    # what a person gives

    def take_clipboard(self) -> None:
        """Take the picture, or the file, that was copied elsewhere."""
        mime = QGuiApplication.clipboard().mimeData()
        if mime is not None and mime.hasImage():
            self._take_image(QGuiApplication.clipboard().image())
        elif mime is not None and mime.hasUrls() and mime.urls()[0].isLocalFile():
            self.path_given.emit(Path(mime.urls()[0].toLocalFile()))

    def _take_image(self, image: QImage) -> None:
        if image.isNull() or not self._allowed:
            return
        self.data_given.emit(png_of(image), "pasted")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are taken, and pictures where one is asked for."""
        mime = event.mimeData()
        if any(url.isLocalFile() for url in mime.urls()) or (self._photo and mime.hasImage()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the first of what was dropped."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.path_given.emit(Path(paths[0]))
        elif self._photo and event.mimeData().hasImage():
            image = QImage(event.mimeData().imageData())
            self._take_image(image)
        event.acceptProposedAction()

    def draw(self) -> None:
        """Open the window to draw in: on the photo that is here, or on an empty sheet."""
        photo = QImage.fromData(self._data) if self._data is not None and (self._annotated or not self._signed) else None
        if self._annotated and (photo is None or photo.isNull()):
            return
        dialog = SketchDialog(self, self._label, self._language, photo=photo, signed=self._signed)
        dialog.made.connect(lambda data: self.data_given.emit(data, "annotated" if self._annotated else "drawn"))
        dialog.finished.connect(lambda _: self.setFocus(Qt.FocusReason.OtherFocusReason))
        dialog.open()

    # what is shown

    def show_content(self, size: int | None, data: bytes | None) -> None:
        """Show what stands behind the answer: its size, of a picture the picture; None where it is not on this laptop."""
        self._size, self._data = size, data
        picture = QPixmap()
        seen = self._photo and data is not None and picture.loadFromData(data)
        if seen:
            high = current_theme().px(_SEEN)
            ratio = self.devicePixelRatioF()
            bounds = picture.size().scaled(round(2 * high * ratio), round(high * ratio), Qt.AspectRatioMode.KeepAspectRatio)
            small = (
                picture
                if picture.width() <= bounds.width()
                else picture.scaled(bounds, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
            )
            framed = QPixmap(small)
            painter = QPainter(framed)
            painter.setPen(QPen(QColor(current_theme().colours.edge), ratio))
            painter.drawRect(framed.rect().adjusted(0, 0, -1, -1))  # a drawing on white has an end, too
            painter.end()
            framed.setDevicePixelRatio(ratio)
            self.picture.setPixmap(framed)
        self.picture.setVisible(seen)
        self._show_state()

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the file, or what stands in its place, and why."""
        self._language, self._label = language, view.label.read(language)
        other, self._value = view.value != self._value, view.value
        sign = say("Sign here") if self._signed else say("Draw")
        self.button.setText((sign if self._drawn else _CHOOSE.get(self._kind, _CHOOSE["file"])).read(language))
        self.paste.setText(say("Paste").read(language))
        self.mark.setText(say("Draw on the photo").read(language))
        self.open.setText((say("Play") if self._kind in ("audio", "video") else say("Open the file")).read(language))
        for button in (self.button, self.paste, self.mark, self.open):
            button.setAccessibleName(f"{self._label}: {button.text()}")
        hint = say("What you see, and who is the witness") if self._photo else say("The values, or where the file is kept at the customer")
        self.line.setPlaceholderText(hint.read(language))
        self.line.setAccessibleName(f"{self._label}: {hint.read(language)}")
        if self.line.text() != view.value:
            self.line.setText(view.value)
        self.name.setText(view.value)
        self.remove.set_name(say("Remove").read(language))
        if view.why_not is not None:
            self.why.setText(view.why_not.read(language))
        if other:
            self._size = self._data = None
            self.picture.hide()
            if view.value and self._allowed:
                self.content_wanted.emit()
        self._show_state()

    def _show_state(self) -> None:
        held = self._allowed and bool(self._value)
        self.name.setVisible(held)
        self.remove.setVisible(held)
        self.weight.setVisible(held and self._size is not None)
        self.weight.setText(size_words(self._size) if self._size is not None else "")
        self.picture.setAccessibleName(f"{self._label}: {self._value}")
        self.paste.setVisible(self._photo and not self._drawn)
        self.mark.setVisible(held and self._annotated and self._data is not None)
        self.open.setVisible(held and self._data is not None)
