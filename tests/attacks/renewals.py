"""What can be tried on the renewal of a time-stamp: other bytes under it, other hands, another order.

EN 319 142-1 calls a time-stamp over a time-stamp the way to keep a signed file for long; ETSI EN 319 102-1 judges each
stamp at the moment of the next, and the last one now.
"""

from __future__ import annotations

import hashlib
from typing import Any

from fieldapp.reports.judging.bytecheck import signed_ranges
from fieldapp.reports.signing import approve
from fieldapp.reports.timestamping import renew_time_stamp
from tests.attacks import edits, genuine
from tests.attacks.authorities import _stranger
from tests.reports import samples, signed
from tests.reports.authority import World, world


def renewed_by_a_stranger() -> bytes:
    """Somebody else sets the second time-stamp, just as the centre would (EN 319 102-1, on trust anchors of time)."""
    return genuine.renewed(genuine.stamped(), using=_stranger())


def renewed_by_a_laptop() -> bytes:
    """A laptop's key renews, whose certificate is none for time-stamping (RFC 3161, 2.3)."""
    here = world()
    return genuine.renewed(genuine.stamped(), using=World(here.authority, here.engineer, here.engineer))


def renewal_of_other_bytes() -> bytes:
    """The second time-stamp is a genuine one, of another report that the centre renewed (CCS 2019, on moved signatures)."""
    return edits.with_cms(genuine.stamped_and_renewed(), signed_ranges(genuine.renewed(genuine.closed_early_and_stamped()))[-1].der)


def renewal_with_another_imprint() -> bytes:
    """The centre's key stamped the digest of the file before, not of the one with the new revision (RFC 3161, 2.4.2)."""
    before = hashlib.sha256(genuine.stamped_until(samples.at(13, 30))).digest()
    return edits.with_cms(genuine.stamped_and_renewed(), signed.stamper().token(before, samples.at(13, 15)))


def renewed_after_overpainting() -> bytes:
    """ISA: a box over the page comes between the time-stamp and its renewal by the centre's own key (CCS 2019)."""
    return genuine.renewed(edits.overpainted(genuine.stamped()))


def renewed_on_changed_pages() -> bytes:
    """One bit of the pages is changed, and the centre's own key renews what it finds (ISO 32000-1, 12.8.1)."""
    return genuine.renewed(genuine.stamped().replace(b"/Rotate 0", b"/Rotate 9", 1))


def page_moved_in_the_renewal() -> bytes:
    """The renewing revision also exchanges what a page draws (S&P 2021, on what certification must forbid)."""

    def exchange(writer: Any) -> None:
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        page["/Rotate"] = edits.generic.NumberObject(180)
        writer.update_container(page)

    return edits.stamp_again(genuine.stamped(), signed.stamper(), samples.at(13, 15), change=exchange)


def renewal_that_drops_the_store() -> bytes:
    """The renewing revision puts a store of its own in the place of the one that was stamped (EN 319 142-1, on the DSS)."""
    return edits.stamp_again(genuine.stamped(), signed.stamper(), samples.at(13, 15), certificates=(genuine.root(),))


def renewed_too_late() -> bytes:
    """The first stamp's certificate had ended when the second was set, so that nothing proves the first (EN 319 102-1)."""
    return genuine.renewed(genuine.stamped_until(samples.at(13, 5)))


def renewed_after_its_key_was_lost() -> bytes:
    """The first stamp's key was revoked before the second was set; the list that came with it says so (RFC 5280, 5)."""
    here = world()
    lost = here.authority.issue("Time stamps of 2021", stamping=True)
    pdf = signed.stamped_from(genuine.on_site(), World(here.authority, here.engineer, lost))
    crl = here.authority.crl(samples.at(13, 12), (lost,), samples.at(13, 10))
    return renew_time_stamp(pdf, signed.stamper(), samples.at(13, 15), (), (crl,))


def never_renewed() -> bytes:
    """The only time-stamp's certificate has ended: whoever has the key by now stamps what they like (EN 319 102-1)."""
    return genuine.stamped_until(samples.at(13, 30))


def renewed_before_it_was_stamped() -> bytes:
    """The second time-stamp bears an earlier time than the one that it covers (RFC 3161, on the order of times)."""
    return genuine.renewed(genuine.stamped(), when=samples.at(12, 30))


def first_stamp_left_out() -> bytes:
    """What says it is a renewal stands where no time-stamp was set before (EN 319 142-1, on the order of stamps)."""
    return edits.stamp_again(genuine.on_site(), signed.stamper(), samples.at(13), "timestamp2", (genuine.root(),))


def signed_after_the_renewal() -> bytes:
    """The laptop says it signed between the first time-stamp and its renewal, which alone would not show it (RFC 3161)."""
    who, when = world().engineer, samples.at(13, 10)
    late = approve(genuine.certified(), who, field="customer", strokes=signed.strokes(), name="王敏", role="", when=when)
    return genuine.renewed(signed.stamped_from(late))
