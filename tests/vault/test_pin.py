"""The PIN gate: wrong tries slow down, and nothing shortens the wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.vault.files import DamagedVault
from fieldapp.vault.pin import BadPin, PinGate, PinMustWait, WrongPin, wait_after

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
KEY = bytes(32)


def gate(tmp_path: Path, clock: TurnableClock) -> PinGate:
    return PinGate(tmp_path / "pin", KEY, clock, SeededRandomness(3), cost=16)


def fail(pin: PinGate, times: int) -> None:
    for _ in range(times):
        with pytest.raises((WrongPin, PinMustWait)):
            pin.check("0000")


def test_the_right_pin_passes_and_forgets_wrong_tries(tmp_path: Path) -> None:
    pin = gate(tmp_path, TurnableClock(START))
    pin.set("2468")
    for _ in range(5):
        fail(pin, 2)
        pin.check("2468")


def test_a_wrong_pin_says_how_many_tries_are_left(tmp_path: Path) -> None:
    pin = gate(tmp_path, TurnableClock(START))
    pin.set("2468")
    with pytest.raises(WrongPin) as first:
        pin.check("0000")
    assert first.value.values["left"] == 2


def test_a_wrong_pin_slows_down_and_the_sentence_says_how_long(tmp_path: Path) -> None:
    clock = TurnableClock(START)
    pin = gate(tmp_path, clock)
    pin.set("2468")
    fail(pin, 2)
    with pytest.raises(PinMustWait) as third:
        pin.check("0000")
    assert third.value.values["seconds"] == 30
    assert "30 seconds" in third.value.read("en")
    clock.advance(seconds=10)
    with pytest.raises(PinMustWait) as early:
        pin.check("2468")
    assert early.value.values["seconds"] == 20
    clock.advance(seconds=20)
    pin.check("2468")


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(wrong).total_seconds() for wrong in range(12)]
    assert waits == [0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900]
    assert wait_after(10**6) == timedelta(minutes=15)


def test_the_wait_survives_a_restart(tmp_path: Path) -> None:
    clock = TurnableClock(START)
    pin = gate(tmp_path, clock)
    pin.set("2468")
    fail(pin, 3)
    with pytest.raises(PinMustWait):
        gate(tmp_path, clock).check("2468")
    clock.advance(seconds=31)
    gate(tmp_path, clock).check("2468")


def test_setting_the_clock_forward_does_not_shorten_the_wait(tmp_path: Path) -> None:
    clock = TurnableClock(START)
    pin = gate(tmp_path, clock)
    pin.set("2468")
    fail(pin, 3)
    clock.set(START + timedelta(days=1))
    with pytest.raises(PinMustWait):
        pin.check("2468")


def test_setting_the_clock_back_does_not_lock_out_for_ever(tmp_path: Path) -> None:
    clock = TurnableClock(START)
    pin = gate(tmp_path, clock)
    pin.set("2468")
    fail(pin, 3)
    clock.set(START - timedelta(days=365))
    again = gate(tmp_path, clock)
    with pytest.raises(PinMustWait):
        again.check("2468")
    clock.advance(seconds=31)
    again.check("2468")


@pytest.mark.parametrize("bad", ["", "123", "1234567890123", "12a4", "１２３４", "12 4"])
def test_a_pin_has_four_to_twelve_digits(tmp_path: Path, bad: str) -> None:
    pin = gate(tmp_path, TurnableClock(START))
    with pytest.raises(BadPin):
        pin.set(bad)


def test_an_edited_record_is_damaged_not_open(tmp_path: Path) -> None:
    pin = gate(tmp_path, TurnableClock(START))
    pin.set("2468")
    data = bytearray((tmp_path / "pin").read_bytes())
    data[-1] ^= 1
    (tmp_path / "pin").write_bytes(bytes(data))
    with pytest.raises(DamagedVault):
        pin.check("2468")
