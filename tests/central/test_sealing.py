"""The centre's key for what is sealed to it: made once, the same after a restart, useless without the passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.central.refusals import BrokenAuthority
from fieldapp.central.trust.sealing import SealingKey, seal
from tests.central.world import World


def test_a_laptop_learns_the_key_at_enrolment_and_the_centre_opens_what_is_sealed_to_it(world: World) -> None:
    enrolled = world.laptop(world.li).enrolled
    assert enrolled is not None
    sealed = seal(enrolled.courier_key, b"only for the centre", b"test")
    again = world.reopened().service.sealing
    assert again.open(sealed, b"test") == b"only for the centre"
    assert again.open(sealed, b"another purpose") is None
    assert again.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), b"test") is None
    assert again.open(b"", b"test") is None


def test_the_key_opens_with_its_passphrase_only_and_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    made = SealingKey.open_or_make(tmp_path, b"right")
    assert SealingKey.open_or_make(tmp_path, b"right").public == made.public
    assert (tmp_path / "sealing.key").stat().st_mode & 0o077 == 0
    with pytest.raises(BrokenAuthority):
        SealingKey.open_or_make(tmp_path, b"wrong")
    (tmp_path / "sealing.key").write_bytes(b"")
    with pytest.raises(BrokenAuthority):
        SealingKey.open_or_make(tmp_path, b"right")
