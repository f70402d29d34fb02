"""Time-stamps are renewed in time, a few along with each exchange or all by the command; what does not verify is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id
from fieldapp.central import renewal
from fieldapp.central.cli import main
from fieldapp.central.renewal import due_stamps, renew, renew_all
from fieldapp.central.stamping import stamp_due, stamper_of
from fieldapp.domain.documents import Attachment, ServiceReport
from fieldapp.reports.verdicts import VerificationReport
from fieldapp.reports.verification import verify
from tests.central.test_stamping import _push_report, _signed
from tests.central.world import Laptop, World

IN_FOUR_YEARS = 4 * 365 + 1


@pytest.fixture
def laptop(world: World) -> Laptop:
    world.case_at_bank(world.li)
    return world.laptop(world.li)


@pytest.fixture
def report(laptop: Laptop) -> Id:
    """A report that came back with its time-stamp."""
    report, _ = _push_report(laptop, _signed(laptop))
    laptop.pull()
    return report


def _file(world: World, laptop: Laptop, report: Id) -> bytes:
    """The stamped file as a laptop fetches it."""
    digest = world.desk.get(ServiceReport, report).stamped_digest
    return b"".join(world.service.peer(laptop.device).fetch_blob(digest, 0))


def _judged(world: World, pdf: bytes) -> VerificationReport:
    return verify(pdf, (world.service.authority.ca.der,), world.clock.now(), hard_fail=True)


def test_a_stamp_is_renewed_along_with_an_exchange_a_year_before_it_loses_its_worth(world: World, laptop: Laptop, report: Id) -> None:
    before, key = world.desk.get(ServiceReport, report), world.service.authority.tsa
    first = _file(world, laptop, report)
    world.clock.advance(days=IN_FOUR_YEARS - 10)
    laptop.pull()
    assert world.desk.get(ServiceReport, report).stamped_digest == before.stamped_digest, "there is time yet"
    world.clock.advance(days=10)
    laptop.pull()
    after, second = world.desk.get(ServiceReport, report), _file(world, laptop, report)
    assert second.startswith(first)
    assert len(second) > len(first)
    assert (after.stamped_at, after.pdf_digest) == (before.stamped_at, before.pdf_digest)
    assert world.service.authority.tsa != key
    assert laptop.shown("service_report", report)["stamped_digest"] == after.stamped_digest
    assert [row["digest"] for row in laptop.of_kind("attachment") if row["purpose"] == "stamped_report"] == [after.stamped_digest]
    again = laptop.pull()
    assert (again.agrees, again.rows) == (True, ())

    world.clock.advance(days=2 * 365)  # by now the first certificate has ended
    found = _judged(world, second)
    assert (found.accepted, found.stamped_at) == (True, before.stamped_at), found.read("en")
    assert found.holds_until == world.service.authority.tsa.certificate.not_valid_after_utc
    late = _judged(world, first)
    assert (late.accepted, "Ask the company for its latest copy" in late.read("en")) == (False, True)
    laptop.pull()
    assert world.desk.get(ServiceReport, report).stamped_digest == after.stamped_digest, "renewed once, not each day"


def test_each_exchange_renews_a_few(world: World, laptop: Laptop, report: Id, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "AT_ONCE", 1)
    other, _ = _push_report(laptop, _signed(laptop))
    stamp_due(world.service, world.li.id)
    before = {each: world.desk.get(ServiceReport, each).stamped_digest for each in (report, other)}
    world.clock.advance(days=IN_FOUR_YEARS)
    changed = []
    for _ in range(2):
        laptop.pull()
        changed.append(sum(world.desk.get(ServiceReport, each).stamped_digest != digest for each, digest in before.items()))
    assert changed == [1, 2]


@pytest.mark.expects_log("no new key for time-stamps")
def test_while_no_new_key_can_be_made_the_present_one_goes_on(world: World) -> None:
    service = world.service
    before = service.authority.tsa.der
    world.clock.advance(days=IN_FOUR_YEARS)
    (service.settings.keys / "tsa.p12").write_bytes(b"damaged")
    assert stamper_of(service).key.certificate == before
    (service.settings.keys / "tsa.p12").unlink()
    assert stamper_of(service).key.certificate != before


@pytest.mark.expects_log("is not renewed")
def test_what_does_not_verify_or_is_not_here_is_not_renewed(world: World, laptop: Laptop, report: Id) -> None:
    service, stamped = world.service, world.desk.get(ServiceReport, report).stamped_digest
    world.clock.advance(days=IN_FOUR_YEARS)
    with service.store.reading() as connection:
        (job,) = due_stamps(connection, world.clock.now())
    path = service.blobs.path(stamped)
    whole = path.read_bytes()
    path.unlink()
    assert renew(service, job) == ("missing", "")
    path.write_bytes(whole)
    world.clock.advance(days=2 * 365)
    assert renew(service, job) == ("refused", ""), "its certificate has ended"
    assert world.desk.get(ServiceReport, report).stamped_digest == stamped


def test_who_comes_second_changes_nothing(world: World, laptop: Laptop, report: Id) -> None:
    world.clock.advance(days=30)
    with world.service.store.reading() as connection:
        (job,) = due_stamps(connection, world.clock.now())
    outcome, digest = renew(world.service, job)
    world.clock.advance(seconds=1)
    assert (outcome, renew(world.service, job)) == ("renewed", ("changed", ""))
    assert world.desk.get(ServiceReport, report).stamped_digest == digest
    assert [each.digest for each in world.desk.find(Attachment, purpose="stamped_report")] == [digest]
    assert laptop.pull().rows != ()


def test_the_command_says_what_is_due_and_renews_all_that_was_stamped_before_a_day(
    world: World, laptop: Laptop, report: Id, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = world.desk.get(ServiceReport, report)
    assert list(renew_all(world.service)) == [], "the key is the same"
    folder = tmp_path / "centre"
    (folder / "demo-clock.json").write_text(json.dumps({"now": moment_text(world.clock.advance(days=30))}), encoding="utf-8")
    words = ["renew-stamps", "--data", str(folder), "--before"]
    assert main([*words, "2026-11-23"]) == 0
    assert capsys.readouterr().out == ""
    assert main([*words, "2026-11-24", "--dry-run"]) == 0
    assert shown.stamped_at is not None
    line = {"report": report, "number": shown.number, "latest_stamp_at": moment_text(shown.stamped_at), "outcome": "due"}
    assert json.loads(capsys.readouterr().out) == {**line, "digest": shown.stamped_digest}
    assert main([*words, "2026-11-24"]) == 0
    done = json.loads(capsys.readouterr().out)
    renewed = world.desk.get(ServiceReport, report).stamped_digest
    assert (done["outcome"], done["digest"], renewed != shown.stamped_digest) == ("renewed", renewed, True)
    assert main([*words, "2026-11-24"]) == 0
    assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit):
        main([*words, "yesterday"])
