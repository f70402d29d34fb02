"""A small world around one centre: people, sites, and laptops that speak the protocol by hand."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, SeededRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.domain.customers import Contract, Customer, Person, Site
from fieldapp.domain.records import KINDS
from fieldapp.wire.changes import (
    GENESIS,
    BadChange,
    Change,
    FieldEdit,
    Plain,
    chain_digest,
    change_bytes,
    change_from_bytes,
    row_digest,
    scope_sum,
    value_digest,
)
from fieldapp.wire.protocol import PROTOCOL, Enrolled, EnrolRequest, Exchange, ExchangeReply
from tests.central.postgres import copy_database

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


@dataclass
class World:
    """One centre with two engineers, two customers with a site each, and the desk."""

    service: CentralService
    clock: TurnableClock
    li: Person
    wang: Person
    bank: Customer
    works: Customer
    bank_site: Site
    works_site: Site
    contract: Contract
    reopenings: list[CentralService] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        """The service desk."""
        return Desk(self.service, name="调度员")

    @classmethod
    def make(cls, folder: Path, database: str = "") -> World:
        """A fresh centre in a folder."""
        clock, randomness = TurnableClock(MONDAY), SeededRandomness(7)
        service = CentralService(load_centre_settings(folder, randomness, database), clock=clock, randomness=randomness)
        new = service.ids.new
        li, wang = Person(id=new(), name="李明"), Person(id=new(), name="王芳")
        bank, works = Customer(id=new(), name="江州银行"), Customer(id=new(), name="东海机械")
        bank_site = Site(id=new(), customer_id=bank.id, name="主机房")
        works_site = Site(id=new(), customer_id=works.id, name="二号机房")
        contract = Contract(id=new(), customer_id=bank.id, number="HT-1", sla_profile="S0")
        Desk(service).save(li, wang, bank, works, bank_site, works_site, contract)
        return cls(service, clock, li, wang, bank, works, bank_site, works_site, contract)

    def reopened(self, seed: int = 8) -> World:
        """The same centre after its process ended and started again; `seed` of what it draws from then on."""
        self.service.close()
        self.reopenings.append(CentralService(self.service.settings, clock=self.clock, randomness=SeededRandomness(seed)))
        return replace(self, service=self.reopenings[-1])

    def close(self) -> None:
        """End the service, also when it was started again."""
        for service in (self.service, *self.reopenings):
            service.close()

    def copied(self, folder: Path, database: str = "") -> World:
        """A copy of this world, which must be closed, in another folder: much faster than to make one.

        `database`: a copy of its database, where that does not lie in the folder.
        """
        shutil.copytree(self.service.settings.folder, folder)
        clock, randomness = TurnableClock(MONDAY), SeededRandomness(9)
        settings = load_centre_settings(folder, randomness, database)
        return replace(self, service=CentralService(settings, clock=clock, randomness=randomness), clock=clock)

    def backup(self, place: Path) -> None:
        """Copy folder and database; the service must be closed."""
        shutil.copytree(self.service.settings.folder, place)
        copy_database(self.service.settings.database, keep=True)

    def put_back(self, place: Path, seed: int = 8) -> World:
        """The world as it was at its backup; `seed` as in `reopened`."""
        self.service.close()
        shutil.rmtree(self.service.settings.folder)
        shutil.copytree(place, self.service.settings.folder)
        copy_database(self.service.settings.database, keep=False)
        return self.reopened(seed)

    def case_at_bank(self, engineer: Person | None = None) -> Id:
        """A case at the bank, assigned when an engineer is given."""
        case = self.desk.create_case(
            customer_id=self.bank.id, site_id=self.bank_site.id, summary="磁盘告警", severity="P2", contract_id=self.contract.id
        )
        if engineer is not None:
            self.desk.assign(case.id, engineer.id)
        return case.id

    def laptop(self, engineer: Person) -> Laptop:
        """A laptop of an engineer, enrolled and up to date."""
        laptop = Laptop(self, engineer.id, self.service.ids.new())
        laptop.enrol()
        laptop.pull()
        return laptop


def csr_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate request for a key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "laptop")])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass
class Laptop:
    """What a laptop knows: the centre's `rows`, and the outbox; as plain dictionaries.

    Every message is made by hand and may be kept, sent twice or never.
    """

    world: World
    engineer: Id
    device: Id
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    enrolled: Enrolled | None = None
    incarnation: int = 1
    epoch: int = 0
    cursor: int = 0
    sequence: int = 0
    head: bytes = GENESIS
    waiting: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    rows: dict[tuple[str, Id], dict[str, Plain]] = field(default_factory=dict)
    revisions: dict[tuple[str, Id], int] = field(default_factory=dict)
    received: list[tuple[Change, int]] = field(default_factory=list)

    def enrol(self, code: str = "") -> Enrolled:
        """Enrol with a code, by default a new one."""
        code = code or self.world.desk.new_enrol_code(self.engineer)
        request = EnrolRequest(PROTOCOL, code, self.device, "ThinkPad", csr_of(self.key))
        self.enrolled = self.world.service.enrol(request)
        self.epoch, self.incarnation = self.enrolled.epoch, self.enrolled.incarnation
        return self.enrolled

    def edit(self, kind: str, record: Id, values: dict[str, Plain], *, deleted: bool = False) -> Change:
        """Put one edit in the outbox, on top of what this laptop shows."""
        shown = self.shown(kind, record)
        edits = tuple(FieldEdit(name, values[name], value_digest(shown[name]) if name in shown else None) for name in sorted(values))
        at = int(self.world.clock.now().timestamp() * 1000)
        change = Change(
            sequence=len(self.sent) + len(self.waiting) + 1,
            kind=kind,
            record=bytes.fromhex(record),
            edits=edits,
            base_epoch=self.epoch,
            base_revision=self.revisions.get((kind, record), 0),
            author=bytes.fromhex(self.engineer),
            earliest=at,
            latest=at,
            schema=1,
            deleted=deleted,
        )
        self.waiting.append(change_bytes(change))
        return change

    def request(self, wants: int = 500) -> Exchange:
        """The next message, with all that waits and the digest of what is held."""
        return Exchange(
            PROTOCOL,
            bytes.fromhex(self.device),
            self.incarnation,
            len(self.sent) + 1,
            self.head,
            tuple(self.waiting),
            self.epoch,
            self.cursor,
            wants,
            self.digest(),
        )

    def send(self, request: Exchange) -> ExchangeReply:
        """Send a message; the reply is not taken in."""
        return self.world.service.peer(self.device).exchange(request)

    def take(self, reply: ExchangeReply) -> ExchangeReply:
        """Take a reply in."""
        if reply.state != "ok":
            return reply
        while self.waiting and len(self.sent) < reply.received:
            self.sent.append(self.waiting.pop(0))
            self.head = chain_digest(self.head, self.sent[-1])
            self._receive(self.sent[-1], reply)
        assert self.head == reply.head
        for change, revision in self.received if reply.cursor >= reply.revision else ():
            self._fold(change, revision)
        for row in reply.rows:
            held = self.rows.setdefault((row.kind, row.record.hex()), {})
            held.update(row.values)
            self.revisions[row.kind, row.record.hex()] = row.revision
        for gone in reply.removed:
            self.rows.pop((gone.kind, gone.record.hex()), None)
        self.epoch, self.cursor = reply.epoch, max(self.cursor, reply.cursor)
        return reply

    def _receive(self, data: bytes, reply: ExchangeReply) -> None:
        """What was applied is part of the centre's version once the cursor has passed it, whether it is sent back or not."""
        if all(verdict.sequence != len(self.sent) for verdict in reply.verdicts):
            self.received.append((msgspec.msgpack.decode(data, type=Change), reply.revision))

    def _fold(self, change: Change, revision: int) -> None:
        place = change.kind, change.record_id
        if change.deleted:
            self.rows.pop(place, None)
        elif change.kind in KINDS:
            self.rows.setdefault(place, {}).update(change.values())
            self.revisions[place] = revision
        self.received = [each for each in self.received if each[0] is not change]

    def pull(self, wants: int = 500) -> ExchangeReply:
        """Exchange until there is nothing more; returns the first reply."""
        first = reply = self.take(self.send(self.request(wants)))
        while reply.more:
            reply = self.take(self.send(self.request(wants)))
        return first

    def load_snapshot(self) -> None:
        """Replace everything by the centre's whole."""
        head, rows = self.world.service.peer(self.device).snapshot()
        self.rows = {(row.kind, row.record.hex()): dict(row.values) for row in rows}
        assert len(self.rows) == head.rows
        self.cursor, self.epoch = head.revision, head.epoch

    def start_anew(self, incarnation: int) -> None:
        """Take a new incarnation and queue everything that was ever sent, too."""
        all_of_it = self.sent + self.waiting
        decoded = [msgspec.msgpack.decode(data, type=Change) for data in all_of_it]
        self.waiting = [change_bytes(msgspec.structs.replace(each, sequence=at)) for at, each in enumerate(decoded, 1)]
        self.sent, self.head, self.incarnation = [], GENESIS, incarnation

    def digest(self) -> bytes:
        """The digest of all rows held."""
        return scope_sum(row_digest(kind, record, values) for (kind, record), values in self.rows.items()).to_bytes(32, "big")

    def shown(self, kind: str, record: Id) -> dict[str, Plain]:
        """What the laptop shows of a record: the centre's version with what waits on top."""
        values = dict(self.rows.get((kind, record), {}))
        for data in self.waiting:
            with suppress(BadChange):
                change = change_from_bytes(data)
                if (change.kind, change.record_id) == (kind, record):
                    values.update(change.values())
        return values

    def of_kind(self, kind: str) -> list[dict[str, Plain]]:
        """All records of a kind on the laptop."""
        return [values for (its_kind, _), values in self.rows.items() if its_kind == kind]
