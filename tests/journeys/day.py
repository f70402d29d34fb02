"""The engineer's day, end to end, in the real windows: `python -m tests.journeys.day --out DIR`.

Leaves numbered pictures, the signed PDFs, `ca.pem` and a transcript in DIR; exits 1 if any check fails.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")

from fieldapp.base.clock import TurnableClock
from fieldapp.base.settings import Places
from tests.journeys import evening, morning, night, onsite
from tests.journeys.centre_process import CentreProcess
from tests.journeys.driver import Driver
from tests.journeys.morning import Place
from tests.shared_folder import shared_root

__all__ = ["MORNING", "main", "run_day"]

MORNING = datetime(2026, 11, 15, 23, 52, tzinfo=UTC)
"""Monday 2026-11-16, 07:52 in Shanghai: a day whose calendar is published and that is over, so that `verify` may judge it today."""
FOREIGN_FORM = "conformance/forms/sUAS__ODK_PreFlight_Multirotor_CL.xls"

STEPS: tuple[Callable[[Place], None], ...] = (
    morning.enrol,
    morning.see_today,
    morning.arrive,
    onsite.inspect,
    onsite.report_inspection,
    onsite.swap,
    onsite.repair,
    onsite.report_repair,
    night.upgrade,
    evening.come_home,
    evening.prove,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the day into a folder."""
    parser = argparse.ArgumentParser(prog="day", description="The engineer's day, end to end")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    return run_day(options.out)


def run_day(out: Path, steps: Sequence[Callable[[Place], None]] = STEPS) -> int:
    """Run the steps; the exit code. What an earlier run left in the folder under our names goes first."""
    out.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob("[0-9][0-9]-*.png"), *out.glob("*.pdf"), *out.glob("*.txt"), *out.glob("ca.pem")]:
        old.unlink()
    work = Path(tempfile.mkdtemp(prefix="fieldapp-day-"))
    centre = CentreProcess(work / "centre", work / "centre.log")
    driver = Driver(out, TurnableClock(MORNING), places=Places(work / "profile"))
    try:
        foreign = shared_root() / FOREIGN_FORM
        sample = centre.sample(MORNING, extra_forms=(foreign,) if foreign.exists() else ())
        centre.start(MORNING)
        (out / "ca.pem").write_bytes(centre.ca())
        place = Place(driver, centre, sample)
        for step in steps:
            step(place)
    except Exception:  # noqa: BLE001 - whatever ends the day belongs into its transcript
        driver.failures.append("the day came to its end")
        driver.say(traceback.format_exc())
        if driver.window is not None:
            driver.window.grab().save(str(out / "99-where-it-ended.png"))
    finally:
        if driver.window is not None:
            driver.close_laptop()
        centre.kill()
        log = work / "centre.log"
        if log.exists() and driver.failures:
            shutil.copyfile(log, out / "centre-log.txt")
        shutil.rmtree(work, ignore_errors=True)
    return driver.finish()


if __name__ == "__main__":
    sys.exit(main())
