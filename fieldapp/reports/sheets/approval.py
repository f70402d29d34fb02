"""变更前批准 and 变更后验收: what the customer's signature under an upgrade says."""

from __future__ import annotations

from collections.abc import Sequence

from fieldapp.base.i18n import LANGUAGES, say
from fieldapp.reports import blocks as b
from fieldapp.reports.blocks import Words, words
from fieldapp.reports.content import ApprovalData, Person
from fieldapp.reports.sheets import general
from fieldapp.reports.sheets.annexes import backups_table, steps_table
from fieldapp.reports.sheets.general import heading, kv, moment

__all__ = ["blocks", "title"]


def title(data: ApprovalData) -> Words:
    """The name of the document."""
    if data.kind == "change_approval":
        return words(say("Approval before the change"))
    return words(say("Acceptance after the change"))


def blocks(data: ApprovalData) -> list[b.Block]:
    """Facts, statement, what belongs to the kind, signatures."""
    front = data.front
    window = " – ".join(filter(None, (moment(data.window_start, front.zone), moment(data.window_end, front.zone))))
    facts = [
        *general.facts(front),
        kv(say("Asset"), data.asset),
        kv(say("Engineer"), front.engineer),
        kv(say("Maintenance window"), window, missing=say("Not agreed")),
        kv(say("Version"), " → ".join(filter(None, (data.from_version, data.to_version)))),
    ]
    found: list[b.Block] = [b.KeyValues(tuple(facts), 2), b.KeyValues((kv(say("Change"), data.subject, "strong"),))]
    if data.kind == "change_approval":
        found += _before(data)
    else:
        found += _after(data)
    if data.people:
        found += _people(data.people)
    return [*found, *general.closing(front)]


def _people(people: Sequence[Person]) -> list[b.Block]:
    """Who is there: a table where hours are known, else one row, so that the page that is signed is the page that is read."""
    if any(p.on_site_minutes is not None or p.travel_minutes is not None for p in people):
        return [heading(say("People present"), 2), general.people_table(people)]
    zh, en = ("; ".join(f"{p.name} ({p.role.read(language)})" for p in people) for language in LANGUAGES)
    return [b.KeyValues((kv(say("People present"), Words(zh, "" if en == zh else en)),))]


def _before(data: ApprovalData) -> list[b.Block]:
    zone = data.front.zone
    statement = say("The customer approves that the change is carried out as described here.")
    found: list[b.Block] = [
        b.Paragraph(words(statement), "accent", boxed=True),
        b.KeyValues(
            (
                kv(say("Influence on business"), data.impact),
                kv(say("Rollback plan"), data.rollback_plan),
                kv(say("Decision point"), moment(data.decision_point, zone), missing=say("Not agreed")),
            )
        ),
        heading(say("Plan"), 2),
        steps_table(data.plan, zone, planned=True),
        heading(say("Backups"), 2),
        backups_table(data.backups, zone),
    ]
    if data.customer_backup:
        own = say("The customer made the backup and confirms it.")
        found.append(b.Paragraph(words(own), "due", boxed=True))
    return found


def _after(data: ApprovalData) -> list[b.Block]:
    zone = data.front.zone
    statement = say("The customer's technician accepts the result of the change as described here.")
    rolled = {None: Words(), True: words(say("Rolled back")), False: words(say("Not rolled back"))}[data.rolled_back]
    rows = (
        kv(say("Approval"), data.approval_number, missing=say("Not recorded")),
        kv(say("Version after"), data.version_after),
        kv(say("Influence on business"), data.influence),
        kv(say("Rollback"), rolled, "due" if data.rolled_back else "plain"),
        kv(say("Explained to"), data.explained_to),
    )
    found: list[b.Block] = [b.Paragraph(words(statement), "accent", boxed=True), b.KeyValues(rows)]
    if data.approval_digest:
        found.append(b.DigestLine(words(say("Digest of the approval")), data.approval_digest))
    found += [
        heading(say("Steps carried out"), 2),
        steps_table(data.plan, zone),
        heading(say("Verification"), 2),
        steps_table(data.verification, zone),
        heading(say("Backups"), 2),
        backups_table(data.backups, zone),
        heading(say("Left-over items"), 2),
        general.left_over_table(data.left_over),
    ]
    return found
