"""Reports: drafted once, drawn from the records, certified whole or not at all, renewed, voided, handed over."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from fieldapp.base.ids import derived_id
from fieldapp.domain.documents import Attachment, OtherCustomer, ReportFinal, ServiceReport
from fieldapp.domain.upgrades import BackupRecord
from fieldapp.domain.visits import Visit
from fieldapp.operations import documents, visits
from fieldapp.operations.documents import CopyNotWritten, NotCertified, ReasonNeeded
from fieldapp.operations.gathering.changes import _place
from fieldapp.operations.gathering.gather import gather
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import DiskFull
from fieldapp.reports.content import ApprovalData, InspectionReportData, ServiceReportData
from fieldapp.reports.documents import data_of
from fieldapp.reports.drawing.typeset import MissingGlyphError
from fieldapp.reports.verification import attached_json
from tests.operations.paperwork import certified_repair, inspected, photograph, repaired, sign_as
from tests.operations.world import SmallWorld


def test_a_customer_reads_the_name_of_a_folder_and_not_the_way_to_it_on_the_laptop() -> None:
    here, there = BackupRecord(id=derived_id("a"), kind="computed_here", location="/media/stick/afc-core"), "/backup/conf"
    windows = replace(here, location=r"D:\backup\afc-core")
    root = replace(here, location="/")
    others = replace(here, kind="customer_server", location=there)
    assert [_place(each) for each in (here, windows, root, others)] == ["afc-core", "afc-core", "/", there]


def test_a_report_is_drafted_once_with_a_number_from_the_block(field_session: FieldSession, world: SmallWorld) -> None:
    first = documents.draft_report(field_session, world.repair_visit)
    assert (first.line.number, first.line.state, first.line.customer) == ("SR-2026-HD-000173", "draft", "华东数据中心")
    assert documents.draft_report(field_session, world.repair_visit).line.report_id == first.line.report_id
    other = documents.draft_report(field_session, world.inspection, "inspection")
    assert other.line.number == "IR-2026-HD-000173"
    assert {line.report_id for line in documents.reports(field_session)} == {first.line.report_id, other.line.report_id}


def test_a_report_of_no_known_kind_is_not_drafted(field_session: FieldSession, world: SmallWorld) -> None:
    with pytest.raises(ValueError, match="no report"):
        documents.draft_report(field_session, world.repair_visit, "poem")


def test_the_service_report_says_what_was_recorded(field_session: FieldSession, world: SmallWorld) -> None:
    report = documents.draft_report(field_session, repaired(field_session, world)).line.report_id
    data = data_of(attached_json(documents.preview(field_session, report).pdf))
    assert isinstance(data, ServiceReportData)
    assert data.front.case_number == "CS-2026-00417"
    assert data.entitlement.read("zh") == "维保合同"
    assert data.work_done == "更换控制器电源模块 PSU-800,复测正常"
    assert (data.parts[0].old_serial, data.parts[0].new_serial, data.parts[0].fate.read("zh")) == ("90017", "10233", "介质保留")
    assert data.times.arrived == field_session.clock.now()
    assert data.times.man_minutes is None, "hours that nobody recorded are not invented"
    assert {clock.name.read("en") for clock in data.clocks} >= {"Arrival"}
    assert next(rule.rule.read("en") for rule in data.site_rules) == "Photography (3)"
    assert [slot.key for slot in data.front.signers] == ["engineer", "customer"]


def test_the_inspection_report_lists_every_item_and_finding(field_session: FieldSession, world: SmallWorld) -> None:
    made = inspected(field_session, world)
    with field_session.writing() as work:
        work.answer(made.instance, {"/data/room/T1_08": "26.5", "/data/room/T1_09#result": "na"})
        for back, value in ((1, "24.0"), (2, "23.1"), (3, "22.6")):
            work.answer(derived_id("instance", f"q{back}"), {"/data/room/T1_08": value})
    report = documents.draft_report(field_session, world.inspection, "inspection").line.report_id
    data = data_of(attached_json(documents.preview(field_session, report).pdf))
    assert isinstance(data, InspectionReportData)
    (annex,) = data.annexes
    found = {result.code: result for section in annex.sections for result in section.results}
    assert (found["T1-08"].verdict, found["T1-08"].value.zh, found["T1-08"].previous.zh) == ("normal", "26.5 °C", "24.0 °C")
    assert found["T1-09"].verdict == "not_applicable"
    (measured,) = annex.measured
    assert [each.value for each in measured.previous] == ["22.6", "23.1", "24.0"]
    assert annex.findings[0].text.startswith("风扇状态及转速 · 2 号风扇噪声偏大")
    assert [item.abnormal for item in data.left_over] == [True]
    assert data.scope == (("存储阵列 ST-7300", "78E00412", "三号机房 B07 12", f"{annex.template}"),)


def test_the_papers_of_a_change_say_what_is_planned_and_what_was_done(field_session: FieldSession, world: SmallWorld) -> None:
    for kind in ("change_approval", "change_acceptance"):
        report = documents.draft_report(field_session, world.order, kind).line.report_id
        with field_session.reading() as reader:
            data = gather(field_session, reader, reader.need(ServiceReport, report), field_session.clock.now()).data
        assert isinstance(data, ApprovalData)
        assert data.kind == kind
        assert [step.label.read("zh") for step in data.plan] == ["停止业务", "安装 5.2.1"]
        assert [step.label.read("en") for step in data.verification] == ([] if kind == "change_approval" else ["Key processes"])
        assert "恢复备份" in data.rollback_plan


def test_certifying_freezes_exactly_what_was_gathered(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    view = documents.report(field_session, report)
    assert (view.line.state, view.sign.allowed, view.pages) == ("certified", True, 2)
    assert len(view.digest_groups.split()) == 16
    shown = documents.preview(field_session, report)
    visits.clear(field_session, world.repair_visit)
    assert documents.preview(field_session, report).pdf == shown.pdf, "records that change later do not change sealed pages"
    with field_session.reading() as reader:
        (kept,) = reader.find(Attachment, owner_id=report, purpose="report")
    assert field_session.blobs.get(kept.digest) == shown.pdf


def test_a_full_disk_keeps_the_draft(field_session: FieldSession, world: SmallWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    report = documents.draft_report(field_session, repaired(field_session, world)).line.report_id
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=0))
    with pytest.raises(DiskFull) as refused:
        documents.freeze_and_certify(field_session, report)
    assert "磁盘已满" in refused.value.read("zh")
    view = documents.report(field_session, report)
    assert (view.line.state, view.certify.allowed, view.digest) == ("draft", True, "")
    monkeypatch.undo()
    assert documents.freeze_and_certify(field_session, report).line.state == "certified"


def test_a_character_that_cannot_be_printed_is_refused_before_signing(field_session: FieldSession, world: SmallWorld) -> None:
    visit = repaired(field_session, world)
    visits.end(field_session, visit, "complete", work_done="复测正常 \U0001f600")
    report = documents.draft_report(field_session, visit).line.report_id
    with pytest.raises(MissingGlyphError) as refused:
        documents.freeze_and_certify(field_session, report)
    assert "U+1F600" in refused.value.read("zh")
    assert documents.report(field_session, report).line.state == "draft"


def test_an_unreadable_photo_is_named_and_left_out(field_session: FieldSession, world: SmallWorld) -> None:
    visit = repaired(field_session, world)
    good = photograph(field_session, world, derived_id("swap"))
    photograph(field_session, world, derived_id("swap"), "铭牌.jpg", b"\xff\xd8 no picture")
    report = documents.draft_report(field_session, visit).line.report_id
    shown = documents.preview(field_session, report)
    assert [warning.read("zh") for warning in shown.warnings] == ["照片 铭牌.jpg 无法读取,页面中未放入。请重新拍摄。"]
    data = data_of(attached_json(shown.pdf))
    assert isinstance(data, ServiceReportData)
    assert [photo.sha256 for annex in data.annexes for photo in getattr(annex, "photos", ())] == [good]


def test_a_photo_that_is_not_here_is_named_and_left_out(field_session: FieldSession, world: SmallWorld) -> None:
    visit = repaired(field_session, world)
    field_session.blobs.delete(photograph(field_session, world, derived_id("swap")))
    report = documents.draft_report(field_session, visit).line.report_id
    (warning,) = documents.preview(field_session, report).warnings
    assert "不在本机" in warning.read("zh")


def test_a_record_of_another_customer_never_comes_into_a_report(field_session: FieldSession, world: SmallWorld) -> None:
    report = documents.draft_report(field_session, world.repair_visit).line.report_id
    with field_session.writing() as work:
        found = work.need(ServiceReport, report)
        work.save(type(found)(**{**{name: getattr(found, name) for name in found.__slots__}, "customer_id": derived_id("somebody else")}))
    with pytest.raises(OtherCustomer):
        documents.preview(field_session, report)


def test_a_signed_report_is_changed_only_by_a_new_version(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    sign_as(field_session, report)
    with pytest.raises(ReportFinal):
        documents.freeze_and_certify(field_session, report)
    with pytest.raises(ReportFinal):
        documents.void_report(field_session, report, "写错")
    with pytest.raises(ReasonNeeded):
        documents.new_report_version(field_session, report, " ")
    newer = documents.new_report_version(field_session, report, "补充序列号")
    assert (newer.line.version, newer.line.state, newer.line.number) == (2, "draft", "SR-2026-HD-000173")
    assert documents.new_report_version(field_session, report, "再次").line.report_id == newer.line.report_id
    assert documents.report(field_session, report).superseded_by == newer.line.report_id
    assert documents.report(field_session, report).line.state == "signed"
    data = data_of(attached_json(documents.preview(field_session, newer.line.report_id).pdf))
    assert (data.front.version, data.front.replaces) == (2, "SR-2026-HD-000173 v1")


def test_a_void_report_makes_room_for_another(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    with pytest.raises(ReasonNeeded):
        documents.void_report(field_session, report, "")
    gone = documents.void_report(field_session, report, "客户换了合同")
    assert (gone.line.state, gone.sign.allowed, gone.void.allowed) == ("void", False, False)
    assert gone.line.title.endswith("客户换了合同")
    assert documents.draft_report(field_session, world.repair_visit).line.number == "SR-2026-HD-000174"


def test_the_copy_is_owed_until_it_is_handed_over(field_session: FieldSession, world: SmallWorld, tmp_path: Path) -> None:
    report = certified_repair(field_session, world)
    with pytest.raises(NotCertified):
        documents.mark_copy_delivered(field_session, report, "printed")
    sign_as(field_session, report)
    assert documents.report(field_session, report).line.copy_owed
    stick = tmp_path / "stick"
    stick.mkdir()
    saved = documents.save_copy(field_session, report, stick)
    assert saved.path.read_bytes() == documents.preview(field_session, report).pdf
    assert [path.name for path in stick.iterdir()] == ["SR-2026-HD-000173.pdf"]
    assert not saved.report.line.copy_owed
    assert saved.report.copy_delivered_how == "file SR-2026-HD-000173.pdf"
    field_session.clock.advance(hours=1)  # type: ignore[attr-defined]
    assert documents.mark_copy_delivered(field_session, report, "printed").copy_delivered_how == "file SR-2026-HD-000173.pdf"


def test_a_copy_that_cannot_be_written_says_where_and_changes_nothing(
    field_session: FieldSession, world: SmallWorld, tmp_path: Path
) -> None:
    report = certified_repair(field_session, world)
    sign_as(field_session, report)
    with pytest.raises(CopyNotWritten) as refused:
        documents.save_copy(field_session, report, tmp_path / "no such folder")
    assert "no such folder" in refused.value.read("zh")
    assert documents.report(field_session, report).line.copy_owed


def test_a_draft_has_no_copy(field_session: FieldSession, world: SmallWorld, tmp_path: Path) -> None:
    report = documents.draft_report(field_session, world.repair_visit).line.report_id
    with pytest.raises(NotCertified):
        documents.save_copy(field_session, report, tmp_path)
    view = documents.report(field_session, report)
    assert not view.save.allowed
    assert view.save.why is not None


def test_the_rule_about_media_stands_beside_the_copy(field_session: FieldSession, world: SmallWorld) -> None:
    view = documents.draft_report(field_session, world.repair_visit)
    assert view.copy_rule is not None
    assert "4" in view.copy_rule.read("zh")


def test_the_end_of_the_visit_is_on_the_first_page_with_its_reason(field_session: FieldSession, world: SmallWorld) -> None:
    visits.end(field_session, world.repair_visit, "wasted", reason="机房无人")
    report = documents.draft_report(field_session, world.repair_visit).line.report_id
    data = data_of(attached_json(documents.preview(field_session, report).pdf))
    assert isinstance(data, ServiceReportData)
    assert data.ending.read("zh") == "白跑 · 机房无人"
    with field_session.reading() as reader:
        assert reader.need(Visit, world.repair_visit).outcome == "wasted"


def test_what_is_shown_has_the_seals_drawn_into_its_pages(field_session: FieldSession, world: SmallWorld) -> None:
    draft = documents.draft_report(field_session, world.inspection, "inspection").line.report_id
    unsigned = documents.preview(field_session, draft)
    assert unsigned.shown == unsigned.pdf
    sealed = documents.preview(field_session, certified_repair(field_session, world))
    assert sealed.shown.startswith(sealed.pdf)
    assert b"/Seal0 Do" in sealed.shown
