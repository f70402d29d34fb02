"""Many photos over a line that breaks every so many bytes: all of them arrive whole, and little is sent twice."""

from __future__ import annotations

import hashlib
import random
import time
from contextlib import ExitStack
from dataclasses import dataclass

from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import Finding
from fieldapp.sync.round import CancelToken
from tests.simulation import checks
from tests.simulation.laptop import Laptop, Pen
from tests.sockets.proxy import Trouble
from tests.sockets.world import SocketWorld, first

__all__ = ["Carried", "carry"]

ENOUGH_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Carried:
    """What it took: bytes of the files, bytes that went up (headers and all), breaks, rounds, seconds."""

    files: int
    size: int
    sent: int
    breaks: int
    rounds: int
    seconds: float

    @property
    def ratio(self) -> float:
        """Bytes sent for each byte of the files."""
        return self.sent / self.size


def carry(world: SocketWorld, laptop: Laptop, files: int, size: int, every: int, seed: int) -> Carried:
    """Photos of about `size` bytes together, the line cut after each `every` bytes up; both ends are restarted on the way, twice."""
    dice = random.Random(seed)
    world.finish(laptop)
    digests = _photos(laptop, dice, files, size)
    whole = sum(len_ for _, len_ in digests)
    before, breaks, began = world.network.up, world.network.counts["cut_up"], time.monotonic()
    world.network.arm(Trouble("cut_up", every, every=True))
    rounds = 0
    for stop_at in (whole // 3, 2 * whole // 3, None):
        token = _Stop(world, before + stop_at) if stop_at is not None else CancelToken()
        for _ in range(ENOUGH_ROUNDS):
            rounds += 1
            result, ended = world.try_round(laptop, token)
            if token.cancelled() or (result is not None and result.complete):
                break
            checks.demand(ended in ("", "FA-510"), f"a round ended with {ended}")
        if stop_at is not None:
            laptop.close()
            laptop.open()
            with ExitStack() as stack:
                stack.enter_context(world.centre.pause())
            world.back()
    world.network.calm()
    sent = world.network.up - before
    for digest, _ in digests:
        path = world.centre.service.blobs.path(digest)
        with path.open("rb") as stream:
            checks.demand(hashlib.file_digest(stream, "sha256").hexdigest() == digest, f"1: {digest[:8]} arrived as something else")
    world.finish(laptop)
    checks.accounts(world)
    return Carried(files, whole, sent, world.network.counts["cut_up"] - breaks, rounds, time.monotonic() - began)


class _Stop(CancelToken):
    """A person who stops the round when so many bytes went up."""

    def __init__(self, world: SocketWorld, at: int) -> None:
        super().__init__()
        self._world = world
        self._at = at

    def cancelled(self) -> bool:
        """Whether it is time."""
        return self._world.network.up >= self._at


def _photos(laptop: Laptop, dice: random.Random, files: int, size: int) -> list[tuple[str, int]]:
    """Photos of a finding, of half to one and a half times the same size."""
    made: list[tuple[str, int]] = []
    kept: list[Attachment] = []
    site = first(_cases(laptop)).site_id
    finding = Finding(id=laptop.ids.new(), site_id=site, description="photos")
    for _ in range(files):
        ref = laptop.blobs.put(dice.randbytes(int(size / files * dice.uniform(0.5, 1.5))))
        made.append((ref.digest, ref.size))
        kept.append(
            Attachment(id=laptop.ids.new(), site_id=site, owner_kind="finding", owner_id=finding.id, digest=ref.digest, size=ref.size)
        )

    def edit(pen: Pen) -> None:
        pen.save(finding)
        for each in kept:
            pen.save(each)

    laptop.write(edit)
    return made


def _cases(laptop: Laptop) -> list[Case]:
    with laptop.replica.reading() as reader:
        return list(reader.find(Case))
