"""Kills the real desktop while a person fills in a checklist, starts it again, and looks for every answer that said "saved".

Each start reads the replica as the kill before left it, tells what its widgets show, and goes on answering. `python -m
tests.journeys.kill --times 200` does it for as long as wanted; `--fresh` gives every start an interpreter of its own instead of
a copy of one that has imported the program already. test_kill.py does it a little over twenty times.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from fieldapp.base.clock import SystemClock
from fieldapp.base.ids import IdSource, SystemRandomness
from fieldapp.base.settings import resource
from fieldapp.replica.engine import Replica
from fieldapp.replica.outbox import next_batch
from fieldapp.wire.changes import chain_digest, change_from_bytes
from tests.journeys.answering import Start, answer
from tests.operations.sheets import SHEET, give_earlier, give_sheet
from tests.operations.world import MORNING, SmallWorld, make_session

__all__ = ["Kill", "Laptop", "Ledger", "Lost", "half_saved", "kill_again_and_again", "prepare"]

PATIENCE_S = 90.0
_IMPORTED = ("tests.journeys.answering", "tests.journeys.planted", "fieldapp.ui.shell", "qtawesome")


class Lost(AssertionError):
    """An answer that said "saved" is not shown after the next start, or the replica is not whole."""


@dataclass
class Ledger:
    """What the screen said: the answer of each key that said "saved", and what the screen showed of it since."""

    shows: dict[str, str | None] = field(default_factory=dict)
    told: dict[str, str | None] = field(default_factory=dict)
    since: dict[str, set[str | None]] = field(default_factory=dict)
    said: int = 0

    def hear(self, message: tuple[Any, ...]) -> None:
        """Take note of one message of the process."""
        what, about = message
        if what == "shows":
            self.shows |= about
            for key, text in about.items():
                self.since.setdefault(key, set()).add(text)
        elif what == "saved":
            self.said += 1
            self.told |= {key: text for key, text in self.shows.items() if key != about}
            self.since = {about: self.since[about]} if about in self.since else {}
        elif what == "wrong":
            raise Lost(about)

    def judge(self, screen: dict[str, str]) -> list[str]:
        """What the screen of the next start lacks of what was told; a later answer may stand that was on its way."""
        wrong = []
        for key, text in self.told.items():
            stands = screen.get(key)
            if stands != text and stands not in self.since.get(key, ()):
                on_the_way = sorted(map(repr, self.since.get(key, ())))
                wrong.append(f"{key}: {text!r} said saved, {stands!r} is shown; on the way: {', '.join(on_the_way) or 'nothing'}")
        return wrong

    def begin_anew(self, screen: dict[str, str]) -> None:
        """What the next start shows comes from the disk."""
        self.shows, self.told, self.since = dict(screen), dict(screen), {}


@dataclass(frozen=True)
class Kill:
    """When a process is killed: after `messages` of a kind ("shows", "saved", "" for none), and then so many seconds."""

    after: str
    messages: int
    seconds: float

    @classmethod
    def random(cls, dice: random.Random) -> Kill:
        """While the desktop starts, at any moment, in the middle of typing, just after "saved" was said."""
        kind = dice.choices(("start", "moment", "shows", "saved"), (1, 4, 4, 4))[0]
        if kind == "start":
            return cls("start", 0, dice.uniform(0.0, 1.5))
        if kind == "moment":
            return cls("", 0, dice.uniform(0.0, 1.5))
        return cls(kind, dice.randint(1, 25 if kind == "shows" else 8), dice.choice((0.0, 0.0, dice.uniform(0.0, 0.02))))


@dataclass
class Laptop:
    """One profile that is killed over and over."""

    folder: Path
    form: str
    profile: Path
    sheet: str
    key: bytes
    fresh: bool = False
    number: int = 0
    ledger: Ledger = field(default_factory=Ledger)

    def run(self, kill: Kill, plant: Callable[..., None] | None = None) -> None:
        """Start the desktop, compare what it shows with what was told, let it be filled in, kill it."""
        self.number += 1
        start = Start(self.profile, self.sheet, MORNING + timedelta(hours=self.number), self.number, plant)
        with _process(start, self.fresh) as (process, pipe):
            if kill.after == "start":
                time.sleep(kill.seconds)
                process.kill()
            messages = self._messages(pipe, process)
            if kill.after != "start":
                self._come_up(messages)
                self._fill_in(kill, messages, process)
            for message in messages:  # what was in the pipe when it died was said
                if message[0] == "screen":
                    self._check(message[1])
                else:
                    self.ledger.hear(message)
        if process.exitcode == 0:
            raise Lost("the process came to an end of its own")
        self.look_inside()

    def read(self) -> None:
        """Start the desktop once more, and compare."""
        self.run(Kill("", 0, 0.0))

    def _messages(self, pipe: Connection, process: Any) -> Iterator[tuple[Any, ...]]:
        while True:
            if not pipe.poll(PATIENCE_S):
                process.kill()
                raise Lost(f"start {self.number}: nothing came for {PATIENCE_S:.0f} seconds")
            try:
                yield pipe.recv()
            except (EOFError, OSError):  # a message that was cut says nothing
                return

    def _come_up(self, messages: Iterator[tuple[Any, ...]]) -> None:
        message = next(messages, ("wrong", "it died before it came up"))
        if message[0] != "screen":
            raise Lost(f"start {self.number}: {message[1]}")
        self._check(message[1])

    def _check(self, screen: dict[str, str]) -> None:
        wrong = self.ledger.judge(screen)
        if wrong:
            raise Lost(f"start {self.number}: " + "; ".join(wrong))
        self.ledger.begin_anew(screen)

    def _fill_in(self, kill: Kill, messages: Iterator[tuple[Any, ...]], process: Any) -> None:
        if not kill.after:
            timer = threading.Timer(kill.seconds, process.kill)
            timer.start()
            return
        count = 0
        for message in messages:
            count += message[0] == kill.after
            if count >= kill.messages:
                if kill.seconds:
                    time.sleep(kill.seconds)
                process.kill()
            self.ledger.hear(message)
            if count >= kill.messages:
                return

    def look_inside(self) -> None:
        """Check a copy of the replica as the process left it; the next start gets it untouched."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for each in self.profile.glob("replica.db*"):
            if not each.name.endswith(("-shm", ".lock")):
                shutil.copyfile(each, copy / each.name)
        replica = Replica.open(copy / "replica.db", self.key, clock=SystemClock(), ids=IdSource(SystemClock(), SystemRandomness()))
        try:
            wrong = replica.health() + half_saved(replica)
        finally:
            replica.close()
        if wrong:
            raise Lost(f"start {self.number}: " + "; ".join(wrong))


def half_saved(replica: Replica) -> list[str]:
    """Where the rows and the Changes that are to be sent do not say the same; the Changes are one unbroken chain."""
    with replica.transaction() as connection:
        batch = next_batch(connection, 10**6, 10**9)
    with replica.reading() as reader:
        state = reader.sync_state()
        changes = [change_from_bytes(each) for each in batch.changes]
        wrong = []
        head = batch.head_before
        for each in batch.changes:
            head = chain_digest(head, each)
        if head != state.head or [each.sequence for each in changes] != list(range(1, state.sequence + 1)):
            wrong.append("the chain of Changes is broken")
        answers: dict[str, dict[str, Any]] = {}
        for change in changes:
            if change.kind == "form_instance":
                edits = {edit.name: edit.value for edit in change.edits if edit.name.startswith("/")}
                answers.setdefault(change.record.hex(), {}).update(edits)
        for instance, folded in answers.items():
            if {key: text for key, text in folded.items() if text is not None} != reader.answers(instance):
                wrong.append(f"the answers of {instance} are not what its Changes make")
    return wrong


@contextmanager
def _process(start: Start, fresh: bool) -> Iterator[tuple[Any, Connection]]:
    """A process that answers, and the pipe through which it tells; killed at the end at the latest."""
    copied = not fresh and "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if copied else "spawn")
    if copied:  # by a process that has imported the program and made nothing of it: no thread, no Qt application
        context.set_forkserver_preload([*_IMPORTED, *(["pytest"] if "pytest" in sys.modules else [])])
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=answer, args=(start, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield process, mine
    finally:
        process.kill()
        process.join()
        mine.close()


def prepare(folder: Path, *, form: str = "T1") -> Laptop:
    """A laptop that was used before, with an open checklist of the form."""
    session = make_session(folder)
    world = SmallWorld.into(session)
    give_earlier(session, world)
    give_sheet(session, world, resource(f"forms/{form}.xlsx"))
    made = Laptop(folder, form, session.places.data, SHEET, session.vault.replica_key)
    session.close()
    return made


def kill_again_and_again(laptop: Laptop, times: int, dice: random.Random, tell: Callable[[str], None] = lambda _line: None) -> None:
    """Kill a laptop so many times while a person answers and compare after each; kills while it starts come on top."""
    while times:
        kill = Kill.random(dice)
        said = laptop.ledger.said
        laptop.run(kill)
        times -= kill.after != "start"
        moment = f"{kill.messages} x {kill.after}" if kill.messages else kill.after or "some time"
        tell(f"{laptop.form} start {laptop.number}: killed after {moment}, {laptop.ledger.said - said} times saved")
    laptop.read()


def main() -> int:
    """Kill one laptop for each form in turn."""
    parser = argparse.ArgumentParser(description="Kill the desktop while a checklist is filled in, and look for what said saved.")
    parser.add_argument("--times", type=int, default=200, help="how many kills")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--forms", nargs="+", default=["T1", "T2"])
    parser.add_argument("--fresh", action="store_true", help="a new interpreter for each start")
    wishes = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    began, starts, said = time.monotonic(), 0, 0
    for number, form in enumerate(wishes.forms):
        with tempfile.TemporaryDirectory() as folder:
            laptop = prepare(Path(folder), form=form)
            laptop.fresh = wishes.fresh
            share = wishes.times // len(wishes.forms) + (number < wishes.times % len(wishes.forms))
            kill_again_and_again(laptop, share, random.Random(wishes.seed + number), _tell)
            starts, said = starts + laptop.number, said + laptop.ledger.said
    _tell(f"{wishes.times} kills, {starts} starts, {said} times saved was said, nothing lost, {time.monotonic() - began:.0f} s")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
