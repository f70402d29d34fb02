"""Signing in the template's order, times as arguments, the bytes before each signature untouched."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from fieldapp.reports.blocks import SignerSlot, Words
from fieldapp.reports.documents import content_digest, document
from fieldapp.reports.drawing.typeset import MissingGlyphError
from fieldapp.reports.embedding import UnreadableError
from fieldapp.reports.layout import render
from fieldapp.reports.signing import SigningOrderError, approve, certify, signature_fields, void
from fieldapp.reports.strokes import StrokePoint, Strokes, StrokesError
from fieldapp.reports.timestamping import NotReadyError
from tests.reports import samples, signed
from tests.reports.authority import world


def test_each_signature_leaves_what_stands_before_it() -> None:
    first = signed.certified(signed.rendered())
    second = signed.approved(first)
    third = signed.stamped_from(second)
    assert first.startswith(signed.rendered())
    assert second.startswith(first)
    assert third.startswith(second)


def test_the_fields_follow_the_template_and_the_last_one_locks() -> None:
    fields = signature_fields(signed.rendered())
    assert [(f.name, f.signed, f.locks) for f in fields] == [("engineer", False, False), ("customer", False, True)]
    assert [f.signed for f in signature_fields(signed.certified(signed.rendered()))] == [True, False]
    assert [f.name for f in signature_fields(signed.stamped())] == ["engineer", "customer"]


def test_the_signed_reason_names_content_and_strokes() -> None:
    with pikepdf.open(io.BytesIO(signed.on_site())) as pdf:
        engineer, customer = (field.V for field in pdf.Root.AcroForm.Fields)
    digest = content_digest(samples.service())
    assert str(engineer.Reason) == f"content sha256:{digest}"
    assert str(customer.Reason) == f"strokes sha256:{signed.strokes().digest}; content sha256:{digest}"
    assert str(customer.Name) == "王敏"
    assert str(customer.M) == "D:20261123085500Z"


def test_no_version_and_no_wall_clock_get_in() -> None:
    with pikepdf.open(io.BytesIO(signed.stamped())) as pdf:
        assert "/Version" not in pdf.Root
        assert pdf.docinfo["/ModDate"] == "D:20261123085200+00'00'"
    dates = set(re.findall(rb"D:(\d{4})", signed.stamped()))
    assert dates == {b"2026"}


def test_raw_strokes_never_go_into_the_file() -> None:
    with pikepdf.open(io.BytesIO(signed.on_site())) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream) and "/DCTDecode" not in str(item.get("/Filter", "")):
                assert b'"lines":' not in item.read_bytes()


def test_nobody_signs_out_of_turn() -> None:
    signer = world().engineer
    with pytest.raises(SigningOrderError):
        approve(signed.rendered(), signer, field="customer", strokes=signed.strokes(), name="王敏", role="", when=samples.at(9))
    once = signed.certified(signed.rendered())
    with pytest.raises(SigningOrderError):
        signed.certified(once)
    with pytest.raises(SigningOrderError):
        approve(once, signer, field="engineer", strokes=signed.strokes(), name="王敏", role="", when=samples.at(9))
    with pytest.raises(SigningOrderError) as refused:
        signed.approved(signed.on_site())
    assert "-" in refused.value.read("zh")


def test_empty_strokes_sign_nothing() -> None:
    once = signed.certified(signed.small())
    with pytest.raises(StrokesError):
        approve(once, world().engineer, field="customer", strokes=Strokes(100, 100, ()), name="王敏", role="", when=samples.at(9))


def test_a_name_that_cannot_be_printed_is_refused() -> None:
    with pytest.raises(MissingGlyphError):
        certify(signed.small(), world().engineer, when=samples.at(9), name="Li 😀")


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.7\n", b"hello" * 100])
def test_what_is_no_report_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        certify(raw, world().engineer, when=samples.at(9), name="李工")


def test_three_signers_sign_in_order_and_dots_are_strokes_too() -> None:
    slots = (*samples.SIGNERS, SignerSlot("manager", Words("客户主管", "Customer's manager")))
    pdf = signed.certified(render(document(samples.approval(front=samples.front(signers=slots)))))
    pdf = signed.approved(pdf)
    dots = Strokes(500, 500, ((StrokePoint(10, 10),), (StrokePoint(90, 40), StrokePoint(120, 90))))
    pdf = approve(pdf, world().engineer, field="manager", strokes=dots, name="张强", role="主管", when=samples.at(10))
    assert all(field.signed for field in signature_fields(pdf))


def test_a_report_closed_early_has_void_places() -> None:
    once = signed.certified(signed.small())
    closed = void(once, world().engineer, field="customer", reason="客户拒签", name="李工", when=samples.at(9))
    assert all(field.signed for field in signature_fields(closed))
    with pikepdf.open(io.BytesIO(closed)) as pdf:
        assert str(pdf.Root.AcroForm.Fields[1].V.Reason).startswith("void; content sha256:")


def test_only_a_complete_report_is_stamped_and_only_once() -> None:
    with pytest.raises(NotReadyError):
        signed.stamped_from(signed.certified(signed.small()))
    with pytest.raises(NotReadyError):
        signed.stamped_from(signed.stamped())


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_pdfsig_calls_both_signatures_valid(tmp_path: Path) -> None:
    for pdf in (signed.on_site(), signed.stamped()):
        (tmp_path / "report.pdf").write_bytes(pdf)
        found = subprocess.run(["pdfsig", "-nocert", "report.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert found.stdout.count("Signature is Valid.") == 2
        assert "Signature Type: ETSI.CAdES.detached" in found.stdout


def test_importing_the_doors_costs_neither_renderer_nor_signer() -> None:
    code = (
        "import sys, fieldapp.reports.signing, fieldapp.reports.layout, fieldapp.reports.documents, "
        "fieldapp.reports.verification, fieldapp.reports.timestamping, fieldapp.reports.photos\n"
        "print([name for name in ('pyhanko', 'reportlab', 'PIL', 'cryptography') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
