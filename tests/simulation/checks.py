"""The invariants of sync: checked after every round, at the end of a finished one, and when the world has come to rest.

The numbers are those of the contract: 1 nothing saved is lost, 2 a finished round leaves both ends equal, 3 nothing twice,
4 no cursor ahead of its data, 5 the outbox empties, 6 activities never change and chains verify, 7 nothing outside of the
scope, 8 on-site bytes stay the beginning of a stamped report, 9 a second round changes nothing.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from fieldapp.base.ids import Id
from fieldapp.central.rounds.epochs import history_of
from fieldapp.central.rounds.scope import parts_of
from fieldapp.central.store.tables import fixed_site
from fieldapp.domain.conflicts.sides import sides_of
from fieldapp.domain.records import KINDS, Plain, to_plain
from fieldapp.replica.intake import digest_bytes, recomputed_digest
from fieldapp.replica.keeping.giving import UNKNOWN_RECORD
from fieldapp.replica.reader import Reader
from fieldapp.replica.tables import OUTBOX, PENDING, RECEIPTED, SHADOW, TAKEN_OVER, WAITING
from fieldapp.wire.changes import GENESIS, chain_digest, change_from_bytes, scope_sum
from fieldapp.wire.protocol import ExchangeReply
from tests.simulation.ledger import Entry

if TYPE_CHECKING:
    from tests.simulation.centre import Logged
    from tests.simulation.laptop import Laptop
    from tests.simulation.world import World

__all__ = ["Violation", "accounts", "after_replies", "agree", "centre", "laptop", "quiet", "said"]

Key = tuple[str, Id]


class Violation(AssertionError):
    """An invariant does not hold."""


def demand(truth: bool, text: str) -> None:
    """Raise Violation when something that must hold does not."""
    if not truth:
        raise Violation(text)


def said(row: Logged) -> Iterator[tuple[str, Plain]]:
    """What a Change of the log says: field and value; a deletion says ("", None)."""
    if row.change.deleted:
        yield "", None
    yield from row.change.values().items()


# -------------------------------------------------------------------------------------------------- after every round


def after_replies(world: World, replies: Sequence[ExchangeReply]) -> None:
    """2: digests mend what went wrong, so a mistake would not show in the end; without a mistake they never differ."""
    demand(not any(reply.agrees is False for reply in replies), "2: the digests of both ends differed")


def laptop(world: World, which: Laptop) -> None:
    """What holds on a laptop at every moment."""
    with which.replica.reading() as reader:
        state = reader.sync_state()
        held, unsaid = _centre_side(reader)
        demand(not unsaid, f"1: {which.name} shows {unsaid} and no Change says so")
        if state.complete:  # else the whole is to be taken again, which lays what was lost with the centre on top anew
            _pending_shown(which, reader)
        _outbox_chain(which, reader, state.incarnation, state.sequence, state.head)
    service = world.centre.service
    with service.store.reading() as connection:
        history = history_of(connection)
    if not state.complete or state.epoch != history.epoch or history.lost(state.cursor):
        return
    demand(state.cursor <= history.revision, f"4: {which.name} stands at {state.cursor}, the centre at {history.revision}")
    for key, (revision, digest) in world.centre.scope(which.engineer).items():
        if revision <= state.cursor:
            demand(held.get(key) == digest, f"4: {which.name} stands at {state.cursor} and lacks {key} of {revision}")


def _centre_side(reader: Reader) -> tuple[dict[Key, int], list[Key]]:
    """The digests of the centre's versions on a laptop; and the rows shown that neither the centre nor a Change knows."""
    held: dict[Key, int] = {}
    rows = reader.connection.execute(sa.select(SHADOW.c.kind, SHADOW.c.id, SHADOW.c.state, SHADOW.c.digest)).all()
    shadows = {(row.kind, row.id): row for row in rows}
    shown = reader.connection.execute(sa.select(PENDING.c.kind, PENDING.c.record_id))
    pending = {(row.kind, row.record_id) for row in shown}
    unsaid = []
    spelled = " UNION ALL ".join(f"SELECT '{kind}', id, row_digest FROM \"{kind}\"" for kind in KINDS)
    for kind, record, digest in reader.connection.exec_driver_sql(spelled):
        if (kind, record) in shadows:
            continue
        if digest is not None:
            held[kind, record] = int.from_bytes(digest, "big")
        elif (kind, record) not in pending:
            unsaid.append((kind, record))
    held |= {key: int.from_bytes(row.digest, "big") for key, row in shadows.items() if row.state == "present"}
    return held, unsaid


def _pending_shown(which: Laptop, reader: Reader) -> None:
    """1: the last value entered of each field that waits is what the screen shows."""
    waiting = sa.select(WAITING.c.data).order_by(WAITING.c.sequence)
    last: dict[Key, dict[str, Plain] | None] = {}
    for row in reader.connection.execute(waiting):
        change = change_from_bytes(row.data)
        key = (change.kind, change.record_id)
        last[key] = None if change.deleted else {**(last.get(key) or {}), **change.values()}
    for (kind, record), values in last.items():
        found = reader.get(KINDS[kind].record, record)
        if values is None:
            demand(found is None, f"1: {which.name} deleted {kind} {record} and still shows it")
            continue
        demand(found is not None, f"1: {which.name} does not show {kind} {record} that waits")
        shown = {**to_plain(found), **(reader.answers(record) if KINDS[kind].open_policy else {})}
        for name, value in values.items():
            demand(shown.get(name) == value, f"1: {which.name} shows {shown.get(name)!r} in {kind}.{name}, {value!r} waits")


def _outbox_chain(which: Laptop, reader: Reader, incarnation: int, sequence: int, head: bytes) -> None:
    """6: the Changes of an incarnation have no gap, but for what every backup of the centre holds, and their digests chain."""
    chains: dict[int, tuple[int, bytes]] = {}
    waiting = {(row.incarnation, row.sequence) for row in reader.connection.execute(sa.select(WAITING.c.incarnation, WAITING.c.sequence))}
    for row in reader.connection.execute(sa.select(OUTBOX).order_by(OUTBOX.c.incarnation, OUTBOX.c.sequence)):
        before, chain = chains.get(row.incarnation, (0, GENESIS))
        if row.sequence == before + 1 or not which.pruned or (row.incarnation, row.sequence) in waiting:
            demand(row.sequence == before + 1, f"6: {which.name} has a gap before {row.incarnation}/{row.sequence}")
            demand(row.head == chain_digest(chain, row.data), f"6: the chain of {which.name} breaks at {row.incarnation}/{row.sequence}")
        demand(change_from_bytes(row.data).sequence == row.sequence, f"6: {which.name} numbers {row.incarnation}/{row.sequence} otherwise")
        chains[row.incarnation] = row.sequence, row.head
    demand(chains.get(incarnation, (0, GENESIS)) == (sequence, head), f"6: {which.name} forgot where its chain ends")


def centre(world: World) -> None:
    """6: what was written once at the centre stays as it was, as long as the centre is not put back."""
    for (kind, record), values in world.centre.values().items():
        if kind in ("case_activity", "stock_movement"):
            known = world.activities.setdefault(record, dict(values))
            demand(known == values, f"6: {kind} {record} was altered")


def agree(world: World, which: Laptop) -> None:
    """2, 7: after a finished round the laptop holds the centre's scope, all of it and nothing else."""
    with which.replica.reading() as reader:
        demand(reader.unreceipted().changes == 0, f"5: {which.name} calls a round complete while Changes wait")
        held, _ = _centre_side(reader)
        total = digest_bytes(scope_sum(held.values()))
        demand(total == reader.sync_state().scope_digest, f"2: {which.name} keeps a wrong digest")
    wanted = {key: digest for key, (_, digest) in world.centre.scope(which.engineer).items()}
    demand(not held.keys() - wanted.keys(), f"7: {which.name} holds {sorted(held.keys() - wanted.keys())[:3]} outside of its scope")
    demand(not wanted.keys() - held.keys(), f"2: {which.name} lacks {sorted(wanted.keys() - held.keys())[:3]}")
    demand(held == wanted, f"2: {which.name} holds other versions than the centre")


# -------------------------------------------------------------------------------------------------- at rest


def quiet(world: World, which: Laptop) -> None:
    """9: one more round changes no row at either end; digests are those of the rows; the screen shows the centre's values."""
    before = world.centre.state(), _side(which)
    result = world.round(which)
    demand(result is not None and result.complete and not (result.pushed or result.pulled), f"9: {which.name} is not at rest")
    demand((world.centre.state(), _side(which)) == before, f"9: a second round of {which.name} changed something")
    with which.replica.reading() as reader:
        demand(recomputed_digest(reader.connection) == reader.sync_state().scope_digest, f"2: {which.name} keeps digests of other rows")
    everything = world.centre.values()
    wanted = {key: _standing(everything[key]) for key in world.centre.scope(which.engineer)}
    demand(_shown(which) == wanted, f"2: {which.name} shows other values than the centre holds")


def _standing(values: Mapping[str, Plain]) -> dict[str, Plain]:
    return {name: value for name, value in values.items() if value is not None}


def _side(which: Laptop) -> dict[Key, int]:
    with which.replica.reading() as reader:
        return _centre_side(reader)[0]


def _shown(which: Laptop) -> dict[Key, dict[str, Plain]]:
    found: dict[Key, dict[str, Plain]] = {}
    with which.replica.reading() as reader:
        for name in sorted({name for name, _ in _centre_side(reader)[0]}):
            kind = KINDS[name]
            for record in reader.find(kind.record):
                answers = reader.answers(record.id) if kind.open_policy else {}
                found[kind.name, record.id] = _standing({**to_plain(record), **answers})
    return found


def accounts(world: World) -> None:
    """1, 3, 6: every promise is kept where a person can see it; every chain verifies; every receipt is what the centre says."""
    log = world.centre.log()
    _chains(log)
    _receipts(world, log)
    standing, gone = world.centre.values(), world.centre.deleted()
    _promises(world, log, standing, gone)
    _reports(world, standing)
    _scopes(world, standing)
    for digest in sorted(set(world.ledger.blobs.values())):
        demand(world.centre.service.blobs.state(digest).complete, f"1: a photo {digest[:8]} never arrived")
        demand(len(world.centre.service.blobs.get(digest)) > 0, f"1: a photo {digest[:8]} arrived empty")


def _chains(log: Sequence[Logged]) -> None:
    heads: dict[tuple[Id, int], tuple[int, bytes]] = {}
    for row in log:
        before, head = heads.get((row.device, row.incarnation), (0, GENESIS))
        demand(row.sequence == before + 1, f"6: the log has a gap before {row.device[-4:]}/{row.incarnation}/{row.sequence}")
        demand(row.head == chain_digest(head, row.data), "6: a chain of the log breaks")
        heads[row.device, row.incarnation] = row.sequence, row.head


def _receipts(world: World, log: Sequence[Logged]) -> None:
    known = {(row.device, row.incarnation, row.sequence): row for row in log}
    for which in world.laptops:
        with which.replica.reading() as reader:
            for row in reader.connection.execute(sa.select(TAKEN_OVER)):
                theirs = known.get((row.device, row.incarnation, row.sequence))
                place = f"{row.device[-4:]} {row.incarnation}/{row.sequence}, taken over by {which.name},"
                demand(row.verdict is not None, f"5: {place} has no receipt")
                demand(theirs is not None and theirs.data == row.data, f"1: {place} has a receipt and is not at the centre")
            kept = sa.select(OUTBOX.c.incarnation, OUTBOX.c.sequence).order_by(*OUTBOX.primary_key.columns)
            received = reader.connection.execute(sa.select(RECEIPTED).order_by(RECEIPTED.c.incarnation, RECEIPTED.c.sequence)).all()
            for key, row in itertools.zip_longest(reader.connection.execute(kept), received):
                demand(row is not None and row[:2] == tuple(key), f"5: {which.name} {key} has no receipt")
                theirs = known.get((which.device, row.incarnation, row.sequence))
                place = f"{which.name} {row.incarnation}/{row.sequence}"
                demand(theirs is not None and theirs.data == row.data, f"1: {place} has a receipt and is not at the centre")
                again = (row.verdict, row.reason) == ("merged", UNKNOWN_RECORD)  # given whole since, to this centre or to another
                same = theirs is not None and theirs.verdict == row.verdict
                demand(same or again, f"1: {place} has another verdict than at the centre")


def _promises(world: World, log: Sequence[Logged], standing: Mapping[Key, Mapping[str, Plain]], gone: set[Key]) -> None:
    verdicts: dict[tuple[Id, str, Id, str, Plain], set[str]] = defaultdict(set)
    told_so = _refused(world)
    for row in log:
        again = row.reason == UNKNOWN_RECORD and (row.device, row.incarnation, row.sequence) not in told_so
        for name, value in said(row):
            verdict = "again" if again else row.verdict  # what is given again is promised as before
            verdicts[row.device, row.change.kind, row.change.record_id, name, value].add(verdict)
    visible: dict[tuple[str, Id, str], set[Plain]] = defaultdict(set)
    for (kind, _), values in standing.items():
        if kind == "conflict":
            place = (str(values["kind"]), str(values["record_id"]), str(values["field"]))
            visible[place] |= {json.loads(str(values["mine"])), json.loads(str(values["theirs"]))}
            visible[place] |= {side.value for side in sides_of(str(values["sides"] or ""))}  # shown beside the two
    by_place: dict[tuple[str, Id, str], list[Entry]] = defaultdict(list)
    deletions: dict[Key, list[tuple[Id, Mapping[str, Plain]]]] = defaultdict(list)
    for each in (*world.ledger.entries.values(), *world.ledger.gone.values()):
        by_place[each.kind, each.record, each.field].append(each)
        if each.field == "":
            deletions[each.kind, each.record].append((each.engineer, world.ledger.saw.get(each.number, {})))
    wiping = {(kind, record, who) for (kind, record), some in deletions.items() for who, _ in some}
    for place, entries in by_place.items():
        kind, record, field = place
        good = set(visible[place])
        engineers = {each.value for each in entries if each.engineer}
        yields = KINDS[kind].policy_of(field) == "field" and standing.get((kind, record), {}).get(field) in engineers
        if (kind, record) in standing:
            good.add(standing[kind, record].get(field))
        for each in entries:
            if each.number in world.ledger.gone:
                continue  # it explains what others saw, and is owed to nobody
            given = verdicts[each.device, kind, record, field, each.value]
            demand(not each.device or bool(given), f"1: {each} is not at the centre")
            if "rejected" in given or (kind == "conflict" and "merged" in given):  # who settles second is told that he did
                good.add(each.value)
            if each.engineer == "" and (yields or field == ""):
                continue
            if field == "" and (kind, record) not in standing:
                continue
            if (kind, record) in gone:
                wiped = {seen.get(field) for who, seen in deletions[kind, record] if who != each.engineer}
                if (kind, record, each.engineer) in wiping or _leads(each.value, good | wiped, entries):
                    continue
            demand(_leads(each.value, good, entries), f"1: {each} ({sorted(given)}) is neither there nor visible: {sorted(map(str, good))}")
    _false_conflicts(world, standing)


def _refused(world: World) -> set[tuple[Id, int, int]]:
    """The Changes that a laptop keeps as refused, where its engineer sees them."""
    found: set[tuple[Id, int, int]] = set()
    for which in world.laptops:
        with which.replica.reading() as reader:
            own = sa.select(OUTBOX.c.incarnation, OUTBOX.c.sequence).where(OUTBOX.c.verdict == "rejected")
            found |= {(which.device, row.incarnation, row.sequence) for row in reader.connection.execute(own)}
            for row in reader.connection.execute(sa.select(TAKEN_OVER).where(TAKEN_OVER.c.verdict == "rejected")):
                found.add((row.device, row.incarnation, row.sequence))
    return found


def _reports(world: World, standing: Mapping[Key, Mapping[str, Plain]]) -> None:
    """8: the bytes signed on site are the beginning of the stamped report; every report that arrived has come back stamped."""
    kept = set(world.ledger.blobs.values())
    lost = {world.reports.get(each.laptop.device) for each in world.loss.lost}
    told = {values["record_id"] for (kind, _), values in standing.items() if kind == "conflict" and values["reason"] == "not_verified"}
    for (kind, record), values in standing.items():
        if record in lost and record in told:
            continue  # who signed it was blocked when it arrived, and the engineer is told
        if kind == "service_report" and values["pdf_digest"] in kept:
            demand(bool(values["stamped_digest"]), f"8: report {record} never got its time-stamp")
            on_site = world.centre.service.blobs.get(str(values["pdf_digest"]))
            demand(_begins(world, str(values["stamped_digest"]), on_site), f"8: what was stamped is not report {record}")


def _scopes(world: World, standing: Mapping[Key, Mapping[str, Plain]]) -> None:
    """7: the sites in an engineer's scope are those of his cases, and those he is fixed to; told from the records alone."""
    service = world.centre.service
    with service.store.reading() as connection:
        fixed = {(row.engineer, row.site) for row in connection.execute(sa.select(fixed_site))}
        for engineer in {which.engineer for which in world.laptops}:
            cases = {str(values["site_id"]) for (kind, _), values in standing.items() if kind == "case" and values["owner_id"] == engineer}
            wanted = {f"site:{site}" for site in cases - {""} | {site for who, site in fixed if who == engineer}}
            inside = {part for part in parts_of(connection, engineer)[0] if part.startswith("site:") and part != "site:"}
            demand(inside == wanted, f"7: {engineer} has {sorted(inside)} in his scope, and works at {sorted(wanted)}")


def _begins(world: World, digest: str, on_site: bytes) -> bool:
    """Whether every copy of a blob, at the centre and on laptops, begins with the bytes signed on site."""
    copies = [world.centre.service.blobs.get(digest)]
    copies += [which.blobs.get(digest) for which in world.laptops if which.blobs.has(digest)]
    return all(len(copy) > len(on_site) and copy.startswith(on_site) for copy in copies)


def _leads(value: Plain, good: set[Plain], entries: Sequence[Entry]) -> bool:
    """Whether a value stands, is visible, or was replaced by people who saw it, one after another, until one that is."""
    seen: set[Plain] = set()
    todo = [value]
    while todo:
        each = todo.pop()
        if each in good:
            return True
        seen.add(each)
        todo += [other.value for other in entries if other.seen == each and other.value not in seen]
    return False


def _false_conflicts(world: World, standing: Mapping[Key, Mapping[str, Plain]]) -> None:
    """3: nobody is asked to settle a conflict with what he had seen, or with what the other had seen."""
    written: dict[tuple[str, Id, str, Plain], list[Entry]] = defaultdict(list)
    for each in (*world.ledger.entries.values(), *world.ledger.gone.values()):
        written[each.kind, each.record, each.field, each.value].append(each)
    for (kind, record), values in standing.items():
        if kind != "conflict" or values["reason"] != "both_edited":
            continue
        mine, theirs = json.loads(str(values["mine"])), json.loads(str(values["theirs"]))
        editors = written[str(values["kind"]), str(values["record_id"]), str(values["field"]), mine]
        false = bool(editors) and mine is not None and all(editor.seen == theirs for editor in editors)
        demand(not false, f"3: conflict {record} holds {theirs!r} against {mine!r}, whose editor had seen it")
        others = written[str(values["kind"]), str(values["record_id"]), str(values["field"]), theirs]
        false = bool(others) and mine is not None and all(editor.seen == mine for editor in others)
        demand(not false, f"3: conflict {record} holds {mine!r} against {theirs!r}, whose editor had seen it")
