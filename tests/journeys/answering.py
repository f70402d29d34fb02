"""A person at a real desktop, answering a checklist by key and mouse until the process is killed: what kill.py ends without a warning.

`answer` opens the window on a profile that has been used before, unlocks it, opens the checklist, reads every section from
its widgets and tells what stands there; then it answers without end. What it tells goes through a pipe, each message whole:

    ("screen", values)     what the widgets show after the start, by key; the desktop has come up
    ("shows", values)      values that the screen shows now and did not before; None where something is no longer shown
    ("saved", half)        the page says "saved": of everything that it shows but the field `half`, which holds no whole answer
    ("wrong", text)        Qt complained, or a step could not be done
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QRadioButton

from fieldapp.base.clock import SystemClock, TurnableClock
from fieldapp.base.settings import Places
from fieldapp.ui.answers.parts.moments import as_typed
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.checklists.question_card import QuestionCard
from fieldapp.ui.widgets.keys import ResultKeys
from tests.journeys.driver import Driver, StepFailed

__all__ = ["Start", "answer"]

PIN, PASSPHRASE = "2468", "correct horse"
SAVED = "已保存"
"""How the words begin that say that everything is saved."""


class Start(NamedTuple):
    """What a process is started with; `number` tells one start from the other and makes its values its own."""

    profile: Path
    sheet: str
    at: datetime
    number: int
    plant: Callable[[ChecklistPage], None] | None = None


class _Running(TurnableClock):
    """A clock that begins at a moment and runs from there as the machine's does."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._origin = SystemClock().elapsed()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        return SystemClock().elapsed() - self._origin


@dataclass
class _Person(Driver):
    """Answers what comes to hand and tells what the screen shows."""

    pipe: Connection = field(kw_only=True)
    hasty: bool = False
    watches: QObject | None = None
    seen: dict[str, str | None] = field(default_factory=dict)
    said: bool = False
    sections: list[str] = field(default_factory=list)
    section_key: str = ""

    def say(self, line: str) -> None:
        """Steps of this laptop are of no interest; what Qt complains of is."""
        if "FAIL" in line:
            self.pipe.send(("wrong", line.strip()))

    def settle(self, patience: float = 30.0) -> None:
        """Wait for nothing while answering: a person does not."""
        if self.hasty:
            self.app.processEvents()
        else:
            super().settle(patience)

    # what the screen shows

    @property
    def sheet(self) -> ChecklistPage:
        """The page of the checklist."""
        page = self.page
        if not isinstance(page, ChecklistPage) or page.checklist is None:
            raise StepFailed(f"no checklist is open but {type(page).__name__}")
        return page

    def cards(self) -> list[QuestionCard]:
        """The cards of the section, all built, that can be seen."""
        cards = self.sheet.frame.cards
        cards.after("", -1)
        return [each for each in cards.cards.values() if not each.isHidden()]

    def read_section(self) -> dict[str, str]:
        """What the widgets of the section show, by key."""
        values: dict[str, str] = {}
        for card in self.cards():
            values |= {f"{card.key}{part}": text for part, text in _shown(card).items()}
        return values

    def look(self, *, painted: bool = True) -> None:
        """Tell what is shown now and was not before; and that it is saved, when the page says so.

        Not `painted`: the page is about to change its words, and nobody has seen these yet.
        """
        if self.watches is not self.sheet:
            return
        now = self.read_section()
        place = self.section_key + "/"
        gone = {key: None for key, text in self.seen.items() if key.startswith(place) and key not in now and text is not None}
        fresh = {**{key: text for key, text in now.items() if self.seen.get(key) != text}, **gone}
        if fresh:
            self.said = False
            self.seen.update(fresh)
            self.pipe.send(("shows", fresh))
        if not painted:
            return
        says = self.words("saved").startswith(SAVED)
        if says and not self.said:
            self.pipe.send(("saved", self._half()))
        self.said = says

    def _half(self) -> str:
        """The field that the person is in, while what stands there is no answer that the form took."""
        checklist = self.sheet.checklist
        assert checklist is not None
        for card in self.cards():
            for name in ("number", "line"):
                line = card.findChild(QLineEdit, name)
                view = checklist.question(card.key)
                if line is not None and line.hasFocus() and line.text() != as_typed(view.kind, view.value):
                    return card.key
        return ""

    # the start

    def come_up(self, start: Start) -> None:
        """Start the desktop, unlock it, open the checklist, read every section, tell what it shows."""
        self.open_laptop()
        assert self.window is not None
        window = self.window
        window.activateWindow()
        self.wait("the window in front", window.isActiveWindow)
        self.wait("the unlock page", lambda: type(self.page).__name__ == "UnlockPage" and self.has("pin"))
        QTest.keyClicks(self.find(QLineEdit, "passphrase"), PASSPHRASE)
        QTest.keyClicks(self.find(QLineEdit, "pin"), PIN)
        QTest.keyClick(self.find(QLineEdit, "pin"), Qt.Key.Key_Return)
        self.wait("the desktop behind the PIN", lambda: self.session is not None and not self.window_is_bare)
        self.settle()
        self.go("checklist", instance_id=start.sheet)
        self.wait("the checklist", lambda: isinstance(self.page, ChecklistPage) and self.page.checklist is not None)
        page = self.sheet
        assert page.checklist is not None
        self.sections = [each.key for each in page.checklist.sections]
        for at in range(len(self.sections)):
            self.open_section(at)
            self.seen.update(self.read_section())
        self.settle()
        self.pipe.send(("screen", {key: text for key, text in self.seen.items() if text is not None}))
        if start.plant is not None:
            start.plant(page)
        self.watches = page
        for before in (page.pen.changed, page.keeper.waiting):  # it is handed to the worker after these
            before.connect(lambda *_: self.look(painted=False))
        page.keeper.saved.connect(lambda _at: QTimer.singleShot(0, self.look))  # the page draws the rest of what it learned first
        self.hasty = True

    def open_section(self, at: int) -> None:
        """Press a section in the list at the left."""
        self.section_key = self.sections[at]
        button = self.sheet.frame.side.list.findChildren(QAbstractButton)[at]
        self._in_view(button)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.app.processEvents()

    # what a person does

    def answer_something(self, dice: random.Random, stamp: Callable[[], int]) -> None:
        """One thing that a person does in a checklist."""
        if dice.random() < 0.12:
            self.open_section(dice.randrange(len(self.sections)))
        cards = [each for each in self.cards() if each.editor is not None]
        if not cards:
            self.open_section(dice.randrange(len(self.sections)))
            return
        if dice.random() < 0.1 and self._rows(dice):
            return
        card = dice.choice(cards)
        self._in_view(card)
        card.take_focus()
        keys = card.findChild(ResultKeys, "keys")
        if keys is not None:
            self._result(card, keys, dice, stamp)
        elif not self._pick(card, dice):
            line = card.findChild(QLineEdit, "number") or card.findChild(QLineEdit, "line") or card.findChild(QPlainTextEdit, "note")
            if line is not None and line.isVisible():
                self.type_in(line, _text_for(self.sheet, card, stamp()), dice)

    def _result(self, card: QuestionCard, keys: ResultKeys, dice: random.Random, stamp: Callable[[], int]) -> None:
        number = dice.randint(1, len(keys.buttons))
        if dice.random() < 0.5:
            QTest.keyClick(keys.buttons[0], Qt.Key(int(Qt.Key.Key_0) + number))
        else:
            self.press_button(keys.buttons[number - 1])
        self.look()
        reason = next((each for each in card.reasons.values() if each.isVisible()), None)
        if reason is not None and dice.random() < 0.7:
            self.press_button(dice.choice(list(card.reasons.values())))
        if card.finding is not None and card.finding.isVisible() and dice.random() < 0.7:
            self.type_in(card.finding.note, f"fan {stamp()} worn", dice)
            if dice.random() < 0.5:
                self.press_button(dice.choice((card.finding.fixed, card.finding.left)))

    def _pick(self, card: QuestionCard, dice: random.Random) -> bool:
        buttons = [each for each in card.findChildren(QAbstractButton) if isinstance(each, QRadioButton | QCheckBox) and each.isVisible()]
        if buttons:
            self.press_button(dice.choice(buttons))
            return True
        combo = card.findChild(QComboBox, "choices")
        if combo is None:
            return False
        QTest.keyClick(combo, dice.choice((Qt.Key.Key_Down, Qt.Key.Key_Up)))
        return True

    def _rows(self, dice: random.Random) -> bool:
        """Add a row to a repeat, or take one away."""
        names = [each for each in self.sheet.frame.cards.findChildren(QAbstractButton) if each.isVisible()]
        adds = [each for each in names if each.objectName().startswith("add-")]
        removes = [each for each in names if each.objectName() == "remove-row"]
        if removes and (len(removes) > 3 or dice.random() < 0.3):
            self.press_button(dice.choice(removes))
        elif adds:
            self.press_button(dice.choice(adds))
        return bool(adds or removes)

    def press_button(self, button: QAbstractButton) -> None:
        """Click with the mouse; a box takes clicks on its mark."""
        self._in_view(button)
        at = QPoint(10, button.height() // 2) if isinstance(button, QCheckBox | QRadioButton) else button.rect().center()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)

    def type_in(self, field: QLineEdit | QPlainTextEdit, text: str, dice: random.Random) -> None:
        """Type over what stands there, key by key, now and then with a rest that is long enough for a save in between."""
        self._in_view(field)
        field.setFocus(Qt.FocusReason.MouseFocusReason)
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        for sign in text:
            QTest.keyClicks(field, sign)
            self.look()
            self.rest(0.62 if dice.random() < 0.08 else dice.uniform(0.0, 0.03))
        end = dice.random()
        if end < 0.4 and isinstance(field, QLineEdit):
            QTest.keyClick(field, Qt.Key.Key_Return)
        elif end < 0.7:
            QTest.keyClick(field, Qt.Key.Key_Tab)
        elif end < 0.9:
            self.rest(0.62)

    def rest(self, seconds: float) -> None:
        """Let the desktop run, as it does between two keys."""
        QTest.qWait(max(1, int(seconds * 1000)))
        self.look()


def _shown(card: QuestionCard) -> dict[str, str]:
    """What the widgets of a card show: the answer under "", and what stands beside it under #result, #reason, #note, #state."""
    shown: dict[str, str] = {}
    keys = card.findChild(ResultKeys, "keys")
    number, line, note = card.findChild(QLineEdit, "number"), card.findChild(QLineEdit, "line"), card.findChild(QPlainTextEdit, "note")
    combo = card.findChild(QComboBox, "choices")
    boxes = [each for each in card.findChildren(QAbstractButton) if isinstance(each, QRadioButton | QCheckBox)]
    if keys is not None:
        shown[""] = keys.value or ""
    elif number is not None or line is not None:
        field = number or line
        assert field is not None
        shown[""] = field.text()
    elif note is not None:
        shown[""] = note.toPlainText()
    elif combo is not None:
        shown[""] = str(combo.currentData() or "")
    elif boxes:
        shown[""] = " ".join(each.objectName() for each in boxes if each.isChecked())
    elif card.editor is None:
        told = card.findChild(QLabel, "text-value")
        shown[""] = told.text() if told is not None else ""
    if not card.state.isHidden():
        shown["#result"] = card.state.text
    if card.reason_row is not None and not card.reason_row.isHidden():
        shown["#reason"] = " ".join(value for value, chip in card.reasons.items() if chip.isChecked())
    if card.finding is not None and not card.finding.isHidden():
        shown["#note"] = card.finding.note.toPlainText()
        shown["#state"] = " ".join(each.objectName() for each in (card.finding.fixed, card.finding.left) if each.isChecked())
    return shown


def _text_for(page: ChecklistPage, card: QuestionCard, stamp: int) -> str:
    """What a person would type there; `stamp` makes it another text each time."""
    assert page.checklist is not None
    view = page.checklist.question(card.key)
    if view.kind == "integer":
        return str(stamp % 100_000)
    if view.kind in ("decimal", "range"):
        return f"{stamp % 90}.{stamp % 1000:03d}"
    day = datetime(2026, 1, 1) + timedelta(days=stamp % 300, minutes=stamp % 1440)
    days = {"date": f"{day:%Y-%m-%d}", "datetime": f"{day:%Y-%m-%d %H:%M}", "time": f"{day:%H:%M}"}
    return days.get(view.kind, f"rack {stamp} by hand")


def answer(start: Start, pipe: Connection) -> None:
    """Come up and answer without end; the process is killed from outside."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    person = _Person(out=start.profile.parent / "pictures", clock=_Running(start.at), places=Places(start.profile), pipe=pipe)
    dice = random.Random(start.number)
    stamps = iter(range(start.number * 1000 + 1, 10**9))
    try:
        person.come_up(start)
        while True:
            person.answer_something(dice, lambda: next(stamps))
            person.look()
            person.rest(dice.choice((0.0, 0.002, 0.01, 0.05, 0.15)))
    except BaseException as fault:
        pipe.send(("wrong", f"{type(fault).__name__}: {fault}"))
        raise
