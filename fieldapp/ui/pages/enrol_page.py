"""Enrol: address and one-time code, a PIN, a passphrase where there is no keyring; then the first sync by phase."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from fieldapp.base.i18n import Sentence
from fieldapp.base.ids import SystemRandomness
from fieldapp.operations.laptop.enrolment import Door, Means, door, enrol
from fieldapp.operations.laptop.journal import TakenIn, take_in
from fieldapp.operations.laptop.synchronise import RoundView, first_sync
from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Step
from fieldapp.ui.frame.top_bar import LanguageSwitch
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.pages.phases import SyncPhases
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.fields import PinField
from fieldapp.ui.widgets.texts import Text

__all__ = ["EnrolPage", "centred", "labelled", "means_of"]


def means_of(ctx: UiContext) -> Means:
    """What operations need to open a session from this window."""
    assert ctx.places is not None
    return Means(ctx.places, ctx.clock, SystemRandomness())


def labelled(label: Text, field: QWidget) -> QWidget:
    """A field under its label."""
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(GAP.tight)
    column.addWidget(label)
    column.addWidget(field)
    label.setBuddy(field)
    return both


def centred(card: QWidget, width: int) -> QWidget:
    """A card in the middle, so wide at 100 %; not by alignment, for then words that wrap would not make it higher."""
    card.setFixedWidth(current_theme().px(width))
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(card)
    row.addStretch(1)
    return line


class EnrolPage(Page):
    """Stands alone. Shown until the laptop has its certificate and its first data; goes on after being cut."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self._session: FieldSession | None = None
        self._door: Door | None = None
        self.title, self.lead = Text("", "title"), Text("", "muted")
        self.address, self.code = QLineEdit(), QLineEdit()
        self.pin, self.again = PinField(), PinField()
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.labels = {name: Text("", "small") for name in ("address", "code", "pin", "again", "passphrase")}
        self.passphrase_why = Text("", "small")
        self.problem = Text("", "body", "breached")
        self.problem.hide()
        self._refusal: Sentence | None = None
        self.language = LanguageSwitch()
        self.language.clicked.connect(lambda: ctx.choose(language="en" if ctx.language == "zh" else "zh"))
        self.lost = QCheckBox()
        self.lost.setObjectName("lost")
        self.enrol = PrimaryButton()
        self.phases = SyncPhases()
        self.phases.hide()
        for name, widget in (
            ("address", self.address),
            ("code", self.code),
            ("pin", self.pin),
            ("pin_again", self.again),
            ("passphrase", self.passphrase),
            ("enrol", self.enrol),
            ("problem", self.problem),
        ):
            widget.setObjectName(name)
        self._build()
        self.enrol.clicked.connect(self._start)
        for field in (self.address, self.code, self.passphrase, self.pin, self.again):
            field.returnPressed.connect(self._start)

    def _build(self) -> None:
        card = Card(gap=GAP.medium)
        pins = QWidget()
        row = QHBoxLayout(pins)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP.medium)
        row.addWidget(labelled(self.labels["pin"], self.pin))
        row.addWidget(labelled(self.labels["again"], self.again))
        self.secret = labelled(self.labels["passphrase"], self.passphrase)
        self.fields = QWidget()
        column = QVBoxLayout(self.fields)
        column.setContentsMargins(0, GAP.small, 0, 0)
        column.setSpacing(GAP.medium)
        column.addWidget(labelled(self.labels["address"], self.address))
        column.addWidget(labelled(self.labels["code"], self.code))
        column.addWidget(pins)
        column.addWidget(self.secret)
        column.addWidget(self.passphrase_why)
        column.addWidget(self.lost)
        self.secret.hide()
        self.passphrase_why.hide()
        self.body.addWidget(self.language, 0, Qt.AlignmentFlag.AlignRight)
        card.add(self.title, self.lead, self.fields, self.phases, self.problem, self.enrol)
        self.body.addStretch(2)
        self.body.addWidget(centred(card, 540))
        self.body.addStretch(3)

    def retranslate(self) -> None:
        """Words of labels and button."""
        self.title.setText(self.t("Set up this laptop"))
        self.lead.setText(
            self.t(
                "The service desk gives you an address and a one-time code. After this, the day's work is on the laptop "
                "and needs no network."
            )
        )
        self.labels["address"].setText(self.t("Address of the central service"))
        self.labels["code"].setText(self.t("One-time code"))
        self.labels["pin"].setText(self.t("New PIN, 4 to 12 digits"))
        self.labels["again"].setText(self.t("The PIN again"))
        self.labels["passphrase"].setText(self.t("Passphrase for this laptop"))
        self.passphrase_why.setText(
            self.t("This laptop has no usable keyring, so a passphrase protects the keys. It is asked at each start.")
        )
        for name, field in (("address", self.address), ("code", self.code), ("passphrase", self.passphrase)):
            field.setAccessibleName(self.labels[name].text())
        self.pin.setAccessibleName(self.labels["pin"].text())
        self.again.setAccessibleName(self.labels["again"].text())
        self.lost.setText(self.t("My old laptop is lost; I have its safety copy on a stick"))
        self.enrol.setText(self.t("Set up and fetch the data") if self._session is None else self.t("Go on"))
        self.phases.retranslate(self.ctx.language)
        self.problem.setText(self.read(self._refusal) if self._refusal is not None else "")

    def heading(self) -> str:
        """The window's title."""
        return self.t("Set up this laptop")

    def load(self) -> Callable[[], Door]:
        """Look at what the profile holds."""
        means = means_of(self.ctx)
        return lambda: door(means)

    def render_view(self, view: Door) -> None:
        """Ask only what is needed here."""
        self._door = view
        self.secret.setVisible(view.needs_passphrase)
        self.passphrase_why.setVisible(view.needs_passphrase)
        if view.centre_url and not self.address.text():
            self.address.setText(view.centre_url)

    def _start(self) -> None:
        if self._session is not None:
            self._first_sync(self._session)
            return
        self.problem.hide()
        means = means_of(self.ctx)
        address, code, pin, again = self.address.text(), self.code.text(), self.pin.text(), self.again.text()
        passphrase = self.passphrase.text() if self._door is not None and self._door.needs_passphrase else None
        self.run(
            lambda: enrol(means, address=address, code=code, pin=pin, pin_again=again, passphrase=passphrase),
            self._first_sync,
            failed=self._fail,
            busy=(self.enrol, self.fields),
        )

    def _first_sync(self, session: FieldSession) -> None:
        self._session = session
        self.problem.hide()
        self.fields.hide()
        self.phases.show()
        self.phases.begin()
        self.enrol.setEnabled(False)
        self.retranslate()
        self.run_long(
            lambda watch: first_sync(session, watch),
            lambda view: self._synced(session, view),
            moved=self._moved,
            failed=self._fail,
            lane="session",
        )

    def _moved(self, step: Step) -> None:
        self.phases.advance(step)

    def _synced(self, session: FieldSession, view: RoundView) -> None:
        """The desktop opens with the first data; a round that brought nothing is to be run again."""
        if self.lost.isChecked():
            self._take_over(session)
        elif view.complete or view.pulled:
            self._finished(session)
        else:
            self._fail(view.words)

    def _take_over(self, session: FieldSession) -> None:
        """Take in what the lost laptop had not sent, and send it; whoever has no stick at hand goes on without it."""
        self.lost.setChecked(False)
        chosen = QFileDialog.getExistingDirectory(self, self.t("Choose the stick that the lost laptop wrote to"))
        if not chosen:
            self._finished(session)
            return

        def taken(view: TakenIn) -> None:
            self.ctx.notify(view.words, *(("met", 12) if view.complete else ("breached", 60)))
            self._first_sync(session)

        self.run(lambda: take_in(session, Path(chosen)), taken, failed=self._fail, busy=(self.enrol,))

    def _finished(self, session: FieldSession) -> None:
        self.phases.finish()
        self._session = None
        self.ctx.session = session
        self.ctx.leave_bare()
        self.ctx.navigate("today")

    def _fail(self, sentence: Sentence) -> None:
        self.enrol.setEnabled(True)
        self.phases.stop()
        self._refusal = sentence
        self.problem.show()
        self.retranslate()
