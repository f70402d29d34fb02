"""A real centre and laptops that enrol at it, without a network between: for what only both ends together can show."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlcipher3.dbapi2

from fieldapp.base.clock import Clock, TurnableClock
from fieldapp.base.errors import CentreError
from fieldapp.base.ids import Id, IdSource, SeededRandomness
from fieldapp.base.settings import Places
from fieldapp.central.lost import care_for, take_over
from fieldapp.operations.laptop import enrolment
from fieldapp.operations.laptop.enrolment import Means, enrol
from fieldapp.operations.laptop.journal import JournalKeeper
from fieldapp.operations.laptop.synchronise import RoundView, synchronise
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Unwatched
from fieldapp.replica.connection import key_check
from fieldapp.replica.engine import Replica
from fieldapp.sync.http_peer import HttpPeer
from fieldapp.sync.refusals import CentreRefused
from fieldapp.vault.homes import Argon2Cost
from fieldapp.wire.care import Care, CareRequest, TakenOver, TakeoverRequest
from tests.central.world import World
from tests.operations.world import MORNING

__all__ = ["PASSPHRASE", "Firm", "Line"]

PASSPHRASE = "correct horse"
_CREATE = Replica.create


@cache
def _migrated() -> tuple[bytes, bytes]:
    """An empty replica's file, and its key."""
    clock, key = TurnableClock(MORNING), bytes(range(32))
    with TemporaryDirectory() as folder:
        path, ids = Path(folder) / "replica.db", IdSource(clock, SeededRandomness(7))
        _CREATE(path, key, clock=clock, ids=ids, device=ids.new(), engineer=ids.new(), incarnation=1).close()
        return path.read_bytes(), key


def begun_replica(path: Path, key: bytes, *, clock: Clock, ids: IdSource, device: Id, engineer: Id, incarnation: int) -> Replica:
    """What `Replica.create` makes, from a file whose migrations ran once: it gets its key and whose it is."""
    content, first_key = _migrated()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with closing(sqlcipher3.dbapi2.connect(str(path), isolation_level=None)) as raw:
        raw.execute(f"PRAGMA key = \"x'{first_key.hex()}'\"")
        raw.execute(f"PRAGMA rekey = \"x'{key.hex()}'\"")
        raw.execute("UPDATE state SET device = ?, engineer = ?, incarnation = ?", (device, engineer, incarnation))
    path.with_name(path.name + ".check").write_text(key_check(key), encoding="ascii")
    return Replica.open(path, key, clock=clock, ids=ids)


class Line(HttpPeer):
    """What a laptop asks beside its rounds, answered by the service itself; refusals come as they would over HTTP."""

    def __init__(self, firm: Firm, device: Id) -> None:
        self._firm, self._who = firm, device
        self.cares = 0

    def care(self, request: CareRequest) -> Care:
        self.cares += 1
        return care_for(self._firm.world.service, self._who, request)

    def take_over(self, request: TakeoverRequest) -> TakenOver:
        try:
            return take_over(self._firm.world.service, self._who, request)
        except CentreError as refused:
            raise CentreRefused(number=refused.code, reason=refused.sentence) from refused

    def close(self) -> None:
        """Nothing is open."""


class Firm:
    """The centre and its laptops; each laptop is a profile folder. `threads`: whether safety copies are kept as on a real laptop."""

    def __init__(self, folder: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.world = folder, world
        self.sessions: list[FieldSession] = []
        self.threads = False
        start = JournalKeeper.start
        monkeypatch.setattr(JournalKeeper, "start", lambda keeper: start(keeper) if self.threads else None)
        monkeypatch.setattr(Replica, "create", staticmethod(begun_replica))
        monkeypatch.setattr(enrolment, "ask_centre", lambda _address, request, _ca=None: self.world.service.enrol(request))

    def means(self, name: str) -> Means:
        """What a profile of this name is opened with."""
        randomness = SeededRandomness(len(name) + len(self.sessions))
        return Means(Places(self.folder / name), self.world.clock, randomness, Argon2Cost(64, 1, 1), pin_cost=2**4)

    def laptop(self, name: str, engineer: Id = "") -> FieldSession:
        """A new laptop of an engineer (李明 unless said), enrolled and synced once."""
        code = self.world.desk.new_enrol_code(engineer or self.world.li.id)
        words = {"address": "http://centre.example", "code": code, "pin": "2468", "pin_again": "2468", "passphrase": PASSPHRASE}
        session = enrol(self.means(name), **words)
        self.sessions.append(session)
        self.sync(session)
        return session

    def sync(self, session: FieldSession) -> RoundView:
        """One round with the real service."""
        return synchronise(session, Unwatched(), self.world.service.peer(session.replica.device))

    def line(self, session: FieldSession) -> Line:
        """What this laptop asks beside its rounds."""
        return Line(self, session.replica.device)

    def close(self) -> None:
        """Close everything."""
        for session in self.sessions:
            session.close()
        self.world.service.close()
