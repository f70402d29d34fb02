"""Fills a checklist in the real window, card by card, with keys and mouse, the way a person works through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QRadioButton, QWidget

from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.checklists.question_card import QuestionCard
from fieldapp.ui.widgets.keys import ResultKeys
from tests.journeys.driver import Driver, StepFailed

__all__ = ["fill_section", "fill_sheet", "fitting_number"]

Planned = Mapping[str, str]
"""Item code -> what is answered there instead of the usual: a value, or `key:N` for the N-th large key."""


def fitting_number(view: Any) -> str:
    """A number that fits: the last reading, the middle of the limits, the one limit, or 1."""
    if view.readings:
        value = Decimal(view.readings[-1].value)
    elif view.minimum and view.maximum:
        value = (Decimal(view.minimum) + Decimal(view.maximum)) / 2
    else:
        value = Decimal(view.maximum or view.minimum or "1")
    if view.kind == "integer":
        value = value.to_integral_value()
    return format(value.normalize(), "f")


def fill_sheet(driver: Driver, planned: Planned, seen: Callable[[int], None] | None = None) -> list[str]:
    """Fill the open checklist from its first section to its last; `seen(section)` after each. Returns the keys answered."""
    page = _page(driver)
    answered: list[str] = []
    for index in range(len(page.checklist.sections) if page.checklist else 0):
        page.frame.side.list.chosen.emit(index)
        driver.app.processEvents()
        answered += fill_section(driver, index, planned)
        if seen is not None:
            seen(index)
    driver.settle()
    return answered


def fill_section(driver: Driver, index: int, planned: Planned) -> list[str]:
    """Answer every open question of one section; a question that appears because of an answer is answered too."""
    page = _page(driver)
    checklist = page.checklist
    assert checklist is not None
    answered: list[str] = []
    for _round in range(6):
        views = checklist.questions(checklist.sections[index].key)
        todo = [
            view
            for view in views
            if not view.is_heading
            and view.relevant
            and not view.readonly
            and view.kind != "note"
            and view.key not in answered
            and not view.value
        ]
        if not todo:
            break
        for view in todo:
            card = page.frame.cards.build_to(view.key)
            if card is None:
                raise StepFailed(f"no card for {view.key}")
            _answer(driver, card, view, planned.get(view.item or view.name, ""))
            answered.append(view.key)
            driver.app.processEvents()
    return answered


def _page(driver: Driver) -> ChecklistPage:
    page = driver.page
    if not isinstance(page, ChecklistPage):
        raise StepFailed(f"not a checklist: {type(page).__name__}")
    driver.wait("the checklist", lambda: page.checklist is not None)
    return page


def _answer(driver: Driver, card: QuestionCard, view: Any, planned: str) -> None:
    card.take_focus()
    keys = card.findChild(ResultKeys, "keys")
    if keys is not None:
        number = int(planned.removeprefix("key:")) if planned.startswith("key:") else 1
        QTest.keyClick(keys.buttons[0], Qt.Key(int(Qt.Key.Key_0) + number))
        return
    if view.kind in ("integer", "decimal", "range"):
        _type(card.findChild(QLineEdit, "number"), planned or fitting_number(view))
    elif view.kind == "select_one":
        _choose_one(driver, card, view, planned)
    elif view.kind == "select_multiple":
        _press(card.findChild(QCheckBox, f"choice-{planned or view.choices[0].value}"))
    elif view.kind in ("image", "file", "audio", "video"):
        line = card.findChild(QLineEdit, "line")
        if line is not None and line.isVisible():
            _type(line, planned or "客户处留存: 运维服务器 /data/inspection")
    elif view.kind == "acknowledge":
        _press(card.findChild(QCheckBox, "acknowledge"))
    else:
        texts = {"date": "2026-11-10", "datetime": "2026-11-10 09:30", "time": "09:30", "geopoint": "31.2304 121.4737 0 0"}
        _type(card.findChild(QLineEdit, "line") or card.findChild(QPlainTextEdit, "note"), planned or texts.get(view.kind, "与清单一致"))


def _choose_one(driver: Driver, card: QuestionCard, view: Any, planned: str) -> None:
    wanted = planned or view.choices[0].value
    radio = card.findChild(QRadioButton, f"choice-{wanted}")
    if radio is not None:
        _press(radio)
        return
    combo = card.findChild(QComboBox, "choices")
    assert combo is not None
    at = combo.findData(wanted)
    if at < 0:
        raise StepFailed(f"{view.key} offers no {wanted!r}")
    combo.setCurrentIndex(at)
    combo.activated.emit(at)
    driver.app.processEvents()


def _press(button: QAbstractButton | None) -> None:
    assert button is not None
    QTest.keyClick(button, Qt.Key.Key_Space)


def _type(field: QWidget | None, text: str) -> None:
    """Type into a line and leave it with Enter, as a person does."""
    if isinstance(field, QPlainTextEdit):
        field.setPlainText(text)
        field.clearFocus()
        return
    assert isinstance(field, QLineEdit)
    field.clear()
    if text.isascii():
        QTest.keyClicks(field, text)
    else:
        field.insert(text)
        field.textEdited.emit(text)
    QTest.keyClick(field, Qt.Key.Key_Return)
