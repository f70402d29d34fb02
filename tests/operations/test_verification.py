"""Verdicts on files: accepted only with the right root, unreadable ones say so, plain values for a command."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_der_x509_certificate

from fieldapp.operations import documents
from fieldapp.operations.session import FieldSession
from fieldapp.operations.verification import CertificateUnreadable, verify_file, verify_files
from fieldapp.reports.verdicts import SignatureVerdict, VerificationReport
from tests.issuing import TestAuthority
from tests.operations.paperwork import certified_repair, sign_as
from tests.operations.world import MORNING, SmallWorld, make_session


@dataclass(frozen=True)
class Signed:
    """A laptop with a signed report, and the report's file."""

    session: FieldSession
    path: Path


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    """One signed report for all tests here; none of them changes it."""
    folder = tmp_path_factory.mktemp("signed")
    session = make_session(folder)
    report = certified_repair(session, SmallWorld.into(session))
    sign_as(session, report)
    yield Signed(session, documents.save_copy(session, report, folder).path)
    session.close()


def _pem(der: bytes) -> bytes:
    return load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)


def test_a_file_is_judged_by_the_pinned_certificates(signed: Signed) -> None:
    view = verify_file(signed.session, signed.path)
    assert (view.accepted, view.stage, view.number) == (True, "on_site", "SR-2026-HD-000173")
    assert view.read("zh").startswith("通过")
    (named,) = verify_files([signed.path], None, signed.session.places, signed.session.clock)
    assert named == view


def test_a_verdict_reads_as_words_with_the_time_of_day_where_the_report_was_made(signed: Signed) -> None:
    view = verify_file(signed.session, signed.path)
    zh, en = view.read("zh"), view.read("en")
    assert not re.search(r"\d{2}:\d{2}:\d{2}|T\d{2}:|Z\b", zh + en), "no moment of a machine"
    assert re.search(r"手写签字确认:.+,\d{4}-\d{2}-\d{2} \d{2}:\d{2} \(UTC\+8\),签于 .+ 的电脑", zh)
    assert re.search(r"Engineer's seal: .+, \d{4}-\d{2}-\d{2} \d{2}:\d{2} \(UTC\+8\), on the laptop of .+", en)


def test_a_time_stamp_is_told_by_who_gave_it_and_when() -> None:
    stamp = SignatureVerdict("TimeStamp", "time_stamp", "", "", "华岳 TSA", datetime(2026, 11, 16, 17, 13, 2, tzinfo=UTC))
    found = VerificationReport(True, "stamped", signatures=(stamp,))
    assert found.read("zh").splitlines()[1] == "时间戳:华岳 TSA,2026-11-17 01:13 (UTC+8)"


@pytest.mark.expects_log("Failed to build path")
def test_the_command_takes_the_company_certificate(signed: Signed, tmp_path: Path) -> None:
    ca, other = tmp_path / "ca.pem", tmp_path / "other.pem"
    ca.write_bytes(_pem(signed.session.vault.roots[0]))
    other.write_bytes(_pem(TestAuthority(MORNING, "Test CA").root))
    (good,) = verify_files([signed.path], ca, signed.session.places, signed.session.clock)
    (bad,) = verify_files([signed.path], other, signed.session.places, signed.session.clock)
    assert good.accepted
    assert not bad.accepted


def test_a_certificate_file_of_no_use_is_refused(signed: Signed, tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("not a certificate")
    for ca in (broken, tmp_path / "missing.pem"):
        with pytest.raises(CertificateUnreadable) as refused:
            verify_files([signed.path], ca, signed.session.places, signed.session.clock)
        assert ca.name in refused.value.read("zh")


def test_a_file_that_cannot_be_read_is_not_accepted(signed: Signed, tmp_path: Path) -> None:
    foreign = tmp_path / "notes.pdf"
    foreign.write_bytes(b"%PDF-1.7 nothing")
    good, missing, other = verify_files([signed.path, tmp_path / "gone.pdf", foreign], None, signed.session.places, signed.session.clock)
    assert (good.accepted, missing.accepted, other.accepted) == (True, False, False)
    assert "gone.pdf" in missing.read("zh")


def test_the_verdict_is_plain_values_for_a_command(signed: Signed) -> None:
    plain = json.loads(json.dumps(verify_file(signed.session, signed.path).as_json()))
    assert plain["accepted"] is True
    assert [each["kind"] for each in plain["signatures"]] == ["certification", "approval"]
    assert len(plain["zh"]) == len(plain["en"]) > 3


SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "verify.schema.json").read_text(encoding="utf-8"))
_TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def misfits(value: Any, schema: dict[str, Any], at: str = "") -> list[str]:
    """Where a value is not what the schema says: the words of JSON Schema that ours uses."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    wrong = []
    kinds = schema.get("type", [])
    if kinds and type(value) not in {_TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)}:
        wrong.append(f"{at}: {value!r} is no {kinds}")
    if value != schema.get("const", value) or value not in schema.get("enum", [value]):
        wrong.append(f"{at}: {value!r}")
    if isinstance(value, dict):
        known = schema["properties"]
        wrong += [f"{at}.{key} is missing" for key in schema["required"] if key not in value]
        wrong += [f"{at}.{key} is not in the schema" for key in value if key not in known]
        wrong += [line for key in value if key in known for line in misfits(value[key], known[key], f"{at}.{key}")]
    if isinstance(value, list):
        wrong += [line for each in value for line in misfits(each, schema["items"], f"{at}[]")]
    return wrong


def test_the_json_is_what_its_schema_says(signed: Signed, tmp_path: Path) -> None:
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(signed.path.read_bytes()[:-1])
    views = verify_files([signed.path, changed, tmp_path / "gone.pdf"], None, signed.session.places, signed.session.clock)
    plain = [each.as_json() for each in views]
    assert [misfits(each, SCHEMA) for each in plain] == [[], [], []]
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"]) == set(plain[0])
    assert "not in the schema" in misfits({**plain[0], "other": 1}, SCHEMA)[0]
    assert len(misfits({**plain[0], "stage": "paid", "size": "1"}, SCHEMA)) == 2


def test_the_verdict_says_which_bytes_who_and_what_was_added(signed: Signed) -> None:
    pdf = signed.path.read_bytes()
    view = verify_file(signed.session, signed.path)
    assert (view.size, view.sha256, view.redrawn) == (len(pdf), hashlib.sha256(pdf).hexdigest(), True)
    engineer, customer = view.signatures
    assert 0 < engineer.covers < customer.covers == len(pdf)
    assert len(customer.strokes) == 64
    proven = "\n".join(each.read("en") for each in view.proven)
    assert f"sealed bytes 1 to {engineer.covers}" in proven
    assert f"up to byte {customer.covers}: the strokes" in proven
    assert f"the file ends at byte {len(pdf)}" in proven
    assert "Who held the pen" in view.not_proven[-1].read("en")
    assert [heading.read("en") for heading, _ in view.parts] == ["Document", "Signatures", "Proven", "Not proven"]
    assert view.sentences[1:] == tuple(line for _, lines in view.parts for line in lines)


def test_a_file_with_bytes_behind_its_end_is_refused(signed: Signed, tmp_path: Path) -> None:
    longer = tmp_path / "longer.pdf"
    longer.write_bytes(signed.path.read_bytes() + b"\n")
    view = verify_file(signed.session, longer)
    assert not view.accepted
    assert [heading.read("en") for heading, _ in view.parts] == ["Why not"]
