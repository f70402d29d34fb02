"""The measured program: from the data of a report to the signed file, as the desktop makes it, in a process of its own.

`python -m tests.bench.report.ours FOLDER ROUNDS` reads FOLDER/data.pickle and FOLDER/key.p12, writes FOLDER/ours.pdf and prints one line of
JSON. Everything is imported within `main`: importing is part of what is measured.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(folder: Path, rounds: int) -> int:
    """Make the report once, and as often again as is asked; 1 when a library of the window was loaded."""
    import pickle

    from fieldapp.reports.documents import document
    from fieldapp.reports.layout import render
    from fieldapp.reports.signing import certify
    from fieldapp.vault.keys import signer_of, unpack
    from tests.bench.report import memory

    signer = signer_of(unpack((folder / "key.p12").read_bytes(), b"bench", "key.p12"))
    data = pickle.loads((folder / "data.pickle").read_bytes())
    pdf = certify(render(document(data)), signer, when=data.front.when, name="李工", role="海川技术服务")
    (folder / "ours.pdf").write_bytes(pdf)
    told = {"cpu": time.process_time(), "peak": memory.peak(), "size": len(pdf)}
    del pdf
    warm, warm_cpu = [], []
    for _ in range(rounds):
        before, spent = time.perf_counter(), time.process_time()
        certify(render(document(data)), signer, when=data.front.when, name="李工", role="海川技术服务")
        warm.append(time.perf_counter() - before)
        warm_cpu.append(time.process_time() - spent)
    window = sorted(name for name in sys.modules if name.split(".")[0] in ("PySide6", "shiboken6"))
    print(json.dumps({**told, "warm": warm, "warm_cpu": warm_cpu, "window": window}))
    return 1 if window else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
