"""Unlock: the PIN, and the passphrase where there is no keyring; nothing of the data shows behind it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from fieldapp.base.i18n import Sentence
from fieldapp.operations.laptop.enrolment import Door, door, unlock
from fieldapp.operations.session import FieldSession
from fieldapp.ui.frame.top_bar import LanguageSwitch
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.pages.enrol_page import centred, labelled, means_of
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.fields import PinField
from fieldapp.ui.widgets.texts import Text

__all__ = ["UnlockPage"]


class UnlockPage(Page):
    """Stands alone. Opens the desktop; wrong tries slow down."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.title, self.lead = Text("", "title"), Text("", "muted")
        self.pin_label, self.passphrase_label = Text("", "small"), Text("", "small")
        self.pin, self.passphrase = PinField(), QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.problem = Text("", "body", "breached")
        self.problem.hide()
        self._refusal: Sentence | None = None
        self._asks = False
        self.language = LanguageSwitch()
        self.language.clicked.connect(lambda: ctx.choose(language="en" if ctx.language == "zh" else "zh"))
        self.enter = PrimaryButton()
        for name, widget in (
            ("pin", self.pin),
            ("passphrase", self.passphrase),
            ("unlock", self.enter),
            ("problem", self.problem),
        ):
            widget.setObjectName(name)
        card = Card(gap=GAP.medium)
        self.secret = labelled(self.passphrase_label, self.passphrase)
        self.secret.hide()
        self.body.addWidget(self.language, 0, Qt.AlignmentFlag.AlignRight)
        self.forgotten = SecondaryButton()
        self.forgotten.setObjectName("forgotten")
        self.forgotten.clicked.connect(lambda: ctx.show_bare("regain"))
        card.add(self.title, self.lead, self.secret, labelled(self.pin_label, self.pin), self.problem, self.enter, self.forgotten)
        self.body.addStretch(2)
        self.body.addWidget(centred(card, 430))
        self.body.addStretch(3)
        self.enter.clicked.connect(self._open)
        self.pin.returnPressed.connect(self._open)
        self.passphrase.returnPressed.connect(self.pin.setFocus)

    def retranslate(self) -> None:
        """Words of labels and button."""
        self.title.setText(self.t("This laptop is locked"))
        self.pin_label.setText(self.t("PIN"))
        self.passphrase_label.setText(self.t("Passphrase for this laptop"))
        self.passphrase.setAccessibleName(self.passphrase_label.text())
        self.enter.setText(self.t("Unlock"))
        self.forgotten.setText(self.t("PIN forgotten, or keys damaged…"))
        self.problem.setText(self.read(self._refusal) if self._refusal is not None else "")

    def load(self) -> Callable[[], Door]:
        """Look at who is expected."""
        means = means_of(self.ctx)
        return lambda: door(means)

    def render_view(self, view: Door) -> None:
        """Greet the engineer and ask what is needed."""
        self.lead.setText(" · ".join(part for part in (view.engineer_name, view.company) if part))
        self._asks = view.needs_passphrase and self.ctx.session is None
        self.secret.setVisible(self._asks)
        (self.passphrase if self._asks and not self.passphrase.text() else self.pin).setFocus()

    def _open(self) -> None:
        self.problem.hide()
        means, pin = means_of(self.ctx), self.pin.text()
        session = self.ctx.session
        if session is not None:
            self.run(lambda: session.vault.check_pin(pin), lambda _none: self._opened(session), failed=self._fail, busy=(self.enter,))
            return
        passphrase = self.passphrase.text() if self._asks else None
        self.run(lambda: unlock(means, pin=pin, passphrase=passphrase), self._opened, failed=self._fail, busy=(self.enter,))

    def _opened(self, session: FieldSession) -> None:
        fresh = self.ctx.session is None
        self.pin.clear()
        self.passphrase.clear()
        self.ctx.session = session
        self.ctx.leave_bare()
        if fresh:
            self.ctx.navigate("today")

    def _fail(self, sentence: Sentence) -> None:
        self.pin.clear()
        self.pin.setFocus()
        self._refusal = sentence
        self.problem.setText(self.read(sentence))
        self.problem.show()
