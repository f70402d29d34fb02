"""Cases: the list, one case whole, milestones, notes, statuses, take-over, follow-ups."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from fieldapp.base.ids import derived_id
from fieldapp.domain.cases import Case, CaseActivity, CauseNeeded, StatusNotAllowed
from fieldapp.domain.customers import Asset
from fieldapp.domain.inspections import Finding
from fieldapp.operations import cases as ops
from fieldapp.operations.cases import CaseFilter, EmptyNote, asset_title
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import UnknownRecord
from fieldapp.replica.tables import OUTBOX
from fieldapp.wire.changes import change_from_bytes, value_digest
from tests.operations.world import SmallWorld, give, local


def activities(session: FieldSession, case_id: str) -> list[CaseActivity]:
    with session.reading() as reader:
        return reader.find(CaseActivity, case_id=case_id, order="at")


def stored(session: FieldSession, case_id: str) -> Case:
    with session.reading() as reader:
        return reader.need(Case, case_id)


def other_case(world: SmallWorld, name: str, **fields: object) -> Case:
    values: dict[str, object] = {"number": name, "customer_id": world.customer, "site_id": world.site, "status": "assigned", **fields}
    return Case(id=derived_id("case", name), **values)  # type: ignore[arg-type]


def test_the_list_holds_open_cases_the_newest_first_with_their_clocks(field_session: FieldSession, world: SmallWorld) -> None:
    give(
        field_session,
        other_case(world, "CS-2", severity="P3", reported_at=local(7), manufacturer="远山", owner_id=derived_id("other")),
        other_case(world, "CS-3", severity="P1", reported_at=local(5), status="closed", kind="consultation"),
    )
    rows = ops.cases(field_session)
    assert [row.number for row in rows] == ["CS-2", "CS-2026-00417"]
    assert (rows[1].customer, rows[1].site, rows[1].status_words.read("zh")) == ("华东数据中心", "三号机房", "已分派")
    assert rows[1].ticking is not None
    assert rows[1].ticking.urgent(field_session.clock.now()) is not None


@pytest.mark.parametrize(
    ("wish", "numbers"),
    [
        (CaseFilter(state=""), ["CS-2", "CS-2026-00417", "CS-3"]),
        (CaseFilter(state="closed"), ["CS-3"]),
        (CaseFilter(severity="P3"), ["CS-2"]),
        (CaseFilter(mine=True), ["CS-2026-00417"]),
        (CaseFilter(manufacturer="远山"), ["CS-2"]),
        (CaseFilter(state="", kind="consultation"), ["CS-3"]),
        (CaseFilter(since=local(6, 50)), ["CS-2"]),
        (CaseFilter(until=local(6, 50)), ["CS-2026-00417"]),
    ],
)
def test_filters_narrow_the_list(field_session: FieldSession, world: SmallWorld, wish: CaseFilter, numbers: list[str]) -> None:
    give(
        field_session,
        other_case(world, "CS-2", severity="P3", reported_at=local(7), manufacturer="远山", owner_id=derived_id("other")),
        other_case(world, "CS-3", severity="P1", reported_at=local(5), status="closed", kind="consultation"),
    )
    assert [row.number for row in ops.cases(field_session, wish)] == numbers
    assert ops.case_choices(field_session) == ops.CaseChoices(("consultation", "fault"), ("远山",))


def test_one_case_tells_everything_about_it(field_session: FieldSession, world: SmallWorld) -> None:
    view = ops.case(field_session, world.case)
    assert (view.number, view.customer, view.site, view.contract) == ("CS-2026-00417", "华东数据中心", "三号机房", "HT-2026-0113")
    assert (view.entitlement, view.fee_confirmation, view.mine, view.take_over) == ("maintenance", False, True, False)
    assert view.asset == "存储阵列 ST-7300 · SN 78E00412"
    assert [each.title for each in view.visits] == ["更换电源模块"]
    assert [each.name for each in view.contacts] == ["陈敏"]
    assert view.milestones == ("contacted", "diagnosed", "restored")
    assert "restored" not in view.statuses
    with pytest.raises(UnknownRecord):
        ops.case(field_session, derived_id("nowhere"))


def test_who_reported_the_case_is_named_first_even_when_unknown(field_session: FieldSession, world: SmallWorld) -> None:
    give(field_session, replace(stored(field_session, world.case), caller_name="周值班", caller_phone="139 0000 1111"))
    contacts = ops.case(field_session, world.case).contacts
    assert [(each.name, each.phone) for each in contacts] == [("周值班", "139 0000 1111"), ("陈敏", "021-5550 1888")]


def test_contacting_the_customer_stamps_the_case_once(field_session: FieldSession, world: SmallWorld) -> None:
    first = ops.contacted(field_session, world.case)
    assert "contacted" not in first.milestones
    assert (first.status, first.timeline[0].kind) == ("responded", "call")
    assert first.timeline[0].words.read("en") == "已联系客户 / Customer contacted"
    at, before = stored(field_session, world.case).contacted_at, len(activities(field_session, world.case))
    field_session.clock.advance(minutes=5)  # type: ignore[attr-defined]
    again = ops.contacted(field_session, world.case)
    assert stored(field_session, world.case).contacted_at == at
    assert len(activities(field_session, world.case)) == before
    assert again == first


def test_a_milestone_keeps_what_was_said_about_it(field_session: FieldSession, world: SmallWorld) -> None:
    view = ops.milestone(field_session, world.case, "diagnosed", text=" 电源模块老化 ")
    assert view.timeline[0].words.read("zh") == "故障定位 / Fault located: 电源模块老化"
    assert "diagnosed" not in view.milestones
    with pytest.raises(ValueError, match="milestone"):
        ops.milestone(field_session, world.case, "closed")


def test_a_note_is_added_and_an_empty_one_refused(field_session: FieldSession, world: SmallWorld) -> None:
    view = ops.add_note(field_session, world.case, "  备件已到  ")
    assert (view.timeline[0].words.read("zh"), view.timeline[0].author) == ("备件已到", "王海")
    with pytest.raises(EmptyNote):
        ops.add_note(field_session, world.case, " \n ")
    assert len(activities(field_session, world.case)) == 2


def test_solving_needs_restoration_then_cause_and_solution(field_session: FieldSession, world: SmallWorld) -> None:
    with pytest.raises(StatusNotAllowed):
        ops.set_status(field_session, world.case, "resolved")
    ops.milestone(field_session, world.case, "restored", kind="restore")
    with pytest.raises(CauseNeeded):
        ops.set_status(field_session, world.case, "resolved", cause="电源老化")
    assert stored(field_session, world.case).cause == ""
    view = ops.set_status(field_session, world.case, "resolved", cause="电源老化", solution="更换", prevention="每季检查")
    assert (view.status, view.cause, view.solution, view.prevention) == ("resolved", "电源老化", "更换", "每季检查")
    assert stored(field_session, world.case).resolved_at == field_session.clock.now()
    assert view.timeline[0].words.read("en") == "Service is restored → Solved"


def test_a_status_that_stands_for_a_milestone_records_it(field_session: FieldSession, world: SmallWorld) -> None:
    ops.set_status(field_session, world.case, "restored")
    assert stored(field_session, world.case).restored_at == field_session.clock.now()


def test_what_is_typed_is_kept_without_an_entry_in_the_time_line(field_session: FieldSession, world: SmallWorld) -> None:
    before = len(activities(field_session, world.case))
    view = ops.write_findings(field_session, world.case, cause=" 老化 ", solution="", prevention="检查")
    assert (view.cause, view.prevention) == ("老化", "检查")
    assert len(activities(field_session, world.case)) == before
    heard: list[frozenset[str]] = []
    field_session.listen(heard.append)
    ops.write_findings(field_session, world.case, cause="老化", solution="", prevention="检查")
    assert heard == []


def test_a_colleagues_case_can_be_asked_for(field_session: FieldSession, world: SmallWorld) -> None:
    give(field_session, other_case(world, "CS-9", owner_id=derived_id("other")))
    case_id = derived_id("case", "CS-9")
    assert ops.case(field_session, case_id).take_over
    view = ops.take_case_over(field_session, case_id, "")
    assert (view.asked, view.mine) == (True, False)
    assert view.timeline[0].words.read("zh") == "更换负责工程师"
    with pytest.raises(StatusNotAllowed):
        ops.take_case_over(field_session, world.case, "")


def test_a_follow_up_from_a_finding_gets_a_temporary_number(field_session: FieldSession, world: SmallWorld) -> None:
    finding = Finding(
        id=derived_id("finding"), site_id=world.site, asset_id=world.storage, item="T1_04", item_label="电源模块", description="2 号待换"
    )
    give(field_session, finding)
    with field_session.writing() as work:
        opened = ops.open_follow_up(field_session, work, work.need(Finding, finding.id))
    assert opened.number == ""
    assert ops.number_of(opened) == "TMP-HD-000173"
    assert (opened.customer_id, opened.contract_id, opened.summary) == (world.customer, world.contract, "电源模块 2 号待换")
    with field_session.reading() as reader:
        assert reader.need(Finding, finding.id).case_id == opened.id
    assert ops.case(field_session, opened.id).number == "TMP-HD-000173"


@pytest.mark.parametrize(
    ("name", "model", "title"),
    [
        ("存储阵列", "ST-7300", "存储阵列 ST-7300"),
        ("存储阵列 ST-7300", "ST-7300", "存储阵列 ST-7300"),
        ("白鹭数据库 EgretDB", "EgretDB 12", "白鹭数据库 EgretDB 12"),
        ("UPS", "", "UPS"),
    ],
)
def test_what_name_and_model_both_say_is_said_once(name: str, model: str, title: str) -> None:
    assert asset_title(Asset(id=derived_id("asset", name), name=name, model=model)) == title


def test_what_came_in_while_somebody_typed_stands_unless_he_typed_there(field_session: FieldSession, world: SmallWorld) -> None:
    shown = {"cause": "", "solution": "", "prevention": ""}
    with field_session.reading() as reader:
        give(field_session, replace(reader.need(Case, world.case), cause="来自同事", solution="来自同事"))
    ops.write_findings(field_session, world.case, cause="", solution="本机", prevention="", shown=shown)
    found = stored(field_session, world.case)
    assert (found.cause, found.solution) == ("来自同事", "本机")
    with field_session.reading() as reader:
        data = reader.connection.execute(sa.select(OUTBOX.c.data).order_by(OUTBOX.c.sequence.desc())).scalars().first()
    assert data is not None
    (edit,) = change_from_bytes(data).edits
    assert (edit.name, edit.base) == ("solution", value_digest("")), "the centre asks which of the two it shall be"
