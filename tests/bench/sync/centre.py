"""The centre of the measurements: filled with the seeded data, and served by a process of its own whose CPU time can be asked for.

`python -m tests.bench.sync.centre FOLDER [DATABASE]` serves with the production's command and answers each line on its standard
input with the CPU seconds it has used so far, as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType

from sqlalchemy import insert

from fieldapp.base.clock import SystemClock, TurnableClock
from fieldapp.base.ids import SeededRandomness, SystemRandomness
from fieldapp.central import cli
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.central.store.books import Author, Books
from fieldapp.central.store.tables import fixed_site
from fieldapp.domain.records import KINDS
from tests.bench.sync.data import EMPTY_FORMS, START, Data, Made, make

__all__ = ["Centre", "codes", "fill"]

_AT_ONCE = 5_000


def _some(made: Iterator[Made]) -> Iterable[list[Made]]:
    while held := list(islice(made, _AT_ONCE)):
        yield held


def fill(folder: Path, size: float = 1.0, engineers: int = 2, *, empty: int = EMPTY_FORMS) -> Data:
    """A centre with the data of a size; every engineer is fixed to every site."""
    randomness = SeededRandomness(7)
    settings = load_centre_settings(folder, randomness)
    service = CentralService(settings, clock=TurnableClock(START), randomness=randomness)
    try:
        data, records = make(size, engineers, empty)
        system = Author("centre", "", int(START.timestamp() * 1000))
        for some in _some(records):

            def edit(books: Books, some: list[Made] = some) -> None:
                books.load((each.kind, each.id) for each in some)
                for each in some:
                    books.create(KINDS[each.kind], each.id, each.values, system)

            service.write(edit)

        def fix(books: Books) -> None:
            pairs = [{"engineer": person.id, "site": site.id} for person in data.people for site in data.sites]
            books.connection.execute(insert(fixed_site), pairs)

        service.write(fix, [person.id for person in data.people])
        return data
    finally:
        service.close()


def codes(folder: Path, engineers: Iterable[str], database: str = "") -> list[str]:
    """A one-time code for each of these engineers."""
    randomness = SystemRandomness()
    settings = load_centre_settings(folder, randomness, database)
    service = CentralService(settings, clock=SystemClock(), randomness=randomness)
    try:
        return [Desk(service).new_enrol_code(each) for each in engineers]
    finally:
        service.close()


class Centre:
    """A running centre; `port` is where it listens."""

    def __init__(self, folder: Path, database: str = "") -> None:
        """Start it; returns once it listens."""
        self._log = (folder.parent / f"{folder.name}.log").open("ab")
        command = [sys.executable, "-m", __name__, str(folder), *([database] if database else [])]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log)
        self.port = int(self._line()["address"].rpartition(":")[2])

    def _line(self) -> dict[str, str]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the centre ended: {Path(self._log.name).read_text(errors='replace')[-2000:]}")
        said: dict[str, str] = json.loads(line)
        return said

    def cpu(self) -> float:
        """CPU seconds used so far, of all its threads."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return float(self._line()["cpu"])

    def stop(self) -> None:
        """End it and wait."""
        self.process.terminate()
        self.process.wait(30)
        for stream in (self.process.stdin, self.process.stdout, self._log):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Centre:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def _answer() -> None:
    for _ in sys.stdin:
        used = resource.getrusage(resource.RUSAGE_SELF)
        sys.stdout.write(json.dumps({"cpu": used.ru_utime + used.ru_stime}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    folder, *database = sys.argv[1:]
    threading.Thread(target=_answer, daemon=True).start()
    chosen = ["--database", database[0]] if database else []
    sys.exit(cli.main(["serve", "--data", folder, *chosen]))
