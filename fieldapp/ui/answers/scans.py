"""Barcodes: typed, sent by a scanner that types and presses Enter, or read from a picture."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.texts import TypedEditor
from fieldapp.ui.widgets.buttons import IconButton

__all__ = ["BarcodeEditor", "can_decode", "code_in"]


def can_decode() -> bool:
    """Whether the library that reads codes from pictures is installed (the extra `scan`)."""
    try:
        import zxingcpp  # noqa: F401
    except ImportError:
        return False
    return True


def code_in(data: bytes) -> str:
    """The text of the first code in a picture; empty when there is none that can be read."""
    import zxingcpp

    image = QImage.fromData(data)
    if image.isNull():
        return ""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    wide, high, line = grey.width(), grey.height(), grey.bytesPerLine()
    rows = bytes(grey.constBits())
    whole = b"".join(rows[at * line : at * line + wide] for at in range(high))
    found = zxingcpp.read_barcodes(memoryview(whole).cast("B", (high, wide)))
    return next((str(each.text) for each in found if each.text), "")


class BarcodeEditor(TypedEditor):
    """The code in a line; `picture_wanted()` asks the page for a picture to read it from, `take_code` brings what was in it."""

    picture_wanted = Signal()

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self.scan = IconButton("scan")
        self.scan.setObjectName("scan")
        self.scan.clicked.connect(self.picture_wanted)
        self.row.addWidget(self.scan)
        self.scan.setVisible(can_decode())
        self.scan.setEnabled(view.photo_why is None)
        self._code_missing = False

    def read(self, typed: str) -> str:
        """The code without the blanks that a scanner may send around it."""
        return typed.strip()

    def take_code(self, text: str) -> None:
        """Answer with the code of a picture, or say that there was none."""
        self._code_missing = not text
        if text:
            self.line.setText(text)
            self._commit()
        else:
            self._refuse(say("There is no code in this picture that can be read. Type it, or take a sharper one."))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the code."""
        super().show_view(view, language)
        self.line.setPlaceholderText(say("Scan or type the code").read(language))
        words = say("Read the code from a picture").read(language)
        self.scan.set_name(f"{words} · {view.photo_why.read(language)}" if view.photo_why is not None else words)
