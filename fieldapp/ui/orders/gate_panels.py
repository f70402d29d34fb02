"""Panels of gates 1, 6, 7, 8: documents, steps, verification, explanation and end; and the way back."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from fieldapp.operations.changing.views import StepLine, UpgradeView
from fieldapp.operations.upgrades import agree_merge, deliver_documents, explained, finish, record_step, roll_back, verify
from fieldapp.ui.orders.fields import Captioned, Choice, FieldRow, MomentField
from fieldapp.ui.orders.panel import GatePanel
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import DangerButton, PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import KeyValueList, Line
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import Column, FlowRow, Row
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text

if TYPE_CHECKING:
    from fieldapp.ui.page import Page

__all__ = ["DocumentsPanel", "EndPanel", "RollbackPanel", "StepsPanel", "VerifyPanel"]


class DocumentsPanel(GatePanel):
    """Gate 1: what was handed over, the state before, the agreement on merging."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.documents, self.before = NoteField(lines=3), NoteField()
        self.deliver, self.merge = PrimaryButton(), QCheckBox()
        self.name(documents=self.documents, state_before=self.before, deliver_documents=self.deliver, merge_agreed=self.merge)
        self.titles = Text("", "small"), Text("", "small")
        for part in (self.titles[0], self.documents, self.titles[1], self.before, self.merge, Row([None, self.deliver])):
            self.column.addWidget(part)
        self.deliver.clicked.connect(self._deliver)
        self.merge.clicked.connect(self._merge)

    def retranslate(self) -> None:
        """Captions and buttons."""
        t = self.page.t
        self.titles[0].setText(t("Documents handed to the customer, one a line"))
        self.documents.setAccessibleName(t("Documents handed to the customer, one a line"))
        self.titles[1].setText(t("State of the system before the change"))
        self.before.setAccessibleName(t("State of the system before the change"))
        self.merge.setText(t("The customer's team agreed on how versions are merged"))
        self.deliver.setText(t("Handed over"))

    def clear(self) -> None:
        """Nothing typed."""
        self.documents.set_text("")
        self.before.set_text("")

    def render_view(self, view: UpgradeView) -> None:
        """Offer the planned documents."""
        super().render_view(view)
        if not self.documents.text():
            self.documents.set_text("\n".join(view.documents))
        if not self.before.text():
            self.before.set_text(view.state_before)
        self.merge.setChecked(view.merge_agreed)
        self.merge.setEnabled(view.can["merge"].allowed)
        for widget in (self.documents, self.before, self.deliver):
            widget.setEnabled(view.can["deliver"].allowed)
        self.deliver.setVisible(view.can["deliver"].allowed or not view.documents_delivered_at)

    def _deliver(self) -> None:
        if self.view is not None:
            session, order_id = self.page.ctx.session, self.view.order_id
            names, before = self.documents.text().splitlines(), self.before.text()
            self.write(lambda: deliver_documents(session, order_id, names, state_before=before), self.deliver)

    def _merge(self, agreed: bool) -> None:
        if self.view is not None:
            session, order_id = self.page.ctx.session, self.view.order_id
            self.write(lambda: agree_merge(session, order_id, agreed), self.merge)


class StepsPanel(GatePanel):
    """Gate 6 (steps of the plan), or 7 (checks behind them): one row each, the next one with its keys."""

    def __init__(self, page: Page, *, checks: bool = False) -> None:
        super().__init__(page)
        self.checks = checks
        self.rows = Column(gap=GAP.small)
        self.note, self.reason = NoteField(), NoteField()
        prefix = "check" if checks else "step"
        self.name(**{f"{prefix}_note": self.note, f"{prefix}_reason": self.reason})
        self.late = Text("", "caption", "due")
        for part in (self.late, self.reason, self.note, self.rows):
            self.column.addWidget(part)

    def retranslate(self) -> None:
        """Hints."""
        self.note.set_hint(self.page.t("Note on this step; needed when it is abnormal"))
        self.reason.set_hint(self.page.t("Reason for working outside the window; it is recorded as a deviation"))

    def clear(self) -> None:
        """Nothing typed."""
        self.note.set_text("")
        self.reason.set_text("")

    def render_view(self, view: UpgradeView) -> None:
        """Show all steps."""
        super().render_view(view)
        lines = view.checks if self.checks else view.steps
        rows: list[QWidget] = []
        for line in lines:
            if rows:
                rows.append(Line())
            rows.append(self._row(line))
        self.rows.set_widgets(rows)
        waits = any(line.allowed for line in lines)
        late = view.window_now if waits and not self.checks else None
        self.note.setVisible(waits)
        self.reason.setVisible(late is not None)
        self.late.setVisible(late is not None)
        self.late.setText(self.page.t("Now: {deviation}", deviation=late) if late is not None else "")

    def _row(self, line: StepLine) -> QWidget:
        zh = self.page.ctx.language == "zh"
        text = (line.text_zh or line.text_en) if zh else (line.text_en or line.text_zh)
        words = Text(f"{line.number}. {text}", "bold" if line.allowed else "body")
        if not line.allowed:
            words.set_tone(None if line.result else "neutral")
        parts: list[QWidget | None] = [words, None]
        if line.result:
            at = self.page.time(line.done_at) if line.done_at else ""
            good = line.result == "ok"
            parts.append(Tag(f"{self.page.t('Normal') if good else self.page.t('Abnormal')} {at}", "met" if good else "breached"))
        rows: list[QWidget] = [Row(parts, gap=GAP.small)]
        if line.note:
            rows.append(Text(line.note, "small"))
        if line.allowed:
            rows.append(self._keys(line))
        return Column(rows, gap=GAP.tight)

    def _keys(self, line: StepLine) -> QWidget:
        keys: list[QWidget] = []
        for result, words in (("ok", self.page.t("Done, normal")), ("abnormal", self.page.t("Abnormal"))):
            key = PrimaryButton(words) if result == "ok" and not self.checks else SecondaryButton(words)
            key.setObjectName(f"{'check' if self.checks else 'step'}_{line.number}_{result}")
            key.setAccessibleName(f"{line.number} {words}")
            key.clicked.connect(functools.partial(self._record, line.step_id, result))
            keys.append(key)
        return FlowRow(keys)

    def _record(self, step_id: str, result: str, _checked: bool = False) -> None:
        session, note, reason = self.page.ctx.session, self.note.text(), self.reason.text()
        self.write(lambda: record_step(session, step_id, result, note, reason=reason), self.rows, done=self.clear)


class VerifyPanel(StepsPanel):
    """Gate 7: the checks, the version that runs now, processes and functions."""

    def __init__(self, page: Page) -> None:
        super().__init__(page, checks=True)
        self.version, self.processes, self.verify = QLineEdit(), Choice("processes", {"ok": "met", "abnormal": "breached"}), PrimaryButton()
        self.remark = NoteField()
        self.name(version_after=self.version, verify=self.verify, verify_note=self.remark)
        self.captions = Captioned(self.version), Captioned(self.processes)
        for part in (FieldRow(*self.captions), self.remark, Row([None, self.verify])):
            self.column.addWidget(part)
        self.verify.clicked.connect(self._verify)

    def retranslate(self) -> None:
        """Captions and buttons."""
        super().retranslate()
        t = self.page.t
        self.captions[0].set_caption(t("Version after the upgrade"))
        self.captions[1].set_caption(t("Key processes and business functions"))
        self.processes.set_options([("ok", t("Normal")), ("abnormal", t("Abnormal"))])
        self.remark.set_hint(t("Note on what is abnormal"))
        self.verify.setText(t("Record the verification"))

    def clear(self) -> None:
        """Nothing typed or chosen."""
        super().clear()
        self.version.clear()
        self.remark.set_text("")
        self.processes.choose("")

    def render_view(self, view: UpgradeView) -> None:
        """Show what is recorded."""
        super().render_view(view)
        self.version.setPlaceholderText(view.to_version)
        if not self.version.text():
            self.version.setText(view.version_after)
        if not self.processes.key:
            self.processes.choose(view.processes_verified)
        for widget in (self.version, self.processes, self.remark, self.verify):
            widget.setEnabled(view.can["verify"].allowed)

    def _record(self, step_id: str, result: str, _checked: bool = False) -> None:
        session, note = self.page.ctx.session, self.note.text()
        self.write(lambda: record_step(session, step_id, result, note), self.rows, done=lambda: self.note.set_text(""))

    def _verify(self) -> None:
        if self.view is not None:
            session, order_id = self.page.ctx.session, self.view.order_id
            version, processes, note = self.version.text(), self.processes.key, self.remark.text()
            self.write(lambda: verify(session, order_id, version, processes, note), self.verify)


class EndPanel(GatePanel):
    """Gate 8: what was explained to whom, the customer's acceptance, the end."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.to, self.impact, self.note = QLineEdit(), Choice("impact", {"none": "met", "short": "due", "serious": "breached"}), NoteField()
        self.until = MomentField(page.ctx.clock).name("observation_until")
        self.until.now.hide()
        self.explain, self.accept, self.finish = SecondaryButton(), PrimaryButton(), SecondaryButton()
        self.name(explained_to=self.to, impact_note=self.note, explain=self.explain, have_accepted=self.accept, finish_upgrade=self.finish)
        self.captions = Captioned(self.to), Captioned(self.impact), Captioned(self.until)
        for part in (FieldRow(self.captions[0], self.captions[2]), self.captions[1], self.note):
            self.column.addWidget(part)
        self.column.addWidget(FlowRow([self.explain, self.accept, self.finish]))
        self.explain.clicked.connect(self._explain)
        self.accept.clicked.connect(self._accept)
        self.finish.clicked.connect(self._finish)

    def retranslate(self) -> None:
        """Captions and buttons."""
        t = self.page.t
        self.captions[0].set_caption(t("Explained to (customer's technicians)"))
        self.captions[1].set_caption(t("Influence on the business"))
        self.captions[2].set_caption(t("Observed until"))
        self.impact.set_options([("none", t("No influence")), ("short", t("Short interruption")), ("serious", t("Serious influence"))])
        self.note.set_hint(t("What was influenced, for how long"))
        self.explain.setText(t("Record the explanation"))
        self.accept.setText(t("Acceptance: have it signed"))
        self.finish.setText(t("Finish"))

    def clear(self) -> None:
        """Nothing typed or chosen."""
        self.to.clear()
        self.note.set_text("")
        self.impact.choose("")
        self.until.set_moment(None)

    def render_view(self, view: UpgradeView) -> None:
        """Show what is recorded."""
        super().render_view(view)
        if not self.to.text():
            self.to.setText(view.explained_to)
        if not self.note.text():
            self.note.set_text(view.impact_note)
        if not self.impact.key:
            self.impact.choose(view.impact)
        if not self.until.line.text():
            self.until.set_moment(view.observation_until, view.zone)
        open_still = view.can["explain"].allowed
        for field in (self.to, self.impact, self.note, self.until):
            field.setEnabled(open_still)
        self.explain.setVisible(open_still)
        self.accept.setVisible(open_still)
        self.accept.setEnabled(view.can["acceptance"].allowed and view.explained_at is not None)
        self.finish.setVisible(view.can["finish"].allowed)

    def _explain(self) -> None:
        if self.view is not None:
            session, order_id = self.page.ctx.session, self.view.order_id
            to, impact, note, until = self.to.text(), self.impact.key, self.note.text(), self.until.moment()
            self.write(lambda: explained(session, order_id, to, impact, impact_note=note, observation_until=until), self.explain)

    def _accept(self) -> None:
        if self.view is not None:
            self.page.ctx.navigate("report", order_id=self.view.order_id, kind="change_acceptance")

    def _finish(self) -> None:
        if self.view is not None:
            session, order_id = self.page.ctx.session, self.view.order_id
            self.write(lambda: finish(session, order_id), self.finish)


class RollbackPanel(GatePanel):
    """The way back: plan, criteria, what it restores from; and its record once it was gone."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.title, self.plan, self.sources = Text("", "strong"), Text("", "body", selectable=True), KeyValueList(style="sheet")
        self.why, self.note, self.go = Text("", "small"), NoteField(lines=2), DangerButton(symbol="undo")
        self.name(rollback_note=self.note, roll_back=self.go)
        for part in (self.title, self.plan, self.sources, self.note, self.why, Row([None, self.go])):
            self.column.addWidget(part)
        self.go.clicked.connect(self._go)

    def retranslate(self) -> None:
        """Words."""
        self.title.setText(self.page.t("Rollback plan"))
        self.note.set_hint(self.page.t("The path that was taken: what was restored, from which backup, by whom"))
        self.go.setText(self.page.t("Record the rollback"))

    def clear(self) -> None:
        """Nothing typed."""
        self.note.set_text("")

    def render_view(self, view: UpgradeView) -> None:
        """Show the plan and its backups."""
        super().render_view(view)
        t, back = self.page.t, view.rollback
        self.plan.setText(back.plan or t("No rollback plan came with this change; the steps stay locked without one."))
        subjects = {"application": t("Original application"), "files": t("Related files"), "data": t("Data")}
        rows = [
            (subjects.get(each.subject, each.subject), " · ".join(part for part in (each.location, self.page.read(each.words)) if part))
            for each in back.sources
        ]
        if back.decision_at is not None:
            rows.insert(0, (t("Decide until"), self.page.when(back.decision_at)))
        if back.rolled_back_at is not None:
            rows.append((t("Rolled back"), f"{self.page.when(back.rolled_back_at)} · {back.note}"))
        self.sources.set_rows(rows)
        allowed = view.can["roll_back"]
        self.note.setVisible(allowed.allowed)
        self.go.setVisible(allowed.allowed)
        self.why.setText(self.page.read(allowed.why) if allowed.why is not None else "")
        self.why.setVisible(allowed.why is not None)

    def _go(self) -> None:
        if self.view is not None:
            session, order_id, note = self.page.ctx.session, self.view.order_id, self.note.text()
            self.write(lambda: roll_back(session, order_id, note), self.go, done=self.clear)
