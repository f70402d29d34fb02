"""What the console's pages show, as plain frozen values in one language; no page asks the database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal, select

from fieldapp.base.clock import moment_from_text
from fieldapp.base.i18n import Language, read, when_text
from fieldapp.base.ids import Id
from fieldapp.central.desk import Desk
from fieldapp.central.store.tables import blob, change_log, device, stamp_job
from fieldapp.central.web.words import SPOKEN, WORDS, field_word, kind_word, refusal_sentence, report_kind_sentence, report_state_sentence
from fieldapp.central.wording import ZONE, Wording, seen_token
from fieldapp.domain.calendars import CalendarDay
from fieldapp.domain.cases import Case, CaseActivity, CaseClock, entitlement_sentence, status_sentence
from fieldapp.domain.conflicts.sides import LATE, sides_of, value_of
from fieldapp.domain.conflicts.words import typed_text
from fieldapp.domain.customers import Asset, Contract, Customer, Person, Site
from fieldapp.domain.documents import Conflict, ServiceReport
from fieldapp.domain.policies import basis_sentence, chip_sentence, read_clock, readings_to_show
from fieldapp.domain.records import KINDS
from fieldapp.domain.workdays import WorkCalendar
from fieldapp.wire.changes import BadChange, change_from_bytes

__all__ = [
    "CasePage",
    "CaseRow",
    "Chip",
    "ConflictRow",
    "EngineerRow",
    "RejectedRow",
    "ReportRow",
    "Views",
]

SHOWN = 200
"""Rows of a page at most; the filter finds the rest."""

ENDED = frozenset({"closed", "archived"})

_TONES = {"breached": "bad", "due_soon": "warn", "running": "calm", "met": "good", "cannot_be_known": "odd"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One clock in words; `tone` is good, warn, bad, odd or calm. `basis` is the limit and where it counts from."""

    text: str
    tone: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the list of cases."""

    id: Id
    number: str
    customer: str
    site: str
    severity: str
    state: str
    ended: bool
    engineer: str
    summary: str
    reported: str
    chip: Chip | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case with everything around it; `facts` and `entries` are (name or moment, text) pairs in the order of showing."""

    row: CaseRow
    facts: tuple[tuple[str, str], ...]
    chips: tuple[Chip, ...]
    entries: tuple[tuple[str, str, str], ...]
    engineers: tuple[tuple[Id, str], ...]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report; `file` is ready | waiting, `stamp` is done | waiting | refused | none."""

    id: Id
    number: str
    title: str
    kind: str
    customer: str
    state: str
    signed: str
    stamped: str
    file: str
    stamp: str


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One conflict, its values as text; `state` is open, settled, aside (a rule chose, nothing is to be decided) or told (a report
    without time-stamp).

    `sides` are further values as (key, text, when); `typed` is the laptop's value as it would be typed, `choices` what can be
    chosen instead; `can_type` whether a third value can be entered. `seen` names the value that stands now.
    """

    id: Id
    what: str
    field: str
    reason: str
    before: str
    mine: str
    theirs: str
    engineer: str
    other: str
    when: str
    state: str
    settled: str
    late: tuple[str, ...]
    sides: tuple[tuple[str, str, str], ...]
    typed: str
    can_type: bool
    choices: tuple[tuple[str, str], ...]
    seen: str

    @property
    def open(self) -> bool:
        """Whether somebody has to decide."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One change of a laptop that was not taken over, or only in part."""

    what: str
    fields: str
    values: str
    reason: str
    engineer: str
    when: str


@dataclass(frozen=True, slots=True)
class EngineerRow:
    """An engineer with his laptops: (id, name, last sync, active)."""

    id: Id
    name: str
    region: str
    laptops: tuple[tuple[Id, str, str, bool], ...]


class Views:
    """Pages of one desk in one language."""

    def __init__(self, desk: Desk, language: Language) -> None:
        self._desk = desk
        self._language = language
        self._now = desk.service.clock.now()

    # ------------------------------------------------------------------------------------------------ cases

    def cases(self, state: str = "open", text: str = "") -> tuple[CaseRow, ...]:
        """The cases, newest first: `open`, `closed` or `all`, those that contain a text."""
        names = self._names()
        serials = {asset.id: asset.serial for asset in self._desk.find(Asset)} if text else {}
        found: list[Case] = []
        for case in self._desk.find(Case):
            if state != "all" and (case.status in ENDED) != (state == "closed"):
                continue
            hay = " ".join((case.number, case.temp_no, case.summary, names.get(case.customer_id, ""), serials.get(case.asset_id, "")))
            if text.strip().casefold() in hay.casefold():
                found.append(case)
        found.sort(key=lambda case: (case.reported_at or case.created_at or datetime.min.replace(tzinfo=self._now.tzinfo), case.number))
        newest = found[::-1][:SHOWN]
        clocks = self._clocks_of({case.site_id for case in newest if case.status not in ENDED})
        calendar = WorkCalendar.from_records(self._desk.find(CalendarDay))
        return tuple(self._row(case, names, self._chips(case, clocks.get(case.id, []), calendar)) for case in newest)

    def case(self, case_id: Id) -> CasePage:
        """One case; UnknownThing when it is not there."""
        case = self._desk.get(Case, case_id)
        names = self._names()
        chips = self._chips(case, self._clocks_of({case.site_id}).get(case.id, []), WorkCalendar.from_records(self._desk.find(CalendarDay)))
        activities = self._desk.find(CaseActivity, sites={case.site_id}, case_id=case.id)
        activities.sort(key=lambda each: (each.at or self._now, each.id), reverse=True)
        people = self._desk.find(Person, role="engineer")
        return CasePage(
            self._row(case, names, chips),
            self._facts(case),
            chips,
            tuple(self._entry(each, names) for each in activities),
            tuple((each.id, each.name) for each in people),
        )

    def _facts(self, case: Case) -> tuple[tuple[str, str], ...]:
        asset = self._desk.get(Asset, case.asset_id) if case.asset_id else None
        contract = self._desk.get(Contract, case.contract_id) if case.contract_id else None
        facts = (
            ("asset", " · ".join(part for part in (asset.name, asset.model, asset.serial) if part) if asset else ""),
            ("contract", contract.number if contract else ""),
            ("entitlement", entitlement_sentence(case.entitlement).read(self._language) if case.entitlement else ""),
            ("caller", " ".join(part for part in (case.caller_name, case.caller_phone) if part)),
            ("customers_number", case.customers_number),
            ("error_code", case.error_code),
            ("description", case.description),
            ("cause", case.cause),
            ("solution", case.solution),
        )
        return tuple((name, text) for name, text in facts if text)

    def _row(self, case: Case, names: dict[Id, str], chips: tuple[Chip, ...]) -> CaseRow:
        return CaseRow(
            case.id,
            case.number or case.temp_no,
            names.get(case.customer_id, ""),
            names.get(case.site_id, ""),
            case.severity,
            status_sentence(case.status).read(self._language),
            case.status in ENDED,
            names.get(case.owner_id, ""),
            case.summary,
            self._when(case.reported_at),
            chips[0] if chips and case.status not in ENDED else None,
        )

    def _clocks_of(self, sites: set[Id]) -> dict[Id, list[CaseClock]]:
        by_case: dict[Id, list[CaseClock]] = {}
        for clock in self._desk.find(CaseClock, sites=sites):
            by_case.setdefault(clock.case_id, []).append(clock)
        return by_case

    def _chips(self, case: Case, clocks: Iterable[CaseClock], calendar: WorkCalendar) -> tuple[Chip, ...]:
        held = {clock.id: clock for clock in clocks}
        readings = (read_clock(clock, case, calendar, self._now, self._now) for clock in held.values())
        return tuple(
            Chip(
                chip_sentence(each).read(self._language),
                _TONES.get("due_soon" if each.later_step else each.state, "calm"),
                basis_sentence(held[Id(each.clock_id)]).read(self._language),
            )
            for each in readings_to_show(readings)
        )

    # ------------------------------------------------------------------------------------------------ the rest

    def reports(self) -> tuple[ReportRow, ...]:
        """The reports that were signed or refused, newest first."""
        names = self._names()
        with self._desk.service.store.reading() as connection:
            held = set(connection.execute(select(blob.c.digest)).scalars())
            jobs = {row.report: row.state for row in connection.execute(select(stamp_job)).all()}
        found = [each for each in self._desk.find(ServiceReport) if each.pdf_digest]
        found.sort(key=lambda each: (each.signed_at or each.certified_at or self._now, each.number), reverse=True)
        return tuple(
            ReportRow(
                each.id,
                each.number,
                each.title,
                report_kind_sentence(each.kind).read(self._language),
                names.get(each.customer_id, ""),
                report_state_sentence(each.state).read(self._language),
                self._when(each.signed_at),
                self._when(each.stamped_at),
                "ready" if (each.stamped_digest or each.pdf_digest) in held else "waiting",
                "done" if each.stamped_digest else jobs.get(each.id, "none"),
            )
            for each in found[:SHOWN]
        )

    def conflicts(self) -> tuple[ConflictRow, ...]:
        """The conflicts: open ones first, by record and then newest first; what was settled or set aside after them."""
        found = self._desk.find(Conflict)
        found.sort(key=lambda each: each.mine_at or self._now, reverse=True)
        found.sort(key=lambda each: (each.state != "open", each.record_id if each.state == "open" else ""))
        wording, names = Wording(self._desk, self._language), self._names()
        return tuple(self._conflict(each, wording, names) for each in found[:SHOWN])

    def open_conflicts(self) -> int:
        """How many wait for somebody."""
        return len([each for each in self._desk.find(Conflict, state="open") if each.reason != "not_verified"])

    def _conflict(self, each: Conflict, wording: Wording, names: dict[Id, str]) -> ConflictRow:
        alive, now = wording.stands(each)
        sides = sides_of(each.sides)
        known, before = wording.before(each) if each.state == "open" else (False, None)
        settled = {"mine": WORDS["mine"], "theirs": WORDS["theirs"], "other": SPOKEN["other_value"]}.get(each.settled_with, "")
        by = names.get(each.settled_by or "", "")
        whole = not each.field
        deleted, kept = read(SPOKEN["is_deleted"], self._language), read(SPOKEN["is_kept"], self._language)
        theirs = now if each.state == "open" and alive else value_of(each.theirs)
        return ConflictRow(
            id=each.id,
            what=self._what(each.kind, each.record_id),
            field=read(SPOKEN["whole_record"], self._language) if whole else wording.field(each),
            reason=self._reason(each.reason),
            before=(wording.value(each, before) or "—") if known else "",
            mine=deleted if whole else wording.value(each, value_of(each.mine)),
            theirs=kept if whole else deleted if each.reason == "deleted" and not alive else wording.value(each, theirs),
            engineer=names.get(each.engineer_id, ""),
            other=names.get(each.theirs_by, "") or read(WORDS["service_desk"], self._language),
            when=self._when(each.mine_at),
            state="told" if each.reason == "not_verified" else each.state,
            settled=" · ".join(part for part in (read(settled, self._language) if settled else "", by) if part),
            late=tuple(wording.value(each, side.value) for side in sides if side.why == LATE),
            sides=tuple(
                (f"side:{place}", wording.value(each, side.value), self._when_text(side.at))
                for place, side in enumerate(sides)
                if side.why != LATE
            ),
            typed=typed_text(each.kind, each.field, value_of(each.mine), ZONE),
            can_type=not whole and (each.field.startswith("/") or wording.can_type(each)),
            choices=wording.choices(each),
            seen=seen_token(now),
        )

    def rejected(self) -> tuple[RejectedRow, ...]:
        """The changes that were not taken over, newest first."""
        names = self._names()
        with self._desk.service.store.reading() as connection:
            rows = connection.execute(
                select(change_log, device.c.engineer)
                .join(device, device.c.id == change_log.c.device)
                .where(change_log.c.verdict == literal("rejected", literal_execute=True))  # as the index is spelled
                .order_by(change_log.c.at.desc())
                .limit(SHOWN)
            ).all()
        return tuple(
            RejectedRow(
                self._what(row.kind, row.record),
                ", ".join(field_word(name, self._language) for name in json.loads(row.fields)),
                _values(row.bytes, json.loads(row.fields)),
                self._reason(row.reason),
                names.get(row.engineer, ""),
                self._when(moment_from_text(row.at)),
            )
            for row in rows
        )

    def engineers(self) -> tuple[EngineerRow, ...]:
        """The engineers with their laptops."""
        with self._desk.service.store.reading() as connection:
            laptops = connection.execute(select(device).order_by(device.c.enrolled_at)).all()
        return tuple(
            EngineerRow(
                person.id,
                person.name,
                person.region,
                tuple(
                    (each.id, each.name, self._when_text(each.last_seen_at), each.state == "active")
                    for each in laptops
                    if each.engineer == person.id
                ),
            )
            for person in sorted(self._desk.find(Person, role="engineer"), key=lambda person: person.name)
        )

    def choices(self, customer_id: Id = "") -> dict[str, list[tuple[Id, str]]]:
        """What a new case may name: customers, and of one customer its sites, contracts and equipment."""
        made = {"customers": sorted(((each.id, each.name) for each in self._desk.find(Customer)), key=lambda pair: pair[1])}
        if customer_id:
            sites = self._desk.find(Site, customer_id=customer_id)
            assets = self._desk.find(Asset, sites={site.id for site in sites})
            made["sites"] = [(site.id, site.name) for site in sites]
            made["contracts"] = [(each.id, each.number) for each in self._desk.find(Contract, customer_id=customer_id)]
            made["assets"] = [(each.id, " · ".join(part for part in (each.name, each.serial) if part)) for each in assets]
        return made

    def _reason(self, reason: str) -> str:
        sentence = refusal_sentence(reason)
        return sentence.read(self._language) if sentence is not None else ""

    def _names(self) -> dict[Id, str]:
        """Names of customers, sites and people by id."""
        everyone: list[Customer | Site | Person] = [*self._desk.find(Customer), *self._desk.find(Site), *self._desk.find(Person)]
        return {each.id: each.name for each in everyone}

    def _what(self, kind: str, record_id: Id) -> str:
        if kind == "case" and (found := self._desk.find(Case, id=record_id)):
            return found[0].number or found[0].temp_no
        known = next(iter(self._desk.find(KINDS[kind].record, id=record_id)), None) if kind in KINDS else None
        named = (str(getattr(known, name, "") or "") for name in ("number", "name", "title", "item_label", "serial", "form_id"))
        return " · ".join(part for part in (kind_word(kind, self._language), next((each for each in named if each), "")) if part)

    def _entry(self, activity: CaseActivity, names: dict[Id, str]) -> tuple[str, str, str]:
        """An entry of the time line: moment, author, and as one text what changed from what to what and what was written."""
        old, new = (names.get(value, value) for value in (activity.old_value, activity.new_value))
        if activity.kind == "status_change":
            old, new = (status_sentence(value).read(self._language) if value else "" for value in (old, new))
        moved = f"{old or '—'} → {new}" if new else ""
        text = " · ".join(part for part in (moved, activity.text) if part)
        return self._when(activity.at), activity.author_name or names.get(activity.author_id, ""), text

    def _when(self, moment: datetime | None) -> str:
        return when_text(moment, self._language) if moment is not None else ""

    def _when_text(self, text: str | None) -> str:
        return self._when(moment_from_text(text)) if text else ""


def _values(data: bytes, fields: list[str]) -> str:
    """The values that a change had for some of its fields; nothing for a deletion or for bytes that are no change."""
    try:
        values = change_from_bytes(data).values()
    except BadChange:
        return ""
    return ", ".join(str(values[name]) for name in fields if values.get(name) is not None)
