"""Steps 1 to 3: enrol, see the day, lose the network, drive to a site that forbids cameras and USB, arrive."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.domain.cases import Case
from fieldapp.domain.visits import Visit
from tests.journeys.centre_process import CentreProcess, Sample
from tests.journeys.driver import Driver

__all__ = ["PASSPHRASE", "PIN", "Place", "arrive", "enrol", "see_today"]

PIN = "246813"
PASSPHRASE = "a cold room and a warm heart"


@dataclass(frozen=True, slots=True)
class Place:
    """What the day happens with: the driver, the centre, what the sample printed."""

    driver: Driver
    centre: CentreProcess
    sample: Sample


def enrol(place: Place) -> None:
    """Step 1, with the mistakes people make: a wrong code, two PINs that differ, a wrong PIN at the lock."""
    driver = place.driver
    driver.step("1 Enrol")
    driver.open_laptop()
    driver.wait("the enrol page", lambda: driver.has("enrol"))
    driver.type("address", place.centre.address)
    driver.type("code", "NOT-A-CODE")
    driver.type("pin", PIN)
    driver.type("pin_again", "1111")
    driver.type("passphrase", PASSPHRASE)
    driver.click("enrol")
    driver.check("two PINs that differ are refused in words", "PIN" in driver.words("problem"), driver.words("problem"))
    driver.type("pin_again", PIN)
    driver.click("enrol")
    driver.check("a wrong code is refused in words", driver.has("problem"), driver.words("problem"))
    driver.check("nothing was set up by the wrong code", not driver.places.replica.exists())
    driver.shot("enrol")
    driver.type("code", str(place.sample.code))
    driver.click("enrol")
    driver.wait("the first sync and Today", lambda: driver.session is not None and not driver.window_is_bare)
    with driver.session.reading() as reader:
        state = reader.sync_state()
    driver.check("the first sync took the whole", state.complete and state.cursor > 0, f"revision {state.cursor}")
    driver.check("both ends agreed at its end", state.last_finished_at is not None)
    driver.check("the replica is no plain SQLite file", not driver.places.replica.read_bytes().startswith(b"SQLite format 3"))
    driver.check("secrets stand behind a passphrase where there is no keyring", (driver.places.vault / "device.secret").is_file())
    driver.close_laptop()
    driver.open_laptop()
    driver.wait("the lock", lambda: driver.has("unlock"))
    driver.type("passphrase", PASSPHRASE)
    driver.type("pin", "1357")
    driver.click("unlock")
    driver.check("a wrong PIN is refused in words", driver.has("problem"), driver.words("problem"))
    driver.shot("unlock")
    driver.type("pin", PIN)
    driver.click("unlock")
    driver.wait("Today behind the lock", lambda: driver.session is not None and not driver.window_is_bare)


def see_today(place: Place) -> None:
    """Step 2: the shift, its clocks, ready to leave; then the centre is gone."""
    driver = place.driver
    driver.step("2 Today")
    driver.wait("the shift", lambda: driver.page.view is not None)
    view = driver.page.view
    driver.check("the shift has three visits", len(view.visits) == 3, [visit.place for visit in view.visits])
    driver.check("service clocks count from the rows that came with the cases", len(view.clocks) >= 3)
    driver.shot("today", both=True)
    driver.click("ready_to_leave")
    driver.shot("ready-to-leave")
    driver.click("ready_to_leave")
    place.centre.stop()
    driver.say("  the centre is stopped: no network from here on")
    repair = str(place.sample.repair_visit)
    driver.click("act_repair")
    with driver.session.reading() as reader:
        case = reader.need(Case, reader.need(Visit, repair).case_id)
    driver.check("one key records that the customer was contacted", case.contacted_at is not None)
    driver.rail("cases")
    driver.shot("cases")
    driver.go("case", case_id=case.id)
    driver.shot("case", both=True)
    driver.rail("sync")
    driver.click("sync_now")
    driver.wait("the centre's absence in words", lambda: bool(driver.notices))
    driver.check(
        "a stopped centre is a sentence, and nothing is lost",
        "cannot be reached" in driver.notices[-1] and "safe" in driver.notices[-1],
        driver.notices[-1],
    )
    driver.rail("equipment")
    driver.shot("equipment")
    driver.rail("duty")
    driver.shot("duty")


def arrive(place: Place) -> None:
    """Step 3: departure, entry, the rules shown and read, start of work."""
    driver = place.driver
    driver.step("3 Arrival")
    driver.rail("today")
    driver.pass_time(hours=1)
    driver.click("act_inspection")
    driver.click("next_step")
    driver.pass_time(minutes=35)
    driver.type("permit", "GZP-2026-1116-07")
    driver.type("escort", "周倩")
    driver.type("tools", "电脑 SN FA-0311\n万用表 2026-05 校准")
    driver.shot("visit-entry", both=True, top=True)
    driver.click("next_step")
    visit = _visit(place, str(place.sample.inspection_visit))
    driver.check("the arrival is stamped", visit.entered_at == driver.clock.now())
    driver.check("entry is registered with permit, escort and tools", bool(visit.permit_no and visit.escort and visit.tools))
    words = [rule.words.read("zh") for rule in driver.page.view.rules]
    driver.check("the site's rules are shown", any("拍照" in each for each in words) and any("U 盘" in each for each in words), words)
    driver.check("work does not start before the rules were read", not driver.enabled("next_step"))
    driver.click("read_rules")
    driver.type("confirmed_by", "周倩")
    driver.click("next_step")
    driver.check("work started", _visit(place, visit.id).started_at is not None)
    driver.shot("visit-at-work", top=True)


def _visit(place: Place, visit_id: str) -> Visit:
    with place.driver.session.reading() as reader:
        found: Visit = reader.need(Visit, visit_id)
    return found
