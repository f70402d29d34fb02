"""A small world for tests of operations and pages: records as the centre would have sent them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource, Randomness, SeededRandomness, derived_id
from fieldapp.base.settings import Places
from fieldapp.domain.calendars import CalendarDay
from fieldapp.domain.cases import Case, CaseActivity, CaseClock
from fieldapp.domain.customers import Asset, Contact, Contract, Customer, DutyEntry, Person, Site, SiteRule
from fieldapp.domain.documents import NumberBlock
from fieldapp.domain.inspections import Inspection
from fieldapp.domain.records import kind_of, to_plain
from fieldapp.domain.spares import SparePart, StockLocation, StockMovement
from fieldapp.domain.upgrades import ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.domain.visits import Visit, VisitPerson
from fieldapp.operations.session import FieldSession
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from fieldapp.replica.intake import CentreSide
from fieldapp.replica.reader import sync_state
from fieldapp.vault.homes import Argon2Cost, PassphraseFileHome
from fieldapp.vault.vault import DeviceIdentity, Vault
from fieldapp.wire.protocol import Row
from tests.issuing import TestAuthority

__all__ = ["MORNING", "PIN", "SmallWorld", "give", "local", "make_session"]

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""2026-11-23 08:00 in Shanghai, a Monday."""
PIN = "2468"
PIN_COST = 2**4
ENGINEER = derived_id("engineer")
IDENTITY = DeviceIdentity(
    device=derived_id("device"),
    engineer=ENGINEER,
    engineer_name="王海",
    device_name="laptop",
    centre_url="http://127.0.0.1:9",
    company="海川技术服务",
)


def local(hour: int, minute: int = 0, days: int = 0) -> datetime:
    """A moment of the day by its Shanghai time."""
    return datetime(2026, 11, 23, 0, 0, tzinfo=UTC) + timedelta(days=days, hours=hour - 8, minutes=minute)


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """A profile as it is after enrolment: its files by their place, and how far its randomness had come."""

    files: Mapping[Path, bytes]
    randomness: SeededRandomness


def make_session(folder: Path, clock: TurnableClock | None = None, *, filled: bool = False) -> FieldSession:
    """A session with real keys, a certificate of a test authority, an empty replica and leased numbers.

    Migrations and keys are made once a process; every session has a copy of them. `filled`: the small world is there too.
    """
    clock = clock or TurnableClock(MORNING)
    enrolled = _filled() if filled else _enrolled()
    randomness = deepcopy(enrolled.randomness)
    places = Places(folder / "profile")
    for place, content in enrolled.files.items():
        (places.data / place).parent.mkdir(parents=True, exist_ok=True)
        (places.data / place).write_bytes(content)
    vault = Vault.open(places.vault, _home(places, randomness), clock=clock, randomness=randomness, pin_cost=PIN_COST)
    ids = IdSource(clock, randomness)
    return _session(places, vault, Replica.open(places.replica, vault.replica_key, clock=clock, ids=ids), randomness)


@cache
def _enrolled() -> _Enrolled:
    clock, randomness = TurnableClock(MORNING), SeededRandomness(7)
    with TemporaryDirectory() as folder:
        places = Places(Path(folder))
        places.vault.mkdir(parents=True)
        vault = Vault.create(places.vault, _home(places, randomness), pin=PIN, clock=clock, randomness=randomness, pin_cost=PIN_COST)
        authority = TestAuthority(MORNING)
        vault.install(IDENTITY, authority.issue(vault.make_key_and_csr("laptop"), "王海"), (authority.root,))
        who: dict[str, Any] = {"device": IDENTITY.device, "engineer": ENGINEER, "incarnation": 1}
        replica = Replica.create(places.replica, vault.replica_key, clock=clock, ids=IdSource(clock, randomness), **who)
        session = _session(places, vault, replica, randomness)
        blocks = (("SR", "SR-2026-HD-"), ("IR", "IR-2026-HD-"), ("RMA", "RMA-2026-"), ("TMP", "TMP-HD-"))
        numbers: dict[str, Any] = {"engineer_id": ENGINEER, "device": IDENTITY.device, "first": 173, "last": 272, "used": 172}
        give(session, *(NumberBlock(id=derived_id("block", series), series=series, prefix=prefix, **numbers) for series, prefix in blocks))
        return _closed(session)


@cache
def _filled() -> _Enrolled:
    with TemporaryDirectory() as folder:
        session = make_session(Path(folder))
        SmallWorld.into(session)
        return _closed(session)


def _closed(session: FieldSession) -> _Enrolled:
    session.close()
    assert isinstance(session.randomness, SeededRandomness)
    home = session.places.data
    files = (path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock")
    return _Enrolled({path.relative_to(home): path.read_bytes() for path in files}, session.randomness)


def _home(places: Places, randomness: Randomness) -> PassphraseFileHome:
    return PassphraseFileHome(places.vault / "device.secret", "correct horse", randomness=randomness, cost=Argon2Cost(64, 1, 1))


def _session(places: Places, vault: Vault, replica: Replica, randomness: Randomness) -> FieldSession:
    blobs = BlobStore(places.blobs, vault.blob_key, randomness)
    return FieldSession(places, replica.clock, replica.ids, randomness, replica, blobs, vault, ENGINEER, IDENTITY.engineer_name)


def give(session: FieldSession, *records: Any) -> None:
    """Put records into the replica as the centre would have sent them (no Change is left behind)."""
    with session.replica.transaction() as connection:
        centre = CentreSide(connection)
        start = sync_state(connection).cursor
        for number, record in enumerate(records, start=1):
            centre.put(Row(kind_of(record).name, bytes.fromhex(record.id), start + number, to_plain(record)))
        centre.finish()


@dataclass(frozen=True, slots=True)
class SmallWorld:
    """Identities of what is there; everything belongs to one customer and one site."""

    customer: Id
    site: Id
    contract: Id
    contact: Id
    storage: Id
    application: Id
    case: Id
    inspection: Id
    inspection_visit: Id
    repair_visit: Id
    upgrade_visit: Id
    event: Id
    order: Id
    van: Id
    depot: Id
    part: Id

    @classmethod
    def named(cls) -> SmallWorld:
        """The small world of a session that was made with it."""
        return cls(**{name: derived_id("world", name) for name in cls.__dataclass_fields__})

    @classmethod
    def into(cls, session: FieldSession) -> SmallWorld:
        """Put the small world into a session's replica."""
        made = cls.named()
        give(session, *made._places(), *made._equipment(), *made._case(), *made._stock(), *made._upgrade(), *made._visits())
        return made

    def _places(self) -> tuple[Any, ...]:
        return (
            Customer(id=self.customer, code="K-0007", name="华东数据中心", address="浦东新区海棠路 88 号"),
            Site(
                id=self.site,
                customer_id=self.customer,
                code="HD-03",
                name="三号机房",
                address="浦东新区海棠路 88 号",
                region="华东",
                duty_phone="021-5550 1200",
            ),
            Contract(
                id=self.contract,
                customer_id=self.customer,
                number="HT-2026-0113",
                kind="maintenance",
                starts_on=date(2026, 1, 1),
                ends_on=date(2026, 12, 31),
                sla_profile="S1-case",
                backup_kinds=("computed_here", "customer_server", "backup_system"),
            ),
            Contact(
                id=self.contact,
                customer_id=self.customer,
                site_id=self.site,
                name="陈敏",
                department="信息中心",
                role="技术负责人",
                phone="021-5550 1888",
                may_approve=True,
                may_accept=True,
            ),
        )

    def _equipment(self) -> tuple[Any, ...]:
        def rule(subject: str, verdict: str, clause: str, text: str) -> SiteRule:
            return SiteRule(id=derived_id("rule", subject), site_id=self.site, subject=subject, verdict=verdict, clause=clause, text=text)

        return (
            rule("camera", "forbidden", "3", "机房内禁止拍照"),
            rule("usb", "forbidden", "4", "禁止使用 U 盘"),
            rule("escort", "approval", "6", "须由值班员陪同"),
            Asset(
                id=self.storage,
                site_id=self.site,
                customer_id=self.customer,
                contract_id=self.contract,
                serial="78E00412",
                name="存储阵列",
                model="ST-7300",
                manufacturer="远山",
                category="storage",
                room="三号机房",
                rack="B07",
                unit="12",
                critical=True,
                data_bearing=True,
                warranty_starts_on=date(2025, 3, 1),
                warranty_ends_on=date(2028, 2, 29),
            ),
            Asset(
                id=self.application,
                site_id=self.site,
                customer_id=self.customer,
                contract_id=self.contract,
                serial="AFC-CORE-01",
                name="AFC-Core",
                model="AFC-Core",
                category="application",
                version="5.1.8",
            ),
            Person(id=ENGINEER, name="王海", role="engineer", line=2, phone="021-5550 0101"),
            DutyEntry(id=derived_id("duty", "manager"), duty="manager", name="值班经理", phone="021-5550 0001"),
            DutyEntry(id=derived_id("duty", "second"), duty="second_line", name="二线·存储", phone="021-5550 0017"),
            CalendarDay(id=derived_id("day", "2026"), day=date(2026, 10, 1), kind="holiday", name_zh="国庆节", major=True),
        )

    def _case(self) -> tuple[Any, ...]:
        return (
            Case(
                id=self.case,
                number="CS-2026-00417",
                customer_id=self.customer,
                site_id=self.site,
                contract_id=self.contract,
                asset_id=self.storage,
                summary="存储控制器 B 降级",
                description="备用路径已接管",
                severity="P2",
                status="assigned",
                entitlement="maintenance",
                caller_name="陈敏",
                caller_phone="021-5550 1888",
                owner_id=ENGINEER,
                reported_at=local(6, 40),
                created_at=local(6, 41),
                assigned_at=local(6, 45),
            ),
            CaseActivity(
                id=derived_id("activity", "1"),
                case_id=self.case,
                site_id=self.site,
                kind="call",
                at=local(6, 40),
                author_name="坐席",
                text="客户来电:控制器 B 告警",
            ),
            *(
                CaseClock(
                    id=derived_id("clock", metric),
                    case_id=self.case,
                    site_id=self.site,
                    policy=policy,
                    profile="S1-case",
                    level="P2",
                    metric=metric,
                    value=value,
                    unit=unit,
                    clock="7x24",
                    start_event=start,
                    stop_event=stop,
                    action="due ENG",
                )
                for policy, metric, value, unit, start, stop in (
                    ("POL-017", "contact", "30", "min", "assigned", "contacted|arrived|closed"),
                    ("POL-012", "arrival", "12", "h", "reported", "arrived|resolved|closed"),
                )
            ),
        )

    def _stock(self) -> tuple[Any, ...]:
        return (
            StockLocation(id=self.van, kind="van", name="王海 随车", person_id=ENGINEER),
            StockLocation(id=self.depot, kind="depot", name="上海备件库"),
            *(
                StockLocation(id=derived_id("location", kind), kind=kind, name=name)
                for kind, name in (("customer", "客户"), ("transit", "在途"), ("rma", "RMA"), ("difference", "差异"))
            ),
            SparePart(id=self.part, part_no="PSU-800", name_zh="电源模块", name_en="Power supply", part_class="PSU", manufacturer="远山"),
            StockMovement(
                id=derived_id("movement", "1"),
                part_id=self.part,
                serial="10233",
                from_id=self.depot,
                to_id=self.van,
                at=local(17, 0, days=-3),
                reason="领用",
            ),
        )

    def _upgrade(self) -> tuple[Any, ...]:
        steps = (("停止业务", "Stop the service", False), ("安装 5.2.1", "Install 5.2.1", False), ("关键进程", "Key processes", True))
        return (
            ScheduledEvent(
                id=self.event,
                site_id=self.site,
                customer_id=self.customer,
                contract_id=self.contract,
                number="CHG-2026-0093",
                title="AFC-Core 5.1.8 → 5.2.1",
                review_state="approved",
                window_starts_at=local(22),
                window_ends_at=local(2, days=1),
                standby_engineer="二线·应用",
            ),
            UpgradeOrder(
                id=self.order,
                site_id=self.site,
                event_id=self.event,
                visit_id=self.upgrade_visit,
                asset_id=self.application,
                application="AFC-Core",
                from_version="5.1.8",
                to_version="5.2.1",
                rollback_plan="恢复备份,预计 25 分钟",
                rollback_criteria="次日 00:30 前未通过验证,或关键进程 2 次启动失败",
            ),
            *(
                UpgradeStep(
                    id=derived_id("step", str(number)),
                    site_id=self.site,
                    order_id=self.order,
                    position=number,
                    text_zh=zh,
                    text_en=en,
                    verification=verification,
                )
                for number, (zh, en, verification) in enumerate(steps, start=1)
            ),
        )

    def _visits(self) -> tuple[Any, ...]:
        common: dict[str, Any] = {"site_id": self.site, "customer_id": self.customer, "contract_id": self.contract, "engineer_id": ENGINEER}
        return (
            Inspection(
                id=self.inspection,
                site_id=self.site,
                customer_id=self.customer,
                contract_id=self.contract,
                visit_id=self.inspection_visit,
                period="2026Q4",
                engineer_id=ENGINEER,
            ),
            Visit(
                id=self.inspection_visit,
                **common,
                kind="inspection",
                inspection_id=self.inspection,
                title="第四季度巡检",
                appointment_at=local(9, 30),
            ),
            Visit(id=self.repair_visit, **common, kind="repair", case_id=self.case, title="更换电源模块", appointment_at=local(13, 30)),
            Visit(
                id=self.upgrade_visit,
                **common,
                kind="upgrade",
                event_id=self.event,
                title="升级 5.1.8 → 5.2.1",
                appointment_at=local(22),
                planned_end_at=local(2, days=1),
            ),
            VisitPerson(
                id=derived_id("person", "1"),
                site_id=self.site,
                visit_id=self.upgrade_visit,
                name="陈敏",
                side="customer",
                role="客户技术负责人",
            ),
        )
