"""What the replica is tried on: an empty one for each test, copied from one that the migrations made."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import IdSource, SeededRandomness
from fieldapp.replica.engine import Replica

KEY = bytes(range(32))


@pytest.fixture
def clock() -> TurnableClock:
    """Monday morning of the sample week."""
    return TurnableClock(datetime(2026, 11, 23, 0, 0, tzinfo=UTC))


@pytest.fixture
def ids(clock: TurnableClock) -> IdSource:
    """Identities that a seed decides."""
    return IdSource(clock, SeededRandomness(1))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A replica that the migrations made, closed."""
    clock = TurnableClock(datetime(2026, 11, 23, 0, 0, tzinfo=UTC))
    ids = IdSource(clock, SeededRandomness(0))
    path = tmp_path_factory.mktemp("template") / "replica.db"
    Replica.create(path, KEY, clock=clock, ids=ids, device=ids.new(), engineer=ids.new(), incarnation=1).close()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    """The path of an empty replica."""
    for ending in ("", ".check"):
        shutil.copyfile(template.with_name(template.name + ending), tmp_path / f"replica.db{ending}")
    return tmp_path / "replica.db"


@pytest.fixture
def replica(path: Path, clock: TurnableClock, ids: IdSource) -> Iterator[Replica]:
    """An open replica."""
    opened = Replica.open(path, KEY, clock=clock, ids=ids)
    yield opened
    opened.close()


@pytest.fixture
def reopen(clock: TurnableClock, ids: IdSource) -> Callable[[Path], Replica]:
    """Opens a replica with the test's key."""
    return lambda path: Replica.open(path, KEY, clock=clock, ids=ids)
