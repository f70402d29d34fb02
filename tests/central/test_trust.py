"""Enrolment, certificates, passwords: who is let in, and with which sentence the others are turned away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from fieldapp.base.ids import SeededRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.refusals import (
    AlreadyUsedCode,
    BadAccount,
    BadDataFolder,
    BadEntry,
    BrokenAuthority,
    UnknownCode,
    UnknownDevice,
    UnknownThing,
    UnusableCsr,
)
from fieldapp.central.service import CentralService
from fieldapp.central.trust.accounts import check_login, open_cookie, plain_code, sealed_cookie
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from tests.central.world import Laptop, World, csr_of


def test_a_laptop_gets_a_certificate_in_the_name_of_its_engineer(world: World) -> None:
    laptop = world.laptop(world.li)
    assert laptop.enrolled is not None
    certificate = x509.load_der_x509_certificate(laptop.enrolled.certificate)
    (name,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert name.value == "李明"
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert certificate.public_key() == laptop.key.public_key()
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(laptop.enrolled.chain[0]))
    assert certificate.not_valid_after_utc - world.clock.now() == timedelta(days=365)


def test_a_wrong_code_is_refused_with_a_sentence_in_both_languages(world: World) -> None:
    with pytest.raises(UnknownCode) as refused:
        Laptop(world, world.li.id, world.service.ids.new()).enrol("AAAA-BBBB-CCCC")
    assert "Ask the service desk for a new code" in refused.value.read("en")
    assert "新的注册码" in refused.value.read("zh")


def test_a_code_works_for_one_laptop_and_again_for_the_same_one(world: World) -> None:
    code = world.desk.new_enrol_code(world.li.id)
    first, second = (Laptop(world, world.li.id, world.service.ids.new()) for _ in range(2))
    first.enrol(code.lower().replace("-", " "))
    assert first.enrol(code).engineer == world.li.id  # the first reply was lost
    with pytest.raises(AlreadyUsedCode):
        second.enrol(code)


def test_a_used_code_that_somebody_finds_opens_nothing(world: World) -> None:
    code = world.desk.new_enrol_code(world.li.id)
    laptop = Laptop(world, world.li.id, world.service.ids.new())
    laptop.enrol(code)
    laptop.pull()  # it was heard of: its reply arrived
    before = world.service.device(laptop.device).certificate
    finder = Laptop(world, world.li.id, laptop.device)  # a device's identity follows from its code
    with pytest.raises(AlreadyUsedCode):
        finder.enrol(code)
    assert world.service.device(laptop.device).certificate == before
    laptop.pull()
    laptop.enrol()  # with a new code it gets new keys


def test_a_code_expires(world: World) -> None:
    code = world.desk.new_enrol_code(world.li.id)
    world.clock.advance(days=8)
    with pytest.raises(UnknownCode):
        Laptop(world, world.li.id, world.service.ids.new()).enrol(code)


def test_a_code_is_for_an_engineer_that_there_is(world: World) -> None:
    with pytest.raises(UnknownThing):
        world.desk.new_enrol_code(world.service.ids.new())


def _csr_of_another_kind() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])

    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name)
        .sign(ed25519.Ed25519PrivateKey.generate(), None)
        .public_bytes(Encoding.DER)
    )


@pytest.mark.parametrize("kind", ["garbage", "other", "flipped"])
def test_a_key_request_that_cannot_be_used_leaves_the_code_unused(world: World, kind: str) -> None:
    good = csr_of(ec.generate_private_key(ec.SECP256R1()))
    csr = {"garbage": b"nonsense", "other": _csr_of_another_kind(), "flipped": good[:-1] + bytes([good[-1] ^ 1])}[kind]
    code = world.desk.new_enrol_code(world.li.id)
    device = world.service.ids.new()
    with pytest.raises(UnusableCsr):
        world.service.enrol(EnrolRequest(PROTOCOL, code, device, "ThinkPad", csr))
    assert Laptop(world, world.li.id, device).enrol(code).engineer == world.li.id


def test_a_revoked_laptop_is_on_the_list_and_the_others_are_not(world: World) -> None:
    lost, kept = world.laptop(world.li), world.laptop(world.wang)
    world.service.revoke(lost.device)
    crl = x509.load_der_x509_crl(world.service.crl())
    assert lost.enrolled is not None
    assert kept.enrolled is not None
    serials = [x509.load_der_x509_certificate(each.certificate).serial_number for each in (lost.enrolled, kept.enrolled)]
    assert crl.get_revoked_certificate_by_serial_number(serials[0]) is not None
    assert crl.get_revoked_certificate_by_serial_number(serials[1]) is None
    assert crl.is_signature_valid(world.service.authority.ca.key.public_key())
    with pytest.raises(UnknownDevice):
        world.service.revoke(world.service.ids.new())


def test_the_time_stamp_key_may_do_nothing_else(world: World) -> None:
    certificate = world.service.authority.tsa.certificate
    extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert extended.critical
    assert list(extended.value) == [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]
    certificate.verify_directly_issued_by(world.service.authority.ca.certificate)
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)


def test_the_authority_is_the_same_after_a_restart(world: World) -> None:
    before = world.service.authority.ca.der
    assert world.reopened().service.authority.ca.der == before


def test_keys_do_not_open_with_another_passphrase(world: World, tmp_path: Path) -> None:
    world.service.close()
    (tmp_path / "centre" / "keys" / "passphrase").write_text("another one")
    settings = load_centre_settings(tmp_path / "centre", SeededRandomness(1))
    with pytest.raises(BrokenAuthority):
        CentralService(settings, clock=world.clock, randomness=SeededRandomness(1))


def test_a_lost_ca_is_never_made_anew_beside_the_old_keys(world: World, tmp_path: Path) -> None:
    world.service.close()
    (tmp_path / "centre" / "keys" / "ca.p12").unlink()
    with pytest.raises(BrokenAuthority):
        CentralService(world.service.settings, clock=world.clock, randomness=SeededRandomness(1))


@pytest.mark.parametrize("text", ["{not json", "[]"])
def test_damaged_settings_are_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "centre.json").write_text(text)
    with pytest.raises(BadDataFolder):
        load_centre_settings(tmp_path, SeededRandomness(1))


def test_a_missing_passphrase_is_said(tmp_path: Path) -> None:
    load_centre_settings(tmp_path, SeededRandomness(1))
    (tmp_path / "keys" / "passphrase").write_bytes(b"")
    with pytest.raises(BrokenAuthority):
        load_centre_settings(tmp_path, SeededRandomness(1))


def test_a_password_opens_its_account_and_no_other(world: World) -> None:
    world.desk.add_account("zhao", "correct horse", shown="赵静")
    world.desk.add_account("qian", "another one")
    with world.service.store.reading() as connection:
        assert check_login(connection, "zhao", "correct horse").shown == "赵静"
        for name, password in (("zhao", "another one"), ("nobody", "correct horse"), ("zhao", "")):
            with pytest.raises(BadAccount):
                check_login(connection, name, password)


def test_a_short_password_is_refused(world: World) -> None:
    with pytest.raises(BadEntry):
        world.desk.add_account("zhao", "short")


def test_a_cookie_that_was_changed_opens_nothing() -> None:
    cookie = sealed_cookie(b"secret", "zhao|1|99")
    assert open_cookie(b"secret", cookie) == "zhao|1|99"
    assert open_cookie(b"other", cookie) is None
    for broken in ("", ".", "x.y", cookie[:-1], "é" + cookie, cookie.replace(".", ".0", 1)):
        assert open_cookie(b"secret", broken) is None


def test_a_code_reads_the_same_however_it_is_typed() -> None:
    assert plain_code(" 7k3m-qx2p 9trb\n") == "7K3MQX2P9TRB"
