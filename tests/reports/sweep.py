"""Whether a report is refused after any one of its bytes was changed: `python -m tests.reports.sweep FILE... --ca CA`.

The real `verify` judges every changed file. Each byte is changed in one random bit, and to others of its class: a digit
to a digit, a letter to its neighbour and to its other case, white space to other white space. Inside of the gap of the
last signature, which no digest covers, each byte is changed to all 255 others. A change that is accepted, or that makes
`verify` raise, is unseen; the exit status is 1 then.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from fieldapp.base.clock import SystemClock
from fieldapp.reports.judging.bytecheck import signed_ranges
from fieldapp.reports.verification import verify
from fieldapp.vault.keys import pems_to_der

__all__ = ["Change", "all_changes", "kin", "last_gap", "main", "one_bit", "parts", "unseen"]

Change = tuple[int, int]
"""A position in the file, and the byte that stands there instead."""

_SPACES = b" \n\r\t\0\f"


def last_gap(pdf: bytes) -> range:
    """The positions of the last signature's /Contents, brackets included: the only bytes that no digest covers."""
    last = signed_ranges(pdf)[-1]
    return range(last.start, last.end)


def one_bit(pdf: bytes, positions: Sequence[int], seed: int = 0) -> Iterator[Change]:
    """One random bit of each position; the same ones for the same seed, however the positions are divided."""
    for at in positions:
        yield at, pdf[at] ^ 1 << random.Random(seed << 32 | at).randrange(8)


def kin(pdf: bytes, positions: Sequence[int]) -> Iterator[Change]:
    """Other bytes of the same class, those a careless reader could take for the same."""
    for at in positions:
        yield from ((at, other) for other in _kin_of(pdf[at]))


def _kin_of(old: int) -> tuple[int, ...]:
    letter = chr(old)
    if letter.isascii() and letter.isdigit():
        return (ord("0") + (old - ord("0") + 1) % 10,)
    if letter.isascii() and letter.isalpha():
        first = ord("a") if letter.islower() else ord("A")
        width = 6 if old - first < 6 else 26  # a hex digit stays one
        return old ^ 0x20, first + (old - first + 1) % width
    if old in _SPACES:
        return (_SPACES[(_SPACES.index(old) + 1) % len(_SPACES)],)
    return ((old + 1) % 256,)


def all_changes(pdf: bytes, seed: int, positions: Sequence[int]) -> Iterator[Change]:
    """What the whole sweep tries at these positions."""
    gap = last_gap(pdf)
    outside = [at for at in positions if at not in gap]
    yield from dict.fromkeys((*one_bit(pdf, outside, seed), *kin(pdf, outside)))
    yield from ((at, new) for at in positions if at in gap for new in range(256) if new != pdf[at])


def unseen(pdf: bytes, accepts: Callable[[bytes], bool], changes: Iterator[Change]) -> tuple[int, list[str]]:
    """How many changes were tried, and which were accepted or ended in an error."""
    tried, found, changed = 0, [], bytearray(pdf)
    for at, new in changes:
        tried += 1
        changed[at] = new
        try:
            if new == pdf[at] or accepts(bytes(changed)):
                found.append(f"byte {at}: {pdf[at]:#04x} -> {new:#04x} accepted")
        except Exception as error:  # noqa: BLE001 - whatever it is, a person would see it instead of a verdict
            found.append(f"byte {at}: {pdf[at]:#04x} -> {new:#04x} raised {error!r}")
        changed[at] = pdf[at]
    return tried, found


@dataclass(frozen=True)
class _Judge:
    roots: tuple[bytes, ...]
    now: datetime

    def __call__(self, pdf: bytes) -> bool:
        return verify(pdf, self.roots, self.now).accepted


def _part(pdf: bytes, judge: _Judge, seed: int, positions: range) -> tuple[int, list[str]]:
    logging.disable(logging.CRITICAL)  # the parsers log what they find in changed files
    return unseen(pdf, judge, all_changes(pdf, seed, positions))


def _sweep(path: Path, judge: _Judge, seed: int, processes: int) -> bool:
    pdf = path.read_bytes()
    if not judge(pdf):
        print(f"{path.name}: not accepted as it is, so there is nothing to sweep")
        return False
    began, gap = time.monotonic(), last_gap(pdf)
    with ProcessPoolExecutor(processes) as pool:
        done = list(pool.map(partial(_part, pdf, judge, seed), parts(len(pdf), gap)))
    tried, found = sum(each for each, _ in done), [line for _, lines in done for line in lines]
    seconds = time.monotonic() - began
    print(f"{path.name}: {len(pdf):,} bytes, {tried:,} changes ({len(gap) * 255:,} in the last gap), {len(found)} unseen, {seconds:.0f} s")
    for line in found[:50]:
        print(f"  {line}")
    sys.stdout.flush()
    return not found


def parts(size: int, gap: range) -> Iterator[range]:
    """All positions of a file in parts that take about the same time: a byte of the gap is changed 255 times."""
    for start, stop, step in ((0, gap.start, 2000), (gap.start, gap.stop, 40), (gap.stop, size, 2000)):
        yield from (range(at, min(at + step, stop)) for at in range(start, stop, step))


def main(words: Sequence[str] | None = None) -> int:
    """Sweep files; 0 when no change of any went unseen."""
    parser = argparse.ArgumentParser(prog="sweep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--ca", required=True, type=Path, help="the company's CA certificate (PEM)")
    parser.add_argument("--seed", type=int, default=0, help="of the random bits")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(words)
    judge = _Judge(pems_to_der(chosen.ca.read_bytes(), chosen.ca.name), SystemClock().now())
    sealed = [_sweep(path, judge, chosen.seed, chosen.processes) for path in chosen.files]
    return 0 if all(sealed) else 1


if __name__ == "__main__":
    sys.exit(main())
