"""Many engineers who push their day at once: a centre with a site for each, and laptops that are no more than their messages."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.base.clock import SystemClock
from fieldapp.base.errors import FieldappError
from fieldapp.base.ids import Id, IdSource, SystemRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.central.store.books import Author, Books
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.customers import Customer, Person, Site
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.records import KINDS, Plain, Record, kind_of, to_plain
from fieldapp.sync.http_peer import HttpPeer
from fieldapp.vault.keys import DeviceSigner, certificate_request, new_signing_key
from fieldapp.wire.changes import GENESIS, Change, FieldEdit, change_bytes, value_digest
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest, Exchange
from tests.bench.sync.data import PER_FORM, answer_text, key_of, some_text

__all__ = ["CHANGES", "Engineer", "Evening", "evening", "gather"]

CASES, ACTIVITIES, FORMS = 8, 10, 2
CHANGES = CASES + ACTIVITIES + FORMS * PER_FORM
"""Changes of one engineer's day."""


@dataclass(frozen=True, slots=True)
class Engineer:
    """One engineer with a laptop, and the messages of his evening."""

    device: Id
    key: ec.EllipticCurvePrivateKey
    request: Exchange


@dataclass(frozen=True, slots=True)
class Evening:
    """What came of it: seconds from the first request to the last reply, of each push, errors by their code, receipts."""

    wall: float
    pushes: Sequence[float]
    errors: Sequence[str]
    receipts: int


def gather(folder: Path, count: int, database: str = "") -> list[Engineer]:
    """A centre with this many engineers, each with a site, open cases and two empty checklists there, and an enrolled laptop."""
    clock, randomness = SystemClock(), SystemRandomness()
    service = CentralService(load_centre_settings(folder, randomness, database), clock=clock, randomness=randomness)
    chance = random.Random(4)
    try:
        desk, ids = Desk(service), IdSource(clock, randomness)
        made: list[tuple[Person, list[Case], list[FormInstance]]] = []
        records: list[Record] = []
        for number in range(count):
            person, customer = Person(id=ids.new(), name=f"工程师{number:03d}"), Customer(id=ids.new(), name=f"客户{number:03d}")
            site = Site(id=ids.new(), customer_id=customer.id, name="机房")
            about = Case(id="", customer_id=customer.id, site_id=site.id, owner_id=person.id, summary="告警", created_at=clock.now())
            cases = [replace(about, id=ids.new(), number=f"CS-{number}-{place}") for place in range(CASES)]
            forms = [FormInstance(id=ids.new(), site_id=site.id, form_id="quarterly") for _ in range(FORMS)]
            records += [person, customer, site, *cases, *forms]
            made.append((person, cases, forms))

        def edit(books: Books) -> None:
            for each in records:
                books.create(kind_of(each), each.id, to_plain(each), Author("centre", "", 0))

        service.write(edit)
        engineers = []
        for person, cases, forms in made:
            key, device = new_signing_key(), ids.new()
            code = desk.new_enrol_code(person.id)
            told = service.enrol(EnrolRequest(PROTOCOL, code, device, "bench", certificate_request(key, "bench")))
            changes = _day(chance, ids.new, person, cases, forms)
            request = Exchange(PROTOCOL, bytes.fromhex(device), told.incarnation, 1, GENESIS, changes, told.epoch, 0, 5000)
            engineers.append(Engineer(device, key, request))
        return engineers
    finally:
        service.close()


def _day(chance: random.Random, new: Callable[[], Id], person: Person, cases: list[Case], forms: list[FormInstance]) -> tuple[bytes, ...]:
    done: list[tuple[str, Id, dict[str, Plain], bool]] = [("case", case.id, {"status": "on_site"}, True) for case in cases]
    for _ in range(ACTIVITIES):
        about = chance.choice(cases)
        entry = CaseActivity(id=new(), case_id=about.id, site_id=about.site_id, author_id=person.id, text=some_text(chance, 6))
        defaults = KINDS["case_activity"].fields
        plain = {name: value for name, value in to_plain(entry).items() if value != defaults[name].default}
        done.append(("case_activity", entry.id, plain, False))
    for form in forms:
        done += [("form_instance", form.id, {key_of(number): answer_text(chance)}, False) for number in range(PER_FORM)]
    return tuple(
        change_bytes(
            Change(
                sequence=sequence,
                kind=kind,
                record=bytes.fromhex(record),
                edits=tuple(FieldEdit(name, values[name], value_digest("new") if there else None) for name in sorted(values)),
                base_epoch=0,
                base_revision=0,
                author=bytes.fromhex(person.id),
                earliest=1,
                latest=2,
                schema=1,
            )
        )
        for sequence, (kind, record, values, there) in enumerate(done, 1)
    )


def evening(engineers: Sequence[Engineer], url: str) -> Evening:
    """All of them at once: push and news in one request, then one that asks whether both ends agree."""

    def one(engineer: Engineer) -> tuple[float, str, int]:
        peer = HttpPeer(url, DeviceSigner(b"", (), SystemClock().now(), SystemClock().now(), engineer.key), engineer.device)
        began = time.perf_counter()
        try:
            reply = peer.exchange(engineer.request)
            took = time.perf_counter() - began
            wrong = "" if reply.state == "ok" and not reply.verdicts else f"{reply.state} {len(reply.verdicts)}"
            before = engineer.request
            asks = Exchange(
                PROTOCOL, before.device, before.incarnation, reply.received + 1, reply.head, (), reply.epoch, reply.cursor, 5000, bytes(32)
            )
            again = peer.exchange(asks)
            return took, wrong or ("" if again.state == "ok" else again.state), reply.received
        except (FieldappError, requests.RequestException) as fault:
            return time.perf_counter() - began, getattr(fault, "code", type(fault).__name__), 0
        finally:
            peer.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(len(engineers)) as crowd:
        done = list(crowd.map(one, engineers))
    wall = time.perf_counter() - began
    return Evening(wall, [took for took, _, _ in done], [wrong for _, wrong, _ in done if wrong], sum(count for _, _, count in done))
