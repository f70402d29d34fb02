"""The safety copy on another disk, and a lost laptop whose work the next one takes over."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp.base.errors import FieldappError
from fieldapp.base.settings import load_settings
from fieldapp.central.courier import answer_name, take_parcel
from fieldapp.central.rounds.horizon import note_backup
from fieldapp.central.rounds.numbers import void_numbers
from fieldapp.central.store.tables import device
from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Attachment, Conflict, NumberBlock
from fieldapp.operations.laptop.courier import courier_in, courier_out
from fieldapp.operations.laptop.enrolment import unlock
from fieldapp.operations.laptop.journal import (
    Journal,
    JournalKeeper,
    JournalPlace,
    NoCentreKey,
    end_journal,
    journal_view,
    keep_journal,
    take_in,
    write_journal,
)
from fieldapp.operations.laptop.line import look_after
from fieldapp.operations.laptop.synchronise import sync_view
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Unwatched
from fieldapp.replica.refusals import DiskFull
from fieldapp.replica.tables import OUTBOX
from fieldapp.sync.refusals import CentreRefused, DeviceRevoked
from fieldapp.vault.journal import BadJournal, JournalFiles, found_journals
from tests.operations.firm import Firm

WORDS = "三号机房电源模块异响"


@pytest.fixture
def firm(firm: Firm) -> Firm:
    """The firm, with a case of 李明."""
    firm.world.case_at_bank(firm.world.li)
    return firm


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def keeper_of(session: FieldSession) -> JournalKeeper:
    """A keeper that is asked by hand."""
    return JournalKeeper(session)


def work(session: FieldSession, words: str = WORDS) -> Case:
    """Half an hour of work: a case, a number on paper, a photo."""
    blob = session.blobs.put(f"photo of {words}".encode())
    with session.writing() as writer:
        case = writer.save(Case(id=session.ids.new(), temp_no=writer.next_number("TMP"), summary=words, owner_id=session.engineer))
        photo = Attachment(id=session.ids.new(), owner_kind="case", owner_id=case.id, purpose="photo", digest=blob.digest, size=blob.size)
        writer.save(photo)
    return case


def at_centre(firm: Firm, words: str = WORDS) -> list[Case]:
    return [case for case in firm.world.desk.find(Case) if case.summary == words]


def everything_on(folder: Path) -> bytes:
    """All names and bytes of a stick."""
    return b"".join(str(path).encode() + (path.read_bytes() if path.is_file() else b"") for path in sorted(folder.rglob("*")))


def test_a_found_stick_tells_nothing(firm: Firm, stick: Path) -> None:
    session = firm.laptop("old")
    keep_journal(session, stick)
    case = work(session)
    assert keeper_of(session).catch_up()
    with session.reading() as reader:
        digest = reader.find(Attachment)[0].digest
    seen = everything_on(stick)
    secrets = (WORDS.encode(), b"photo of", case.id.encode(), digest.encode(), session.engineer.encode(), bytes.fromhex(case.id), b"TMP-")
    assert [secret for secret in secrets if secret in seen] == []
    assert session.replica.device.encode() not in seen
    assert journal_view(session).state == "current"


def test_the_copy_grows_with_each_save_and_shrinks_with_the_receipts(firm: Firm, stick: Path) -> None:
    session = firm.laptop("old")
    keep_journal(session, stick)
    keeper = keeper_of(session)
    sizes = []
    for number in range(5):
        work(session, f"{WORDS} {number}")
        assert keeper.catch_up()
        sizes.append(len(everything_on(stick)))
    assert sizes == sorted(set(sizes))
    assert "20" in journal_view(session).words.read("zh")
    assert firm.sync(session).complete
    assert keeper.catch_up()
    assert len(everything_on(stick)) < sizes[0]
    assert "全部内容都已在服务端" in journal_view(session).words.read("zh")
    files = Journal(session, stick).files
    assert files.read() == ([], True)


def test_a_stick_that_goes_and_comes_back_catches_up_and_the_person_is_told(firm: Firm, stick: Path) -> None:
    session = firm.laptop("old")
    keep_journal(session, stick)
    keeper = keeper_of(session)
    work(session, "one")
    keeper.catch_up()
    away = stick.with_name("away")
    stick.rename(away)
    stick.mkdir()  # the place where it was mounted is still there
    work(session, "two")
    assert not keeper.catch_up()
    view = journal_view(session)
    assert (view.state, list(stick.iterdir())) == ("away", [])
    assert "无法访问" in view.words.read("zh")
    stick.rmdir()
    away.rename(stick)
    assert journal_view(session).state == "behind"
    assert keeper.catch_up()
    assert journal_view(session).state == "current"


@pytest.mark.parametrize("cut", [1, 3, 40, 200])
def test_a_stick_pulled_out_in_the_middle_of_writing_is_mended(firm: Firm, stick: Path, cut: int) -> None:
    session = firm.laptop("old")
    keep_journal(session, stick)
    keeper = keeper_of(session)
    for number in range(3):
        work(session, f"{number}")
        keeper.catch_up()
    log = Journal(session, stick).files.folder / "log"
    log.write_bytes(log.read_bytes()[:-cut])
    assert journal_view(session).state == "behind"
    assert keeper_of(session).catch_up()
    assert journal_view(session).state == "current"


def test_a_byte_that_was_changed_ends_the_copy_there_and_it_is_written_anew(firm: Firm, stick: Path) -> None:
    session = firm.laptop("old")
    keep_journal(session, stick)
    work(session)
    keeper_of(session).catch_up()
    log = Journal(session, stick).files.folder / "log"
    whole = log.read_bytes()
    for place in range(0, len(whole), 37):
        log.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert journal_view(session).state == "behind"
    assert keeper_of(session).catch_up()
    assert journal_view(session).state == "current"


def test_the_copy_is_kept_by_its_own_thread_and_whole_when_the_laptop_is_locked_up(firm: Firm, stick: Path) -> None:
    firm.threads = True
    session = firm.laptop("old")
    keep_journal(session, stick)
    work(session)
    files = JournalFiles.of(stick, session.vault.journal_key, session.randomness)
    session.close()
    assert len(files.read()[0]) == 4  # case, number, attachment, photo


def test_a_full_stick_takes_nothing_from_the_work(firm: Firm, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = firm.laptop("old")
    keep_journal(session, stick)

    def full(*_: object, **__: object) -> None:
        raise DiskFull

    with monkeypatch.context() as patch:
        patch.setattr("fieldapp.operations.laptop.journal.BlobStore.copy_from", full)
        case = work(session)
        assert not keeper_of(session).catch_up()
        assert journal_view(session).state == "behind"
    with session.reading() as reader:
        assert reader.need(Case, case.id).summary == WORDS
    assert keeper_of(session).catch_up()
    assert journal_view(session).state == "current"


@pytest.mark.parametrize("begins", [keep_journal, write_journal])
def test_a_stick_too_full_for_a_copy_keeps_nothing_of_it(
    firm: Firm, stick: Path, monkeypatch: pytest.MonkeyPatch, begins: Callable[[FieldSession, Path], object]
) -> None:
    session = firm.laptop("old")
    work(session)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(JournalFiles, "rewrite", full)
        with pytest.raises(JournalPlace):
            begins(session, stick)
    assert list(stick.iterdir()) == []
    begins(session, stick)
    written = everything_on(stick)
    monkeypatch.setattr(JournalFiles, "append", full)
    work(session, "more")
    with pytest.raises(JournalPlace):
        begins(session, stick)
    assert len(everything_on(stick)) > len(written), "a copy that was there stays, with the photo that found room"


def test_a_folder_that_cannot_hold_the_copy_is_refused_with_the_reason(firm: Firm, stick: Path, tmp_path: Path) -> None:
    session = firm.laptop("old")
    inside = session.places.data / "copy"
    inside.mkdir()
    (tmp_path / "file").write_bytes(b"")
    for folder in (inside, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(JournalPlace) as refused:
            keep_journal(session, folder)
        assert str(folder) in refused.value.read("zh")
    assert load_settings(session.places).journal_folder == ""
    assert journal_view(session).state == "off"
    keep_journal(session, stick)
    assert end_journal(session).state == "off"
    assert not keeper_of(session).catch_up()


def test_a_disk_that_takes_no_letter_is_refused_with_what_it_said(firm: Firm, stick: Path) -> None:
    session = firm.laptop("old")
    files = JournalFiles.of(stick, session.vault.journal_key, session.randomness)
    (files.folder / "letter.new").mkdir(parents=True)  # nothing can be written there
    with pytest.raises(JournalPlace) as refused:
        keep_journal(session, stick)
    assert "VaultNotWritten" not in refused.value.read("zh")
    assert load_settings(session.places).journal_folder == ""


def test_without_the_centre_s_key_the_copy_waits_for_a_sync(firm: Firm, stick: Path) -> None:
    session = firm.laptop("old")
    session.vault._device.alter(identity={**session.vault._device.values()["identity"], "courier_key": ""})  # type: ignore[dict-item]
    with pytest.raises(NoCentreKey):
        keep_journal(session, stick)
    assert list(stick.iterdir()) == []


def test_the_next_laptop_takes_over_what_the_lost_one_had_not_sent(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost)
    keeper_of(lost).catch_up()
    lost.close()
    new = firm.laptop("new")
    taken = take_in(new, stick, firm.line(new))
    assert (taken.changes, taken.blobs, taken.missing) == (3, 1, 0)
    assert "3" in taken.words.read("zh")
    with new.reading() as reader:
        assert reader.unreceipted().changes == 3
    assert firm.sync(new).complete
    (case,) = at_centre(firm)
    with new.reading() as reader:
        assert reader.need(Case, case.id).temp_no == case.temp_no != ""
        (photo,) = reader.find(Attachment, owner_id=case.id)
        assert reader.unreceipted().changes == reader.unreceipted().blobs == 0
    assert firm.world.service.blobs.state(photo.digest).complete
    assert new.blobs.get(photo.digest) == f"photo of {WORDS}".encode()


def test_a_damaged_photo_in_the_copy_is_told_and_keeps_nothing_else_back(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost)
    keeper_of(lost).catch_up()
    lost.close()
    (photo,) = stick.glob("fieldapp-journal/*/blobs/??/*")
    photo.write_bytes(photo.read_bytes()[:-1] + b"\0")
    new = firm.laptop("new")
    taken = take_in(new, stick, firm.line(new))
    assert (taken.changes, taken.blobs, taken.missing) == (3, 0, 1)
    assert "1 个文件已损坏或缺失" in taken.words.read("zh")
    assert len(taken.devices) == 1
    firm.sync(new)
    assert len(at_centre(firm)) == 1


@pytest.mark.parametrize(("kept", "changes"), [(-1, 2), (0, 0), (None, 0)], ids=["cut", "empty", "gone"])
def test_a_copy_that_is_cut_or_was_never_finished_is_not_called_whole(firm: Firm, stick: Path, kept: int | None, changes: int) -> None:
    lost = firm.laptop("old")
    with lost.writing() as writer:
        writer.save(Case(id=lost.ids.new(), summary=WORDS))
    with lost.writing() as writer:
        writer.save(Case(id=lost.ids.new(), summary=WORDS))
    with lost.writing() as writer:
        writer.save(Case(id=lost.ids.new(), summary=WORDS))
    write_journal(lost, stick)
    lost.close()
    (log,) = stick.glob("fieldapp-journal/*/log")
    whole = log.read_bytes()
    if kept is None:
        log.unlink()
    else:
        log.write_bytes(whole[:kept])
    new = firm.laptop("new")
    taken = take_in(new, stick, firm.line(new))
    assert (taken.changes, taken.whole, taken.complete) == (changes, False, False)
    assert "可能缺少工作内容" in taken.words.read("zh")
    assert "本机都已有" not in taken.words.read("zh")
    log.write_bytes(whole)
    again = take_in(new, stick, firm.line(new))
    assert (again.changes, again.complete) == (3 - changes, True)
    assert "缺少" not in again.words.read("zh")


def test_the_copy_s_folder_is_found_from_wherever_the_program_is_started(
    firm: Firm, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = firm.laptop("old")
    monkeypatch.chdir(stick.parent)
    keep_journal(session, Path(stick.name))
    assert load_settings(session.places).journal_folder == str(stick)
    monkeypatch.chdir(tmp_path.parent)
    assert journal_view(session).state == "current"


def test_what_is_saved_while_the_copy_is_being_closed_is_in_it(firm: Firm, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firm.threads = True
    session = firm.laptop("old")
    keep_journal(session, stick)
    catch_up, closing = Journal.catch_up, threading.Event()

    def slow(journal: Journal) -> int:
        written = catch_up(journal)
        if closing.is_set():
            closing.clear()
            work(session)  # after the look at what waits, before the end was asked for
            keeper._ends.set()
            keeper._wake.set()
        return written

    monkeypatch.setattr(Journal, "catch_up", slow)
    (keeper,) = (owner for each in session._closers if isinstance(owner := getattr(each, "__self__", None), JournalKeeper))
    closing.set()
    work(session, "first")
    keeper._thread.join(20)
    assert journal_view(session).state == "current"


def test_what_the_lost_laptop_had_sent_is_not_doubled_and_taking_in_twice_changes_nothing(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost, "sent")
    keeper_of(lost).catch_up()
    before = stick.with_name("before")
    shutil.copytree(stick, before)
    assert firm.sync(lost).complete  # the stick was not there: it still holds what was sent
    work(lost, "not sent")
    write_journal(lost, stick)
    lost.close()
    new = firm.laptop("new")
    for folder in (before, stick, before, stick):
        take_in(new, folder, firm.line(new))
        assert firm.sync(new).complete
        assert firm.sync(new).complete
    assert [len(at_centre(firm, words)) for words in ("sent", "not sent")] == [1, 1]
    assert firm.world.desk.find(Conflict) == []
    assert take_in(new, stick, firm.line(new)).changes == 0


def test_a_reply_lost_while_taking_over_doubles_nothing(firm: Firm, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    for number in range(4):
        work(lost, f"{WORDS} {number}")
    keeper_of(lost).catch_up()
    lost.close()
    new = firm.laptop("new")
    take_in(new, stick, firm.line(new))
    service = firm.world.service
    answer = service.exchange

    def lose(device: str, request: object) -> object:
        answer(device, request)  # type: ignore[arg-type]
        raise CentreRefused(number="HTTP 500", reason="")

    with monkeypatch.context() as patch:
        patch.setattr(service, "exchange", lose)
        with pytest.raises(CentreRefused):
            firm.sync(new)
    assert firm.sync(new).complete
    assert [len(at_centre(firm, f"{WORDS} {number}")) for number in range(4)] == [1, 1, 1, 1]


def test_a_lost_laptop_that_turns_up_again_is_refused_and_its_work_is_taken_over_the_same_way(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost, "on the stick")
    keeper_of(lost).catch_up()
    end_journal(lost)
    new = firm.laptop("new")
    take_in(new, stick, firm.line(new))
    assert firm.sync(new).complete
    work(lost, "found under the seat")
    with pytest.raises(DeviceRevoked) as refused:
        firm.sync(lost)
    assert "停用" in refused.value.read("zh") or "服务台" in refused.value.read("zh")
    assert "8 项" in write_journal(lost, stick).read("zh")
    take_in(new, stick, firm.line(new))
    assert firm.sync(new).complete
    assert [len(at_centre(firm, words)) for words in ("on the stick", "found under the seat")] == [1, 1]


def test_the_copy_of_another_engineer_opens_to_nobody_else(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost)
    keeper_of(lost).catch_up()
    wang = firm.laptop("wang", firm.world.wang.id)
    with pytest.raises(CentreRefused, match="FA-609"):
        take_in(wang, stick, firm.line(wang))
    assert firm.world.service.device(lost.replica.device).state == "active"
    assert firm.sync(lost).complete


def test_a_folder_without_a_copy_and_a_broken_letter_are_told(firm: Firm, stick: Path) -> None:
    new = firm.laptop("new")
    with pytest.raises(BadJournal):
        take_in(new, stick, firm.line(new))
    keep_journal(new, stick)
    with pytest.raises(BadJournal):  # its own copy is nothing to take over
        take_in(new, stick, firm.line(new))
    lost = firm.laptop("old")
    write_journal(lost, stick)
    letter = JournalFiles.of(stick, lost.vault.journal_key, lost.randomness).folder / "letter"
    letter.write_bytes(letter.read_bytes()[:-1] + b"\0")
    with pytest.raises(CentreRefused, match="FA-609"):
        take_in(new, stick, firm.line(new))


def test_unused_numbers_of_the_lost_laptop_are_void_and_those_on_paper_are_not(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    with lost.reading() as reader:
        block = reader.find(NumberBlock, series="TMP", device=lost.replica.device)[0]
    keep_journal(lost, stick)
    cases = [work(lost, f"{number}") for number in range(3)]
    keeper_of(lost).catch_up()
    new = firm.laptop("new")
    take_in(new, stick, firm.line(new))
    assert firm.sync(new).complete
    with firm.world.service.store.reading() as connection:
        void = void_numbers(connection, lost.replica.device)
        assert void_numbers(connection, new.replica.device) == []
    first = f"{block.prefix}{block.first + 3:0{block.width}d}"
    assert [(each.first, each.last) for each in void if "TMP" in each.first] == [(first, f"{block.prefix}{block.last:0{block.width}d}")]
    assert len(void) == 4
    assert cases[-1].temp_no < first


def test_a_stick_that_was_away_until_its_changes_were_pruned_is_not_taken_for_another_laptop_s(firm: Firm, stick: Path) -> None:
    session, away = firm.laptop("old"), stick.with_name("drawer")
    keep_journal(session, stick)
    keeper = keeper_of(session)
    work(session)
    assert keeper.catch_up()
    work(session, "second")
    assert keeper.catch_up()
    stick.rename(away)
    assert firm.sync(session).complete
    for words in ("third", "fourth"):  # the last Change with a receipt is never pruned
        with firm.world.service.store.writing() as connection:
            note_backup(connection, firm.world.clock.now())
        firm.world.clock.advance(days=31)
        work(session, words)
        assert firm.sync(session).complete
        look_after(session, firm.line(session), moved=True)
    with session.reading() as reader:
        assert int(reader.connection.execute(sa.select(sa.func.min(OUTBOX.c.sequence))).scalar_one()) > 4, (
            "what is on the stick is gone here"
        )
    away.rename(stick)
    work(session, "after the drawer")
    assert keeper_of(session).catch_up()
    assert len(found_journals(stick)) == 1
    assert (journal_view(session).state, journal_view(session).waiting) == ("current", 0)


def test_what_another_life_wrote_behind_what_is_known_is_put_aside(firm: Firm, stick: Path) -> None:
    session = firm.laptop("old")
    keep_journal(session, stick)
    work(session)
    keeper_of(session).catch_up()
    session.close()
    image = stick.with_name("image")
    shutil.copytree(session.places.data, image)
    means = firm.means("old")
    session = unlock(means, pin="2468", passphrase="correct horse")
    firm.sessions.append(session)
    work(session, "after the image")
    keeper_of(session).catch_up()  # into the same log, behind what the image knows
    session.close()
    shutil.rmtree(session.places.data)
    shutil.copytree(image, session.places.data)
    again = unlock(means, pin="2468", passphrase="correct horse")
    firm.sessions.append(again)
    assert keeper_of(again).catch_up()
    assert len(found_journals(stick)) == 2
    assert take_in(again, stick, firm.line(again)).changes == 6  # those of the image, too; the centre takes them once
    for _ in range(2):
        result = firm.sync(again)
    assert result.complete
    assert [len(at_centre(firm, words)) for words in (WORDS, "after the image")] == [1, 1]


def test_what_a_replica_never_knew_is_put_aside_and_can_be_taken_in(firm: Firm, stick: Path) -> None:
    """The data file was replaced under the same identity: its copy holds what nobody else has."""
    session = firm.laptop("old")
    image = stick.with_name("image")
    session.close()
    shutil.copytree(session.places.data, image)
    means = firm.means("old")
    session = unlock(means, pin="2468", passphrase="correct horse")
    firm.sessions.append(session)
    keep_journal(session, stick)
    work(session, "after the image")
    keeper_of(session).catch_up()
    session.close()
    shutil.rmtree(session.places.data)
    shutil.copytree(image, session.places.data)
    again = unlock(means, pin="2468", passphrase="correct horse")
    firm.sessions.append(again)
    keep_journal(again, stick)
    assert len(found_journals(stick)) == 2
    work(again, "with the old image")
    taken = take_in(again, stick, firm.line(again))
    assert taken.changes == 3
    assert firm.world.service.device(again.replica.device).state == "active"
    for _ in range(2):
        result = firm.sync(again)
    assert result.complete
    assert [len(at_centre(firm, words)) for words in ("after the image", "with the old image")] == [1, 1]


def test_a_centre_put_back_gets_what_was_taken_over_again(firm: Firm, stick: Path, tmp_path: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost)
    keeper_of(lost).catch_up()
    new = firm.laptop("new")
    line = firm.line(new)
    firm.world.service.revoke(lost.replica.device)
    firm.world.service.close()
    backup = tmp_path / "backup"
    shutil.copytree(firm.world.service.settings.folder, backup)
    firm.world = firm.world.reopened()
    take_in(new, stick, line)
    assert firm.sync(new).complete
    assert len(at_centre(firm)) == 1
    firm.world.service.close()
    shutil.rmtree(firm.world.service.settings.folder)
    shutil.copytree(backup, firm.world.service.settings.folder)
    firm.world = firm.world.reopened()
    firm.world.service.begin_epoch()
    assert at_centre(firm) == []
    firm.sync(new)
    assert firm.sync(new).complete
    assert len(at_centre(firm)) == 1


def carried(firm: Firm, session: FieldSession, folder: Path) -> tuple[Path, Path]:
    """A courier's file of a laptop and the centre's answer to it."""
    firm.world.clock.advance(minutes=1)
    out = courier_out(session, folder, Unwatched()).path
    return out, take_parcel(firm.world.service, out, answer_name(out)).answer


def test_what_was_taken_over_travels_by_courier_too(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost)
    keeper_of(lost).catch_up()
    new = firm.laptop("new")
    take_in(new, stick, firm.line(new))
    _, answer = carried(firm, new, stick)
    assert len(at_centre(firm)) == 1
    view = courier_in(new, answer, Unwatched())
    assert (view.complete, journal_view(new).waiting) == (True, 0)
    with new.reading() as reader:
        assert reader.unreceipted().changes == 0
        assert [case.summary for case in reader.find(Case, summary=WORDS)] == [WORDS]
    assert "Nothing in this file is new" in courier_in(new, answer, Unwatched()).words.read("en")
    assert firm.sync(new).complete
    assert len(at_centre(firm)) == 1


def test_an_answer_by_courier_after_the_centre_was_put_back_gives_no_receipt_for_what_it_lost(
    firm: Firm, stick: Path, tmp_path: Path
) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost)
    keeper_of(lost).catch_up()
    new = firm.laptop("new")
    take_in(new, stick, firm.line(new))
    backup = tmp_path / "backup"
    firm.world.service.close()
    shutil.copytree(firm.world.service.settings.folder, backup)
    firm.world = firm.world.reopened()
    _, answer = carried(firm, new, stick)
    firm.world.service.close()
    shutil.rmtree(firm.world.service.settings.folder)
    shutil.copytree(backup, firm.world.service.settings.folder)
    firm.world = firm.world.reopened()
    firm.world.service.begin_epoch()
    assert courier_in(new, answer, Unwatched()).complete, "nobody can know yet"
    for _ in range(2):
        result = firm.sync(new)
    assert result.complete
    assert len(at_centre(firm)) == 1, "the first round over the network learns of it and sends all again"


def test_a_centre_that_lets_the_lost_laptop_in_again_leaves_what_was_taken_over_waiting(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    work(lost)
    keeper_of(lost).catch_up()
    new = firm.laptop("new")
    take_in(new, stick, firm.line(new))
    with firm.world.service.store.writing() as connection:
        connection.execute(sa.update(device).where(device.c.id == lost.replica.device).values(state="active"))
    with pytest.raises(FieldappError):
        firm.sync(new)
    view = sync_view(new)
    assert view.agreed_at == firm.world.clock.now(), "every record of this laptop agreed all the same"
    assert view.waits is not None
    _, answer = carried(firm, new, stick)
    assert not courier_in(new, answer, Unwatched()).complete
    with new.reading() as reader:
        assert reader.unreceipted().changes == 3


def test_a_rejected_change_of_the_lost_laptop_is_told_on_the_new_one(firm: Firm, stick: Path) -> None:
    lost = firm.laptop("old")
    keep_journal(lost, stick)
    with lost.reading() as reader:
        case = next(each for each in reader.find(Case) if each.owner_id == lost.engineer)
    with lost.writing() as writer:
        writer.save(replace(case, severity="P4"))  # the dispatcher's
    keeper_of(lost).catch_up()
    new = firm.laptop("new")
    take_in(new, stick, firm.line(new))
    assert firm.sync(new).complete
    with new.reading() as reader:
        assert [(each.verdict, each.fields) for each in reader.verdicts()] == [("rejected", ("severity",))]
        assert reader.need(Case, case.id).severity == case.severity
