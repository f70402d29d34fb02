"""Today: the shift's visits, clocks, what is only here, whom to ring; and the check before leaving home."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock, moment_text
from fieldapp.base.ids import derived_id
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Contract, DutyEntry, SiteRule
from fieldapp.domain.documents import NumberBlock
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.upgrades import BackupRecord, UpgradeOrder
from fieldapp.domain.visits import Visit
from fieldapp.operations import visits
from fieldapp.operations.cases import add_note, contacted
from fieldapp.operations.lookup.today import TodayVisit, duty, ready_to_leave, today
from fieldapp.operations.session import FieldSession
from fieldapp.replica.tables import STATE
from tests.operations.world import ENGINEER, SmallWorld, give, local
from tests.ui.pages.staging import published


def turn(session: FieldSession, **span: float) -> None:
    assert isinstance(session.clock, TurnableClock)
    session.clock.advance(**span)


def of_kind(session: FieldSession, kind: str) -> TodayVisit:
    return next(each for each in today(session).visits if each.kind == kind)


def lines(session: FieldSession) -> dict[str, tuple[bool, str]]:
    return {each.key: (each.fine, each.words.read("en")) for each in ready_to_leave(session)}


def test_the_shift_holds_its_visits_in_order_with_what_to_do(field_session: FieldSession, world: SmallWorld) -> None:
    view = today(field_session)
    assert [each.kind for each in view.visits] == ["inspection", "repair", "upgrade"]
    assert [each.action for each in view.visits] == ["open", "contact", "open"]
    assert view.night
    assert view.day.isoformat() == "2026-11-23"
    assert view.visits[1].work.read("en") == "Case CS-2026-00417 · P2 存储控制器 B 降级"
    assert view.visits[2].work.read("zh") == "变更 CHG-2026-0093 · 升级 5.1.8 → 5.2.1 · 变更窗口 22:00 – 次日 02:00"
    assert view.visits[0].contact == "浦东新区海棠路 88 号 · 021-5550 1200"
    assert [each.number for each in view.clocks] == ["CS-2026-00417"]
    assert [each.name for each in view.duty] == ["值班经理", "二线·存储"]
    assert (view.only_here_items, view.only_here, view.last_sync_at) == (0, (), None)


def test_calling_the_customer_changes_what_the_visit_asks_for(field_session: FieldSession, world: SmallWorld) -> None:
    contacted(field_session, world.case)
    assert of_kind(field_session, "repair").action == "open"
    visits.depart(field_session, world.repair_visit)
    assert of_kind(field_session, "repair").action == "continue"
    view = today(field_session)
    assert [each.read("en") for each in view.only_here] == ["3 edits"]
    assert view.only_here_items == 3


def test_who_has_arrived_is_not_asked_to_call(field_session: FieldSession, world: SmallWorld) -> None:
    visits.depart(field_session, world.repair_visit)
    visits.enter(field_session, world.repair_visit)
    assert of_kind(field_session, "repair").action == "continue"


def test_a_visit_that_runs_past_midnight_stays_in_its_shift(field_session: FieldSession, world: SmallWorld) -> None:
    turn(field_session, hours=13)
    visits.depart(field_session, world.upgrade_visit)
    turn(field_session, hours=4)
    view = today(field_session)
    assert view.day.isoformat() == "2026-11-23"
    assert "upgrade" in [each.kind for each in view.visits]
    turn(field_session, hours=6)
    view = today(field_session)
    assert view.day.isoformat() == "2026-11-24"
    assert [(each.kind, each.action, each.done) for each in view.visits] == [("upgrade", "continue", False)]


def test_visits_of_others_and_of_tomorrow_are_not_shown(field_session: FieldSession, world: SmallWorld) -> None:
    give(
        field_session,
        Visit(id=derived_id("v1"), site_id=world.site, engineer_id=derived_id("other"), appointment_at=local(9)),
        Visit(id=derived_id("v2"), site_id=world.site, engineer_id=ENGINEER, appointment_at=local(9, days=1)),
    )
    assert len(today(field_session).visits) == 3


def test_a_case_whose_clocks_are_all_met_is_not_listed(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        case = reader.need(Case, world.case)
    give(field_session, replace(case, contacted_at=local(7), arrived_at=local(7, 30)))
    assert today(field_session).clocks == ()


def test_backups_to_prove_follow_the_gates(field_session: FieldSession, world: SmallWorld) -> None:
    def tags() -> list[str]:
        return [each.words.read("en") for each in of_kind(field_session, "upgrade").tags]

    assert "3 backups to prove" in tags()
    with field_session.reading() as reader:
        order = reader.need(UpgradeOrder, world.order)
    backup = BackupRecord(
        id=derived_id("backup"),
        site_id=world.site,
        order_id=world.order,
        subject="application",
        kind="backup_system",
        location="备份库",
        job="job-7",
        snapshot_id="s-1",
        taken_at=local(7),
        verified_at=local(7, 30),
        verify_result="ok",
        files=3,
        size=10,
        digest="0" * 64,
        witness="陈敏",
    )
    ready = replace(order, documents=("变更说明",), documents_delivered_at=local(7), merge_agreed=True)
    give(field_session, ready, backup)
    assert "2 backups to prove" in tags()
    give(field_session, replace(order, state="done"))
    assert not any("backup" in each.lower() for each in tags())


def test_tags_tell_entitlement_media_and_site_rules(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        contract, case = reader.need(Contract, world.contract), reader.need(Case, world.case)
    give(field_session, replace(contract, media_retention=True), replace(case, entitlement="per_call"))
    tags = [(each.words.read("zh"), each.tone) for each in of_kind(field_session, "repair").tags]
    assert tags == [("单次收费", "due"), ("禁止拍照", "due"), ("禁用 U 盘", "due"), ("需陪同", "neutral"), ("介质保留", "due")]


def test_an_inspection_counts_as_its_checklists_do(field_session: FieldSession, world: SmallWorld) -> None:
    form = published("T1.xlsx")[0]
    give(
        field_session,
        form,
        FormInstance(
            id=derived_id("instance"),
            site_id=world.site,
            owner_id=world.inspection,
            owner_kind="inspection",
            form_id=form.form_id,
            form_version=form.version,
            form_digest=form.digest,
            asset_id=world.storage,
            state="open",
        ),
    )
    shown = of_kind(field_session, "inspection")
    assert shown.total > 10
    assert shown.work.read("en") == f"第四季度巡检 · 1 checklists, {shown.total} items"
    assert lines(field_session)["forms"] == (True, "All forms are here")


def test_the_roster_names_who_is_on_duty_now_then_the_customers(field_session: FieldSession, world: SmallWorld) -> None:
    give(
        field_session,
        DutyEntry(id=derived_id("d1"), duty="hotline", name="热线", phone="400", starts_at=local(0), ends_at=local(12)),
        DutyEntry(id=derived_id("d2"), duty="hotline", name="昨日热线", phone="401", ends_at=local(8)),
        DutyEntry(id=derived_id("d3"), duty="manager", name="明日经理", starts_at=local(8, days=1)),
    )
    found = duty(field_session)
    assert [(each.duty, each.name) for each in found] == [
        ("hotline", "热线"),
        ("manager", "值班经理"),
        ("second_line", "二线·存储"),
        ("customer", "陈敏"),
    ]
    assert (found[-1].phone, found[-1].note) == ("021-5550 1888", "三号机房 · 信息中心 · 技术负责人")


def test_a_laptop_that_never_met_the_centre_is_not_ready(field_session: FieldSession, world: SmallWorld) -> None:
    found = lines(field_session)
    assert {key for key, (fine, _) in found.items() if not fine} == {"synced", "clock"} | ({"disk"} if not found["disk"][0] else set())
    assert found["work"] == (True, "3 visits with all that belongs to them are here")
    assert found["parts"] == (True, "1 parts in the van")
    assert found["approvals"] == (True, "All approvals are noted")


def test_readiness_says_what_is_missing(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        block = reader.find(NumberBlock, series="IR")[0]
        visit = reader.need(Visit, world.repair_visit)
    instance = FormInstance(id=derived_id("i"), owner_id=world.inspection, form_id="T9", form_version="1", asset_id=world.storage)
    rule = SiteRule(id=derived_id("r"), site_id=world.site, subject="network", verdict="approval", clause="9")
    give(field_session, instance, rule, replace(block, used=block.last), replace(visit, case_id=derived_id("gone")))
    found = lines(field_session)
    assert found["forms"] == (False, "1 forms are missing: sync once more")
    assert found["approvals"] == (False, "1 approvals of the site have no number yet")
    assert found["numbers"] == (False, "Numbers are running short: IR")
    assert found["work"] == (False, "1 visits are not complete on this laptop: sync once more")
    assert found["history"] == (True, "Earlier readings are here for 0 of 1 pieces of equipment")


@pytest.mark.parametrize(("ahead", "fine"), [(2, True), (90, False)])
def test_readiness_reads_sync_clock_and_certificate(field_session: FieldSession, world: SmallWorld, ahead: int, fine: bool) -> None:
    now = field_session.clock.now()
    values = {
        "last_contact_at": moment_text(now),
        "agreed_at": moment_text(now),
        "clock_low": ahead * 1000,
        "clock_high": ahead * 1000,
    }
    with field_session.replica.transaction() as connection:
        connection.execute(sa.update(STATE).values(values))
    found = lines(field_session)
    assert found["synced"][0]
    assert found["clock"][0] is fine
    assert str(ahead) in found["clock"][1]
    assert found["certificate"][0]
    left = field_session.vault.signer().expires_at - now
    turn(field_session, seconds=(left - timedelta(days=3)).total_seconds())
    found = lines(field_session)
    assert (found["certificate"][0], found["synced"][0]) == (False, False)


def test_today_on_an_empty_laptop_is_empty(field_session: FieldSession) -> None:
    view = today(field_session)
    assert (view.visits, view.clocks, view.night) == ((), (), False)
    with pytest.raises(Exception, match="FA-"):
        add_note(field_session, derived_id("nothing"), "x")
