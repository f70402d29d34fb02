"""`python -m tests.simulation --seeds N`: run many worlds, count faults by kind, shrink and print those that fail."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence

from tests.simulation import plants
from tests.simulation.pool import run_all
from tests.simulation.run import run_seed, shrunk, template

SHRUNK = 3
"""So many of the seeds that fail are shrunk; the others are named."""


def _explain(seeds: Sequence[int]) -> None:
    """Shrink what failed, and print it."""
    with template() as begin:
        for seed in seeds:
            outcome = run_seed(begin, seed)
            short = shrunk(begin, outcome) if outcome.fault else outcome
            print(*short.trace, f"seed {seed}, {len(short.steps)} of {len(outcome.steps)} steps: {short.fault}", sep="\n", flush=True)
            traceback.print_exception(short.error)


def main(words: Sequence[str] | None = None) -> int:
    """Run the seeds; 1 when one of them fails."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--trace", action="store_true", help="print the trace of every seed")
    parser.add_argument("--plants", action="store_true", help="instead: which seed shows each mistake that is planted into the programs")
    chosen = parser.parse_args(words)
    if chosen.plants:
        return plants.main()
    counts: Counter[str] = Counter()
    failed: list[int] = []
    began, cpu = time.monotonic(), 0.0
    for done, told in enumerate(run_all(chosen.start, chosen.seeds, max(1, min(chosen.jobs, chosen.seeds))), 1):
        counts += told.counts
        cpu += told.cpu
        if chosen.trace:
            print("\n".join(told.trace), f"seed {told.seed}: {told.digest}", sep="\n")
        if told.fault:
            failed.append(told.seed)
            print(f"seed {told.seed} FAILED: {told.fault}", flush=True)
        if done % 100 == 0:
            print(f"{done} seeds, {len(failed)} failed, {time.monotonic() - began:.0f} s", flush=True)
    _explain(failed[:SHRUNK])
    print("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    names = f" ({', '.join(map(str, failed))})" if failed else ""
    print(f"{chosen.seeds} seeds, {len(failed)} failed{names}, {time.monotonic() - began:.1f} s, {cpu:.1f} s CPU")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
