"""Steps 9 and 10: the centre is back, everything goes there and comes back stamped; then the proof, by programs that are not ours too."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SystemRandomness
from fieldapp.base.settings import Places
from fieldapp.domain.documents import Attachment, ServiceReport
from fieldapp.domain.records import KINDS, to_plain
from fieldapp.operations.laptop.enrolment import Means
from fieldapp.operations.laptop.enrolment import enrol as set_up
from fieldapp.operations.laptop.synchronise import first_sync, synchronise
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Unwatched
from fieldapp.reports.judging.bytecheck import signed_ranges
from tests.attacks import edits
from tests.journeys.centre_process import COMMAND
from tests.journeys.morning import PASSPHRASE, PIN, Place

__all__ = ["come_home", "prove"]

OWN_OF_A_DEVICE = frozenset({"number_block"})
"""Kinds of which each laptop of an engineer holds others."""


def come_home(place: Place) -> None:
    """Step 9: sync pushes everything, each Change gets its receipt, blobs arrive, reports come back time-stamped, the light turns green."""
    driver = place.driver
    driver.step("9 Evening")
    driver.pass_time(hours=1)
    with driver.session.reading() as reader:
        before = reader.unreceipted()
        numbers = {each.number for each in reader.find(ServiceReport)}
    driver.check(
        "a day's work is only on this laptop", before.changes > 100 and before.blobs >= 4, f"{before.changes} changes, {before.blobs} files"
    )
    driver.rail("sync")
    driver.shot("sync-before")
    place.centre.start(driver.clock.now())
    driver.say(f"  the centre is back at {place.centre.address}")
    driver.click("sync_now")
    driver.wait("the end of the round", lambda: driver.page.view is not None and driver.enabled("sync_now"), 90)
    driver.settle()
    driver.shot("sync-after", both=True)
    with driver.session.reading() as reader:
        after, state = reader.unreceipted(), reader.sync_state()
        reports = reader.find(ServiceReport, order="number")
    driver.check("every change has its receipt", after.changes == 0, f"{before.changes} sent")
    driver.check("every file is at the centre by its digest", after.blobs == 0, f"{before.blobs} sent")
    driver.check("the round ended with both ends in agreement", None not in (state.last_finished_at, state.agreed_at))
    signed = [each for each in reports if each.state == "signed"]
    driver.check("the reports came back with their time-stamp", all(each.stamped_at for each in signed), f"{len(signed)} reports")
    driver.check("numbers given on site are final", numbers == {each.number for each in reports}, sorted(numbers))
    driver.check("the safety light is green", driver.safety_state() == "safe", driver.safety_words())
    for report in signed:
        stamped, on_site = driver.session.blobs.get(report.stamped_digest), driver.session.blobs.get(report.pdf_digest)
        (driver.out / f"{report.number}.pdf").write_bytes(stamped)
        driver.check(f"{report.number}: the on-site bytes are a prefix", stamped.startswith(on_site) and len(stamped) > len(on_site))
    driver.rail("reports")
    driver.shot("reports-stamped")
    driver.rail("today")
    driver.shot("today-done")


def prove(place: Place) -> None:
    """Step 10: verify and pdfsig accept; one changed byte is rejected; both ends hold the same; a second round changes no row."""
    driver = place.driver
    driver.step("10 Proof")
    pdfs = sorted(driver.out.glob("*.pdf"))
    driver.check("at least three signed reports", len(pdfs) >= 3, [each.name for each in pdfs])
    for pdf in pdfs:
        code, said = _verify(driver.out / "ca.pem", pdf)
        driver.check(f"verify accepts {pdf.name}", code == 0, said.splitlines()[0] if said else "")
        _pdfsig(place, pdf)
    _one_byte(place, pdfs)
    session: FieldSession = driver.session
    rows = _everything(session)
    result = synchronise(session, Unwatched())
    driver.check("a second round changes no row", result.complete and result.pushed == result.pulled == 0 and rows == _everything(session))
    _second_laptop(place, rows)


def _verify(ca: Path, pdf: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "fieldapp", "--language", "en", "verify", "--ca", str(ca), str(pdf)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def _pdfsig(place: Place, pdf: Path) -> None:
    """Poppler's own program calls every signature of a person valid."""
    driver = place.driver
    tool = shutil.which("pdfsig")
    if tool is None:
        driver.say(f"  pdfsig (poppler-utils) is not on this machine, so no other program was asked about {pdf.name}")
        return
    done = subprocess.run([tool, "-nocert", str(pdf)], capture_output=True, text=True, timeout=60)
    valid = done.stdout.count("Signature is Valid.")
    driver.check(f"pdfsig calls the signatures of {pdf.name} valid", valid >= 2 and "Invalid" not in done.stdout, f"{valid} valid")


def _one_byte(place: Place, pdfs: Sequence[Path]) -> None:
    """One byte changed in any part of any report is seen; every byte of a file is what `tests.reports.sweep` changes."""
    driver, ca = place.driver, place.driver.out / "ca.pem"
    with tempfile.TemporaryDirectory() as folder:
        spoiled: dict[str, tuple[str, str]] = {}
        for pdf in pdfs:
            data = pdf.read_bytes()
            for part, at in places_in(data).items():
                name = f"{pdf.stem}-{len(spoiled)}.pdf"
                (Path(folder) / name).write_bytes(edits.flipped(data, at))
                spoiled[name] = pdf.name, f"{part} (byte {at})"
        command = [sys.executable, "-m", "fieldapp", "verify", "--json", "--ca", str(ca), *(str(Path(folder) / name) for name in spoiled)]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    verdicts = {found["file"]: found["accepted"] for found in map(json.loads, done.stdout.splitlines())}
    for pdf in pdfs:
        mine = {name: part for name, (file, part) in spoiled.items() if file == pdf.name}
        unseen = [part for name, part in mine.items() if verdicts.get(name) is not False]
        driver.check(f"verify rejects {pdf.name} with one byte changed, in {len(mine)} places", not unseen, unseen or done.stderr[-500:])
    driver.check("its exit status says so", done.returncode == 1, f"exit {done.returncode}")


def places_in(pdf: bytes) -> dict[str, int]:
    """A position in every part of a signed report, by the part's name; each signature's gap at both edges, inside and in its padding."""
    found = {"first byte": 0, "last byte": len(pdf) - 1, "page content": pdf.index(b"stream") + 40}
    found["attached data"] = pdf.index(b"stream", pdf.index(b"/EmbeddedFile")) + 40
    found["embedded font"] = pdf.index(b"stream", pdf.index(b"/FontFile2")) + 40
    found["cross-references"] = pdf.index(b"xref") + 20
    found["trailer"] = pdf.index(b"trailer") + 12
    found["end of the rendered file"] = pdf.index(b"%%EOF") + 5
    for number, gap in enumerate(signed_ranges(pdf), 1):
        value = gap.start + 1 + 2 * gap.der.index(gap.signature) + len(gap.signature)
        inside = {"opening": gap.start, "first digit": gap.start + 1, "middle": (gap.start + gap.end) // 2, "signature": value}
        inside |= {"padding": gap.end - 2, "closing": gap.end - 1, "edge before": gap.start - 1, "edge after": gap.end}
        found |= {f"{name} of gap {number}": at for name, at in inside.items()}
    return found


def _everything(session: FieldSession) -> dict[str, Any]:
    """All records and answers of a replica as plain values."""
    with session.reading() as reader:
        records = {
            f"{name}/{each.id}": to_plain(each)
            for name, kind in KINDS.items()
            if name not in OWN_OF_A_DEVICE
            for each in reader.find(kind.record)
        }
        instances = [key.split("/")[1] for key in records if key.startswith("form_instance/")]
        answers = {f"answers/{each}": reader.answers(each) for each in instances}
    return {**records, **answers}


def _second_laptop(place: Place, rows: dict[str, Any]) -> None:
    """The centre's records equal the replica's: a second laptop, filled by the centre alone, holds the same, record by record."""
    driver = place.driver
    with driver.session.reading() as reader:
        engineer = reader.sync_state().engineer
        pdfs = {each.digest for each in reader.find(Attachment) if each.purpose in ("report", "stamped_report")}
    done = subprocess.run(
        [*COMMAND, "enrol-code", "--data", str(place.centre.data), "--engineer", engineer], capture_output=True, text=True, check=True
    )
    code = str(json.loads(done.stdout)["code"])
    with tempfile.TemporaryDirectory() as folder:
        clock = TurnableClock(driver.clock.now())
        means = Means(Places(Path(folder)), clock, SystemRandomness())
        other = set_up(means, address=place.centre.address, code=code, pin=PIN, pin_again=PIN, passphrase=PASSPHRASE)
        try:
            first_sync(other, Unwatched())
            theirs = _everything(other)
            held = {digest for digest in pdfs if other.blobs.has(digest)}
        finally:
            other.close()
    differing = sorted(key for key in rows.keys() | theirs.keys() if rows.get(key) != theirs.get(key))
    driver.check("the centre's records equal the replica's, one by one", not differing, differing[:5] or f"{len(rows)} records")
    driver.check("the centre hands the reports to another laptop of the engineer", held == pdfs, f"{len(held)} of {len(pdfs)}")
