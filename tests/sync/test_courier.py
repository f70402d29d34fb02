"""A round carried as files between a real replica and the real centre: whatever happens to the files, nothing is lost or doubled."""

from __future__ import annotations

import errno
import io
import json
import shutil
import sqlite3
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from fieldapp.base.errors import SyncError
from fieldapp.base.ids import SeededRandomness
from fieldapp.central.cli import main
from fieldapp.central.courier import DatabaseTrouble
from fieldapp.central.refusals import RevokedDevice
from fieldapp.central.store.tables import device
from fieldapp.central.trust.devices import note_certificate
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.documents import Attachment, Conflict, ServiceReport
from fieldapp.reports.signing import approve, certify
from fieldapp.sync.account import CancelToken
from fieldapp.sync.courier import NoCourierKey, OtherLife, write_out
from fieldapp.wire.courier import UnsignedParcel
from fieldapp.wire.stick import StickFull
from tests.central.world import World, csr_of
from tests.reports.signed import small, strokes
from tests.sync.carried import CarriedLaptop, Signer


@pytest.fixture(scope="module")
def centre_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed centre to copy."""
    made = World.make(tmp_path_factory.mktemp("centre") / "centre")
    made.service.close()
    return made


@pytest.fixture
def world(centre_template: World, tmp_path: Path) -> Iterator[World]:
    """A fresh real centre."""
    made = centre_template.copied(tmp_path / "centre")
    yield made
    made.service.close()


@pytest.fixture
def laptop(world: World, template: Path, tmp_path: Path) -> Iterator[CarriedLaptop]:
    """A laptop of it that has the whole of its scope, with one case."""
    world.case_at_bank(world.li)
    made = CarriedLaptop(tmp_path / "laptop", world, template, world.li)
    assert made.finish().complete
    yield made
    made.replica.close()


def case_of(laptop: CarriedLaptop) -> Case:
    """The case."""
    with laptop.replica.reading() as reader:
        return reader.find(Case)[0]


def at_centre(laptop: CarriedLaptop) -> Case:
    """The case as the centre has it."""
    found = laptop.world.desk.get(Case, case_of(laptop).id)
    assert found is not None
    return found


def test_what_waits_goes_out_and_its_receipts_and_the_news_come_back(laptop: CarriedLaptop, world: World) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    photo = laptop.blobs.put(bytes(range(256)) * 3000)
    laptop.save(Attachment(id=laptop.ids.new(), owner_kind="case", owner_id=case_of(laptop).id, digest=photo.digest, size=photo.size))
    other = world.case_at_bank(world.li)
    out = laptop.out()
    assert laptop.written.pushed == 2
    assert laptop.waiting() == (2, 1), "nothing has a receipt because it was written to a file"
    answer = laptop.take(laptop.handed(out))
    assert answer.result.complete
    assert not answer.outgrown
    assert laptop.waiting() == (0, 0)
    assert at_centre(laptop).cause == "风扇"
    assert world.service.blobs.get(photo.digest) == laptop.blobs.get(photo.digest)
    with laptop.replica.reading() as reader:
        assert reader.get(Case, other) is not None
    laptop.sound()
    assert laptop.round().pulled == 0


def test_an_answer_taken_twice_changes_nothing_the_second_time(laptop: CarriedLaptop) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    answer = laptop.handed(laptop.out())
    laptop.take(answer)
    before = laptop.shown()
    again = laptop.take(answer)
    assert again.outgrown
    assert (laptop.shown(), laptop.waiting()) == (before, (0, 0))


def test_a_file_handed_in_twice_doubles_nothing_and_either_answer_serves(laptop: CarriedLaptop) -> None:
    laptop.save(CaseActivity(id=laptop.ids.new(), case_id=case_of(laptop).id, site_id=case_of(laptop).site_id, text="到场"))
    out = laptop.out()
    laptop.handed(out)
    answer = laptop.handed(out)
    assert laptop.take(answer).result.complete
    assert [each.text for each in laptop.world.desk.find(CaseActivity)].count("到场") == 1


def test_the_centre_s_command_names_its_own_way_out_when_the_answer_s_name_is_taken(
    laptop: CarriedLaptop, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    path = laptop.out("one-out.courier")
    taken = path.with_name("one-back.courier")
    taken.write_bytes(b"mine")
    words = ["courier", "--data", str(world.service.settings.folder), str(path)]
    assert main(words) == 1
    told = capsys.readouterr().err
    assert "FA-645" in told
    assert "--answer" in told
    assert taken.read_bytes() == b"mine"
    assert main([*words, "--answer", str(path.with_name("two-back.courier"))]) == 0
    assert laptop.take(path.with_name("two-back.courier")).result.complete


def test_a_lost_answer_costs_nothing_but_another_file(laptop: CarriedLaptop) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    laptop.handed(laptop.out())
    laptop.save(replace(case_of(laptop), solution="已更换"))
    assert laptop.waiting() == (2, 0)
    assert laptop.carry().result.complete
    assert (at_centre(laptop).cause, at_centre(laptop).solution) == ("风扇", "已更换")


def test_two_files_before_an_answer_may_come_back_in_either_order(laptop: CarriedLaptop, world: World) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    first = laptop.out()
    laptop.save(replace(case_of(laptop), solution="已更换"))
    second = laptop.out()
    late, early = laptop.handed(second), laptop.handed(first)
    world.case_at_bank(world.li)
    laptop.take(early)
    laptop.sound()
    assert laptop.waiting() == (1, 0), "the older answer says nothing of what was written after its file"
    laptop.take(late)
    laptop.sound()
    assert laptop.waiting() == (0, 0)
    assert laptop.carry().result.complete
    assert (at_centre(laptop).cause, at_centre(laptop).solution) == ("风扇", "已更换")


def test_a_round_over_the_network_between_file_and_answer_leaves_the_answer_nothing_to_say(laptop: CarriedLaptop) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    out = laptop.out()
    assert laptop.round().complete
    laptop.save(replace(case_of(laptop), cause="电源"))
    answer = laptop.take(laptop.handed(out))
    assert answer.outgrown
    assert laptop.waiting() == (1, 0), "an old answer is no receipt for a later edit"
    assert laptop.round().complete
    assert at_centre(laptop).cause == "电源"


def test_an_old_file_brings_nothing_back_that_changed_since(laptop: CarriedLaptop) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    out = laptop.out()
    laptop.finish()
    laptop.save(replace(case_of(laptop), cause="电源"))
    laptop.finish()
    laptop.world.clock.advance(days=900)
    laptop.handed(out)
    assert laptop.handled.state == "ok"
    assert at_centre(laptop).cause == "电源"


def test_conflicts_and_rejections_come_back_as_they_do_over_the_network(laptop: CarriedLaptop, world: World) -> None:
    case = case_of(laptop)
    laptop.save(replace(case, description="本机", severity="P4"))
    world.desk.save(replace(at_centre(laptop), description="服务台"))
    answer = laptop.carry()
    assert (answer.result.conflicts, answer.result.rejected) == (0, 1), "a rejection counts before a conflict"
    with laptop.replica.reading() as reader:
        assert [each.verdict for each in reader.verdicts()] == ["rejected"]
    assert case_of(laptop).severity == case.severity


def test_a_first_sync_and_one_that_lost_the_whole_can_be_carried(world: World, template: Path, tmp_path: Path) -> None:
    case = world.case_at_bank(world.li)
    fresh = CarriedLaptop(tmp_path / "fresh", world, template, world.li)
    fresh.case(summary="新报")
    assert fresh.carry().result.complete
    with fresh.replica.reading() as reader:
        assert reader.get(Case, case) is not None
        assert reader.sync_state().last_contact_at is None, "a file says nothing of the clocks"
    world.service.ask_for_the_whole(fresh.device)
    assert not fresh.carry().result.complete
    assert fresh.carry().result.complete
    fresh.sound()
    fresh.replica.close()


def test_a_laptop_put_back_from_a_backup_is_told_and_loses_nothing(laptop: CarriedLaptop, tmp_path: Path) -> None:
    laptop.copy_to(tmp_path / "backup", outside=False)
    laptop.save(replace(case_of(laptop), cause="风扇"))
    out = laptop.out("first-out.courier")
    answer = laptop.handed(out)
    laptop.restore(tmp_path / "backup")
    (laptop.folder / "incarnation").unlink(missing_ok=True)
    laptop.save(replace(case_of(laptop), cause="另一个"))
    with pytest.raises(OtherLife):
        laptop.take(answer)
    assert laptop.waiting() == (1, 0), "a receipt for another Change is none"
    told = laptop.carry()
    assert not told.result.complete
    laptop.carry()
    assert laptop.carry().result.complete
    laptop.sound()
    with laptop.replica.reading() as reader:
        assert reader.sync_state().incarnation > 1
        conflicts = reader.find(Conflict)
    assert at_centre(laptop).cause == "另一个" or "另一个" in {json.loads(each.mine) for each in conflicts}


def test_a_laptop_put_back_that_wrote_less_since_takes_no_receipt_for_it(laptop: CarriedLaptop, tmp_path: Path) -> None:
    laptop.copy_to(tmp_path / "backup")
    for cause in ("一", "二", "三"):
        laptop.save(replace(case_of(laptop), cause=cause))
    answer = laptop.handed(laptop.out())
    laptop.restore(tmp_path / "backup")
    laptop.save(replace(case_of(laptop), cause="另一个"))
    laptop.take(answer)
    assert laptop.waiting() == (1, 0)


def test_an_order_that_was_followed_is_not_followed_again(laptop: CarriedLaptop, tmp_path: Path) -> None:
    laptop.copy_to(tmp_path / "backup", outside=False)
    laptop.save(replace(case_of(laptop), cause="风扇"))
    laptop.finish()
    laptop.restore(tmp_path / "backup")
    (laptop.folder / "incarnation").unlink(missing_ok=True)
    laptop.save(replace(case_of(laptop), cause="另一个"))
    out = laptop.out("twice-out.courier")
    first, second = laptop.handed(out), laptop.handed(out)
    assert laptop.handled.state == "fork"
    laptop.take(first)
    with laptop.replica.reading() as reader:
        state = reader.sync_state()
    assert state.incarnation > 1
    assert laptop.take(second).outgrown
    with laptop.replica.reading() as reader:
        assert reader.sync_state() == state


def test_a_copied_laptop_cannot_take_the_answer_of_the_other_one_for_its_own(laptop: CarriedLaptop, tmp_path: Path) -> None:
    laptop.copy_to(tmp_path / "clone")
    laptop.save(replace(case_of(laptop), cause="原机"))
    answer = laptop.handed(laptop.out())
    laptop.restore(tmp_path / "clone")  # this is the other machine now
    laptop.save(replace(case_of(laptop), cause="克隆机"))
    laptop.save(replace(case_of(laptop), solution="克隆机"))
    with pytest.raises(OtherLife):
        laptop.take(answer)
    assert laptop.waiting() == (2, 0)


def test_a_restored_centre_answers_and_gets_everything_again(laptop: CarriedLaptop, world: World, tmp_path: Path) -> None:
    world.service.close()
    shutil.copytree(world.service.settings.folder, tmp_path / "backup")
    laptop.world = world.reopened()
    photo = laptop.blobs.put(b"photo" * 1000)
    laptop.save(Attachment(id=laptop.ids.new(), owner_kind="case", owner_id=case_of(laptop).id, digest=photo.digest, size=photo.size))
    laptop.save(replace(case_of(laptop), cause="风扇"))
    assert laptop.carry().result.complete
    laptop.save(replace(case_of(laptop), solution="已更换"))
    later = laptop.blobs.put(b"later" * 1000)
    laptop.save(Attachment(id=laptop.ids.new(), owner_kind="case", owner_id=case_of(laptop).id, digest=later.digest, size=later.size))
    lost = laptop.handed(laptop.out())
    laptop.world.service.close()
    shutil.rmtree(world.service.settings.folder)
    shutil.copytree(tmp_path / "backup", world.service.settings.folder)
    laptop.world = laptop.world.reopened()
    epoch = laptop.world.service.begin_epoch()
    laptop.blobs.delete(later.digest)  # so that the next file cannot bring it
    assert not laptop.carry().result.complete
    waiting = laptop.waiting()
    laptop.blobs.put(b"later" * 1000)
    assert waiting == (4, 2), "what the centre lost waits again"
    assert laptop.take(lost).outgrown, "an answer of the lost time is no receipt any more"
    with laptop.replica.reading() as reader:
        assert (laptop.waiting(), reader.sync_state().epoch) == (waiting, epoch)
    for _ in range(3):
        if laptop.carry().result.complete:
            break
    assert laptop.waiting() == (0, 0)
    assert (at_centre(laptop).cause, at_centre(laptop).solution) == ("风扇", "已更换")
    assert laptop.world.service.blobs.get(photo.digest) == b"photo" * 1000
    laptop.sound()
    laptop.world.service.close()


def test_a_signed_report_comes_back_time_stamped_in_the_answer(laptop: CarriedLaptop) -> None:
    now = laptop.clock.now()
    pdf = certify(small(), laptop.signer, when=now, name="李明", role="工程师")
    pdf = approve(pdf, laptop.signer, field="customer", strokes=strokes(), name="王敏", role="主任", when=now + timedelta(minutes=2))
    kept = laptop.blobs.put(pdf)
    report = ServiceReport(
        id=laptop.ids.new(), site_id=case_of(laptop).site_id, state="signed", number="SR-1", pdf_digest=kept.digest, signed_at=now
    )
    laptop.save(report)
    laptop.save(
        Attachment(
            id=laptop.ids.new(),
            site_id=report.site_id,
            owner_kind="service_report",
            owner_id=report.id,
            purpose="report",
            media_type="application/pdf",
            digest=kept.digest,
            size=kept.size,
        )
    )
    laptop.clock.advance(hours=5)
    assert laptop.carry().result.complete
    with laptop.replica.reading() as reader:
        stamped = reader.get(ServiceReport, report.id)
    assert stamped is not None
    assert laptop.blobs.get(stamped.stamped_digest).startswith(pdf)
    assert laptop.handled.blobs_back == 1, "its own report is not sent back to it"


def test_files_that_the_laptop_lacks_come_in_the_answer(laptop: CarriedLaptop) -> None:
    other = laptop.blobs.put(b"a photo of a finding" * 100)
    laptop.world.service.keep_blob(laptop.blobs.get(other.digest))
    laptop.blobs.delete(other.digest)
    finding = Attachment(
        id=laptop.ids.new(), site_id=case_of(laptop).site_id, owner_kind="finding", purpose="photo", digest=other.digest, size=other.size
    )
    laptop.world.desk.save(finding)
    answer = laptop.carry()
    assert answer.result.blobs_fetched == 1, "what a laptop fetches over the network comes in the file"
    assert laptop.blobs.get(other.digest) == b"a photo of a finding" * 100
    laptop.blobs.delete(other.digest)
    assert laptop.carry().result.blobs_fetched == 1, "the laptop says what it lacks"


def test_a_blocked_laptop_and_an_unknown_one_get_no_answer(laptop: CarriedLaptop) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    out = laptop.out()
    laptop.world.service.revoke(laptop.device)
    with pytest.raises(RevokedDevice):
        laptop.handed(out)
    assert at_centre(laptop).cause != "风扇"
    assert list(laptop.folder.glob("*-back.courier*")) == []


def test_a_file_from_before_the_certificate_was_renewed_is_believed_and_one_of_another_key_is_not(laptop: CarriedLaptop) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    out = laptop.out()
    fresh = Signer()
    laptop.world.clock.advance(days=1)
    service = laptop.world.service
    certificate, serial = service.authority.issue(csr_of(fresh.key), "李明", laptop.device, laptop.clock.now())
    with service.store.writing() as connection:
        note_certificate(connection, laptop.device, serial, certificate, laptop.clock.now())
        connection.execute(update(device).where(device.c.id == laptop.device).values(certificate=certificate, serial=serial))
    assert laptop.take(laptop.handed(out)).result.complete
    laptop.keys = replace(laptop.keys, signer=Signer())
    with pytest.raises(UnsignedParcel):
        laptop.handed(laptop.out())


def test_a_damaged_photo_is_left_out_and_everything_else_goes(laptop: CarriedLaptop) -> None:
    photo = laptop.blobs.put(bytes(300_000))
    laptop.save(Attachment(id=laptop.ids.new(), owner_kind="case", owner_id=case_of(laptop).id, digest=photo.digest, size=photo.size))
    path = laptop.folder / "blobs" / photo.digest[:2] / photo.digest
    data = bytearray(path.read_bytes())
    data[200_000] ^= 1
    path.write_bytes(data)
    answer = laptop.carry()
    assert not answer.result.complete
    assert laptop.waiting() == (0, 1), "no receipt for what did not arrive whole"
    assert not laptop.world.service.blobs.state(photo.digest).complete


def test_a_laptop_without_the_key_of_the_centre_says_what_to_do(laptop: CarriedLaptop) -> None:
    laptop.keys = replace(laptop.keys, centre=b"")
    with pytest.raises(NoCourierKey):
        laptop.out()


def test_each_changed_byte_is_refused_at_both_ends_and_nothing_changes(laptop: CarriedLaptop) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    out = laptop.out()
    good = out.read_bytes()
    for place in {*range(160), *range(160, len(good), 7), *range(len(good) - 40, len(good))}:
        out.write_bytes(good[:place] + bytes([good[place] ^ 1 << place % 8]) + good[place + 1 :])
        with pytest.raises(SyncError):
            laptop.handed(out)
    assert at_centre(laptop).cause != "风扇"
    out.write_bytes(good)
    answer = laptop.handed(out)
    before, good = laptop.shown(), answer.read_bytes()
    for place in {*range(160), *range(160, len(good), 29), *range(len(good) - 40, len(good))}:
        answer.write_bytes(good[:place] + bytes([good[place] ^ 1 << place % 8]) + good[place + 1 :])
        with pytest.raises(SyncError):
            laptop.take(answer)
    assert (laptop.waiting(), laptop.shown()) == ((1, 0), before)
    answer.write_bytes(good)
    assert laptop.take(answer).result.complete


def test_an_answer_that_finds_no_room_leaves_nothing_and_can_be_had_again(laptop: CarriedLaptop, monkeypatch: pytest.MonkeyPatch) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    out = laptop.out()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("fieldapp.wire.stick.os.fsync", full)
        with pytest.raises(StickFull):
            laptop.handed(out)
    assert not [each for each in laptop.folder.iterdir() if "back" in each.name]
    assert laptop.take(laptop.handed(out)).result.complete


def test_a_full_database_at_the_centre_is_a_sentence_and_the_same_file_serves_again(
    laptop: CarriedLaptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    out = laptop.out()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("fieldapp.central.service.take_changes", full)
        with pytest.raises(DatabaseTrouble):
            laptop.handed(out)
    assert not [each for each in laptop.folder.iterdir() if "back" in each.name]
    assert laptop.take(laptop.handed(out)).result.complete


def test_a_stopped_round_leaves_no_file(laptop: CarriedLaptop) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    cancel = CancelToken()
    cancel.cancel()
    path = laptop.folder / "stopped-out.courier"
    result = write_out(
        laptop.replica,
        laptop.blobs,
        path,
        laptop.keys,
        clock=laptop.clock,
        randomness=laptop.randomness,
        incarnations=laptop.incarnations,
        cancel=cancel,
    )
    assert not result.bytes_up
    assert not list(laptop.folder.glob("stopped*"))


def test_two_hundred_megabytes_are_carried_in_a_bounded_memory(laptop: CarriedLaptop) -> None:
    size, piece = 50 * 2**20, SeededRandomness(1).bytes(2**20)
    for number in range(4):
        kept = laptop.blobs.put(_Stream(bytes([number]) + piece, size))
        laptop.save(Attachment(id=laptop.ids.new(), owner_kind="case", owner_id=case_of(laptop).id, digest=kept.digest, size=kept.size))
    tracemalloc.start()
    answer = laptop.take(laptop.handed(laptop.out()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert laptop.written.bytes_up > 4 * size
    assert answer.result.blobs_sent == 4
    assert peak < 24 * 2**20, f"{peak / 2**20:.1f} MiB at the peak"


class _Stream(io.BytesIO):
    """So many bytes, made of one piece again and again."""

    def __init__(self, piece: bytes, size: int) -> None:
        super().__init__()
        self.piece, self.left = piece, size

    def read(self, size: int | None = -1) -> bytes:
        """The next ones."""
        count = min(self.left, size if size and size > 0 else self.left, len(self.piece))
        self.left -= count
        return self.piece[:count]
