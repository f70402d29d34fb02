"""200 engineers push their day (138 Changes each) into one centre at the same moment, on the embedded database and on PostgreSQL.

CROWD=n for another number. The laptops of the crowd are messages made before, sent by as many threads on the same machine.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Measure
from tests.bench.sync.centre import Centre
from tests.bench.sync.crowd import CHANGES, evening, gather
from tests.central.postgres import NoPostgres, cluster, database, plain

LONG = True


def run() -> Iterator[Measure]:
    """Throughput, waiting and errors on both databases; without PostgreSQL the reason goes to standard error."""
    count = int(os.environ.get("CROWD", "200"))
    yield from crowded("embedded", count)
    try:
        with cluster() as server, database(server, "crowd") as url:
            yield from crowded("PostgreSQL", count, plain(url))
    except NoPostgres as reason:
        print(f"not measured on PostgreSQL: {reason}", file=sys.stderr)


def crowded(name: str, count: int, url: str = "") -> Iterator[Measure]:
    """The figures of one database."""
    with tempfile.TemporaryDirectory(prefix="sync-crowd-") as folder:
        engineers = gather(Path(folder) / "centre", count, url)
        with Centre(Path(folder) / "centre", url) as centre:
            before = centre.cpu()
            done = evening(engineers, f"http://127.0.0.1:{centre.port}")
            used = centre.cpu() - before
    waits = sorted(done.pushes)
    yield Measure("sync-crowd", f"{name}: {count} engineers, errors", len(done.errors), "count", 0)
    yield Measure("sync-crowd", f"{name}: Changes received", done.receipts, "count", count * CHANGES)
    yield Measure("sync-crowd", f"{name}: all done after", done.wall, "s")
    yield Measure("sync-crowd", f"{name}: Changes a second", done.receipts / done.wall, "1/s")
    yield Measure("sync-crowd", f"{name}: a push waited, median", statistics.median(waits), "s")
    yield Measure("sync-crowd", f"{name}: a push waited, p95", waits[int(len(waits) * 0.95)], "s")
    yield Measure("sync-crowd", f"{name}: CPU of the centre for each engineer", used / count * 1000, "ms CPU")
