"""What is accepted and why, and what each byte and certificate is held to; whole attacks stand in tests/attacks."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import cms, x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from fieldapp.base.i18n import catalogue
from fieldapp.reports.blocks import Brand, SignerSlot, Words
from fieldapp.reports.cms import attributes_of
from fieldapp.reports.documents import content_digest, document
from fieldapp.reports.judging.bytecheck import Refusal, signed_ranges
from fieldapp.reports.layout import render
from fieldapp.reports.signing import approve, void
from fieldapp.reports.timestamping import NotReadyError, Stamper, renew_time_stamp
from fieldapp.reports.verification import VerificationReport, attached_json, verify
from tests.attacks import edits
from tests.reports import samples, signed
from tests.reports.authority import START, Authority, World, world

DOCUMENTS = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""The purpose "signing documents" of RFC 9336."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The parsers log what they find in hostile files."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def _judge(pdf: bytes, **options: object) -> VerificationReport:
    return verify(pdf, (world().authority.root,), **options)  # type: ignore[arg-type]


def _said(report: VerificationReport) -> str:
    return report.read("en")


def test_a_file_that_is_no_pdf_is_called_that() -> None:
    with pytest.raises(Refusal, match="no PDF"):
        signed_ranges(b"PK\x03\x04 a workbook")
    with pytest.raises(Refusal, match="no signature"):
        signed_ranges(b"%PDF-1.7 plain")


def test_a_report_signed_on_site_is_accepted() -> None:
    report = _judge(signed.on_site(), brand=Brand())
    assert report.accepted
    assert report.stage == "on_site"
    assert report.redrawn is True
    assert report.content_digest == content_digest(samples.service())
    assert [(s.kind, s.name) for s in report.signatures] == [("certification", "李工"), ("approval", "王敏")]
    assert report.signatures[1].strokes_digest == signed.strokes().digest
    assert report.signatures[1].when == samples.at(8, 55)
    assert "no trusted time" in _said(report)
    assert "Who held the pen is not proven" in _said(report)


def test_a_stamped_report_proves_its_time_even_with_hard_failing_revocation() -> None:
    report = _judge(signed.stamped(), hard_fail=True, at=samples.at(14))
    assert report.accepted
    assert report.stage == "stamped"
    assert report.stamped_at == samples.at(13)
    assert "trusted time" in _said(report)


def test_every_sentence_is_in_the_catalogue() -> None:
    for pdf in (signed.stamped(), signed.on_site(), signed.certified(signed.small()), b"", edits.overpainted(signed.on_site())):
        for sentence in _judge(pdf).sentences():
            assert sentence.text in catalogue()


def test_the_attached_data_can_be_read_without_judging() -> None:
    plain = attached_json(signed.on_site())
    assert isinstance(plain, dict)
    assert plain["front"]["number"] == "SR-2026-HD-000173"


def test_an_unfinished_report_is_intact_but_not_accepted() -> None:
    report = _judge(signed.certified(signed.rendered()))
    assert not report.accepted
    assert report.intact
    assert report.missing == ("customer",)
    assert "customer" in _said(report)


def test_a_report_closed_early_names_its_void_places() -> None:
    once = signed.certified(signed.small())
    closed = void(once, world().engineer, field="customer", reason="客户拒签", name="李工", when=samples.at(9))
    report = _judge(closed)
    assert report.accepted
    assert [s.kind for s in report.signatures] == ["certification", "void"]
    assert "Strokes were made" not in _said(report)


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_signers(count: int) -> None:
    slots = tuple(SignerSlot(f"signer_{n}", Words(f"签字人 {n}")) for n in range(count))
    pdf = render(document(samples.approval(front=samples.front(signers=slots))))
    pdf = signed.certified(pdf)
    for number in range(1, count):
        pdf = approve(
            pdf, world().engineer, field=f"signer_{number}", strokes=signed.strokes(number), name="王敏", role="", when=samples.at(9)
        )
    assert _judge(signed.stamped_from(pdf)).stage == "stamped"


def test_a_signature_value_of_another_key_or_content_is_refused_before_any_parser_of_pdf() -> None:
    pdf = signed.small_stamped()
    for index, found in enumerate(signed_ranges(pdf)):
        whole = pdf[: found.covered]
        at = found.start + 1 + 2 * found.der.index(found.signature) + 2 * len(found.signature) - 1
        assert whole[at : at + 1] in b"0123456789abcdef"
        with pytest.raises(Refusal) as refused:
            signed_ranges(whole[:at] + (b"1" if whole[at : at + 1] != b"1" else b"2") + whole[at + 1 :])
        assert refused.value.sentence.text == "The signature does not fit the file.", index


@pytest.mark.parametrize("kind", ["data", "tst_info"])
def test_signed_attributes_are_spelled_as_another_library_spells_them(kind: str) -> None:
    device = Authority("A root with a name as long as X.509 allows: " + "x" * 20).issue("FA-LAPTOP-12")
    attributes = attributes_of(kind, bytes(range(32)), device.certificate)
    parsed = cms.CMSAttributes.load(attributes, strict=True)
    values = {each["type"].native: each["values"] for each in parsed}
    assert list(values) == ["content_type", "message_digest", "signing_certificate_v2"]
    assert values["content_type"][0].native == kind
    assert values["message_digest"][0].native == bytes(range(32))
    named = values["signing_certificate_v2"][0]["certs"][0]
    holder = x509.Certificate.load(device.certificate)
    assert named["cert_hash"].native == hashlib.sha256(device.certificate).digest()
    assert named["issuer_serial"]["serial_number"].native == holder.serial_number
    assert named["issuer_serial"]["issuer"][0].chosen == holder.issuer
    assert parsed.dump(force=True) == attributes


def test_an_intermediate_certificate_is_followed_and_none_of_its_bytes_is_free() -> None:
    root = Authority("Root above")
    middle = Authority("Region north", root)
    device = middle.issue("FA-LAPTOP-09")
    pdf = signed.approved(signed.certified(signed.small(), World(middle, device, device)), World(middle, device, device))
    assert verify(pdf, (root.root,)).accepted
    assert not verify(pdf, (world().authority.root,)).accepted
    for at in edits.gap_positions(pdf, 211):
        assert not verify(edits.flipped(pdf, at), (root.root,)).accepted, at


@pytest.mark.parametrize("index", [0, 1, 2])
def test_padding_and_hex_case_of_each_contents_are_fixed(index: int) -> None:
    pdf = signed.small_stamped()
    found = signed_ranges(pdf)[index]
    for attacked in (edits.padding_flipped(pdf, found), edits.hex_case_flipped(pdf, found)):
        assert attacked != pdf
        report = _judge(attacked)
        assert not report.accepted
        assert report.problems


def test_a_roll_back_is_refused_or_seen() -> None:
    ends = [found.covered for found in signed_ranges(signed.stamped())]
    to_engineer = _judge(signed.stamped()[: ends[0]])
    assert not to_engineer.accepted
    assert to_engineer.missing == ("customer",)
    to_site = _judge(signed.stamped()[: ends[1]])
    assert to_site.stage == "on_site"
    assert "no trusted time" in _said(to_site)
    to_nothing = _judge(signed.rendered())
    assert to_nothing.stage == "unsigned"
    assert not to_nothing.accepted


@pytest.mark.parametrize("tail", [b"\n", b" ", b"%", b"\n%%EOF\n", b"\0" * 100])
def test_trailing_bytes_are_refused(tail: bytes) -> None:
    assert not _judge(signed.on_site() + tail).accepted
    assert not _judge(signed.stamped() + tail).accepted
    assert not _judge(tail + signed.on_site()).accepted


def test_roots_inside_of_the_file_are_worth_nothing() -> None:
    assert not verify(signed.stamped(), ()).accepted


@pytest.mark.parametrize(
    "raw",
    [b"", b"%PDF-1.7", b"/ByteRange [0 1 2 3]", b"/ByteRange [0 10 20 30] " * 50, bytes(1000), b"/ByteRange [0 " + b"7" * 5000 + b" 8 9]"],
)
def test_what_is_no_report_is_refused_with_a_reason(raw: bytes) -> None:
    report = _judge(raw)
    assert not report.accepted
    assert report.problems


def test_pages_of_another_version_of_the_renderer_are_not_drawn_again() -> None:
    older = samples.service(front=samples.front(renderer="0"))
    report = _judge(signed.approved(signed.certified(render(document(older)))), brand=Brand())
    assert report.accepted
    assert report.redrawn is None


def test_a_revoked_device_is_refused() -> None:
    here = world()
    crl = here.authority.crl(samples.at(12), (here.engineer,), samples.at(1))
    report = _judge(signed.small_on_site(), crls=(crl,))
    assert not report.accepted
    assert "revoked" in _said(report)


def test_a_device_revoked_after_the_trusted_time_stays_accepted() -> None:
    here = world()
    later = here.authority.crl(samples.at(12, day=25), (here.engineer,), samples.at(1, day=24))
    assert _judge(signed.small_stamped(), crls=(later,), at=samples.at(12, day=26)).accepted
    assert not _judge(signed.small_on_site(), crls=(later,), at=samples.at(12, day=26)).accepted


def test_an_expired_device_is_refused_unless_the_time_is_proven() -> None:
    later = samples.at(9) + timedelta(days=500)
    assert not _judge(signed.small_on_site(), at=later).accepted
    here = world()
    lasting = World(here.authority, here.engineer, here.authority.issue("Time stamps", stamping=True, days=900))
    assert _judge(signed.stamped_from(signed.small_on_site(), lasting), at=later).accepted


def test_a_time_stamp_counts_as_long_as_its_certificate_and_says_how_long() -> None:
    report = _judge(signed.small_stamped(), at=samples.at(14))
    assert report.holds_until == START + timedelta(days=365)
    assert "The latest time-stamp holds until 2027-01-01 08:00 (UTC+8)" in report.read("en")
    assert "最近的时间戳有效至 2027-01-01 08:00 (UTC+8)" in report.read("zh")
    late = _judge(signed.small_stamped(), at=START + timedelta(days=365))
    assert (late.accepted, late.stage, late.holds_until) == (False, "on_site", None)
    assert [each.read("en") for verdict in late.signatures for each in verdict.problems] == [
        "The time-stamp held until 2027-01-01 08:00 (UTC+8) and was not renewed here. Ask the company for its latest copy."
    ]


def test_a_renewed_report_says_what_was_added_and_keeps_its_first_time() -> None:
    lasting = Stamper(world().authority.issue("Time stamps", stamping=True, start=samples.at(1), days=900))
    crl = world().authority.crl(samples.at(12, day=29))
    renewed = renew_time_stamp(signed.small_stamped(), lasting, samples.at(12, day=29), (), (crl,))
    assert renewed.startswith(signed.small_stamped())
    report = _judge(renewed, at=START + timedelta(days=500), hard_fail=True)
    assert (report.accepted, report.stamped_at) == (True, samples.at(13)), report.read("en")
    assert report.holds_until == samples.at(1) + timedelta(days=900)
    size = len(signed.small_stamped())
    said = report.read("en")
    assert f"Added at the centre, up to byte {size}: certificates" in said
    assert f"Renewed at the centre on 2026-11-29 20:00 (UTC+8), up to byte {len(renewed)}" in said
    assert f"As it left the site the file had {len(signed.small_on_site())} bytes" in said
    assert said.count("Time-stamp: Time stamps, ") == 2


def test_only_a_stamped_report_is_renewed_and_a_stamped_one_not_stamped_anew() -> None:
    with pytest.raises(NotReadyError):
        renew_time_stamp(signed.small_on_site(), signed.stamper(), samples.at(13))
    with pytest.raises(NotReadyError):
        signed.stamped_from(signed.small_stamped())


def test_unknown_revocation_is_refused_where_the_policy_is_hard() -> None:
    assert not _judge(signed.small_on_site(), hard_fail=True, at=samples.at(9)).accepted
    crl = world().authority.crl(samples.at(8))
    assert _judge(signed.small_on_site(), hard_fail=True, at=samples.at(9), crls=(crl,)).accepted


def test_a_certificate_that_names_its_purposes_must_be_for_signing() -> None:
    here = world()
    for purpose, fine in ((ExtendedKeyUsageOID.SERVER_AUTH, False), (ExtendedKeyUsageOID.EMAIL_PROTECTION, True), (DOCUMENTS, True)):
        using = World(here.authority, here.authority.issue("FA-LAPTOP-13", purpose=purpose), here.stamping)
        report = _judge(signed.approved(signed.certified(signed.small(), using), using))
        assert report.accepted == fine
        assert fine or "not one for signing" in _said(report)


def test_a_time_stamp_of_tomorrow_is_refused() -> None:
    assert "later than now" in _said(_judge(signed.small_stamped(), at=samples.at(9)))


def test_a_signature_for_another_content_is_refused() -> None:
    one, two = signed.small(), signed.rendered()
    assert one != two
    first = signed.certified(one)
    pasted = first[: len(one)].replace(one, two) + first[len(one) :]
    assert not _judge(pasted).accepted
    assert io.BytesIO(pasted).read(5) == b"%PDF-"


def test_a_root_that_travels_with_the_signature_changes_nothing_but_must_be_the_known_one() -> None:
    here = world()
    device = here.authority.issue("FA-LAPTOP-11")
    carrying = World(here.authority, replace(device, chain=(here.authority.root,)), here.stamping)
    pdf = signed.approved(signed.certified(signed.small(), carrying), carrying)
    assert _judge(pdf).accepted
    stranger = World(here.authority, replace(device, chain=(Authority().root,)), here.stamping)
    assert not _judge(signed.approved(signed.certified(signed.small(), stranger), stranger)).accepted
