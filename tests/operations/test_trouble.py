"""A full disk, used-up numbers, an unreadable file: a sentence in both languages, and nothing saved by halves."""

from __future__ import annotations

import resource as limits
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.base.errors import FieldappError, StorageError
from fieldapp.domain.customers import SiteRule
from fieldapp.domain.documents import Attachment, NumberBlock, ServiceReport, SignOff, consents
from fieldapp.domain.inspections import Finding, FormVersion
from fieldapp.operations import documents
from fieldapp.operations.checklists import FormUnusable, answer_with_file, open_checklist, save_answer
from fieldapp.operations.filling.findings import FileUnreadable, read_file
from fieldapp.operations.inspections import inspection, inspections
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import DiskFull, NoNumbersLeft
from tests.operations.paperwork import certified_repair, inspected, sign_as
from tests.operations.sheets import CABLES, SHEET, TEMPERATURE, VENTS, give_sheet
from tests.operations.world import SmallWorld

Attempt = Callable[[], object]


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: what a disk without room does to a write."""
    before = limits.getrlimit(limits.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits.setrlimit(limits.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def stand(session: FieldSession) -> tuple[object, ...]:
    """What the replica holds of everything that the attempts would write."""
    with session.reading() as reader:
        kinds = (Attachment, Finding, ServiceReport, SignOff, NumberBlock)
        return (*(tuple(reader.find(kind, order="id")) for kind in kinds), reader.answers(SHEET), reader.unreceipted().changes)


def refused(attempt: Attempt, kind: type[FieldappError]) -> None:
    with pytest.raises(kind) as told:
        attempt()
    assert any("\u4e00" <= each <= "\u9fff" for each in told.value.read("zh"))


def test_a_full_disk_while_answering(field_session: FieldSession, world: SmallWorld) -> None:
    """F14."""
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    before = stand(field_session)
    sheet.answer(TEMPERATURE, "22")
    sheet.answer(VENTS, "abnormal")
    sheet.answer(CABLES, "ok")
    batch = sheet.take()
    assert batch is not None
    with files_end_at(1024):
        refused(lambda: save_answer(field_session, batch), StorageError)
    assert stand(field_session) == before, "neither the answers nor the finding that goes with them"
    save_answer(field_session, batch)
    with field_session.reading() as reader:
        assert reader.answers(SHEET)[TEMPERATURE] == "22"
        assert reader.count(Finding, instance_id=SHEET) == 1


def test_a_full_disk_while_a_photo_is_taken(field_session: FieldSession, world: SmallWorld) -> None:
    give_sheet(field_session, world)
    with field_session.writing() as work:
        for rule in work.find(SiteRule, site_id=world.site):
            work.delete(SiteRule, rule.id)
    before, files = stand(field_session), sorted(field_session.places.blobs.rglob("*"))
    photo = bytes(range(256)) * 4096

    def take() -> None:
        answer_with_file(field_session, SHEET, "/data/appearance/T1_01_photo", "rack.jpg", photo, photo=True)

    with files_end_at(4096):
        refused(take, DiskFull)
    assert stand(field_session) == before
    assert [each for each in sorted(field_session.places.blobs.rglob("*")) if each.is_file()] == [each for each in files if each.is_file()]
    take()


def test_a_full_disk_while_signing(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    before = stand(field_session)
    with files_end_at(4096):
        refused(lambda: sign_as(field_session, report), DiskFull)
    assert stand(field_session) == before
    assert documents.report(field_session, report).line.state == "certified"
    sign_as(field_session, report)
    assert documents.report(field_session, report).line.state == "signed"


def test_a_laptop_without_numbers_says_so_and_drafts_nothing(field_session: FieldSession, world: SmallWorld) -> None:
    inspected(field_session, world)
    with field_session.writing() as work:
        for block in work.find(NumberBlock):
            work.save(replace(block, used=block.last))
    before = stand(field_session)
    for subject, kind, series in ((world.repair_visit, "service", "SR"), (world.inspection, "inspection", "IR")):
        with pytest.raises(NoNumbersLeft) as told:
            documents.draft_report(field_session, subject, kind)
        assert series in told.value.read("zh")
        assert "同步" in told.value.read("zh")
    assert stand(field_session) == before


@pytest.mark.parametrize("xform", ["", "no XML at all", "<h:html", "<html/>"])
def test_one_damaged_form_does_not_take_the_list_away(field_session: FieldSession, world: SmallWorld, xform: str) -> None:
    give_sheet(field_session, world)
    with field_session.writing() as work:
        (form,) = work.find(FormVersion, form_id="T1")
        work.save(replace(form, xform=xform))
    refused(lambda: open_checklist(field_session, SHEET), FormUnusable)
    assert world.inspection in {each.inspection_id for each in inspections(field_session)}
    assert not inspection(field_session, world.inspection).may_finish
    report = documents.draft_report(field_session, world.inspection, "inspection").line.report_id
    (warning,) = documents.preview(field_session, report).warnings
    assert "T1" in warning.read("zh")


def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(FileUnreadable) as told:
            read_file(path)
        assert path.name in told.value.read("zh")


def test_a_partial_acceptance_is_no_consent() -> None:
    said = {each: consents(each) for each in ("open", "accepted", "accepted_with_remarks", "partial", "refused", "absent", "paper")}
    assert [each for each, yes in said.items() if yes] == ["accepted", "accepted_with_remarks", "paper"]


def test_after_a_days_work_no_customer_is_readable_on_the_disk(field_session: FieldSession, world: SmallWorld) -> None:
    """F13: the replica, its log, and the blobs, a signed report with its strokes among them."""
    report = certified_repair(field_session, world)
    sign_as(field_session, report)
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    sheet.answer(VENTS, "abnormal")
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    pdf = documents.preview(field_session, report).pdf
    names = ("华东数据中心", "三号机房", "陈敏", "海棠路", "CS-2026-00417", "SR-2026-HD-000173")
    needles = [name.encode(code) for name in names for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")]
    needles += [pdf[:8], b"/ByteRange", b"SQLite format 3"]
    places = field_session.places
    files = [path for path in places.data.rglob("*") if path.is_file()]
    assert places.replica.with_name(places.replica.name + "-wal") in files, "the log beside the replica is looked at, too"
    assert sum(path.stat().st_size for path in files if path.is_relative_to(places.blobs)) > len(pdf)
    readable = [(path.name, needle) for path in files for needle in needles if needle in path.read_bytes()]
    assert readable == []
