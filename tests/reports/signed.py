"""Signed reports of the tests: rendered, certified, approved, time-stamped; made once for a run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from fieldapp.reports.documents import document
from fieldapp.reports.layout import render
from fieldapp.reports.signing import approve, certify
from fieldapp.reports.strokes import StrokePoint, Strokes
from fieldapp.reports.timestamping import Stamper, add_time_stamp
from tests.reports import samples
from tests.reports.authority import World, world


def strokes(shift: int = 0) -> Strokes:
    first = tuple(StrokePoint(1000 + 120 * i, 3000 + shift + (i * i * 37) % 1500, 16 * i) for i in range(24))
    second = tuple(StrokePoint(4200 + 60 * i, 2500 + (i * 211) % 1900, 600 + 16 * i, 500) for i in range(18))
    return Strokes(40000, 12000, (first, second))


@cache
def rendered() -> bytes:
    return render(document(samples.service()))


@cache
def small() -> bytes:
    front = samples.front(languages="en")
    return render(document(replace(samples.service(), front=front, annexes=(), upgrades=(), people=(), site_rules=())))


def certified(pdf: bytes, using: World | None = None) -> bytes:
    return certify(pdf, (using or world()).engineer, when=samples.at(8, 53), name="李工", role="工程师")


def approved(pdf: bytes, using: World | None = None) -> bytes:
    signer = (using or world()).engineer
    return approve(pdf, signer, field="customer", strokes=strokes(), name="王敏", role="信息中心 主任", when=samples.at(8, 55))


@cache
def on_site() -> bytes:
    return approved(certified(rendered()))


@cache
def small_on_site() -> bytes:
    return approved(certified(small()))


def stamper(using: World | None = None) -> Stamper:
    return Stamper((using or world()).stamping)


def stamped_from(pdf: bytes, using: World | None = None) -> bytes:
    here = using or world()
    return stamped_with(pdf, (here.engineer.certificate, here.authority.root), here.authority.crl(samples.at(12)), here)


def stamped_with(pdf: bytes, certificates: tuple[bytes, ...], crl: bytes, using: World | None = None) -> bytes:
    return add_time_stamp(pdf, stamper(using), samples.at(13), certificates, (crl,))


@cache
def stamped() -> bytes:
    return stamped_from(on_site())


@cache
def small_stamped() -> bytes:
    return stamped_from(small_on_site())


@cache
def with_photo_stamped() -> bytes:
    """The smallest report that has everything: one language, one photo, three signatures."""
    plain = samples.service(front=samples.front(languages="en"), upgrades=(), people=(), site_rules=())
    annex = samples.inspection(4, (samples.photo(wide=160, high=120),))
    return stamped_from(approved(certified(render(document(replace(plain, annexes=(annex,)))))))
