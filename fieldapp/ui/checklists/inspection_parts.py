"""Parts of one inspection's page: a checklist with its progress, a finding on one line, the end of the inspection."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout

from fieldapp.base.i18n import Language, date_text, say
from fieldapp.operations.filling.views import FindingView
from fieldapp.operations.inspections import InspectionView, SheetRow
from fieldapp.ui.checklists.finding_box import LEVELS, OWNERS, titled
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import LinkButton, PrimaryButton, QuietButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import Column, FlowRow
from fieldapp.ui.widgets.progress import Bar
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["FindingLine", "FinishBox", "SheetCard"]

_PAUSE_MS = 800


class SheetCard(Card):
    """One checklist: its form and equipment, its progress, the way into it (`open_wanted(instance_id)`)."""

    open_wanted = Signal(str)

    def __init__(self, sheet: SheetRow, language: Language) -> None:
        super().__init__(gap=GAP.medium)
        self.setObjectName(f"sheet-{sheet.form_id}")
        self.set_title(f"{sheet.form_id} {sheet.title.read(language)}".strip(), sheet.equipment)
        if sheet.abnormal:
            self.add_to_title(Tag(say("{count} abnormal", count=sheet.abnormal).read(language), "breached", "warning"))
        if sheet.unchecked:
            self.add_to_title(Tag(say("{count} not checked", count=sheet.unchecked).read(language), "due"))
        if not sheet.here:
            self.add(Text(say("This form is not on the laptop yet. Sync to fetch it.").read(language), "small", "due"))
            return
        row = QHBoxLayout()
        row.setSpacing(GAP.large)
        done = sheet.total > 0 and sheet.answered >= sheet.total
        bar = Bar(sheet.answered / sheet.total if sheet.total else 0.0, "met" if done else "accent")
        words = say("Continue") if 0 < sheet.answered < sheet.total else say("Look at it") if done else say("Fill in")
        self.open = SecondaryButton(words.read(language))
        self.open.setObjectName("open")
        self.open.setAccessibleName(f"{self.open.text()}: {sheet.title.read(language)}")
        self.open.clicked.connect(lambda: self.open_wanted.emit(sheet.instance_id))
        row.addWidget(bar, 1)
        row.addWidget(Text(f"{sheet.answered}/{sheet.total}", "small", wrap=False))
        row.addWidget(self.open)
        self.body.addLayout(row)


class FindingLine(Card):
    """One finding: item, description, what became of it."""

    def __init__(self, found: FindingView, language: Language) -> None:
        super().__init__(panel="inset", gap=GAP.small)
        self.set_title(titled(found.item, found.label))
        fixed = say("Fixed on the spot") if found.state == "fixed" else say("Left over")
        tags = [Tag(fixed.read(language), "met" if found.state == "fixed" else "due")]
        if found.level in LEVELS and found.level != "minor":
            tags.append(Tag(LEVELS[found.level].read(language), "breached"))
        if found.state != "fixed" and found.owner in OWNERS:
            tags.append(Tag(OWNERS[found.owner].read(language)))
        if found.state != "fixed" and found.due_on is not None:
            tags.append(Tag(say("due {day}", day=date_text(found.due_on, language)).read(language)))
        if found.case_number:
            tags.append(Tag(say("Case {number}", number=found.case_number).read(language), "accent"))
        self.add(Text(found.description or "-", selectable=True), FlowRow(tags))
        if found.gaps:
            missing = "; ".join(gap.read(language) for gap in found.gaps)
            self.add(Text(say("Still missing: {missing}", missing=missing).read(language), "small", "due"))


class FinishBox(Card):
    """Summary, advice and the end; `finish_wanted(summary, advice)`, `reopen_wanted()`. What is missing is said above the button,
    with the way to it: `way_wanted()`.

    `written(inspection, summary, advice)` soon after a person wrote, or at once by `flush`: the texts belong to one inspection.
    """

    written = Signal(str, str, str)
    finish_wanted = Signal(str, str)
    reopen_wanted = Signal()
    way_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(gap=GAP.medium)
        self.summary, self.advice = NoteField(lines=2), NoteField(lines=2)
        self.why, self.way = Text("", "small"), LinkButton()
        self.finish, self.again = PrimaryButton(), QuietButton(symbol="undo")
        for name, widget in (
            ("summary", self.summary),
            ("advice", self.advice),
            ("finish", self.finish),
            ("reopen", self.again),
            ("way", self.way),
        ):
            widget.setObjectName(name)
        self.captions = (Text("", "small"), Text("", "small"))
        pairs = zip(self.captions, (self.summary, self.advice), strict=True)
        self.add(*(Column([caption, note], gap=2) for caption, note in pairs), self.why, self.way, self.finish, self.again)
        self._inspection = ""
        self._filled = {self.summary: "", self.advice: ""}  # what each showed before anybody typed in it
        self._dirty = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self.flush)
        for note in (self.summary, self.advice):
            note.edited.connect(self._edited)
            note.left.connect(self.flush)
        self.finish.clicked.connect(lambda: self.finish_wanted.emit(self.summary.text(), self.advice.text()))
        self.again.clicked.connect(self.reopen_wanted)
        self.way.clicked.connect(self.way_wanted)

    def _edited(self, _text: str) -> None:
        self._dirty = True
        self._soon.start()

    def flush(self) -> None:
        """Hand on what was written and not told yet."""
        self._soon.stop()
        if self._dirty:
            self._dirty = False
            self.written.emit(self._inspection, self.summary.text(), self.advice.text())

    def take_back(self, inspection: str) -> None:
        """What was handed on could not be saved: it waits for the next time, while it is on the screen."""
        self._dirty = self._dirty or inspection == self._inspection

    def kept(self, inspection: str, summary: str, advice: str) -> None:
        """What was handed on is saved."""
        if inspection == self._inspection:
            self._filled = {self.summary: summary, self.advice: advice}

    @property
    def shown(self) -> tuple[str, str]:
        """Summary and advice as they were shown before anybody typed in them, or as they were last saved."""
        return self._filled[self.summary], self._filled[self.advice]

    @property
    def waits(self) -> bool:
        """Whether something was written that is not saved."""
        return self._dirty

    def speak(self, language: Language) -> None:
        """Words."""
        self.set_title(say("End of the inspection").read(language))
        for note, caption, words in zip(
            (self.summary, self.advice), self.captions, (say("Summary of the inspection"), say("Advice to the customer")), strict=True
        ):
            caption.setText(words.read(language))
            note.setAccessibleName(words.read(language))
        self.finish.setText(say("Finish the inspection").read(language))
        self.way.setText(say("Go to this item").read(language))
        self.again.setText(say("Reopen to correct").read(language))

    def show_view(self, view: InspectionView, language: Language) -> None:
        """Show whether it may be finished, and why not."""
        finished = view.row.state == "finished"
        other = view.row.inspection_id != self._inspection
        if other:
            self.flush()
        self._inspection, self._dirty = view.row.inspection_id, self._dirty and not other
        for note, text in ((self.summary, view.summary), (self.advice, view.advice)):
            if other or finished or not (self._dirty or note.hasFocus()):
                note.set_text(text)
                self._filled[note] = text
            note.setReadOnly(finished)
        self.finish.setVisible(not finished)
        self.finish.setEnabled(view.may_finish)
        self.again.setVisible(view.may_reopen)
        self.why.setVisible(view.why_not is not None)
        self.way.setVisible(view.stopped_at is not None)
        self.why.setText(view.why_not.read(language) if view.why_not else "")
