"""Conflicts at the desk in words: labels of fields and questions, values, choices, and what a dispatcher decided as a value."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, TypeVar

from sqlalchemy import select

from fieldapp.base.errors import FormError
from fieldapp.base.i18n import Language, say, when_text
from fieldapp.base.ids import Id
from fieldapp.central.refusals import BadEntry, SettledBefore
from fieldapp.central.rounds.conflicts import standing
from fieldapp.central.service import CentralService
from fieldapp.central.store.books import Books
from fieldapp.central.store.tables import change_log
from fieldapp.domain.conflicts.sides import sides_of, value_of
from fieldapp.domain.conflicts.words import choices_of, field_sentence, field_type, typed_value, value_sentence
from fieldapp.domain.customers import Person
from fieldapp.domain.documents import Conflict
from fieldapp.domain.inspections import FormInstance, FormVersion
from fieldapp.domain.records import KINDS, Plain
from fieldapp.forms.definition import parse
from fieldapp.forms.labels.question import Question, question_of
from fieldapp.forms.slots import FormDefinition
from fieldapp.wire.changes import BadChange, FieldEdit, change_from_bytes, value_digest

__all__ = ["ZONE", "Finder", "Wording", "seen_token"]

R = TypeVar("R")

ZONE = "Asia/Shanghai"
"""Moments at the console are those of the service desk."""


def seen_token(value: Plain) -> str:
    """What names the value that a page showed."""
    return value_digest(value).hex()


def _edits(data: bytes) -> tuple[FieldEdit, ...]:
    try:
        return change_from_bytes(data).edits
    except BadChange:
        return ()


class Finder(Protocol):
    """What of a desk is asked here."""

    service: CentralService

    def find(self, record_class: type[R], *, sites: Collection[Id] | None = None, **equals: object) -> list[R]:
        """All records of a class whose fields equal the given values."""
        ...


class Wording:
    """Words for the conflicts of one page; forms and people are read once."""

    def __init__(self, desk: Finder, language: Language = "zh") -> None:
        """For a desk, in one language."""
        self._desk, self._language = desk, language
        self._forms: dict[Id, FormDefinition | None] = {}
        self._people: dict[str, str] | None = None

    def _question(self, each: Conflict) -> Question | None:
        if each.kind != "form_instance" or not each.field.startswith("/"):
            return None
        if each.record_id not in self._forms:
            self._forms[each.record_id] = self._form(each.record_id)
        definition = self._forms[each.record_id]
        return question_of(definition, each.field) if definition is not None else None

    def _form(self, instance_id: Id) -> FormDefinition | None:
        for instance in self._desk.find(FormInstance, id=instance_id):
            found = self._desk.find(FormVersion, digest=instance.form_digest) if instance.form_digest else []
            found = found or self._desk.find(FormVersion, form_id=instance.form_id, version=instance.form_version)
            try:
                return parse(found[0].xform) if found else None
            except FormError:
                return None
        return None

    def _pick(self, both: tuple[str, str]) -> str:
        chinese, english = both
        return (chinese or english) if self._language == "zh" else (english or chinese)

    def _person(self, given: str) -> str:
        if self._people is None:
            self._people = {each.id: each.name for each in self._desk.find(Person)}
        return self._people.get(given, given)

    def field(self, each: Conflict) -> str:
        """What the field is called; an answer by its code and the question."""
        if not each.field.startswith("/"):
            return field_sentence(each.field).read(self._language)
        code = each.field.rpartition("/")[2].partition("#")[0].replace("_", "-")
        asked = self._question(each)
        return f"{code} {self._pick(asked.label)}".strip() if asked is not None else code

    def value(self, each: Conflict, value: Plain) -> str:
        """A value in words; empty for none."""
        asked = self._question(each) if isinstance(value, str) and value else None
        if asked is not None and asked.choices and not asked.annotation:
            labels = dict(asked.choices)
            return " · ".join(self._pick(labels.get(part, (part, part))) for part in str(value).split())
        return value_sentence(each.kind, each.field, value, ZONE, self._person).read(self._language)

    def choices(self, each: Conflict) -> tuple[tuple[str, str], ...]:
        """What can be chosen as a third value; empty where it is typed."""
        asked = self._question(each)
        if asked is not None and asked.kind == "select_one" and not asked.annotation:
            return tuple((value, self._pick(label)) for value, label in asked.choices)
        return tuple((value, words.read(self._language)) for value, words in choices_of(each.kind, each.field))

    def can_type(self, each: Conflict) -> bool:
        """Whether a third value of a closed field can be typed: no code, no identity."""
        if choices_of(each.kind, each.field):
            return True
        coded = each.field in ("status", "state") or each.field.endswith("_id")
        return field_type(each.kind, each.field) in ("text", "integer", "date", "moment") and not coded

    def before(self, each: Conflict) -> tuple[bool, Plain]:
        """Whether the centre knows what the laptop's author had seen, and it: a value of the log that fits the digest he named."""
        if each.before:
            return True, value_of(each.before)
        place = change_log.c.kind == each.kind, change_log.c.record == each.record_id
        with self._desk.service.store.reading() as connection:
            rows = connection.execute(select(change_log.c.bytes, change_log.c.conflict).where(*place).order_by(change_log.c.at)).all()
        known: dict[bytes, Plain] = {value_digest(empty): empty for empty in (None, "")}
        seen: bytes | None = None
        for data, conflict in rows:
            for edit in _edits(data):
                if edit.name == each.field:
                    known[value_digest(edit.value)] = edit.value
                    if conflict == each.id and seen is None:
                        seen = edit.base
        return (True, known[seen]) if seen in known else (False, None)

    def stands(self, each: Conflict) -> tuple[bool, Plain]:
        """Whether the record is there, and the value that its field has now."""
        with self._desk.service.store.reading() as connection:
            books = Books(connection)
            held = books.get("conflict", each.id)
            if held is None or each.kind not in KINDS:
                return False, None
            target, now = standing(books, held)
        return target is not None and not target.deleted, now

    def settled_before(self, each: Conflict, value: Plain) -> SettledBefore:
        """Who was first, and the value that was not taken."""
        by = each.engineer_id if each.settled_by is None else each.settled_by  # empty: an account that is no person's
        who = self._person(by) if by else say("Service desk")
        when = when_text(each.settled_at, "en", ZONE) if each.settled_at else ""
        words = value_sentence(each.kind, each.field, value, ZONE, self._person) if value not in (None, "") else "—"
        return SettledBefore(who=who, when=when, value=words)

    def decided(self, each: Conflict, keep: str, typed: str) -> tuple[Plain, str]:
        """The value that a decision means, and how the conflict is settled with it. BadEntry for what does not fit."""
        sides = {f"side:{place}": side.value for place, side in enumerate(sides_of(each.sides))}
        if keep in sides:
            return sides[keep], "other"
        if keep in ("mine", "theirs"):
            return value_of(each.mine if keep == "mine" else each.theirs), keep
        asked = self._question(each)
        try:
            if keep != "other" or not each.field:
                raise ValueError(keep)
            value = typed_value(each.kind, each.field, typed, ZONE)
            if asked is not None and not asked.fits(str(value or "")):
                raise ValueError(typed)
        except ValueError as fault:
            raise BadEntry(field=self.field(each)) from fault
        return value, "other"
