"""One laptop of the measurements, a process for each step: `python -m tests.bench.sync.laptop STEP FOLDER [WORD …]`.

Each step prints one JSON line. What is timed is the round alone: not the start of the interpreter, not the opening of the replica.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fieldapp.base.clock import SystemClock
from fieldapp.base.errors import FieldappError
from fieldapp.base.ids import Id, IdSource, SystemRandomness
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.documents import Conflict
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.records import KINDS
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from fieldapp.replica.intake import recomputed_digest
from fieldapp.sync.http_peer import HttpPeer, enrol
from fieldapp.sync.incarnation import IncarnationFile
from fieldapp.sync.round import run_round
from fieldapp.vault.keys import DeviceSigner, certificate_request, key_from_bytes, key_to_bytes, new_signing_key
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from tests.bench.sync.data import LEFT, PER_FORM, answer_text, key_of, some_text

__all__ = ["Laptop", "run_step"]

KEY = bytes(range(32))
_SECRET = b"a bench has no secrets"


def run_step(step: str, folder: Path, *words: str, apart: bool = True) -> dict[str, Any]:
    """Run a step in a process of its own (or in this one) and return what it said; RuntimeError when it fails."""
    if not apart:
        return _main(step, folder, words)
    command = [sys.executable, "-m", __name__, step, str(folder), *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{step}: {done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


class Timed:
    """CPU and wall seconds of a `with` block."""

    def __enter__(self) -> Timed:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu, self.wall = time.process_time() - self._cpu, time.perf_counter() - self._wall


@contextmanager
def _as_in_a_window() -> Iterator[None]:
    """Garbage is looked for as in the desktop: what was imported is left out, and no thread but the screen's looks, each second. The
    one look of a round is to be made, and timed, by who uses this.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


class _Indexing(Replica):
    """A replica that counts what its search index costs, so that it can stand in a row of its own."""

    index_cpu, index_wall = 0.0, 0.0

    def refresh_search(self) -> bool:
        """As below, timed."""
        with Timed() as timed:
            more = super().refresh_search()
        self.index_cpu += timed.cpu
        self.index_wall += timed.wall
        return more


class Laptop:
    """What lies in a folder: the replica, the key, and who it is."""

    def __init__(self, folder: Path) -> None:
        """Open it; `enrol` made it."""
        self.folder = folder
        self.clock = SystemClock()
        self.ids = IdSource(self.clock, SystemRandomness())
        replica = _Indexing.open(folder / "replica.db", KEY, clock=self.clock, ids=self.ids)
        assert isinstance(replica, _Indexing)
        self.replica = replica
        self.key = key_from_bytes((folder / "key").read_bytes(), _SECRET, "key")

    @staticmethod
    def enrol(folder: Path, url: str, code: str) -> dict[str, Any]:
        """Make a laptop: its key, its certificate, an empty replica."""
        folder.mkdir(parents=True)
        clock = SystemClock()
        ids = IdSource(clock, SystemRandomness())
        key, device = new_signing_key(), ids.new()
        (folder / "key").write_bytes(key_to_bytes(key, _SECRET))
        told = enrol(url, EnrolRequest(PROTOCOL, code, device, "bench", certificate_request(key, "bench")))
        who = {"device": device, "engineer": told.engineer, "incarnation": told.incarnation}
        with Timed() as timed:
            Replica.create(folder / "replica.db", KEY, clock=clock, ids=ids, **who).close()  # type: ignore[arg-type]
        return {"cpu": timed.cpu, "wall": timed.wall}

    def round(self, url: str) -> dict[str, Any]:
        """One round over HTTP; its CPU and wall seconds, those of the search index apart."""
        signer = DeviceSigner(b"", (), self.clock.now(), self.clock.now(), self.key)
        peer = HttpPeer(url, signer, self.replica.device, clock=self.clock, terse=self.folder / "packed-signature")
        blobs = BlobStore(self.folder / "blobs", KEY, SystemRandomness(), reserve=0)
        before = self.replica.index_cpu, self.replica.index_wall
        try:
            with _as_in_a_window(), Timed() as timed:
                incarnations = IncarnationFile(self.folder / "incarnation")
                result = run_round(self.replica, blobs, peer, clock=self.clock, incarnations=incarnations)
                gc.collect(1)
        finally:
            peer.close()
        cpu, wall = self.replica.index_cpu - before[0], self.replica.index_wall - before[1]
        return {
            "cpu": timed.cpu - cpu,
            "wall": timed.wall - wall,
            "index_cpu": cpu,
            "index_wall": wall,
            "complete": result.complete,
            "pushed": result.pushed,
            "pulled": result.pulled,
            "conflicts": result.conflicts,
            "rejected": result.rejected,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }

    @contextmanager
    def chance(self, seed: int) -> Iterator[tuple[random.Random, list[Id], list[Id], list[Id], list[Id]]]:
        """A seeded choice, and the identities of cases, activities, filled and empty checklists: the same on every laptop."""
        with self.replica.reading() as reader:
            run = reader.connection.exec_driver_sql
            cases = [row[0] for row in run('SELECT id FROM "case" ORDER BY id')]
            activities = [row[0] for row in run("SELECT id FROM case_activity ORDER BY id")]
            filled = [row[0] for row in run("SELECT DISTINCT instance_id FROM answer ORDER BY 1")]
            empty = "SELECT id FROM form_instance WHERE id NOT IN (SELECT instance_id FROM answer) ORDER BY id"
            yield random.Random(seed), cases, activities, filled, [row[0] for row in run(empty)]

    def day(self) -> dict[str, Any]:
        """The work of W2: 100 descriptions of cases, 100 corrections of activities (new ones), 100 answers changed, and 3,000
        answers in 50 checklists: 3,300 Changes, one for each (fewer edits where there is less to edit).
        """
        with self.chance(2) as (chance, cases, activities, filled, empty), self.replica.writing() as work:
            for each in chance.sample(cases, min(100, len(cases))):
                work.save(replace(work.need(Case, each), description=some_text(chance, 8)))
            for each in chance.sample(activities, min(100, len(activities))):
                wrong = work.need(CaseActivity, each)
                work.save(replace(wrong, id=self.ids.new(), text=some_text(chance, 8), corrects_id=wrong.id))
            for each in chance.sample(filled, min(100, len(filled))):
                work.answer(each, {key_of(0): answer_text(chance) + " " + some_text(chance, 8)})
            for each in empty[:-LEFT]:
                for number in range(PER_FORM):
                    work.answer(each, {key_of(number): answer_text(chance)})
        return self.waiting()

    def waiting(self) -> dict[str, Any]:
        """How many Changes have no receipt."""
        with self.replica.reading() as reader:
            return {"waiting": reader.unreceipted().changes}

    def clash(self, who: str) -> dict[str, Any]:
        """The work of W4: `a` sets the state of 200 cases; `b` the description of the first 100, the state of the others."""
        with self.chance(4) as (chance, cases, *_), self.replica.writing() as work:
            for place, each in enumerate(chance.sample(cases, 200)):
                case = work.need(Case, each)
                if who == "a":
                    work.save(replace(case, status="waiting_part"))
                elif place < 100:
                    work.save(replace(case, description=f"B {place}"))
                else:
                    work.save(replace(case, status="waiting_vendor"))
        return self.waiting()

    def score(self) -> dict[str, Any]:
        """What became of the 400 edits of `clash`: seen in the record, or kept in a conflict that is still open."""
        with self.chance(4) as (chance, cases, *_):
            chosen = chance.sample(cases, 200)
        with self.replica.reading() as reader:
            kept = reader.find(Conflict, state="open")
            found = [reader.need(Case, each) for each in chosen]
        merged = sum(case.status == "waiting_part" and case.description == f"B {place}" for place, case in enumerate(found[:100]))
        here = {each.record_id: json.loads(each.mine) for each in kept if each.field == "status"}
        standing = [case.status for case in found[100:]]
        both = sum({case.status, here.get(case.id)} == {"waiting_part", "waiting_vendor"} for case in found[100:])
        return {"merged": merged, "both_kept": both, "open": len(kept), "standing": dict(Counter(standing))}

    def settle(self) -> dict[str, Any]:
        """Settle every open conflict with the value that stands."""
        with self.replica.writing() as work:
            for each in work.find(Conflict, state="open"):
                done = replace(each, state="settled", settled_with="theirs", settled_value=each.theirs, settled_at=self.clock.now())
                work.save(done)
        return self.waiting()

    def titles(self, word: str) -> dict[str, Any]:
        """The work of W5 and W6: 20 descriptions; with the word W5, 60 answers in one checklist besides."""
        with self.chance(5) as (chance, cases, _, _, empty), self.replica.writing() as work:
            for each in chance.sample(cases, 20):
                work.save(replace(work.need(Case, each), description=f"{word} title"))
            if word == "W5":
                for number in range(PER_FORM):
                    work.answer(empty[-1], {key_of(number): answer_text(chance)})
        return self.waiting()

    def count(self) -> dict[str, Any]:
        """How many rows that are not one engineer's alone, doubles among them, titles of W5 and W6, conflicts, and whether the
        kept digest is the true one.
        """
        with self.replica.reading() as reader:
            run = reader.connection.exec_driver_sql
            shared = [name for name, kind in KINDS.items() if kind.scope != "engineer"]
            ids = [row[0] for name in shared for row in run(f'SELECT id FROM "{name}"')]
            answers = run("SELECT COUNT(*) FROM answer WHERE value IS NOT NULL").scalar_one()
            titles = Counter(row[0] for row in run("SELECT description FROM \"case\" WHERE description LIKE 'W_ title'"))
            return {
                "rows": len(ids) + answers,
                "doubles": len(ids) - len(set(ids)),
                "w5": titles["W5 title"],
                "w6": titles["W6 title"],
                "open": reader.count(Conflict, state="open"),
                "waiting": reader.unreceipted().changes,
                "true_digest": recomputed_digest(reader.connection) == reader.sync_state().scope_digest,
                "forms": reader.count(FormInstance),
            }

    def tried(self, url: str) -> dict[str, Any]:
        """A round that may fail: its result, or the code of what ended it."""
        try:
            return self.round(url)
        except FieldappError as fault:
            return {"complete": False, "fault": fault.code}


STEPS: Mapping[str, Callable[..., dict[str, Any]]] = MappingProxyType(
    {
        "round": Laptop.round,
        "tried": Laptop.tried,
        "day": Laptop.day,
        "clash": Laptop.clash,
        "score": Laptop.score,
        "settle": Laptop.settle,
        "titles": Laptop.titles,
        "count": Laptop.count,
    }
)


def _main(step: str, folder: Path, words: Sequence[str]) -> dict[str, Any]:
    if step == "enrol":
        return Laptop.enrol(folder, *words)
    laptop = Laptop(folder)
    with closing(laptop.replica):
        if step == "rounds":  # the second in the same process: what a program that runs all day pays
            laptop.round(*words)
            return laptop.round(*words)
        return STEPS[step](laptop, *words)


if __name__ == "__main__":
    print(json.dumps(_main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])))
