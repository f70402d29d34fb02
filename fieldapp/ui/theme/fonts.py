"""Loads the fonts that ship with the program, so that Han characters never depend on the machine."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from fieldapp.base.errors import StorageError
from fieldapp.base.i18n import N_
from fieldapp.base.settings import resource
from fieldapp.ui.theme.tokens import TEXT, Theme

__all__ = ["FAMILY", "FontsMissingError", "body_font", "font", "load_fonts"]

FAMILY = "Noto Sans SC"
_FILES = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")


class FontsMissingError(StorageError):
    """A font that ships with the program cannot be read."""

    code = "FA-350"
    message = N_("The program's font {name} cannot be read. Your data is untouched. Install the program again.")


def load_fonts() -> None:
    """Load both weights once; FontsMissingError when a file is missing or broken."""
    if "Bold" in QFontDatabase.styles(FAMILY) and "Regular" in QFontDatabase.styles(FAMILY):
        return
    for name in _FILES:
        if QFontDatabase.addApplicationFont(str(resource(f"fonts/{name}"))) < 0:
            raise FontsMissingError(name=name)


def font(theme: Theme, size: float, bold: bool = False) -> QFont:
    """The family at a size in pixels at 100 %, scaled by the theme."""
    made = QFont(FAMILY)
    made.setPixelSize(theme.px(size))
    made.setBold(bold)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def body_font(theme: Theme) -> QFont:
    """The font of plain text."""
    return font(theme, TEXT.body)
