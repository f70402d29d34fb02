"""What is looked after beside a round: certificates renewed in time, lists kept up to date, the line pinned, room made."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fieldapp.base.settings import Settings, save_settings
from fieldapp.central.rounds.horizon import note_backup
from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Attachment
from fieldapp.operations.laptop.line import look_after, open_line, tidy
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import DiskFull, DiskTrouble
from fieldapp.replica.tables import OUTBOX
from fieldapp.sync.http_peer import shows_own_certificate
from fieldapp.sync.refusals import CentreRefused, CentreUnreachable, CentreUntrusted
from fieldapp.vault.certificates import revocation_list
from fieldapp.vault.keys import BadEnrolment
from fieldapp.wire.care import Care, CareRequest
from tests.central.world import World
from tests.operations.firm import Firm, Line


def certificate_of(session: FieldSession) -> x509.Certificate:
    return x509.load_der_x509_certificate(session.vault.signer().certificate)


def test_a_certificate_is_renewed_before_it_ends_and_the_device_stays_the_same(firm: Firm) -> None:
    session = firm.laptop("own")
    line = firm.line(session)
    before = certificate_of(session)
    firm.world.clock.advance(days=330)
    assert look_after(session, line, moved=True)
    assert certificate_of(session) == before
    firm.world.clock.advance(days=10)
    assert look_after(session, line, moved=True)
    after = certificate_of(session)
    assert after.not_valid_after_utc - firm.world.clock.now() == timedelta(days=365)
    assert after.public_key() != before.public_key()
    assert session.vault.identity.device == session.replica.device
    assert firm.world.service.device(session.replica.device).certificate == after.public_bytes(Encoding.DER)
    assert list(x509.load_der_x509_crl(firm.world.service.crl())) == [], "the old one is still good for what it signed"


def test_a_renewal_whose_answer_is_lost_leaves_the_old_certificate_in_use(firm: Firm) -> None:
    session = firm.laptop("own")
    before = certificate_of(session)
    firm.world.clock.advance(days=350)

    class Lossy(Line):
        def care(self, request: CareRequest) -> Care:
            super().care(request)
            raise CentreUnreachable

    assert not look_after(session, Lossy(firm, session.replica.device), moved=True)
    assert certificate_of(session) == before
    assert look_after(session, firm.line(session), moved=True)
    assert certificate_of(session) != before


def test_a_certificate_of_somebody_else_is_not_taken(firm: Firm, tmp_path: Path) -> None:
    session = firm.laptop("own")
    stranger = World.make(tmp_path / "stranger")
    before = certificate_of(session)
    csr = session.vault.make_key_and_csr("own")
    certificate, _ = stranger.service.authority.issue(csr, "李明", session.replica.device, firm.world.clock.now())
    with pytest.raises(BadEnrolment):
        session.vault.renew(certificate)
    assert not session.vault.keep_crl(stranger.service.crl())
    assert not session.vault.keep_centre_key(stranger.service.sealing.public, b"", stranger.service.authority.signs(b""))
    assert certificate_of(session) == before
    stranger.service.close()


def test_the_list_of_revoked_certificates_is_refreshed_after_each_round_that_moved_something(firm: Firm) -> None:
    session, lost = firm.laptop("own"), firm.laptop("lost")
    line = firm.line(session)
    look_after(session, line, moved=True)
    firm.world.service.revoke(lost.replica.device)
    assert not look_after(session, line, moved=False)
    assert look_after(session, line, moved=True)
    crl = x509.load_der_x509_crl(revocation_list(session.places.vault))
    assert crl.get_revoked_certificate_by_serial_number(certificate_of(lost).serial_number) is not None
    firm.world.clock.advance(hours=13)
    assert look_after(session, line, moved=False)
    assert line.cares == 3


def test_an_older_list_never_takes_the_place_of_a_newer_one(firm: Firm) -> None:
    session = firm.laptop("own")
    older, newer = firm.world.service.crl(), firm.world.service.crl()
    assert session.vault.keep_crl(newer)
    assert not session.vault.keep_crl(older)
    assert not session.vault.keep_crl(b"no list")
    assert revocation_list(session.places.vault) == newer


def test_a_centre_of_an_older_version_is_no_trouble(firm: Firm) -> None:
    session = firm.laptop("own")

    class Old(Line):
        def care(self, request: CareRequest) -> Care:
            raise CentreRefused(number="HTTP 404", reason="")

    assert not look_after(session, Old(firm, session.replica.device), moved=True)
    assert firm.sync(session).complete


def test_a_laptop_enrolled_before_the_key_was_there_learns_it(firm: Firm) -> None:
    session = firm.laptop("own")
    session.vault._device.alter(identity={**session.vault._device.values()["identity"], "courier_key": ""})  # type: ignore[dict-item]
    assert session.vault.identity.courier_key == b""
    look_after(session, firm.line(session), moved=True)
    assert session.vault.identity.courier_key == firm.world.service.sealing.public


def test_sent_changes_go_once_the_oldest_backup_holds_them(firm: Firm) -> None:
    session = firm.laptop("own")
    line, service = firm.line(session), firm.world.service

    def kept() -> int:
        with session.reading() as reader:
            return int(reader.connection.execute(sa.select(sa.func.count()).select_from(OUTBOX)).scalar_one())

    def round_with(many: int) -> None:
        for _ in range(many):
            with session.writing() as work:
                work.save(Case(id=session.ids.new(), summary="x"))
        assert firm.sync(session).complete
        look_after(session, line, moved=True)

    def backup() -> None:
        with service.store.writing() as connection:
            note_backup(connection, firm.world.clock.now())

    round_with(5)
    assert kept() == 5
    backup()
    round_with(5)
    assert kept() == 6  # the last that the backup holds stays: the chain goes on from it
    firm.world.clock.advance(days=20)
    backup()
    round_with(5)
    assert kept() == 11  # the first backup may still be put back
    firm.world.clock.advance(days=20)
    round_with(1)
    assert kept() == 7
    firm.world.clock.advance(days=400)  # nobody makes backups any more: the newest one still counts
    round_with(1)
    assert kept() == 8


def test_old_photos_go_above_the_quota_and_are_not_fetched_again(firm: Firm) -> None:
    session = firm.laptop("own")
    photos = []
    for _ in range(3):
        blob = session.blobs.put(os.urandom(600_000))
        with session.writing() as work:
            case = work.save(Case(id=session.ids.new(), summary="x", owner_id=session.engineer))
            photo = Attachment(
                id=session.ids.new(), owner_kind="case", owner_id=case.id, purpose="photo", digest=blob.digest, size=blob.size
            )
            work.save(photo)
        photos.append(blob.digest)
        firm.world.clock.advance(seconds=5)
        assert firm.sync(session).complete
    save_settings(session.places, Settings(blob_quota_mib=1))
    assert tidy(session) == 0  # within the grace nothing goes
    firm.world.clock.advance(days=31)
    assert tidy(session) == 2
    assert [session.blobs.has(digest) for digest in photos] == [False, False, True]
    assert firm.sync(session).complete
    assert [session.blobs.has(digest) for digest in photos] == [False, False, True]
    session.wanted.add(photos[0])  # a report was drawn without it
    assert firm.sync(session).complete
    assert [session.blobs.has(digest) for digest in photos] == [True, False, True]
    assert tidy(session) == 1, "what was wanted back stays, and an older one makes room for it"
    assert [session.blobs.has(digest) for digest in photos] == [True, False, False]
    firm.world.clock.advance(days=31)
    save_settings(session.places, Settings(blob_quota_mib=0))
    assert tidy(session, pressed=True) == 1, "on a full disk the quota does not count"
    assert not session.blobs.has(photos[0])


def test_a_full_disk_after_a_round_takes_nothing_of_the_round_back(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    session = firm.laptop("own")
    line = firm.line(session)

    def full(*_: object) -> None:
        raise DiskFull

    with monkeypatch.context() as patch:
        patch.setattr("fieldapp.operations.laptop.line.note_care", full)
        assert not look_after(session, line, moved=True)
    with monkeypatch.context() as patch:
        patch.setattr(type(session.blobs), "listing", full)
        assert not look_after(session, line, moved=True)
    assert look_after(session, line, moved=True)


def test_the_full_disk_is_what_is_told_when_no_room_can_be_made(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    session = firm.laptop("own")

    def full(*_: object, **__: object) -> None:
        raise DiskFull

    def broken(*_: object) -> None:
        raise DiskTrouble

    monkeypatch.setattr("fieldapp.operations.laptop.synchronise.run_round", full)
    monkeypatch.setattr(type(session.blobs), "listing", broken)
    with pytest.raises(DiskFull):
        firm.sync(session)


def test_a_file_that_no_record_names_goes_after_a_week_and_not_before(firm: Firm) -> None:
    session = firm.laptop("own")
    blob = session.blobs.put(b"nobody's")
    path = next(session.places.blobs.glob(f"??/{blob.digest}"))
    now = firm.world.clock.now().timestamp()
    os.utime(path, (now, now))
    assert tidy(session) == 0
    firm.world.clock.advance(days=8)
    assert tidy(session) == 1
    assert not session.blobs.has(blob.digest)


class _Time(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"now": 1}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def https(firm: Firm, tmp_path: Path) -> Iterator[str]:
    """A server whose certificate the centre's own CA issued."""
    key = ec.generate_private_key(ec.SECP256R1())
    ca, now = firm.world.service.authority.ca, firm.world.clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]))
        .issuer_name(ca.certificate.subject)
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(now - timedelta(days=3000))
        .not_valid_after(now + timedelta(days=3000))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(ca.key, hashes.SHA256())
    )
    chain = tmp_path / "server.pem"
    chain.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM))
    server = HTTPServer(("127.0.0.1", 0), _Time)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_line_that_showed_the_company_s_own_certificate_must_always_show_it(firm: Firm, https: str, tmp_path: Path) -> None:
    session = firm.laptop("own")
    ca = session.places.vault / "ca.pem"
    assert shows_own_certificate(https, ca)
    assert not shows_own_certificate(https.replace("https", "http"), ca)
    assert not shows_own_certificate("https://127.0.0.1:9", ca)
    identity = session.vault._device.values()["identity"]
    assert isinstance(identity, dict)
    session.vault._device.alter(identity={**identity, "centre_url": https})
    with pytest.raises(CentreUntrusted):  # no root of the system knows it
        open_line(session).centre_time()
    look_after(session, firm.line(session), moved=True)
    assert session.vault.line_ca == ca
    assert open_line(session).centre_time() == 1
    stranger = World.make(tmp_path / "stranger")
    ca.write_bytes(stranger.service.authority.ca.pem)
    stranger.service.close()
    with pytest.raises(CentreUntrusted):
        open_line(session).centre_time()
