"""What broke in other programs of this sort, one test each: real replicas on real files against the real central service."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.customers import Person, Site
from fieldapp.domain.documents import Attachment, Conflict
from fieldapp.domain.inspections import Finding, FormInstance
from fieldapp.domain.spares import StockMovement
from fieldapp.replica.connection import key_check, open_engine
from fieldapp.replica.engine import Replica
from fieldapp.replica.refusals import DiskFull
from fieldapp.replica.states import PendingVerdict
from fieldapp.replica.tables import OUTBOX
from fieldapp.sync.refusals import CentreRefused, EmptySnapshot
from fieldapp.sync.round import RoundResult
from fieldapp.wire.protocol import Row, SnapshotHead
from tests.simulation import checks
from tests.simulation.crash import SimulatedCrash, file_operations
from tests.simulation.laptop import KEY, REPLICA, Laptop
from tests.simulation.network import SimulatedPeer
from tests.simulation.plan import Fault
from tests.simulation.run import template
from tests.simulation.template import OLD, SECOND, Template
from tests.simulation.world import World

Save = Callable[..., Any]


@pytest.fixture(scope="module")
def begin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """A closed centre and three laptops that are up to date, to be copied."""
    with template() as fresh:
        folder = tmp_path_factory.mktemp("begin")
        world = World(folder, fresh, 0)
        for laptop in world.laptops:
            finish(world, laptop)
        world.close()
        for number in (SECOND, OLD):
            shutil.copytree(fresh.folder / f"laptop{number}", folder / f"laptop{number}")
        yield replace(fresh, folder=folder)


@pytest.fixture
def world(begin: Template, tmp_path: Path) -> Iterator[World]:
    """A centre, and a laptop of each of three engineers, up to date. Every round checks what must hold."""
    made = World(tmp_path, begin, 1)
    yield made
    made.close()


def finish(world: World, laptop: Laptop) -> RoundResult:
    """Rounds without faults until one is complete."""
    for _ in range(4):
        result = world.round(laptop)
        assert result is not None, world.trace[-3:]
        if result.complete:
            return result
    raise AssertionError("no complete round in four")


def save(laptop: Laptop, *records: Any) -> None:
    """Save records in one transaction."""

    def edit(pen: Any) -> None:
        for each in records:
            pen.save(each)

    laptop.write(edit)


def shown(laptop: Laptop, record_class: type[Any], record: str) -> Any:
    """A record as the laptop shows it; None when it does not."""
    with laptop.replica.reading() as reader:
        return reader.get(record_class, record)


def waiting(laptop: Laptop) -> int:
    """How many Changes are without a receipt, as the screen says it."""
    with laptop.replica.reading() as reader:
        return reader.unreceipted().changes


def verdicts(laptop: Laptop) -> list[PendingVerdict]:
    """What the centre did not simply apply, as the sync page tells it."""
    with laptop.replica.reading() as reader:
        return reader.verdicts()


def outbox(laptop: Laptop) -> list[bytes]:
    """The bytes of all Changes kept, in their order."""
    with laptop.replica.reading() as reader:
        return list(reader.connection.execute(select(OUTBOX.c.data).order_by(OUTBOX.c.incarnation, OUTBOX.c.sequence)).scalars())


def settled(world: World) -> None:
    """All laptops come to rest, and every save that returned is kept where a person sees it."""
    world.settle()


def activity(laptop: Laptop, case: str, text: str) -> CaseActivity:
    """A new entry of a time line."""
    return CaseActivity(id=laptop.ids.new(), case_id=case, site_id=shown(laptop, Case, case).site_id, text=text)


@pytest.mark.parametrize("crossing", [1, 2, 3])
def test_f1_a_reply_lost_after_the_commit_doubles_nothing(world: World, crossing: int) -> None:
    """The server had committed, its answer was lost, and the retry was taken as new: formhub, Survey123, KoboToolbox."""
    mine, case = world.laptops[0], world.template.cases[0]
    source, target = world.template.places
    moved = StockMovement(id=mine.ids.new(), part_id=world.template.part, serial="SN-1", from_id=source, to_id=target)
    save(mine, activity(mine, case, "到达现场"), moved, Case(id=mine.ids.new(), site_id=world.template.sites[0], summary="新"))
    sent = outbox(mine)
    before = len(world.centre.log())
    world.round(mine, (Fault("reply_lost", crossing),))
    finish(world, mine)
    assert outbox(mine) == sent
    assert len(world.centre.log()) == before + 3
    assert [each.text for each in world.centre.desk.find(CaseActivity, case_id=case)].count("到达现场") == 1
    assert len(world.centre.desk.find(StockMovement)) == len(world.centre.desk.find(Case, summary="新")) == 1
    settled(world)


def test_f2_two_who_edit_two_fields_of_one_record_both_keep_theirs(world: World) -> None:
    """The whole row of whoever came last replaced the other's: a scheduler for Anki, and measured on Anki and PouchDB."""
    mine, other, case = world.laptops[0], world.laptops[1], world.template.cases[1]
    save(mine, replace(shown(mine, Case, case), cause="风扇老化"))
    save(other, replace(shown(other, Case, case), solution="更换风扇"))
    world.centre.edit_case(case, "severity", "P1")
    assert finish(world, mine).conflicts == finish(world, other).conflicts == 0
    settled(world)
    for each in (mine, other):
        seen = shown(each, Case, case)
        assert (seen.cause, seen.solution, seen.severity) == ("风扇老化", "更换风扇", "P1")


@pytest.mark.parametrize("hours", [-400 * 24, -1, 1, 30 * 24])
def test_f3_a_wrong_clock_neither_stops_sync_nor_skips_a_row(world: World, hours: int) -> None:
    """Rows ordered by a device's clock were skipped for ever, or sync stood still: Actual, dynos-sync, Community Health Toolkit."""
    mine, other, case = world.laptops[0], world.laptops[1], world.template.cases[1]
    mine.clock.advance(hours=hours)
    save(mine, replace(shown(mine, Case, case), cause="甲"))
    finish(world, mine)
    finish(world, other)
    assert shown(other, Case, case).cause == "甲"
    save(other, replace(shown(other, Case, case), cause="乙"))
    finish(world, other)
    assert finish(world, mine).conflicts == 0
    assert shown(mine, Case, case).cause == "乙"
    settled(world)


def test_f4_the_cursor_is_never_ahead_of_the_data(world: World) -> None:
    """The place was noted before the rows were written, and a crash between the two lost them: PouchDB. Killed at every statement."""
    mine, number, killed = world.laptops[0], 0, 0
    while number == killed:  # until a round comes to its end before it would be killed
        number += 1
        world.centre.edit_case(world.template.cases[0], "cause", f"D{number}")
        world.round(mine, (Fault("kill_laptop", 3 * number),))  # checks that nothing up to the cursor is missing
        killed = world.counts["kill_laptop"]
    assert killed > 8
    finish(world, mine)
    assert shown(mine, Case, world.template.cases[0]).cause == f"D{number}"


def test_f5_a_restored_centre_gets_everything_again(world: World) -> None:
    """The server went back to a backup, and what clients had sent since was never sent again: Community Health Toolkit, ownCloud."""
    mine, other, case = world.laptops[0], world.laptops[1], world.template.cases[1]
    world.backup_centre()
    photo = mine.blobs.put(b"photo" * 9000)
    finding = Finding(id=mine.ids.new(), site_id=world.template.sites[1], description="漏水")
    kept = Attachment(
        id=mine.ids.new(), site_id=finding.site_id, owner_kind="finding", owner_id=finding.id, digest=photo.digest, size=photo.size
    )
    save(mine, replace(shown(mine, Case, case), cause="later"), finding, kept)
    finish(world, mine)
    finish(world, other)
    world.restore_centre()
    assert world.centre.desk.get(Case, case).cause == ""
    assert not world.centre.service.blobs.state(photo.digest).complete
    settled(world)
    assert world.centre.desk.get(Case, case).cause == "later"
    assert world.centre.service.blobs.get(photo.digest) == b"photo" * 9000
    assert shown(other, Finding, finding.id).description == "漏水"


@pytest.mark.parametrize("outside", [True, False], ids=["whole disk", "database alone"])
def test_f6_what_a_restored_laptop_writes_is_sent(world: World, outside: bool) -> None:
    """A database put back used numbers again, and what was written under them was taken for known: Turso, submersion."""
    mine, case = world.laptops[0], world.template.cases[0]
    world.backup_laptop(mine)
    save(mine, activity(mine, case, "before"))
    finish(world, mine)
    world.restore_laptop(mine, with_outside=outside)
    save(mine, activity(mine, case, "after"))
    finish(world, mine)
    assert {"before", "after"} <= {each.text for each in world.centre.desk.find(CaseActivity, case_id=case)}
    settled(world)


def test_f6_two_machines_of_one_identity_lose_and_double_nothing(world: World) -> None:
    """A cloned disk wrote under the same numbers as its twin, and one of both was ignored: Turso, submersion."""
    mine, case = world.laptops[0], world.template.cases[0]
    save(mine, activity(mine, case, "common"))
    world.clone(mine)
    twin = world.laptops[-1]
    save(mine, activity(mine, case, "mine"))
    save(twin, activity(twin, case, "twin"))
    settled(world)
    texts = sorted(each.text for each in world.centre.desk.find(CaseActivity, case_id=case) if each.text)
    assert texts == ["common", "mine", "twin"]


def test_f7_a_request_that_comes_late_breaks_no_chain_and_the_backlog_is_seen(world: World) -> None:
    """Entries that came out of order were put aside where nobody saw them: Open Data Kit Central."""
    mine, case = world.laptops[0], world.template.cases[0]
    save(mine, activity(mine, case, "one"))
    world.round(mine, (Fault("delayed", 1),))
    save(mine, activity(mine, case, "two"))
    assert waiting(mine) == 2
    world.round(mine, (Fault("request_lost", 2),))
    world.deliver_late()
    assert waiting(mine) in (0, 2)
    finish(world, mine)
    assert waiting(mine) == 0
    sequences = [row.sequence for row in world.centre.log() if row.device == mine.device]
    assert sequences == list(range(1, len(sequences) + 1))
    settled(world)


def test_f8_one_entry_that_is_not_taken_neither_blocks_the_others_nor_vanishes(world: World) -> None:
    """One bad row held up the queue behind it, or was dropped although the server said 200: PowerSync."""
    mine, case = world.laptops[0], world.template.cases[0]
    world.centre.desk.note(case, "original")
    finish(world, mine)
    with mine.replica.reading() as reader:
        entry = next(each for each in reader.find(CaseActivity, case_id=case) if each.text == "original")
    save(mine, replace(entry, text="altered"), activity(mine, case, "good"), replace(shown(mine, Case, case), severity="P1", cause="甲"))
    result = finish(world, mine)
    assert (result.receipts, result.rejected) == (3, 2)
    assert [(each.reason, each.values["text"]) for each in verdicts(mine) if each.kind == "case_activity"] == [("never_altered", "altered")]
    assert [(each.reason, each.values["severity"]) for each in verdicts(mine) if each.kind == "case"] == [("centre_decides", "P1")]
    texts = {each.text for each in world.centre.desk.find(CaseActivity, case_id=case)}
    assert {"original", "good"} <= texts
    assert world.centre.desk.get(Case, case).cause == "甲"
    settled(world)


def test_f9_when_a_parent_conflicts_its_children_arrive_all_the_same(world: World) -> None:
    """The parent was refused, and what hung on it was dropped without a word: SQLiteData."""
    mine, other, site = world.laptops[0], world.laptops[1], world.template.sites[1]
    finding = Finding(id=mine.ids.new(), site_id=site, description="一")
    save(mine, finding)
    finish(world, mine)
    finish(world, other)
    save(other, replace(finding, description="theirs"))
    finish(world, other)
    photo = mine.blobs.put(b"evidence")
    child = Attachment(id=mine.ids.new(), site_id=site, owner_kind="finding", owner_id=finding.id, digest=photo.digest, size=photo.size)
    save(mine, replace(finding, description="mine"), child)
    assert finish(world, mine).conflicts == 1
    assert world.centre.desk.get(Attachment, child.id).owner_id == finding.id
    assert world.centre.service.blobs.get(photo.digest) == b"evidence"
    (conflict,) = world.centre.desk.find(Conflict)
    assert (conflict.mine, conflict.theirs) == ('"mine"', '"theirs"')
    settled(world)


def test_f10_an_outbox_that_an_older_version_filled_is_sent_in_the_same_bytes(world: World) -> None:
    """The application was upgraded while work waited, and the new one could not read it: TanStack DB. The outbox is that of 0.1.0."""
    old = world.arrive(OLD)
    assert old is not None
    sent = outbox(old)
    assert len(sent) == waiting(old) == 6
    finish(world, old)
    log = {row.sequence: row for row in world.centre.log() if row.device == old.device}
    assert [log[number].data for number in range(1, 7)] == sent
    assert [log[number].verdict for number in range(1, 7)] == ["applied", "applied", "rejected", "applied", "applied", "applied"]
    assert [each.reason for each in verdicts(old)] == ["centre_only"]
    assert [each.summary for each in world.centre.desk.find(Case, temp_no="TMP-000001")] == ["风扇异响"]
    settled(world)


class _EmptyCentre(SimulatedPeer):
    """Speaks as the centre does, and has nothing."""

    def snapshot_blocks(self) -> Any:
        """No rows at all."""
        head, _ = super().snapshot()
        return SnapshotHead(head.protocol, head.epoch, head.revision, 0), iter(())

    def snapshot(self) -> tuple[SnapshotHead, Iterator[Row]]:
        """No rows at all."""
        head, _ = super().snapshot()
        return SnapshotHead(head.protocol, head.epoch, head.revision, 0), iter(())


def test_f11_a_wrong_or_empty_server_deletes_nothing(world: World, begin: Template, tmp_path: Path) -> None:
    """An empty folder was read as "all was deleted", and everything local went: Joplin."""
    mine, case = world.laptops[0], world.template.cases[0]
    save(mine, activity(mine, case, "unsent"))
    world.centre.service.ask_for_the_whole(mine.device)
    with pytest.raises(EmptySnapshot):
        mine.round(_EmptyCentre(world, mine.device))
    assert shown(mine, Case, case) is not None
    (tmp_path / "elsewhere").mkdir()
    elsewhere = World(tmp_path / "elsewhere", begin, 2)
    with pytest.raises(CentreRefused):  # a centre that never heard of this laptop
        mine.round(SimulatedPeer(elsewhere, "ee" * 16))
    elsewhere.close()
    assert shown(mine, Case, case) is not None
    settled(world)
    assert "unsent" in {each.text for each in world.centre.desk.find(CaseActivity, case_id=case)}


@pytest.mark.parametrize("first", ["update", "delete"])
def test_f12_an_update_that_meets_a_delete_is_kept_in_sight(world: World, first: str) -> None:
    """One side deleted what the other edited, and the edit was gone, or the file could not be merged any more: Geodiff."""
    mine, other, site = world.laptops[0], world.laptops[1], world.template.sites[1]
    finding = Finding(id=mine.ids.new(), site_id=site, description="一")
    save(mine, finding)
    finish(world, mine)
    finish(world, other)
    save(mine, replace(finding, description="important"))
    other.write(lambda pen: pen.delete(Finding, finding.id))
    for each in (mine, other) if first == "update" else (other, mine):
        finish(world, each)
    settled(world)
    (conflict,) = world.centre.desk.find(Conflict)
    if first == "update":  # it was not deleted, and who wanted to is told
        assert world.centre.desk.get(Finding, finding.id).description == "important"
        assert (conflict.engineer_id, conflict.reason) == (other.engineer, "changed_meanwhile")
        assert shown(other, Conflict, conflict.id) is not None
    else:
        assert (conflict.engineer_id, conflict.reason, conflict.mine) == (mine.engineer, "deleted", '"important"')
        assert shown(mine, Conflict, conflict.id) is not None


def test_f13_nothing_is_called_synced_while_something_is_missing(world: World) -> None:
    """The screen said "synced" while photos or records were still on the device: QField, Community Health Toolkit, KoboToolbox."""
    mine, site = world.laptops[0], world.template.sites[0]
    finding = Finding(id=mine.ids.new(), site_id=site, description="一")
    photo = mine.blobs.put(bytes(range(256)) * 4000)
    child = Attachment(id=mine.ids.new(), site_id=site, owner_kind="finding", owner_id=finding.id, digest=photo.digest, size=photo.size)
    save(mine, finding, child)
    for crossing in range(1, 9):  # the Changes have their receipts long before the photo has
        result = world.round(mine, tuple(Fault("request_lost", place) for place in range(crossing, 40)))
        arrived = world.centre.service.blobs.state(photo.digest).complete
        assert result is None or not result.complete or arrived
        with mine.replica.reading() as reader:
            assert arrived or reader.unreceipted().blobs == 1
            assert reader.rounds()[0].outcome != "complete" or arrived
    where = next(path for path in (mine.disk.folder / "blobs").rglob(photo.digest))
    finish(world, mine)
    where.unlink()
    save(mine, replace(child, id=mine.ids.new()))
    settled(world)


def test_f13_a_photo_that_is_gone_is_not_called_synced(world: World) -> None:
    """The bytes of a photo had vanished from the device, and the record that names them counted as all there is: QField."""
    mine, site = world.laptops[0], world.template.sites[0]
    photo = mine.blobs.put(b"gone before it was sent")
    save(mine, Attachment(id=mine.ids.new(), site_id=site, owner_kind="case", owner_id="", digest=photo.digest, size=photo.size))
    next((mine.disk.folder / "blobs").rglob(photo.digest)).unlink()
    result = world.round(mine)
    assert result is not None
    assert (result.receipts, result.missing, result.complete) == (1, 1, False)


@pytest.mark.parametrize("end", ["laptop", "centre"])
def test_f14_a_disk_that_fills_up_in_the_middle_leaves_nothing_by_half(world: World, end: str) -> None:
    """A full disk left empty files, which then replaced the good ones on the server: Mergin Maps, Expensify."""
    mine, site = world.laptops[0], world.template.sites[0]
    photo = mine.blobs.put(b"photo" * 30_000)
    finding = Finding(id=mine.ids.new(), site_id=site, description="一")
    child = Attachment(id=mine.ids.new(), site_id=site, owner_kind="finding", owner_id=finding.id, digest=photo.digest, size=photo.size)
    save(mine, finding, child)
    number = 0
    while world.counts[f"full_{end}"] == number:
        number += 1
        world.round(mine, (Fault(f"full_{end}", 4 * number),))
        state = world.centre.service.blobs.state(photo.digest)
        assert state.offset in (0, 150_000)
    assert number > 4
    settled(world)
    assert world.centre.service.blobs.get(photo.digest) == b"photo" * 30_000


def test_f14_a_photo_taken_on_a_full_disk_is_not_there_by_half(world: World) -> None:
    """The picture was written as an empty file, and its record went on as if it were whole: Mergin Maps."""
    mine = world.laptops[0]
    for step in (1, 2, 3):
        mine.disk.arm("full", step)
        with file_operations(lambda: mine.disk), pytest.raises(DiskFull):
            mine.blobs.put(b"photo" * 30_000)
        mine.disk.disarm()
        if step == 1:
            assert [path for path in (mine.disk.folder / "blobs").rglob("*") if path.is_file()] == []
    assert waiting(mine) == 0


def test_f15_nothing_is_shown_that_no_change_speaks_of(world: World) -> None:
    """Records were there and the log of changes was empty, so they were never sent: QField. Killed at every statement of a save."""
    mine, case = world.laptops[0], world.template.cases[0]
    number = 0
    while True:
        number += 1
        before, held = waiting(mine), shown(mine, Case, case)
        mine.disk.arm("kill", number)
        try:
            save(mine, replace(held, cause=f"k{number}"), activity(mine, case, f"k{number}"))
        except SimulatedCrash:
            mine.revive()
            assert (waiting(mine), shown(mine, Case, case)) == (before, held)
            checks.laptop(world, mine)
            continue
        mine.disk.disarm()
        break
    assert number > 8
    assert waiting(mine) == 2
    assert shown(mine, Case, case).cause == f"k{number}"
    settled(world)


def test_f16_unsent_work_neither_expires_nor_goes_with_a_reset(world: World) -> None:
    """A cache expired, or a reset wiped it, and unsent work went along: ServiceNow, ODK Collect. Here it waits for over a year, the
    case goes to somebody else, and the centre wants the whole taken again.
    """
    mine, case = world.laptops[0], world.template.cases[0]
    save(mine, replace(shown(mine, Case, case), cause="unsent"), activity(mine, case, "unsent"))
    world.pass_time(days=400)
    other = next(each for each in world.centre.desk.find(Person) if each.id == world.laptops[2].engineer)
    world.centre.desk.assign(case, other.id)
    world.centre.service.ask_for_the_whole(mine.device)
    mine.close()
    mine.open()
    assert waiting(mine) == 2
    finish(world, mine)
    assert shown(mine, Case, case) is None  # it left the scope, after it was sent
    assert world.centre.desk.get(Case, case).cause == "unsent"
    settled(world)
    assert shown(world.laptops[2], Case, case).cause == "unsent"


def test_f17_a_conflict_is_one_question_with_both_values_and_ends_on_both_sides(world: World) -> None:
    """Conflicts left copies of files that nobody could tell apart: Mergin Maps."""
    mine, other, case = world.laptops[0], world.laptops[1], world.template.cases[1]
    save(mine, replace(shown(mine, Case, case), description="甲"))
    save(other, replace(shown(other, Case, case), description="乙"))
    finish(world, mine)
    finish(world, other)
    save(other, replace(shown(other, Case, case), description="丙"))  # a second edit, made without knowing of the conflict
    finish(world, other)
    finish(world, mine)
    (conflict,) = world.centre.desk.find(Conflict)
    assert (conflict.kind, conflict.record_id, conflict.field, conflict.reason) == ("case", case, "description", "both_edited")
    assert (conflict.theirs, conflict.mine_by, conflict.theirs_by) == ('"甲"', other.engineer, mine.engineer)
    assert conflict.mine in ('"乙"', '"丙"')
    assert len(world.centre.desk.find(Case)) == len(world.template.cases)
    with other.replica.reading() as reader:
        (open_one,) = reader.find(Conflict, state="open")
    save(other, replace(shown(other, Case, case), description="both"), replace(open_one, state="settled", settled_with="other"))
    settled(world)
    assert world.centre.desk.find(Conflict, state="open") == []
    assert {shown(each, Case, case).description for each in (mine, other)} == {"both"}


def test_f18_another_key_of_the_replica_changes_nothing_that_is_synced(world: World) -> None:
    """Turning encryption on or off rewrote every note and put each of them in conflict: Joplin."""
    mine, case, other_key = world.laptops[0], world.template.cases[0], bytes(range(1, 33))
    save(mine, activity(mine, case, "unsent"))
    sent = outbox(mine)
    mine.close()
    path = mine.disk.folder / REPLICA
    engine = open_engine(path, KEY)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.rollback()
        for word in ("wal_checkpoint(TRUNCATE)", "journal_mode = DELETE", f"rekey = \"x'{other_key.hex()}'\""):
            driver.execute(f"PRAGMA {word}")
    engine.dispose()
    path.with_name(path.name + ".check").write_text(key_check(other_key), encoding="ascii")
    mine.replica = Replica.open(path, other_key, clock=mine.clock, ids=mine.ids)
    before = world.centre.state()
    assert outbox(mine) == sent
    result = mine.round(SimulatedPeer(world, mine.device))
    assert (result.complete, result.pushed, result.conflicts, result.rejected) == (True, 1, 0, 0)
    assert world.centre.state()[1] == before[1] + 1
    assert mine.round(SimulatedPeer(world, mine.device)).pulled == 0


def test_a_second_laptop_of_one_engineer_shows_the_same_and_doubles_nothing(world: World) -> None:
    """The same person at two devices got everything twice, or only half of it."""
    mine, case = world.laptops[0], world.template.cases[0]
    second = world.arrive(SECOND)
    assert second is not None
    finish(world, second)
    save(mine, activity(mine, case, "at the desk"))
    save(second, activity(second, case, "in the machine room"))
    settled(world)
    for each in (mine, second):
        with each.replica.reading() as reader:
            texts = [entry.text for entry in reader.find(CaseActivity, case_id=case) if entry.text]
            assert sorted(texts) == ["at the desk", "in the machine room"]
            assert {site.id for site in reader.find(Site)} == {site.id for site in _sites(mine)}
    assert len(world.centre.desk.find(FormInstance)) == len(world.template.forms)


def _sites(laptop: Laptop) -> list[Site]:
    with laptop.replica.reading() as reader:
        return reader.find(Site)
