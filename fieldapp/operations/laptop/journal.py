"""安全副本: an encrypted copy, on another disk, of what is only on this laptop; and taking over that of a lost laptop.

The copy is kept by a thread of its own, never by the screen's. The disk may go and come back at any time: the copy then catches
up with what has no receipt. What the centre has is taken out of it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fieldapp.base.errors import FieldappError, InputError, StorageError, disk_words
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.settings import load_settings, save_settings
from fieldapp.domain.records import KINDS
from fieldapp.operations.laptop.line import open_line
from fieldapp.operations.session import FieldSession
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.keeping.takeover import keep_taken, note_blob
from fieldapp.replica.keeping.waiting import (
    Place,
    blobs_waiting,
    changes_waiting,
    entries_known,
    is_explained,
    note_entries,
    places_waiting,
)
from fieldapp.replica.refusals import BlobNotHere, DamagedBlob, DiskFull
from fieldapp.sync.http_peer import HttpPeer
from fieldapp.vault.files import VaultNotWritten
from fieldapp.vault.journal import AnswerKey, BadJournal, JournalFiles, blobs_key, found_journals, seal_letter
from fieldapp.wire.care import (
    JOURNAL_ANSWER,
    JOURNAL_LETTER,
    JournalBlob,
    JournalChange,
    JournalLetter,
    TakeoverRequest,
    entry_bytes,
    entry_from_bytes,
    letter_bytes,
)
from fieldapp.wire.protocol import PROTOCOL
from fieldapp.wire.requests import BadMessage

__all__ = [
    "Journal",
    "JournalKeeper",
    "JournalPlace",
    "JournalView",
    "NoCentreKey",
    "TakenIn",
    "end_journal",
    "journal_view",
    "keep_journal",
    "take_in",
    "write_journal",
]

LOOK_SECONDS = 5.0
"""How often the keeper looks whether the disk is back, when nothing is saved meanwhile."""

CLOSE_SECONDS = 30.0
"""How long closing waits for the copy: a disk that hangs must not keep the program from ending."""


class JournalPlace(InputError):
    """A folder that cannot hold the copy."""

    code = "FA-153"
    message = N_("The safety copy cannot be kept in {folder} ({reason}). Nothing was changed. Choose a folder on another disk or a stick.")


class NoCentreKey(InputError):
    """The centre's key is not known yet, so nothing could be sealed to it."""

    code = "FA-154"
    message = N_(
        "The safety copy needs a key of the central service, which comes with the next sync. Nothing was changed. Sync once first."
    )


@dataclass(frozen=True, slots=True)
class JournalView:
    """Whether the copy is kept and current, in words; `waiting`: items that are not in it yet."""

    state: Literal["off", "current", "behind", "away"]
    folder: str
    waiting: int
    words: Sentence


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What was taken over: how many changes and files that were not here yet, of which laptops, and in words.

    `missing`: files that the copy names and lacks; `whole`: it could be read to its end.
    """

    changes: int
    blobs: int
    missing: int
    devices: tuple[str, ...]
    words: Sentence
    whole: bool = True

    @property
    def complete(self) -> bool:
        """Whether nothing that was in the copy is known to lack."""
        return self.whole and not self.missing


class Journal:
    """The copy of one laptop in one folder; one thread at a time."""

    def __init__(self, session: FieldSession, folder: Path) -> None:
        """Nothing is read or written yet."""
        self._session = session
        self.files = JournalFiles.of(folder, session.vault.journal_key, session.randomness)
        self._held: dict[Place, None] = {}
        self._blobs: dict[str, None] = {}
        self._size = -1
        self._salt = b""

    def begin(self) -> None:
        """Make the copy's folder, or seal its letter anew; NoCentreKey, JournalPlace."""
        identity = self._session.vault.identity
        if len(identity.courier_key) != 32:
            raise NoCentreKey
        letter = JournalLetter(bytes.fromhex(identity.device), bytes.fromhex(identity.engineer), self._session.vault.journal_key)
        sealed = seal_letter(identity.courier_key, letter_bytes(letter), JOURNAL_LETTER)
        try:
            self.files.begin(sealed)
        except (OSError, FieldappError) as fault:
            raise JournalPlace(folder=str(self.files.folder.parents[1]), reason=_why(fault)) from fault

    def catch_up(self) -> int:
        """Write what is missing and take out what has receipts; how many entries were written. OSError, StorageError: the disk went.

        What the copy holds and this replica never knew (its file was replaced) is put aside, not thrown away.
        """
        with self._session.journal_turn:
            return self._caught_up()

    def _caught_up(self) -> int:
        if self.files.size() != self._size:
            self._load()
        with self._session.reading() as reader:
            waiting = places_waiting(reader.connection)
            fresh = list(changes_waiting(reader.connection, set(self._held)))
            blobs = blobs_waiting(reader.connection)
        store = self._copy_blobs(blobs)
        digests = {each.digest for each in blobs}
        named = [each for each in blobs if each.digest not in self._blobs and store is not None and store.has(each.digest)]
        entries = [*map(entry_bytes, fresh), *map(entry_bytes, named)]
        gone = [place for place in self._held if place not in waiting]
        if self._size < 0 or len(gone) * 2 > len(self._held) or any(digest not in digests for digest in self._blobs):
            return self._anew(store, blobs)
        if entries:
            self.files.append(entries, len(self._held) + len(self._blobs))
            self._note(fresh, blobs, store)
        return len(entries)

    def _anew(self, store: BlobStore | None, blobs: list[JournalBlob]) -> int:
        """Write the log with only what waits now."""
        with self._session.reading() as reader:
            fresh = list(changes_waiting(reader.connection, set()))
        there = [each for each in blobs if store is not None and store.has(each.digest)]
        self._held, self._blobs = {}, {}
        self.files.rewrite([*map(entry_bytes, fresh), *map(entry_bytes, there)])
        self._note(fresh, blobs, store)
        if store is not None:
            store.keep_only(each.digest for each in blobs)
        return len(fresh) + len(there)

    def _note(self, fresh: Iterable[JournalChange], blobs: Iterable[JournalBlob], store: BlobStore | None) -> None:
        self._held.update((Place(each.device.hex(), each.incarnation, each.sequence), None) for each in fresh)
        self._blobs.update((each.digest, None) for each in blobs if store is not None and store.has(each.digest))
        self._size = self.files.size()
        before, self._salt = self._salt, self.files.salt()
        with suppress(StorageError), self._session.replica.transaction() as connection:  # the laptop's disk is no matter of the copy
            note_entries(connection, self._salt, len(self._held) + len(self._blobs), before)

    def _copy_blobs(self, blobs: list[JournalBlob]) -> BlobStore | None:
        folder = self.files.folder / "blobs"
        if not blobs and not folder.exists():
            return None
        key = blobs_key(self._session.vault.journal_key)
        store = BlobStore(folder, key, self._session.randomness, reserve=0, hidden=True)
        for each in blobs:
            with suppress(BlobNotHere, DamagedBlob):  # the others are copied
                store.copy_from(self._session.blobs, each.digest)
        return store

    def _load(self) -> None:
        """Read what the log holds; one that does not end well is written anew with what waits."""
        raw, whole = self.files.read()
        entries = [*map(_decoded, raw)]
        self._held, self._blobs, self._size, self._salt = {}, {}, -1, self.files.salt()
        changes = [each for each in entries if isinstance(each, JournalChange)]
        with self._session.reading() as reader:
            known = entries_known(reader.connection, self._salt)
            further = (each for each in entries[known:] if isinstance(each, JournalChange))
            foreign = any(not is_explained(reader.connection, each) for each in further)
        if foreign:
            self.files.set_aside()
            self.begin()
            return
        if whole and None not in entries and self.files.size():
            self._blobs.update((each.digest, None) for each in entries if isinstance(each, JournalBlob))
            self._note(changes, (), None)

    def missing(self) -> int:
        """How many items are only on this laptop and not in the copy, as it can be read now; OSError when it cannot be."""
        entries, _ = _read(self.files)
        held = {Place(each.device.hex(), each.incarnation, each.sequence) for each in entries if isinstance(each, JournalChange)}
        kept = {each.digest for each in entries if isinstance(each, JournalBlob)}
        with self._session.reading() as reader:
            waiting, blobs = places_waiting(reader.connection), blobs_waiting(reader.connection)
        return len(waiting - held) + sum(each.digest not in kept for each in blobs)


def _read(files: JournalFiles) -> tuple[list[JournalChange | JournalBlob], bool]:
    raw, whole = files.read()
    entries = [each for each in map(_decoded, raw) if each is not None]
    return entries, whole and len(entries) == len(raw)


def _decoded(data: bytes) -> JournalChange | JournalBlob | None:
    """An entry; None for one of another version of the program: it is written anew, for the replica has it too."""
    try:
        return entry_from_bytes(data)
    except BadMessage:
        return None


def _why(fault: BaseException) -> object:
    """What the disk said, for the place of a reason in a sentence."""
    if isinstance(fault, VaultNotWritten):
        return fault.values.get("reason", "")
    if isinstance(fault, OSError):
        return disk_words(fault)
    return say("the disk is full") if isinstance(fault, DiskFull) else type(fault).__name__


class JournalKeeper:
    """Keeps the copy up to date on a thread of its own, from `start` to `close`."""

    def __init__(self, session: FieldSession) -> None:
        """Nothing happens before `start`, except when `catch_up` is called."""
        self._session = session
        self._journal: Journal | None = None
        self._folder = ""
        self._wake, self._ends = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Begin; each save wakes the keeper."""
        self._session.listen(lambda _kinds: self._wake.set())
        self._session.at_close(self.close)
        self._thread.start()

    def close(self) -> None:
        """Write what is still missing, as far as the disk is there, and end; a disk that answers no more is not waited for."""
        self._ends.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)

    def catch_up(self) -> bool:
        """Bring the copy up to date; False when none is kept or its disk is not there."""
        folder = load_settings(self._session.places).journal_folder
        if not folder:
            return False
        if self._journal is None or folder != self._folder:
            self._journal, self._folder = Journal(self._session, Path(folder)), folder
        try:
            if not self._journal.files.begun:
                self._journal = None  # the disk was pulled out: what it holds is read anew when it is back
                return False
            self._journal.catch_up()
        except (OSError, FieldappError):
            self._journal = None
            return False
        return True

    def _run(self) -> None:
        while True:
            self._wake.clear()
            ends = self._ends.is_set()  # asked before: what was saved while the copy was written goes into one more
            self.catch_up()
            if ends:
                return
            self._wake.wait(LOOK_SECONDS)


def journal_view(session: FieldSession) -> JournalView:
    """Read the copy and say how it stands. Slow: the disk is read."""
    folder = load_settings(session.places).journal_folder
    with session.reading() as reader:
        pending = reader.unreceipted()
    only_here = pending.changes + pending.blobs
    if not folder:
        return JournalView("off", "", only_here, say("No safety copy is kept. What is not synced yet is only on this laptop."))
    away = say(
        "The safety copy in {folder} cannot be reached. {count} items are only on this laptop; they follow when the disk is back.",
        folder=folder,
        count=only_here,
    )
    try:
        journal = Journal(session, Path(folder))
        missing = journal.missing() if journal.files.begun else -1
    except (OSError, StorageError):
        missing = -1
    if missing < 0:
        return JournalView("away", folder, only_here, away)
    if missing:
        return JournalView("behind", folder, missing, say("{count} items are not in the safety copy yet. They follow now.", count=missing))
    words = say("The safety copy is current: all {count} items that are only on this laptop are in it too.", count=only_here)
    return JournalView("current", folder, 0, words if only_here else say("The safety copy is current: everything is at the centre."))


def keep_journal(session: FieldSession, folder: Path) -> JournalView:
    """Keep the copy in this folder from now on; JournalPlace, NoCentreKey."""
    folder = folder.absolute()  # the program will be started elsewhere
    _write_first(session, folder)
    save_settings(session.places, load_settings(session.places).chosen(journal_folder=str(folder)))
    return journal_view(session)


def end_journal(session: FieldSession) -> JournalView:
    """Keep no copy any more; what was written stays where it is."""
    save_settings(session.places, load_settings(session.places).chosen(journal_folder=""))
    return journal_view(session)


def write_journal(session: FieldSession, folder: Path) -> Sentence:
    """Write the copy once, for another laptop to take over: also on a laptop that the centre has blocked. In words what it holds."""
    _write_first(session, folder)
    with session.reading() as reader:
        pending = reader.unreceipted()
    return say(
        "{count} items that are only on this laptop were written to {folder}.", count=pending.changes + pending.blobs, folder=str(folder)
    )


def _write_first(session: FieldSession, folder: Path) -> None:
    """Begin a copy, or go on with one, and bring it up to date; JournalPlace, and nothing is left there of a copy that was not there."""
    try:
        inside = folder.resolve().is_relative_to(session.places.data)
        there = folder.is_dir()
    except OSError:
        inside, there = False, False
    if inside:
        raise JournalPlace(folder=str(folder), reason=say("it is the folder of the laptop's own data"))
    if not there:
        raise JournalPlace(folder=str(folder), reason=say("there is no such folder"))
    journal = Journal(session, folder)
    fresh = not journal.files.begun
    try:
        journal.begin()
        journal.catch_up()
    except (OSError, FieldappError) as fault:
        if fresh:
            with suppress(OSError):
                journal.files.give_up()
        if not isinstance(fault, OSError | StorageError):
            raise
        raise JournalPlace(folder=str(folder), reason=_why(fault)) from fault


def take_in(session: FieldSession, folder: Path, line: HttpPeer | None = None) -> TakenIn:
    """Take over what lost laptops of the same engineer wrote to a folder. The centre blocks them and opens the copies; what was
    taken over goes there with the next sync, and what it has already is not doubled. May be repeated.

    BadJournal when there is none; what the centre refuses (the copy of another engineer) and CentreUnreachable as they are.
    """
    own = JournalFiles.of(folder, session.vault.journal_key, session.randomness).folder.name
    found = [(where, letter) for where, letter in found_journals(folder) if where.name != own]
    if not found:
        raise BadJournal(folder=str(folder))
    with session.line_turn:
        return _taken_in(session, found, line)


def _taken_in(session: FieldSession, found: list[tuple[Path, bytes]], line: HttpPeer | None) -> TakenIn:
    peer = line or open_line(session)
    changes = blobs = missing = 0
    whole = True
    devices: dict[str, None] = {}
    try:
        for where, letter in found:
            answer = AnswerKey()
            taken = peer.take_over(TakeoverRequest(PROTOCOL, letter, answer.public))
            key = answer.open(taken.key, JOURNAL_ANSWER)
            if key is None or len(key) != 32:
                raise BadJournal(folder=str(where))
            some = _take(session, where, key)
            changes, blobs, missing, whole = changes + some[0], blobs + some[1], missing + some[2], whole and some[3]
            devices[taken.device_name] = None
    finally:
        if line is None:
            peer.close()
    session.announce(frozenset(KINDS))
    names = tuple(devices)
    words = say("{changes} changes and {blobs} files of {device} were taken over.", changes=changes, blobs=blobs, device=" · ".join(names))
    if not changes and not blobs:
        words = say("Everything in the safety copy of {device} was here already.", device=" · ".join(names))
        if not whole:
            words = say("Nothing new could be read in the safety copy of {device}.", device=" · ".join(names))
    if missing:
        words = say("{told} {count} files are damaged or missing in the copy.", told=words, count=missing)
    if not whole:
        words = say(
            "{told} The copy is cut off or damaged: work may be missing from it. Keep the stick; where that laptop is at hand, "
            "write its copy anew and take that over.",
            told=words,
        )
    return TakenIn(changes, blobs, missing, names, words, whole)


def _take(session: FieldSession, where: Path, key: bytes) -> tuple[int, int, int, bool]:
    """Changes and blobs of one copy that were not here yet, how many blobs lack their bytes, and whether its log is whole."""
    files = JournalFiles(where, key, session.randomness)
    try:
        entries, whole = _read(files)
        whole = whole and files.size() > 0  # one that was never written to its end has none
    except OSError as fault:
        raise BadJournal(folder=str(where)) from fault
    named = {each.digest: each for each in entries if isinstance(each, JournalBlob)}
    here: list[JournalBlob] = []
    if named:
        store = BlobStore(where / "blobs", blobs_key(key), session.randomness, reserve=0, hidden=True)
        for each in named.values():
            with suppress(BlobNotHere, DamagedBlob):  # one that is not whole is told as missing; the rest is taken over
                session.blobs.copy_from(store, each.digest)
            if session.blobs.has(each.digest):
                here.append(each)
    with session.replica.transaction() as connection:
        blobs = sum(note_blob(connection, each) for each in here)
        changes = keep_taken(connection, (each for each in entries if isinstance(each, JournalChange)))
    return changes, blobs, len(named) - len(here), whole
