"""What stands in place of the signing panel: another outcome, the satisfaction, the end, the PIN to leave."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.base.i18n import Sentence, say
from fieldapp.operations.signoff import SignOffView
from fieldapp.ui.page import Page
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Banner, Card
from fieldapp.ui.widgets.fields import NoteField, PinField
from fieldapp.ui.widgets.layouts import FlowRow, ScrollColumn
from fieldapp.ui.widgets.tags import ChipButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["EndPanel", "LeavePanel", "OutcomePanel", "RatingPanel"]

_RATINGS: Mapping[str, Sentence] = {
    "very_satisfied": say("Very satisfied"),
    "satisfied": say("Satisfied"),
    "neutral": say("Neutral"),
    "dissatisfied": say("Dissatisfied"),
    "very_dissatisfied": say("Very dissatisfied"),
}


class _Panel(QWidget):
    """A column that scrolls, with a place for what went wrong."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inner = ScrollColumn()
        outer.addWidget(inner)
        self.card = Card(gap=GAP.medium)
        inner.column.addWidget(self.card)
        inner.column.addStretch(1)
        self.problem = Text("", "body", "breached")
        self.problem.hide()

    def complain(self, words: str) -> None:
        """Say what is missing, or nothing."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))


class OutcomePanel(_Panel):
    """Any end other than a signature. `confirmed(key)` and `cancelled()`; the two texts are `first` and `second`."""

    confirmed = Signal(str)
    cancelled = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.key = ""
        self.words = Text("", "muted")
        self.first, self.second = NoteField(lines=3), NoteField(lines=1, most=2)
        self.first_label, self.second_label = Text("", "small"), Text("", "small")
        self.confirm, self.cancel = PrimaryButton(), SecondaryButton()
        names = {
            "outcome_first": self.first, "outcome_second": self.second, "confirm_outcome": self.confirm, "cancel_outcome": self.cancel,
        }  # fmt: skip
        for name, widget in names.items():
            widget.setObjectName(name)
        self.card.add(
            self.words,
            self.first_label,
            self.first,
            self.second_label,
            self.second,
            self.problem,
            FlowRow([self.confirm, self.cancel], gap=GAP.medium),
        )
        self.confirm.clicked.connect(lambda: self.confirmed.emit(self.key))
        self.cancel.clicked.connect(self.cancelled)

    def show_outcome(self, key: str) -> None:
        """Ask for what an outcome needs, with empty fields."""
        self.key = key
        self.first.set_text("")
        self.second.set_text("")
        self.complain("")
        self.retranslate()
        self.first.setFocus()

    def retranslate(self) -> None:
        """Words of the outcome that is open."""
        t = self.page.t
        title, words, first, second, button = {
            "partial": (
                t("Accepted in part"),
                t("Write what is not accepted, a line each. It goes into the pages; then read them again and sign."),
                t("Not accepted"),
                "",
                t("Write into the pages"),
            ),
            "refused": (
                t("Signature refused"),
                t("Reason and witness go into the pages. The report is settled as refused; nothing counts as accepted."),
                t("Reason"),
                t("Witness"),
                t("Record the refusal"),
            ),
            "absent": (
                t("Signer not present"),
                t("The report stays as it is and waits: for a second visit, for paper, or for the customer's page after the sync."),
                t("Reason"),
                "",
                t("Record and wait"),
            ),
            "paper": (
                t("Sealed on paper"),
                t("The printed pages are signed and sealed in ink. The report is kept as signed on paper, never as signed electronically."),
                "",
                t("Name of the signer"),
                t("Record as signed on paper"),
            ),
        }.get(self.key, ("", "", "", "", ""))
        self.card.set_title(title)
        self.words.setText(words)
        for label, field, text in ((self.first_label, self.first, first), (self.second_label, self.second, second)):
            label.setText(text)
            field.setAccessibleName(text)
            label.setVisible(bool(text))
            field.setVisible(bool(text))
        self.confirm.setText(button)
        self.cancel.setText(t("Back"))


class RatingPanel(_Panel):
    """Satisfaction, with nothing preselected. `given()` and `declined()`; `answers` by subject."""

    given = Signal()
    declined = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.done = Banner("", "", "met")
        self.words = Text("", "muted")
        self.labels: dict[str, Text] = {}
        self.chips: dict[str, dict[str, ChipButton]] = {}
        self.card.add(self.done, self.words)
        for subject in ("content", "quality", "solution"):
            self.labels[subject] = Text("", "bold")
            self.chips[subject] = {key: ChipButton(checkable=True) for key in _RATINGS}
            for key, chip in self.chips[subject].items():
                chip.setObjectName(f"{subject}_{key}")
                chip.clicked.connect(functools.partial(self._choose, subject, key))
            self.card.add(self.labels[subject], FlowRow(self.chips[subject].values(), gap=GAP.small))
        self.opinion = NoteField(lines=2)
        self.submit, self.not_now = PrimaryButton(), SecondaryButton()
        for name, widget in (("opinion", self.opinion), ("rating_submit", self.submit), ("rating_not_now", self.not_now)):
            widget.setObjectName(name)
        self.card.add(self.opinion, self.problem, FlowRow([self.submit, self.not_now], gap=GAP.medium))
        self.submit.clicked.connect(self.given)
        self.not_now.clicked.connect(self.declined)

    @property
    def answers(self) -> dict[str, str]:
        """The chosen rating of each subject, "" where none was chosen."""
        return {subject: next((key for key, chip in chips.items() if chip.isChecked()), "") for subject, chips in self.chips.items()}

    def show_view(self, view: SignOffView) -> None:
        """Say first how the sign-off ended."""
        self.done.set_words(self.page.read(view.acceptance_words), view.number, "met" if view.state == "signed" else "due")

    def retranslate(self) -> None:
        """Words in the language of the page."""
        t = self.page.t
        self.card.set_title(t("How satisfied are you with this visit?"))
        self.words.setText(t("Your answers go to the service manager, apart from the report; the engineer does not see them."))
        for subject, words in (
            ("content", t("Content of the service")),
            ("quality", t("Quality")),
            ("solution", t("Solution of the problem")),
        ):
            self.labels[subject].setText(words)
            for key, chip in self.chips[subject].items():
                chip.setText(_RATINGS[key].read(self.page.ctx.language))
                chip.setAccessibleName(f"{words}: {chip.text()}")
                chip.updateGeometry()
        self.opinion.set_hint(t("Anything else (optional)"))
        self.submit.setText(t("Send the answers"))
        self.not_now.setText(t("Not now"))

    def _choose(self, subject: str, key: str) -> None:
        for other, chip in self.chips[subject].items():
            chip.setChecked(other == key and chip.isChecked())


class EndPanel(_Panel):
    """Thanks, and the laptop goes back to the engineer."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.done, self.words = Banner("", "", "met"), Text("", "body")
        self.card.add(self.done, self.words)

    def show_view(self, view: SignOffView) -> None:
        """How the sign-off ended."""
        tone = "met" if view.state == "signed" else "due"
        self.done.set_words(self.page.read(view.acceptance_words), view.number, tone)  # type: ignore[arg-type]
        self.words.setText(self.page.t("Thank you. Please give the laptop back to the engineer."))


class LeavePanel(_Panel):
    """The PIN. `entered(pin)` and `cancelled()`."""

    entered = Signal(str)
    cancelled = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.words, self.pin = Text("", "muted"), PinField()
        self.confirm, self.cancel = PrimaryButton(), SecondaryButton()
        for name, widget in (("pin", self.pin), ("confirm_leave", self.confirm), ("cancel_leave", self.cancel)):
            widget.setObjectName(name)
        self.card.add(self.words, self.pin, self.problem, FlowRow([self.confirm, self.cancel], gap=GAP.medium))
        self.pin.entered.connect(self.entered)
        self.confirm.clicked.connect(lambda: self.entered.emit(self.pin.text()))
        self.cancel.clicked.connect(self.cancelled)

    def retranslate(self) -> None:
        """Words in the language of the page."""
        t = self.page.t
        self.card.set_title(t("Back to the engineer"))
        self.words.setText(t("The engineer's PIN ends the customer's view. Nothing of other customers is shown before."))
        self.confirm.setText(t("Leave"))
        self.cancel.setText(t("Back"))

    def ask(self) -> None:
        """Begin with an empty field."""
        self.pin.clear()
        self.complain("")
        self.pin.setFocus()
