"""A laptop is lost, over a real central service and real HTTP: enrol, work, keep a safety copy, enrol another one, take it over."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.base.clock import SystemClock
from fieldapp.base.ids import SystemRandomness
from fieldapp.base.settings import Places
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Person
from fieldapp.domain.documents import Attachment
from fieldapp.operations.laptop.enrolment import Means, enrol
from fieldapp.operations.laptop.journal import journal_view, keep_journal, take_in
from fieldapp.operations.laptop.synchronise import synchronise
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Unwatched
from fieldapp.replica.keeping.upkeep import cared_at
from fieldapp.sync.refusals import DeviceRevoked
from fieldapp.vault.homes import Argon2Cost
from tests.journeys.centre_process import CentreProcess

DATA = "centre"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CentreProcess]:
    """A centre with one engineer."""
    service = CentralService(load_centre_settings(tmp_path / DATA, SystemRandomness()), clock=SystemClock(), randomness=SystemRandomness())
    Desk(service).save(Person(id="0a" * 16, name="陈立行", role="engineer"))
    service.close()
    made = CentreProcess(tmp_path / DATA, tmp_path / "log")
    made.start()
    yield made
    made.stop()


def command(folder: Path, *words: str) -> list[dict[str, str]]:
    """A command of the centre, beside the service that runs."""
    run = [sys.executable, "-m", "fieldapp.central", words[0], "--data", str(folder / DATA), *words[1:]]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in told.splitlines()]


def laptop(folder: Path, centre: CentreProcess, name: str) -> FieldSession:
    """A new laptop of the engineer, synced once."""
    (code,) = command(folder, "enrol-code", "--engineer", "0a" * 16)
    means = Means(Places(folder / name), SystemClock(), SystemRandomness(), Argon2Cost(64, 1, 1))
    session = enrol(means, address=centre.address, code=code["code"], pin="2468", pin_again="2468", passphrase="correct horse")
    assert synchronise(session, Unwatched()).complete
    return session


def test_a_lost_laptop_s_work_reaches_the_centre_by_the_next_one(tmp_path: Path, centre: CentreProcess) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    lost = laptop(tmp_path, centre, "old")
    with lost.reading() as reader:
        assert cared_at(reader) is not None
    keep_journal(lost, stick)
    blob = lost.blobs.put(b"a photo" * 10_000)
    with lost.writing() as work:
        case = work.save(Case(id=lost.ids.new(), summary="不丢", temp_no=work.next_number("TMP"), owner_id=lost.engineer))
        photo = Attachment(id=lost.ids.new(), owner_kind="case", owner_id=case.id, purpose="photo", digest=blob.digest, size=blob.size)
        work.save(photo)
    lost.close()  # its own thread has written the copy by then

    new = laptop(tmp_path, centre, "new")
    assert take_in(new, stick).changes == 3
    centre.kill()
    centre.start()
    assert synchronise(new, Unwatched()).complete
    assert take_in(new, stick).changes == 0
    assert synchronise(new, Unwatched()).complete
    with new.reading() as reader:
        assert [each.summary for each in reader.find(Case)] == ["不丢"]
    assert journal_view(new).state == "off"
    void = command(tmp_path, "void-numbers", "--device", lost.replica.device)
    assert len(void) == 4
    assert all(each["first"] > case.temp_no for each in void if each["first"].startswith("TMP"))
    new.close()


def test_the_lost_laptop_is_refused_when_it_turns_up(tmp_path: Path, centre: CentreProcess) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    lost, new = laptop(tmp_path, centre, "old"), laptop(tmp_path, centre, "new")
    keep_journal(lost, stick)
    take_in(new, stick)
    with pytest.raises(DeviceRevoked):
        synchronise(lost, Unwatched())
    assert synchronise(new, Unwatched()).complete
    for session in (lost, new):
        session.close()
