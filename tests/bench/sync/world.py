"""One centre in a process of its own, laptops in theirs, the counting proxy between: the steps of the measurements."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.sync.centre import Centre, codes
from tests.bench.sync.counting import Proxy
from tests.bench.sync.laptop import run_step

__all__ = ["Step", "SyncWorld"]


@dataclass(frozen=True, slots=True)
class Step:
    """What one step cost: `client` and `server` CPU seconds, `wall` seconds, bytes and requests; and what the laptop said."""

    client: float
    server: float
    wall: float
    up: int
    down: int
    requests: int
    said: dict[str, Any] = field(default_factory=dict)


class SyncWorld:
    """A filled centre in `folder`/centre; laptops beside it, by name."""

    def __init__(self, folder: Path, engineers: Sequence[str], database: str = "", *, apart: bool = True) -> None:
        """`folder`/centre was made by `fill`; `engineers` as it knows them. `apart`: each step of a laptop is a process of its own."""
        self.folder = folder
        self._apart = apart
        self._engineers = engineers
        self._database = database
        self._codes = codes(folder / "centre", engineers, database)
        self._centre = Centre(folder / "centre", database)
        self._proxy = Proxy(self._centre.port)

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, engineers: Sequence[str], database: str = "", *, apart: bool = True) -> Iterator[SyncWorld]:
        """A world that ends with the block."""
        world = cls(folder, engineers, database, apart=apart)
        try:
            yield world
        finally:
            world._proxy.stop()
            world._centre.stop()

    @property
    def url(self) -> str:
        """Where laptops connect: the proxy."""
        return f"http://127.0.0.1:{self._proxy.port}"

    def enrol(self, *names: str) -> list[Step]:
        """A laptop for each of the engineers, in order, under these names."""
        return [self.step("enrol", name, self.url, code) for name, code in zip(names, self._codes, strict=False)]

    def step(self, step: str, name: str, *words: str) -> Step:
        """One step of a laptop."""
        self._proxy.take()
        before = self._centre.cpu()
        said = run_step(step, self.folder / name, *words, apart=self._apart)
        counted = self._proxy.take()
        server = self._centre.cpu() - before
        return Step(said.get("cpu", 0.0), server, said.get("wall", 0.0), counted.up, counted.down, counted.requests, said)

    def round(self, name: str) -> Step:
        """One round of a laptop."""
        return self.step("round", name, self.url)

    def rounds(self, *names: str) -> list[Step]:
        """Rounds of several laptops, one after the other."""
        return [self.round(name) for name in names]

    def lose_a_reply(self) -> None:
        """The reply to the next exchange is lost after the centre's commit."""
        self._proxy.lose("POST /v1/exchange")

    def keep(self, name: str) -> None:
        """A backup of a laptop's whole folder, or of the `centre`, which stands still meanwhile."""
        with self._standing(name):
            shutil.copytree(self.folder / name, self.folder / f"{name}.kept")

    def restore(self, name: str) -> None:
        """Put the backup back; nobody says so to anybody."""
        with self._standing(name):
            shutil.rmtree(self.folder / name)
            (self.folder / f"{name}.kept").rename(self.folder / name)

    @contextmanager
    def _standing(self, name: str) -> Iterator[None]:
        if name != "centre":
            yield
            return
        self._centre.stop()
        yield
        self._centre = Centre(self.folder / "centre", self._database)
        self._proxy.lead_to(self._centre.port)
