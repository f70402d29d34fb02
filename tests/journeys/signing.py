"""Certify a report, hand it to the customer, remark, sign on the pad, rate, and give the laptop back."""

from __future__ import annotations

import time
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from fieldapp.domain.documents import ServiceReport, SignOff
from tests.journeys.driver import Driver

__all__ = ["certify", "customer_signs", "leave_customer_mode"]

STROKES = (
    ((20, 90), (60, 30), (90, 120), (130, 40), (150, 110)),
    ((170, 60), (210, 100), (250, 50), (300, 95)),
    ((120, 130), (260, 120)),
)


def certify(driver: Driver, picture: str) -> ServiceReport:
    """The report page is open with a draft: look at it, certify it."""
    driver.wait("the preview", lambda: driver.page.view is not None)
    driver.settle()
    report_id = driver.page.view.report.line.report_id
    driver.check("the draft shows pages", driver.page.view.pages >= 1, f"{driver.page.view.pages} pages")
    driver.check("nothing on the pages is missing", not driver.page.view.warnings, [each.read("en") for each in driver.page.view.warnings])
    driver.shot(picture, both=picture == "report-inspection")
    began = time.monotonic()
    driver.click("certify")
    driver.wait("the certified report", lambda: driver.page.view.report.line.state == "certified")
    found = _report(driver, report_id)
    driver.check(f"{found.number} is certified with no network", found.certified_at is not None and bool(found.pdf_digest))
    driver.say(f"    certified in {time.monotonic() - began:.1f} s")
    return found


def customer_signs(driver: Driver, report: ServiceReport, *, name: str, department: str, phone: str, remark: str, picture: str) -> None:
    """Customer mode: read, remark (the pages freeze again), sign, rate."""
    driver.click("hand_over")
    driver.wait("customer mode", lambda: driver.window_is_bare and driver.page.view is not None)
    driver.settle()
    first = driver.page.view.content_digest
    if remark:
        driver.type("remarks", remark)
        driver.page.panel.remarks.edited.emit(remark)
        driver.click("write_remarks")
        driver.wait("the pages with the remark", lambda: driver.page.view.content_digest != first)
        driver.check("the remark became part of the frozen pages", driver.page.view.remarks == remark)
    driver.type("sign_name", name)
    driver.type("sign_department", department)
    driver.type("sign_phone", phone)
    _draw(driver.find(QWidget, "pad"))
    driver.shot(picture, both=picture == "signoff-inspection")
    driver.click("confirm_sign")
    driver.wait("the signature", lambda: driver.page.view.settled, 60)
    found = _report(driver, report.id)
    with driver.session.reading() as reader:
        acts = reader.find(SignOff, report_id=report.id)
    driver.check(f"{found.number} is signed", found.state == "signed" and found.signed_at is not None, found.state)
    driver.check("the strokes are bound to these pages", bool(acts) and acts[-1].content_digest == found.content_digest)
    if driver.page.view.wants_rating:
        driver.check("no answer is preselected", not any(driver.page.rating.answers.values()))
        for subject in ("content", "quality", "solution"):
            driver.click(f"{subject}_satisfied" if subject != "quality" else f"{subject}_very_satisfied")
        driver.shot(f"{picture}-rating")
        driver.click("rating_submit")


def leave_customer_mode(driver: Driver, pin: str) -> None:
    """Only the PIN leads back."""
    driver.click("leave")
    driver.type("pin", "0000")
    driver.click("confirm_leave")
    driver.check("a wrong PIN keeps customer mode", driver.window_is_bare)
    driver.type("pin", pin)
    driver.click("confirm_leave")
    driver.wait("the frame", lambda: not driver.window_is_bare)


def _draw(pad: QWidget) -> None:
    for stroke in STROKES:
        scale = min(pad.width() / 340, pad.height() / 170)
        points = [QPoint(round(x * scale) + 8, round(y * scale) + 8) for x, y in stroke]
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[0])
        for before, after in pairwise(points):
            for part in range(1, 7):
                between = before + (after - before) * part / 6
                QTest.mouseMove(pad, between)
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[-1])


def _report(driver: Driver, report_id: str) -> ServiceReport:
    with driver.session.reading() as reader:
        found: ServiceReport = reader.need(ServiceReport, report_id)
    return found
