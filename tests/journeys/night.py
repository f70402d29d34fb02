"""Step 6: the upgrade gate by gate, across midnight, with evidence of three kinds and the customer's two signatures."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton

from fieldapp.base.ids import SeededRandomness
from fieldapp.base.settings import resource
from fieldapp.domain.upgrades import Approval, BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.domain.visits import Visit
from tests.journeys.driver import Driver, StepFailed
from tests.journeys.morning import PIN, Place
from tests.journeys.signing import certify, customer_signs, leave_customer_mode

__all__ = ["upgrade"]

EVENING = datetime(2026, 11, 16, 13, 20, tzinfo=UTC)
"""21:20 in Shanghai."""


def upgrade(place: Place) -> None:
    """Departure to exit, with the eight gates in between."""
    driver = place.driver
    driver.step("6 Upgrade, window 22:00-02:00")
    driver.pass_time(seconds=(EVENING - driver.clock.now()).total_seconds())
    visit_id = str(place.sample.upgrade_visit)
    _arrive(place, visit_id)
    driver.click("go_upgrade")
    driver.wait("the upgrade", lambda: driver.page.view is not None)
    order_id = driver.page.view.order_id
    driver.check("everything behind the first gate is locked", [gate.state for gate in driver.page.view.gates][4:] == ["locked"] * 4)
    driver.shot("upgrade-locked")
    _documents(driver)
    _backups(place, order_id)
    _approval(place, order_id)
    _steps(place, order_id)
    _verified_and_accepted(place, order_id)
    _leave(place, visit_id)


def _arrive(place: Place, visit_id: str) -> None:
    driver = place.driver
    driver.go("visit", visit_id=visit_id)
    driver.click("next_step")
    driver.pass_time(minutes=15)
    driver.type("permit", "GZP-2026-1116-31")
    driver.type("tools", "电脑 SN FA-0311")
    driver.click("next_step")
    if driver.has("read_rules"):
        driver.click("read_rules")
    driver.type("confirmed_by", "客户技术负责人")
    driver.click("next_step")


def _gate(driver: Driver, number: int) -> None:
    """Open a gate's panel by its button, or by the way to evidence that is complete."""
    if driver.page.opened != number:
        driver.click(f"gate_action_{number}" if driver.has(f"gate_action_{number}") else f"evidence_{number}")
    driver.settle()


def _state(driver: Driver, number: int) -> str:
    return str(driver.page.view.gates[number - 1].state)


def _documents(driver: Driver) -> None:
    _gate(driver, 1)
    driver.type("documents", "AFC-Core 5.2.1 变动说明\nAFC-Core 5.2.1 安装说明\n详细技术文档")
    driver.type("state_before", "各进程正常,无告警")
    driver.click("deliver_documents")
    if _state(driver, 1) != "done":
        _gate(driver, 1)
        driver.click("merge_agreed")
    driver.check("gate 1: change description and documents are handed over", _state(driver, 1) == "done", _state(driver, 1))


def _backups(place: Place, order_id: str) -> None:
    """Application computed here over a folder; files by the server-side script; data by the backup system after the business stopped."""
    driver = place.driver
    folder = driver.places.data.parent / "afc-core-backup"
    _folder(folder, 60)
    driver.pass_time(minutes=20)
    _gate(driver, 2)
    driver.click("backup_kind_computed_here")
    driver.type("backup_folder", str(folder))
    driver.click("compute")
    driver.wait("the digests", lambda: len(driver.page.view.backups) == 1)
    driver.settle()
    _gate(driver, 2)
    _check_again(driver, "again")
    driver.check("gate 2: the application's backup is computed here and read again", _state(driver, 2) == "done", _state(driver, 2))
    server = driver.places.data.parent / "on the customer's server"
    _folder(server, 12)
    said = _on_the_server(server)
    _gate(driver, 3)
    driver.click("backup_kind_customer_server")
    driver.type("script_result", said)
    driver.type("witness", "客户技术负责人")
    driver.type("backup_location", "/backup/afc/files")
    driver.click("record_backup")
    if _state(driver, 3) != "done":
        _gate(driver, 3)
        driver.type("script_result", _on_the_server(server))
        _check_again(driver, "result")
    driver.check("gate 3: files by the manifest script on the server", _state(driver, 3) == "done", _state(driver, 3))
    driver.shot("upgrade-evidence", both=True)
    driver.pass_time(minutes=15)
    _gate(driver, 4)
    driver.click("stopped_at_now")
    driver.click("record_stop")
    driver.pass_time(minutes=10)
    _gate(driver, 4)
    driver.click("backup_kind_backup_system")
    driver.type("backup_job", "AFC-DB-FULL")
    driver.type("backup_snapshot", "snap-20261116-2212")
    driver.type("backup_size", "182")
    driver.type("backup_location", "备份系统 03 号带库")
    driver.click("record_backup")
    if _state(driver, 4) != "done":
        _gate(driver, 4)
        _check_again(driver, "same")
    driver.check("gate 4: data by the backup system, after the business stopped", _state(driver, 4) == "done", _state(driver, 4))
    with driver.session.reading() as reader:
        kinds = {each.subject: each.kind for each in reader.find(BackupRecord, order_id=order_id)}
    wanted = {"application": "computed_here", "files": "customer_server", "data": "backup_system"}
    driver.check("three backups, each with evidence of its kind", kinds == wanted, kinds)


def _check_again(driver: Driver, way: str) -> None:
    keys = [
        each for each in driver.page.findChildren(QAbstractButton) if each.objectName().startswith(f"check_{way}_") and each.isVisible()
    ]
    if not keys:
        raise StepFailed(f"no way to check by {way!r}")
    driver.click(keys[0].objectName())
    driver.settle()


def _folder(folder: Path, files: int) -> None:
    """A folder as an application leaves it: names with spaces and Han characters, sizes from nothing to a megabyte."""
    randomness = SeededRandomness(files)
    for number in range(files):
        path = folder / ("配置" if number % 5 == 0 else f"part {number % 3}") / f"文件 {number:03d}.dat"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(randomness.bytes((number * 37_003) % 1_000_000))


def _on_the_server(folder: Path) -> str:
    """What the script prints on the customer's server."""
    script = resource("scripts/manifest.sh")
    return subprocess.run(["sh", str(script), str(folder)], capture_output=True, text=True, check=True).stdout


def _approval(place: Place, order_id: str) -> None:
    """Gate 5: without the customer's signature the steps stay locked."""
    driver = place.driver
    driver.check("the steps are locked before the approval", _state(driver, 6) == "locked")
    _gate(driver, 5)
    report = certify(driver, "report-approval")
    customer_signs(
        driver, report, name="客户代表", department="调度中心 · 技术负责人", phone="021-5550 1300", remark="", picture="signoff-approval"
    )
    leave_customer_mode(driver, PIN)
    with driver.session.reading() as reader:
        approvals = reader.find(Approval, order_id=order_id, phase="before")
    driver.check("gate 5: the customer's approval is signed", bool(approvals) and approvals[0].result == "approved")
    driver.go("upgrade", order_id=order_id)
    driver.check("the locked step opens", _state(driver, 6) == "open", _state(driver, 6))
    driver.shot("upgrade-approved")


def _steps(place: Place, order_id: str) -> None:
    driver = place.driver
    with driver.session.reading() as reader:
        steps = [each for each in reader.find(UpgradeStep, order_id=order_id, order="position") if not each.verification]
    _gate(driver, 6)
    for _ in steps:
        driver.pass_time(minutes=11)
        _press_first(driver, "step_", "_ok")
    driver.check(f"gate 6: {len(steps)} steps, one after another", _state(driver, 6) == "done", _state(driver, 6))


def _press_first(driver: Driver, start: str, end: str) -> None:
    names = [
        each.objectName()
        for each in driver.page.findChildren(QAbstractButton)
        if each.isVisible() and each.objectName().startswith(start) and each.objectName().endswith(end)
    ]
    if not names:
        raise StepFailed(f"no button {start}N{end}")
    driver.click(names[0])


def _verified_and_accepted(place: Place, order_id: str) -> None:
    driver = place.driver
    with driver.session.reading() as reader:
        checks = [each for each in reader.find(UpgradeStep, order_id=order_id) if each.verification]
    _gate(driver, 7)
    for _ in checks:
        driver.pass_time(minutes=3)
        _press_first(driver, "check_", "_ok")
    driver.type("version_after", "5.2.1")
    driver.click("processes_ok")
    driver.click("verify")
    driver.check("gate 7: version and functions are verified", _state(driver, 7) == "done", _state(driver, 7))
    _gate(driver, 8)
    driver.type("explained_to", "客户技术人员")
    driver.click("impact_short")
    driver.type("impact_note", "停机 98 分钟,均在窗口内")
    driver.click("explain")
    driver.shot("upgrade-verified")
    if driver.page.opened != 8:
        _gate(driver, 8)
    driver.click("have_accepted")
    report = certify(driver, "report-acceptance")
    customer_signs(
        driver,
        report,
        name="客户代表",
        department="调度中心 · 技术人员",
        phone="021-5550 1300",
        remark="升级顺利。",
        picture="signoff-acceptance",
    )
    leave_customer_mode(driver, PIN)
    driver.go("upgrade", order_id=order_id)
    if _state(driver, 8) != "done":
        _gate(driver, 8)
        if driver.has("finish_upgrade"):
            driver.click("finish_upgrade")
    with driver.session.reading() as reader:
        order = reader.need(UpgradeOrder, order_id)
        event = reader.need(ScheduledEvent, order.event_id)
        accepted = reader.find(Approval, order_id=order_id, phase="after")
    driver.check("gate 8: explained, accepted, finished", order.state == "done" and bool(accepted), order.state)
    driver.check(
        "it crossed midnight inside the window", driver.clock.now().date() >= EVENING.date() and not event.deviation, event.deviation
    )
    driver.shot("upgrade-done")


def _leave(place: Place, visit_id: str) -> None:
    driver = place.driver
    driver.pass_time(minutes=10)
    driver.go("visit", visit_id=visit_id)
    driver.settle()
    driver.click("outcome_complete")
    driver.type("work_done", "AFC-Core 5.1.8 升级到 5.2.1,验证通过")
    driver.click("record_end")
    driver.click("next_step")
    driver.click("next_step")
    with driver.session.reading() as reader:
        found = reader.need(Visit, visit_id)
    days = (found.entered_at.date(), found.left_at.date()) if found.entered_at and found.left_at else None
    driver.check("one visit from before midnight to after it", found.left_at is not None, days)
