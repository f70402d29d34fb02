"""What all worlds begin with: a closed centre with engineers at four sites, and a laptop for each; worlds are copies of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource, SeededRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.domain.customers import Contract, Customer, Person, Site
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.spares import SparePart, StockLocation
from fieldapp.replica.connection import open_engine
from fieldapp.replica.engine import Replica
from fieldapp.reports.signing import approve, certify
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from tests.central.world import csr_of
from tests.conftest import GOLDEN
from tests.reports.authority import DeviceKey
from tests.reports.signed import small, strokes
from tests.simulation.crash import Statements
from tests.simulation.laptop import KEY, REPLICA

__all__ = ["OLD", "SECOND", "START", "Template", "make_template"]

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)

SECOND = 3
"""The place of a second laptop of the first engineer."""

OLD = 4
"""The place of a laptop that version 0.1.0 left behind with a full outbox; the golden file names its device and engineer."""

SPARES = (5, 6, 7)
"""The places of a new laptop for each of the first engineers, should the old one get lost."""

_OLD_DEVICE, _OLD_ENGINEER = "aa" * 16, "bb" * 16


@dataclass(frozen=True, slots=True)
class Template:
    """Places on disk, and the identities of what is there; `reports`: signed PDFs by the device that signed them, with `signers`.

    `spares`: the place of another laptop, by the engineer who may get it.
    """

    folder: Path
    devices: tuple[tuple[Id, Id], ...]
    sites: tuple[Id, ...]
    cases: tuple[Id, ...]
    forms: tuple[Id, ...]
    part: Id
    places: tuple[Id, Id]
    reports: Mapping[Id, bytes]
    signers: Mapping[Id, DeviceKey]
    spares: Mapping[Id, int]
    on_laptops: Statements = field(default_factory=Statements)
    at_centre: Statements = field(default_factory=Statements)


def make_template(folder: Path) -> Template:
    """Make the world that all worlds begin with."""
    clock, randomness = TurnableClock(START), SeededRandomness(1)
    service = CentralService(load_centre_settings(folder / "centre", randomness), clock=clock, randomness=randomness)
    new, desk = service.ids.new, Desk(service, name="调度员")
    people = [Person(id=new(), name=name) for name in ("李明", "王芳", "赵强")]
    old = Person(id=_OLD_ENGINEER, name="孙丽")
    customers = [Customer(id=new(), name=name) for name in ("江州银行", "东海机械")]
    sites = [Site(id=new(), customer_id=customers[n // 2].id, name=f"机房{n}") for n in range(4)]
    contract = Contract(id=new(), customer_id=customers[0].id, number="HT-1")
    part = SparePart(id=new(), part_no="P-1")
    places = StockLocation(id=new(), name="库"), StockLocation(id=new(), kind="van", name="车")
    desk.save(*people, old, *customers, *sites, contract, part, *places)
    cases = []
    for number, owner in enumerate((0, 0, 1, 1, 2, 2)):
        site = sites[(0, 1, 1, 2, 2, 3)[number]]
        case = desk.create_case(customer_id=site.customer_id, site_id=site.id, summary=f"case {number}", severity="P3")
        desk.assign(case.id, people[owner].id)
        cases.append(case.id)
    forms = [FormInstance(id=new(), site_id=sites[n].id) for n in (1, 2)]
    desk.save(*forms)
    devices: list[tuple[Id, Id]] = []
    reports: dict[Id, bytes] = {}
    signers: dict[Id, DeviceKey] = {}
    for number, engineer in enumerate((*(each.id for each in people), people[0].id, _OLD_ENGINEER, *(each.id for each in people))):
        device = _OLD_DEVICE if number == OLD else new()
        signers[device] = _enrol(service, desk, device, engineer)
        reports[device] = _signed(signers[device])
        devices.append((device, engineer))
        path, ids = folder / f"laptop{number}" / REPLICA, IdSource(clock, randomness)
        if number == OLD:
            _old_laptop(path.parent)
        else:
            Replica.create(path, KEY, clock=clock, ids=ids, device=device, engineer=engineer, incarnation=1).close()
    service.close()
    return Template(
        folder,
        tuple(devices),
        tuple(each.id for each in sites),
        tuple(cases),
        tuple(each.id for each in forms),
        part.id,
        (places[0].id, places[1].id),
        reports,
        signers,
        {each.id: place for each, place in zip(people, SPARES, strict=True)},
    )


def _enrol(service: CentralService, desk: Desk, device: Id, engineer: Id) -> DeviceKey:
    """Enrol a device; returns its key with the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    enrolled = service.enrol(EnrolRequest(PROTOCOL, desk.new_enrol_code(engineer), device, "ThinkPad", csr_of(key)))
    return DeviceKey(key, enrolled.certificate)


def _signed(signer: DeviceKey) -> bytes:
    """A report that a device signed, with a customer's strokes."""
    certified = certify(small(), signer, when=START + timedelta(minutes=1), name="李工", role="工程师")
    when = START + timedelta(minutes=2)
    return approve(certified, signer, field="customer", strokes=strokes(), name="王敏", role="主任", when=when)


def _old_laptop(folder: Path) -> None:
    """The golden replica as it is, but for its photo: nobody kept the bytes."""
    folder.mkdir()
    shutil.copyfile(GOLDEN / "replica-0.1.0.db", folder / REPLICA)
    engine = open_engine(folder / REPLICA, KEY)
    with engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("DELETE FROM blob")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
