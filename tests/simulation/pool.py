"""Worlds of many seeds, worked on by several processes, told in the order of the seeds."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.simulation.run import run_seed, template

__all__ = ["Told", "run_all"]


class Told(NamedTuple):
    """What one seed came to, as one process tells it to another."""

    seed: int
    fault: str
    trace: tuple[str, ...]
    digest: str
    counts: Counter[str]
    cpu: float


def _work(seeds: Sequence[int], results: multiprocessing.SimpleQueue[Told]) -> None:
    """Run some seeds, each of them told at once."""
    logging.disable()  # what is refused is told by the trace
    with template() as begin:
        for seed in seeds:
            cpu = time.process_time()
            outcome = run_seed(begin, seed)
            results.put(Told(seed, outcome.fault, outcome.trace, outcome.digest, outcome.counts, time.process_time() - cpu))


def run_all(first: int, count: int, jobs: int) -> Iterator[Told]:
    """Every seed in order, worked on by so many processes; a process that ends before its seeds do is an error."""
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.SimpleQueue[Told] = context.SimpleQueue()
    seeds = range(first, first + count)
    workers = [context.Process(target=_work, args=(seeds[place::jobs], results), daemon=True) for place in range(jobs)]
    for worker in workers:
        worker.start()
    held: dict[int, Told] = {}
    for seed in seeds:
        while seed not in held:
            while results.empty():
                if any(worker.exitcode for worker in workers):
                    raise RuntimeError("a process of the simulation ended too soon")
                time.sleep(0.02)
            told = results.get()
            held[told.seed] = told
        yield held.pop(seed)
