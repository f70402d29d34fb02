"""One report: its pages at the left; at the right its state, what to do with it, who signed, its digest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.documents import (
    Action,
    PreviewView,
    ReportView,
    draft_report,
    freeze_and_certify,
    mark_copy_delivered,
    new_report_version,
    preview,
    save_copy,
    void_report,
)
from fieldapp.operations.session import FieldSession
from fieldapp.ui.documents.printing import ask_and_print
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import Button, DangerButton, PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Banner, Card, KeyValueList
from fieldapp.ui.widgets.layouts import Column, FlowRow, PageHeader, ScrollColumn
from fieldapp.ui.widgets.pdf_view import PdfView
from fieldapp.ui.widgets.tags import ChipButton, Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["ReportPage"]

_SUBJECTS = ("visit_id", "inspection_id", "order_id", "subject_id")


class ReportPage(Page):
    """Registered as "report". Arguments: `report_id`, or what to report on (`visit_id`, `inspection_id`, `order_id`) and `kind`."""

    kinds = frozenset({"service_report", "sign_off"})
    scrolls = False

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.state, self.stamp = Tag(), Tag("", "met", "shield")
        self.pdf = PdfView()
        self.warning = Banner("", "", "due")
        self.progress = Text("", "muted")
        self.certify, self.hand_over = PrimaryButton("", "shield"), PrimaryButton("", "edit")
        self.save, self.printing = SecondaryButton("", "stick"), SecondaryButton("", "print")
        self.delivered = SecondaryButton("", "check")
        self.renew, self.void = SecondaryButton("", "add"), DangerButton("", "delete")
        self.one, self.two = ChipButton(checkable=True), ChipButton(checkable=True)
        self.reason, self.confirm, self.cancel = QLineEdit(), PrimaryButton(), SecondaryButton()
        self._reason_for: Button | None = None
        self._shown = b""
        self._signers = 1
        names = {
            "certify": self.certify, "hand_over": self.hand_over, "save_copy": self.save, "print": self.printing,
            "delivered": self.delivered, "new_version": self.renew, "void_report": self.void, "signers_1": self.one,
            "signers_2": self.two, "reason": self.reason, "confirm_reason": self.confirm, "cancel_reason": self.cancel,
        }  # fmt: skip
        for name, widget in names.items():
            widget.setObjectName(name)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.facts, self.digest = KeyValueList(), Text("", "muted", selectable=True)
        self.what, self.who, self.proof = Card(), Card(), Card()
        self.signers = Column(gap=GAP.tight)
        self.signers_row = FlowRow([self.one, self.two])
        self.how = Text("", "small")
        self.signers_label, self.why, self.rule = Text("", "small"), Text("", "small"), Text("", "small", "due")
        self.reason_box = Column([self.reason, FlowRow([self.confirm, self.cancel], gap=GAP.medium)])
        self.reason_box.hide()
        self.what.add(
            FlowRow([self.state, self.stamp]), self.facts, self.how, self.signers_label, self.signers_row, self.certify, self.hand_over,
            self.progress, self.why, FlowRow([self.save, self.printing], gap=GAP.medium), self.rule, self.delivered,
            FlowRow([self.renew, self.void], gap=GAP.medium), self.reason_box,
        )  # fmt: skip
        self.who.add(self.signers)
        self.proof.add(self.digest)
        side = ScrollColumn()
        side.setMinimumWidth(350)
        side.setMaximumWidth(460)
        for card in (self.what, self.who, self.proof):
            side.column.addWidget(card)
        side.column.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(GAP.medium)
        left.addWidget(self.warning)
        left.addWidget(self.pdf, 1)
        row = QHBoxLayout()
        row.setSpacing(GAP.page)
        row.addLayout(left, 7)
        row.addWidget(side, 4)
        self.body.addWidget(self.header)
        self.body.addLayout(row, 1)

    def _connect(self) -> None:
        self.certify.clicked.connect(self._certify)
        self.hand_over.clicked.connect(lambda: self.ctx.show_bare("signoff", report_id=self.report_id))
        self.save.clicked.connect(self._choose_folder)
        self.printing.clicked.connect(self._print)
        self.delivered.clicked.connect(lambda: self._ask_reason(self.delivered))
        self.renew.clicked.connect(lambda: self._ask_reason(self.renew))
        self.void.clicked.connect(lambda: self._ask_reason(self.void))
        self.confirm.clicked.connect(self._confirm_reason)
        self.reason.returnPressed.connect(self._confirm_reason)
        self.cancel.clicked.connect(self.reason_box.hide)
        self.one.clicked.connect(lambda: self._choose_signers(1))
        self.two.clicked.connect(lambda: self._choose_signers(2))
        self._choose_signers(1)

    @property
    def report_id(self) -> str:
        """The report on the screen; "" before it is there."""
        return str(self.arguments.get("report_id", "") or (self.view.report.line.report_id if self.view else ""))

    def heading(self) -> str:
        """What the window's title says."""
        return self.view.report.line.number if self.view else self.t("Report")

    def open(self, **arguments: object) -> None:
        """Show another report; the reason of the last one is forgotten."""
        self.view = None
        self._signers = 1
        self.one.setChecked(True)
        self.two.setChecked(False)
        self.reason_box.hide()
        super().open(**arguments)

    def retranslate(self) -> None:
        """Words of buttons and cards."""
        for button, words in (
            (self.certify, self.t("Certify and freeze")),
            (self.hand_over, self.t("Hand to the customer")),
            (self.save, self.t("Save a copy…")),
            (self.printing, self.t("Print…")),
            (self.delivered, self.t("Copy handed over…")),
            (self.renew, self.t("New version…")),
            (self.void, self.t("Make void…")),
            (self.cancel, self.t("Cancel")),
            (self.confirm, self.t("Confirm")),
            (self.one, self.t("1 signer")),
            (self.two, self.t("2 signers")),
        ):
            button.setText(words)
        self.signers_label.setText(self.t("Who signs for the customer"))
        self.who.set_title(self.t("Signatures"))
        self.proof.set_title(self.t("Content digest"), "SHA-256")
        if self.view is None:
            self.header.set_words(self.t("Report"), self.t("The pages are being drawn…"))

    def load(self) -> Callable[[], PreviewView]:
        """Draw a draft's pages, or fetch the sealed ones; what has no report yet gets a draft."""
        session: FieldSession = self.ctx.session
        report_id, kind = self.report_id, str(self.arguments.get("kind", "service"))
        subject = next((str(self.arguments[name]) for name in _SUBJECTS if self.arguments.get(name)), "")
        signers = self._signers
        if report_id:
            return lambda: preview(session, report_id, signers)
        return lambda: preview(session, draft_report(session, subject, kind).line.report_id, signers)

    def render_view(self, view: PreviewView) -> None:
        """Show pages and state."""
        report, line = view.report, view.report.line
        if self._shown != view.shown:
            self._shown = view.shown
            self.pdf.show_pdf(view.shown)
        number = line.number if line.version == 1 else f"{line.number} v{line.version}"
        subject = " · ".join(part for part in (self.read(line.kind_words), line.customer, line.site, line.title) if part)
        self.header.set_words(number, subject)
        self.state.set(self.read(line.state_words), cast(Tone, line.tone))
        self.stamp.set(self.t("With time-stamp"))
        self.stamp.setVisible(line.stamped_at is not None)
        self.warning.setVisible(bool(view.warnings))
        self.warning.set_words(self.t("Not everything could be put on the pages"), "\n".join(self.read(each) for each in view.warnings))
        draft = line.state == "draft"
        self.what.set_title(self.t("Draft from the records as they are now") if draft else self.t("Frozen pages"))
        self.digest.setText(_lines(view.digest_groups))
        self._facts(report)
        self._signer_lines(report)
        self._buttons(report)
        self.progress.setText("")
        self.progress.hide()

    def _facts(self, report: ReportView) -> None:
        moments = (
            (self.t("Certified"), report.certified_at),
            (self.t("Signed at"), report.signed_at),
            (self.t("Time-stamp"), report.line.stamped_at),
            (self.t("Copy given"), report.copy_delivered_at),
        )
        rows = [(name, self.when(at)) for name, at in moments if at is not None]
        self.how.setText(report.copy_delivered_how)
        self.how.setVisible(bool(report.copy_delivered_how))
        self.facts.set_rows(rows)
        self.facts.setVisible(bool(rows))

    def _signer_lines(self, report: ReportView) -> None:
        lines: list[QWidget] = []
        for each in report.signers:
            name = " · ".join(part for part in (each.name, each.role) if part) or self.t("Nobody")
            if not each.registered and each.outcome in ("signed", "remarks", "partial"):
                name += f" · {self.t('signer not registered')}"
            words = [self.read(each.outcome_words), *([each.reason] if each.reason else []), *([self.when(each.at)] if each.at else [])]
            lines += [Text(name), Text(" · ".join(words), "small")]
        self.signers.set_widgets(lines or [Text(self.t("Nobody has signed yet."), "muted")])

    def _buttons(self, report: ReportView) -> None:
        draft = report.line.state == "draft"
        for button, action in (
            (self.certify, report.certify),
            (self.hand_over, report.sign),
            (self.save, report.save),
            (self.printing, Action(True)),
            (self.delivered, report.deliver),
            (self.renew, report.renew),
            (self.void, report.void),
        ):
            button.setEnabled(action.allowed)
            button.setToolTip(self.read(action.why) if action.why is not None and not action.allowed else "")
        self.certify.setVisible(draft)
        self.signers_label.setVisible(draft)
        self.signers_row.setVisible(draft)
        self.hand_over.setVisible(report.sign.allowed)
        self.delivered.setVisible(report.deliver.allowed)
        self.renew.setVisible(not draft)
        self.void.setVisible(report.void.allowed)
        self.why.setText(self.t("Check the pages first: what is certified can be changed only by certifying anew.") if draft else "")
        self.why.setVisible(draft)
        self.rule.setVisible(report.copy_rule is not None and report.save.allowed)
        self.rule.setText(self.read(report.copy_rule) if report.copy_rule is not None else "")

    # what a person does

    def _choose_signers(self, count: int) -> None:
        changed = self.view is not None and self._signers != count
        self._signers = count
        self.one.setChecked(count == 1)
        self.two.setChecked(count == 2)
        if changed:
            self.refresh()

    def _certify(self) -> None:
        session, report_id, signers = self.ctx.session, self.report_id, self._signers
        self.progress.setText(self.t("Drawing and sealing the pages…"))
        self.progress.show()
        self.run(
            lambda: freeze_and_certify(session, report_id, signers),
            lambda _view: self.ctx.notify(say("Certified. The pages cannot change any more."), "met", 6),
            failed=self._failed,
            busy=(self.certify, self.void),
        )

    def _failed(self, text: object) -> None:
        self.progress.hide()
        self._tell(text)  # type: ignore[arg-type]

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.t("Save a copy…"))
        if folder:
            self.save_to(Path(folder))

    def save_to(self, folder: Path) -> None:
        """Write a copy into a folder."""
        session, report_id = self.ctx.session, self.report_id
        self.run(
            lambda: save_copy(session, report_id, folder),
            lambda saved: self.ctx.notify(say("Saved as {path}", path=saved.path), "met", 10),
            busy=(self.save,),
        )

    def _print(self) -> None:
        if (
            self.view is not None
            and ask_and_print(self, self.view.shown, self.view.report.line.number)
            and self.view.report.deliver.allowed
        ):
            self._ask_reason(self.delivered)
            self.reason.setText(self.t("printed, two copies"))

    def _ask_reason(self, button: Button) -> None:
        self._reason_for = button
        self.reason.clear()
        hint = self.t("How: printed, on a stick, by mail") if button is self.delivered else self.t("Reason")
        self.reason.setPlaceholderText(hint)
        self.reason.setAccessibleName(hint)
        self.reason_box.show()
        self.reason.setFocus()

    def _confirm_reason(self) -> None:
        session, report_id, text = self.ctx.session, self.report_id, self.reason.text()
        work = {self.delivered: mark_copy_delivered, self.renew: new_report_version, self.void: void_report}[self._reason_for]  # type: ignore[index]

        def done(report: ReportView) -> None:
            self.reason_box.hide()
            if report.line.report_id != report_id:
                self.ctx.navigate("report", report_id=report.line.report_id)

        self.run(lambda: work(session, report_id, text), done, busy=(self.confirm,))


def _lines(groups: str) -> str:
    """16 groups of 4 on four lines."""
    found = groups.split()
    return "\n".join(" ".join(found[i : i + 4]) for i in range(0, len(found), 4))
