"""The public suites of XPath and ODK forms, run by the same command that anybody can run."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from fieldapp.forms.conformance.__main__ import expected_failures, main, run_file
from tests.shared_folder import shared

EXPECTED = Path(__file__).with_name("expected.json")
CORPORA = ("xpath_enketo", "xpath_javarosa", "scenario_webforms")
# Of the cases that no two suites disagree on and that concern expressions or behaviour.
LEAST_PASSED = {"xpath_enketo": 2332, "xpath_javarosa": 472, "scenario_webforms": 258}


@pytest.mark.parametrize("name", CORPORA)
def test_only_the_named_cases_of_a_suite_fail(name: str) -> None:
    path = shared(f"conformance/{name}.json")
    known = expected_failures(EXPECTED)
    outcomes = list(run_file(path))
    failed = {outcome.case for outcome in outcomes if outcome is not None}
    prefix = next(iter(json.loads(path.read_text(encoding="utf-8"))["cases"]))["id"].rpartition("-")[0]
    listed = {case for case in known if case.startswith(prefix)}
    assert failed - listed == set(), "these cases failed and are not listed"
    assert listed - failed == set(), "these cases pass now; take them off the list"
    assert len(outcomes) - len(failed) >= LEAST_PASSED[name]


def test_of_what_the_suites_agree_on_nearly_all_passes() -> None:
    groups = json.loads(EXPECTED.read_text(encoding="utf-8"))
    apart = {case for group in groups if "the suites disagree" in group["reason"] for case in group["cases"]}
    passed = agreed = 0
    for name in ("xpath_enketo", "xpath_javarosa"):
        path = shared(f"conformance/{name}.json")
        cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
        for case, outcome in zip(cases, run_file(path), strict=True):
            if case["upstream_status"] == "ok" and not case.get("conflicts_with") and case["id"] not in apart:
                agreed += 1
                passed += outcome is None
    assert agreed > 2790
    assert passed / agreed >= 0.995


def test_every_listed_failure_has_a_reason_and_is_listed_once() -> None:
    groups = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert all(len(group["reason"]) > 20 for group in groups)
    cases = [case for group in groups for case in group["cases"]]
    assert len(cases) == len(set(cases))


def test_the_command_prints_failures_totals_and_exits_by_the_list(tmp_path: Path) -> None:
    meta = {"timezone": "America/Phoenix", "now": "2024-06-15T12:34:56.789-07:00", "namespaces": {}}
    common = {"context_xml": "", "context_node": None, "expected_type": "number"}
    cases = [
        {"id": "own-1", "expr": "1 + 1", "expected_value": 2, **common},
        {"id": "own-2", "expr": "1 + 1", "expected_value": 3, **common},
    ]
    corpus = tmp_path / "own.json"
    corpus.write_text(json.dumps({"meta": meta, "cases": cases}), encoding="utf-8")
    known = tmp_path / "expected.json"
    known.write_text(json.dumps([{"reason": "arithmetic of another world", "cases": ["own-2"]}]), encoding="utf-8")
    out = io.StringIO()
    assert main([str(corpus)], out) == 1
    lines = out.getvalue().splitlines()
    assert lines[0] == "own-2  1 + 1  expected number 3  got float '2'"
    assert lines[-1] == "1 passed, 1 failed"
    assert main([str(corpus), "--expected", str(known)], io.StringIO()) == 0
