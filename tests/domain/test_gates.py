"""The eight gates of an upgrade: locked in order, closing again, and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.domain.customers import Contract
from fieldapp.domain.gates import (
    GATES,
    Gate,
    GateClosed,
    NoRollbackNeeded,
    RollbackNeedsNote,
    backup_kind_sentence,
    backup_problem,
    crosses_midnight,
    finish_order,
    gates,
    past_no_return,
    require,
    roll_back,
    window_deviation,
    window_sentence,
)
from fieldapp.domain.upgrades import BACKUP_KINDS, Approval, BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep

TEN_PM = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
NOW = TEN_PM + timedelta(minutes=30)
EVENT = ScheduledEvent(id="e", review_state="approved", window_starts_at=TEN_PM, window_ends_at=TEN_PM + timedelta(hours=4))
ORDER = UpgradeOrder(
    id="o",
    documents=("change.pdf", "guide.pdf", "notes.pdf"),
    documents_delivered_at=TEN_PM - timedelta(minutes=20),
    merge_agreed=True,
    business_stopped_at=TEN_PM + timedelta(minutes=5),
    rollback_plan="restore the backup",
    to_version="5.2.1",
)
CONTRACT = Contract(id="k", backup_kinds=BACKUP_KINDS)


def backup(subject: str, minutes: int = 10, kind: str = "computed_here", **more: Any) -> BackupRecord:
    taken = TEN_PM + timedelta(minutes=minutes)
    given_values: dict[str, Any] = {"digest": "ab" * 32, "verified_at": taken, "job": "J1", "witness": "王工", **more}
    return BackupRecord(id=f"{subject}{minutes}", order_id="o", subject=subject, kind=kind, taken_at=taken, **given_values)


BACKUPS = (backup("application", -60), backup("files", -60), backup("data", 12, "backup_system"))
APPROVED = Approval(id="a", order_id="o", phase="before", name="王工", result="approved", at=NOW)
ACCEPTED = Approval(id="b", order_id="o", phase="after", name="王工", result="approved", at=NOW + timedelta(hours=2))
PLAN = tuple(UpgradeStep(id=f"s{number}", position=number) for number in range(3))
CHECKS = tuple(UpgradeStep(id=f"c{number}", position=number, verification=True) for number in range(2))
STARTED = replace(ORDER, started_at=NOW)
VERIFIED = replace(STARTED, version_after="5.2.1", processes_verified="ok", verified_at=NOW)
ACCEPTABLE = replace(VERIFIED, impact="none", explained_at=NOW)


def results(steps: tuple[UpgradeStep, ...], result: str = "ok") -> tuple[UpgradeStep, ...]:
    return tuple(replace(each, result=result, done_at=NOW) for each in steps)


def found(
    order: UpgradeOrder = ORDER,
    backups: tuple[BackupRecord, ...] = BACKUPS,
    approvals: tuple[Approval, ...] = (APPROVED,),
    steps: tuple[UpgradeStep, ...] = (*PLAN, *CHECKS),
    now: datetime = NOW,
    event: ScheduledEvent | None = EVENT,
    contract: Contract | None = CONTRACT,
) -> tuple[Gate, ...]:
    return gates(order, event, backups, approvals, steps, contract, now)


def states(*args: Any, **records: Any) -> str:
    """The states as eight letters: d(one) o(pen) l(ocked) r(unning) f(ailed)."""
    return "".join(each.state[0] for each in found(*args, **records))


DONE_STEPS = (*results(PLAN), *CHECKS)
ALL_DONE = (*results(PLAN), *results(CHECKS))


def test_an_empty_order_opens_only_its_first_gate() -> None:
    assert states(UpgradeOrder(id="o"), (), (), ()) == "olllllll"


def test_the_gates_open_one_after_the_other() -> None:
    assert states(replace(ORDER, documents_delivered_at=None), (), ()) == "olllllll"
    assert states(ORDER, (), ()) == "dooollll"
    assert states(ORDER, BACKUPS[:2], ()) == "dddollll"
    assert states(ORDER, BACKUPS, ()) == "ddddolll"
    assert states(ORDER, BACKUPS, (APPROVED,)) == "dddddoll"
    assert states(STARTED) == "dddddrll"
    assert states(STARTED, steps=DONE_STEPS) == "ddddddol"
    assert states(VERIFIED, steps=DONE_STEPS) == "ddddddol"
    assert states(VERIFIED, steps=ALL_DONE) == "dddddddo"
    assert states(ACCEPTABLE, steps=ALL_DONE, approvals=(APPROVED, ACCEPTED)) == "dddddddd"


def test_the_numbers_and_names_are_those_of_the_plan() -> None:
    assert [each.key for each in found()] == list(GATES)
    assert [each.number for each in found()] == list(range(1, 9))
    assert [each.title.read("zh") for each in found()] == [
        "变更说明与技术文档",
        "备份原应用",
        "备份相关文件",
        "备份数据",
        "变更前批准",
        "执行升级步骤",
        "验证关键进程与业务功能",
        "说明结果 · 变更后验收",
    ]


def test_a_locked_gate_names_what_opens_it() -> None:
    waiting = found(ORDER, BACKUPS[:2], ())
    assert [each.read("zh") for each in waiting[4].opens_with] == ["需要第 4 步"]
    assert [each.read("zh") for each in waiting[5].opens_with] == ["需要第 4, 5 步"]
    with pytest.raises(GateClosed) as caught:
        require(waiting, "steps")
    assert caught.value.read("zh") == "第 6 步未解锁。未作任何更改。解锁条件:需要第 4, 5 步"


def test_an_open_gate_lets_pass() -> None:
    assert require(found(), "steps").state == "open"
    assert require(found(), "documents").state == "done"


@pytest.mark.parametrize(
    ("order", "event"),
    [
        (ORDER, None),
        (ORDER, replace(EVENT, review_state="submitted")),
        (replace(ORDER, rollback_plan=" "), EVENT),
    ],
)
def test_nothing_is_executed_without_review_and_way_back(order: UpgradeOrder, event: ScheduledEvent | None) -> None:
    with pytest.raises(GateClosed):
        require(found(order, event=event), "steps")


def test_nothing_is_executed_without_steps() -> None:
    with pytest.raises(GateClosed):
        require(found(steps=CHECKS), "steps")


@pytest.mark.parametrize("subject", ["application", "files"])
def test_an_old_backup_closes_the_gate_again(subject: str) -> None:
    record = backup(subject, -60)
    limit = record.taken_at
    assert limit is not None
    limit += timedelta(hours=24)
    assert backup_problem(record, ORDER, EVENT, CONTRACT, limit) is None
    problem = backup_problem(record, ORDER, EVENT, CONTRACT, limit + timedelta(seconds=1))
    assert problem is not None
    assert "24" in problem.read("zh")
    assert states(now=limit + timedelta(minutes=1)) == "doodd" + "lll"


def test_once_begun_the_age_at_the_start_counts() -> None:
    assert states(STARTED, now=NOW + timedelta(days=3)) == "dddddrll"


def test_data_is_backed_up_after_the_stop_and_inside_the_window() -> None:
    early = backup("data", 4)
    assert states(backups=(*BACKUPS[:2], early))[3] == "o"
    late = backup("data", 4 * 60 + 1)
    assert states(backups=(*BACKUPS[:2], late), now=NOW + timedelta(hours=5))[3] == "o"
    assert states(replace(ORDER, business_stopped_at=None))[3] == "o"
    assert backup_problem(late, ORDER, None, CONTRACT, NOW) is None


def test_one_sufficient_backup_is_enough_whatever_else_was_tried() -> None:
    assert states(backups=(*BACKUPS, backup("data", 20, verify_result="differs")))[3] == "d"


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (backup("data", kind="computed_here", verified_at=None), "r"),
        (backup("data", kind="computed_here", verify_result="differs"), "f"),
        (backup("data", kind="computed_here", digest=""), "o"),
        (backup("data", kind="customer_server", witness=""), "o"),
        (backup("data", kind="customer_server", verified_at=None), "r"),
        (backup("data", kind="backup_system", job="", snapshot_id=""), "o"),
        (backup("data", kind="backup_system", job="", snapshot_id="S1"), "d"),
        (backup("data", kind="customers_own", verified_at=None, digest=""), "d"),
        (backup("data", kind="customers_own", witness=""), "o"),
    ],
)
def test_each_kind_of_evidence_has_what_it_needs(record: BackupRecord, state: str) -> None:
    assert states(backups=(*BACKUPS[:2], record))[3] == state


def test_the_contract_says_which_kinds_suffice() -> None:
    strict = replace(CONTRACT, backup_kinds=("computed_here",))
    assert states(contract=strict)[:5] == "dddod"
    assert states(contract=replace(CONTRACT, backup_kinds=()))[:5] == states(contract=None)[:5] == "ddddd"
    assert {backup_kind_sentence(each).read("zh") for each in BACKUP_KINDS} == {
        "本机计算",
        "客户服务器脚本",
        "备份系统记录",
        "客户自行备份",
    }


def test_a_refused_approval_fails_until_a_later_one() -> None:
    refused = replace(APPROVED, id="r", result="refused", at=NOW - timedelta(minutes=5))
    assert states(approvals=(refused,))[4:6] == "fl"
    assert states(approvals=(refused, APPROVED))[4:6] == "do"
    assert states(approvals=(APPROVED, replace(refused, at=NOW + timedelta(minutes=5))))[4:6] == "fl"


def test_a_failed_step_or_check_leads_to_the_rollback() -> None:
    failed = (replace(PLAN[0], result="abnormal"), *PLAN[1:], *CHECKS)
    assert states(STARTED, steps=failed)[5:] == "fll"
    assert states(VERIFIED, steps=(*results(PLAN), *results(CHECKS, "abnormal")))[6:] == "fl"
    assert states(replace(VERIFIED, version_after="5.1.8"), steps=ALL_DONE)[6:] == "fl"
    back = roll_back(STARTED, failed, "restored from J1", NOW + timedelta(hours=1))
    assert (back.state, back.rollback_note) == ("rolled_back", "restored from J1")
    assert states(back, steps=failed)[5:] == "ffo"
    explained = replace(back, impact="short", explained_at=NOW)
    last = found(explained, steps=failed, approvals=(APPROVED, ACCEPTED))
    assert last[-1].state == "done"
    assert finish_order(explained, last).state == "rolled_back"


def test_a_rollback_has_its_time_and_its_note() -> None:
    with pytest.raises(NoRollbackNeeded):
        roll_back(ORDER, PLAN, "note", NOW)
    with pytest.raises(RollbackNeedsNote):
        roll_back(STARTED, PLAN, " ", NOW)
    with pytest.raises(NoRollbackNeeded):
        roll_back(roll_back(STARTED, PLAN, "note", NOW), PLAN, "again", NOW)


def test_the_point_of_no_return_is_the_first_step() -> None:
    assert not past_no_return(ORDER, PLAN)
    assert not past_no_return(ORDER, results(CHECKS))
    assert past_no_return(STARTED, PLAN)
    assert past_no_return(ORDER, results(PLAN[:1]))


def test_an_order_is_done_only_when_the_customer_accepted() -> None:
    open_gates = found(ACCEPTABLE, steps=ALL_DONE)
    with pytest.raises(GateClosed) as caught:
        finish_order(ACCEPTABLE, open_gates)
    assert "客户验收" in caught.value.read("zh")
    refused = replace(ACCEPTED, result="refused")
    assert states(ACCEPTABLE, steps=ALL_DONE, approvals=(APPROVED, refused))[7] == "f"
    whole = found(ACCEPTABLE, steps=ALL_DONE, approvals=(APPROVED, ACCEPTED))
    assert finish_order(ACCEPTABLE, whole).state == "done"


def test_a_window_across_midnight_shows_both_dates() -> None:
    assert crosses_midnight(EVENT)
    assert window_sentence(EVENT).read("zh") == "变更窗口 2026-11-23 22:00 – 2026-11-24 02:00"
    short = replace(EVENT, window_ends_at=TEN_PM + timedelta(hours=1))
    assert not crosses_midnight(short)
    assert window_sentence(short).read("zh") == "变更窗口 2026-11-23 22:00 – 23:00"
    assert window_sentence(ScheduledEvent(id="e")).read("zh") == "未约定变更窗口"
    assert not crosses_midnight(ScheduledEvent(id="e"))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-1, "早于变更窗口 1 分钟"),
        (0, None),
        (240, None),
        (252, "晚于变更窗口 12 分钟"),
        (-840, "早于变更窗口 14 小时 00 分"),
        (365, "晚于变更窗口 2 小时 05 分"),
    ],
)
def test_work_outside_the_window_is_a_deviation(minutes: int, words: str | None) -> None:
    deviation = window_deviation(EVENT, TEN_PM + timedelta(minutes=minutes))
    assert (deviation.read("zh") if deviation else None) == words
    assert window_deviation(ScheduledEvent(id="e"), NOW) is None


chosen_backups = st.lists(st.sampled_from([*BACKUPS, backup("data", 4), backup("files", 5, verified_at=None)]), max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    order=st.sampled_from([UpgradeOrder(id="o"), ORDER, replace(ORDER, merge_agreed=False)]),
    backups=chosen_backups,
    approvals=st.lists(st.sampled_from([APPROVED, replace(APPROVED, id="r", result="refused")]), max_size=2),
    hours=st.integers(0, 40),
)
def test_nothing_is_executed_before_every_gate_above_is_done(
    order: UpgradeOrder, backups: list[BackupRecord], approvals: list[Approval], hours: int
) -> None:
    result = found(order, tuple(backups), tuple(approvals), now=NOW + timedelta(hours=hours))
    if result[5].state != "locked":
        assert [each.state for each in result[:5]] == ["done"] * 5
    assert all(each.opens_with for each in result if each.state in ("locked", "open"))
    for number, each in enumerate(result):
        if each.state == "locked":
            assert any(earlier.state != "done" for earlier in result[:number])
