"""Whether a report may be trusted: one policy on the laptop, in `verify` and at the centre, with its reasons in words.

Accepted means: every byte is as signed; the expected people signed in the template's order, the engineer certifying
first; every certificate leads to one of the given roots and to nothing found inside of the file; nothing but the
following signatures was added after each; the attached data are those that were signed. A time-stamp counts as long as
its certificate holds: the last one now, one that was renewed at the moment of the next. A report without the centre's
time-stamp is at stage `on_site`: its times are the device's own.

What it never says: who held the pen. That rests on name, witness and the agreement in the contract.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from fieldapp.base.i18n import Sentence, say
from fieldapp.reports.blocks import Brand
from fieldapp.reports.canonical import DATA_NAME
from fieldapp.reports.verdicts import SignatureVerdict, VerificationReport, moment_words

if TYPE_CHECKING:
    from fieldapp.reports.judging.judge import Judge

__all__ = ["SignatureVerdict", "VerificationReport", "attached_json", "verify"]


def verify(
    pdf: bytes,
    roots: tuple[bytes, ...],
    at: datetime | None = None,
    crls: tuple[bytes, ...] = (),
    *,
    hard_fail: bool = False,
    brand: Brand | None = None,
) -> VerificationReport:
    """Judge a file against the given roots (DER); it never raises for a bad file, it says why it refuses.

    `at` is the present moment (aware): certificates of a report without time-stamp are judged then, else at the latest
    moment the file and the CRLs state; a time-stamp after `at` is refused, and one whose certificate has ended by then.
    `crls` (DER) join those in the file; `hard_fail` (the centre) refuses when revocation cannot be told. With `brand` the
    pages are drawn again from the data and compared byte for byte, as far as the renderer's version is the same.
    """
    from fieldapp.reports.judging.bytecheck import Refusal, signed_ranges
    from fieldapp.reports.judging.judge import Judge

    try:
        ranges = signed_ranges(pdf)
    except Refusal as refusal:
        return VerificationReport(False, "unsigned", problems=(refusal.sentence,), size=len(pdf), sha256=hashlib.sha256(pdf).hexdigest())
    judge = Judge(pdf, ranges, roots, at, crls, hard_fail)
    try:
        judge.judge(brand)
    except Refusal as refusal:
        judge.problems.append(refusal.sentence)
    except Exception:  # noqa: BLE001 - whatever a hostile file provokes in the parsers is a refusal
        judge.problems.append(say("The file cannot be read as a report."))
    return _report(judge)


def _report(judge: Judge) -> VerificationReport:
    verdicts = tuple(judge.verdicts)
    intact = not judge.problems and bool(verdicts) and all(verdict.valid for verdict in verdicts)
    accepted = intact and not judge.missing
    stamped = judge.stamped_at is not None and accepted
    return VerificationReport(
        accepted,
        "stamped" if stamped else "on_site",
        intact,
        judge.missing,
        judge.number,
        judge.content_digest,
        verdicts,
        judge.stamped_at if stamped else None,
        tuple(judge.problems),
        tuple(_proven(judge)) if accepted else (),
        tuple(_not_proven(judge)) if accepted else (),
        judge.redrawn,
        tuple(dict.fromkeys(item.certificates[0] for item in judge.ranges)),
        len(judge.pdf),
        hashlib.sha256(judge.pdf).hexdigest(),
        judge.holds_until if stamped else None,
    )


def _proven(judge: Judge) -> Iterator[Sentence]:
    """What an accepted file proves: which bytes, who, what was added, since when at the latest."""
    first, *others = judge.verdicts
    yield say("The engineer's laptop sealed bytes 1 to {end}, pages and data; not one was changed since.", end=first.covers)
    if judge.redrawn:
        yield say("The pages were drawn again from the attached data and came out the same.")
    for verdict in others:
        end, name = verdict.covers, verdict.name
        if verdict.kind == "approval":
            yield say("Strokes were made on the laptop for this content in the name of {name}.", name=name)
            yield say("Added with it, up to byte {end}: the strokes in their place and this signature.", end=end)
        elif verdict.kind == "void":
            yield say("Added by {name}, up to byte {end}: the mark that a place stays empty.", name=name, end=end)
    if judge.stamped_at is not None:
        stamp, *renewals = judge.verdicts[-judge.stamps :]
        site = judge.ranges[-judge.stamps - 1].covered
        digest = hashlib.sha256(judge.pdf[:site]).hexdigest()
        yield say("As it left the site the file had {size} bytes, SHA-256 {digest}.", size=site, digest=digest)
        yield say("Added at the centre, up to byte {end}: certificates, the list of revoked laptops, the time-stamp.", end=stamp.covers)
        for renewal in renewals:
            when = moment_words(renewal.when) if renewal.when is not None else ""
            yield say(
                "Renewed at the centre on {when}, up to byte {end}: a further time-stamp, and what checks it.",
                when=when,
                end=renewal.covers,
            )
    yield say("Nothing else was added: the file ends at byte {size}.", size=len(judge.pdf))
    if judge.stamped_at is not None:
        yield say("The signed file existed at {when} (trusted time).", when=moment_words(judge.stamped_at))
        if judge.holds_until is not None:
            yield say(
                "The latest time-stamp holds until {until}; ask for the renewed file before then.", until=moment_words(judge.holds_until)
            )


def _not_proven(judge: Judge) -> Iterator[Sentence]:
    """What an accepted file leaves open."""
    if judge.redrawn is None:
        yield say(
            "The pages were not held against the data: they are of version {version}, which is not drawn here.", version=judge.renderer
        )
    if judge.stamped_at is None:
        yield say("The times of signing are those of the laptop; there is no trusted time yet.")
    if not judge.revocation_known:
        yield say("Whether a laptop was revoked could not be checked.")
    yield say("Who held the pen is not proven by the file; it rests on name, witness and the agreement in the contract.")


def attached_json(pdf: bytes) -> object:
    """The parsed data of a report, unverified; UnreadableError for a file that is none."""
    from fieldapp.reports.embedding import attached_data, reader_of

    return json.loads(attached_data(reader_of(pdf), DATA_NAME))
