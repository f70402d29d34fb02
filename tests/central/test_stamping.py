"""A signed report comes back time-stamped in the round that brought it; one that does not verify never does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id
from fieldapp.domain.documents import Conflict, ServiceReport
from fieldapp.reports.signing import approve, certify
from fieldapp.reports.verification import verify
from fieldapp.wire.signatures import low_s
from tests.central.world import Laptop, World
from tests.reports.signed import small, strokes


@dataclass(frozen=True)
class DeviceSigner:
    """The laptop's key as reports want a signer."""

    laptop: Laptop

    @property
    def certificate(self) -> bytes:
        assert self.laptop.enrolled is not None
        return self.laptop.enrolled.certificate

    @property
    def chain(self) -> tuple[bytes, ...]:
        return ()

    def sign(self, data: bytes) -> bytes:
        return low_s(self.laptop.key.sign(data, ec.ECDSA(hashes.SHA256())))


def _certified(laptop: Laptop) -> bytes:
    return certify(small(), DeviceSigner(laptop), when=laptop.world.clock.now(), name="李明", role="工程师")


def _signed(laptop: Laptop) -> bytes:
    later = laptop.world.clock.now() + timedelta(minutes=2)
    return approve(_certified(laptop), DeviceSigner(laptop), field="customer", strokes=strokes(), name="王敏", role="主任", when=later)


def _push_report(laptop: Laptop, pdf: bytes, digest: str = "") -> tuple[Id, str]:
    """Push a signed report with its attachment, and then its bytes."""
    world = laptop.world
    report, digest = world.service.ids.new(), digest or hashlib.sha256(pdf).hexdigest()
    site = {"site_id": world.bank_site.id}
    signed = moment_text(world.clock.now())
    laptop.edit("service_report", report, {**site, "state": "signed", "number": "SR-2026-00001", "pdf_digest": digest, "signed_at": signed})
    laptop.edit(
        "attachment",
        world.service.ids.new(),
        {
            **site,
            "owner_kind": "service_report",
            "owner_id": report,
            "digest": digest,
            "size": len(pdf),
            "purpose": "report",
            "media_type": "application/pdf",
        },
    )
    assert laptop.take(laptop.send(laptop.request(wants=0))).verdicts == ()
    world.clock.advance(hours=5)
    world.service.send_blob(digest, 0, len(pdf), pdf)
    return report, digest


@pytest.fixture
def laptop(world: World) -> Laptop:
    world.case_at_bank(world.li)
    return world.laptop(world.li)


def test_a_signed_report_comes_back_stamped_in_the_same_round(world: World, laptop: Laptop) -> None:
    pdf = _signed(laptop)
    report, digest = _push_report(laptop, pdf)
    laptop.pull()
    shown = laptop.shown("service_report", report)
    assert shown["stamped_at"] == moment_text(world.clock.now())
    (attachment,) = [row for row in laptop.of_kind("attachment") if row["purpose"] == "stamped_report"]
    assert attachment["digest"] == shown["stamped_digest"] != digest
    stamped = b"".join(world.service.peer(laptop.device).fetch_blob(str(shown["stamped_digest"]), 0))
    assert stamped.startswith(pdf)
    found = verify(stamped, (world.service.authority.ca.der,), world.clock.now(), hard_fail=True)
    assert (found.accepted, found.stage, found.stamped_at) == (True, "stamped", world.clock.now())
    again = laptop.pull()
    assert (again.agrees, again.rows) == (True, ())


def test_a_report_that_was_changed_gets_no_stamp_and_says_so(world: World, laptop: Laptop) -> None:
    pdf = _signed(laptop)
    place = pdf.index(b"stream") + 40
    report, _ = _push_report(laptop, pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :])
    laptop.pull()
    assert laptop.shown("service_report", report)["stamped_digest"] == ""
    (conflict,) = world.desk.find(Conflict)
    assert (conflict.record_id, conflict.reason, conflict.state) == (report, "not_verified", "open")
    assert laptop.of_kind("conflict") != []
    assert laptop.pull().agrees is True


@pytest.mark.expects_log("was revoked at")
def test_a_report_of_a_revoked_laptop_gets_no_stamp(world: World, laptop: Laptop) -> None:
    other = world.laptop(world.li)
    report, _ = _push_report(laptop, _signed(laptop))
    world.service.revoke(laptop.device)
    world.clock.advance(minutes=1)
    other.pull()
    assert world.desk.get(ServiceReport, report).stamped_digest == ""
    assert [each.reason for each in world.desk.find(Conflict)] == ["not_verified"]


def test_an_attachment_that_comes_before_its_report_is_stamped_once_the_report_names_it(world: World, laptop: Laptop) -> None:
    pdf = _signed(laptop)
    digest = hashlib.sha256(pdf).hexdigest()
    report = world.service.ids.new()
    site = {"site_id": world.bank_site.id}
    laptop.edit(
        "attachment",
        world.service.ids.new(),
        {**site, "owner_kind": "service_report", "owner_id": report, "digest": digest, "size": len(pdf), "purpose": "report"},
    )
    laptop.pull()
    world.service.send_blob(digest, 0, len(pdf), pdf)
    laptop.pull()
    assert [row["purpose"] for row in laptop.of_kind("attachment")] == ["report"]
    laptop.edit("service_report", report, {**site, "state": "signed", "number": "SR-2026-00001", "pdf_digest": digest})
    world.clock.advance(hours=1)
    laptop.pull()
    assert laptop.shown("service_report", report)["stamped_digest"] != ""


def test_a_report_that_still_waits_for_the_customer_is_left_alone(world: World, laptop: Laptop) -> None:
    report, _ = _push_report(laptop, _certified(laptop))
    laptop.pull()
    assert world.desk.get(ServiceReport, report).stamped_digest == ""
    assert world.desk.find(Conflict) == []
