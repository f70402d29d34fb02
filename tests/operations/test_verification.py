"""Verdicts on files: accepted only with the right root, unreadable ones say so, plain values for a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_der_x509_certificate

from fieldapp.operations import documents
from fieldapp.operations.session import FieldSession
from fieldapp.operations.verification import CertificateUnreadable, verify_file, verify_files
from tests.issuing import TestAuthority
from tests.operations.paperwork import certified_repair, sign_as
from tests.operations.world import MORNING, SmallWorld


@pytest.fixture
def signed(field_session: FieldSession, world: SmallWorld, tmp_path: Path) -> Path:
    """The file of a signed report."""
    report = certified_repair(field_session, world)
    sign_as(field_session, report)
    return documents.save_copy(field_session, report, tmp_path).path


def _pem(der: bytes) -> bytes:
    return load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)


def test_a_file_is_judged_by_the_pinned_certificates(field_session: FieldSession, signed: Path) -> None:
    view = verify_file(field_session, signed)
    assert (view.accepted, view.stage, view.number) == (True, "on_site", "SR-2026-HD-000173")
    assert view.read("zh").startswith("通过")
    (named,) = verify_files([signed], None, field_session.places, field_session.clock)
    assert named == view


@pytest.mark.expects_log("Failed to build path")
def test_the_command_takes_the_company_certificate(field_session: FieldSession, signed: Path, tmp_path: Path) -> None:
    ca, other = tmp_path / "ca.pem", tmp_path / "other.pem"
    ca.write_bytes(_pem(field_session.vault.roots[0]))
    other.write_bytes(_pem(TestAuthority(MORNING, "Test CA").root))
    (good,) = verify_files([signed], ca, field_session.places, field_session.clock)
    (bad,) = verify_files([signed], other, field_session.places, field_session.clock)
    assert good.accepted
    assert not bad.accepted


def test_a_certificate_file_of_no_use_is_refused(field_session: FieldSession, signed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("not a certificate")
    for ca in (broken, tmp_path / "missing.pem"):
        with pytest.raises(CertificateUnreadable) as refused:
            verify_files([signed], ca, field_session.places, field_session.clock)
        assert ca.name in refused.value.read("zh")


def test_a_file_that_cannot_be_read_is_not_accepted(field_session: FieldSession, signed: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "notes.pdf"
    foreign.write_bytes(b"%PDF-1.7 nothing")
    good, missing, other = verify_files([signed, tmp_path / "gone.pdf", foreign], None, field_session.places, field_session.clock)
    assert (good.accepted, missing.accepted, other.accepted) == (True, False, False)
    assert "gone.pdf" in missing.read("zh")


def test_the_verdict_is_plain_values_for_a_command(field_session: FieldSession, signed: Path) -> None:
    plain = json.loads(json.dumps(verify_file(field_session, signed).as_json()))
    assert plain["accepted"] is True
    assert [each["kind"] for each in plain["signatures"]] == ["certification", "approval"]
    assert len(plain["zh"]) == len(plain["en"]) > 3


def test_a_file_with_bytes_behind_its_end_is_refused(field_session: FieldSession, signed: Path) -> None:
    signed.write_bytes(signed.read_bytes() + b"\n")
    assert not verify_file(field_session, signed).accepted
