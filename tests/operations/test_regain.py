"""Ways back: a PIN that was forgotten, files of the vault that are damaged, a laptop that the centre blocked, a key that is lost."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from cryptography import x509

from fieldapp.base.errors import FieldappError
from fieldapp.central.lost import let_in_again
from fieldapp.central.refusals import AlreadyUsedCode, RevokedDevice, TakenOverDevice, UnknownCode
from fieldapp.domain.cases import Case
from fieldapp.operations.laptop import enrolment
from fieldapp.operations.laptop.enrolment import EmptyCode, OtherEngineer, PinsDiffer, SyncRuns, door, leave, regain, set_aside, unlock
from fieldapp.operations.laptop.journal import journal_view, keep_journal, take_in
from fieldapp.operations.laptop.line import look_after
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import ReplicaInUse
from fieldapp.sync.refusals import CentreUnreachable, DeviceRevoked
from fieldapp.vault.files import DamagedVault
from fieldapp.vault.homes import WrongPassphrase
from fieldapp.vault.pin import BadPin, PinMustWait, WrongPin
from tests.operations.firm import PASSPHRASE, Firm


def locked(firm: Firm) -> FieldSession:
    """A laptop with a case that is nowhere else, closed."""
    session = firm.laptop("own")
    with session.writing() as work:
        work.save(Case(id=session.ids.new(), summary="only here"))
    session.close()
    return session


def back(firm: Firm, **changed: str) -> FieldSession:
    """The laptop by a code of the service desk."""
    words = {"code": firm.world.desk.new_enrol_code(firm.world.li.id), "pin": "9753", "pin_again": "9753", "passphrase": PASSPHRASE}
    session = regain(firm.means("own"), **{**words, **changed})
    firm.sessions.append(session)
    return session


def still_there(firm: Firm, session: FieldSession) -> None:
    """The case is here, goes to the centre, and the device is the same."""
    assert firm.sync(session).complete
    assert [case.summary for case in firm.world.desk.find(Case)] == ["only here"]


def test_a_forgotten_pin_is_replaced_with_a_code_and_nothing_is_lost(firm: Firm) -> None:
    before = locked(firm)
    for _ in range(4):
        with pytest.raises((WrongPin, PinMustWait)):
            unlock(firm.means("own"), pin="0000", passphrase=PASSPHRASE)
    session = back(firm)
    assert session.replica.device == before.replica.device
    still_there(firm, session)
    session.close()
    with pytest.raises(WrongPin):
        unlock(firm.means("own"), pin="2468", passphrase=PASSPHRASE)
    unlock(firm.means("own"), pin="9753", passphrase=PASSPHRASE).close()


@pytest.mark.parametrize("name", ["pin", "signing.p12", "device.json", "crl.der", "ca.pem"])
@pytest.mark.parametrize("how", ["gone", "garbage"])
def test_a_damaged_file_of_the_vault_is_mended_with_a_code(firm: Firm, name: str, how: str) -> None:
    locked(firm)
    path = firm.means("own").places.vault / name
    path.unlink()
    if how == "garbage":
        path.write_bytes(b"\0garbage")
    assert door(firm.means("own")).state == "unlock"
    still_there(firm, back(firm))


def test_what_cannot_be_taken_changes_nothing_and_uses_no_code_up(firm: Firm) -> None:
    locked(firm)
    code = firm.world.desk.new_enrol_code(firm.world.li.id)
    wang = firm.world.desk.new_enrol_code(firm.world.wang.id)
    refused: list[tuple[dict[str, str], type[FieldappError]]] = [
        ({"code": " "}, EmptyCode),
        ({"pin_again": "9754"}, PinsDiffer),
        ({"pin": "12", "pin_again": "12"}, BadPin),
        ({"passphrase": "wrong horse"}, WrongPassphrase),
        ({"code": "AAAA-BBBB-CCCC"}, UnknownCode),
        ({"code": wang}, FieldappError),
    ]
    for changed, refusal in refused:
        with pytest.raises(refusal):
            back(firm, **{"code": code, **changed})
    unlock(firm.means("own"), pin="2468", passphrase=PASSPHRASE).close()
    still_there(firm, back(firm, code=code))
    with pytest.raises(AlreadyUsedCode):
        firm.world.laptop(firm.world.li).enrol(code)


def test_nobody_is_let_in_again_while_a_round_may_write_the_keys(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    session = firm.laptop("own")
    code = firm.world.desk.new_enrol_code(session.engineer)
    means, words = firm.means("own"), {"code": code, "pin": "1357", "pin_again": "1357", "passphrase": PASSPHRASE}
    before = (session.places.vault / "device.json").read_bytes()
    told: list[type[Exception]] = []

    def meanwhile(*_: object, **__: object) -> None:
        def press() -> None:
            for attempt in (lambda: leave(session), lambda: regain(means, **words)):
                try:
                    attempt()
                except FieldappError as refused:
                    told.append(type(refused))

        thread = threading.Thread(target=press)
        thread.start()
        thread.join()
        raise CentreUnreachable

    with monkeypatch.context() as patch:
        patch.setattr("fieldapp.operations.laptop.synchronise.run_round", meanwhile)
        with pytest.raises(CentreUnreachable):
            firm.sync(session)
    assert told == [SyncRuns, ReplicaInUse]
    assert (session.places.vault / "device.json").read_bytes() == before
    assert session.is_open
    leave(session)
    firm.sessions.append(regain(means, **words))
    assert firm.sync(firm.sessions[-1]).complete


def test_a_code_of_another_engineer_at_a_centre_that_lost_the_laptop_is_refused(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    locked(firm)
    monkeypatch.setattr(enrolment, "ask_centre", lambda _address, request, _ca: firm.world.laptop(firm.world.wang).enrolled)
    with pytest.raises(OtherEngineer, match="李明"):
        back(firm)
    unlock(firm.means("own"), pin="2468", passphrase=PASSPHRASE).close()


def test_a_blocked_laptop_comes_back_only_after_the_desk_let_it_in_again(firm: Firm) -> None:
    session = locked(firm)
    firm.world.service.revoke(session.replica.device)
    with pytest.raises(RevokedDevice):
        back(firm)
    code = let_in_again(firm.world.service, session.replica.device)
    again = back(firm, code=code)
    still_there(firm, again)
    look_after(again, firm.line(again), moved=True)
    crl = x509.load_der_x509_crl(firm.world.service.crl())
    assert len(list(crl)) == 1, "the certificate from before the blocking stays on the list"


def test_a_laptop_that_was_taken_over_is_not_let_in_again(firm: Firm, tmp_path: Path) -> None:
    lost = firm.laptop("own")
    stick = tmp_path / "stick"
    stick.mkdir()
    keep_journal(lost, stick)
    new = firm.laptop("new")
    take_in(new, stick, firm.line(new))
    with pytest.raises(TakenOverDevice):
        let_in_again(firm.world.service, lost.replica.device)
    with pytest.raises(DeviceRevoked):
        firm.sync(lost)


def test_a_laptop_whose_key_is_lost_is_set_up_anew_and_its_safety_copy_taken_in(firm: Firm, tmp_path: Path) -> None:
    session = firm.laptop("own")
    stick = tmp_path / "stick"
    stick.mkdir()
    with session.writing() as work:
        work.save(Case(id=session.ids.new(), summary="only here"))
    keep_journal(session, stick)
    means = firm.means("own")
    with pytest.raises(ReplicaInUse):
        set_aside(means)
    session.close()
    (means.places.vault / "device.secret").write_bytes(b"{}")
    with pytest.raises(DamagedVault):
        back(firm)
    aside = set_aside(means)
    assert {path.name for path in aside.iterdir()} >= {"vault", "replica.db", "blobs"}
    assert door(means).state == "enrol"
    new = firm.laptop("own")
    assert journal_view(new).state == "off"  # the new laptop's copy was never begun: it is no disk that will come back
    take_in(new, stick, firm.line(new))
    still_there(firm, new)


def test_putting_the_old_data_aside_can_be_cut_and_done_again(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    means = firm.means("own")
    locked(firm)
    rename = Path.rename

    def cut(path: Path, target: Path) -> Path:
        if path == means.places.blobs:
            raise OSError("cut")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        with pytest.raises(OSError, match="cut"):
            set_aside(means)
    assert door(means).state == "unlock"
    firm.world.clock.advance(seconds=1)
    set_aside(means)
    assert door(means).state == "enrol"
    with firm.laptop("own").reading() as reader:
        assert reader.find(Case, summary="only here") == []


def test_the_second_copy_of_the_device_file_is_as_the_first(firm: Firm) -> None:
    vault = locked(firm).places.vault
    assert json.loads((vault / "device.json").read_bytes()) == json.loads((vault / "device.json.copy").read_bytes())
    for name in ("device.json", "device.json.copy"):
        (vault / name).write_bytes(b"")
    with pytest.raises(DamagedVault):
        unlock(firm.means("own"), pin="2468", passphrase=PASSPHRASE)
