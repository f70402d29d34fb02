"""Where the secret lives: trusted keyrings, and a file that a passphrase opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.backends.null import Keyring as NullKeyring
from keyring.backends.SecretService import Keyring as SecretServiceKeyring

from fieldapp.base.ids import SeededRandomness
from fieldapp.vault.files import DamagedVault
from fieldapp.vault.homes import (
    Argon2Cost,
    KeyringHome,
    KeyringUnavailable,
    PassphraseFileHome,
    PassphraseNeeded,
    SecretMissing,
    WeakPassphrase,
    WrongPassphrase,
    keyring_verdict,
)
from fieldapp.vault.vault import Vault, choose_home

CHEAP = Argon2Cost(memory_kib=32, iterations=1, lanes=1)
SECRET = bytes(range(32))
NULL: Any = NullKeyring
CHAIN: Any = ChainerBackend


class Remembering(SecretServiceKeyring):
    """A trusted backend that keeps what it is given in memory."""

    def __init__(self, forgetful: bool = False, broken: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.forgetful = forgetful
        self.broken = broken

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.broken:
            raise RuntimeError("the bus went away")
        if not self.forgetful:
            self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise RuntimeError("the bus went away")
        return self.kept.get((service, username))


Remembering.__module__ = "keyring.backends.SecretService"


class Plain(KeyringBackend):
    """A backend nobody vouches for."""

    priority = 1

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("must not be used")

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("must not be used")


PLAIN: Any = Plain


def test_a_trusted_keyring_keeps_the_secret_as_text() -> None:
    backend = Remembering()
    KeyringHome("fieldapp", backend).store("a", SECRET)
    assert KeyringHome("fieldapp", backend).load("a") == SECRET
    assert backend.kept == {("fieldapp", "a"): SECRET.hex()}


def test_a_keyring_that_keeps_nothing_is_noticed_at_once() -> None:
    with pytest.raises(KeyringUnavailable):
        KeyringHome("fieldapp", Remembering(forgetful=True)).store("a", SECRET)


def test_a_keyring_that_does_not_answer_is_a_sentence() -> None:
    home = KeyringHome("fieldapp", Remembering(broken=True))
    with pytest.raises(KeyringUnavailable):
        home.store("a", SECRET)
    with pytest.raises(KeyringUnavailable):
        home.load("a")


@pytest.mark.parametrize("backend", [NULL(), PLAIN()])
def test_a_keyring_nobody_vouches_for_is_not_used(backend: object) -> None:
    assert not keyring_verdict(backend).possible
    assert keyring_verdict(backend).why is not None
    with pytest.raises(KeyringUnavailable):
        KeyringHome("fieldapp", backend)


def test_the_trusted_member_of_a_chain_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = Remembering()
    monkeypatch.setattr(ChainerBackend, "backends", [PLAIN(), trusted])
    chain = CHAIN()
    assert keyring_verdict(chain).possible
    KeyringHome("fieldapp", chain).store("a", SECRET)
    assert trusted.kept


@pytest.mark.parametrize("kept", [None, "zz", "00"])
def test_a_secret_that_is_gone_or_strange_is_missing(kept: str | None) -> None:
    backend = Remembering()
    if kept is not None:
        backend.kept["fieldapp", "a"] = kept
    with pytest.raises(SecretMissing):
        KeyringHome("fieldapp", backend).load("a")


def test_two_engineers_on_one_laptop_have_separate_secrets(tmp_path: Path) -> None:
    backend = Remembering()
    one = Vault.create(tmp_path / "one", KeyringHome("fieldapp", backend), pin=None)
    two = Vault.create(tmp_path / "two", KeyringHome("fieldapp", backend), pin=None)
    assert len(backend.kept) == 2
    assert one.replica_key != two.replica_key
    assert Vault.open(tmp_path / "one", KeyringHome("fieldapp", backend)).replica_key == one.replica_key


def test_the_keyring_is_chosen_where_there_is_one(tmp_path: Path) -> None:
    assert choose_home(tmp_path, backend=Remembering()).kind == "keyring"
    assert choose_home(tmp_path, "typed by hand", backend=Remembering()).kind == "passphrase"


def test_without_a_keyring_a_passphrase_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(PassphraseNeeded):
        choose_home(tmp_path, backend=NULL())
    assert choose_home(tmp_path, "typed by hand", backend=NULL()).kind == "passphrase"


def test_a_vault_of_the_keyring_is_not_opened_by_a_passphrase(tmp_path: Path) -> None:
    backend = Remembering()
    Vault.create(tmp_path, KeyringHome("fieldapp", backend), pin=None)
    assert choose_home(tmp_path, "typed by hand", backend=backend).kind == "keyring"
    with pytest.raises(KeyringUnavailable):
        choose_home(tmp_path, backend=NULL())


def test_the_file_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    PassphraseFileHome(path, "密码密码密码密码", randomness=SeededRandomness(1), cost=CHEAP).store("a", SECRET)
    assert PassphraseFileHome(path, "密码密码密码密码").load("a") == SECRET
    with pytest.raises(WrongPassphrase):
        PassphraseFileHome(path, "密码密码密码码密").load("a")
    with pytest.raises(WrongPassphrase):
        PassphraseFileHome(path, "密码密码密码密码").load("another vault")


def test_full_width_letters_are_the_same_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    PassphraseFileHome(path, "Ｐａｓｓｐｈｒａｓｅ", cost=CHEAP).store("a", SECRET)
    assert PassphraseFileHome(path, "Passphrase").load("a") == SECRET


def test_a_short_passphrase_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(WeakPassphrase):
        PassphraseFileHome(tmp_path / "secret", "short", cost=CHEAP).store("a", SECRET)
    assert not (tmp_path / "secret").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1 << 30},
        {"memory_kib": "64"},
        {"iterations": 0},
        {"lanes": 1000},
        {"kdf": "none"},
        {"version": 2},
        {"salt": "zz"},
        {"salt": ""},
        {"nonce": "00"},
        {"sealed": "00"},
    ],
)
def test_a_file_with_strange_parameters_is_damaged(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "secret"
    PassphraseFileHome(path, "passphrase", cost=CHEAP).store("a", SECRET)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(DamagedVault):
        PassphraseFileHome(path, "passphrase").load("a")


def test_cheaper_parameters_cannot_be_slipped_in(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    PassphraseFileHome(path, "passphrase", cost=Argon2Cost(64, 2, 1)).store("a", SECRET)
    path.write_text(json.dumps({**json.loads(path.read_text()), "iterations": 1}))
    with pytest.raises(WrongPassphrase):
        PassphraseFileHome(path, "passphrase").load("a")


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "vault" / "secret"
    PassphraseFileHome(path, "passphrase", cost=CHEAP).store("a", SECRET)
    assert path.stat().st_mode & 0o077 == 0
