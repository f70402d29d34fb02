"""What all documents share: the facts at the head, sign-off, signatures, people, rules of the site, missing values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from fieldapp.base.i18n import Sentence, say, when_text
from fieldapp.reports import blocks as b
from fieldapp.reports.blocks import Words, plain, words
from fieldapp.reports.content import Front, GeneralData, LeftOver, Person, SignOffOutcome, SiteRule

__all__ = [
    "Value",
    "blocks",
    "closing",
    "day",
    "facts",
    "for_paper",
    "heading",
    "kv",
    "left_over_table",
    "minutes",
    "moment",
    "or_missing",
    "people_table",
    "rules_table",
    "subject",
    "table",
]


Value = str | Words | b.Cell
"""What stands in a table's cell."""


def or_missing(text: str | Words, missing: Sentence | None = None) -> Words:
    """A value, or that it was not recorded."""
    value = plain(text) if isinstance(text, str) else text
    return value if value else words(missing or say("Not recorded"))


def kv(label: Sentence, value: str | Words, tone: b.Tone = "plain", missing: Sentence | None = None) -> b.KeyValue:
    """A row of label and value; a missing value is said, in the muted tone."""
    known = bool(value)
    return b.KeyValue(words(label), or_missing(value, missing), tone if known else "muted")


def moment(when: datetime | None, zone: str) -> str:
    """Date and time in the zone of the document, empty when unknown."""
    return when_text(when, "zh", zone) if when is not None else ""


def day(when: date | None) -> str:
    """A date, empty when unknown."""
    return when.isoformat() if when is not None else ""


def minutes(count: int | None) -> Words:
    """Whole minutes as hours and minutes, empty when unknown."""
    if count is None:
        return Words()
    return words(say("{hours} h {minutes} min", hours=count // 60, minutes=f"{count % 60:02d}"))


def heading(text: Sentence, level: int = 1, aside: Words | None = None) -> b.Heading:
    """A heading in both languages."""
    return b.Heading(words(text), level, aside or Words())


def table(
    columns: Sequence[tuple[Sentence, int]],
    rows: Sequence[Sequence[Value]],
    empty: Sentence,
) -> b.Table:
    """A table from titles with weights and rows of texts or cells."""

    def cell(value: Value) -> b.Cell:
        if isinstance(value, b.Cell):
            return value
        return b.Cell(plain(value) if isinstance(value, str) else value)

    return b.Table(
        tuple(b.Column(words(title), weight) for title, weight in columns),
        tuple(tuple(cell(value) for value in row) for row in rows),
        words(empty),
    )


def subject(front: Front) -> Words:
    """The line under the title."""
    when = when_text(front.when, "zh", front.zone)
    parts = [front.number, when, f"({front.zone})"]
    if front.version > 1:
        parts.append(f"v{front.version}")
    return plain("  ".join(parts))


def facts(front: Front) -> list[b.KeyValue]:
    """Customer, site, contract and the customer's own numbers."""
    rows = [
        kv(say("Customer"), front.customer),
        kv(say("Site"), front.site),
        kv(say("Contract"), front.contract),
        kv(say("Customer's ticket"), front.customer_ticket, missing=say("None given")),
    ]
    if front.case_number:
        rows.append(kv(say("Case"), front.case_number))
    if front.purchase_order:
        rows.append(kv(say("Purchase order"), front.purchase_order))
    if front.replaces:
        rows.append(kv(say("Replaces"), front.replaces))
    if front.entered_later is not None:
        rows.append(kv(say("Entered later"), moment(front.entered_later, front.zone), "due"))
    return rows


def people_table(people: Sequence[Person]) -> b.Table:
    """Everyone on the visit with hours."""
    columns = [
        (say("Name"), 10),
        (say("Role"), 12),
        (say("On site"), 8),
        (say("Travel"), 8),
        (say("Night"), 8),
        (say("Holiday"), 8),
    ]
    rows: list[list[Value]] = [
        [
            p.name,
            p.role,
            or_missing(minutes(p.on_site_minutes)),
            or_missing(minutes(p.travel_minutes)),
            minutes(p.night_minutes) if p.night_minutes else "-",
            minutes(p.holiday_minutes) if p.holiday_minutes else "-",
        ]
        for p in people
    ]
    return table(columns, rows, say("Nobody recorded"))


def left_over_table(items: Sequence[LeftOver]) -> b.Table:
    """Abnormal and left-over items with owner and date."""
    columns = [(say("Item"), 30), (say("Kind"), 8), (say("Owner"), 8), (say("Due"), 8)]
    rows: list[list[Value]] = [
        [
            item.text,
            b.Cell(words(say("abnormal")), "breached") if item.abnormal else b.Cell(words(say("left over")), "due"),
            or_missing(item.owner, say("Not agreed")),
            or_missing(day(item.due), say("Not agreed")),
        ]
        for item in items
    ]
    return table(columns, rows, say("No abnormal or left-over items."))


def rules_table(rules: Sequence[SiteRule]) -> b.Table:
    """The rules of the site that applied."""
    columns = [(say("Rule of the site"), 12), (say("State"), 8), (say("Approval"), 10), (say("Substitute"), 16)]
    rows: list[list[Value]] = [[rule.rule, rule.state, rule.approval or "-", rule.substitute or "-"] for rule in rules]
    return table(columns, rows, say("No restricting rules of the site applied."))


def for_paper(found: Sequence[b.Block]) -> list[b.Block]:
    """Blocks of a form to be filled in by hand: what is missing stays blank, what is not checked gets boxes."""
    blank = {words(say("Not recorded")), words(say("Not agreed")), words(say("None given")), words(say("None"))}
    unchecked = words(say("not checked"))
    choices = (words(say("normal")), words(say("abnormal")), words(say("n.a.")))

    def cell(value: b.Cell) -> b.Cell:
        if value.text == unchecked:
            return b.Cell(boxes=choices)
        return b.Cell() if value.text in blank else value

    made: list[b.Block] = []
    for block in found:
        match block:
            case b.KeyValues():
                room = Words(" \n ") if block.columns == 1 else Words()
                filled = tuple(replace(row, value=room) if row.value in blank else row for row in block.rows)
                made.append(replace(block, rows=filled))
            case b.Table():
                lines = block.rows or ((b.Cell(Words(" \n ")),) + (b.Cell(),) * (len(block.columns) - 1),) * 2
                made.append(replace(block, rows=tuple(tuple(cell(value) for value in row) for row in lines)))
            case b.Figures() if not block.small:
                made.append(replace(block, items=tuple(replace(x, value=" ") for x in block.items)))
            case b.Figures():
                made.append(replace(block, items=tuple(replace(x, value=" \n ") if x.value[:1] == "–" else x for x in block.items)))
            case _:
                made.append(block)
    return made


def _outcome(outcome: SignOffOutcome) -> tuple[Sentence, b.Tone]:
    match outcome.kind:
        case "open":
            return say("As signed below"), "plain"
        case "signed":
            return say("For signature by the customer, without remarks"), "plain"
        case "with_remarks":
            return say("For signature by the customer, with remarks"), "due"
        case "partly_accepted":
            return say("Partly accepted; not accepted: {items}", items="; ".join(outcome.items)), "due"
        case "refused":
            return say("Refused by the customer"), "breached"
        case "absent":
            return say("Customer's signer absent; signature waits"), "due"
        case "not_authorised":
            return say("Customer's signer not authorised; signature waits"), "due"
        case "sealed_on_paper":
            return say("Signed on paper"), "plain"


def _sign_off(front: Front) -> list[b.KeyValue]:
    outcome = front.outcome
    sentence, tone = _outcome(outcome)
    rows = [
        kv(say("Customer's remarks"), front.customer_remarks, missing=say("None")),
        b.KeyValue(words(say("Sign-off")), words(sentence), tone),
    ]
    if outcome.name:
        unknown = outcome.registered is False
        signer = say("{name}, {role}", name=outcome.name, role=outcome.role) if outcome.role else say("{name}", name=outcome.name)
        text = words(say("{signer} (not registered as a signer)", signer=signer)) if unknown else words(signer)
        rows.append(b.KeyValue(words(say("Customer's signer")), text, "due" if unknown else "plain"))
    if outcome.reason:
        rows.append(kv(say("Reason"), outcome.reason))
    if outcome.kind == "refused":
        rows.append(kv(say("Witness"), outcome.witness))
    if outcome.note:
        rows.append(kv(say("Note"), outcome.note))
    return rows


def closing(front: Front) -> list[b.Block]:
    """Remarks, outcome and the places for signatures."""
    rows = tuple(_sign_off(front))
    brief = all(len(row.value.zh) <= 24 for row in rows)
    found: list[b.Block] = [heading(say("Customer's opinion and signatures"), 2), b.KeyValues(rows, 2 if brief else 1)]
    if front.prepared_by or front.reviewed_by or front.approved_by:
        row = (
            kv(say("Prepared by"), front.prepared_by),
            kv(say("Reviewed by"), front.reviewed_by),
            kv(say("Approved by"), front.approved_by),
        )
        found.append(b.KeyValues(row, 3))
    if front.outcome.paper_sha256:
        found.append(b.DigestLine(words(say("Scan of the signed paper")), front.outcome.paper_sha256))
    if front.signers:
        found.append(b.SignatureFields(front.signers, front.paper))
    return found


def blocks(data: GeneralData) -> list[b.Block]:
    """The blocks of any other document: facts, its own blocks, closing."""
    return [b.KeyValues(tuple(facts(data.front)), 2), *data.blocks, *closing(data.front)]
