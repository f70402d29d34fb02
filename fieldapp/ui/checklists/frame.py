"""The widgets of the checklist page and how they stand: left column, heading, cards, foot."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.checklists import Checklist
from fieldapp.ui.checklists.left_over import LeftOverCard
from fieldapp.ui.checklists.section_cards import SectionCards
from fieldapp.ui.checklists.side import Side
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.layouts import Column, PageHeader, ScrollColumn
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["LEFT", "ChecklistFrame"]

LEFT = -1
"""The place of the pseudo-section of what was left over."""
_SIDE = 232


class ChecklistFrame(QWidget):
    """Shows a Checklist; holds no state of its own but widgets."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self._next_words = ("", "")
        self.after_last: Sentence = say("Back to the inspection")
        """Where the button below the last section leads."""
        self.side, self.cards, self.left_cards = Side(), SectionCards(), Column()
        self.place = Tag()
        self.header = PageHeader([self.place])
        self.questions = ScrollColumn()
        self.questions.setObjectName("questions")
        self.questions.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.questions.column.addWidget(self.left_cards)
        self.questions.column.addWidget(self.cards)
        self.questions.column.addStretch(1)
        self.closed, self.lacking = Text("", "small", "due"), Text("", "small", "due")
        self.lacking.setObjectName("lacking")
        self.previous, self.hint, self.next = SecondaryButton(), Elided("", "small"), PrimaryButton()
        self.previous.setObjectName("previous")
        self.next.setObjectName("next-section")
        foot = QHBoxLayout()
        foot.setSpacing(GAP.medium)
        foot.addWidget(self.previous)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.next)
        right = QVBoxLayout()
        right.setSpacing(GAP.medium)
        right.addWidget(self.header)
        right.addWidget(self.closed)
        right.addWidget(self.lacking)
        right.addWidget(self.questions, 1)
        right.addLayout(foot)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP.page)
        whole.addWidget(self.side)
        whole.addLayout(right, 1)

    def speak(self, language: Language) -> None:
        """Buttons and hints."""
        self.previous.setText(say("Previous item").read(language))
        self.hint.setText(say("F8 next open item").read(language))
        self.side.speak(language)

    def show_checklist(self, view: Checklist, language: Language) -> None:
        """Show what does not belong to one section."""
        self.closed.setVisible(view.closed_why is not None)
        self.closed.setText(view.closed_why.read(language) if view.closed_why else "")
        lacking = view.about.lacking
        self.lacking.setVisible(lacking is not None)
        self.lacking.setText(lacking.read(language) if lacking is not None else "")
        self.side.show_left(view.left, language)
        if self._shown != view.instance_id:
            self._shown = view.instance_id
            self.side.say_saved(say("Every answer is saved at once"), language)

    def show_section(self, view: Checklist, section: int, language: Language) -> list[LeftOverCard]:
        """Show a section, or what was left over; the cards of the latter, for the page to listen to."""
        sections, about = view.sections, view.about
        left = section == LEFT
        if left:
            title = say("Left over from last time").read(language)
        else:
            title = sections[section].title.read(language) if sections else about.title.read(language)
        words = (about.period_words.read(language), f"{about.title.read(language)} {about.form_id}", about.equipment)
        self.header.set_words(title, " · ".join(part for part in words if part))
        self.left_cards.setVisible(left)
        self.cards.setVisible(not left)
        cards = [LeftOverCard(each, language, editable=view.editable) for each in view.left] if left else []
        self.left_cards.set_widgets(cards)
        if left or not sections:
            self.cards.empty()
        else:
            self.cards.fill(view.questions(sections[section].key), view.question, language, editable=view.editable)
        return cards

    def show_progress(self, view: Checklist, section: int, key: str, language: Language) -> None:
        """Show how far the sections are, what comes next, and which item this is."""
        sections = view.sections
        self.side.show_sections(sections, section, language)
        short = say("Next section") if section + 1 < len(sections) else self.after_last
        whole = say("Next section: {title}", title=sections[section + 1].title) if section + 1 < len(sections) else short
        self._next_words = whole.read(language), short.read(language)
        self._fit_next()
        self.show_place(view, key, language)

    def show_place(self, view: Checklist, key: str, language: Language) -> None:
        """Show which item this is, or how many are done."""
        if key:
            at, total = view.position(key)
            words = say("Item {at} of {total}", at=at, total=total)
        else:
            covered = view.coverage
            words = say("{at} of {total} done", at=covered.answered, total=covered.total)
        self.place.set(words.read(language))

    def bring_into_sight(self, widget: QWidget) -> None:
        """Scroll to a card once it has its place."""
        QTimer.singleShot(0, widget, lambda: self.questions.ensureWidgetVisible(widget, 0, GAP.page))

    def _fit_next(self) -> None:
        """Name the next section on the button where there is room for its name."""
        whole, short = self._next_words
        room = self.width() - self.side.width() - self.previous.sizeHint().width() - 2 * GAP.page - 2 * GAP.medium
        fits = self.next.fontMetrics().horizontalAdvance(whole) + 48 <= room
        self.next.setText(whole if fits else short)
        self.next.setToolTip("" if fits else whole)
        self.next.setAccessibleName(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the left column its width, less where there is little room."""
        super().resizeEvent(event)
        self.side.setFixedWidth(min(current_theme().px(_SIDE), max(190, self.width() * 3 // 10)))
        self._fit_next()
