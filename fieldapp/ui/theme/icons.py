"""Icons of one family: Remix Icon 2.5 (Apache License 2.0), the font that qtawesome carries as `ri`.

Only that one font is loaded; the names below are the only ones the screens use.
"""

from __future__ import annotations

import functools
from typing import Any, Literal

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPixmap, QPixmapCache

from fieldapp.ui.theme.tokens import Tone

__all__ = ["ICONS", "TONE_ICONS", "IconName", "icon", "pixmap"]

IconName = Literal[
    "today", "cases", "inspections", "spares", "changes", "reports", "equipment", "duty", "sync", "settings",
    "search", "check", "cross", "warning", "clock", "question", "info", "back", "next", "previous", "up", "dot",
    "lock", "shield", "stick", "upload", "download", "print", "camera", "scan", "phone", "tools", "history", "undo",
    "erase", "delete", "more", "language", "leave", "add", "minus", "offline", "place", "photo", "attach", "flag",
    "play", "stop", "pause", "filter", "empty", "database", "light", "dark", "star", "edit", "barcode", "save", "down",
    "people", "error", "backspace", "lower",
]  # fmt: skip

ICONS: dict[IconName, str] = {
    "today": "calendar-line",
    "cases": "briefcase-4-line",
    "inspections": "checkbox-line",
    "spares": "archive-line",
    "changes": "arrow-up-line",
    "reports": "file-text-line",
    "equipment": "server-line",
    "duty": "user-line",
    "sync": "refresh-line",
    "settings": "settings-3-line",
    "search": "search-line",
    "check": "check-line",
    "cross": "close-line",
    "warning": "alert-line",
    "error": "error-warning-line",
    "clock": "time-line",
    "question": "question-line",
    "info": "information-line",
    "back": "arrow-left-line",
    "next": "arrow-right-s-line",
    "previous": "arrow-left-s-line",
    "up": "arrow-up-line",
    "down": "arrow-down-s-line",
    "lower": "arrow-down-line",
    "dot": "checkbox-blank-circle-fill",
    "lock": "lock-2-line",
    "shield": "shield-check-line",
    "stick": "u-disk-line",
    "upload": "upload-2-line",
    "download": "download-2-line",
    "print": "printer-line",
    "camera": "camera-line",
    "scan": "qr-scan-2-line",
    "phone": "phone-line",
    "tools": "tools-line",
    "history": "history-line",
    "undo": "arrow-go-back-line",
    "erase": "eraser-line",
    "delete": "delete-bin-line",
    "more": "more-line",
    "language": "global-line",
    "leave": "logout-box-r-line",
    "add": "add-line",
    "minus": "subtract-line",
    "offline": "wifi-off-line",
    "place": "map-pin-line",
    "photo": "image-line",
    "attach": "attachment-line",
    "flag": "flag-line",
    "play": "play-line",
    "stop": "stop-circle-line",
    "pause": "pause-line",
    "filter": "filter-3-line",
    "empty": "inbox-line",
    "database": "database-2-line",
    "light": "sun-line",
    "dark": "moon-line",
    "star": "star-line",
    "edit": "pencil-line",
    "barcode": "barcode-line",
    "save": "save-line",
    "people": "team-line",
    "backspace": "delete-back-2-line",
}

TONE_ICONS: dict[Tone, IconName] = {
    "neutral": "clock",
    "met": "check",
    "due": "clock",
    "breached": "warning",
    "unknown": "question",
    "accent": "info",
}


@functools.cache
def _family() -> Any:
    from qtawesome.iconic_font import IconicFont

    return IconicFont(("ri", "remixicon-2.5.0.ttf", "remixicon-charmap-2.5.0.json"))


def icon(name: IconName, colour: str, disabled: str | None = None) -> QIcon:
    """An icon that is drawn sharp at any size, in one colour (`#RRGGBB`)."""
    made: QIcon = _family().icon(f"ri.{ICONS[name]}", color=colour, color_disabled=disabled or colour)
    return made


def pixmap(name: IconName, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """An icon as a picture of `size` logical pixels on a screen with that device pixel ratio."""
    key = f"fieldapp:{name}:{colour}:{size}:{ratio}"
    made = QPixmap()
    if QPixmapCache.find(key, made):
        return made
    made = icon(name, colour).pixmap(QSize(size, size), ratio)
    QPixmapCache.insert(key, made)
    return made
