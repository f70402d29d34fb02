"""The door: enrolling with a code, going on after a cut, unlocking with a PIN."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.errors import FieldappError
from fieldapp.base.ids import SeededRandomness, derived_id
from fieldapp.base.settings import Places, load_settings
from fieldapp.operations.laptop import enrolment
from fieldapp.operations.laptop.enrolment import BadAddress, EmptyAddress, EmptyCode, Means, NobodyThere, PinsDiffer, door, enrol, unlock
from fieldapp.replica.engine import Replica
from fieldapp.sync.refusals import CentreUnreachable
from fieldapp.vault.homes import Argon2Cost, WrongPassphrase
from fieldapp.vault.pin import BadPin, PinMustWait, WrongPin
from fieldapp.wire.protocol import Enrolled, EnrolRequest
from tests.issuing import TestAuthority
from tests.operations.world import ENGINEER, MORNING

ENTRIES = {
    "address": "centre.example:8443/ ",
    "code": " 7K3M-QX2P-9TRB ",
    "pin": "2468",
    "pin_again": "2468",
    "passphrase": "correct horse",
}


class Centre:
    """Answers enrolments as the service does; `failing` refuses before it has written anything down."""

    def __init__(self) -> None:
        self.authority = TestAuthority(MORNING)
        self.asked: list[tuple[str, EnrolRequest]] = []
        self.failing: FieldappError | None = None

    def answer(self, address: str, request: EnrolRequest) -> Enrolled:
        self.asked.append((address, request))
        if self.failing is not None:
            raise self.failing
        certificate = self.authority.issue(request.csr, "王海")
        return Enrolled(request.protocol, ENGINEER, "王海", 1, 1, certificate, (self.authority.root,), b"", b"", "海川技术服务")


@pytest.fixture
def centre(monkeypatch: pytest.MonkeyPatch) -> Centre:
    made = Centre()
    monkeypatch.setattr(enrolment, "ask_centre", made.answer)
    return made


@pytest.fixture
def means(tmp_path: Path) -> Means:
    return Means(Places(tmp_path / "profile"), TurnableClock(MORNING), SeededRandomness(3), Argon2Cost(64, 1, 1))


def test_a_new_laptop_asks_to_be_enrolled_and_for_a_passphrase_without_a_keyring(means: Means) -> None:
    seen = door(means)
    assert (seen.state, seen.needs_passphrase, seen.engineer_name) == ("enrol", True, "")


def test_enrolling_opens_an_empty_replica_and_the_next_start_asks_for_the_pin(means: Means, centre: Centre) -> None:
    session = enrol(means, **ENTRIES)
    with session.reading() as reader:
        assert reader.sync_state().engineer == ENGINEER
    assert (session.engineer, session.engineer_name) == (ENGINEER, "王海")
    assert [address for address, _ in centre.asked] == ["https://centre.example:8443"]
    assert load_settings(means.places).centre_url == "https://centre.example:8443"
    session.close()
    seen = door(means)
    assert (seen.state, seen.has_pin, seen.engineer_name, seen.company) == ("unlock", True, "王海", "海川技术服务")
    again = unlock(means, pin="2468", passphrase="correct horse")
    assert again.engineer == ENGINEER
    again.close()


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"address": " "}, EmptyAddress),
        ({"address": "https://centre.example/fieldapp"}, BadAddress),
        ({"address": "https://centre.example?site=1"}, BadAddress),
        ({"address": "ftp://centre.example"}, BadAddress),
        ({"address": "https:centre.example"}, BadAddress),
        ({"address": "https://"}, BadAddress),
        ({"address": "centre.example:port"}, BadAddress),
        ({"address": "https://me:secret@centre.example"}, BadAddress),
        ({"address": "cen tre.example"}, BadAddress),
        ({"code": ""}, EmptyCode),
        ({"pin_again": "2469"}, PinsDiffer),
        ({"pin": "12", "pin_again": "12"}, BadPin),
    ],
)
def test_what_cannot_be_taken_is_refused_before_the_centre_is_asked(
    means: Means, centre: Centre, changed: dict[str, Any], refusal: type[FieldappError]
) -> None:
    with pytest.raises(refusal):
        enrol(means, **{**ENTRIES, **changed})
    assert centre.asked == []
    assert door(means).state == "enrol"


def test_a_lost_answer_is_asked_for_again_as_the_same_device(means: Means, centre: Centre) -> None:
    centre.failing = CentreUnreachable()
    with pytest.raises(NobodyThere) as refused:
        enrol(means, **ENTRIES)
    assert "https://centre.example:8443" in refused.value.read("zh")
    assert "检查地址" in refused.value.read("zh")
    assert door(means).state == "enrol"
    centre.failing = None
    session = enrol(means, **{**ENTRIES, "code": "7k3m qx2p 9trb"})
    devices = [request.device for _, request in centre.asked]
    assert devices == [derived_id("device", "7K3MQX2P9TRB")] * 2
    assert session.vault.identity.device == devices[0]
    session.close()


def test_a_cut_after_the_certificate_goes_on_by_unlocking(means: Means, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object, **__: object) -> Replica:
        raise OSError("the battery is empty")

    with monkeypatch.context() as patch:
        patch.setattr(Replica, "create", cut)
        with pytest.raises(OSError, match="battery"):
            enrol(means, **ENTRIES)
    assert door(means).state == "unlock"
    session = unlock(means, pin="2468", passphrase="correct horse")
    assert means.places.replica.is_file()
    session.close()
    session = enrol(means, **ENTRIES)
    assert len(centre.asked) == 1
    session.close()
    with pytest.raises(WrongPin):
        enrol(means, **{**ENTRIES, "pin": "1111", "pin_again": "1111"})


def test_wrong_pins_slow_down_and_a_wrong_passphrase_opens_nothing(means: Means, centre: Centre) -> None:
    enrol(means, **ENTRIES).close()
    with pytest.raises(WrongPassphrase):
        unlock(means, pin="2468", passphrase="wrong horse")
    refusals = []
    for _ in range(6):
        with pytest.raises(FieldappError) as refused:
            unlock(means, pin="0000", passphrase="correct horse")
        refusals.append(type(refused.value))
    assert refusals[0] is WrongPin
    assert refusals[-1] is PinMustWait
    with pytest.raises(PinMustWait):
        unlock(means, pin="2468", passphrase="correct horse")
    assert isinstance(means.clock, TurnableClock)
    means.clock.advance(seconds=timedelta(hours=2).total_seconds())
    unlock(means, pin="2468", passphrase="correct horse").close()
