"""The vault: made, opened again, enrolled, and what it says when something is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.vault.files import DamagedVault, VaultNotWritten, write_whole
from fieldapp.vault.homes import Argon2Cost, PassphraseFileHome, WrongPassphrase
from fieldapp.vault.keys import BadEnrolment
from fieldapp.vault.pin import WrongPin
from fieldapp.vault.vault import DeviceIdentity, Glance, NotEnrolled, Vault, VaultExists, choose_home, pinned_roots, revocation_list
from fieldapp.wire.signatures import low_s

CHEAP = Argon2Cost(memory_kib=32, iterations=1, lanes=1)
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WHO = DeviceIdentity(device="d" * 32, engineer="e" * 32, engineer_name="李工", centre_url="http://127.0.0.1:1", courier_key=b"\x01\x02")


def home(folder: Path, passphrase: str = "correct horse") -> PassphraseFileHome:
    return PassphraseFileHome(folder / "device.secret", passphrase, cost=CHEAP)


def made(folder: Path, pin: str | None = "2468") -> Vault:
    return Vault.create(folder, home(folder), pin=pin, clock=TurnableClock(START), randomness=SeededRandomness(1), pin_cost=16)


def opened(folder: Path) -> Vault:
    return Vault.open(folder, home(folder), clock=TurnableClock(START), pin_cost=16)


class Authority:
    """A small certificate authority, as the centre has one."""

    def __init__(self, name: str = "Test CA") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=0))

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, constraints: x509.BasicConstraints) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(START - timedelta(days=1))
            .not_valid_after(START + timedelta(days=365))
            .add_extension(constraints, critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def answer(self, request: bytes) -> bytes:
        csr = x509.load_der_x509_csr(request)
        assert csr.is_signature_valid
        key = csr.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        certificate = self._sign(csr.subject, key, x509.BasicConstraints(ca=False, path_length=None))
        return certificate.public_bytes(serialization.Encoding.DER)

    def crl(self, number: int) -> bytes:
        """An empty list of revoked certificates."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(START).next_update(START + timedelta(days=9))
        made = builder.add_extension(x509.CRLNumber(number), critical=False).sign(self.key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.DER)


def test_a_vault_opens_again_with_the_same_keys(tmp_path: Path) -> None:
    assert not Vault.exists(tmp_path)
    first = made(tmp_path)
    again = opened(tmp_path)
    assert Vault.exists(tmp_path)
    assert (again.replica_key, again.blob_key, again.courier_key) == (first.replica_key, first.blob_key, first.courier_key)
    assert len({first.replica_key, first.blob_key, first.courier_key}) == 3
    assert all(len(key) == 32 for key in (first.replica_key, first.blob_key, first.courier_key))


def test_no_key_stands_in_the_folder(tmp_path: Path) -> None:
    vault = made(tmp_path)
    request = vault.make_key_and_csr("李工")
    authority = Authority()
    vault.install(WHO, authority.answer(request), (authority.der,))
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    secret = home(tmp_path).load(json.loads((tmp_path / "device.json").read_text())["account"])
    for key in (secret, vault.replica_key, vault.blob_key, vault.courier_key):
        assert key not in everything
        assert key.hex().encode() not in everything
    assert b"2468" not in everything


def test_a_second_vault_is_not_made_over_the_first(tmp_path: Path) -> None:
    made(tmp_path)
    before = (tmp_path / "device.secret").read_bytes()
    with pytest.raises(VaultExists):
        made(tmp_path)
    assert (tmp_path / "device.secret").read_bytes() == before


def test_a_wrong_passphrase_says_so(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(WrongPassphrase):
        Vault.open(tmp_path, home(tmp_path, "correct hose"))


def test_a_secret_of_another_vault_is_noticed(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    made(one)
    Vault.create(other, home(other), pin=None, randomness=SeededRandomness(2), pin_cost=16)
    device = json.loads((one / "device.json").read_text())
    device["check"] = json.loads((other / "device.json").read_text())["check"]
    (one / "device.json").write_text(json.dumps(device))
    with pytest.raises(DamagedVault):
        opened(one)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"account": 7}', b'{"account": "x", "check": ""}'])
def test_a_damaged_identity_file_is_named(tmp_path: Path, content: bytes) -> None:
    made(tmp_path)
    for name in ("device.json", "device.json.copy"):
        (tmp_path / name).write_bytes(content)
    with pytest.raises((DamagedVault, WrongPassphrase)) as caught:
        opened(tmp_path)
    assert "FA-40" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{"])
def test_a_damaged_identity_file_is_read_from_its_copy(tmp_path: Path, content: bytes) -> None:
    made(tmp_path).incarnation = 4
    (tmp_path / "device.json").write_bytes(content)
    again = opened(tmp_path)
    assert again.incarnation == 4
    again.incarnation = 5
    assert json.loads((tmp_path / "device.json").read_bytes())["incarnation"] == 5


def test_the_laptop_enrols_and_signs(tmp_path: Path) -> None:
    vault, authority = made(tmp_path), Authority()
    with pytest.raises(NotEnrolled):
        vault.signer()
    assert not vault.enrolled
    certificate = authority.answer(vault.make_key_and_csr("李工"))
    vault.install(WHO, certificate, (authority.der,), crl=b"crl", incarnation=3)
    again = opened(tmp_path)
    assert again.enrolled
    assert again.identity == WHO
    assert again.incarnation == 3
    assert again.roots == (authority.der,) == pinned_roots(tmp_path)
    assert revocation_list(tmp_path) == b"crl"
    signer = again.signer()
    assert signer.certificate == certificate
    assert signer.expires_at == START + timedelta(days=365)
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signer.sign(b"report"), b"report", ec.ECDSA(hashes.SHA256()))
    assert not (tmp_path / "signing.new").exists()


def test_a_newer_list_of_the_pinned_authority_takes_the_place_of_an_older_or_a_damaged_one(tmp_path: Path) -> None:
    vault, authority = made(tmp_path), Authority()
    certificate = authority.answer(vault.make_key_and_csr("T14"))
    vault.install(WHO, certificate, (authority.der,), crl=b"a bad sector")
    assert not vault.keep_crl(Authority().crl(9)), "of a stranger"
    assert vault.keep_crl(authority.crl(2))
    assert not vault.keep_crl(authority.crl(2))
    assert not vault.keep_crl(authority.crl(1))
    assert revocation_list(tmp_path) != b"a bad sector"
    assert vault.keep_crl(authority.crl(3))


def test_a_certificate_for_another_key_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    vault, authority = made(tmp_path / "a"), Authority()
    vault.make_key_and_csr("a")
    foreign = authority.answer(made(tmp_path / "b").make_key_and_csr("b"))
    with pytest.raises(BadEnrolment):
        vault.install(WHO, foreign, (authority.der,))
    assert not vault.enrolled
    assert (tmp_path / "a" / "signing.new").exists()


def test_a_certificate_that_the_pinned_authority_did_not_issue_is_refused(tmp_path: Path) -> None:
    vault, authority, lookalike = made(tmp_path), Authority(), Authority()
    certificate = lookalike.answer(vault.make_key_and_csr("a"))
    with pytest.raises(BadEnrolment):
        vault.install(WHO, certificate, (authority.der,))
    with pytest.raises(BadEnrolment):
        vault.install(WHO, b"no certificate", (authority.der,))


def test_nothing_is_installed_without_a_request(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolled):
        made(tmp_path).install(WHO, b"", ())


def test_a_renewed_certificate_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    vault, authority = made(tmp_path), Authority()
    vault.install(WHO, authority.answer(vault.make_key_and_csr("a")), (authority.der,))
    old = vault.signer()
    request = vault.make_key_and_csr("a")
    assert vault.signer().certificate == old.certificate
    vault.install(WHO, authority.answer(request), (authority.der,), incarnation=vault.incarnation)
    assert vault.signer().certificate != old.certificate


def test_a_device_signs_in_one_spelling(tmp_path: Path) -> None:
    vault, authority = made(tmp_path), Authority()
    vault.install(WHO, authority.answer(vault.make_key_and_csr("a")), (authority.der,))
    made_here = [vault.signer().sign(bytes([number])) for number in range(12)]
    assert all(each == low_s(each) for each in made_here)


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    vault, authority = made(tmp_path), Authority()
    vault.install(WHO, authority.answer(vault.make_key_and_csr("a")), (authority.der,))
    whole = (tmp_path / "signing.p12").read_bytes()
    (tmp_path / "signing.p12").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedVault, match=r"signing\.p12"):
        opened(tmp_path).signer()


def test_the_incarnation_lives_outside_the_replica(tmp_path: Path) -> None:
    vault = made(tmp_path)
    assert vault.incarnation == 1
    vault.incarnation = 7
    assert opened(tmp_path).incarnation == 7


def test_a_glance_tells_what_the_unlock_screen_asks(tmp_path: Path) -> None:
    vault, authority = made(tmp_path), Authority()
    assert Vault.glance(tmp_path) == Glance(needs_passphrase=True, has_pin=True)
    vault.install(WHO, authority.answer(vault.make_key_and_csr("a")), (authority.der,))
    assert Vault.glance(tmp_path).engineer_name == "李工"
    made(tmp_path / "open", pin=None)
    assert not Vault.glance(tmp_path / "open").has_pin
    with pytest.raises(DamagedVault):
        Vault.glance(tmp_path / "nothing")


def test_a_glance_that_was_edited_does_not_take_the_pin_away(tmp_path: Path) -> None:
    made(tmp_path)
    device = json.loads((tmp_path / "device.json").read_text())
    (tmp_path / "device.json").write_text(json.dumps({**device, "pin": False}))
    assert opened(tmp_path).has_pin
    with pytest.raises(WrongPin):
        opened(tmp_path).check_pin("9999")


def test_the_passphrase_can_be_changed(tmp_path: Path) -> None:
    vault = made(tmp_path)
    vault.rehome(home(tmp_path, "battery staple"))
    assert Vault.open(tmp_path, home(tmp_path, "battery staple"), pin_cost=16).replica_key == vault.replica_key
    with pytest.raises(WrongPassphrase):
        opened(tmp_path)


def test_the_pin_is_asked_by_the_vault(tmp_path: Path) -> None:
    vault = made(tmp_path)
    vault.check_pin("2468")
    with pytest.raises(WrongPin):
        vault.check_pin("1111")
    vault.set_pin("2468", "13579")
    opened(tmp_path).check_pin("13579")


def test_a_vault_without_a_pin_opens_the_window_and_can_get_one(tmp_path: Path) -> None:
    vault = made(tmp_path, pin=None)
    assert not vault.has_pin
    vault.check_pin("anything")
    vault.set_pin("", "1234")
    assert opened(tmp_path).has_pin
    with pytest.raises(WrongPin):
        opened(tmp_path).check_pin("9999")


def test_taking_the_pin_out_of_the_files_does_not_open_the_window(tmp_path: Path) -> None:
    made(tmp_path)
    device = json.loads((tmp_path / "device.json").read_text())
    (tmp_path / "device.json").write_text(json.dumps({**device, "pin": False, "check": device["check"][::-1]}))
    with pytest.raises(DamagedVault):
        opened(tmp_path)
    (tmp_path / "device.json").write_text(json.dumps(device))
    (tmp_path / "pin").unlink()
    with pytest.raises(DamagedVault):
        opened(tmp_path).check_pin("2468")


def test_the_kind_of_home_is_remembered(tmp_path: Path) -> None:
    made(tmp_path)
    assert choose_home(tmp_path, "correct horse", cost=CHEAP).kind == "passphrase"


def test_a_disk_that_refuses_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    write_whole(target, b"old")
    (tmp_path / "kept.new").mkdir()
    with pytest.raises(VaultNotWritten):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
