"""What a dispatcher does, one method for each verb: the only door of the console, the commands and the sample data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id
from fieldapp.central.refusals import BadEntry, MovedOn, UnknownThing
from fieldapp.central.rounds.conflicts import settle_at_desk, standing, undo_at_desk
from fieldapp.central.service import CentralService
from fieldapp.central.store.books import Author, Books, Stored, chunks, read_body
from fieldapp.central.store.tables import fixed_site, record
from fieldapp.central.trust.accounts import add_account, make_code
from fieldapp.central.wording import Wording, seen_token
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.conflicts.sides import spelled
from fieldapp.domain.customers import Contract, Customer, Person, Site
from fieldapp.domain.documents import Attachment, Conflict
from fieldapp.domain.inspections import FormVersion
from fieldapp.domain.records import KINDS, Kind, Plain, Record, from_plain, kind_of, plain_ok, to_plain
from fieldapp.forms.xlsform import convert
from fieldapp.wire.changes import canonical_value

__all__ = ["Desk"]

R = TypeVar("R")

SEVERITIES: Mapping[str, tuple[str, ...]] = {"P": ("P1", "P2", "P3", "P4"), "C": ("C-1", "C-2", "C-3")}


class Desk:
    """The service desk. `person` (an id of a Person, or "") and `name` sign what is done here."""

    def __init__(self, service: CentralService, person: Id = "", name: str = "") -> None:
        """A desk at a service."""
        self.service = service
        self.person = person
        self.name = name
        self._read: dict[tuple[str, Id], Record] = {}

    def _author(self) -> Author:
        return Author("centre", self.person, int(self.service.clock.now().timestamp() * 1000))

    # ------------------------------------------------------------------------------------------------ records

    def save(self, *records: Record) -> None:
        """Insert or update records of any kind in one transaction. BadEntry for bad values.

        Of a record that this desk read before, only fields that differ from what it read are written, whatever came in between; of any
        other those that differ from what stands.
        """
        author, read = self._author(), dict(self._read)

        def edit(books: Books) -> None:
            books.load((kind_of(each).name, each.id) for each in records)
            for each in records:
                _put(books, each, author, read.get((kind_of(each).name, each.id)))

        self.service.write(edit)
        self._read.update({(kind_of(each).name, each.id): each for each in records if (kind_of(each).name, each.id) in read})

    def remove(self, record_class: type[R], record_id: Id) -> None:
        """Delete a record: a tombstone travels to the laptops."""

        def edit(books: Books) -> None:
            stored = books.get(_kind(record_class).name, record_id)
            if stored is None or stored.deleted:
                raise UnknownThing(what=record_id)
            books.remove(stored, self._author())

        self.service.write(edit)

    def get(self, record_class: type[R], record_id: Id) -> R:
        """One record; UnknownThing when it is not there."""
        kind = _kind(record_class)
        with self.service.store.reading() as connection:
            place = record.c.kind == kind.name, record.c.id == record_id, record.c.deleted.is_(False)
            body = connection.execute(select(record.c.body).where(*place)).scalar()
        if body is None:
            raise UnknownThing(what=record_id)
        made: R = from_plain(kind, record_id, read_body(body))
        self._read[kind.name, record_id] = made
        return made

    def find(self, record_class: type[R], *, sites: Collection[Id] | None = None, **equals: object) -> list[R]:
        """All records of a class whose fields equal the given values, in the order of their ids (so, of their making).

        `sites` narrows the search to records of these sites before anything is read.
        """
        kind = _kind(record_class)
        held = select(record.c.id, record.c.body).where(record.c.kind == kind.name, record.c.deleted.is_(False))
        if "id" in equals:
            held = held.where(record.c.id == equals["id"])
        rows: list[Any] = []
        with self.service.store.reading() as connection:
            if sites is None:
                rows += connection.execute(held).all()
            else:
                for some in chunks(sorted(f"site:{site}" for site in sites)):
                    rows += connection.execute(held.where(record.c.partition.in_(some))).all()
        made = [from_plain(kind, row.id, read_body(row.body)) for row in sorted(rows, key=lambda row: str(row.id))]
        found = [each for each in made if all(getattr(each, name) == value for name, value in equals.items())]
        self._read.update({(kind.name, each.id): each for each in found})
        return found

    def answer(self, instance_id: Id, answers: Mapping[str, str | None]) -> None:
        """Set answers of a form instance as the centre, e.g. of an inspection taken over from paper."""

        def edit(books: Books) -> None:
            stored = books.get("form_instance", instance_id)
            if stored is None:
                raise UnknownThing(what=instance_id)
            for key, value in answers.items():
                if not key.startswith("/"):
                    raise BadEntry(field=key)
                books.write(stored, key, value, self._author())

        self.service.write(edit)

    # ------------------------------------------------------------------------------------------------ cases

    def create_case(
        self,
        *,
        customer_id: Id,
        site_id: Id,
        summary: str,
        severity: str,
        contract_id: Id = "",
        asset_id: Id = "",
        description: str = "",
        kind: str = "fault",
        category: str = "",
        scheme: str = "P",
        major: bool = False,
        entitlement: str = "",
        channel: str = "phone",
        caller_name: str = "",
        caller_phone: str = "",
        customers_number: str = "",
        error_code: str = "",
        reported_at: datetime | None = None,
        case_id: Id = "",
    ) -> Case:
        """Open a case; number and service clocks come from the centre. BadEntry names what is missing."""
        now = self.service.clock.now()
        customer = self.get(Customer, customer_id)
        site = self.get(Site, site_id)
        if site.customer_id != customer.id:
            raise BadEntry(field="site")
        if contract_id and self.get(Contract, contract_id).customer_id != customer.id:
            raise BadEntry(field="contract")
        if not summary.strip():
            raise BadEntry(field="summary")
        case = Case(
            id=case_id or self.service.ids.new(),
            kind=kind,
            category=category,
            customer_id=customer_id,
            site_id=site_id,
            contract_id=contract_id,
            asset_id=asset_id,
            customers_number=customers_number,
            summary=summary.strip(),
            description=description,
            error_code=error_code,
            scheme=scheme,
            severity=severity,
            major=major,
            entitlement=entitlement or self._entitlement(contract_id),
            channel=channel,
            caller_name=caller_name,
            caller_phone=caller_phone,
            reported_at=reported_at or now,
            created_at=now,
        )
        self.save(case)
        return self.get(Case, case.id)

    def _entitlement(self, contract_id: Id) -> str:
        return self.get(Contract, contract_id).kind if contract_id else "per_call"

    def assign(self, case_id: Id, engineer_id: Id, reason: str = "") -> Case:
        """Give a case to an engineer; its site enters his scope and leaves that of the one before. The time line keeps both."""
        case = self.get(Case, case_id)
        engineer = self.get(Person, engineer_id)
        now = self.service.clock.now()
        before = self._name_of(case.owner_id)
        activity = CaseActivity(
            id=self.service.ids.new(),
            case_id=case.id,
            site_id=case.site_id,
            kind="reassignment",
            at=now,
            author_id=self.person,
            author_name=self.name,
            text=reason,
            old_value=before,
            new_value=engineer.name,
        )
        author = self._author()

        def edit(books: Books) -> None:
            stored = books.get("case", case_id)
            if stored is None or stored.deleted:
                raise UnknownThing(what=case_id)
            changes: dict[str, Plain] = {"owner_id": engineer_id}  # and nothing else: the engineer may just have sent something
            if stored.values["assigned_at"] is None:
                changes["assigned_at"] = moment_text(now)
            if stored.values["status"] == "new":
                changes["status"] = "assigned"
            for name, value in changes.items():
                books.write(stored, name, value, author)
            _put(books, activity, author)

        self.service.write(edit)
        return self.get(Case, case_id)

    def _name_of(self, person_id: Id) -> str:
        return self.get(Person, person_id).name if person_id else ""

    def note(self, case_id: Id, text: str, kind: str = "note", at: datetime | None = None) -> CaseActivity:
        """Add an entry to a case's time line."""
        if not text.strip():
            raise BadEntry(field="text")
        case = self.get(Case, case_id)
        activity = CaseActivity(
            id=self.service.ids.new(),
            case_id=case.id,
            site_id=case.site_id,
            kind=kind,
            at=at or self.service.clock.now(),
            author_id=self.person,
            author_name=self.name,
            text=text.strip(),
        )
        self.save(activity)
        return activity

    # ------------------------------------------------------------------------------------------------ conflicts

    def settle_conflict(self, conflict_id: Id, keep: str, typed: str = "", seen: str = "") -> None:
        """Settle a conflict: `keep` is mine (the laptop's), theirs, other (with the `typed` value) or `side:` and its place.

        `seen` is `seen_token` of the value that the dispatcher looked at: MovedOn when another one stands by now.
        SettledBefore when somebody else was first, BadEntry for a value that does not fit.
        """
        author = self._author()
        offered = Wording(self)

        def edit(books: Books) -> None:
            stored = self._conflict(books, conflict_id)
            conflict: Conflict = from_plain(stored.kind, stored.id, stored.values)
            value, how = offered.decided(conflict, keep, typed)
            if conflict.state != "open":
                if conflict.settled_value == spelled(value):
                    return
                raise offered.settled_before(conflict, value)
            _, now = standing(books, stored)
            if seen and seen != seen_token(now):
                raise MovedOn
            settle_at_desk(books, stored, now if how == "theirs" else value, how, author)

        self.service.write(edit)

    def undo_settlement(self, conflict_id: Id) -> None:
        """Open a settled conflict again; MovedOn when a newer value stands."""

        def edit(books: Books) -> None:
            stored = self._conflict(books, conflict_id)
            if stored.values.get("state") == "settled" and not undo_at_desk(books, stored, self._author()):
                raise MovedOn

        self.service.write(edit)

    def _conflict(self, books: Books, conflict_id: Id) -> Stored:
        stored = books.get("conflict", conflict_id)
        if stored is None or stored.deleted:
            raise UnknownThing(what=conflict_id)
        return stored

    # ------------------------------------------------------------------------------------------------ the rest

    def publish_form(self, workbook: bytes, name: str, *, title_zh: str = "", title_en: str = "", category: str = "") -> FormVersion:
        """Convert a workbook and publish it as a version of its form; FormError leaves say what is wrong, with sheet and row.

        The same version of the same form cannot be published twice with other contents.
        """
        made = convert(workbook, name)
        data = made.xform_xml.encode()
        digest = sha256(data).hexdigest()
        same = self.find(FormVersion, form_id=made.form_id, version=made.version)
        if same:
            if same[0].digest != digest:
                raise BadEntry(field="version")
            return same[0]
        version = FormVersion(
            id=self.service.ids.new(),
            form_id=made.form_id,
            version=made.version,
            title_zh=title_zh or made.title,
            title_en=title_en or made.title,
            category=category,
            xform=made.xform_xml,
            digest=digest,
            workbook_digest=self.service.keep_blob(workbook),
            published_at=self.service.clock.now(),
        )
        self.save(version)
        return version

    def attach(self, attachment: Attachment, data: bytes) -> Attachment:
        """Keep bytes and the attachment that names them; digest and size are filled in here."""
        digest = self.service.keep_blob(data)
        plain = {**to_plain(attachment), "digest": digest, "size": len(data)}
        made: Attachment = from_plain(kind_of(attachment), attachment.id, plain)
        self.save(made)
        return made

    def new_enrol_code(self, engineer_id: Id) -> str:
        """A one-time code for a laptop of this engineer, good for 7 days; it is shown once and kept nowhere."""
        self.get(Person, engineer_id)
        with self.service.store.writing() as connection:
            return make_code(connection, engineer_id, self.service.clock.now(), self.service.randomness)

    def fix_engineer(self, engineer_id: Id, site_id: Id, fixed: bool = True) -> None:
        """Fix an engineer to a site (or end that): the site stays in his scope without any case."""

        def edit(books: Books) -> None:
            mine = fixed_site.c.engineer == engineer_id, fixed_site.c.site == site_id
            books.connection.execute(delete(fixed_site).where(*mine))
            if fixed:
                books.connection.execute(insert(fixed_site).values(engineer=engineer_id, site=site_id))

        self.service.write(edit, [engineer_id])

    def add_account(self, name: str, password: str, *, role: str = "dispatcher", person: Id = "", shown: str = "") -> None:
        """Make an account of the console, or give one a new password. BadEntry below 8 characters."""
        if not name.strip() or len(name) > 80:
            raise BadEntry(field="name")
        if len(password) < 8:
            raise BadEntry(field="password")
        with self.service.store.writing() as connection:
            add_account(connection, name.strip(), password, role, person, shown or name, self.service.randomness)


def _kind(record_class: type[Record]) -> Kind:
    return next(kind for kind in KINDS.values() if kind.record is record_class)


def _put(books: Books, each: Record, author: Author, read: Record | None = None) -> None:
    kind = kind_of(each)
    values = to_plain(each)
    for name, value in values.items():
        if not plain_ok(kind.fields[name], value):
            raise BadEntry(field=name)
        canonical_value(value)
    stored = books.get(kind.name, each.id)
    if stored is None:
        books.create(kind, each.id, values, author)
        return
    if stored.deleted:
        raise UnknownThing(what=each.id)
    seen = to_plain(read) if read is not None else {}
    for name, value in values.items():
        if name not in seen or value != seen[name]:
            books.write(stored, name, value, author)
