"""Two edits of one record: which field wins, and what a person must decide. Pure; the centre and the laptop's rebase share it.

A verdict is given for each field. Nothing is ordered by a device's clock: what counts is whether the editor saw the value
that stands now, who edits, and the field's policy. The losing value is never thrown away; `Outcome.kept` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fieldapp.base.i18n import Sentence, say
from fieldapp.domain.records import Kind, Plain, Policy

__all__ = ["Actor", "Differences", "Outcome", "OutcomeCode", "differing_fields", "merge_field", "merge_record", "reason_sentence"]

Actor = Literal["engineer", "centre"]
OutcomeCode = Literal["applied", "merged", "conflict", "rejected"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one field. `value` is what stands afterwards, `kept` the value that lost (`loses` tells whether one did).

    `reason` is a stable word, empty when there is nothing to explain; `reason_sentence` reads it.
    """

    code: OutcomeCode
    value: Plain
    reason: str = ""
    kept: Plain = None
    loses: bool = False


def same(one: Plain, other: Plain) -> bool:
    """Whether two plain values are the same value; true and 1 are not."""
    return type(one) is type(other) and one == other


def merge_field(
    policy: Policy | None,
    current: Plain,
    base_matches: bool,
    mine: Plain,
    actor: Actor,
    *,
    creating: bool = False,
    current_by: Actor | None = None,
) -> Outcome:
    """Merge one edited field into what stands now.

    `base_matches`: the digest of the value that the editor saw fits `current`. `creating`: the record is not there yet, so that
    nobody's value is replaced. `current_by`: who wrote `current` (left out: the other side). A field this version does not know
    (policy None) is treated as `both`.
    """
    if creating:
        return Outcome("applied", mine)
    if same(current, mine):
        return Outcome("applied", current, "" if base_matches else "same_value")
    match policy:
        case "append" | "ledger":
            return Outcome("rejected", current, "never_altered", mine, True)
        case "once":
            return Outcome("rejected", current, "first_stands", mine, True)
        case "centre":
            if actor == "engineer":
                return Outcome("rejected", current, "centre_decides", mine, True)
            return Outcome("applied", mine)
        case "field":
            return _merge_field_owned(current, base_matches, mine, actor, current_by)
        case _:
            if base_matches:
                return Outcome("applied", mine)
            return Outcome("conflict", current, "both_edited", mine, True)


def _merge_field_owned(current: Plain, base_matches: bool, mine: Plain, actor: Actor, current_by: Actor | None) -> Outcome:
    """The engineer's field: who was on site wins over the centre, in whichever order the edits arrive; two engineers conflict."""
    if base_matches:
        return Outcome("applied", mine)
    other: Actor = current_by or ("centre" if actor == "engineer" else "engineer")
    if actor == other:
        return Outcome("conflict", current, "both_edited", mine, True)
    if actor == "engineer":
        return Outcome("merged", mine, "field_decides", current, True)
    return Outcome("merged", current, "field_decides", mine, True)


def reason_sentence(reason: str) -> Sentence | None:
    """The reason of an outcome as a person reads it; None for the empty reason."""
    return {
        "": None,
        "same_value": say("Both sides entered the same value."),
        "never_altered": say("Entries of this kind are never changed. What was written first stands; add a new entry to correct it."),
        "first_stands": say("This was already signed or recorded once; the first one stands. Your value is kept."),
        "centre_decides": say("The service desk decides this field. Its value stands; yours is kept."),
        "field_decides": say("The engineer on site decides this field. The other value is kept."),
        "both_edited": say("Both sides changed this; both values are kept."),
        "sealed": say("This record is signed and cannot be changed. Your value is kept; open a new version to use it."),
        "changed_meanwhile": say("Somebody changed this record meanwhile; it was not deleted."),
        "deleted": say("This record was deleted at the service desk. Your value is kept."),
        "centre_only": say("Only the service desk makes such records. Your entry is kept."),
        "wrong_order": say("This entry came in the wrong order and was not taken. It is kept."),
        "bad_value": say("The service desk cannot take this value. It is kept."),
        "unreadable": say("The service desk cannot read this entry. It is kept."),
        "unknown_kind": say("The service desk does not know this kind of record yet. Your entry is kept."),
        "unknown_field": say("The service desk does not know this field yet. Your value is kept."),
        "highest_stands": say("Numbers of this block are used up further elsewhere; the higher count stands."),
        "settled_before": say("Somebody else settled this before you; what was decided first stands. Your value is kept."),
        "unknown_record": say("The service desk does not know this record any more. Your entry is kept."),
        "not_verified": say("The signatures of this report could not be verified, so it got no time-stamp. The report is kept."),
    }.get(reason, say("The service desk gave the reason {reason}.", reason=reason))


@dataclass(frozen=True, slots=True)
class Differences:
    """Fields by who changed them since the base; `agreed` were changed by both to the same value, `clashing` to different ones."""

    mine: frozenset[str]
    theirs: frozenset[str]
    agreed: frozenset[str]
    clashing: frozenset[str]


_ABSENT = object()


def differing_fields(base: Mapping[str, Plain], mine: Mapping[str, Plain], theirs: Mapping[str, Plain]) -> Differences:
    """Compare two edits of one base, field by field; a field that is absent differs from one that is null."""

    def moved(side: Mapping[str, Plain], name: str) -> bool:
        return not _same_or_absent(base.get(name, _ABSENT), side.get(name, _ABSENT))

    only_mine: set[str] = set()
    only_theirs: set[str] = set()
    agreed: set[str] = set()
    clashing: set[str] = set()
    for name in base.keys() | mine.keys() | theirs.keys():
        left, right = moved(mine, name), moved(theirs, name)
        if left and right:
            (agreed if _same_or_absent(mine.get(name, _ABSENT), theirs.get(name, _ABSENT)) else clashing).add(name)
        elif left:
            only_mine.add(name)
        elif right:
            only_theirs.add(name)
    return Differences(frozenset(only_mine), frozenset(only_theirs), frozenset(agreed), frozenset(clashing))


def _same_or_absent(one: object, other: object) -> bool:
    return one is other or (type(one) is type(other) and one == other)


def merge_record(
    kind: Kind,
    base: Mapping[str, Plain],
    current: Mapping[str, Plain],
    mine: Mapping[str, Plain],
    actor: Actor,
) -> dict[str, Outcome]:
    """The verdict on every field that `mine` changes against `base`, three-way; fields that `mine` leaves alone are not named."""
    outcomes: dict[str, Outcome] = {}
    for name, value in mine.items():
        if name in base and same(base[name], value):
            continue
        fits = _same_or_absent(base.get(name, _ABSENT), current.get(name, _ABSENT))
        outcomes[name] = merge_field(kind.policy_of(name), current.get(name), fits, value, actor, creating=not base and not current)
    return outcomes
