"""The end of the day in words: what went up, what came down, what still waits and why, what is to be settled."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import Sentence, say, when_text
from fieldapp.domain.documents import Conflict
from fieldapp.operations.laptop.courier import amount_words, on_its_way
from fieldapp.operations.laptop.past import WHY
from fieldapp.operations.overview import NOT_ASKED
from fieldapp.operations.session import FieldSession
from fieldapp.replica.states import Pending, RoundRow
from fieldapp.replica.store import Reader

__all__ = ["DayLine", "day_lines"]

_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class DayLine:
    """One line: what it is about (up | down | waits | settle), and whether it asks for attention."""

    about: str
    words: Sentence
    attention: bool


def day_lines(session: FieldSession) -> tuple[DayLine, ...]:
    """The lines, for the day of the laptop's own zone."""
    zone = ZoneInfo(session.zone)
    today = session.clock.now().astimezone(zone).date()
    with session.reading() as reader:
        past, pending = reader.rounds(_ROUNDS), reader.unreceipted()
        rounds = [each for each in past if each.ended_at.astimezone(zone).date() == today]
        last = past[0] if past else None
        waits = _waiting(session, reader, pending, last)
        settle = sum(each.state == "open" and each.reason not in NOT_ASKED for each in reader.find(Conflict))
        refused = sum(each.counts.get("rejected", 0) for each in rounds)
    lines = [_up(rounds), _down(rounds), waits]
    if settle:
        lines.append(DayLine("settle", say("{count} conflicts are to be settled, below; both values are kept.", count=settle), True))
    if refused:
        lines.append(DayLine("settle", say("{count} changes were not taken today; why stands below.", count=refused), True))
    return tuple(lines)


def _sum(rounds: list[RoundRow], name: str) -> int:
    return sum(each.counts.get(name, 0) for each in rounds if each.outcome != "courier_out")


def _up(rounds: list[RoundRow]) -> DayLine:
    changes, files = _sum(rounds, "receipts"), _sum(rounds, "blobs_sent")
    if not changes and not files:
        return DayLine("up", say("Today nothing went up to the centre yet."), False)
    return DayLine("up", say("Up today: {changes} changes and {files} files, each with its receipt.", changes=changes, files=files), False)


def _down(rounds: list[RoundRow]) -> DayLine:
    records, files = _sum(rounds, "pulled"), _sum(rounds, "blobs_fetched")
    if not records and not files:
        return DayLine("down", say("Today nothing new came down."), False)
    return DayLine("down", say("Down today: {records} records and {files} files.", records=records, files=files), False)


def _waiting(session: FieldSession, reader: Reader, pending: Pending, last: RoundRow | None) -> DayLine:
    if not pending.changes and not pending.blobs:
        return DayLine("waits", say("Nothing waits on this laptop."), False)
    held = amount_words(pending.changes, pending.blobs, pending.blob_bytes)
    since = on_its_way(reader)
    if since is not None:
        when = when_text(since, "en", session.zone)
        return DayLine("waits", say("{held} wait; the courier file of {when} has no answer yet.", held=held, when=when), False)
    outcome = last.outcome if last is not None else ""
    if outcome == "incomplete" and last is not None and last.counts.get("records") and not pending.changes:
        why = say("some files could not be moved")
    elif outcome == "incomplete":
        why = say("the last sync was stopped")
    elif outcome.startswith("FA-"):
        why = WHY.get(outcome, say("the last sync ended early"))
    else:
        return DayLine("waits", say("{held} wait for the next sync.", held=held), False)
    return DayLine("waits", say("{held} wait: {why}.", held=held, why=why), True)
