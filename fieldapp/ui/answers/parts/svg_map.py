"""A drawing (SVG) whose areas are choices: those chosen are tinted, one under the pointer is touched up, a press tells its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QByteArray, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldapp.ui.theme.style import current_theme

__all__ = ["SvgMap"]

_MOST_HIGH = 420
_LARGEST = 4 * 1024 * 1024
_REACH = 12
# What a drawing of a stranger's workbook may not do: expand without end, or show files of this laptop.
_ENTITIES = re.compile(rb"<!ENTITY", re.IGNORECASE)
_PICTURES = re.compile(rb"<(?:\w+:)?image\b[^>]*?(?:/>|>.*?</(?:\w+:)?image\s*>)", re.IGNORECASE | re.DOTALL)


def _harmless(data: bytes) -> bytes:
    """A drawing without pictures inside it; empty for one that is too large or declares entities."""
    return b"" if len(data) > _LARGEST or _ENTITIES.search(data) else _PICTURES.sub(b"", data)


class SvgMap(QWidget):
    """`pressed(name)` for an area; those that are not in the drawing are never told."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._drawing = QSvgRenderer(self)
        self._names: tuple[str, ...] = ()
        self._chosen: frozenset[str] = frozenset()
        self._under = ""
        self._masks: dict[str, QImage] = {}
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_drawing(self, data: bytes) -> bool:
        """Show a drawing; False, and nothing is shown, for what is none."""
        held = _harmless(data)
        good = bool(held) and self._drawing.load(QByteArray(held)) and not self._drawing.viewBoxF().isEmpty()
        self._masks.clear()
        self.setVisible(good)
        self.updateGeometry()
        return good

    def set_areas(self, names: Sequence[str], chosen: Iterable[str]) -> None:
        """Which areas may be pressed, and which are chosen."""
        self._names, self._chosen = tuple(names), frozenset(chosen)
        self.update()

    # geometry

    def sizeHint(self) -> QSize:
        """As wide as there is room, as high as that makes it."""
        width = self.width() if self.width() > 1 else current_theme().px(560)
        return QSize(width, self.heightForWidth(width))

    def hasHeightForWidth(self) -> bool:
        """The drawing keeps its shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of the drawing at a width."""
        whole = self._drawing.viewBoxF()
        return min(round(width * whole.height() / whole.width()), current_theme().px(_MOST_HIGH)) if not whole.isEmpty() else 1

    def _place(self) -> QRectF:
        """Where the drawing stands in the widget."""
        whole = self._drawing.viewBoxF()
        scale = min(self.width() / whole.width(), self.height() / whole.height())
        return QRectF(0, 0, whole.width() * scale, whole.height() * scale)

    def _area(self, name: str) -> QRectF:
        """The box around an area, in the widget."""
        whole, place = self._drawing.viewBoxF(), self._place()
        box = self._drawing.transformForElement(name).mapRect(self._drawing.boundsOnElement(name))
        scale = place.width() / whole.width()
        return QRectF((box.x() - whole.x()) * scale, (box.y() - whole.y()) * scale, box.width() * scale, box.height() * scale)

    def _mask(self, name: str) -> QImage:
        """The area alone, as it is drawn, in one colour."""
        found, ratio = self._masks.get(name), self.devicePixelRatioF()
        if found is None or found.size() != self.size() * ratio:
            found = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
            found.setDevicePixelRatio(ratio)
            found.fill(Qt.GlobalColor.transparent)
            painter = QPainter(found)
            self._drawing.render(painter, name, self._area(name))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(self.rect(), QColor(current_theme().colours.accent))
            painter.end()
            self._masks[name] = found
        return found

    def area_at(self, spot: QPointF) -> str:
        """The area at a place: the one whose ink is there, else the smallest whose box is; "" where there is none."""
        there = [name for name in self._names if self._drawing.elementExists(name) and self._area(name).contains(spot)]
        inked = [name for name in there if self._mask(name).pixelColor((spot * self.devicePixelRatioF()).toPoint()).alpha() > _REACH]
        return min(inked or there, key=lambda name: self._area(name).width() * self._area(name).height(), default="")

    # what a person does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell the area that was pressed."""
        name = self.area_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else ""
        if name:
            self.pressed.emit(name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Touch up the area under the pointer."""
        self._point_at(self.area_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        super().leaveEvent(event)
        self._point_at("")

    def _point_at(self, name: str) -> None:
        if name != self._under:
            self._under = name
            self.setCursor(Qt.CursorShape.PointingHandCursor if name else Qt.CursorShape.ArrowCursor)
            self.update()

    # what is shown

    def paintEvent(self, event: QPaintEvent) -> None:
        """The drawing on a light ground, as it was made for paper; the areas over it."""
        if not self._drawing.isValid():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = self._place()
        painter.fillRect(place, Qt.GlobalColor.white)
        self._drawing.render(painter, place)
        for name in self._names:
            strength = 0.65 if name in self._chosen else 0.2 if name == self._under else 0.0
            if strength and self._drawing.elementExists(name):
                painter.setOpacity(strength)
                painter.drawImage(0, 0, self._mask(name))

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_masks"):
            self._masks.clear()
            self.updateGeometry()
