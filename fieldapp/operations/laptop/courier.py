"""Sync without a network: write everything that waits into a file that anybody may carry, and take in the file that comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import Sentence, say
from fieldapp.domain.records import KINDS
from fieldapp.operations.laptop.line import note_wanted
from fieldapp.operations.laptop.synchronise import RoundView, progress_of, stop_token
from fieldapp.operations.overview import size_words
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Watch
from fieldapp.replica.store import Reader
from fieldapp.sync.courier import CarriedAnswer, CourierKeys, take_answer, write_out
from fieldapp.sync.incarnation import IncarnationFile
from fieldapp.wire.stick import StickTrouble

__all__ = ["CourierView", "WrittenFile", "amount_words", "courier_in", "courier_out", "courier_view", "on_its_way"]

ENDING = ".courier"


@dataclass(frozen=True, slots=True)
class CourierView:
    """What the card says before anything is done: what a file would hold now, and since when one is without its answer.

    `possible`: the laptop knows the key of the centre; without it one sync over the network comes first.
    """

    possible: bool
    changes: int
    files: int
    size: int
    on_its_way: datetime | None


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was written, and read back."""

    path: Path
    words: Sentence


def amount_words(changes: int, files: int, size: int) -> Sentence:
    """How much there is of Changes and files; files are named when there are any."""
    if not files:
        return say("{changes} changes", changes=changes)
    return say("{changes} changes and {files} files ({size})", changes=changes, files=files, size=size_words(size))


def on_its_way(reader: Reader) -> datetime | None:
    """When the last file was written whose answer has not been taken in, if anything still waits; None otherwise."""
    if not (pending := reader.unreceipted()).changes and not pending.blobs:
        return None
    for each in reader.rounds():
        if each.outcome in ("courier_in", "complete"):
            return None
        if each.outcome == "courier_out":
            return each.started_at
    return None


def courier_view(session: FieldSession) -> CourierView:
    """What the card shows."""
    with session.reading() as reader:
        pending, since = reader.unreceipted(), on_its_way(reader)
    possible = bool(session.vault.identity.courier_key)
    return CourierView(possible, pending.changes, pending.blobs, pending.blob_bytes, since)


def courier_out(session: FieldSession, where: Path, watch: Watch) -> WrittenFile:
    """Write the file for the centre: to a path, or into a folder under a name of its own. NoCourierKey, NameTaken, StickFull,
    StickTrouble, what the replica raises: then there is no file. What is in it goes on waiting here until its receipt comes.
    """
    with session.line_turn:
        return _courier_out(session, where, watch)


def _courier_out(session: FieldSession, where: Path, watch: Watch) -> WrittenFile:
    note_wanted(session)
    path = where / _name(session) if where.is_dir() else where
    if path.suffix != ENDING and not path.exists():  # the folder of a stick that is not plugged in
        raise StickTrouble(folder=str(where), reason=say("there is no such folder"))
    try:
        result = write_out(
            session.replica,
            session.blobs,
            path,
            _keys(session),
            clock=session.clock,
            randomness=session.randomness,
            incarnations=IncarnationFile(session.places.vault / "incarnation"),
            progress=progress_of(watch),
            cancel=stop_token(watch),
        )
    finally:
        session.announce(frozenset(KINDS))
    if not result.bytes_up:
        return WrittenFile(path, say("Stopped. No file was written, and nothing was changed."))
    held = amount_words(result.pushed, result.blobs_sent, result.bytes_up)
    return WrittenFile(path, say("{name} holds {held}. It was written and read back.", name=path.name, held=held))


def courier_in(session: FieldSession, path: Path, watch: Watch) -> RoundView:
    """Take in the file that came back. A file that is damaged, or for somebody else, is refused and nothing changes; one that was
    taken in before does no harm.
    """
    with session.line_turn:
        return _courier_in(session, path, watch)


def _courier_in(session: FieldSession, path: Path, watch: Watch) -> RoundView:
    try:
        taken = take_answer(
            session.replica,
            session.blobs,
            path,
            _keys(session),
            clock=session.clock,
            incarnations=IncarnationFile(session.places.vault / "incarnation"),
            progress=progress_of(watch),
            cancel=stop_token(watch),
        )
    finally:
        session.announce(frozenset(KINDS))
    return _view(taken)


def _view(taken: CarriedAnswer) -> RoundView:
    result = taken.result
    told = {"receipts": result.receipts, "files": result.blobs_sent, "pulled": result.pulled}
    if taken.outgrown:
        words = say("Nothing in this file is new here: it was taken in before, or a later sync brought more. Nothing was changed.")
    elif result.complete:
        words = say("{receipts} changes and {files} files are at the centre, {pulled} news came; both ends agree.", **told)
    elif result.agrees is False:
        words = say("The two ends do not agree yet; the next sync compares again. Nothing is lost.")
    else:
        words = say("{receipts} changes and {files} files are at the centre, {pulled} news came. The rest waits for the next sync.", **told)
    return RoundView(
        complete=result.complete,
        words=words,
        pushed=result.pushed,
        pulled=result.pulled,
        blobs=result.blobs_fetched,
        conflicts=result.conflicts,
        rejected=result.rejected,
        bytes_moved=result.bytes_down,
    )


def _keys(session: FieldSession) -> CourierKeys:
    vault = session.vault
    return CourierKeys(vault.identity.device, vault.signer(), vault.courier_key, vault.identity.courier_key, vault.roots)


def _name(session: FieldSession) -> str:
    laptop = re.sub(r"[^A-Za-z0-9]+", "-", session.vault.identity.device_name).strip("-") or "laptop"
    return f"fieldapp-{laptop}-{session.clock.now().astimezone(ZoneInfo(session.zone)):%Y%m%d-%H%M%S}-out{ENDING}"
