"""Customer mode: the frozen pages at the left, signing at the right, and nothing else; leaving it needs the PIN."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout

from fieldapp.base.i18n import Sentence
from fieldapp.operations import signoff
from fieldapp.operations.session import FieldSession
from fieldapp.operations.signoff import SignOffView
from fieldapp.ui.documents.side_panels import EndPanel, LeavePanel, OutcomePanel, RatingPanel
from fieldapp.ui.documents.sign_panel import SignPanel
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.layouts import PageHeader
from fieldapp.ui.widgets.pdf_view import PdfView
from fieldapp.ui.widgets.texts import Text

__all__ = ["SignoffPage"]


class SignoffPage(Page):
    """Registered as "signoff", shown bare. Argument: `report_id` of a certified report."""

    scrolls = False

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self._may_go = False
        self._shown = b""
        self.language, self.leave = SecondaryButton("", "language"), SecondaryButton("", "lock")
        self.language.setObjectName("language")
        self.leave.setObjectName("leave")
        self.header = PageHeader([self.language, self.leave])
        self.pdf, self.digest = PdfView(), Text("", "small", selectable=True)
        self.panel, self.outcome = SignPanel(self), OutcomePanel(self)
        self.rating, self.end, self.way_out = RatingPanel(self), EndPanel(self), LeavePanel(self)
        self.side = QStackedWidget()
        for widget in (self.panel, self.outcome, self.rating, self.end, self.way_out):
            self.side.addWidget(widget)
        left = QVBoxLayout()
        left.setSpacing(GAP.small)
        left.addWidget(self.pdf, 1)
        left.addWidget(self.digest)
        row = QHBoxLayout()
        row.setSpacing(GAP.page)
        row.addLayout(left, 7)
        row.addWidget(self.side, 4)
        self._row = row
        self.side.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.body.addWidget(self.header)
        self.body.addLayout(row, 1)
        self._connect()

    def _connect(self) -> None:
        ctx = self.ctx
        self.language.clicked.connect(lambda: ctx.choose(language="en" if ctx.language == "zh" else "zh"))
        self.leave.clicked.connect(self._ask_pin)
        self.panel.signed.connect(self._sign)
        self.panel.remarked.connect(self._remark)
        self.panel.ended.connect(self._ask_outcome)
        self.outcome.confirmed.connect(self._end)
        self.outcome.cancelled.connect(self._back)
        self.rating.given.connect(lambda: self._rate(False))
        self.rating.declined.connect(lambda: self._rate(True))
        self.way_out.entered.connect(self._check_pin)
        self.way_out.cancelled.connect(self._back)

    @property
    def session(self) -> FieldSession:
        """The engineer's session; the customer reaches nothing of it but this report."""
        session: FieldSession = self.ctx.session
        return session

    @property
    def report_id(self) -> str:
        """The only report on this page."""
        return str(self.arguments["report_id"])

    def leaving(self) -> bool:
        """Only the PIN opens the way out."""
        if not self._may_go:
            self._ask_pin()
        return self._may_go

    def retranslate(self) -> None:
        """Words of everything that is always there."""
        self.language.setText("English" if self.ctx.language == "zh" else "中文")
        self.leave.setText(self.t("Leave (PIN)"))
        self.header.set_words(self.t("Please read and sign"), "")
        for panel in (self.panel, self.outcome, self.rating, self.way_out):
            panel.retranslate()

    def load(self) -> Callable[[], SignOffView]:
        """Fetch the frozen pages."""
        session, report_id = self.session, self.report_id
        return lambda: signoff.begin(session, report_id)

    def render_view(self, view: SignOffView) -> None:
        """Show pages and whose turn it is; when all is signed, ask how it was."""
        if self._shown != view.shown:
            self._shown = view.shown
            self.pdf.show_pdf(view.shown)
            self.pdf.fit_width()
        self.header.set_words(
            self.t("Please read and sign"),
            self.t(
                "{kind} {number} · {pages} pages · it cannot be changed once signed",
                kind=self.read(view.kind_words),
                number=view.number,
                pages=view.pages,
            ),
        )
        self.digest.setText(self.t("Content digest {digest} · the signature is bound to it", digest=view.digest_groups))
        self.panel.show_view(view)
        self.rating.show_view(view)
        self.end.show_view(view)
        self._back()

    def _back(self) -> None:
        """The panel that the state of the report asks for."""
        view: SignOffView | None = self.view
        settled = view is not None and view.settled
        rates = settled and view is not None and view.wants_rating
        self.side.setCurrentWidget(self.rating if rates else self.end if settled else self.panel)
        self._row.setStretch(1, 6 if rates else 4)
        if settled:
            self.side.setFocus()  # no answer may look as if it were chosen

    # what the customer does

    def _seal(self, work: Callable[[], SignOffView], complain: Callable[[str], None]) -> None:
        """Seal on the worker thread, with the panel at rest; what goes wrong is said beside the fields."""
        complain("")
        self.panel.set_busy(True)
        self.header.set_words(self.t("Please read and sign"), self.t("Sealing the pages…"))

        def done(view: SignOffView) -> None:
            self.panel.set_busy(False)
            self.view = view
            self.render_view(view)

        def failed(sentence: Sentence) -> None:
            self.panel.set_busy(False)
            if self.view is not None:
                side = self.side.currentIndex()
                self.render_view(self.view)
                self.side.setCurrentIndex(side)
            complain(self.read(sentence))

        self.run(work, done, failed=failed, busy=(self.leave, self.language, self.outcome.confirm))

    def _sign(self) -> None:
        view: SignOffView | None = self.view
        if view is None:
            return
        session, report_id, panel = self.session, self.report_id, self.panel
        department, role = panel.place
        name, phone, strokes, extent = panel.name.text(), panel.phone.text(), panel.pad.strokes, panel.pad.extent

        def work() -> SignOffView:
            return signoff.sign(
                session,
                report_id,
                seen=view.content_digest,
                name=name,
                department=department,
                role=role,
                phone=phone,
                strokes=strokes,
                extent=extent,
            )

        self._seal(work, panel.complain)

    def _remark(self, text: str) -> None:
        session, report_id = self.session, self.report_id
        not_accepted = self.view.not_accepted if self.view is not None else ()
        self._seal(lambda: signoff.add_remark(session, report_id, text, not_accepted=not_accepted), self.panel.complain)

    def _ask_outcome(self, key: str) -> None:
        self.outcome.show_outcome(key)
        self.side.setCurrentWidget(self.outcome)
        self.outcome.first.setFocus()

    def _end(self, key: str) -> None:
        session, report_id = self.session, self.report_id
        first, second, remarks = self.outcome.first.text(), self.outcome.second.text(), self.panel.remarks.text()
        work: dict[str, Callable[[], SignOffView]] = {
            "partial": lambda: signoff.add_remark(session, report_id, remarks, not_accepted=first.splitlines()),
            "refused": lambda: signoff.refuse(session, report_id, reason=first, witness=second),
            "absent": lambda: signoff.absent(session, report_id, reason=first),
            "paper": lambda: signoff.paper(session, report_id, name=second),
        }
        self._seal(work[key], self.outcome.complain)

    def _rate(self, not_now: bool) -> None:
        session, report_id, panel = self.session, self.report_id, self.rating
        answers, opinion = panel.answers, panel.opinion.text()

        def work() -> SignOffView:
            signoff.rate(session, report_id, opinion=opinion, not_now=not_now, **answers)
            return signoff.begin(session, report_id)

        self._seal(work, panel.complain)

    # leaving

    def _ask_pin(self) -> None:
        if not self.session.vault.has_pin:
            self._go()
            return
        self.side.setCurrentWidget(self.way_out)
        self.way_out.ask()

    def _check_pin(self, pin: str) -> None:
        session = self.session
        self.run(lambda: session.vault.check_pin(pin), lambda _none: self._go(), failed=self._wrong_pin, busy=(self.way_out.confirm,))

    def _wrong_pin(self, sentence: Sentence) -> None:
        self.way_out.ask()
        self.way_out.complain(self.read(sentence))

    def _go(self) -> None:
        self._may_go = True
        self.ctx.leave_bare()
