"""What a person sees of conflicts and of what the centre did not take: labels, values in words, who, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.clock import moment_from_text
from fieldapp.base.errors import FormError
from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id, is_id
from fieldapp.domain.conflicts.sides import ASIDE, LATE, is_told, sides_of, spelled, value_of
from fieldapp.domain.conflicts.words import Choices, choices_of, field_sentence, field_type, typed_text, value_sentence
from fieldapp.domain.customers import Person
from fieldapp.domain.documents import Conflict
from fieldapp.domain.inspections import FormInstance, FormVersion
from fieldapp.domain.merging import reason_sentence
from fieldapp.domain.records import KINDS, Plain, to_plain
from fieldapp.forms.definition import parse
from fieldapp.forms.labels.question import Question, question_of
from fieldapp.forms.slots import FormDefinition
from fieldapp.operations.filling.views import Words, words
from fieldapp.operations.overview import NOT_ASKED, kind_name, subject_of
from fieldapp.operations.session import FieldSession
from fieldapp.replica.states import PendingVerdict
from fieldapp.replica.store import Reader

__all__ = ["ConflictView", "RejectedLine", "Shower", "SideView", "before_of", "stands", "writer_of"]

NOTHING = Sentence("")


@dataclass(frozen=True, slots=True)
class SideView:
    """A further value of a conflict: `key` names it when it is chosen."""

    key: str
    value: Sentence
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ConflictView:
    """冲突: one field that both ends changed, its values in words; `settled_with` "" while it is open.

    `theirs` is what stands at the centre now. `typed` is this laptop's value as it would be typed, `can_enter` whether a third
    value can be typed, or chosen from `choices`, at all. `what` says in one sentence what happened, `keeps` and `takes` what
    the two buttons do. `sides` are values of other laptops. `settled_by` is a name.
    """

    conflict_id: Id
    kind: str
    record_id: Id
    subject: str
    kind_words: Sentence
    field_words: Sentence
    before: Sentence
    mine: Sentence
    theirs: Sentence
    typed: str
    can_enter: bool
    mine_by: str
    theirs_by: str
    mine_at: datetime | None
    theirs_at: datetime | None
    settled_with: str
    what: Sentence = NOTHING
    keeps: Sentence = NOTHING
    takes: Sentence = NOTHING
    settled_by: str = ""
    choices: Choices = ()
    sides: tuple[SideView, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """Something entered here that does not stand: what it was about, what was entered, why, and what stands instead.

    `conflict_id` is set where a person may mark it as seen; `kind` and `record_id` name the record to go to.
    """

    kind_words: Sentence
    subject: str
    entered: tuple[tuple[Sentence, Sentence], ...]
    reason: Sentence
    at: datetime
    conflict_id: Id = ""
    kind: str = ""
    record_id: Id = ""
    instead: Sentence = NOTHING


def stands(reader: Reader, conflict: Conflict) -> str:
    """The value that the field has now, spelled as the conflict spells its values; "" for a record that is gone."""
    kind = KINDS.get(conflict.kind)
    record = reader.get(kind.record, conflict.record_id) if kind is not None else None
    if record is None:
        return ""
    if conflict.field.startswith("/"):
        return spelled(reader.answers(conflict.record_id).get(conflict.field))
    return spelled(to_plain(record).get(conflict.field))


def writer_of(reader: Reader, conflict: Conflict, now: str) -> tuple[Id, datetime | None]:
    """Who gave the field the value that it has `now`, and when: this laptop, where it did, else nobody that is known here."""
    own = reader.last_edit(conflict.kind, conflict.record_id, conflict.field)
    return (own.author, own.at) if own is not None and spelled(own.value) == now else ("", None)


class Shower:
    """Shows the conflicts of one reading; forms are read once."""

    def __init__(self, session: FieldSession, reader: Reader) -> None:
        """Within `session.reading()`."""
        self._session, self._reader = session, reader
        self._forms: dict[Id, FormDefinition | None] = {}

    # ------------------------------------------------------------------------------------------------ words

    def question(self, kind: str, record_id: Id, name: str) -> Question | None:
        """The question of an answer; None for a closed field, or when the form is not here."""
        if kind != "form_instance" or not name.startswith("/"):
            return None
        if record_id not in self._forms:
            self._forms[record_id] = self._form(record_id)
        definition = self._forms[record_id]
        return question_of(definition, name) if definition is not None else None

    def _form(self, instance_id: Id) -> FormDefinition | None:
        instance = self._reader.get(FormInstance, instance_id)
        if instance is None:
            return None
        found = self._reader.find(FormVersion, digest=instance.form_digest) if instance.form_digest else []
        found = found or self._reader.find(FormVersion, form_id=instance.form_id, version=instance.form_version)
        try:
            return parse(found[0].xform) if found else None
        except FormError:
            return None

    def field(self, kind: str, record_id: Id, name: str) -> Sentence:
        """What a field is called: an answer by its code and the question."""
        if not name:
            return say("the whole record")
        if not name.startswith("/"):
            return field_sentence(name)
        code = name.rpartition("/")[2].partition("#")[0].replace("_", "-")
        asked = self.question(kind, record_id, name)
        if asked is None or not any(asked.label):
            return Sentence("{item}", {"item": code})
        label: Sentence = words(f"{code} {asked.label[0]}", f"{code} {asked.label[1]}")
        if asked.annotation:
            return say("{what}: {part}", what=label, part=say("result") if asked.annotation == "result" else asked.annotation)
        return label

    def value(self, kind: str, record_id: Id, name: str, value: Plain) -> Sentence:
        """A value in words: choices by their labels, moments in local time, people by their names."""
        asked = self.question(kind, record_id, name) if isinstance(value, str) and value else None
        if asked is not None and asked.choices and not asked.annotation:
            labels = dict(asked.choices)
            chosen = [labels.get(each, (each, each)) for each in str(value).split()]
            return Words(" · ".join(english for _, english in chosen), zh=" · ".join(chinese for chinese, _ in chosen))
        return value_sentence(kind, name, value, self._session.zone, self.person)

    def person(self, given: str) -> str:
        """A person's name for an identity; any other text as it is."""
        person = self._reader.get(Person, given) if is_id(given) else None
        return person.name if person is not None else given

    # ------------------------------------------------------------------------------------------------ conflicts

    def conflict(self, each: Conflict, verdicts: Sequence[PendingVerdict]) -> ConflictView:
        """One conflict that asks, or was settled."""
        mine, now = value_of(each.mine), stands(self._reader, each)
        told = each.state == "settled" or now in ("", each.mine, each.theirs)  # else the record was edited again before anybody settled
        theirs, theirs_by, theirs_at = value_of(each.theirs), self.person(each.theirs_by), each.theirs_at
        if not told:
            by, theirs_at = writer_of(self._reader, each, now)
            theirs, theirs_by = value_of(now), self.person(by)
        what, keeps, takes = _explained(each)
        known, before = before_of(each, verdicts)
        choices = self._choices(each)
        plain_field = each.field.startswith("/") or field_type(each.kind, each.field) in ("text", "integer", "date", "moment")
        return ConflictView(
            conflict_id=each.id,
            kind=each.kind,
            record_id=each.record_id,
            subject=subject_of(self._reader, each.kind, each.record_id),
            kind_words=kind_name(each.kind),
            field_words=self.field(each.kind, each.record_id, each.field),
            before=self._words(each, before) if known else say("not known here"),
            mine=self._words(each, mine) if each.field else say("deleted"),
            theirs=say("deleted") if each.reason == "deleted" and not now else self._words(each, theirs) if each.field else say("kept"),
            typed=typed_text(each.kind, each.field, mine, self._session.zone),
            can_enter=bool(each.field and (choices or (plain_field and not is_id(mine) and each.field not in ("status", "state")))),
            mine_by=self.person(each.mine_by),
            theirs_by=theirs_by,
            mine_at=each.mine_at,
            theirs_at=theirs_at,
            settled_with=each.settled_with if each.state == "settled" else "",
            what=what,
            keeps=keeps,
            takes=takes,
            settled_by=self.person(each.settled_by or ""),
            choices=choices,
            sides=tuple(
                SideView(
                    f"side:{place}", self._words(each, side.value), self.person(side.by), moment_from_text(side.at) if side.at else None
                )
                for place, side in enumerate(sides_of(each.sides))
                if side.why != LATE
            ),
        )

    def _words(self, each: Conflict, value: Plain) -> Sentence:
        return self.value(each.kind, each.record_id, each.field, value)

    def _choices(self, each: Conflict) -> Choices:
        asked = self.question(each.kind, each.record_id, each.field)
        if asked is not None and asked.kind == "select_one" and not asked.annotation:
            return tuple((value, words(chinese, english)) for value, (chinese, english) in asked.choices)
        return choices_of(each.kind, each.field)

    # ------------------------------------------------------------------------------------------------ told, not asked

    def told(self, each: Conflict) -> tuple[RejectedLine, ...]:
        """What was set aside, or came after somebody else had settled; nothing for a conflict that asks."""
        if each.reason in NOT_ASKED and each.state == "open":
            return (self._line(each, (), each.reason),)
        if not is_told(each):
            return ()
        if each.state == ASIDE:
            lost, instead = (each.theirs, each.mine) if each.reason == "field_decides" else (each.mine, each.theirs)
            return (self._line(each, (value_of(lost),), each.reason, value_of(instead)),)
        late = tuple(side.value for side in sides_of(each.sides) if side.why == LATE)
        return (self._line(each, late, "settled_before", value_of(each.settled_value)),)

    def _line(self, each: Conflict, lost: tuple[Plain, ...], reason: str, instead: Plain = None) -> RejectedLine:
        field = self.field(each.kind, each.record_id, each.field)
        return RejectedLine(
            kind_words=kind_name(each.kind),
            subject=subject_of(self._reader, each.kind, each.record_id),
            entered=tuple((field, self._words(each, value)) for value in lost),
            reason=reason_sentence(reason) or say("The service desk did not take this. It is kept."),
            at=each.mine_at or self._session.clock.now(),
            conflict_id=each.id if reason not in NOT_ASKED else "",
            kind=each.kind,
            record_id=each.record_id,
            instead=self._words(each, instead),
        )

    def rejected(self, each: PendingVerdict) -> RejectedLine:
        """A Change that the centre did not take."""
        entered = ((name, each.values.get(name)) for name in each.fields or each.values)
        return RejectedLine(
            kind_words=kind_name(each.kind),
            subject=subject_of(self._reader, each.kind, each.record_id),
            entered=tuple(
                (self.field(each.kind, each.record_id, name), self.value(each.kind, each.record_id, name, value)) for name, value in entered
            ),
            reason=reason_sentence(each.reason) or say("The service desk did not take this. It is kept."),
            at=each.at,
            kind=each.kind,
            record_id=each.record_id,
        )


def before_of(each: Conflict, verdicts: Sequence[PendingVerdict]) -> tuple[bool, Plain]:
    """Whether it is known what stood there before both edits, and it: as told, else what this laptop saw when it edited.

    A second edit goes on in the conflict of the first, so the oldest of such a chain knows it.
    """
    if each.before:
        return True, value_of(each.before)
    known, value, mine = False, None, value_of(each.mine)
    for one in verdicts:  # the newest first
        here = (one.kind, one.record_id, one.verdict) == (each.kind, each.record_id, "conflict") and each.field in one.fields
        if here and one.values.get(each.field) == mine:
            known, value = True, one.bases.get(each.field)
            mine = value
    return known, value


def _explained(each: Conflict) -> tuple[Sentence, Sentence, Sentence]:
    """What happened, what keeping mine does, what taking theirs does: a sentence each."""
    if each.reason == "deleted":
        return (
            say("This was deleted elsewhere while you edited it; your entry is kept here."),
            say("Keep mine: the record comes back with your value at the next sync."),
            say("Take theirs: it stays deleted."),
        )
    if each.reason == "changed_meanwhile":
        return (
            say("You deleted this while somebody else edited it; it was not deleted."),
            say("Keep mine: it is deleted after all."),
            say("Take theirs: it stays with the other's changes."),
        )
    return (
        say("Two people changed this before they knew of each other; the centre's value stands until you choose, and none is lost."),
        say("Keep mine: your value replaces the other everywhere at the next sync."),
        say("Take theirs: the value at the centre stays; yours remains in the history."),
    )
