"""A signed report beside a bare script of reportlab and pyHanko: cold process to signed file, warm, memory, and how both grow.

Six pages, 60 rows and 8 photos that were 3 MB each and were scaled when they were attached, as they are at work; the engineer's
certification, no window's library loaded (a run that loads it fails). Then inspections of 2, 4 and 8 checklists of 300 rows with 25
photos each. Ours and the bare script run in turn, and ratios are of such pairs. Medians of 7 (RUNS=n for n runs).
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from fieldapp.operations.gathering.sealing import page_count
from fieldapp.reports.photos import scaled
from tests.bench.measure import Measure
from tests.bench.report.content import PHOTOS, ROWS, STEPS, inspection, photographed, service
from tests.bench.report.runs import Run, bare, ours, prepared

LONG = True
WARM = 7
EACH = 25
"""Photos of each checklist of the large reports."""


def run() -> Iterator[Measure]:
    """The report of six pages, then the large ones, whose photos are of the same size."""
    runs = int(os.environ.get("RUNS", "7"))
    taken = [photographed(number=number) for number in range(PHOTOS)]
    drafts = [scaled(raw).draft for raw in taken]
    yield Measure("report", "a photo as it was taken", statistics.median(map(len, taken)) / 1e6, "MB", 3)
    yield Measure("report", "a photo as it was attached", statistics.median(map(len, drafts)) / 1e6, "MB")
    del taken
    with tempfile.TemporaryDirectory(prefix="report-bench-") as name:
        work = Path(name)
        yield from small(work / "small", drafts, runs)
        many = [*drafts, *(photographed(1600, 1200, number) for number in range(PHOTOS, EACH * STEPS[-1]))]
        yield from large(work, many, max(1, runs // 2))


def small(folder: Path, jpegs: Sequence[bytes], runs: int) -> Iterator[Measure]:
    """Cold beside the bare script, warm, memory."""
    prepared(folder, service(jpegs))
    pairs = [(ours(folder), bare(folder)) for _ in range(runs)]
    warm = ours(folder, WARM)
    mine, theirs = [one for one, _ in pairs], [other for _, other in pairs]
    yield Measure("report", f"pages; {ROWS} rows, {len(jpegs)} photos", page_count((folder / "ours.pdf").read_bytes()), "count", 6)
    yield Measure("report", "pages of the bare script", page_count((folder / "bare.pdf").read_bytes()), "count")
    yield Measure("report", "cold process to signed file", _median(one.elapsed for one in mine), "s", _median(o.elapsed for o in theirs))
    yield Measure("report", "the same, median of the pairs", _median(one.elapsed / other.elapsed for one, other in pairs), "times", 1.2)
    yield Measure("report", "the same, CPU", _median(one.cpu for one in mine), "s CPU", _median(other.cpu for other in theirs))
    yield Measure("report", "the same, CPU, median of the pairs", _median(one.cpu / other.cpu for one, other in pairs), "times", 1.2)
    yield Measure("report", "peak memory", _median(one.peak for one in mine), "MB", 150)
    yield Measure("report", "peak memory of the bare script", _median(other.peak for other in theirs), "MB")
    yield Measure("report", "warm, to the signed bytes", statistics.median(warm.warm), "s", 0.45)
    yield Measure("report", "warm, CPU", statistics.median(warm.warm_cpu), "s CPU", 0.45)


def large(work: Path, jpegs: Sequence[bytes], runs: int, steps: Sequence[int] = STEPS, each: int = EACH) -> Iterator[Measure]:
    """Reports of so many checklists with `each` photos: seconds, memory, and what a page more costs at the end beside at the start."""
    pages: list[int] = []
    found: list[Run] = []
    for step in steps:
        folder = work / f"large-{step}"
        prepared(folder, inspection(jpegs[: each * step], step))
        taken = [ours(folder) for _ in range(runs)]
        pages.append(page_count((folder / "ours.pdf").read_bytes()))
        found.append(Run(_median(o.elapsed for o in taken), _median(o.cpu for o in taken), _median(o.peak for o in taken), taken[0].size))
        beside = bare(folder)
        title = f"{pages[-1]} pages, {each * step} photos"
        yield Measure("report", f"{title}: cold to signed file", found[-1].elapsed, "s", beside.elapsed)
        yield Measure("report", f"{title}: CPU", found[-1].cpu, "s CPU", beside.cpu)
        yield Measure("report", f"{title}: peak memory", found[-1].peak, "MB", beside.peak)
        yield Measure("report", f"{title}: the file", found[-1].size / 1e6, "MB", beside.size / 1e6)
    costs = [(found[n + 1].cpu - found[n].cpu) / (pages[n + 1] - pages[n]) * 1000 for n in range(len(found) - 1)]
    yield Measure("report", "a page more, at the end beside at the start", costs[-1], "ms CPU", costs[0])
    yield Measure("report", "peak memory, the largest beside the smallest", found[-1].peak, "MB", found[0].peak)


def _median(values: Iterator[float]) -> float:
    return statistics.median(values)
