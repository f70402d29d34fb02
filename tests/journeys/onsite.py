"""Steps 4, 5, 7 and 8: the inspection with its report, the spare swap with its service report, both signed by the customer."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QWidget

from fieldapp.domain.cases import Case
from fieldapp.domain.inspections import Finding, FormInstance, Inspection
from fieldapp.domain.spares import Rma, SparePart, StockMovement, Swap
from fieldapp.domain.visits import Visit
from tests.journeys.driver import Driver, StepFailed
from tests.journeys.filling import fill_sheet
from tests.journeys.morning import PIN, Place
from tests.journeys.signing import certify, customer_signs, leave_customer_mode

__all__ = ["inspect", "repair", "report_inspection", "report_repair", "swap"]

PLANNED = {
    "T1-08": "26.4",
    "T1-11": "key:2",
    "T1-28": "2028-02-29",
    "T2-17": "2026-11-15 02:00",
    "T3-09": "2026-11-16 03:00",
    "T4-09": "2027-06-30",
}


def inspect(place: Place) -> None:
    """Step 4: the left-over finding of last time, then T1 to T4 item by item; a new finding becomes a case at a key."""
    driver = place.driver
    driver.step("4 Quarterly inspection")
    driver.click("go_inspections")
    driver.wait("the inspection", lambda: driver.page.view is not None)
    driver.shot("inspection")
    if driver.has("start"):
        driver.click("start")
    with driver.session.reading() as reader:
        visit = reader.need(Visit, str(place.sample.inspection_visit))
        instances = reader.find(FormInstance, owner_id=visit.inspection_id, order="position")
        before = len(reader.find(Finding, inspection_id=visit.inspection_id))
    driver.check("T1 to T4 are here, as published workbooks", {"T1", "T2", "T3", "T4"} <= {each.form_id for each in instances})
    for instance in instances:
        _sheet(place, instance.form_id)
    with driver.session.reading() as reader:
        findings = reader.find(Finding, inspection_id=visit.inspection_id)
        answers = sum(len(reader.answers(each.id)) for each in instances)
    driver.check("every answer is a row in the replica", answers > 120, f"{answers} answers")
    driver.check("what was abnormal is a finding", len(findings) > before, [each.item_label for each in findings])
    driver.check("a finding became a case at a key", any(each.case_id for each in findings))
    driver.go("inspections", inspection_id=visit.inspection_id)
    driver.wait("the inspection again", lambda: driver.page.view is not None)
    driver.type("summary", "设备运行平稳;防尘网积灰已清理。机房温度连续四个季度上升,请关注空调。")
    driver.type("advice", "建议缩短防尘网清理周期,并检查空调制冷量。")
    driver.shot("inspection-filled")
    driver.click("finish")
    with driver.session.reading() as reader:
        finished = reader.need(Inspection, visit.inspection_id)
    driver.check("the inspection is finished", finished.state == "finished", finished.result)


def _sheet(place: Place, form: str) -> None:
    driver = place.driver
    if not driver.has(f"sheet-{form}"):
        driver.page.ctx.navigate("inspections", inspection_id=driver.page.arguments.get("inspection_id") or _inspection(place))
        driver.settle()
    sheet = driver.find(QWidget, f"sheet-{form}")
    way = sheet.findChild(QAbstractButton, "open")
    if way is None:
        raise StepFailed(f"{form} cannot be opened")
    way.click()
    driver.wait(f"the checklist {form}", lambda: type(driver.page).__name__ == "ChecklistPage" and driver.page.checklist is not None)
    driver.settle()
    if form == "T1":
        _settle_left_over(driver)
    pictured: set[str] = set()

    def seen(_section: int) -> None:
        if form != "T1" or driver.page.checklist is None:
            return
        views = {view.item: view for view in driver.page.checklist.questions(driver.page.checklist.sections[_section].key)}
        if "T1-11" in views and "room" not in pictured:
            pictured.add("room")
            _finding(driver, views["T1-11"].key)
            _warm_room(driver, views["T1-08"])
            driver.shot("checklist-room", both=True)

    answered = fill_sheet(driver, PLANNED, seen)
    checklist = driver.page.checklist
    total = sum(section.total for section in checklist.sections)
    done = sum(section.answered for section in checklist.sections)
    driver.check(f"{form} is answered item by item", done == total, f"{done} of {total} items, {len(answered)} answers typed")
    driver.check(f"{form} says that it is saved", bool(driver.words("saved")), driver.words("saved"))
    own = form.startswith("T")
    driver.shot(f"checklist-{form}" if own else "checklist-of-others")
    driver.go("inspections", inspection_id=_inspection(place))


def _inspection(place: Place) -> str:
    with place.driver.session.reading() as reader:
        return str(reader.need(Visit, str(place.sample.inspection_visit)).inspection_id)


def _settle_left_over(driver: Driver) -> None:
    """The checklist opens with what was left over last time."""
    driver.check("last time's left-over finding comes first", driver.has("left-over-card"))
    driver.shot("left-over")
    driver.type("settle-note", "2 号电源模块已更换,运行正常")
    driver.click("settle")
    with driver.session.reading() as reader:
        settled = reader.find(Finding, state="settled")
    driver.check("it is settled with a note", any("2 号电源" in each.settled_note for each in settled))


def _finding(driver: Driver, key: str) -> None:
    """异常: note, witness instead of the forbidden photo, fixed on the spot; and a case at a key."""
    card = driver.page.frame.cards.build_to(key)
    card.take_focus()
    driver.settle()
    photo = card.findChild(QAbstractButton, "finding-photo")
    driver.check("the photo button rests where cameras are forbidden", photo is not None and not photo.isEnabled())
    driver.type("finding-note", "前面板滤网积灰严重,已清理,建议缩短更换周期")
    driver.find(QWidget, "finding-note").clearFocus()
    driver.type("finding-witness", "周倩")
    driver.find(QWidget, "finding-witness").editingFinished.emit()  # type: ignore[attr-defined]
    driver.click("finding-fixed")
    driver.click("finding-case")
    driver.wait("the follow-up case", lambda: _case_of(driver, key) is not None)
    with driver.session.reading() as reader:
        found = [each for each in reader.find(Finding) if each.key == key and each.witness]
    case = _case_of(driver, key)
    driver.check("a witness stands in place of the photo, with the rule's clause", bool(found) and bool(found[0].rule_clause))
    driver.check("the follow-up case has a number at once", case is not None and bool(case.temp_no), case.temp_no if case else "")


def _case_of(driver: Driver, key: str) -> Case | None:
    with driver.session.reading() as reader:
        found = [each for each in reader.find(Finding) if each.key == key and each.case_id]
        return reader.get(Case, found[0].case_id) if found else None


def _warm_room(driver: Driver, view: object) -> None:
    readings = [each.value for each in view.readings]  # type: ignore[attr-defined]
    driver.check("four earlier readings stand beside the present one", readings == ["21.2", "21.8", "22.6", "24.3"], readings)
    driver.check("the trend is said", view.trend is not None)  # type: ignore[attr-defined]


def report_inspection(place: Place) -> None:
    """Steps 7 and 8 for the inspection: the inspection result report, certified, signed by the customer; then the exit."""
    driver = place.driver
    driver.step("7 Inspection result report, 8 sign-off")
    driver.pass_time(hours=2)
    driver.go("report", inspection_id=_inspection(place), kind="inspection")
    report = certify(driver, "report-inspection")
    customer_signs(
        driver,
        report,
        name="周倩",
        department="运维部 · 值班长",
        phone="021-5550 1200",
        remark="防尘网请下季度再查一次。",
        picture="signoff-inspection",
    )
    leave_customer_mode(driver, PIN)
    _leave_site(place, str(place.sample.inspection_visit), "四张巡检表全部完成,滤网已清理", hours=0)


def swap(place: Place) -> None:
    """Step 5: the second visit; old serial out, new serial in from the van; return due in ten working days; the RMA opened."""
    driver = place.driver
    driver.step("5 Spare swap")
    visit_id = str(place.sample.repair_visit)
    driver.pass_time(minutes=20)
    driver.go("visit", visit_id=visit_id)
    driver.click("next_step")
    driver.pass_time(minutes=50)
    driver.type("permit", "GZP-2026-1116-19")
    driver.type("tools", "电脑 SN FA-0311\n螺丝刀组")
    driver.click("next_step")
    driver.click("read_rules")
    driver.type("confirmed_by", "值班员")
    driver.click("next_step")
    with driver.session.reading() as reader:
        case_id = reader.need(Visit, visit_id).case_id
        case = reader.need(Case, case_id)
    driver.check("the arrival stopped the case's clock", case.arrived_at is not None)
    driver.click("go_swap")
    driver.wait("the swap page", lambda: driver.page.view is not None)
    _fill_swap(place)
    with driver.session.reading() as reader:
        swaps = reader.find(Swap, visit_id=visit_id)
        rmas = reader.find(Rma, case_id=case_id)
        moves = reader.find(StockMovement, swap_id=swaps[0].id) if swaps else []
    driver.check("the swap is recorded with both serials", bool(swaps) and (swaps[0].old_serial, swaps[0].new_serial) == ("90017", "10233"))
    driver.check("the ledger has both sides", len(moves) == 2, [f"{each.serial} {each.reason}" for each in moves])
    due = swaps[0].return_due_on if swaps else None
    driver.check("the faulty part is due back in ten working days", due is not None and due.isoformat() == "2026-11-30", due)
    driver.check("the RMA is opened with a final number", bool(rmas) and bool(rmas[0].number), rmas[0].number if rmas else "")


def _fill_swap(place: Place) -> None:
    driver = place.driver
    fill_swap_page(driver)
    driver.shot("swap-done", top=True)
    driver.rail("spares")
    driver.shot("spares")


def fill_swap_page(driver: Driver) -> None:
    """Type the swap as a scanner would: serials with Enter, then the facts of T10."""
    driver.choose("part", _part_id(driver))
    driver.scan("old_serial", "90017")
    driver.scan("new_serial", "10233")
    driver.click("substitution_original")
    driver.click("fault_confirmed_now")
    driver.click("received_now")
    driver.click("configuration_saved")
    driver.click("esd_protection")
    driver.click("started_now")
    driver.pass_time(minutes=25)
    driver.click("finished_now")
    driver.click("self_test_ok")
    driver.click("restored_now")
    driver.click("ending_taken_back")
    driver.type("handed_to", "备件库")
    driver.shot("swap")
    driver.click("record_swap")


def _part_id(driver: Driver) -> str:
    with driver.session.reading() as reader:
        return str(reader.find(SparePart, part_no="PSU-800")[0].id)


def repair(place: Place) -> None:
    """What was found and done goes into the visit."""
    driver = place.driver
    visit_id = str(place.sample.repair_visit)
    driver.pass_time(hours=1)
    driver.go("visit", visit_id=visit_id)
    driver.settle()
    driver.click("outcome_complete")
    driver.type("symptom", "存储控制器 B 降级,备用路径已接管")
    driver.type("cause", "电源模块 PSU-800 输出不稳")
    driver.type("work_done", "更换电源模块 PSU-800:旧 SN 90017 → 新 SN 10233,复测正常")
    driver.click("record_end")
    driver.click("next_step")
    driver.shot("visit-repair", top=True)


def report_repair(place: Place) -> None:
    """Steps 7 and 8 for the repair: the one-page service sheet first, annexes behind."""
    driver = place.driver
    driver.step("7 Service report, 8 sign-off")
    driver.click("make_report")
    report = certify(driver, "report-service")
    customer_signs(
        driver,
        report,
        name="林涛",
        department="信息中心 · 工程师",
        phone="021-5550 1888",
        remark="请安排一周后电话回访。",
        picture="signoff-service",
    )
    leave_customer_mode(driver, PIN)
    driver.go("visit", visit_id=str(place.sample.repair_visit))
    driver.type("items_out", "故障电源模块 SN 90017,值班员放行")
    driver.click("next_step")
    with driver.session.reading() as reader:
        left = reader.need(Visit, str(place.sample.repair_visit)).left_at
    driver.check("the exit is stamped", left is not None)


def _leave_site(place: Place, visit_id: str, done: str, hours: int) -> None:
    driver = place.driver
    driver.pass_time(hours=hours, minutes=10)
    driver.go("visit", visit_id=visit_id)
    driver.settle()
    driver.click("outcome_complete")
    driver.type("work_done", done)
    driver.click("record_end")
    driver.click("next_step")
    driver.click("next_step")
    with driver.session.reading() as reader:
        left = reader.need(Visit, visit_id).left_at
    driver.check("the exit is stamped", left is not None)
    driver.shot("visit-left")
