"""Genuine reports of every stage, each made once in a run by the program's own signing; the attacked ones come from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType

from fieldapp.base.clock import SystemClock
from fieldapp.reports.blocks import SignerSlot, Words
from fieldapp.reports.content import SignOffOutcome
from fieldapp.reports.documents import document
from fieldapp.reports.layout import render
from fieldapp.reports.signing import approve, certify, void
from fieldapp.reports.timestamping import renew_time_stamp
from tests.reports import samples, signed
from tests.reports.authority import World, world

__all__ = [
    "STAGES",
    "ZH",
    "certified",
    "closed_early",
    "closed_early_and_stamped",
    "of_today",
    "on_site",
    "pages",
    "renewed",
    "root",
    "stamped",
    "stamped_and_renewed",
    "stamped_until",
    "three_signers",
    "with_remarks",
]


def root() -> bytes:
    """The one certificate that is trusted, DER."""
    return world().authority.root


@cache
def pages(shade: int = 90, **front: object) -> bytes:
    """A drawn report of one language with one photo, not signed yet."""
    plain = samples.service(front=samples.front(languages="en", **front), upgrades=(), people=(), site_rules=())
    annex = samples.inspection(4, (samples.photo(shade, wide=160, high=120),))
    return render(document(replace(plain, annexes=(annex,))))


@cache
def certified() -> bytes:
    """The engineer has sealed it, the customer has not signed."""
    return signed.certified(pages())


@cache
def on_site() -> bytes:
    """Signed by both on site; no time-stamp yet."""
    return signed.approved(certified())


@cache
def stamped() -> bytes:
    """After the sync: with certificates, revocation list and time-stamp."""
    return signed.stamped_from(on_site())


@cache
def closed_early() -> bytes:
    """The customer refused; the engineer marked the place void."""
    return void(certified(), world().engineer, field="customer", reason="客户拒签", name="李工", when=samples.at(9))


@cache
def with_remarks() -> bytes:
    """The customer's remarks stand in the pages that were frozen again before the strokes."""
    outcome = SignOffOutcome("with_remarks", "王敏", "信息中心 主任", True)
    return signed.approved(signed.certified(pages(customer_remarks="风扇噪声请尽快处理。", outcome=outcome)))


@cache
def three_signers() -> bytes:
    """Engineer, customer's technician, customer's manager."""
    slots = (*samples.SIGNERS, SignerSlot("manager", Words("客户主管", "Customer's manager")))
    pdf = signed.approved(signed.certified(pages(signers=slots)))
    return approve(pdf, world().engineer, field="manager", strokes=signed.strokes(70), name="张强", role="主管", when=samples.at(10))


@cache
def closed_early_and_stamped() -> bytes:
    """Closed early, and time-stamped after the sync."""
    return signed.stamped_from(closed_early())


@cache
def stamped_until(end: datetime) -> bytes:
    """After the sync, by a time-stamp key whose certificate ends at a moment of the same day."""
    here = world()
    key = here.authority.issue("Time stamps of 2021", stamping=True, start=end - timedelta(days=100), days=100)
    return signed.stamped_from(on_site(), World(here.authority, here.engineer, key))


def renewed(pdf: bytes, when: datetime | None = None, using: World | None = None) -> bytes:
    """The file with one more time-stamp, as the centre sets it."""
    here, moment = using or world(), when or samples.at(13, 15)
    return renew_time_stamp(pdf, signed.stamper(here), moment, (here.authority.root,), (here.authority.crl(moment - timedelta(minutes=5)),))


@cache
def stamped_and_renewed() -> bytes:
    """After the renewal: a second time-stamp follows; the first one's certificate has ended since."""
    return renewed(stamped_until(samples.at(13, 30)))


@cache
def stamped_and_renewed_twice() -> bytes:
    """After the second renewal of a report that was closed early."""
    return renewed(renewed(closed_early_and_stamped()), samples.at(13, 45))


def of_today() -> bytes:
    """A report that was signed on site just now, so that it holds when it is judged by a clock that nobody turns."""
    now = SystemClock().now()
    device = world().authority.issue("Li Gong / FA-LAPTOP-07", start=now - timedelta(days=30))
    made = certify(pages(), device, when=now - timedelta(minutes=9), name="李工", role="工程师")
    when = now - timedelta(minutes=5)
    return approve(made, device, field="customer", strokes=signed.strokes(), name="王敏", role="主任", when=when)


ZH: Mapping[str, str] = MappingProxyType(
    {
        "certified": "真品:工程师已签,待客户签字",
        "on_site": "真品:现场签完",
        "with_remarks": "真品:带意见签字",
        "three_signers": "真品:三人签字",
        "closed_early": "真品:提前关闭,位置作废",
        "stamped": "真品:同步后盖时间戳",
        "closed_early_and_stamped": "真品:提前关闭后盖时间戳",
        "stamped_and_renewed": "真品:时间戳续期,首个时间戳证书已到期",
        "stamped_and_renewed_twice": "真品:时间戳续期两次",
    }
)

STAGES = (
    on_site,
    with_remarks,
    three_signers,
    closed_early,
    stamped,
    closed_early_and_stamped,
    stamped_and_renewed,
    stamped_and_renewed_twice,
)
"""Every kind of genuine file that must be accepted."""
