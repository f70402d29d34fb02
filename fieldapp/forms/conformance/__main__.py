"""The command: run corpus files, print one line for each failing case, and the totals last.

    python -m fieldapp.forms.conformance FILE.json… [--expected FILE]

`--expected` names the cases that are known to fail, grouped by their reason. The exit status is 0 only if no other
case fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from fieldapp.forms.conformance.expressions import run_expression
from fieldapp.forms.conformance.scenarios import run_scenario

__all__ = ["Failure", "expected_failures", "main", "run_file"]


class Failure(NamedTuple):
    """A case that did not pass."""

    case: str
    subject: str
    expected: str
    got: str


def run_file(path: Path) -> Iterator[Failure | None]:
    """Run all cases of a corpus file; one None for each that passes."""
    corpus: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    forms = corpus.get("forms")
    for case in corpus["cases"]:
        if forms is None:
            got = run_expression(case, corpus["meta"])
            expected = f"{case['expected_type']} {case['expected_value']!r}"
            yield None if got is None else Failure(case["id"], case["expr"], expected, got)
        else:
            failed = run_scenario(case, forms)
            yield None if failed is None else Failure(case["id"], case["test"], failed[0], failed[1])


def expected_failures(path: Path) -> dict[str, str]:
    """The cases that are known to fail, each with its reason; the file groups them: [{"reason": …, "cases": […]}]."""
    groups = json.loads(path.read_text(encoding="utf-8"))
    return {case: group["reason"] for group in groups for case in group["cases"]}


def main(arguments: Sequence[str] | None = None, out: TextIO | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m fieldapp.forms.conformance", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.json")
    parser.add_argument("--expected", type=Path, help="the cases that are known to fail, with their reasons")
    chosen = parser.parse_args(arguments)
    known = expected_failures(chosen.expected) if chosen.expected else {}
    stream = out or sys.stdout
    passed = 0
    failures: list[Failure] = []
    for path in chosen.files:
        for outcome in run_file(path):
            if outcome is None:
                passed += 1
                continue
            failures.append(outcome)
            note = "  [expected]" if outcome.case in known else ""
            line = f"{outcome.case}  {outcome.subject}  expected {outcome.expected}  got {outcome.got}{note}"
            stream.write(" ".join(line.split("\n")) + "\n")
    stream.write(f"{passed} passed, {len(failures)} failed\n")
    return 0 if all(failure.case in known for failure in failures) else 1


if __name__ == "__main__":
    sys.exit(main())
