"""`python -m tests.sockets`: every byte of a round cut, many bytes changed, every request lost or doubled, hundreds of kills, 1 GB.

Prints a table: faults by kind, rounds, failures.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.sockets.long import KILLS_OF_A_WORLD, TRIALS_OF_A_PART, kills, photos, plan, trials
from tests.sockets.sweep import ground

__all__ = ["main"]

KILLS = 200


def main(words: Sequence[str] | None = None) -> int:
    """Run all of it; 1 when something fails."""
    parser = argparse.ArgumentParser(prog="simulate --sockets", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="cut at each so many bytes")
    parser.add_argument("--kills", type=int, default=KILLS, help="of each end")
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--cut", type=int, default=2_000_000, help="bytes until the line of the photos breaks")
    chosen = parser.parse_args(words)
    began = time.monotonic()
    counts: Counter[str] = Counter()
    failed: list[str] = []
    rounds = 0
    with ground() as here:
        everything = plan(here, chosen.every)
    print(f"{len(everything)} trials on the line, {chosen.kills} kills of each end", flush=True)
    shares = max(1, len(everything) // TRIALS_OF_A_PART)
    ways = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, os.cpu_count() or 1), mp_context=ways) as pool:
        parts = [pool.submit(trials, everything[start::shares]) for start in range(shares)]
        for first in range(0, chosen.kills, KILLS_OF_A_WORLD):
            parts.append(pool.submit(kills, first, min(KILLS_OF_A_WORLD, chosen.kills - first)))
        for number, part in enumerate(as_completed(parts), 1):
            more, some_rounds, wrong = part.result()
            counts += more
            rounds += some_rounds
            failed += wrong
            print(f"  {number} of {len(parts)} parts, {rounds} rounds, {time.monotonic() - began:.0f} s", flush=True)
            print(*(f"FAILED {line}" for line in wrong), sep="\n", end="\n" if wrong else "", flush=True)
    if chosen.photos:
        carried = photos(chosen.photos, chosen.megabytes * 1_000_000, chosen.cut)
        rounds += carried.rounds
        counts["cut_up"] += carried.breaks
        words_of = f"{carried.files} photos, {carried.size / 1e6:.0f} MB, {carried.breaks} breaks, {carried.rounds} rounds"
        print(f"{words_of}: {carried.sent / 1e6:.0f} MB sent, {carried.ratio:.4f} of their size, {carried.seconds:.0f} s")
        if carried.ratio > 1.05:
            failed.append("more than 1.05 times the size of the photos was sent")
    width = max(len(name) for name in counts)
    print(*(f"{name:<{width}} {count:>8,}" for name, count in sorted(counts.items())), sep="\n")
    print(f"{'rounds':<{width}} {rounds:>8,}\n{'failures':<{width}} {len(failed):>8,}\n{time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
