"""An upgrade gate by gate, on a real replica: evidence, approval, steps, acceptance, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import derived_id
from fieldapp.domain.customers import Asset, Contract, Site, SiteRule
from fieldapp.domain.documents import Attachment
from fieldapp.domain.gates import GateClosed, NoRollbackNeeded, RollbackNeedsNote
from fieldapp.domain.upgrades import BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.operations.changing.refusals import (
    BackupKindRefused,
    ChangeOver,
    DigestMissing,
    FutureMoment,
    NoDocuments,
    OutsideWindow,
    ResultMissing,
    StepNotNext,
    WitnessMissing,
)
from fieldapp.operations.changing.views import UpgradeView
from fieldapp.operations.evidence import Manifest, ManifestDamaged, ManifestLine
from fieldapp.operations.session import FieldSession
from fieldapp.operations.upgrades import (
    agree_merge,
    approval_signed,
    changes,
    compare_with_backup,
    deliver_documents,
    explained,
    finish,
    record_backup,
    record_computed_backup,
    record_server_manifest,
    record_step,
    roll_back,
    stop_business,
    upgrade,
    verify,
    verify_backup,
)
from fieldapp.replica.refusals import UnknownRecord
from tests.operations.world import SmallWorld, give, local


def manifest(*names: str) -> Manifest:
    """A manifest of files with their names for content."""
    return Manifest.of({name: ManifestLine(name, len(name), derived_id(name) * 2) for name in names})


def turn(session: FieldSession, hour: int, minute: int = 0, days: int = 0) -> None:
    """Turn the session's clock to a time of the day."""
    clock = session.clock
    assert isinstance(clock, TurnableClock)
    clock.set(local(hour, minute, days))


def states(view: UpgradeView) -> list[str]:
    return [each.state for each in view.gates]


@pytest.fixture
def order(field_session: FieldSession, world: SmallWorld) -> str:
    """The upgrade of the evening; it is 21:40."""
    turn(field_session, 21, 40)
    return world.order


def to_gate_five(session: FieldSession, order: str) -> UpgradeView:
    """Documents handed over, business stopped, three pieces of evidence."""
    deliver_documents(session, order, ["变更说明.pdf", "安装说明.pdf"])
    agree_merge(session, order)
    turn(session, 22, 4)
    app = manifest("core.bin", "lib.so")
    record_computed_backup(session, order, "application", app, location="/media/stick/app", source=app)
    view = record_server_manifest(session, order, "files", manifest("a.ini").text, witness="陈敏", location="/backup/conf")
    verify_backup(session, view.backups[-1].backup_id, manifest("a.ini"))
    turn(session, 22, 10)
    stop_business(session, order)
    turn(session, 22, 12)
    view = record_backup(session, order, "data", "backup_system", job="NBU-4711", snapshot="S-9", size=182 * 10**9, log="rc 0")
    return verify_backup(session, view.backups[-1].backup_id, same=True)


def approved(session: FieldSession, order: str) -> UpgradeView:
    to_gate_five(session, order)
    turn(session, 22, 30)
    return approval_signed(session, order, "before", name="陈敏", department="信息中心", role="技术负责人", registered=True)


def through_steps(session: FieldSession, order: str) -> UpgradeView:
    view = approved(session, order)
    for step in view.steps:
        turn(session, 22, 40)
        view = record_step(session, step.step_id, "ok")
    for check in view.checks:
        view = record_step(session, check.step_id, "ok")
    return verify(session, order, "5.2.1", "ok")


def test_the_gates_open_from_top_to_bottom(field_session: FieldSession, order: str) -> None:
    assert states(upgrade(field_session, order)) == ["open"] + ["locked"] * 7
    view = to_gate_five(field_session, order)
    assert states(view) == ["done"] * 4 + ["open", "locked", "locked", "locked"]
    view = approval_signed(field_session, order, "before", name="陈敏")
    assert states(view) == ["done"] * 5 + ["open", "locked", "locked"]
    view = through_steps(field_session, order)
    assert states(view) == ["done"] * 7 + ["open"]
    view = explained(field_session, order, "陈敏", "short", impact_note="停机 40 分钟")
    assert view.state == "running"
    view = approval_signed(field_session, order, "after", name="陈敏", report_id=derived_id("report"))
    assert (view.state, states(view)) == ("done", ["done"] * 8)
    with field_session.reading() as reader:
        event = reader.find(ScheduledEvent)[0]
        assert (event.actual_started_at, event.actual_ended_at) == (local(22, 40), local(22, 40))
        assert reader.need(Asset, derived_id("world", "application")).version == "5.2.1"
        assert event.deviation == ""
    assert view.deviations == ()


def test_a_view_tells_evidence_people_window_and_the_way_back(field_session: FieldSession, order: str) -> None:
    view = to_gate_five(field_session, order)
    assert view.gates[0].detail is not None
    assert view.gates[0].detail.read("zh") == "2 份文件 · 2026-11-23 21:40 交付客户"
    application = view.gates[1].detail
    assert application is not None
    assert application.read("zh").startswith("本机计算 · 22:04 备份 · 14 B · 2 个文件 · 校验值 ")
    assert application.read("zh").endswith(" · 22:04 复核一致")
    data = view.gates[3].detail
    assert data is not None
    assert data.read("zh") == "备份系统记录 · 业务停止后 22:12 · 182 GB · 作业 NBU-4711 · 快照 S-9 · 22:12 复核一致"
    assert [words.read("zh") for words, _ in view.kinds] == ["本机计算", "客户服务器脚本", "备份系统记录"]
    assert [count for _, count in view.kinds] == [1, 1, 1]
    assert [(each.name, each.standby) for each in view.people] == [("陈敏", False), ("二线·应用", True)]
    assert view.window.read("zh") == "变更窗口 2026-11-23 22:00 – 2026-11-24 02:00", "both dates when it crosses midnight"
    assert view.window_now is None
    assert [each.location for each in view.rollback.sources] == ["/media/stick/app", "/backup/conf", "rc 0"]
    assert view.gates[5].state_words.read("zh") == "未解锁 · 需要第 5 步"


def test_a_standby_engineer_is_told_by_name(field_session: FieldSession, order: str, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        event = reader.need(ScheduledEvent, world.event)
    give(field_session, replace(event, standby_engineer=derived_id("engineer")))
    assert [each.name for each in upgrade(field_session, order).people] == ["陈敏", "王海"]
    give(field_session, replace(event, standby_engineer=derived_id("somebody who is not on this laptop")))
    assert [each.name for each in upgrade(field_session, order).people] == ["陈敏"]


def test_documents_need_names_and_close_with_execution(field_session: FieldSession, order: str) -> None:
    with pytest.raises(NoDocuments):
        deliver_documents(field_session, order, ["  ", ""])
    view = deliver_documents(field_session, order, ["a", "a", " b "], state_before="正常")
    assert (view.documents, view.state_before) == (("a", "b"), "正常")
    turn(field_session, 21, 50)
    assert deliver_documents(field_session, order, ["a", "b"]).documents_delivered_at == local(21, 40)
    assert deliver_documents(field_session, order, ["a"]).documents_delivered_at == local(21, 50)
    through_steps(field_session, order)
    late_ones: list[Callable[[], object]] = [
        lambda: deliver_documents(field_session, order, ["x"]),
        lambda: agree_merge(field_session, order),
        lambda: stop_business(field_session, order),
        lambda: record_computed_backup(field_session, order, "data", manifest("x"), location="/"),
    ]
    for late in late_ones:
        with pytest.raises(ChangeOver):
            late()


def test_evidence_waits_for_its_gate(field_session: FieldSession, order: str) -> None:
    with pytest.raises(GateClosed):
        record_computed_backup(field_session, order, "application", manifest("a"), location="/b")
    with pytest.raises(GateClosed):
        stop_business(field_session, order)
    view = upgrade(field_session, order)
    assert view.backups == ()
    assert not view.can["backup_application"].allowed
    why = view.can["backup_application"].why
    assert why is not None
    assert "需要第 1 步" in why.read("zh")


def test_evidence_refuses_what_is_no_evidence(field_session: FieldSession, order: str) -> None:
    deliver_documents(field_session, order, ["a"])
    agree_merge(field_session, order)
    with pytest.raises(WitnessMissing):
        record_server_manifest(field_session, order, "files", manifest("a").text, witness=" ")
    with pytest.raises(ManifestDamaged):
        record_server_manifest(field_session, order, "files", manifest("a").text[:-9], witness="陈敏")
    with pytest.raises(WitnessMissing):
        record_backup(field_session, order, "files", "customers_own")
    with pytest.raises(ResultMissing):
        record_backup(field_session, order, "files", "backup_system", log="only a log")
    with pytest.raises(FutureMoment):
        record_backup(field_session, order, "files", "backup_system", job="1", taken_at=local(23))
    with pytest.raises(BackupKindRefused) as refused:
        record_backup(field_session, order, "files", "customers_own", witness="陈敏")
    assert "客户自行备份" in refused.value.read("zh")
    with pytest.raises(ValueError, match="no evidence"):
        record_backup(field_session, order, "everything", "backup_system", job="1")
    assert upgrade(field_session, order).backups == ()


def test_the_customers_own_backup_counts_where_the_contract_takes_it(field_session: FieldSession, order: str, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        contract = reader.need(Contract, world.contract)
    give(field_session, replace(contract, backup_kinds=()))
    deliver_documents(field_session, order, ["a"])
    agree_merge(field_session, order)
    view = record_backup(field_session, order, "application", "customers_own", witness="陈敏")
    assert view.gates[1].state == "done"
    assert len(view.accepted_kinds) == 4


def test_a_data_backup_counts_only_after_the_stop_and_inside_the_window(field_session: FieldSession, order: str) -> None:
    deliver_documents(field_session, order, ["a"])
    agree_merge(field_session, order)
    data = manifest("d")
    view = record_computed_backup(field_session, order, "data", data, location="/d", source=data)
    assert view.gates[3].state == "open"
    assert view.gates[3].opens_with[0].read("zh") == "业务停止"
    stop_business(field_session, order, local(21, 35))
    view = record_computed_backup(field_session, order, "data", data, location="/d", source=data)
    assert view.gates[3].state == "open", "21:40 is before the window"
    turn(field_session, 22, 1)
    view = record_computed_backup(field_session, order, "data", data, location="/d", source=data)
    assert view.gates[3].state == "done"
    assert [each.problem is None for each in view.backups] == [False, False, True]


def test_evidence_ages_until_the_first_step(field_session: FieldSession, order: str) -> None:
    approved(field_session, order)
    clock = field_session.clock
    assert isinstance(clock, TurnableClock)
    clock.advance(hours=24)
    view = upgrade(field_session, order)
    assert states(view)[:6] == ["done", "open", "open", "done", "done", "locked"]
    with pytest.raises(GateClosed) as closed:
        record_step(field_session, view.steps[0].step_id, "ok", reason="late")
    assert "第 2, 3 步" in closed.value.read("zh")


def test_a_second_reading_checks_a_computed_backup(field_session: FieldSession, order: str) -> None:
    deliver_documents(field_session, order, ["a"])
    agree_merge(field_session, order)
    view = record_computed_backup(field_session, order, "application", manifest("a", "b"), location="/b")
    backup = view.backups[0]
    assert (view.gates[1].state, backup.by_digest, backup.checked_at) == ("running", True, None)
    with pytest.raises(DigestMissing):
        verify_backup(field_session, backup.backup_id, same=True)
    view = verify_backup(field_session, backup.backup_id, manifest("a", "b"))
    assert (view.gates[1].state, view.backups[0].checked_at) == ("done", local(21, 40))
    view = verify_backup(field_session, backup.backup_id, manifest("a", "c"))
    assert view.gates[1].state == "failed"
    assert "复核不一致" in view.backups[0].words.read("zh")
    found = compare_with_backup(field_session, backup.backup_id, manifest("a", "c"))
    assert found is not None
    assert (found.missing, found.extra) == (("b",), ("c",))
    view = record_computed_backup(field_session, order, "application", manifest("n"), location="/n", source=manifest("o"))
    assert view.gates[1].state == "failed", "the copy is unlike its source"
    view = record_computed_backup(field_session, order, "application", manifest("n"), location="/n", source=manifest("n"))
    assert view.gates[1].state == "done"


def test_the_record_of_a_backup_system_is_checked_by_its_log(field_session: FieldSession, order: str) -> None:
    deliver_documents(field_session, order, ["a"])
    agree_merge(field_session, order)
    view = record_backup(field_session, order, "files", "backup_system", job="1")
    with pytest.raises(DigestMissing):
        verify_backup(field_session, view.backups[0].backup_id, manifest("a"))
    assert verify_backup(field_session, view.backups[0].backup_id, same=False).gates[2].state == "failed"
    assert verify_backup(field_session, view.backups[0].backup_id, same=True).gates[2].state == "done"


def test_a_list_of_files_is_kept_encrypted_where_the_site_lets_data_out(field_session: FieldSession, order: str, world: SmallWorld) -> None:
    deliver_documents(field_session, order, ["a"])
    agree_merge(field_session, order)
    view = record_computed_backup(field_session, order, "application", manifest("a"), location="/b")
    with field_session.reading() as reader:
        kept = reader.find(Attachment)
    assert [(each.owner_id, each.purpose) for each in kept] == [(view.backups[0].backup_id, "manifest")]
    assert field_session.blobs.get(kept[0].digest) == manifest("a").text
    rule = SiteRule(id=derived_id("rule", "out"), site_id=world.site, subject="data_out", verdict="forbidden", clause="9")
    give(field_session, rule)
    view = record_computed_backup(field_session, order, "application", manifest("secret"), location="/b")
    assert view.manifests_stay is not None
    assert compare_with_backup(field_session, view.backups[-1].backup_id, manifest("secret")) is None
    with field_session.reading() as reader:
        assert len(reader.find(Attachment)) == 1


def test_steps_are_recorded_in_their_order(field_session: FieldSession, order: str) -> None:
    view = to_gate_five(field_session, order)
    assert view.steps[0].why is not None
    with pytest.raises(GateClosed):
        record_step(field_session, view.steps[0].step_id, "ok")
    approved_view = approval_signed(field_session, order, "before", name="陈敏")
    first, second = approved_view.steps
    assert (first.allowed, second.allowed) == (True, False)
    with pytest.raises(StepNotNext):
        record_step(field_session, second.step_id, "ok")
    with pytest.raises(ResultMissing):
        record_step(field_session, first.step_id, "abnormal")
    with pytest.raises(ResultMissing):
        record_step(field_session, first.step_id, "perhaps")
    view = record_step(field_session, first.step_id, "abnormal", "进程未停")
    assert view.gates[5].state == "failed"
    assert [each.read("zh") for each in view.deviations] == ["异常:停止业务 进程未停"]
    view = record_step(field_session, first.step_id, "ok", "重试后停止")
    assert (view.gates[5].state, view.steps[1].allowed, view.deviations) == ("running", True, ())
    with pytest.raises(StepNotNext):
        record_step(field_session, first.step_id, "ok")
    with pytest.raises(GateClosed):
        record_step(field_session, view.checks[0].step_id, "ok")


def test_a_step_outside_the_window_needs_a_reason_and_is_a_deviation(field_session: FieldSession, order: str) -> None:
    view = approved(field_session, order)
    record_step(field_session, view.steps[0].step_id, "ok")
    turn(field_session, 2, 13, days=1)
    with pytest.raises(OutsideWindow) as refused:
        record_step(field_session, view.steps[1].step_id, "ok")
    assert "晚于变更窗口 13 分钟" in refused.value.read("zh")
    view = record_step(field_session, view.steps[1].step_id, "ok", reason="安装包校验耗时")
    assert view.window_now is not None
    assert [each.read("zh") for each in view.deviations] == [
        "2026-11-24 02:13 晚于变更窗口 13 分钟 / 13 min after the window: 安装包校验耗时"
    ]


def test_a_wrong_version_or_process_stops_before_acceptance(field_session: FieldSession, order: str) -> None:
    through_steps(field_session, order)
    assert verify(field_session, order, "5.2.0", "ok").gates[6].state == "failed"
    view = verify(field_session, order, "5.2.1", "abnormal", "清分接口未启动")
    assert (view.gates[6].state, view.gates[7].state) == ("failed", "locked")
    with pytest.raises(ResultMissing):
        verify(field_session, order, "5.2.1", "abnormal")
    with pytest.raises(ResultMissing):
        verify(field_session, order, " ", "ok")
    with pytest.raises(GateClosed):
        explained(field_session, order, "陈敏", "none")


def test_the_way_back_is_open_after_the_first_step_only(field_session: FieldSession, order: str) -> None:
    view = approved(field_session, order)
    assert not view.can["roll_back"].allowed
    with pytest.raises(NoRollbackNeeded):
        roll_back(field_session, order, "恢复")
    record_step(field_session, view.steps[0].step_id, "ok")
    with pytest.raises(RollbackNeedsNote):
        roll_back(field_session, order, " ")
    view = roll_back(field_session, order, "从 /media/stick/app 恢复,启动 5.1.8")
    assert view.state == "rolled_back"
    assert view.rollback.note.startswith("从 /media")
    with pytest.raises(ChangeOver):
        record_step(field_session, view.steps[1].step_id, "ok")
    assert not view.steps[1].allowed
    view = explained(field_session, order, "陈敏", "short")
    view = approval_signed(field_session, order, "after", name="陈敏")
    assert (view.state, view.gates[7].state) == ("rolled_back", "done")
    with field_session.reading() as reader:
        assert reader.need(Asset, derived_id("world", "application")).version == "5.1.8"


def test_a_refusal_keeps_the_steps_locked(field_session: FieldSession, order: str) -> None:
    to_gate_five(field_session, order)
    view = approval_signed(field_session, order, "before", name="陈敏", result="refused", text="窗口不够")
    assert (view.gates[4].state, view.gates[5].state) == ("failed", "locked")
    turn(field_session, 22, 40)
    assert approval_signed(field_session, order, "before", name="陈敏").gates[5].state == "open"


def test_finishing_needs_everything(field_session: FieldSession, order: str) -> None:
    through_steps(field_session, order)
    with pytest.raises(GateClosed):
        finish(field_session, order)
    approval_signed(field_session, order, "after", name="陈敏")
    view = upgrade(field_session, order)
    assert (view.state, view.can["finish"].allowed) == ("running", False), "signed before it was explained"
    view = explained(field_session, order, "陈敏", "none")
    assert view.can["finish"].allowed
    assert finish(field_session, order).state == "done"
    with pytest.raises(ChangeOver):
        explained(field_session, order, "陈敏", "none")


def test_the_list_tells_what_comes_first(field_session: FieldSession, order: str, world: SmallWorld) -> None:
    give(
        field_session,
        ScheduledEvent(id=derived_id("e", "old"), number="CHG-1", review_state="executed", window_starts_at=local(22, days=-30)),
        ScheduledEvent(id=derived_id("e", "next"), number="CHG-2", review_state="submitted", window_starts_at=local(22, days=10)),
    )
    rows = changes(field_session)
    assert [each.number for each in rows] == ["CHG-2026-0093", "CHG-2", "CHG-1"]
    assert (rows[0].order_id, rows[0].done, rows[0].review_words.read("zh")) == (world.order, 0, "已批准")
    assert (rows[1].order_id, rows[1].state_words.read("zh")) == ("", "无升级单")
    deliver_documents(field_session, order, ["a"])
    agree_merge(field_session, order)
    assert changes(field_session)[0].done == 1


def test_an_event_that_is_not_approved_keeps_the_steps_locked(field_session: FieldSession, order: str, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        event = reader.need(ScheduledEvent, world.event)
    give(field_session, replace(event, review_state="submitted"))
    view = approved(field_session, order)
    assert view.gates[5].state == "locked"
    with pytest.raises(GateClosed):
        record_step(field_session, view.steps[0].step_id, "ok")


def test_an_order_without_event_contract_or_visit_still_reads(field_session: FieldSession, world: SmallWorld) -> None:
    give(field_session, UpgradeOrder(id=derived_id("bare"), site_id=world.site))
    view = upgrade(field_session, derived_id("bare"))
    assert view.window.read("en") == "no window agreed"
    assert (view.people, view.number, view.customer) == ((), "", "华东数据中心")
    with pytest.raises(UnknownRecord):
        upgrade(field_session, derived_id("nothing"))


def test_what_fails_leaves_nothing_behind(field_session: FieldSession, order: str) -> None:
    view = approved(field_session, order)
    with field_session.reading() as reader:
        before = reader.unreceipted().changes
    turn(field_session, 3, 0, days=1)
    with pytest.raises(OutsideWindow):
        record_step(field_session, view.steps[0].step_id, "ok")
    with field_session.reading() as reader:
        assert reader.unreceipted().changes == before
        assert reader.need(UpgradeStep, view.steps[0].step_id).result == ""
        assert all(each.taken_at and each.taken_at <= local(3, days=1) - timedelta(hours=4) for each in reader.find(BackupRecord))


def test_a_site_in_another_zone_is_told_in_its_own_time(field_session: FieldSession, order: str, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        site = reader.need(Site, world.site)
    give(field_session, replace(site, zone="Asia/Urumqi"))
    view = upgrade(field_session, order)
    assert view.zone == "Asia/Urumqi"
    assert "20:00" in view.window.read("zh")
