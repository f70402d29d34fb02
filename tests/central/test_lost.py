"""What a laptop asks beside its rounds over HTTP, who may speak for a lost one, nonces across a restart, the centre's own settings."""

from __future__ import annotations

import io
import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fieldapp.base.ids import SeededRandomness
from fieldapp.central.cli import main
from fieldapp.central.config import load_centre_settings
from fieldapp.central.lost import let_in_again
from fieldapp.central.refusals import BadDataFolder, UnknownDevice
from fieldapp.central.rounds.horizon import horizon_of, note_backup
from fieldapp.central.trust.certificates import Authority
from fieldapp.central.trust.nonces import Nonces
from fieldapp.central.trust.sealing import SealingKey, seal
from fieldapp.central.web.app import make_app
from fieldapp.central.web.door import WINDOW_SECONDS
from fieldapp.domain.inspections import Finding
from fieldapp.wire.care import JOURNAL_ANSWER, JOURNAL_LETTER, Care, CareRequest, JournalLetter, TakenOver, TakeoverRequest, letter_bytes
from fieldapp.wire.protocol import PROTOCOL, ExchangeReply
from fieldapp.wire.requests import certificate_header, message_bytes, message_from_bytes
from tests.central.browser import Browser
from tests.central.test_http import Line
from tests.central.world import Laptop, World, csr_of


@pytest.fixture
def client(world: World) -> Iterator[Browser]:
    with Browser(make_app(world.service)) as made:
        yield made


@pytest.fixture
def line(world: World, client: Browser) -> Line:
    return Line(world, client, world.laptop(world.li))


def letter_of(world: World, laptop: Laptop, key: bytes = b"k" * 32) -> bytes:
    """The letter that lies beside a laptop's safety copy."""
    letter = JournalLetter(bytes.fromhex(laptop.device), bytes.fromhex(laptop.engineer), key)
    return seal(world.service.sealing.public, letter_bytes(letter), JOURNAL_LETTER)


def test_a_renewed_certificate_and_the_one_before_both_open_the_door(line: Line) -> None:
    old, new = line.laptop.key, ec.generate_private_key(ec.SECP256R1())
    body = msgspec.json.encode(CareRequest(PROTOCOL, csr_of(new)))
    care = msgspec.json.decode(line.send("POST", "/v1/care", body).content, type=Care)
    assert x509.load_der_x509_certificate(care.certificate).public_key() == new.public_key()
    asked = message_bytes(line.laptop.request())
    for key, status in ((new, 200), (old, 200), (ec.generate_private_key(ec.SECP256R1()), 401)):
        line.laptop.key = key
        assert line.send("POST", "/v1/exchange", asked).status_code == status
    line.world.service.revoke(line.laptop.device)
    for key in (old, new):  # what is revoked signs nothing any more, but the newest still hears that it is revoked
        line.laptop.key = key
        assert line.send("POST", "/v1/care", body).status_code in (401, 403)


def renewed(line: Line) -> bytes:
    """The laptop has a new key and its certificate, as after a renewal."""
    key = ec.generate_private_key(ec.SECP256R1())
    answer = line.send("POST", "/v1/care", msgspec.json.encode(CareRequest(PROTOCOL, csr_of(key))))
    line.laptop.key = key
    return msgspec.json.decode(answer.content, type=Care).certificate


def shows(line: Line, certificate: bytes) -> int:
    """How a request is answered beside which the laptop shows a certificate."""
    return line.send("POST", "/v1/exchange", message_bytes(line.laptop.request()), **certificate_header(certificate)).status_code


def test_a_renewal_that_a_restored_centre_does_not_know_is_shown_and_taken(world: World, tmp_path: Path) -> None:
    laptop, other = world.laptop(world.li), world.laptop(world.wang)
    first = world.service.device(laptop.device).certificate
    world.service.close()
    world.backup(tmp_path / "backup")
    world = world.reopened()
    world.clock.advance(days=1)
    with Browser(make_app(world.service)) as client:
        made = renewed(Line(world, client, laptop))
        of_another = renewed(Line(world, client, other))
        number = x509.load_der_x509_crl(world.service.crl()).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    world = world.put_back(tmp_path / "backup")
    world.service.begin_epoch()
    with Browser(make_app(world.service)) as client:
        line = Line(world, client, laptop)
        assert shows(line, b"") == 401, "the backup knows only the key before"
        for not_it in (of_another, first, made[:-1], b"no certificate"):
            assert shows(line, not_it) == 401
        assert shows(line, made) == 200
        assert shows(line, b"") == 200, "from now on its key is known"
        listed = x509.load_der_x509_crl(world.service.crl()).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        assert listed > number, "laptops take a list of revoked certificates only for a later one"
    world.close()


@pytest.mark.parametrize("how", ["blocked", "older", "another authority", "ended"])
def test_a_certificate_that_is_no_renewal_opens_nothing(world: World, tmp_path: Path, how: str) -> None:
    laptop = world.laptop(world.li)
    key, now = ec.generate_private_key(ec.SECP256R1()), world.clock.now()
    authority = world.service.authority
    if how == "another authority":
        passphrase = b"x"
        authority = Authority.open_or_make(tmp_path / "other", passphrase, world.service.settings.company, now, SeededRandomness(3))
    days = {"older": -30, "ended": -400}.get(how, 1)
    world.clock.advance(days=1)
    certificate, _ = authority.issue(csr_of(key), "李明", laptop.device, now + timedelta(days=days))
    if how == "blocked":
        world.service.revoke(laptop.device)
    laptop.key = key
    with Browser(make_app(world.service)) as client:
        assert shows(Line(world, client, laptop), certificate) == 401


def test_a_lost_laptop_s_letter_opens_for_its_engineer_over_http_and_blocks_it(line: Line, world: World) -> None:
    lost = world.laptop(world.li)
    answer_to = SealingKey(X25519PrivateKey.generate())
    body = msgspec.json.encode(TakeoverRequest(PROTOCOL, letter_of(world, lost), answer_to.public))
    for _ in range(2):
        taken = msgspec.json.decode(line.send("POST", "/v1/takeover", body).content, type=TakenOver)
        assert (taken.device, answer_to.open(taken.key, JOURNAL_ANSWER)) == (lost.device, b"k" * 32)
    assert world.service.device(lost.device).state == "revoked"
    assert world.service.device(line.laptop.device).state == "active"


@pytest.mark.parametrize("case", ["engineer", "garbage", "unknown", "answer"])
def test_a_letter_that_is_not_for_this_engineer_blocks_nobody(line: Line, world: World, case: str) -> None:
    wang = world.laptop(world.wang)
    letter = letter_of(world, wang)
    if case == "unknown":
        nobody = Laptop(world, world.li.id, world.service.ids.new())
        letter = letter_of(world, nobody)
    elif case == "garbage":
        letter = letter[:-1]
    elif case == "answer":
        letter = letter_of(world, line.laptop)
    body = msgspec.json.encode(TakeoverRequest(PROTOCOL, letter, b"short" if case == "answer" else b"\x09" + bytes(31)))
    refused = line.send("POST", "/v1/takeover", body)
    assert (refused.status_code, refused.json()["code"]) == ((400, "FA-502") if case == "answer" else (403, "FA-609"))
    assert world.service.device(wang.device).state == "active"


def test_only_a_laptop_of_the_same_engineer_speaks_for_one_that_is_blocked(line: Line, world: World) -> None:
    lost, wang = world.laptop(world.li), world.laptop(world.wang)
    lost.edit("finding", world.service.ids.new(), {"site_id": world.bank_site.id})
    request = msgspec.structs.replace(lost.request(), epoch=0, cursor=0)
    with pytest.raises(UnknownDevice):  # it is not blocked
        world.service.exchange(line.laptop.device, request)
    world.service.revoke(lost.device)
    with pytest.raises(UnknownDevice):  # another engineer
        world.service.exchange(wang.device, request)
    answer = line.send("POST", "/v1/exchange", message_bytes(request))
    reply = message_from_bytes(answer.content, ExchangeReply)
    assert (reply.state, reply.received, reply.rows) == ("ok", request.first, ())
    again = world.service.exchange(line.laptop.device, request)
    assert (again.received, again.head) == (reply.received, reply.head)
    assert len(world.desk.find(Finding)) == 1
    assert world.service.device(lost.device).state == "revoked"


def test_a_copied_request_is_refused_also_after_a_restart(line: Line, world: World) -> None:
    body = message_bytes(line.laptop.request())
    headers = line.headers("POST", "/v1/exchange", body)
    assert line.client.post("/v1/exchange", content=body, headers=headers).status_code == 200
    with Browser(make_app(world.service)) as restarted:
        refused = restarted.post("/v1/exchange", content=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "FA-606")


def test_nonces_are_forgotten_when_no_request_of_their_time_could_be_taken(tmp_path: Path) -> None:
    path = tmp_path / "nonces"
    nonces = Nonces(path, 2 * WINDOW_SECONDS)
    assert nonces.take("a", 1000.0)
    assert not nonces.take("a", 1000.0 + WINDOW_SECONDS)
    for number in range(400):
        assert nonces.take(f"n{number}", 1000.0 + number * 10)
    again = Nonces(path, 2 * WINDOW_SECONDS)
    assert not again.take("n399", 1000.0 + 4000)
    assert again.take("a", 1000.0 + 4000)
    kept = path.read_text().splitlines() + path.with_name("nonces.older").read_text().splitlines()
    assert len(kept) < 300
    path.write_bytes(b"\xff\xfe\nno time\n" + path.read_bytes()[:-5])
    assert Nonces(path, 2 * WINDOW_SECONDS).take("b", 5000.0)


def test_the_horizon_is_the_oldest_backup_that_may_be_put_back(world: World) -> None:
    def backup() -> int:
        with world.service.store.writing() as connection:
            return note_backup(connection, world.clock.now())

    def horizon(days: int = 30) -> int:
        with world.service.store.reading() as connection:
            return horizon_of(connection, world.clock.now(), days)

    assert horizon() == 0
    first = backup()
    assert backup() == first
    world.case_at_bank()
    world.clock.advance(days=20)
    second = backup()
    assert (horizon(), horizon(10)) == (first, second)
    world.clock.advance(days=20)
    assert horizon() == second
    world.clock.advance(days=1000)
    assert horizon() == second > first


def test_a_backup_made_again_of_the_same_state_counts_from_the_later_day(world: World) -> None:
    def backup() -> int:
        with world.service.store.writing() as connection:
            return note_backup(connection, world.clock.now())

    first = backup()
    world.clock.advance(days=20)
    assert backup() == first
    world.case_at_bank()
    assert backup() > first
    world.clock.advance(days=20)
    with world.service.store.reading() as connection:
        assert horizon_of(connection, world.clock.now(), 30) == first


def test_a_backup_that_failed_is_none(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise BadDataFolder(path=tmp_path / "broken", reason="full")

    words = ["backup", "--data", str(tmp_path / "centre"), "--to"]
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copytree", full)
        assert main([*words, str(tmp_path / "broken")]) == 1
    with world.service.store.reading() as connection:
        assert horizon_of(connection, world.clock.now(), 30) == 0
    assert main([*words, str(tmp_path / "whole")]) == 0
    with world.service.store.reading() as connection:
        assert horizon_of(connection, world.clock.now(), 36500) > 0


def test_a_device_that_is_let_in_again_gives_and_gets_nothing_before_it_enrols(line: Line, world: World) -> None:
    """Its old key may be in other hands; a code that was made too early must not lock a working laptop out."""
    let_in_again(world.service, line.laptop.device)
    assert line.send("POST", "/v1/exchange", message_bytes(line.laptop.request())).status_code == 200
    world.service.revoke(line.laptop.device)
    code = let_in_again(world.service, line.laptop.device)
    answer = line.send("POST", "/v1/exchange", message_bytes(line.laptop.request()))
    assert message_from_bytes(answer.content, ExchangeReply).state == "revoked"
    assert line.send("GET", "/v1/snapshot").status_code == 403
    old, line.laptop.key = line.laptop.key, ec.generate_private_key(ec.SECP256R1())
    line.laptop.enrol(code)
    assert line.send("GET", "/v1/snapshot").status_code == 200
    line.laptop.key = old
    assert line.send("GET", "/v1/snapshot").status_code == 401


def test_a_backup_knows_of_itself_and_the_commands_say_what_they_did(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = world.laptop(world.li)
    data = ["--data", str(tmp_path / "centre")]
    world.service.close()

    def said(*words: str) -> list[dict[str, object]]:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        assert main([words[0], *data, *words[1:]]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert said("void-numbers") == []
    said("revoke", "--device", lost.device)
    void = said("void-numbers", "--device", lost.device)
    assert len(void) == 4
    assert void[0]["device"] == lost.device
    (unblocked,) = said("unblock", "--device", lost.device)
    (begun,) = said("backup-begin")
    (noted,) = said("backed-up", "--revision", str(begun["revision"]))
    said("backup", "--to", str(tmp_path / "backup"))
    assert (tmp_path / "backup" / "keys" / "sealing.key").exists()
    backed_up = World.reopened(world)
    with closing(backed_up.service):
        assert backed_up.service.device(lost.device).state == "admitted"
        with backed_up.service.store.reading() as connection:
            assert horizon_of(connection, world.clock.now(), 36500) == noted["revision"]
        lost.world = backed_up
        assert lost.enrol(str(unblocked["code"])).engineer == world.li.id
    world.service = World.reopened(world).service


def test_settings_are_the_owner_s_alone_and_a_readable_password_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = load_centre_settings(tmp_path, SeededRandomness(1), "postgresql://me:secret@db/x")
    path = tmp_path / "centre.json"
    assert path.stat().st_mode & 0o077 == 0
    assert settings.backup_days == 30
    with caplog.at_level(logging.WARNING):
        load_centre_settings(tmp_path, SeededRandomness(1))
    assert caplog.records == []


@pytest.mark.expects_log("chmod 600")
def test_others_who_can_read_the_password_are_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load_centre_settings(tmp_path, SeededRandomness(1), "postgresql://me:secret@db/x")
    (tmp_path / "centre.json").chmod(0o644)
    load_centre_settings(tmp_path, SeededRandomness(1))
    assert "chmod 600" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("days", ["0", '"x"', "true", "1.5"])
def test_days_of_backups_that_make_no_sense_are_refused(tmp_path: Path, days: str) -> None:
    load_centre_settings(tmp_path, SeededRandomness(1))
    path = tmp_path / "centre.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "backup_days": json.loads(days)}))
    with pytest.raises(BadDataFolder):
        load_centre_settings(tmp_path, SeededRandomness(1))
