"""The desktop is killed while a person answers: whatever it called saved is shown when it is started again."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp.operations.checklists import open_checklist, save_answer
from fieldapp.replica.tables import ANSWER
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from tests.journeys import planted
from tests.journeys.kill import Kill, Laptop, Ledger, Lost, half_saved, kill_again_and_again, prepare
from tests.operations.sheets import SHEET, TEMPERATURE, VENTS, give_sheet
from tests.operations.world import SmallWorld, make_session

KILLS = {"T1": 11, "T2": 11}


def test_twenty_two_kills_lose_no_answer_that_said_saved(tmp_path: Path) -> None:
    laptops = [prepare(tmp_path / form, form=form) for form in KILLS]

    def wear_out(laptop: Laptop) -> None:
        kill_again_and_again(laptop, KILLS[laptop.form], random.Random(f"20261123 {laptop.form}"))

    with ThreadPoolExecutor(len(laptops)) as together:
        list(together.map(wear_out, laptops))
    assert all(laptop.ledger.said >= KILLS[laptop.form] for laptop in laptops), "most were killed between two answers"


@pytest.mark.parametrize("fault", [planted.says_saved_as_it_is_typed, planted.says_saved_when_handed_on])
def test_a_page_that_says_saved_too_early_is_found(tmp_path: Path, fault: Callable[[ChecklistPage], None]) -> None:
    laptop, dice = prepare(tmp_path), random.Random(20261123)

    def wear_out() -> None:
        for _ in range(10):
            laptop.run(Kill("saved", dice.randint(1, 4), 0.0), fault)

    with pytest.raises(Lost, match="said saved"):
        wear_out()


def test_the_ledger_takes_a_later_answer_that_was_on_its_way_and_no_older_one() -> None:
    ledger = Ledger()
    for message in (("shows", {"/a": "1", "/b": "x"}), ("saved", ""), ("shows", {"/a": "2"}), ("shows", {"/a": "3"})):
        ledger.hear(message)
    for stands in ("1", "2", "3"):
        assert ledger.judge({"/a": stands, "/b": "x"}) == []
    assert ledger.judge({"/a": "0", "/b": "x"}) == ["/a: '1' said saved, '0' is shown; on the way: '2', '3'"]
    assert ledger.judge({"/a": "3"}) == ["/b: 'x' said saved, None is shown; on the way: nothing"]
    ledger.hear(("saved", ""))
    assert len(ledger.judge({"/a": "1", "/b": "x"})) == 1, "3 said saved since"


def test_the_ledger_holds_no_half_answer_for_saved_and_knows_when_a_row_went() -> None:
    ledger = Ledger()
    for message in (
        ("shows", {"/day": "2026-01-02", "/row": "1"}),
        ("saved", ""),
        ("shows", {"/day": "2026-0", "/row": None}),
        ("saved", "/day"),
    ):
        ledger.hear(message)
    assert ledger.judge({"/day": "2026-01-02"}) == []
    assert len(ledger.judge({"/day": "2026-01-02", "/row": "1"})) == 1, "it was taken away, and that said saved"
    with pytest.raises(Lost, match="Qt"):
        ledger.hear(("wrong", "Qt said: something"))


def test_a_row_without_its_change_is_found(tmp_path: Path) -> None:
    session = make_session(tmp_path)
    give_sheet(session, SmallWorld.into(session))
    checklist = open_checklist(session, SHEET)
    checklist.answer(TEMPERATURE, "21")
    checklist.answer(VENTS, "ok")
    batch = checklist.take()
    assert batch is not None
    save_answer(session, batch)
    assert half_saved(session.replica) == []
    with session.replica.transaction() as connection:
        connection.execute(sa.update(ANSWER).where(ANSWER.c.key == VENTS).values(value="abnormal"))
    assert half_saved(session.replica) == [f"the answers of {SHEET} are not what its Changes make"]
    session.close()
