"""The cards of one section: only these are built, the first ones at once and the rest as the screen has time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.grids import in_grid
from fieldapp.ui.checklists.question_card import QuestionCard
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.layouts import PagedColumn
from fieldapp.ui.widgets.texts import Text

__all__ = ["SectionCards"]

_AT_ONCE = 2
_AT_A_TIME = 1
_PAUSE_MS = 40


class SectionCards(QWidget):
    """`made(card)` for each new card, so that the page listens to it; `row_wanted(repeat)` and `row_unwanted(row)` for rows of repeats."""

    made = Signal(object)
    filled = Signal()
    row_wanted = Signal(str)
    row_unwanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._column = PagedColumn(GAP.medium)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._column)
        whole.addStretch(1)
        self.cards: dict[str, QuestionCard] = {}
        self._frames: dict[str, Card] = {}
        self._rows: dict[str, PagedColumn] = {}
        self._heads: dict[str, QWidget] = {}
        self._table: tuple[str, Card] | None = None
        self._drafts: dict[str, str] = {}
        self._waiting: list[QuestionView] = []
        self._language: Language = "zh"
        self._editable = True
        self._look: Callable[[str], QuestionView] | None = None
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.timeout.connect(lambda: self._build(_AT_A_TIME))
        self._appearing: list[QuestionCard] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(lambda: self._bring(_AT_ONCE))

    def fill(
        self, views: Sequence[QuestionView], look: Callable[[str], QuestionView], language: Language, *, editable: bool = True
    ) -> None:
        """Show other questions. `look` gives the present view of a key, as cards that are built later need it."""
        self.empty()
        self._waiting, self._look = list(views), look
        self._language, self._editable = language, editable
        self._build(_AT_ONCE)

    def empty(self) -> None:
        """Let all cards go; what stands in their fields and is no answer yet comes back with them."""
        self._next.stop()
        for key, card in self.cards.items():
            self._drafts.pop(key, None)
            if card.editor is not None and (text := card.editor.draft()):
                self._drafts[key] = text
        self._table = None
        self._waiting, self._appearing = [], []
        for held in (self.cards, self._frames, self._rows, self._heads):
            held.clear()
        self._column.empty()

    @property
    def holds_words(self) -> bool:
        """Whether a finding holds words that were not told yet."""
        return any(card.finding is not None and card.finding.holds_words for card in self.cards.values())

    def flush(self) -> None:
        """Hand on what stands in the fields and was not told yet."""
        for card in list(self.cards.values()):  # an answer may take cards away
            card.flush()

    def build_to(self, key: str) -> QuestionCard | None:
        """The card of a question, built now if it was still waiting."""
        self._bring(len(self._appearing))
        while key not in self.cards and self._waiting:
            self._build(1)
        return self.cards.get(key)

    def _build(self, most: int) -> None:
        while self._waiting and most > 0:
            view = self._waiting.pop(0)
            assert self._look is not None
            self._place(self._look(view.key))
            most -= 0 if view.is_heading else 1
        if self._waiting:
            self._next.start()
        else:
            self._next.stop()
            self.filled.emit()

    def _place(self, view: QuestionView) -> None:
        held = self._rows.get(view.parent, self._column)
        column: QVBoxLayout | PagedColumn = held
        nested = column is not self._column
        if in_grid(view) and not view.is_heading:
            column, nested = self._table_of(view, held).body, True
        else:
            self._table = None
        if view.is_heading:
            made = self._heading(view)
        else:
            card = QuestionCard(view, self._language, nested=nested, editable=self._editable)
            self.cards[view.key] = card
            made = card
            self.made.emit(card)
            if card.editor is not None and view.key in self._drafts:
                card.editor.take_draft(self._drafts.pop(view.key))
        column.addWidget(made)
        self._show(made, view.relevant)

    def _show(self, widget: QWidget, shown: bool) -> None:
        widget.setVisible(shown)
        page = widget.parentWidget()
        column = page.parentWidget() if page is not None else None
        if isinstance(column, PagedColumn):
            column.settle(widget)

    def _table_of(self, view: QuestionView, column: PagedColumn) -> Card:
        """The card that holds the rows of one table, as they follow each other."""
        if self._table is None or self._table[0] != view.parent:
            self._table = (view.parent, Card(panel="plain", gap=0))
            column.addWidget(self._table[1])
            self._show(self._table[1], True)
        return self._table[1]

    def _heading(self, view: QuestionView) -> QWidget:
        words = view.label.read(self._language)
        if view.kind == "instance":
            frame = Card(panel="plain", gap=GAP.small)
            frame.setAccessibleName(words)
            self._frames[view.key] = frame
            head = QHBoxLayout()
            head.addWidget(Text(words, "strong"), 1)
            if view.may_remove and self._editable:
                remove = IconButton("delete", say("Remove {what}", what=words).read(self._language), kind="quiet")
                remove.setObjectName("remove-row")
                remove.clicked.connect(lambda: self.row_unwanted.emit(view.key))
                head.addWidget(remove)
            frame.body.addLayout(head)
            row = self._rows[view.key] = PagedColumn(GAP.small)  # a row, too, may hold hundreds of questions
            frame.add(row)
            return frame
        title = QWidget()
        line = QHBoxLayout(title)
        line.setContentsMargins(0, GAP.small, 0, 0)
        line.addWidget(Text(words, "strong"), 1)
        if view.may_add and self._editable:
            add = SecondaryButton(say("Add a row").read(self._language), "add", compact=True)
            add.setObjectName(f"add-{view.name}")
            add.clicked.connect(lambda: self.row_wanted.emit(view.key))
            line.addWidget(add)
        self._heads[view.key] = title
        return title

    def show_views(self, views: Sequence[QuestionView]) -> None:
        """Show questions as they are now; those not built yet are built with what holds then."""
        for view in views:
            card = self.cards.get(view.key)
            if card is not None:
                card.show_view(view, self._language)
                self._appear(card, view.relevant)
            held = self._frames.get(view.key) or self._heads.get(view.key)
            if held is not None:
                self._show(held, view.relevant)

    def _appear(self, card: QuestionCard, relevant: bool) -> None:
        """Show or hide a card; those that an answer brings come a moment later, a few at a time, so that no key waits for them."""
        if card.isHidden() != relevant:
            if card in self._appearing and not relevant:
                self._appearing.remove(card)
            return
        if not relevant:
            self._show(card, False)
        elif card not in self._appearing:
            self._appearing.append(card)
            self._later.start()

    def _bring(self, most: int) -> None:
        """Show cards that wait for their turn, the first ones first."""
        for _ in range(min(most, len(self._appearing))):
            self._show(self._appearing.pop(0), True)
        if self._appearing:
            self._later.start()

    def after(self, key: str, step: int) -> QuestionCard | None:
        """The next card (`step` 1) or the one before (-1) that is shown and takes an answer; None at the ends.

        With no key: the first, or the last. Cards that still wait are built as far as needed.
        """
        self._bring(len(self._appearing))
        if not key and step < 0:
            self._build(len(self._waiting))
        while True:
            keys = [each for each, card in self.cards.items() if not card.isHidden() and card.editor is not None]
            at = keys.index(key) + step if key in keys else (0 if step > 0 else len(keys) - 1)
            if 0 <= at < len(keys):
                return self.cards[keys[at]]
            if at < 0 or not self._waiting:
                return None
            self._build(1)
