"""A way back: the PIN is forgotten or the keys are damaged; a one-time code of the service desk lets the engineer in again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QLineEdit

from fieldapp.base.i18n import Sentence, say
from fieldapp.operations.laptop.enrolment import Door, door, leave, regain, set_aside
from fieldapp.operations.session import FieldSession
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.pages.enrol_page import centred, labelled, means_of
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.fields import PinField
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.texts import Text

__all__ = ["RegainPage"]


class RegainPage(Page):
    """Stands alone. Nothing on the laptop is touched before the centre agreed; setting up anew deletes nothing either."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self._asks = False
        self._refusal: Sentence | None = None
        self._sure = False
        self.title, self.lead, self.problem = Text("", "title"), Text("", "muted"), Text("", "body", "breached")
        self.problem.hide()
        self.code, self.passphrase, self.pin, self.again = QLineEdit(), QLineEdit(), PinField(), PinField()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.labels = {name: Text("", "small") for name in ("code", "passphrase", "pin", "again")}
        self.enter, self.back, self.anew = PrimaryButton(), SecondaryButton(), SecondaryButton()
        self.anew_words = Text("", "small")
        for name, widget in (
            ("code", self.code),
            ("passphrase", self.passphrase),
            ("pin", self.pin),
            ("pin_again", self.again),
            ("regain", self.enter),
            ("back", self.back),
            ("set_aside", self.anew),
            ("problem", self.problem),
        ):
            widget.setObjectName(name)
        card = Card(gap=GAP.medium)
        self.secret = labelled(self.labels["passphrase"], self.passphrase)
        pins = FlowRow([labelled(self.labels["pin"], self.pin), labelled(self.labels["again"], self.again)], GAP.medium)
        card.add(self.title, self.lead, labelled(self.labels["code"], self.code), self.secret, pins, self.problem)
        card.add(FlowRow([self.enter, self.back], GAP.medium), self.anew_words, self.anew)
        self.body.addStretch(2)
        self.body.addWidget(centred(card, 540))
        self.body.addStretch(3)
        self.enter.clicked.connect(self._regain)
        self.back.clicked.connect(lambda: ctx.show_bare("unlock"))
        self.anew.clicked.connect(self._set_aside)
        for field in (self.code, self.passphrase, self.pin, self.again):
            field.returnPressed.connect(self._regain)

    def retranslate(self) -> None:
        """Words of labels and buttons."""
        self.title.setText(self.t("PIN forgotten, or keys damaged"))
        self.lead.setText(
            self.t("Ask the service desk for a one-time code; a network is needed once. What is only on this laptop stays as it is.")
        )
        self.labels["code"].setText(self.t("One-time code"))
        self.labels["passphrase"].setText(self.t("Passphrase for this laptop"))
        self.labels["pin"].setText(self.t("New PIN, 4 to 12 digits"))
        self.labels["again"].setText(self.t("The PIN again"))
        for name, field in (("code", self.code), ("passphrase", self.passphrase), ("pin", self.pin), ("again", self.again)):
            field.setAccessibleName(self.labels[name].text())
        self.enter.setText(self.t("Let me in again"))
        self.back.setText(self.t("Back"))
        self.anew_words.setText(
            self.t(
                "If the key itself is lost (passphrase forgotten, keyring emptied), the data here cannot be opened by anybody. "
                "Then set the laptop up anew and take in its safety copy. The old data is put aside, not deleted."
            )
        )
        self.anew.setText(self.t("Yes, put the old data aside") if self._sure else self.t("Set this laptop up anew…"))
        self.problem.setText(self.read(self._refusal) if self._refusal is not None else "")

    def heading(self) -> str:
        """The window's title."""
        return self.t("PIN forgotten, or keys damaged")

    def load(self) -> Callable[[], Door]:
        """Look at what is needed."""
        means = means_of(self.ctx)
        return lambda: door(means)

    def render_view(self, view: Door) -> None:
        """Ask for the passphrase where one protects the keys."""
        self._asks = view.needs_passphrase
        self.secret.setVisible(self._asks)
        self.anew.setVisible(self.ctx.session is None)
        self.anew_words.setVisible(self.ctx.session is None)
        self.code.setFocus()

    def _regain(self) -> None:
        if not self.enter.isEnabled():  # the code is good for once
            return
        self.problem.hide()
        locked: FieldSession | None = self.ctx.session
        self.ctx.session = None
        means, code, pin, again = means_of(self.ctx), self.code.text(), self.pin.text(), self.again.text()
        passphrase = self.passphrase.text() if self._asks else None

        def work() -> FieldSession:
            if locked is not None:  # not closed so far: the same data cannot be opened twice, and its safety copy is written last
                leave(locked)
            return regain(means, code=code, pin=pin, pin_again=again, passphrase=passphrase)

        def fail(sentence: Sentence) -> None:
            self.ctx.session = locked if locked is not None and locked.is_open else None  # a sync ran in it: it goes on
            self._fail(sentence)

        self.run(work, self._opened, failed=fail, busy=(self.enter,))

    def _opened(self, session: FieldSession) -> None:
        for field in (self.code, self.passphrase, self.pin, self.again):
            field.clear()
        self.ctx.session = session
        self.ctx.leave_bare()
        self.ctx.navigate("today")
        self.ctx.notify(say("You are in again with the new PIN. Nothing was lost."), "met", 8)

    def _set_aside(self) -> None:
        if not self._sure:  # the second press means it
            self._sure = True
            self.retranslate()
            return
        means = means_of(self.ctx)

        def done(path: Path) -> None:
            self._sure = False
            self.ctx.show_bare("enrol")
            self.ctx.notify(say("The old data is in {folder}.", folder=path.name), "met", 12)

        self.run(lambda: set_aside(means), done, failed=self._fail, busy=(self.anew,))

    def _fail(self, sentence: Sentence) -> None:
        self._refusal = sentence
        self.problem.setText(self.read(sentence))
        self.problem.show()
