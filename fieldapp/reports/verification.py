"""Whether a report may be trusted: one policy on the laptop, in `verify` and at the centre, with its reasons in words.

Accepted means: every byte is as signed; the expected people signed in the template's order, the engineer certifying
first; every certificate leads to one of the given roots and to nothing found inside of the file; nothing but the
following signatures was added after each; the attached data are those that were signed. A report without the centre's
time-stamp is at stage `on_site`: its times are the device's own.

What it never says: who held the pen. That rests on name, witness and the agreement in the contract.
"""

from __future__ import annotations

import json
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
    moment the file and the CRLs state; a time-stamp after `at` is refused. `crls` (DER) join those in the file;
    `hard_fail` (the centre) refuses when revocation cannot be told. With `brand` the pages are drawn again from the
    data and compared byte for byte, as far as the renderer's version is the same.
    """
    from fieldapp.reports.judging.bytecheck import Refusal, signed_ranges
    from fieldapp.reports.judging.judge import Judge

    try:
        ranges = signed_ranges(pdf)
    except Refusal as refusal:
        return VerificationReport(False, "unsigned", problems=(refusal.sentence,))
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
    proven: list[Sentence] = []
    missing: list[Sentence] = []
    if accepted:
        proven.append(say("The engineer's laptop sealed these bytes; not one was changed since."))
        proven += [
            say("Strokes were made on the laptop for this content in the name of {name}.", name=verdict.name)
            for verdict in verdicts
            if verdict.kind == "approval"
        ]
        if judge.stamped_at is not None:
            proven.append(say("The signed file existed at {when} (trusted time).", when=moment_words(judge.stamped_at)))
        else:
            missing.append(say("The times of signing are those of the laptop; there is no trusted time yet."))
        if not judge.revocation_known:
            missing.append(say("Whether a laptop was revoked could not be checked."))
        missing.append(say("Who held the pen is not proven by the file; it rests on name, witness and the agreement in the contract."))
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
        tuple(proven),
        tuple(missing),
        judge.redrawn,
        tuple(dict.fromkeys(item.certificates[0] for item in judge.ranges)),
    )


def attached_json(pdf: bytes) -> object:
    """The parsed data of a report, unverified; UnreadableError for a file that is none."""
    from fieldapp.reports.embedding import attached_data, reader_of

    return json.loads(attached_data(reader_of(pdf), DATA_NAME))
