"""Conflicts on the laptop: words instead of keys and codes, third values, more than two sides, undo, what is only told."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from fieldapp.base.ids import derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.cases import Case
from fieldapp.domain.conflicts.sides import Side, with_side
from fieldapp.domain.documents import Conflict
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion
from fieldapp.domain.records import to_plain
from fieldapp.forms.xlsform import convert
from fieldapp.operations.laptop.synchronise import sync_view
from fieldapp.operations.overview import overview
from fieldapp.operations.session import FieldSession
from fieldapp.operations.settling.deciding import (
    BadConflictValue,
    NewerStands,
    mark_seen,
    settle_conflict,
    settle_record,
    undo_settlement,
)
from fieldapp.replica.intake import CentreSide
from fieldapp.replica.reader import sync_state
from fieldapp.wire.protocol import Row
from tests.operations.world import ENGINEER, SmallWorld, give, local

CONFLICT = derived_id("conflict")


def made(session: FieldSession, world: SmallWorld, **fields: object) -> None:
    """A conflict as the centre sends it; about the telephone of the case's caller unless told otherwise."""
    values: dict[str, object] = {
        "id": CONFLICT,
        "kind": "case",
        "record_id": world.case,
        "field": "caller_phone",
        "mine": '"138"',
        "theirs": '"021"',
        "mine_by": ENGINEER,
        "mine_at": local(7, 30),
        "reason": "both_edited",
        "engineer_id": ENGINEER,
        **fields,
    }
    give(session, Conflict(**values))  # type: ignore[arg-type]  # names and values of the record


def edited(session: FieldSession, world: SmallWorld, **fields: object) -> None:
    """The case as it stands at the centre."""
    give(session, replace(case_of(session, world), **fields))  # type: ignore[arg-type]  # names and values of the record


def case_of(session: FieldSession, world: SmallWorld) -> Case:
    with session.reading() as reader:
        return reader.need(Case, world.case)


def checklist(session: FieldSession, world: SmallWorld) -> FormInstance:
    """A checklist whose form is on the laptop."""
    form = convert((resource("forms") / "T1.xlsx").read_bytes(), "T1.xlsx").xform_xml
    digest = sha256(form.encode()).hexdigest()
    instance = FormInstance(id=derived_id("i"), site_id=world.site, form_id="T1", form_digest=digest)
    give(session, FormVersion(id=derived_id("v"), form_id="T1", version="9", xform=form, digest=digest))
    answered = {**to_plain(instance), "/data/appearance/T1_01": "abnormal"}
    with session.replica.transaction() as connection:
        centre = CentreSide(connection)
        centre.put(Row("form_instance", bytes.fromhex(instance.id), sync_state(connection).cursor + 1, answered))
        centre.finish()
    return instance


def test_an_answer_is_called_by_its_question_and_its_choices_by_their_labels(field_session: FieldSession, world: SmallWorld) -> None:
    instance = checklist(field_session, world)
    about = {"kind": "form_instance", "record_id": instance.id, "field": "/data/appearance/T1_01"}
    made(field_session, world, mine='"ok"', theirs='"abnormal"', **about)
    view = sync_view(field_session).conflicts[0]
    assert view.field_words.read("zh") == "T1-01 设备外观无损坏、变形、锈蚀"
    assert view.field_words.read("en") == "T1-01 No damage, deformation or corrosion on the housing"
    assert (view.mine.read("zh"), view.theirs.read("zh"), view.mine.read("en")) == ("正常", "异常", "Normal")
    assert [value for value, _ in view.choices] == ["ok", "abnormal", "na", "unchecked"]
    with pytest.raises(BadConflictValue):
        settle_conflict(field_session, CONFLICT, "other", "broken")
    settle_conflict(field_session, CONFLICT, "other", "na")
    with field_session.reading() as reader:
        assert reader.answers(instance.id) == {"/data/appearance/T1_01": "na"}


def test_a_moment_is_typed_as_it_is_read(field_session: FieldSession, world: SmallWorld) -> None:
    at = json.dumps("2026-11-23T00:30:00.000Z")
    made(field_session, world, field="arrived_at", mine=at, theirs="null")
    assert sync_view(field_session).conflicts[0].typed == "2026-11-23 08:30"
    with pytest.raises(BadConflictValue):
        settle_conflict(field_session, CONFLICT, "other", "half past eight")
    settle_conflict(field_session, CONFLICT, "other", "2026-11-23 08:45")
    assert case_of(field_session, world).arrived_at == local(8, 45)


def test_what_stands_at_the_centre_now_is_theirs(field_session: FieldSession, world: SmallWorld) -> None:
    made(field_session, world)
    edited(field_session, world, caller_phone="newer")
    assert sync_view(field_session).conflicts[0].theirs.read("en") == "newer"
    settle_conflict(field_session, CONFLICT, "mine")
    undo_settlement(field_session, CONFLICT)
    assert case_of(field_session, world).caller_phone == "newer"


def test_a_value_that_one_gave_again_before_settling_is_shown_as_ones_own(field_session: FieldSession, world: SmallWorld) -> None:
    made(field_session, world, theirs_at=local(7, 0))
    edited(field_session, world, caller_phone="021")
    with field_session.writing() as work:
        work.save(replace(work.need(Case, world.case), caller_phone="own"))
    view, now = sync_view(field_session).conflicts[0], field_session.clock.now()
    assert (view.theirs.read("en"), view.theirs_by, view.theirs_at) == ("own", "王海", now)
    settle_conflict(field_session, CONFLICT, "mine")
    with field_session.reading() as reader:
        settled = reader.need(Conflict, CONFLICT)
    assert (settled.theirs, settled.theirs_by, settled.theirs_at) == ('"own"', ENGINEER, now)


def test_a_newer_value_of_the_centre_stands_under_no_old_time(field_session: FieldSession, world: SmallWorld) -> None:
    made(field_session, world, theirs_at=local(7, 0))
    edited(field_session, world, caller_phone="newer")
    view = sync_view(field_session).conflicts[0]
    assert (view.theirs.read("en"), view.theirs_by, view.theirs_at) == ("newer", "", None)


def test_what_brought_a_deleted_record_back_is_undone_to_deleted(field_session: FieldSession, world: SmallWorld) -> None:
    deleted = {"reason": "deleted", "theirs": '"021"'}
    made(field_session, world, **deleted)
    edited(field_session, world, caller_phone="138")  # it came back
    made(field_session, world, state="settled", settled_with="mine", settled_value='"138"', **deleted)
    undo_settlement(field_session, CONFLICT)
    with field_session.reading() as reader:
        assert (reader.get(Case, world.case), reader.need(Conflict, CONFLICT).state) == (None, "open")


def test_a_record_that_another_settled_field_keeps_is_not_deleted_by_an_undo(field_session: FieldSession, world: SmallWorld) -> None:
    settled = {"reason": "deleted", "state": "settled", "settled_with": "mine"}
    edited(field_session, world, caller_phone="138", caller_name="赵")
    made(field_session, world, settled_value='"138"', **settled)
    made(field_session, world, id=derived_id("name"), field="caller_name", mine='"赵"', theirs='""', settled_value='"赵"', **settled)
    undo_settlement(field_session, CONFLICT)
    assert case_of(field_session, world).caller_phone == "021"
    undo_settlement(field_session, derived_id("name"))
    with field_session.reading() as reader:
        assert reader.get(Case, world.case) is None


def test_nothing_is_undone_below_a_newer_value(field_session: FieldSession, world: SmallWorld) -> None:
    made(field_session, world)
    settle_conflict(field_session, CONFLICT, "mine")
    with field_session.writing() as work:
        work.save(replace(work.need(Case, world.case), caller_phone="later"))
    with pytest.raises(NewerStands):
        undo_settlement(field_session, CONFLICT)
    assert case_of(field_session, world).caller_phone == "later"
    assert sync_view(field_session).conflicts[0].settled_with == "mine"


def test_the_value_of_another_laptop_can_be_chosen(field_session: FieldSession, world: SmallWorld) -> None:
    made(field_session, world, sides=with_side(None, Side("139", ENGINEER, "2026-11-23T00:00:00.000Z", "dd" * 16, "laptop")))
    (side,) = sync_view(field_session).conflicts[0].sides
    assert (side.value.read("en"), side.by, side.at) == ("139", "王海", local(8, 0))
    settle_conflict(field_session, CONFLICT, side.key)
    assert case_of(field_session, world).caller_phone == "139"
    with field_session.reading() as reader:
        settled = reader.need(Conflict, CONFLICT)
    assert (settled.settled_with, settled.settled_value, settled.settled_by) == ("other", '"139"', ENGINEER)


def test_all_conflicts_of_one_record_are_settled_together_and_the_light_turns(field_session: FieldSession, world: SmallWorld) -> None:
    for name in ("caller_phone", "caller_name", "description"):
        made(field_session, world, id=derived_id(name), field=name, mine='"m"')
    assert (overview(field_session).state, overview(field_session).counts["sync"]) == ("needs", 3)
    assert settle_record(field_session, "case", world.case, "mine") == 3
    case = case_of(field_session, world)
    assert (case.caller_phone, case.caller_name, case.description) == ("m", "m", "m")
    assert overview(field_session).state != "needs"
    assert settle_record(field_session, "case", world.case, "mine") == 0


def test_a_value_that_a_rule_set_aside_is_told_until_it_is_seen(field_session: FieldSession, world: SmallWorld) -> None:
    made(field_session, world, field="severity", mine='"P1"', theirs='"P3"', state="aside", reason="centre_decides")
    assert overview(field_session).state != "needs"
    (line,) = sync_view(field_session).rejected
    assert [(name.read("zh"), value.read("zh")) for name, value in line.entered] == [("级别", "P1")]
    assert (line.instead.read("zh"), line.conflict_id) == ("P3", CONFLICT)
    mark_seen(field_session, CONFLICT)
    assert sync_view(field_session).rejected == ()


def test_who_settles_second_is_told_what_became_of_his_value(field_session: FieldSession, world: SmallWorld) -> None:
    late = with_side(None, Side("139", ENGINEER, "2026-11-23T00:00:00.000Z", "dd" * 16, "late"))
    made(field_session, world, state="settled", settled_with="theirs", settled_value='"021"', sides=late)
    view = sync_view(field_session)
    assert [(line.entered[0][1].read("en"), line.instead.read("en")) for line in view.rejected] == [("139", "021")]
    assert view.conflicts[0].sides == ()


def test_a_deletion_that_met_an_edit_is_asked_in_words(field_session: FieldSession, world: SmallWorld) -> None:
    finding = Finding(id=derived_id("f"), site_id=world.site, item_label="风扇", description="漏水")
    give(field_session, finding)
    made(field_session, world, kind="finding", record_id=finding.id, field="", mine="null", theirs="null", reason="changed_meanwhile")
    view = sync_view(field_session).conflicts[0]
    assert (view.field_words.read("zh"), view.mine.read("zh"), view.theirs.read("zh")) == ("整条记录", "已删除", "保留")
    assert not view.can_enter
    settle_conflict(field_session, CONFLICT, "mine")
    with field_session.reading() as reader:
        assert reader.get(Finding, finding.id) is None
    with pytest.raises(NewerStands):
        undo_settlement(field_session, CONFLICT)
