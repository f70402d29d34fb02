"""What the customer fills in beside the pages: who they are, remarks, the pad, the other outcomes, the one big button."""

from __future__ import annotations

import functools

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from fieldapp.operations.signoff import Signatory, SignOffView
from fieldapp.ui.page import Page
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import FlowRow, ScrollColumn
from fieldapp.ui.widgets.signature import SignaturePad
from fieldapp.ui.widgets.tags import ChipButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["SignPanel"]

_SHOWN = 3
_ONE_ROW = 400
"""The width at 100 % from which the three fields stand in one row."""


class SignPanel(QWidget):
    """`signed()` on the big button, `remarked(text)` when remarks are to go into the pages, `ended(key)` on another outcome."""

    signed = Signal()
    remarked = Signal(str)
    ended = Signal(str)

    def __init__(self, page: Page) -> None:
        """`page` lends its language and its clock."""
        super().__init__()
        self._page = page
        self._view: SignOffView | None = None
        self._busy = False
        self.name, self.department, self.phone = QLineEdit(), QLineEdit(), QLineEdit()
        self.remarks = NoteField(lines=2, most=4)
        self.write = SecondaryButton("", "edit")
        self.written = Text("", "small", "due")
        self.pad = SignaturePad(page.ctx.clock)
        self.clear, self.undo = SecondaryButton("", "erase"), SecondaryButton("", "undo")
        self.turn = Text("", "small", wrap=False)
        self.problem = Text("", "body", "breached")
        self.known, self.others = FlowRow(), FlowRow()
        self.confirm = PrimaryButton(tall=True)
        names = {
            "sign_name": self.name, "sign_department": self.department, "sign_phone": self.phone, "remarks": self.remarks,
            "write_remarks": self.write, "pad": self.pad, "clear_strokes": self.clear, "undo_stroke": self.undo,
            "confirm_sign": self.confirm, "problem": self.problem,
        }  # fmt: skip
        for name, widget in names.items():
            widget.setObjectName(name)
        self._build()
        self.remarks.edited.connect(lambda _text: self._follow())
        self.write.clicked.connect(lambda: self.remarked.emit(self.remarks.text()))
        self.pad.changed.connect(self._follow)
        self.clear.clicked.connect(self.pad.clear)
        self.undo.clicked.connect(self.pad.undo)
        self.confirm.clicked.connect(self.signed)

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GAP.medium)
        inner = ScrollColumn()
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        for row in (self._first, self._second):
            row.setSpacing(GAP.medium)
        for line, share in ((self.name, 3), (self.department, 5), (self.phone, 4)):
            line.setMinimumWidth(80)
            self._first.addWidget(line, share)
        inner.column.addLayout(self._first)
        inner.column.addLayout(self._second)
        inner.column.addWidget(self.known)
        inner.column.addWidget(self.remarks)
        self.write_row = FlowRow([self.written, self.write], gap=GAP.medium)
        inner.column.addWidget(self.write_row)
        self.pad.setMinimumHeight(current_theme().px(200))
        inner.column.addWidget(self.pad)
        inner.column.addWidget(FlowRow([self.clear, self.undo, self.turn], gap=GAP.medium))
        inner.column.addWidget(self.others)
        inner.column.addStretch(1)
        outer.addWidget(inner, 1)
        outer.addWidget(self.problem)
        outer.addWidget(self.confirm)
        self.problem.hide()

    def _lay_fields(self) -> None:
        """Where a telephone number would be cut beside name and department, it gets a row of its own."""
        narrow = self.width() < current_theme().px(_ONE_ROW)
        wanted, other = (self._second, self._first) if narrow else (self._first, self._second)
        if wanted.indexOf(self.phone) < 0:
            other.removeWidget(self.phone)
            wanted.addWidget(self.phone, 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the fields where there is room."""
        super().resizeEvent(event)
        self._lay_fields()

    def retranslate(self) -> None:
        """Hints and buttons in the language of the page."""
        t = self._page.t
        for line, words in (
            (self.name, t("Name")),
            (self.department, t("Department · position")),
            (self.phone, t("Telephone")),
        ):
            line.setPlaceholderText(words)
            line.setAccessibleName(words)
        self.remarks.set_hint(t("Customer's remarks (become part of the pages and are signed with them)"))
        self.write.setText(t("Write into the pages"))
        self.written.setText(t("Not in the pages yet: write them in, read again, then sign."))
        self.clear.setText(t("Clear"))
        self.undo.setText(t("Undo a stroke"))
        self.confirm.setText(t("Sign"))
        if self._view is not None:
            self.show_view(self._view)

    def show_view(self, view: SignOffView) -> None:
        """Whose turn it is, and what the pages say; what was typed stays, except when other pages or another signer came."""
        before, self._view = self._view, view
        if before is None or before.content_digest != view.content_digest:
            self.pad.clear()
            self.remarks.set_text(view.remarks)
        if before is not None and before.position != view.position:
            for line in (self.name, self.department, self.phone):
                line.clear()
            self.pad.clear()
        t = self._page.t
        self.turn.setText(t("signer {position} of {expected}", position=view.position, expected=view.expected))
        self.known.set_widgets([self._known(each) for each in view.contacts[:_SHOWN]])
        self.known.setVisible(bool(view.contacts))
        self.remarks.setEnabled(view.write.allowed)
        chips = []
        for other in view.outcomes:
            chip = ChipButton(self._page.read(other.words), "neutral")
            chip.setObjectName(f"outcome_{other.key}")
            chip.setEnabled(other.action.allowed and not self._busy)
            chip.setToolTip(self._page.read(other.action.why) if other.action.why is not None else "")
            chip.clicked.connect(functools.partial(self.ended.emit, other.key))
            chips.append(chip)
        self.others.set_widgets(chips)
        self._follow()

    def _known(self, contact: Signatory) -> ChipButton:
        words = contact.name if contact.registered else f"{contact.name} · {self._page.t('signer not registered')}"
        chip = ChipButton(words, "accent" if contact.registered else "neutral")
        chip.setObjectName(f"contact_{contact.name}")
        chip.clicked.connect(lambda: self._take(contact))
        return chip

    def _take(self, contact: Signatory) -> None:
        self.name.setText(contact.name)
        self.department.setText(" · ".join(part for part in (contact.department, contact.role) if part))
        self.phone.setText(contact.phone)
        for line in (self.name, self.department, self.phone):
            line.setCursorPosition(0)
        self.pad.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def place(self) -> tuple[str, str]:
        """Department and position, as they were typed on one line."""
        department, _, role = self.department.text().replace("·", "·").partition("·")
        return department.strip(), role.strip()

    @property
    def waits_for_remarks(self) -> bool:
        """Whether remarks were typed that the pages do not hold."""
        return self._view is not None and self.remarks.text().strip() != self._view.remarks.strip()

    def set_busy(self, busy: bool) -> None:
        """Rest while the pages are being sealed."""
        self._busy = busy
        for widget in (self.write, self.confirm, self.pad, self.remarks, self.others):
            widget.setEnabled(not busy)
        if not busy and self._view is not None:
            self.remarks.setEnabled(self._view.write.allowed)
            self._follow()

    def complain(self, words: str) -> None:
        """Say what is missing, or nothing."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _follow(self) -> None:
        waits = self.waits_for_remarks
        self.write_row.setVisible(waits)
        self.clear.setEnabled(not self.pad.is_empty)
        self.undo.setEnabled(not self.pad.is_empty)
        self.confirm.setEnabled(not waits and not self._busy)
        self.pad.setEnabled(not waits and not self._busy)
