"""Visits of managers (R164): entered with the questions of T16, told of each engineer, and never sent to a laptop."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fieldapp.base.settings import resource
from fieldapp.central.checklists.publishing import publish, withdraw
from fieldapp.central.checklists.walk_arounds import (
    NoQuestionnaire,
    WalkAround,
    evaluations,
    note_walk_around,
    questionnaire,
    questions,
    walk_arounds,
)
from fieldapp.central.refusals import BadEntry, UnknownThing
from fieldapp.domain.customers import Person
from tests.central.console.visitor import Visitor
from tests.central.world import World

RATED = ["/data/ratings/T16_01", "/data/ratings/T16_02", "/data/ratings/T16_03", "/data/ratings/T16_04"]
OPINION = "/data/words/T16_05"


@pytest.fixture
def manager(world: World) -> Person:
    """A manager, and the questions published."""
    publish(world.desk, resource("forms/T16.xlsx"), category="follow_up")
    made = Person(id=world.service.ids.new(), name="赵明远", role="manager")
    world.desk.save(made, replace(world.li, role="engineer"), replace(world.wang, role="engineer"))
    return made


def visit(
    world: World, manager: Person, *engineers: Person, ratings: str = "", day: date = date(2026, 11, 20), text: str = ""
) -> WalkAround:
    answers = dict(zip(RATED, ratings, strict=False)) | ({OPINION: text} if text else {})
    spoken = tuple(each.id for each in engineers)
    return WalkAround(id="", site_id=world.bank_site.id, day=day, manager_id=manager.id, engineers=spoken, answers=answers)


def test_r164_irregular_visits_of_managers_ask_for_opinions_that_are_used_to_evaluate_staff(world: World, manager: Person) -> None:
    laptop = world.laptop(world.li)
    before = {place: dict(values) for place, values in laptop.rows.items()}
    note_walk_around(world.desk, visit(world, manager, world.li, ratings="5454", text="响应很快"))
    note_walk_around(world.desk, visit(world, manager, world.li, world.wang, ratings="421", day=date(2026, 3, 2)))
    kept = note_walk_around(world.desk, visit(world, manager, text="只谈合同", day=date(2026, 7, 7)))
    assert [(each.day, each.answers.get(OPINION)) for each in walk_arounds(world.desk)] == [
        (date(2026, 11, 20), "响应很快"),
        (date(2026, 7, 7), "只谈合同"),
        (date(2026, 3, 2), None),
    ]
    said = {each.engineer: each for each in evaluations(world.desk)}
    assert said.keys() == {world.li.id, world.wang.id}
    li, wang = said[world.li.id], said[world.wang.id]
    assert (li.visits, li.ratings, li.mean, li.low, li.newest) == (2, 7, Decimal("3.6"), 2, date(2026, 11, 20))
    assert (wang.visits, wang.ratings, wang.mean, wang.low, wang.newest) == (1, 3, Decimal("2.3"), 2, date(2026, 3, 2))
    mode = [value for key, value in kept.answers.items() if "T16_06" in key]
    assert mode == ["visit", "2026-07-07"], "that it was a visit, and when, is not asked twice"
    laptop.pull()
    assert laptop.rows == before, "what a customer says of an engineer does not travel to laptops"


def test_a_visit_keeps_the_questions_it_was_asked_with(world: World, manager: Person) -> None:
    kept = note_walk_around(world.desk, visit(world, manager, world.li, ratings="5"))
    withdraw(world.desk, kept.form)
    with pytest.raises(NoQuestionnaire):
        questionnaire(world.desk)
    assert [(each.ratings, each.mean) for each in evaluations(world.desk)] == [(1, Decimal("5.0"))]


def test_a_visit_that_does_not_fit_is_not_kept(world: World, manager: Person) -> None:
    good = visit(world, manager, world.li, ratings="5")
    for bad in (
        replace(good, day=date(2026, 11, 24)),
        replace(good, answers={}),
        replace(good, answers={RATED[0]: "6"}),
        replace(good, answers={"/data/nothing": "5"}),
        replace(good, answers={"/data/follow_up/T16_06": "email"}),
        replace(good, answers={OPINION: "x" * 5000}),
    ):
        with pytest.raises(BadEntry):
            note_walk_around(world.desk, bad)
    for unknown in (replace(good, manager_id="0" * 32), replace(good, engineers=("0" * 32,)), replace(good, site_id="0" * 32)):
        with pytest.raises(UnknownThing):
            note_walk_around(world.desk, unknown)
    assert walk_arounds(world.desk) == ()


def test_a_visit_is_entered_and_read_in_the_browser(world: World, manager: Person, visitor: Visitor) -> None:
    asked = questions(world.desk, questionnaire(world.desk), {}, "zh")
    assert [each.label for each in asked if each.choices] == ["维护内容满意度", "服务质量满意度", "问题解决情况满意度", "响应及时性"]
    page = visitor.read(f"/console/walk-arounds/new?customer_id={world.bank.id}")
    assert set(re.findall(r'name="answer:([^"]+)"', page)) == {each.key for each in asked}
    fields = {
        "customer_id": world.bank.id,
        "site_id": world.bank_site.id,
        "day": "2026-11-20",
        "manager_id": manager.id,
        "spoke_with": "钱主任",
        f"engineer:{world.li.id}": "on",
        f"answer:{RATED[1]}": "2",
        f"answer:{OPINION}": "备件来得慢\r\n其他都好",
    }
    status, page = visitor.send("/console/walk-arounds/new", {**fields, "day": "2027-01-01"})
    assert (status, 'role="alert"' in page, "备件来得慢" in page, 'value="2" checked' in page) == (400, True, True, True)
    status, place = visitor.send("/console/walk-arounds/new", fields)
    assert status == 303
    page = visitor.read(place)
    assert all(text in page for text in ("钱主任", "李明", "不满意", "备件来得慢\n其他都好", "赵静"))
    page = re.sub(r"\s+", " ", visitor.read("/console/walk-arounds"))
    assert '<td class="number"><b>2.0</b></td>' in page
    assert f"/console/walk-arounds?engineer={world.li.id}" in visitor.links("/console/walk-arounds")
    assert place not in visitor.links(f"/console/walk-arounds?engineer={world.wang.id}")
    assert visitor.browser.get(f"/console/walk-arounds/{'0' * 32}").status_code == 404
    visitor.speak("en")
    assert "Dissatisfied" in visitor.read(place)


def test_without_the_questions_the_page_says_so(world: World, visitor: Visitor) -> None:
    page = visitor.read(f"/console/walk-arounds/new?customer_id={world.bank.id}")
    assert "走访问卷(T16)未发布" in page
    status, page = visitor.send(
        "/console/walk-arounds/new", {"site_id": world.bank_site.id, "day": "2026-11-20", "customer_id": world.bank.id}
    )
    assert (status, "走访问卷(T16)未发布" in page) == (400, True)
