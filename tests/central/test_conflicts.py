"""Conflicts at the centre: settled at the console and on laptops in any order, more than two sides, deletions, nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.base.ids import Id
from fieldapp.central.desk import Desk
from fieldapp.central.refusals import BadEntry, MovedOn, SettledBefore
from fieldapp.central.web.app import make_app
from fieldapp.domain.cases import Case
from fieldapp.domain.conflicts.sides import sides_of
from fieldapp.domain.documents import Conflict
from fieldapp.domain.inspections import Finding
from fieldapp.wire.changes import Plain
from tests.central.browser import Browser
from tests.central.world import Laptop, World


@pytest.fixture
def browser(world: World) -> Iterator[Browser]:
    world.desk.add_account("zhao", "correct horse", shown="赵静", person=world.wang.id)
    with Browser(make_app(world.service)) as made:
        made.post("/console/login", data={"name": "zhao", "password": "correct horse"})
        yield made


def send(browser: Browser, path: str, **fields: str) -> tuple[int, str]:
    """Fill a form as the page offers it."""
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.get("/console/cases").text)
    assert token is not None
    answer = browser.post(path, data={"csrf": token[1], **fields})
    return answer.status_code, answer.text


def clash(world: World, mine: str = "本机写的", theirs: str = "服务端写的") -> tuple[Laptop, Id, Id]:
    """A laptop and the desk edit the description of one case: the laptop, the case, the conflict."""
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": mine})
    world.desk.save(replace(world.desk.get(Case, case), description=theirs))
    laptop.pull()
    (conflict,) = [record for kind, record in laptop.rows if kind == "conflict"]
    return laptop, case, conflict


def decide(laptop: Laptop, conflict: Id, keep: str, value: str, write: bool = True) -> None:
    """What a laptop leaves in its outbox when a person settles there: the conflict first, then the record."""
    held = laptop.shown("conflict", conflict)
    laptop.edit("conflict", conflict, {"state": "settled", "settled_with": keep, "settled_value": json.dumps(value, ensure_ascii=False)})
    if write:
        laptop.edit(str(held["kind"]), str(held["record_id"]), {str(held["field"]): value})


def agree(*laptops: Laptop) -> bool:
    """Whether all laptops hold what the centre holds, once they have taken what is new."""
    for laptop in laptops:
        laptop.pull()
    return all(laptop.pull().agrees is True for laptop in laptops)


def described(world: World, case: Id) -> str:
    return world.desk.get(Case, case).description


def test_a_dispatcher_settles_with_any_value_and_the_laptop_sees_it(world: World) -> None:
    laptop, case, conflict = clash(world)
    world.desk.settle_conflict(conflict, "mine")
    laptop.pull()
    assert laptop.shown("case", case)["description"] == "本机写的"
    assert laptop.shown("conflict", conflict)["state"] == "settled"
    world.desk.undo_settlement(conflict)
    assert described(world, case) == "服务端写的"
    with pytest.raises(BadEntry):
        world.desk.settle_conflict(conflict, "neither")
    world.desk.settle_conflict(conflict, "other", "两者都写")
    assert described(world, case) == "两者都写"
    assert agree(laptop)


def test_who_settles_second_at_the_desk_is_told_and_changes_nothing(world: World) -> None:
    laptop, case, conflict = clash(world)
    decide(laptop, conflict, "mine", "本机写的")
    laptop.pull()
    with pytest.raises(SettledBefore) as told:
        world.desk.settle_conflict(conflict, "other", "第三")
    assert "第三" in told.value.read("zh")
    assert "李明" in told.value.read("zh")
    with pytest.raises(SettledBefore) as told:
        world.desk.settle_conflict(conflict, "other", "")
    assert told.value.read("en").endswith("your value was not taken: —")
    world.desk.settle_conflict(conflict, "mine")  # the same decision is no quarrel
    assert described(world, case) == "本机写的"


def test_an_account_that_is_no_person_s_is_told_of_as_the_service_desk(world: World) -> None:
    _, _, conflict = clash(world)
    world.desk.settle_conflict(conflict, "other", "第一")
    with pytest.raises(SettledBefore) as told:
        world.desk.settle_conflict(conflict, "other", "第二")
    assert told.value.read("zh").startswith("服务台 已先于你")


def test_who_settles_second_on_a_laptop_is_told_and_keeps_his_value(world: World) -> None:
    laptop, case, conflict = clash(world)
    world.desk.settle_conflict(conflict, "other", "调度定的")
    decide(laptop, conflict, "other", "工程师定的")
    reply = laptop.pull()
    assert [(verdict.code, verdict.reason) for verdict in reply.verdicts] == [("merged", "settled_before")] * 2
    assert described(world, case) == laptop.shown("case", case)["description"] == "调度定的"
    held = world.desk.get(Conflict, conflict)
    assert [(side.value, side.why) for side in sides_of(held.sides)] == [("工程师定的", "late")]
    assert (held.state, held.settled_value, held.seen_at) == ("settled", '"调度定的"', None)
    assert world.desk.find(Conflict, state="open") == []
    laptop.edit("conflict", conflict, {"seen_at": "2026-11-23T01:00:00.000Z"})
    assert laptop.pull().verdicts == ()
    assert world.desk.get(Conflict, conflict).seen_at is not None


def test_the_console_knows_what_stood_before_where_the_log_does(world: World, browser: Browser) -> None:
    case = world.case_at_bank(world.li)
    one, other = world.laptop(world.li), world.laptop(world.li)
    one.edit("case", case, {"description": "最初的"})
    one.pull()
    other.pull()
    one.edit("case", case, {"description": "甲"})
    other.edit("case", case, {"description": "乙"})
    one.pull()
    assert "最初的" not in browser.get("/console/conflicts").text
    other.pull()
    assert "<p>最初的</p>" in browser.get("/console/conflicts").text


def test_nothing_is_undone_or_settled_over_a_newer_value(world: World) -> None:
    _, case, conflict = clash(world)
    world.desk.settle_conflict(conflict, "mine")
    world.desk.save(replace(world.desk.get(Case, case), description="更新的"))
    with pytest.raises(MovedOn):
        world.desk.undo_settlement(conflict)
    assert described(world, case) == "更新的"


def test_nothing_is_undone_under_a_signature(world: World) -> None:
    world.case_at_bank(world.li)
    form = world.service.ids.new()
    one, other = world.laptop(world.li), world.laptop(world.li)
    one.edit("form_instance", form, {"site_id": world.bank_site.id, "/data/a": "1"})
    one.pull()
    other.pull()
    for laptop, value in ((one, "2"), (other, "3")):
        laptop.edit("form_instance", form, {"/data/a": value})
        laptop.pull()
    (conflict,) = world.desk.find(Conflict, state="open")
    world.desk.settle_conflict(conflict.id, "mine")
    one.pull()
    one.edit("form_instance", form, {"state": "sealed"})
    one.pull()
    with pytest.raises(MovedOn):
        world.desk.undo_settlement(conflict.id)
    fresh = world.laptop(world.li)
    fresh.load_snapshot()
    assert fresh.shown("form_instance", form)["/data/a"] == "3"


def test_three_laptops_of_one_engineer_keep_a_value_each(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptops = [world.laptop(world.li) for _ in range(3)]
    for number, laptop in enumerate(laptops):
        laptop.edit("case", case, {"description": f"第 {number} 台"})
    world.desk.save(replace(world.desk.get(Case, case), description="服务端"))
    for laptop in laptops:
        laptop.pull()
    (conflict,) = world.desk.find(Conflict)
    assert (conflict.mine, conflict.theirs) == ('"第 0 台"', '"服务端"')
    assert [side.value for side in sides_of(conflict.sides)] == ["第 1 台", "第 2 台"]
    assert {side.device for side in sides_of(conflict.sides)} == {laptops[1].device, laptops[2].device}
    world.desk.settle_conflict(conflict.id, "side:1")
    assert described(world, case) == "第 2 台"
    assert agree(*laptops)


def test_what_a_rule_sets_aside_is_a_record_that_tells_both_values(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"severity": "P1", "cause": "风扇"})
    world.desk.save(replace(world.desk.get(Case, case), cause="电源"))
    laptop.pull()
    asides = {each.field: each for each in world.desk.find(Conflict, state="aside")}
    assert (asides["cause"].mine, asides["cause"].theirs, asides["cause"].reason) == ('"风扇"', '"电源"', "field_decides")
    assert (asides["severity"].mine, asides["severity"].theirs, asides["severity"].reason) == ('"P1"', '"P2"', "centre_decides")
    assert laptop.pull().verdicts == ()
    assert len(world.desk.find(Conflict)) == 2


def test_a_deleted_record_comes_back_when_its_edit_is_kept(world: World) -> None:
    world.case_at_bank(world.li)
    laptop, finding = world.laptop(world.li), world.service.ids.new()
    laptop.edit("finding", finding, {"site_id": world.bank_site.id, "description": "漏水", "advice": "换"})
    laptop.pull()
    world.desk.remove(Finding, finding)
    laptop.edit("finding", finding, {"description": "仍在漏"})
    laptop.pull()
    (conflict,) = world.desk.find(Conflict)
    decide(laptop, conflict.id, "mine", "仍在漏", write=False)
    laptop.pull()
    assert (world.desk.get(Finding, finding).description, world.desk.get(Finding, finding).advice) == ("仍在漏", "换")
    assert agree(laptop)
    assert laptop.shown("finding", finding)["description"] == "仍在漏"


def revived_finding(world: World) -> tuple[Laptop, Id, Id]:
    """A laptop, a finding that was deleted and came back when the laptop's edit was kept, and the conflict."""
    world.case_at_bank(world.li)
    laptop, finding = world.laptop(world.li), world.service.ids.new()
    laptop.edit("finding", finding, {"site_id": world.bank_site.id, "description": "漏水"})
    laptop.pull()
    world.desk.remove(Finding, finding)
    laptop.edit("finding", finding, {"description": "仍在漏"})
    laptop.pull()
    (conflict,) = world.desk.find(Conflict)
    decide(laptop, conflict.id, "mine", "仍在漏", write=False)
    laptop.pull()
    assert world.desk.get(Finding, finding).description == "仍在漏"
    return laptop, finding, conflict.id


OPEN_AGAIN: dict[str, Plain] = {"state": "open", "settled_with": "", "settled_value": ""}


def test_undoing_what_brought_a_record_back_ends_in_deleted(world: World) -> None:
    laptop, finding, conflict = revived_finding(world)
    laptop.edit("conflict", conflict, OPEN_AGAIN)
    laptop.pull()
    assert (world.desk.find(Finding), world.desk.get(Conflict, conflict).state) == ([], "open")
    assert agree(laptop)
    assert ("finding", finding) not in laptop.rows


def test_settled_and_undone_before_a_round_leaves_a_deleted_record_deleted(world: World) -> None:
    world.case_at_bank(world.li)
    laptop, finding = world.laptop(world.li), world.service.ids.new()
    laptop.edit("finding", finding, {"site_id": world.bank_site.id, "description": "漏水"})
    laptop.pull()
    world.desk.remove(Finding, finding)
    laptop.edit("finding", finding, {"description": "仍在漏"})
    laptop.pull()
    (conflict,) = world.desk.find(Conflict)
    decide(laptop, conflict.id, "mine", "仍在漏", write=False)
    laptop.edit("conflict", conflict.id, OPEN_AGAIN)
    laptop.pull()
    assert (world.desk.find(Finding), world.desk.get(Conflict, conflict.id).state) == ([], "open")
    assert agree(laptop)


def test_the_desk_undoes_what_brought_a_record_back_unless_it_was_changed_since(world: World) -> None:
    laptop, finding, conflict = revived_finding(world)
    world.desk.save(replace(world.desk.get(Finding, finding), advice="换"))
    with pytest.raises(MovedOn):
        world.desk.undo_settlement(conflict)
    laptop.edit("conflict", conflict, OPEN_AGAIN)
    laptop.pull()
    assert world.desk.get(Finding, finding).advice == "换"
    world.desk.settle_conflict(conflict, "mine")
    world.desk.remove(Finding, finding)
    with pytest.raises(MovedOn):
        world.desk.undo_settlement(conflict)


def test_the_desk_undoes_what_brought_a_record_back(world: World) -> None:
    laptop, finding, conflict = revived_finding(world)
    world.desk.undo_settlement(conflict)
    assert (world.desk.find(Finding), world.desk.get(Conflict, conflict).state) == ([], "open")
    assert agree(laptop)
    assert ("finding", finding) not in laptop.rows


def test_a_laptop_that_deletes_what_another_of_the_same_engineer_edited_asks(world: World) -> None:
    world.case_at_bank(world.li)
    one, other, finding = world.laptop(world.li), world.laptop(world.li), world.service.ids.new()
    one.edit("finding", finding, {"site_id": world.bank_site.id, "description": "漏水"})
    one.pull()
    other.pull()
    one.edit("finding", finding, {"description": "严重"})
    one.pull()
    other.edit("finding", finding, {}, deleted=True)
    assert [verdict.reason for verdict in other.pull().verdicts] == ["changed_meanwhile"]
    assert world.desk.get(Finding, finding).description == "严重"


def test_the_console_shows_and_settles_and_undoes(world: World, browser: Browser) -> None:
    _, case, conflict = clash(world)
    page = browser.get("/console/conflicts").text
    for word in ("本机写的", "服务端写的", "说明", "李明", "1 项待处理"):
        assert word in page, word
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert seen is not None
    world.desk.save(replace(world.desk.get(Case, case), description="更新的"))
    status, text = send(browser, f"/console/conflicts/{conflict}/settle", keep="mine", seen=seen[1])
    assert (status, "已有更新的值" in text, described(world, case)) == (409, True, "更新的")
    assert send(browser, f"/console/conflicts/{conflict}/settle", keep="other", value="第三个值")[0] == 303
    assert described(world, case) == "第三个值"
    status, text = send(browser, f"/console/conflicts/{conflict}/settle", keep="mine")
    assert (status, "王芳" in text) == (409, True)
    assert "没有待处理的冲突" in browser.get("/console/conflicts").text
    assert send(browser, f"/console/conflicts/{conflict}/undo")[0] == 303
    assert (described(world, case), world.desk.get(Conflict, conflict).state) == ("更新的", "open")


def test_a_third_value_at_the_console_keeps_its_lines(world: World, browser: Browser) -> None:
    _, case, conflict = clash(world, mine="第一行\n第二行")
    assert ">\n第一行\n第二行</textarea>" in browser.get("/console/conflicts").text
    assert send(browser, f"/console/conflicts/{conflict}/settle", keep="other", value="第一行\r\n新的一行")[0] == 303
    assert described(world, case) == "第一行\n新的一行"


# ---------------------------------------------------------------------------------------------------- random days

STEP = st.tuples(
    st.sampled_from(("edit", "edit", "edit", "pull", "pull", "settle", "desk", "desk settles")), st.integers(0, 2), st.integers(0, 3)
)
FIELDS = ("description", "cause", "caller_name", "severity")


def kept(world: World, case: Id, desk: Desk) -> dict[str, set[Plain]]:
    """Every value in sight, by field: what stands, the sides of conflicts, settled or not, and what was set aside."""
    record = desk.get(Case, case)
    found: dict[str, set[Plain]] = {name: {getattr(record, name)} for name in FIELDS}
    for each in desk.find(Conflict, record_id=case):
        texts = (each.mine, each.theirs, each.settled_value)
        found[each.field] |= {json.loads(text) for text in texts if text} | {side.value for side in sides_of(each.sides)}
    return found


def _asks(kind: str, row: dict[str, Plain], case: Id) -> bool:
    return kind == "conflict" and row["state"] == "open" and row["record_id"] == case


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(STEP, min_size=6, max_size=24))
def test_every_value_that_was_saved_stands_or_is_in_sight_or_was_replaced_by_one_who_saw_it(
    world: World, steps: list[tuple[str, int, int]]
) -> None:
    case = world.case_at_bank(world.li)
    world.desk.fix_engineer(world.wang.id, world.bank_site.id)
    laptops = [world.laptop(who) for who in (world.li, world.wang, world.li)]
    said: list[tuple[str, Plain, Plain]] = []  # field, value, the value its author saw

    def says(name: str, seen: Plain, value: str) -> None:
        said.append((name, value, seen))

    for number, (what, which, at) in enumerate([*steps, *(("pull", each, 0) for each in (0, 1, 2, 0, 1, 2))]):
        laptop, name, value = laptops[which], FIELDS[at], f"v{number}"
        waiting = sorted(record for (kind, record), row in laptop.rows.items() if _asks(kind, row, case))
        if what == "pull":
            laptop.pull()
        elif what == "edit":
            says(name, laptop.shown("case", case)[name], value)
            laptop.edit("case", case, {name: value})
        elif what == "desk":
            before = world.desk.get(Case, case)
            says(name, getattr(before, name), value)
            world.desk.save(replace(before, **{name: value}))  # type: ignore[arg-type]  # texts only
        elif what == "settle" and waiting and laptop.shown("conflict", waiting[0])["state"] == "open":
            field = str(laptop.shown("conflict", waiting[0])["field"])
            says(field, laptop.shown("case", case)[field], value)
            decide(laptop, waiting[0], "other", value)
        elif what == "desk settles" and (held := world.desk.find(Conflict, state="open", record_id=case)):
            says(held[0].field, getattr(world.desk.get(Case, case), held[0].field), value)
            world.desk.settle_conflict(held[0].id, "other", value)
    assert agree(*laptops)
    in_sight = kept(world, case, world.desk)
    for name, told, _ in said:
        reached, todo = {told}, [told]
        while todo:
            one = todo.pop()
            later = [other for field, other, seen in said if field == name and seen == one and other not in reached]
            reached |= set(later)
            todo += later
        assert reached & in_sight[name], f"{name} = {told} is nowhere: {in_sight[name]}"
