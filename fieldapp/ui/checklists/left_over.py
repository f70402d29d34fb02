"""What earlier inspections left over, as cards: each is settled with a note, or stays open."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from fieldapp.base.i18n import Language, date_text, say
from fieldapp.operations.filling.views import OpenFinding
from fieldapp.ui.checklists.finding_box import LEVELS, OWNERS, titled
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["LeftOverCard"]


class LeftOverCard(Card):
    """`settled(finding_id, note)` when it is done, `case_wanted(finding_id)` when it shall become a case."""

    settled = Signal(str, str)
    case_wanted = Signal(str)

    def __init__(self, found: OpenFinding, language: Language, *, editable: bool = True, with_asset: bool = False) -> None:
        super().__init__(gap=GAP.medium)
        self.finding_id = found.finding_id
        self.setObjectName("left-over-card")
        self.set_title(titled(found.item, found.label), found.asset if with_asset else "")
        self.add(Text(found.description, selectable=True))
        tags = [
            Tag(OWNERS[found.owner].read(language)) if found.owner in OWNERS else None,
            Tag(LEVELS[found.level].read(language), "due" if found.level == "major" else "breached") if found.level != "minor" else None,
        ]
        if found.due_on is not None:
            due = say("due {day}", day=date_text(found.due_on, language)).read(language)
            tags.append(Tag(due, "breached" if found.overdue else "neutral"))
        if found.found_at is not None:
            tags.append(Tag(say("found {day}", day=date_text(found.found_at.date(), language)).read(language)))
        self.add(FlowRow([each for each in tags if each is not None], GAP.small))
        if found.advice:
            self.add(Text(found.advice, "small"))
        row = QHBoxLayout()
        row.setSpacing(GAP.medium)
        self.note = NoteField(say("What was done, or how it is now").read(language))
        self.note.setObjectName("settle-note")
        self.done = SecondaryButton(say("Settled").read(language), "check")
        self.done.setObjectName("settle")
        number = found.case_number
        words = say("Case {number}", number=number) if number else say("Make a case")
        self.case = SecondaryButton(words.read(language))
        self.case.setObjectName("left-case")
        self.case.setEnabled(editable and not found.case_id)
        for widget in (self.note, self.done):
            widget.setEnabled(editable)
        row.addWidget(self.note, 1)
        row.addWidget(self.case)
        row.addWidget(self.done)
        self.body.addLayout(row)
        self.done.clicked.connect(lambda: self.settled.emit(self.finding_id, self.note.text()))
        self.case.clicked.connect(lambda: self.case_wanted.emit(self.finding_id))
