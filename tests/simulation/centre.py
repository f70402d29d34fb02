"""The centre of the simulated world: the real service on a real SQLite file, and the desk's promises."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource, SeededRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.rounds.scope import parts_of
from fieldapp.central.service import CentralService
from fieldapp.central.store.books import read_body
from fieldapp.central.store.tables import answer, change_log, record
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Contract, Customer, Person, Site
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.records import KINDS, Plain, to_plain
from fieldapp.domain.spares import SparePart, StockLocation
from fieldapp.replica.engine import Replica
from fieldapp.wire.changes import Change, change_from_bytes
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from tests.central.world import csr_of
from tests.simulation.crash import Disk, Statements
from tests.simulation.laptop import KEY, REPLICA
from tests.simulation.ledger import DESK, Entry, Ledger

__all__ = ["START", "Centre", "Logged", "Template", "make_template"]

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
Key = tuple[str, Id]


@dataclass(frozen=True, slots=True)
class Template:
    """A closed centre with three engineers at four sites, and an empty replica for each; worlds are copies of it."""

    folder: Path
    devices: tuple[tuple[Id, Id], ...]
    sites: tuple[Id, ...]
    cases: tuple[Id, ...]
    forms: tuple[Id, ...]
    part: Id
    places: tuple[Id, Id]
    on_laptops: Statements = field(default_factory=Statements)
    at_centre: Statements = field(default_factory=Statements)


def make_template(folder: Path) -> Template:
    """Make the world that all worlds begin with."""
    clock, randomness = TurnableClock(START), SeededRandomness(1)
    service = CentralService(load_centre_settings(folder / "centre", randomness), clock=clock, randomness=randomness)
    new, desk = service.ids.new, Desk(service, name="调度员")
    people = [Person(id=new(), name=name) for name in ("李明", "王芳", "赵强")]
    customers = [Customer(id=new(), name=name) for name in ("江州银行", "东海机械")]
    sites = [Site(id=new(), customer_id=customers[n // 2].id, name=f"机房{n}") for n in range(4)]
    contract = Contract(id=new(), customer_id=customers[0].id, number="HT-1")
    part = SparePart(id=new(), part_no="P-1")
    places = StockLocation(id=new(), name="库"), StockLocation(id=new(), kind="van", name="车")
    desk.save(*people, *customers, *sites, contract, part, *places)
    cases = []
    for number, owner in enumerate((0, 0, 1, 1, 2, 2)):
        site = sites[(0, 1, 1, 2, 2, 3)[number]]
        case = desk.create_case(customer_id=site.customer_id, site_id=site.id, summary=f"case {number}", severity="P3")
        desk.assign(case.id, people[owner].id)
        cases.append(case.id)
    forms = [FormInstance(id=new(), site_id=sites[n].id) for n in (1, 2)]
    desk.save(*forms)
    devices = []
    for number, person in enumerate(people):
        device = new()
        service.enrol(
            EnrolRequest(PROTOCOL, desk.new_enrol_code(person.id), device, "ThinkPad", csr_of(ec.generate_private_key(ec.SECP256R1())))
        )
        devices.append((device, person.id))
        path = folder / f"laptop{number}" / REPLICA
        Replica.create(path, KEY, clock=clock, ids=IdSource(clock, randomness), device=device, engineer=person.id, incarnation=1).close()
    service.close()
    return Template(
        folder,
        tuple(devices),
        tuple(each.id for each in sites),
        tuple(cases),
        tuple(each.id for each in forms),
        part.id,
        (places[0].id, places[1].id),
    )


@dataclass(frozen=True, slots=True)
class Logged:
    """One row of the centre's log with its Change."""

    device: Id
    incarnation: int
    sequence: int
    verdict: str
    data: bytes
    head: bytes
    change: Change


def _full() -> Exception:
    return sqlite3.OperationalError("database or disk is full")


class Centre:
    """The centre; killed, filled, restored."""

    def __init__(self, disk: Disk, ledger: Ledger, clock: TurnableClock, randomness: Iterable[int]) -> None:
        self.disk = disk
        self.ledger = ledger
        self.clock = clock
        self.restored = False
        self._seeds = iter(randomness)
        self.open()

    @classmethod
    def disk_of(cls, template: Template, folder: Path, counts: Counter[str]) -> Disk:
        """A disk with a copy of the template's centre."""
        shutil.copytree(template.folder / "centre", folder)
        return Disk(folder, "centre", _full, counts, template.at_centre)

    def open(self) -> None:
        """Start the service."""
        randomness = SeededRandomness(next(self._seeds))
        settings = load_centre_settings(self.disk.folder, randomness)
        self.service = CentralService(settings, clock=self.clock, randomness=randomness)
        self.disk.watch(self.service.store.engine)
        self.desk = Desk(self.service, name="调度员")

    def close(self) -> None:
        """End the service."""
        self.service.close()

    def revive(self) -> None:
        """The service was killed: start it on what it left."""
        self.service.close()
        self.disk.thaw()
        self.open()

    # ---------------------------------------------------------------------------------------------- the desk

    def save(self, *records: Any) -> None:
        """The desk saves records, and is promised that they stand."""
        entries = []
        held = self.values()
        for each in records:
            kind = next(kind for kind in KINDS.values() if kind.record is type(each))
            defaults = {name: known.default for name, known in kind.fields.items()}
            seen = held.get((kind.name, each.id), defaults)
            for name, value in to_plain(each).items():
                if value != seen.get(name):
                    entries.append(Entry(self.ledger.number(), "", "", kind.name, each.id, name, value, seen.get(name)))
        self.desk.save(*records)
        self.ledger.promise(DESK, entries)

    def answer(self, instance: Id, key: str, value: str) -> None:
        """The desk answers a question."""
        seen = self.values().get(("form_instance", instance), {}).get(key)
        self.desk.answer(instance, {key: value})
        self.ledger.promise(DESK, [Entry(self.ledger.number(), "", "", "form_instance", instance, key, value, seen)])

    def edit_case(self, case: Id, name: str, value: str) -> None:
        """The desk edits one field of a case."""
        self.save(replace(self.desk.get(Case, case), **{name: value}))  # type: ignore[arg-type]  # texts only

    # ---------------------------------------------------------------------------------------------- what is there

    def values(self) -> dict[Key, dict[str, Plain]]:
        """All records that are not deleted, answers among their values; read past the service's own code."""
        with self.service.store.reading() as connection:
            rows = connection.execute(select(record.c.kind, record.c.id, record.c.body).where(record.c.deleted.is_(False)))
            found = {(row.kind, row.id): read_body(row.body) for row in rows}
            for row in connection.execute(select(answer)):
                if ("form_instance", row.instance_id) in found:
                    found["form_instance", row.instance_id][row.key] = row.value
        return found

    def scope(self, engineer: Id) -> dict[Key, tuple[int, int]]:
        """The records in an engineer's scope: revision (of the record, or of its entry into the scope) and digest."""
        with self.service.store.reading() as connection:
            inside, _ = parts_of(connection, engineer)
            rows = connection.execute(select(record).where(record.c.deleted.is_(False), record.c.partition.in_(list(inside))))
            return {(row.kind, row.id): (max(row.revision, inside[row.partition]), int(row.digest, 16)) for row in rows}

    def deleted(self) -> set[Key]:
        """The records that were deleted."""
        with self.service.store.reading() as connection:
            rows = connection.execute(select(record.c.kind, record.c.id).where(record.c.deleted.is_(True)))
            return {(row.kind, row.id) for row in rows}

    def log(self) -> list[Logged]:
        """Every Change that arrived, in the order of each chain."""
        with self.service.store.reading() as connection:
            order = change_log.c.device, change_log.c.incarnation, change_log.c.sequence
            rows = connection.execute(select(change_log).order_by(*order)).all()
        return [
            Logged(row.device, row.incarnation, row.sequence, row.verdict, row.bytes, row.head, change_from_bytes(row.bytes))
            for row in rows
        ]

    def state(self) -> tuple[int, int]:
        """The highest revision and the length of the log."""
        with self.service.store.reading() as connection:
            top = connection.execute(select(record.c.revision).order_by(record.c.revision.desc()).limit(1)).scalar()
        return int(top or 0), len(self.log())

    def pause(self) -> ExitStack:
        """Close the service while the block runs, e.g. for a backup."""
        stack = ExitStack()
        self.close()
        stack.callback(self.open)
        return stack
