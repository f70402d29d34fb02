"""`python -m tests.simulation --seeds N`: run many worlds, count faults by kind, shrink and print the first that fails."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence

from tests.simulation.run import run_seed, shrunk, template


def main(words: Sequence[str] | None = None) -> int:
    """Run the seeds; 1 when one of them fails."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--trace", action="store_true", help="print the trace of every seed")
    parser.add_argument("--keep-going", action="store_true", help="run all seeds and name those that fail")
    chosen = parser.parse_args(words)
    counts: Counter[str] = Counter()
    began, cpu, failures = time.monotonic(), time.process_time(), 0
    with template() as begin:
        for seed in range(chosen.start, chosen.start + chosen.seeds):
            outcome = run_seed(begin, seed)
            counts += outcome.counts
            if chosen.trace:
                print("\n".join(outcome.trace), f"seed {seed}: {outcome.digest}", sep="\n")
            if not outcome.fault:
                continue
            failures += 1
            print(f"seed {seed} FAILED: {outcome.fault}", flush=True)
            if not chosen.keep_going:
                short = shrunk(begin, outcome)
                print(*short.trace, f"seed {seed}, {len(short.steps)} of {len(outcome.steps)} steps: {short.fault}", sep="\n")
                traceback.print_exception(short.error)
                break
    print("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"{chosen.seeds} seeds, {failures} failed, {time.monotonic() - began:.1f} s, {time.process_time() - cpu:.1f} s CPU")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
