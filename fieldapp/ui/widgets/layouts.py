"""Layouts: one that flows over lines, columns that can be filled anew, a heading with its buttons."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLayout, QLayoutItem, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.texts import Text

__all__ = ["Column", "FlowLayout", "FlowRow", "PageHeader", "PagedColumn", "Pairs", "Row", "ScrollColumn", "TwoColumns", "clear"]


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()


class _OwnLayout(QLayout):
    """Items in their order, as high as they need at a width: what a layout of ours does not do itself."""

    def __init__(self, parent: QWidget | None, gap: int) -> None:
        super().__init__(parent)
        self.setContentsMargins(QMargins(0, 0, 0, 0))
        self.setSpacing(gap)
        self._items: list[QLayoutItem] = []
        self._heights: dict[int, int] = {}

    def invalidate(self) -> None:
        """Measure anew: an item changed."""
        if hasattr(self, "_heights"):  # Qt asks while it is being made, too
            self._forget()
        super().invalidate()

    def _forget(self) -> None:
        self._heights.clear()

    def addItem(self, item: QLayoutItem) -> None:
        """Qt's way to add; use `addWidget`."""
        self._items.append(item)

    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The item at an index, or None."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take the item at an index out, or None."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """It wants no more room than its items."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """The height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all items at a width."""
        found = self._heights.get(width)
        if found is None:  # a column of hundreds of cards asks each of them for every key that is typed
            found = self._heights[width] = self._place(QRect(0, 0, width, 0), apply=False)
        return found

    def setGeometry(self, rect: QRect) -> None:
        """Place the items."""
        super().setGeometry(rect)
        self._place(rect, apply=True)

    def minimumSize(self) -> QSize:
        """The widest item alone."""
        size = QSize(0, 0)
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, apply: bool) -> int:
        """Place the items when `apply` says so; the height that they take."""
        return 0


class FlowLayout(_OwnLayout):
    """Lays widgets side by side and goes on to the next line when the width is used up."""

    def __init__(self, parent: QWidget | None = None, gap: int = GAP.small) -> None:
        super().__init__(parent, gap)

    def sizeHint(self) -> QSize:
        """All items on one line."""
        hints = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(h.width() for h in hints) + self.spacing() * max(0, len(hints) - 1)
        return QSize(width, max((h.height() for h in hints), default=0))

    def _place(self, rect: QRect, apply: bool) -> int:
        top, line, used = rect.y(), list[tuple[QLayoutItem, QSize]](), 0
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if size.width() > rect.width() > 0:
                height = item.heightForWidth(rect.width()) if item.hasHeightForWidth() else size.height()
                size = QSize(rect.width(), height)
            if line and used + size.width() > rect.width():
                lines.append(line)
                line, used = [], 0
            line.append((item, size))
            used += size.width() + self.spacing()
        if line:
            lines.append(line)
        for entries in lines:
            left, height = rect.x(), max(size.height() for _item, size in entries)
            for item, size in entries:
                if apply:
                    item.setGeometry(QRect(QPoint(left, top + (height - size.height()) // 2), size))
                left += size.width() + self.spacing()
            top += height + self.spacing()
        return max(0, top - self.spacing() - rect.y())


class _Stack(_OwnLayout):
    """Widgets from top to bottom, each as high as it needs, whatever room there is.

    Qt's own column shares out too much or too little room for the moment until what is around it has grown or shrunk as well:
    all that stands in it is then placed twice, with all that stands in that.
    """

    def __init__(self, parent: QWidget, gap: int) -> None:
        super().__init__(parent, gap)
        self._plan: tuple[int, list[tuple[QLayoutItem, int, int]]] | None = None
        self._least: QSize | None = None

    def _forget(self) -> None:
        super()._forget()
        self._plan = self._least = None

    def sizeHint(self) -> QSize:
        """As wide as the widest item; the height follows from the width."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """The widest item alone."""
        if self._least is None:
            self._least = super().minimumSize()
        return self._least

    def _place(self, rect: QRect, apply: bool) -> int:
        width = rect.width()
        if self._plan is None or self._plan[0] != width:
            self._plan = width, self._measured(width)
        placed = self._plan[1]
        if apply:
            for item, top, height in placed:
                item.setGeometry(QRect(rect.x(), rect.y() + top, width, height))
        return placed[-1][1] + placed[-1][2] if placed else 0

    def _measured(self, width: int) -> list[tuple[QLayoutItem, int, int]]:
        placed, top = list[tuple[QLayoutItem, int, int]](), 0
        for item in self._items:
            if not item.isEmpty():
                height = item.heightForWidth(width)
                height = height if height >= 0 else item.sizeHint().height()
                placed.append((item, top, height))
                top += height + self.spacing()
        return placed


class _Refillable(QWidget):
    def set_widgets(self, widgets: Iterable[QWidget]) -> None:
        """Replace what stands here."""
        layout = self.layout()
        assert layout is not None
        clear(layout)
        for widget in widgets:
            layout.addWidget(widget)
            widget.show()
        self.updateGeometry()


class FlowRow(_Refillable):
    """Widgets that flow over lines (tags)."""

    def __init__(self, widgets: Iterable[QWidget] = (), gap: int = GAP.small) -> None:
        super().__init__()
        FlowLayout(self, gap)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_widgets(widgets)


class Column(_Refillable):
    """Widgets from top to bottom."""

    def __init__(self, widgets: Iterable[QWidget] = (), gap: int = GAP.medium) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap)
        self.set_widgets(widgets)


class PagedColumn(QWidget):
    """A column of hundreds of widgets, in pages: when one of them grows, comes or goes, only those of its page are placed anew.

    Who shows or hides a widget here says so (`settle`): a page on which nothing is shown takes no room.
    """

    _MOST = 16

    def __init__(self, gap: int = GAP.medium) -> None:
        super().__init__()
        self._gap, self._pages = gap, _Stack(self, gap)
        self._layouts: list[_Stack] = []

    def addWidget(self, widget: QWidget) -> None:
        """Add a widget at the end."""
        if not self._layouts or self._layouts[-1].count() >= self._MOST:
            box = QWidget()
            self._layouts.append(_Stack(box, self._gap))
            self._pages.addWidget(box)
            box.hide()
        self._layouts[-1].addWidget(widget)
        self.settle(widget)

    def settle(self, widget: QWidget) -> None:
        """Show or hide the page of a widget that was shown or hidden."""
        page = widget.parentWidget()
        layout = page.layout() if page is not None and page.parentWidget() is self else None
        if page is not None and layout is not None and page.isHidden() != layout.isEmpty():
            page.setVisible(not layout.isEmpty())

    def empty(self) -> None:
        """Let all of them go, one by one: one that is just being used must outlive its page."""
        for page in self._layouts:
            clear(page)
        self._layouts.clear()
        clear(self._pages)


class Row(_Refillable):
    """Widgets from left to right; None in the list takes up the spare room."""

    def __init__(self, widgets: Iterable[QWidget | None] = (), gap: int = GAP.medium) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap)
        for widget in widgets:
            if widget is None:
                layout.addStretch(1)
            else:
                layout.addWidget(widget)


class Pairs(QWidget):
    """Rows of two: what stands at the left is as wide as the widest of it, so that the words at the right stand below each other."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP.medium)
        self._grid.setVerticalSpacing(GAP.tight)
        self._grid.setColumnStretch(1, 1)

    def set_pairs(self, pairs: Iterable[tuple[QWidget, QWidget]]) -> None:
        """Replace what stands here."""
        clear(self._grid)
        for row, (left, right) in enumerate(pairs):
            self._grid.addWidget(left, row, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, row, 1, Qt.AlignmentFlag.AlignVCenter)
            left.show()
            right.show()
        self.updateGeometry()


class ScrollColumn(QScrollArea):
    """A column that scrolls; put widgets into `column`."""

    def __init__(self, gap: int = GAP.medium) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(gap)
        self.setWidget(inner)
        self.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)


class TwoColumns(QWidget):
    """A main column and one at the side; where there is no room for both, the side goes below (or above: `first`).

    Lengths are pixels at 100 %: `side` is the side's width, `least` what the main column needs beside it.
    """

    def __init__(self, side: int = 300, least: int = 480, *, first: bool = False) -> None:
        super().__init__()
        self._side, self._least, self._first = side, least, first
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP.page)
        self.main_box, self.side_box = QWidget(), QWidget()
        self.main, self.side = QVBoxLayout(self.main_box), QVBoxLayout(self.side_box)
        for column in (self.main, self.side):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(GAP.medium)
        self._stacked: bool | None = None
        self._arrange()

    @property
    def is_stacked(self) -> bool:
        """Whether the side stands below or above."""
        return bool(self._stacked)

    def _arrange(self) -> None:
        theme = current_theme()
        side = theme.px(self._side)
        least = max(theme.px(self._least), self.main_box.minimumSizeHint().width())
        stacked = 0 < self.width() < side + GAP.page + least
        if stacked:
            self.side_box.setMinimumWidth(0)
            self.side_box.setMaximumWidth(1 << 20)
        else:
            self.side_box.setFixedWidth(side)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        self._grid.setHorizontalSpacing(0 if stacked else GAP.page)
        self._grid.removeWidget(self.main_box)
        self._grid.removeWidget(self.side_box)
        main_at, side_at = (1, 0) if self._first else (0, 1)
        self._grid.addWidget(self.main_box, *((main_at, 0) if stacked else (0, main_at)))
        self._grid.addWidget(self.side_box, *((side_at, 0) if stacked else (0, side_at)))
        wide = 0 if stacked else main_at
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if column == wide else 0)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the wider column alone, since they can stand below each other."""
        narrow = max(self.main_box.minimumSizeHint().width(), 240)
        return QSize(narrow, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Look again when what stands in a column needs another width."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the columns side by side, or below each other."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the theme changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_stacked"):
            self._arrange()


class PageHeader(QWidget):
    """The title of a page (22 bold), a line below it, and its buttons at the right."""

    def __init__(self, actions: Iterable[QWidget] = ()) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP.medium)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.title = Text("", "title")
        self.subtitle = Text("", "muted")
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        row.addLayout(words, 1)
        for action in actions:
            row.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)

    def set_words(self, title: str, subtitle: str = "") -> None:
        """Put the words; an empty subtitle takes no room."""
        self.title.setText(title)
        self.subtitle.setText(subtitle)
        self.subtitle.setVisible(bool(subtitle))
