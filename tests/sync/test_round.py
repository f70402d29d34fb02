"""Rounds against a small honest centre: the first sync, the evening, and everything that broke elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.customers import Site
from fieldapp.domain.documents import Attachment, Conflict
from fieldapp.domain.inspections import FormInstance
from fieldapp.replica.bulk import take_snapshot
from fieldapp.sync.refusals import CentreConfused, CentreFull, CentreRefused, CentreUnreachable, DeviceRevoked, EmptySnapshot
from fieldapp.sync.round import CancelToken, run_round
from fieldapp.wire.protocol import BlobState
from fieldapp.wire.snapshot import read_blocks, write_snapshot
from tests.sync.laptop import START, Laptop, at_centre
from tests.sync.reference import LossyPeer, ReferenceCentre

World = Callable[..., Laptop]

both_centres = pytest.mark.parametrize("centre", [True, False], indirect=True, ids=["echo", "no_echo"])
"""With a centre that sends back what the laptop sent, and with one that does not."""


def fail_at(*places: int, what: str = "<") -> Callable[[str], bool]:
    """A fault at the n-th crossing of a kind."""
    seen = 0

    def fault(crossing: str) -> bool:
        nonlocal seen
        seen += crossing.endswith(what)
        return crossing.endswith(what) and seen in places

    return fault


def test_the_first_sync_takes_the_whole_and_agrees(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    site = Site(id=mine.ids.new(), name="第一机房", code="S1")
    centre.save(site)
    for number in range(30):
        centre.save(Case(id=mine.ids.new(), number=f"CS-2026-{number:05d}", site_id=site.id, summary="电源告警"))
    centre.put("form_instance", mine.ids.new(), {"site_id": site.id, "/data/T1_08": "23", "/data/T1_08#result": "na"})
    result = mine.round()
    assert result.complete
    assert result.agrees
    assert result.pulled == 32
    assert mine.peer.requests == ["snapshot", "exchange"]
    assert mine.shown() == at_centre(centre)
    with mine.replica.reading() as reader:
        assert reader.search("电源")[0].kind == "case"
        assert not reader.sync_state().search_behind


def test_nothing_new_is_one_request_and_changes_no_row(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    centre.save(Site(id=mine.ids.new(), name="第一机房"))
    mine.finish()
    with mine.replica.reading() as reader:
        before = reader.sync_state()
    result = mine.round()
    with mine.replica.reading() as reader:
        after = reader.sync_state()
    assert result.complete
    assert mine.peer.requests == ["exchange"]
    assert (after.cursor, after.sequence, after.scope_digest) == (before.cursor, before.sequence, before.scope_digest)


@both_centres
def test_an_evening_pushes_in_order_and_every_change_has_a_receipt(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.finish()
    case = mine.case(summary="风扇异响", temp_no="TMP-1")
    mine.save(replace(case, status="on_site"))
    form = mine.save(FormInstance(id=mine.ids.new(), asset_id=mine.ids.new()))
    mine.answer(form.id, T1_08="23", T1_09="正常")
    mine.answer(form.id, T1_08="24")
    with mine.replica.reading() as reader:
        assert reader.unreceipted().changes == 5
    result = mine.round()
    assert result.complete
    assert (result.pushed, result.receipts, result.conflicts, result.rejected) == (5, 5, 0, 0)
    assert len(mine.peer.requests) == 2
    assert centre.saw("case", case.id, "status") == "on_site"
    assert centre.saw("form_instance", form.id, "/data/T1_08") == "24"
    assert mine.shown() == at_centre(centre)
    mine.sound()
    with mine.replica.reading() as reader:
        assert reader.unreceipted().changes == 0
        assert reader.rounds()[0].outcome == "complete"


@both_centres
def test_f1_a_lost_reply_doubles_nothing(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.finish()
    case = mine.case(summary="一")
    mine.save(CaseActivity(id=mine.ids.new(), case_id=case.id, text="到达现场"))
    with pytest.raises(CentreUnreachable):
        mine.round(fail_at(1))
    first = mine.peer.exchanges[0][0].changes
    with mine.replica.reading() as reader:
        assert reader.unreceipted().changes == 2
        assert reader.rounds()[0].outcome == "FA-510"
    mine.finish()
    assert mine.peer.exchanges[0][0].changes == first  # the same bytes
    assert len(centre.books.log[mine.device, 1]) == 2
    assert mine.shown() == at_centre(centre)


@both_centres
def test_f2_two_edits_of_two_fields_both_stand(centre: ReferenceCentre, laptop: World) -> None:
    mine, other = laptop(1), laptop(2)
    case = mine.case(summary="一", cause="")
    mine.finish()
    other.finish()
    mine.save(replace(case, cause="风扇老化"))
    other.save(replace(case, solution="更换风扇"))
    mine.finish()
    result = other.finish()
    mine.finish()
    assert result.conflicts == 0
    for each in (mine, other):
        with each.replica.reading() as reader:
            seen = reader.need(Case, case.id)
        assert (seen.cause, seen.solution) == ("风扇老化", "更换风扇")


@both_centres
def test_two_edits_of_one_field_keep_both_values_in_sight(centre: ReferenceCentre, laptop: World) -> None:
    mine, other = laptop(1), laptop(2)
    case = mine.case(summary="一")
    mine.finish()
    other.finish()
    mine.save(replace(case, cause="甲"))
    other.save(replace(case, cause="乙"))
    mine.finish()
    result = other.finish()
    assert result.conflicts == 1
    with other.replica.reading() as reader:
        assert reader.need(Case, case.id).cause == "甲"
        verdict = reader.verdicts()[0]
        kept = reader.need(Conflict, verdict.conflict_id)
    assert (verdict.verdict, verdict.fields, verdict.values["cause"], verdict.bases["cause"]) == ("conflict", ("cause",), "乙", "")
    assert "乙" in kept.mine


@pytest.mark.parametrize("hours", [-30, 1])
def test_f3_a_wrong_clock_neither_stops_nor_skips(centre: ReferenceCentre, laptop: World, hours: int) -> None:
    clock = TurnableClock(START)
    clock.advance(hours=hours)
    mine, other = laptop(1, clock), laptop(2)
    mine.finish()
    case = mine.case(summary="一")
    mine.finish()
    other.finish()
    other.save(replace(case, cause="乙"))
    other.finish()
    mine.finish()
    with mine.replica.reading() as reader:
        assert reader.need(Case, case.id).cause == "乙"
        state = reader.sync_state()
    assert state.clock_low <= -hours * 3_600_000 + 60_000
    assert state.clock_high >= -hours * 3_600_000 - 60_000


@pytest.mark.parametrize("place", range(1, 5))
def test_f4_a_round_cut_anywhere_never_has_its_cursor_ahead(centre: ReferenceCentre, laptop: World, place: int) -> None:
    mine, other = laptop(1), laptop(2)
    mine.finish()
    other.finish()
    for number in range(8):
        other.case(summary=str(number))
    mine.case(summary="mine")
    other.finish()
    try:
        mine.round(fail_at(place, what=""))
    except CentreUnreachable:
        with mine.replica.reading() as reader:
            cursor = reader.sync_state().cursor
        seen = mine.shown()
        assert all(key in seen for key, stored in centre.books.records.items() if stored.revision <= cursor)
    mine.sound()
    mine.finish()
    assert mine.shown() == at_centre(centre)


@both_centres
def test_f5_a_restored_centre_gets_again_what_it_lost(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    early = mine.case(summary="early")
    mine.finish()
    kept = centre.backup()
    late = mine.case(summary="late")
    mine.save(replace(early, cause="found out later"))
    ref = mine.blobs.put(b"photo")
    mine.save(Attachment(id=mine.ids.new(), owner_kind="case", owner_id=late.id, digest=ref.digest, size=ref.size))
    mine.finish()
    centre.restore(kept)
    assert ("case", late.id) not in centre.books.records
    mine.finish()
    assert centre.saw("case", late.id, "summary") == "late"
    assert centre.saw("case", early.id, "cause") == "found out later"
    assert centre.blob_state(ref.digest).complete
    assert len(centre.books.log[mine.device, 1]) == 4
    assert mine.shown() == at_centre(centre)


@pytest.mark.parametrize("outside", [True, False])
def test_f6_a_restored_laptop_sends_what_it_writes_afterwards(
    centre: ReferenceCentre, laptop: World, tmp_path: Path, outside: bool
) -> None:
    mine = laptop()
    case = mine.case(summary="before")
    mine.copy_to(tmp_path / "backup", outside=outside)
    mine.save(replace(case, cause="one"))
    lost = mine.case(summary="after the backup")
    mine.finish()
    mine.restore(tmp_path / "backup")
    mine.clock.advance(seconds=7)
    again = mine.case(summary="after the restore")
    mine.finish()
    assert centre.saw("case", again.id, "summary") == "after the restore"
    assert centre.saw("case", lost.id, "summary") == "after the backup"
    assert centre.saw("case", case.id, "cause") == "one"
    assert mine.incarnations.read() == 2
    assert mine.shown() == at_centre(centre)
    assert len([key for key in centre.books.records if key[0] == "case"]) == 3


def test_f6_a_cloned_laptop_loses_nothing_on_either_disk(centre: ReferenceCentre, laptop: World, tmp_path: Path) -> None:
    mine = laptop()
    mine.case(summary="before")
    mine.finish()
    mine.copy_to(tmp_path / "clone")
    first = mine.case(summary="on the first disk")
    mine.finish()
    mine.restore(tmp_path / "clone")
    mine.clock.advance(seconds=9)
    second = mine.case(summary="on the second disk")
    mine.finish()
    assert {first.id, second.id} <= {record_id for kind, record_id in centre.in_scope() if kind == "case"}


def test_f6_a_database_older_than_the_number_beside_it_goes_on_under_that_number(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    case = mine.case(summary="waiting")
    mine.incarnations.write(5)
    mine.finish()
    assert centre.books.incarnations[mine.device] == 5
    assert centre.saw("case", case.id, "summary") == "waiting"


@both_centres
def test_f8_one_bad_change_does_not_stop_the_others_and_stays_in_sight(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.finish()
    bad = mine.case(summary="poison")
    good = mine.case(summary="good")
    result = mine.finish()
    assert (result.receipts, result.rejected) == (2, 1)
    with mine.replica.reading() as reader:
        verdict = reader.verdicts()[0]
        assert reader.get(Case, bad.id) is None
        assert reader.need(Case, good.id).summary == "good"
    assert (verdict.record_id, verdict.verdict, verdict.reason, verdict.values["summary"]) == (bad.id, "rejected", "bad_value", "poison")


def test_f11_an_empty_centre_deletes_nothing(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    case = mine.case(summary="一")
    mine.finish()
    centre.books.records.clear()
    centre.whole_for.add(mine.device)
    with pytest.raises(EmptySnapshot):
        mine.round()
    with mine.replica.reading() as reader:
        assert reader.need(Case, case.id).summary == "一"


def test_f12_an_update_that_meets_a_delete_is_shown_until_it_is_judged_and_then_kept_as_a_conflict(
    centre: ReferenceCentre, laptop: World
) -> None:
    mine = laptop()
    case = mine.case(summary="一")
    mine.finish()
    centre.remove("case", case.id)
    mine.save(replace(case, cause="found"))
    with pytest.raises(CentreUnreachable):
        mine.round(fail_at(1))
    with mine.replica.reading() as reader:
        assert reader.need(Case, case.id).cause == "found"
    result = mine.finish()
    assert result.conflicts == 1
    with mine.replica.reading() as reader:
        assert reader.get(Case, case.id) is None
        assert reader.verdicts()[0].values["cause"] == "found"
        assert reader.count(Conflict, record_id=case.id) == 1


@both_centres
def test_f12_a_delete_that_meets_an_update_leaves_no_ghost(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    form = mine.save(FormInstance(id=mine.ids.new()))
    mine.answer(form.id, T1_08="23")
    mine.finish()
    with mine.replica.writing() as work:
        work.delete(FormInstance, form.id)
    centre.put("form_instance", form.id, {"/data/T1_08": "99"})
    mine.finish()
    with mine.replica.reading() as reader:
        assert reader.get(FormInstance, form.id) is None
        assert reader.answers(form.id) == {}
    assert centre.books.records["form_instance", form.id].deleted
    mine.sound()


def test_f13_a_missing_blob_or_a_different_digest_is_never_called_complete(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.finish()
    mine.save(Attachment(id=mine.ids.new(), digest="ab" * 32, size=5))
    result = mine.round()
    assert not result.complete
    assert result.missing == 1
    with mine.replica.reading() as reader:
        assert reader.unreceipted().blobs == 1
        assert reader.sync_state().last_finished_at != mine.clock.now()
    assert result.records


def test_f13_rows_that_differ_in_silence_are_found_and_mended(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    case = mine.case(summary="一")
    mine.finish()
    stored = centre.books.records["case", case.id]
    stored.values["summary"] = "changed without a revision"
    mine.may_differ = True
    result = mine.finish()
    assert result.pulled == 1
    assert mine.peer.requests == ["exchange", "snapshot", "exchange"]
    assert mine.shown() == at_centre(centre)


def test_a_record_that_leaves_the_scope_is_taken_off_and_comes_back_whole(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    form = mine.save(FormInstance(id=mine.ids.new()))
    mine.answer(form.id, T1_08="23")
    mine.finish()
    centre.hide("form_instance", form.id)
    mine.finish()
    assert mine.shown() == {}
    centre.hide("form_instance", form.id, hidden=False)
    mine.finish()
    with mine.replica.reading() as reader:
        assert reader.answers(form.id) == {"/data/T1_08": "23"}


@both_centres
def test_the_centre_can_ask_for_the_whole_again_without_losing_what_waits(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    form = mine.save(FormInstance(id=mine.ids.new()))
    mine.answer(form.id, T1_08="23", T1_09="5")
    case = mine.case(summary="一")
    mine.finish()
    centre.whole_for.add(mine.device)
    mine.answer(form.id, T1_08="24")
    mine.save(replace(case, cause="new"))
    fresh = mine.case(summary="fresh")
    with pytest.raises(CentreUnreachable):
        mine.round(lambda crossing: crossing == "snapshot<")
    mine.finish()
    assert mine.shown() == at_centre(centre)
    assert centre.saw("form_instance", form.id, "/data/T1_08") == "24"
    assert centre.saw("case", fresh.id, "summary") == "fresh"


def test_a_snapshot_that_meets_unsent_work_shows_it_on_top(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.finish()
    case = mine.case(summary="mine alone")
    theirs = Case(id=mine.ids.new(), summary="theirs")
    centre.save(theirs)
    centre.whole_for.add(mine.device)
    head, rows = centre.snapshot()
    pieces = write_snapshot(head, rows)
    head, blocks = read_blocks(pieces)
    with mine.replica.transaction() as connection:  # as if the push had been lost on its way
        take_snapshot(connection, head, list(blocks), got=mine.clock.now())
    mine.sound()
    with mine.replica.reading() as reader:
        assert reader.need(Case, case.id).summary == "mine alone"
        assert reader.need(Case, theirs.id).summary == "theirs"
        assert reader.unreceipted().changes == 1
    mine.finish()
    assert mine.shown() == at_centre(centre)


def test_fields_and_kinds_of_a_newer_version_are_kept_and_counted(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    case = Case(id=mine.ids.new(), summary="一")
    centre.save(case, colour="blue", summary_long="x")
    centre.put("drone", mine.ids.new(), {"name": "new kind", "speed": 3})
    mine.finish()
    centre.save(replace(case, summary="二"), colour="red")
    centre.put("drone", mine.ids.new(), {"name": "another"})
    mine.save(replace(case, cause="mine"))
    mine.finish()
    mine.sound()
    with mine.replica.reading() as reader:
        assert reader.need(Case, case.id).summary == "二"
        assert reader.need(Case, case.id).cause == "mine"
    assert centre.saw("case", case.id, "colour") == "red"


def test_signed_reports_go_before_the_news_and_photos_after(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.finish()
    big, small, report = mine.blobs.put(b"p" * 600_000), mine.blobs.put(b"q" * 10), mine.blobs.put(b"%PDF")
    for ref, purpose in ((big, "photo"), (small, "photo"), (report, "report")):
        mine.save(Attachment(id=mine.ids.new(), digest=ref.digest, size=ref.size, purpose=purpose))
    result = mine.round()
    assert result.complete
    assert result.blobs_sent == 3
    calls = mine.peer.requests
    assert calls[:4] == ["exchange", "blob_state", "send_blob", "exchange"]
    assert calls.count("send_blob") == 1 + 1 + 3


def test_an_upload_cut_in_the_middle_goes_on_where_the_centre_stands(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.finish()
    ref = mine.blobs.put(b"p" * 900_000)
    mine.save(Attachment(id=mine.ids.new(), digest=ref.digest, size=ref.size))
    gone = False

    def fault(crossing: str) -> bool:
        nonlocal gone
        gone = gone or (crossing == "send_blob<" and len(centre.books.blobs[ref.digest]) > 300_000)
        return gone

    with pytest.raises(CentreUnreachable):
        mine.round(fault)
    assert 0 < centre.blob_state(ref.digest).offset < 900_000
    with mine.replica.reading() as reader:
        assert reader.unreceipted().blobs == 1
    mine.finish()
    assert mine.peer.requests.count("send_blob") == 2
    assert centre.blob_state(ref.digest).complete


def test_a_download_cut_in_the_middle_goes_on_and_is_checked(centre: ReferenceCentre, laptop: World) -> None:
    mine, other = laptop(1), laptop(2)
    data = bytes(range(256)) * 2000
    ref = other.blobs.put(data)
    other.save(Attachment(id=other.ids.new(), digest=ref.digest, size=ref.size, purpose="stamped_report"))
    other.finish()
    seen = 0

    def fault(crossing: str) -> bool:
        nonlocal seen
        seen += crossing == "fetch_blob<"
        return seen >= 6

    with pytest.raises(CentreUnreachable):
        mine.round(fault)
    assert not mine.blobs.has(ref.digest)
    result = mine.finish()
    assert result.blobs_fetched == 1
    assert mine.blobs.get(ref.digest) == data


def test_a_line_that_breaks_again_and_again_moves_files_in_one_round(centre: ReferenceCentre, laptop: World) -> None:
    mine, other = laptop(1), laptop(2)
    data = bytes(range(256)) * 2000
    for sender, purpose in ((other, "stamped_report"), (mine, "photo")):
        ref = sender.blobs.put(data + purpose.encode())
        sender.save(Attachment(id=sender.ids.new(), digest=ref.digest, size=ref.size, purpose=purpose))
    other.finish()
    seen = 0

    def fault(crossing: str) -> bool:
        nonlocal seen
        seen += crossing in ("fetch_blob<", "send_blob<", "send_blob>")
        return seen % 3 == 0 and crossing in ("fetch_blob<", "send_blob<", "send_blob>")

    result = mine.round(fault)
    assert (result.complete, result.blobs_sent, result.blobs_fetched) == (True, 1, 1)
    assert mine.peer.requests.count("fetch_blob") > 2


def test_a_receipt_names_the_size_too(centre: ReferenceCentre, laptop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = laptop()
    mine.finish()
    ref = mine.blobs.put(b"p" * 900)
    mine.save(Attachment(id=mine.ids.new(), digest=ref.digest, size=ref.size))
    monkeypatch.setattr(ReferenceCentre, "blob_state", lambda *_: BlobState(899, True))
    with pytest.raises(CentreConfused):
        mine.round()
    with mine.replica.reading() as reader:
        assert reader.unreceipted().blobs == 1


def test_a_centre_without_room_is_told_after_everything_else_was_exchanged(
    centre: ReferenceCentre, laptop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = laptop(1), laptop(2)
    report = other.blobs.put(b"%PDF stamped")
    other.save(Attachment(id=other.ids.new(), digest=report.digest, size=report.size, purpose="stamped_report"))
    other.finish()
    for data in (b"small", b"p" * 900, b"q" * 900):
        ref = mine.blobs.put(data)
        mine.save(Attachment(id=mine.ids.new(), digest=ref.digest, size=ref.size))
    honest = ReferenceCentre.send_blob

    def full(self: ReferenceCentre, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        if total > 100:
            raise CentreFull
        return honest(self, digest, offset, total, chunk)

    with monkeypatch.context() as patch:
        patch.setattr(ReferenceCentre, "send_blob", full)
        with pytest.raises(CentreFull):
            mine.round()
    with mine.replica.reading() as reader:
        assert (reader.unreceipted().changes, reader.unreceipted().blobs) == (0, 2), "the smallest went first, and through"
        state, last = reader.sync_state(), reader.rounds(1)[0]
    assert (state.last_finished_at, state.agreed_at) == (None, mine.clock.now()), "the records agree, though files wait"
    assert (last.outcome, last.counts["records"]) == ("FA-518", 1)
    assert mine.blobs.has(report.digest)
    assert mine.finish().blobs_sent == 2


def test_a_cancelled_round_keeps_what_it_did(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.finish()
    mine.case(summary="一")
    token = CancelToken()
    phases = []

    def progress(phase: str, done: int, total: int, _: int) -> None:
        phases.append((phase, done, total))
        if phase == "changes" and done:
            token.cancel()

    result = run_round(
        mine.replica,
        mine.blobs,
        LossyPeer(centre),
        clock=mine.clock,
        incarnations=mine.incarnations,
        progress=progress,
        cancel=token,
    )
    assert not result.complete
    assert result.receipts == 1
    assert phases[:2] == [("changes", 0, 1), ("changes", 1, 1)]
    with mine.replica.reading() as reader:
        assert reader.unreceipted().changes == 0
        assert reader.rounds()[0].outcome == "incomplete"
    mine.finish()


def test_a_revoked_laptop_is_told_and_keeps_everything(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    case = mine.case(summary="一")
    centre.revoked.add(mine.device)
    with pytest.raises(DeviceRevoked):
        mine.round()
    with mine.replica.reading() as reader:
        assert reader.need(Case, case.id)
        assert reader.unreceipted().changes == 1


def test_a_laptop_that_is_revoked_while_it_waits_for_the_whole_is_told_so(
    centre: ReferenceCentre, laptop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = laptop()
    mine.finish()
    centre.whole_for.add(mine.device)

    def refuse() -> None:
        raise CentreRefused(number="FA-605", reason="blocked")

    monkeypatch.setattr(centre, "snapshot", refuse)
    with pytest.raises(DeviceRevoked):
        mine.round()
    with mine.replica.reading() as reader:
        assert reader.rounds()[0].outcome == "FA-514"


def test_large_outboxes_go_in_batches(centre: ReferenceCentre, laptop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldapp.sync.round.BATCH_CHANGES", 7)
    monkeypatch.setattr("fieldapp.sync.round.PAGE_ROWS", 5)
    mine, other = laptop(1), laptop(2)
    mine.finish()
    other.finish()
    for number in range(40):
        mine.case(summary=str(number))
    result = mine.finish()
    assert result.receipts == 40
    other.finish()
    assert other.peer.requests.count("exchange") >= 8
    assert other.shown() == mine.shown() == at_centre(centre)


def test_f5_a_cursor_of_another_epoch_is_never_believed(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    case = mine.case(summary="old")
    mine.finish()
    kept = centre.backup()
    centre.restore(kept)
    for number in range(30):
        centre.save(replace(case, summary=f"lost {number}"))
    mine.finish()
    lost = centre.books.revision
    centre.restore(kept)
    centre.books.revision = kept.revision + 10  # put back from the same backup: the same revisions, for something else
    new = Case(id=mine.ids.new(), summary="after the second restore")
    centre.save(new)
    assert centre.books.revision < lost
    mine.may_differ = True
    mine.finish()
    assert mine.shown() == at_centre(centre)


def test_what_the_centre_asked_for_is_taken_although_the_program_was_killed_in_between(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    mine.case(summary="mine")
    mine.finish()
    centre.whole_for.add(mine.device)
    with pytest.raises(CentreUnreachable):
        mine.round(lambda crossing: crossing.startswith("snapshot"))
    centre.whole_for.clear()
    mine.reopen()
    crossings: list[str] = []

    def watch(crossing: str) -> bool:
        crossings.append(crossing)
        return False

    assert mine.round(watch).complete
    assert any(crossing.startswith("snapshot") for crossing in crossings)


def test_f5_the_whole_of_a_restored_centre_does_not_hide_that_it_lost_something(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    kept = centre.backup()
    case = mine.case(summary="lost by the centre")
    centre.whole_for.add(mine.device)
    with pytest.raises(CentreUnreachable):  # the Change has its receipt, the whole is still to come
        mine.round(lambda crossing: crossing.startswith("snapshot"))
    centre.restore(kept)
    mine.may_differ = True
    assert mine.round().complete
    assert centre.saw("case", case.id, "summary") == "lost by the centre"
