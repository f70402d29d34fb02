"""What people do in a simulated world, one method for each step of a plan."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from fieldapp.central.lost import care_for
from fieldapp.central.refusals import UnknownThing
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.customers import Person, Site
from fieldapp.domain.documents import Attachment, Conflict, ServiceReport
from fieldapp.domain.inspections import Finding, FormInstance
from fieldapp.domain.records import KINDS, from_plain, to_plain
from fieldapp.domain.spares import StockMovement
from fieldapp.replica.keeping.upkeep import note_care, prune
from fieldapp.replica.refusals import DiskFull, NoNumbersLeft
from fieldapp.replica.rows import load
from fieldapp.replica.tables import OUTBOX
from fieldapp.wire.care import CareRequest
from fieldapp.wire.changes import change_from_bytes
from fieldapp.wire.protocol import PROTOCOL
from tests.simulation.checks import Violation
from tests.simulation.crash import SimulatedCrash
from tests.simulation.laptop import Laptop, Pen
from tests.simulation.plan import Step, faults_of
from tests.simulation.template import OLD, SECOND
from tests.simulation.world import World

__all__ = ["take"]

_TEXTS = ("description", "caller_phone", "cause", "solution")


def take(world: World, step: Step) -> None:
    """Take one step; one that is not possible in this world does nothing."""
    laptop = world.laptops[step.who % len(world.laptops)]
    dice = random.Random(step.dice)
    world.pass_time(minutes=dice.randint(1, 90))
    world.tell(f"{step.what} {laptop.name}")
    actor = _Desk(world, dice) if step.what.startswith("desk_") else _Person(world, laptop, dice)
    getattr(actor, step.what)()


class _Actor:
    def __init__(self, world: World, dice: random.Random) -> None:
        self.world = world
        self.dice = dice

    def token(self, sign: str) -> str:
        """A value that nobody wrote before."""
        return f"{sign}{self.world.ledger.number()}"


class _Writer(_Actor):
    """An engineer who writes on a laptop."""

    def __init__(self, world: World, laptop: Laptop, dice: random.Random) -> None:
        super().__init__(world, dice)
        self.laptop = laptop

    def _one(self, record_class: type[Any], **equals: Any) -> Any:
        with self.laptop.replica.reading() as reader:
            found = reader.find(record_class, **equals)
        return self.dice.choice(found) if found else None

    def _write(self, edit: Callable[[Pen], None]) -> None:
        pen = self.laptop.write(edit)
        for each in pen.entries:
            signed = each.field.endswith(("digest", "size"))  # a signature is never the same twice
            self.world.tell(f"  {each.kind} {each.record} {each.field}: {'…' if signed else f'{each.seen!r} -> {each.value!r}'}")
        for number in pen.numbers:
            self._drawn(number, pen.entries[-1].number)

    def _drawn(self, number: str, entry: int) -> None:
        """3: no number is given out twice, unless a disk that was put back cannot know it yet, or two machines share one identity.

        What was printed and lost with the disk counts as well once the centre noticed that the disk was put back.
        """
        before = self.world.drawn.get(number)
        self.world.drawn[number] = entry
        excused = self.laptop.unsure_of_numbers or self.laptop.cloned
        known = before is not None and (before in self.world.ledger.entries or self.laptop.forked)
        if known and not excused:
            raise Violation(f"3: number {number} is given out twice")

    # ------------------------------------------------------------------------------------------ edits

    def edit_case(self) -> None:
        """One or two texts of a case."""
        if case := self._one(Case):
            fields = {name: self.token(name[0]) for name in self.dice.sample(_TEXTS, self.dice.randint(1, 2))}
            self._write(lambda pen: pen.save(replace(case, **fields)))

    def new_case(self) -> None:
        """A case met on site, with a number of its own."""
        self._new_case(1)

    def _new_case(self, numbers: int) -> None:
        """A case with the last of some numbers; those before it were spoilt."""
        if site := self._one(Site):
            case = Case(id=self.laptop.ids.new(), site_id=site.id, customer_id=site.customer_id, summary=self.token("s"))

            def edit(pen: Pen) -> None:
                drawn = [pen.number("TMP") for _ in range(numbers)]
                pen.save(replace(case, temp_no=drawn[-1]))

            try:
                self._write(edit)
            except NoNumbersLeft:
                self.world.tell("  no numbers yet")

    def activity(self) -> None:
        """An entry of a time line."""
        if case := self._one(Case):
            entry = CaseActivity(id=self.laptop.ids.new(), case_id=case.id, site_id=case.site_id, text=self.token("a"))
            self._write(lambda pen: pen.save(entry))

    def numbers(self) -> None:
        """So many numbers that a block comes to its end and the next one is begun."""
        self._new_case(30)
        self.world.round(self.laptop)
        self._new_case(30)

    def movement(self) -> None:
        """A part goes from one place to another."""
        source, target = self.dice.sample(self.world.template.places, 2)
        moved = StockMovement(
            id=self.laptop.ids.new(), part_id=self.world.template.part, serial=self.token("m"), from_id=source, to_id=target
        )
        self._write(lambda pen: pen.save(moved))

    def forbidden(self) -> None:
        """An edit that the centre will not take."""
        if self.dice.random() < 0.5 and (entry := self._one(CaseActivity)):
            self._write(lambda pen: pen.save(replace(entry, text=self.token("x"))))
        elif case := self._one(Case):
            self._write(lambda pen: pen.save(replace(case, severity=self.token("x"), cause=self.token("c"))))

    def edit_site(self) -> None:
        """The telephone of a site."""
        if site := self._one(Site):
            self._write(lambda pen: pen.save(replace(site, duty_phone=self.token("p"))))


class _OnSite(_Writer):
    """What he fills in, finds, photographs, signs and settles."""

    def new_form(self) -> None:
        """A form begun on site."""
        if site := self._one(Site):
            form = FormInstance(id=self.laptop.ids.new(), site_id=site.id, form_id=self.token("f"))
            self._write(lambda pen: pen.save(form))

    def answer(self) -> None:
        """A few answers in one transaction; one in eight is taken back."""
        if form := self._one(FormInstance):
            keys = self.dice.sample(range(5), self.dice.randint(1, 3))
            answers = {f"/data/T1_{key}": self.token("t") if self.dice.random() < 0.88 else None for key in keys}
            self._write(lambda pen: pen.answer(form.id, answers))

    def finding(self) -> None:
        """A finding, new or edited."""
        known, site = self._one(Finding), self._one(Site)
        if known is not None and self.dice.random() < 0.6:
            self._write(lambda pen: pen.save(replace(known, description=self.token("d"))))
        elif site is not None:
            found = Finding(id=self.laptop.ids.new(), site_id=site.id, description=self.token("d"))
            self._write(lambda pen: pen.save(found))

    def delete_finding(self) -> None:
        """A finding taken back."""
        if known := self._one(Finding):
            self._write(lambda pen: pen.delete(Finding, known.id))

    def clash(self) -> None:
        """Two who do not know of each other edit one finding or case; or one of them deletes it."""
        mine = self._one(Finding) if self.dice.random() < 0.6 else self._one(Case)
        others = [each for each in self.world.laptops if each is not self.laptop]
        other = self.dice.choice(others)
        with other.replica.reading() as reader:
            theirs = None if mine is None else reader.get(type(mine), mine.id)
        if mine is None or theirs is None:
            return
        edited = replace(theirs, description=self.token("d"))
        _OnSite(self.world, other, self.dice)._write(lambda pen: pen.save(edited))
        if isinstance(mine, Finding) and self.dice.random() < 0.5:
            self._write(lambda pen: pen.delete(Finding, mine.id))
        else:
            self._write(lambda pen: pen.save(replace(mine, description=self.token("d"))))

    def delete_form(self) -> None:
        """A form taken back with all its answers."""
        if form := self._one(FormInstance):
            self._write(lambda pen: pen.delete(FormInstance, form.id))

    def photo(self) -> None:
        """A photo of a finding."""
        if known := self._one(Finding):
            size = self.dice.choice((300, 20_000, 70_000, 300_000, 600_000))
            ref = self.laptop.blobs.put(self.dice.randbytes(size))
            kept = Attachment(
                id=self.laptop.ids.new(), site_id=known.site_id, owner_kind="finding", owner_id=known.id, digest=ref.digest, size=ref.size
            )
            self._write(lambda pen: pen.save(kept))

    def report(self) -> None:
        """A report signed by the customer on site, with a number of its own; each laptop has one at hand."""
        pdf, site = self.world.template.reports[self.laptop.device], self._one(Site)
        if site is None or self.laptop.device in self.world.reports:
            return
        ref = self.laptop.blobs.put(pdf, essential=True)
        new = self.laptop.ids.new
        report = ServiceReport(id=new(), site_id=site.id, state="signed", pdf_digest=ref.digest, pdf_size=ref.size)
        kept = Attachment(
            id=new(),
            site_id=site.id,
            owner_kind="service_report",
            owner_id=report.id,
            digest=ref.digest,
            size=ref.size,
            purpose="report",
            media_type="application/pdf",
        )

        def edit(pen: Pen) -> None:
            pen.save(replace(report, number=pen.number("SR")))
            pen.save(kept)

        try:
            self._write(edit)
        except NoNumbersLeft:
            self.world.tell("  no numbers yet")
            return
        self.world.reports[self.laptop.device] = report.id
        self.world.counts["report"] += 1

    def settle(self) -> None:
        """A conflict settled: with the value that lost, a third one, or the one that stands."""
        conflict = self._one(Conflict, state="open")
        if conflict is None:
            return
        how = self.dice.choice(("mine", "theirs", "other"))
        value = json.loads(conflict.mine) if how == "mine" else self.token("o") if how == "other" else None

        def edit(pen: Pen) -> None:
            kind = KINDS[conflict.kind]
            record = pen.work.get(kind.record, conflict.record_id)
            if how != "theirs" and record is not None and conflict.field.startswith("/"):
                pen.answer(record.id, {conflict.field: value})
            elif how != "theirs" and record is not None and conflict.field in kind.fields and isinstance(value, str):
                pen.save(from_plain(kind, record.id, {**to_plain(record), conflict.field: value}))
            pen.save(replace(conflict, state="settled", settled_with=how))

        self._write(edit)

    def killed_save(self) -> None:
        """The program is killed while it saves; nothing was promised, and nothing is there by half."""
        case = self._one(Case)
        if case is None:
            return
        self.laptop.disk.arm(self.dice.choice(("kill", "full")), self.dice.randint(1, 14))
        entry = CaseActivity(id=self.laptop.ids.new(), case_id=case.id, site_id=case.site_id, text=self.token("k"))
        cause = self.token("k")

        def edit(pen: Pen) -> None:
            pen.save(entry)
            pen.save(replace(case, cause=cause))

        try:
            self._write(edit)
        except SimulatedCrash:
            self.laptop.revive()
            self._not_there(entry, cause)
        except DiskFull:
            self._not_there(entry, cause)
        finally:
            self.laptop.disk.disarm()

    def _not_there(self, entry: CaseActivity, cause: str) -> None:
        self.world.tell("  nothing saved")
        with self.laptop.replica.reading() as reader:
            if reader.get(CaseActivity, entry.id) is not None or any(each.cause == cause for each in reader.find(Case)):
                raise Violation("1: a save that did not return left a half of it")


class _Owner(_OnSite):
    """What becomes of his laptop."""

    def safety_copy(self) -> None:
        """The stick with this laptop's safety copy is plugged in for a while."""
        if self.dice.random() < 0.3:
            self.laptop.disk.arm(self.dice.choice(("kill", "full")), self.dice.randint(1, 12))
        self.world.loss.keep(self.laptop)

    def lose_laptop(self) -> None:
        """This laptop is lost; the engineer gets another one."""
        self.world.loss.lose(self.laptop, self.dice)

    def find_laptop(self) -> None:
        """One that was lost turns up, and its engineer writes on it before he is told."""
        if self.world.loss.found:
            lost = self.dice.choice(self.world.loss.found)
            lost.laptop.open()
            _OnSite(self.world, lost.laptop, self.dice).activity()
            lost.laptop.close()
            self.world.loss.find(lost)

    def renew(self) -> None:
        """This laptop gets a new certificate; the answer may be lost, the centre killed or full."""
        if self.dice.random() < 0.3:
            self.world.centre.disk.arm(self.dice.choice(("kill", "full")), self.dice.randint(1, 8))
        self.world.certificates.renew(self.laptop, lost=self.dice.random() < 0.3)

    def backup_laptop(self) -> None:
        """A backup of this laptop."""
        self.world.backup_laptop(self.laptop)

    def restore_laptop(self) -> None:
        """This laptop comes back from its backup."""
        done = self.world.restore_laptop(self.laptop, with_outside=self.dice.random() < 0.5)
        self.world.tell(f"  {done}, {self.world.lost_with_disks} lost with disks")

    def clone_laptop(self) -> None:
        """This laptop is copied to another machine."""
        self.world.clone(self.laptop)

    def second_laptop(self) -> None:
        """The first engineer gets a second laptop."""
        if self.world.arrive(SECOND) is not None:
            self.world.counts["second_laptop"] += 1

    def old_laptop(self) -> None:
        """Somebody comes back with an older version of the program and a full outbox, and upgrades."""
        came = self.world.arrive(OLD)
        if came is None:
            return
        self.world.counts["old_outbox"] += 1
        with came.replica.reading() as reader:
            rows = reader.connection.execute(select(OUTBOX.c.data, OUTBOX.c.bases).order_by(OUTBOX.c.sequence)).all()
        for row in rows:
            self.world.ledger.promise(came.name, came.promises_of(change_from_bytes(row.data), load(row.bases)))

    def killed_start(self) -> None:
        """The program is killed while it starts."""
        self.laptop.close()
        self.laptop.disk.arm(self.dice.choice(("kill", "full")), self.dice.randint(1, 6))
        try:
            self.laptop.open()
        except (SimulatedCrash, DiskFull) as fault:
            self.world.tell(f"  {type(fault).__name__}")
            if isinstance(fault, SimulatedCrash):
                self.laptop.disk.thaw()
            self.laptop.disk.disarm()
            self.laptop.open()
        finally:
            self.laptop.disk.disarm()


class _Person(_Owner):
    """An engineer with a laptop: what becomes of its disk, and rounds."""

    def round(self) -> None:
        """A round with what may go wrong in it."""
        work = self.dice.choice((self.edit_case, self.answer, self.activity, self.finding, self.delete_finding))

        def meanwhile() -> None:
            try:
                work()
            except DiskFull:
                self.world.tell("  nothing saved meanwhile")

        self.world.round(
            self.laptop,
            tuple(faults_of(self.dice)),
            {"meanwhile": meanwhile, "desk_meanwhile": self._desk_meanwhile, "other_round": self._other_round},
        )

    def _desk_meanwhile(self) -> None:
        """The dispatcher goes on working; he may find the centre dead."""
        desk = _Desk(self.world, self.dice)
        work = self.dice.choice((desk.desk_edit, desk.desk_answer, desk.desk_assign, desk.desk_remove, desk.desk_fix, desk.desk_move))
        try:
            work()
        except SimulatedCrash:
            self.world.centre.revive()
        except (OperationalError, sqlite3.OperationalError, OSError):
            self.world.tell("  the desk could not save")

    def _other_round(self) -> None:
        """Somebody else syncs at the same time."""
        others = [each for each in self.world.laptops if each is not self.laptop]
        self.world.round(self.dice.choice(others))

    def courier(self) -> None:
        """Somebody carries a file: written, handed over, or its answer taken in; any of them twice, late, broken, or cut by a kill."""
        stick, dice = self.world.stick, self.dice
        mine = [each for each in stick.back if each.device == self.laptop.device]
        what = dice.choice(("out", "out", "hand", "hand", "take", "take", "wrong", "broken"))
        some = {"hand": stick.out, "take": mine, "wrong": stick.back, "broken": stick.out + stick.back}.get(what)
        carried = dice.choice(some) if some else None
        self.world.tell(f"  {what} {carried.path.name if carried else 'a new file'}")
        end = self.world.centre.disk if carried and what == "hand" else self.laptop.disk
        if what != "broken" and dice.random() < 0.3:
            end.arm(dice.choice(("kill", "full")), dice.randint(1, 60))
        if carried is None:
            stick.write(self.laptop)
        elif what == "hand":
            stick.hand_over(carried)
        elif what == "broken":
            stick.damage(carried, dice)
        else:
            stick.take(self.laptop, carried)
        end.disarm()
        self.world.counts["courier"] += 1

    def upkeep(self) -> None:
        """Laptops ask how far backups of the centre reach, and throw away what all of them hold."""
        if self.dice.random() < 0.5:
            self.world.round(self.laptop)  # so that the backup holds what was just done
            self.world.backup_centre()
        for laptop in self.world.laptops:
            care = care_for(self.world.centre.service, laptop.device, CareRequest(PROTOCOL))
            with laptop.replica.transaction() as connection:
                note_care(connection, care.epoch, care.horizon, laptop.clock.now())
                gone = prune(connection)
            laptop.pruned |= gone > 0
            self.world.counts["pruned"] += gone

    def late(self) -> None:
        """What the network held back arrives."""
        self.world.deliver_late()

    def backup_centre(self) -> None:
        """A backup of the centre."""
        self.world.backup_centre()

    def restore_centre(self) -> None:
        """The centre comes back from its backup; it may have leased numbers since, and somebody else may need some at once."""
        leases = self.dice.random() < 0.3
        if leases:
            self.numbers()
        self.world.tell(f"  {self.world.restore_centre()}, {self.world.lost_with_disks} lost with disks")
        if leases:
            others = [each for each in self.world.laptops if each.device != self.laptop.device]
            _Writer(self.world, self.dice.choice(others), self.dice).numbers()

    def whole(self) -> None:
        """The centre wants this laptop to take the whole again."""
        self.world.centre.service.ask_for_the_whole(self.laptop.device)

    def turn_centre_clock(self) -> None:
        """The centre's clock is set right, back or forth."""
        clock = self.world.clock
        clock.set(clock.now() + timedelta(minutes=self.dice.choice((-90, -5, 5, 90))))
        self.world.counts["turn_centre_clock"] += 1

    def turn_clock(self) -> None:
        """This laptop's clock jumps."""
        hours = self.dice.choice((-400 * 24, -26, -1, 1, 9, 30 * 24))
        self.laptop.clock.set(self.laptop.clock.now() + timedelta(hours=hours))
        self.world.counts["turn_clock"] += 1

    def pass_time(self) -> None:
        """Days pass, and the backups of the night are made."""
        self.world.backup_centre()
        self.world.pass_time(days=self.dice.choice((1, 3, 16)))

    def reopen(self) -> None:
        """The program ends and starts; a copy of the disk is made in between."""
        self.world.backup_laptop(self.laptop)


class _Desk(_Actor):
    """A dispatcher."""

    def _case(self) -> Any:
        return self.dice.choice(self.world.centre.desk.find(Case))

    def desk_edit(self) -> None:
        """One text of a case."""
        case, field = self._case(), self.dice.choice((*_TEXTS, "severity"))
        self.world.tell(f"  {case.id} {field}")
        self.world.centre.edit_case(case.id, field, self.token("D"))

    def desk_answer(self) -> None:
        """An answer taken over from paper."""
        if known := self.world.centre.desk.find(FormInstance):
            self.world.centre.answer(self.dice.choice(known).id, f"/data/T1_{self.dice.randrange(5)}", self.token("D"))

    def desk_assign(self) -> None:
        """A case goes to somebody else."""
        person = self.dice.choice(self.world.centre.desk.find(Person))
        self.world.centre.desk.assign(self._case().id, person.id)

    def desk_case(self) -> None:
        """A new case."""
        site = self.dice.choice(self.world.centre.desk.find(Site))
        person = self.dice.choice(self.world.centre.desk.find(Person))
        case = self.world.centre.desk.create_case(customer_id=site.customer_id, site_id=site.id, summary=self.token("D"), severity="P2")
        self.world.centre.desk.assign(case.id, person.id)

    def desk_note(self) -> None:
        """An entry of a time line."""
        self.world.centre.desk.note(self._case().id, self.token("D"))

    def desk_remove(self) -> None:
        """A finding, or now and then a form, deleted at the desk."""
        known = self.world.centre.desk.find(FormInstance if self.dice.random() < 0.2 else Finding)
        if known:
            try:
                self.world.centre.remove(self.dice.choice(known))
            except UnknownThing as fault:
                raise Violation("the desk lost a record that it just showed") from fault

    def desk_settle(self) -> None:
        """The dispatcher settles a conflict: with the engineer's value, a third one, or the one that stands."""
        centre, open_ones = self.world.centre, self.world.centre.desk.find(Conflict, state="open")
        if not open_ones:
            return
        conflict, how = self.dice.choice(open_ones), self.dice.choice(("mine", "theirs", "other"))
        kind = KINDS[conflict.kind]
        values = centre.values().get((conflict.kind, conflict.record_id))
        value = json.loads(conflict.mine) if how == "mine" else self.token("O")
        self.world.tell(f"  {conflict.id} {how}")
        if how != "theirs" and values is not None and conflict.field.startswith("/"):
            centre.answer(conflict.record_id, conflict.field, value)
        elif how != "theirs" and values is not None and conflict.field in kind.fields and isinstance(value, str):
            closed = {name: held for name, held in values.items() if not name.startswith("/")}
            centre.save(from_plain(kind, conflict.record_id, {**closed, conflict.field: value}))
        centre.desk.save(replace(conflict, state="settled", settled_with=how))

    def desk_move(self) -> None:
        """A case turns out to be at another site."""
        site = self.dice.choice(self.world.centre.desk.find(Site))
        self.world.centre.save(replace(self._case(), site_id=site.id, customer_id=site.customer_id))

    def desk_fix(self) -> None:
        """An engineer is fixed to a site, or no more."""
        person = self.dice.choice(self.world.centre.desk.find(Person))
        self.world.centre.desk.fix_engineer(person.id, self.dice.choice(self.world.template.sites), self.dice.random() < 0.5)
