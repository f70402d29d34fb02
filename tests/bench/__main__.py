"""Run the measurements: `python -m tests.bench [NAME …] [--json]`; each module bench_<name> has run() -> Measures.

A module with LONG = True takes minutes and runs only when it is named.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from tests.bench.measure import lines


def main(arguments: list[str] | None = None) -> int:
    """Run the named measurements, or all but the long ones; 2 for a name that is not there."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    present = {stem.removeprefix("bench_").replace("_", "-"): stem for stem in found}
    parser = argparse.ArgumentParser(prog="dev.py bench")
    parser.add_argument("name", nargs="*", help=f"which of: {', '.join(present)}")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.name if name not in present]
    if unknown:
        print(f"no such measurement: {', '.join(unknown)}; there are: {', '.join(present)}", file=sys.stderr)
        return 2
    for name in chosen.name or present:
        module = importlib.import_module(f"tests.bench.{present[name]}")
        if not chosen.name and getattr(module, "LONG", False):
            continue
        for line in lines(module.run(), chosen.json):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
