"""The visit's history is proven: from a signed report and the Changes behind it, exported on the laptop and at the centre."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from fieldapp import cli, verifier
from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id
from fieldapp.central.cli import main as centre_main
from fieldapp.central.histories import export_history as centre_export
from fieldapp.central.refusals import HistoryNotHere, UnknownThing
from fieldapp.central.store.tables import change_log
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.visits import LeftOver, Visit, VisitPerson
from fieldapp.operations import documents, signoff, verification
from fieldapp.operations.session import FieldSession
from fieldapp.operations.signing.exporting import HistoryCleared, NoSealedReport, export_history
from fieldapp.operations.verification import OneReportOnly, VerifyView, verify_files
from fieldapp.replica.keeping.upkeep import note_care, prune
from fieldapp.reports.documents import data_of
from fieldapp.reports.history import VisitHistory
from fieldapp.reports.verification import attached_json
from fieldapp.wire.changes import kept_change
from fieldapp.wire.history import read_history
from tests.operations.firm import Firm
from tests.operations.paperwork import certified_repair, photograph, repaired, sign_as
from tests.operations.test_verification import SCHEMA, misfits
from tests.operations.world import SmallWorld, local, make_session
from tests.reports import samples

OLDER = Path(__file__).parents[1] / "golden" / "report-0.4.0.pdf"


@dataclass(frozen=True)
class Proof:
    """A signed day: the laptop, its report's file, the export of its history."""

    session: FieldSession
    report: Id
    pdf: Path
    export: Path

    @property
    def history(self) -> VisitHistory:
        """What the report lists."""
        return _history(self.pdf)

    def check(self, export: Path) -> VerifyView:
        """The verdict on an export."""
        return _check(self.session, self.pdf, export)


def _history(pdf: Path) -> VisitHistory:
    found = data_of(attached_json(pdf.read_bytes())).front.history
    assert found is not None
    return found


def _check(session: FieldSession, pdf: Path, export: Path) -> VerifyView:
    (view,) = verify_files([pdf], None, session.places, session.clock, visit=export)
    return view


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proof]:
    """A repair with a photo, a left-over item that was deleted again, and the customer's signature; nothing here changes it."""
    folder = tmp_path_factory.mktemp("history")
    session = make_session(folder)
    world = SmallWorld.into(session)
    visit = repaired(session, world)
    photograph(session, world, visit)
    with session.writing() as work:
        work.save(VisitPerson(id=session.ids.new(), site_id=world.site, visit_id=visit, name="赵强", hours_minutes=90))
        noted = work.save(LeftOver(id=session.ids.new(), site_id=world.site, visit_id=visit, text="下次更换风扇"))
    with session.writing() as work:
        work.delete(LeftOver, noted.id)
        work.save(replace(work.need(Visit, world.inspection_visit), permit_no="PM-1"))  # of another visit
    report = certified_repair(session, world)
    sign_as(session, report)
    pdf = documents.save_copy(session, report, folder).path
    export_history(session, report, folder / "visit.jsonl")
    yield Proof(session, report, pdf, folder / "visit.jsonl")
    session.close()


def test_a_signed_day_is_proven(proof: Proof) -> None:
    view = proof.check(proof.export)
    assert view.accepted
    assert view.redrawn
    assert view.history is not None
    assert view.history.proven, view.read("en")
    assert (view.history.changes, view.history.root, view.history.since) == (len(proof.history.digests), proof.history.root, None)
    assert view.history.changes > 5
    assert f"All {view.history.changes} Changes" in view.read("en")
    assert proof.history.root in view.read("zh")


def test_the_history_is_of_the_visit_and_of_nothing_else(proof: Proof) -> None:
    head, changes = read_history(proof.export.read_bytes())
    said = [kept_change(data) for _, data in changes]
    kinds = {each.kind for each in said}
    assert kinds == {"visit", "visit_person", "case", "attachment", "left_over"}
    assert len({each.record_id for each in said if each.kind == "visit"}) == 1, "the other visit is not in it"
    assert [each.deleted for each in said if each.kind == "left_over"] == [False, True], "what was deleted is"
    assert [each.sequence for each in said] == sorted(each.sequence for each in said)
    assert (head.number, head.device, head.source) == ("SR-2026-HD-000173", proof.history.device, "laptop")


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    def made(data: bytes) -> bytes:
        head, *lines = data.splitlines(keepends=True)
        return b"".join([head, *change(lines)])

    return made


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (lambda data: data.replace("电源模块输出电压不稳".encode(), "客户误操作".encode(), 1), "Altered: Change "),
        (_lines(lambda lines: [*lines[:3], *lines[4:]]), "Left out: Change 4 of "),
        (_lines(lambda lines: [*lines[:2], lines[0].replace(b'"earliest":1', b'"earliest":2'), *lines[2:]]), "Added before Change 3 of "),
        (_lines(lambda lines: [*lines, lines[0]]), "Added after the "),
        (_lines(lambda lines: [lines[1], lines[0], *lines[2:]]), "In another order: in the place of Change 1 of "),
        (lambda data: data[:-1], "cannot be read"),
    ],
)
def test_what_is_done_to_a_history_is_named(proof: Proof, tmp_path: Path, attack: Callable[[bytes], bytes], words: str) -> None:
    genuine, attacked = proof.export.read_bytes(), tmp_path / "attacked.jsonl"
    attacked.write_bytes(attack(genuine))
    assert attacked.read_bytes() != genuine
    view = proof.check(attacked)
    assert view.accepted, "the report itself is genuine"
    assert view.history is not None
    assert not view.history.proven
    assert view.history.problem is not None
    assert words in view.history.problem.read("en")
    assert view.history.problem.read("zh") != view.history.problem.read("en")
    assert words in view.read("en")


def test_a_report_that_does_not_hold_proves_nothing_and_one_without_a_history_says_so(proof: Proof, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.pdf"
    spoilt.write_bytes(proof.pdf.read_bytes()[:-1])
    view = _check(proof.session, spoilt, proof.export)
    assert view.history is not None
    assert (view.accepted, view.history.proven) == (False, False)
    (older,) = verify_files([OLDER], OLDER.with_suffix(".pem"), proof.session.places, TurnableClock(samples.at(14)), visit=proof.export)
    assert older.history is not None
    assert (older.accepted, older.history.proven) == (True, False)
    assert "lists no history" in older.read("en")
    assert "未列出改动记录" in older.read("zh")
    gone = proof.check(tmp_path / "gone.jsonl")
    assert gone.history is not None
    assert "cannot be read" in gone.read("en")
    with pytest.raises(OneReportOnly):
        verify_files([proof.pdf, proof.pdf], visit=proof.export)


def test_the_command_ends_with_zero_only_when_all_is_proven(
    proof: Proof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verifier, "places", lambda: proof.session.places)
    monkeypatch.setattr(verification, "SystemClock", lambda: proof.session.clock)
    altered = tmp_path / "altered.jsonl"
    altered.write_bytes(b"".join(proof.export.read_bytes().splitlines(keepends=True)[:-1]))
    assert verifier.main(["--json", "--visit", str(proof.export), str(proof.pdf)]) == 0
    assert verifier.main(["--json", "--visit", str(altered), str(proof.pdf)]) == 1
    assert verifier.main(["--json", str(proof.pdf)]) == 0
    good, bad, without = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [misfits(each, SCHEMA) for each in (good, bad, without)] == [[], [], []]
    assert (good["history"]["proven"], bad["history"]["proven"], without["history"]) == (True, False, None)
    assert (good["accepted"], bad["accepted"]) == (True, True)
    assert bad["history"]["problem"]["zh"].startswith("缺少")
    assert verifier.main(["--language", "en", "--visit", str(altered), str(proof.pdf)]) == 1
    said = capsys.readouterr().out
    assert "history NOT PROVEN" in said
    assert "Left out" in said
    assert verifier.main(["--language", "en", "--visit", str(altered), str(proof.pdf), str(proof.pdf)]) == 1
    assert "FA-183" in capsys.readouterr().err


def test_a_report_is_named_by_number_or_identity_and_a_visit_by_its_identity(proof: Proof, tmp_path: Path) -> None:
    with proof.session.reading() as reader:
        found = reader.need(ServiceReport, proof.report)
    for what in (found.number, found.visit_id):
        done = export_history(proof.session, what, tmp_path / what)
        assert (tmp_path / what).read_bytes() == proof.export.read_bytes()
        assert found.number in done.words.read("zh")
    for what in ("SR-1", "", "0" * 32):
        with pytest.raises(NoSealedReport):
            export_history(proof.session, what, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_what_came_after_the_seal_is_left_out_unless_it_is_asked_for(
    field_session: FieldSession, world: SmallWorld, tmp_path: Path
) -> None:
    report = certified_repair(field_session, world)
    signoff.add_remark(field_session, report, "请月底前复查")  # seals the pages anew, with the history that they had
    sign_as(field_session, report)
    with field_session.writing() as work:
        work.save(replace(work.need(Visit, world.repair_visit), left_at=local(16), cause="客户误操作"))
    pdf = documents.save_copy(field_session, report, tmp_path).path
    export_history(field_session, report, tmp_path / "then")
    export_history(field_session, report, tmp_path / "now", so_far=True)
    then, now = (_check(field_session, pdf, tmp_path / name).history for name in ("then", "now"))
    assert then is not None
    assert then.proven
    assert now is not None
    assert now.problem is not None
    assert "Added after the" in now.problem.read("en")
    assert "cause" in now.problem.read("en")


def _repair_at_the_bank(firm: Firm, session: FieldSession) -> Id:
    """A visit of 李明 whose report is sealed and signed, and all of it synced."""
    world = firm.world
    case = world.case_at_bank(world.li)
    visit = Visit(id=world.service.ids.new(), site_id=world.bank_site.id, customer_id=world.bank.id, case_id=case, engineer_id=world.li.id)
    world.desk.save(replace(visit, contract_id=world.contract.id))
    firm.sync(session)
    with session.writing() as work:
        work.save(replace(work.need(Visit, visit.id), work_done="更换磁盘"))
        work.save(VisitPerson(id=session.ids.new(), site_id=visit.site_id, visit_id=visit.id, name="李明", side="us", hours_minutes=60))
    report = documents.draft_report(session, visit.id).line.report_id
    documents.freeze_and_certify(session, report)
    sign_as(session, report, "赵敏")
    return report


def test_the_centre_gives_the_same_history_also_when_the_laptop_has_cleared_it_away(firm: Firm, tmp_path: Path) -> None:
    session, desk = firm.laptop("li"), firm.world.desk
    report = _repair_at_the_bank(firm, session)
    pdf = documents.save_copy(session, report, tmp_path).path
    here, there, other = tmp_path / "here.jsonl", tmp_path / "there.jsonl", tmp_path / "other.jsonl"
    with pytest.raises(UnknownThing):
        centre_export(desk, report, there)
    firm.sync(session)
    export_history(session, report, here)
    done = centre_export(desk, report, there)
    assert (done["changes"], done["report"]) == (2, pdf.stem)
    assert here.read_bytes().replace(b'"source":"laptop"', b'"source":"centre"', 1) == there.read_bytes()
    found = _check(session, pdf, there).history
    assert found is not None
    assert found.proven
    with session.writing() as work:  # what the laptop does by itself once every backup of the centre holds them
        note_care(work.connection, work.sync_state().epoch, work.sync_state().centre_revision, session.clock.now())
        assert prune(work.connection) > 0
    with pytest.raises(HistoryCleared) as refused:
        export_history(session, report, other)
    assert "visit-export" in refused.value.read("zh")
    with firm.world.service.store.writing() as connection:
        connection.execute(delete(change_log).where(change_log.c.kind == "visit_person"))
    with pytest.raises(HistoryNotHere):
        centre_export(desk, pdf.stem, other)
    assert not other.exists()


def test_both_ends_have_a_command(firm: Firm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    session = firm.laptop("li")
    report = _repair_at_the_bank(firm, session)
    firm.sync(session)
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    words = ["visit-export", "--data", str(tmp_path / "centre"), report, str(there)]
    assert centre_main(words) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == 2
    assert centre_main(words) == 1
    assert "FA-508" in capsys.readouterr().err
    monkeypatch.setattr(cli, "_unlocked", lambda _language: session)
    assert cli.main(["--language", "zh", "visit", "export", report, str(here)]) == 0
    assert "2 项改动" in capsys.readouterr().out
    assert here.read_bytes().splitlines()[1:] == there.read_bytes().splitlines()[1:]
