"""巡检结果报告: cover, scope, results with abnormal items first, findings, configurations, spares, advice, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fieldapp.base.i18n import say
from fieldapp.domain.inspections import ItemStatus, coverage, result_of
from fieldapp.reports import blocks as b
from fieldapp.reports.blocks import Words, plain, words
from fieldapp.reports.content import InspectionReportData, Verdict
from fieldapp.reports.sheets import general
from fieldapp.reports.sheets.annexes import annex_line, annex_title, counts, evidence_table, findings_table, inspection_blocks
from fieldapp.reports.sheets.general import heading, kv, table

__all__ = ["blocks", "title"]


def title(data: InspectionReportData) -> Words:
    """The name of the document."""
    return words(say("Inspection report"))


_RESULTS: Mapping[Verdict, ItemStatus] = MappingProxyType(
    {"normal": "ok", "abnormal": "abnormal", "not_applicable": "na", "not_checked": "unchecked", "open": "open"}
)


def _result(data: InspectionReportData) -> Words:
    """Whether all was checked, and how much of what applies; with items that are open there is no result yet."""
    told = (r.verdict for annex in data.annexes for section in annex.sections for r in section.results)
    covered = coverage(_RESULTS[verdict] for verdict in told if verdict is not None)
    ended = result_of(covered)
    if not covered.total or not ended:
        return words(say("In progress")) if covered.total else Words()
    return words(
        say(
            "{result}: {checked} of {applying} checked ({percent} %)",
            result=say("Partly done") if ended == "partial" else say("Completed"),
            checked=str(covered.ok + covered.abnormal),
            applying=str(covered.total - covered.na),
            percent=str(covered.percent),
        )
    )


def blocks(data: InspectionReportData) -> list[b.Block]:
    """The summary with the signatures first, then the results of each template."""
    front = data.front
    facts = [
        *general.facts(front),
        kv(say("Period or occasion"), data.period),
        kv(say("Mode"), data.mode),
        kv(say("Result"), _result(data)),
        kv(say("Engineer"), front.engineer),
    ]
    findings = [finding for annex in data.annexes for finding in annex.findings]
    found: list[b.Block] = [b.KeyValues(tuple(facts), 2), counts(data.annexes)]
    columns = [(say("Asset"), 16), (say("Serial no."), 12), (say("Place"), 10), (say("Template"), 14)]
    found += [heading(say("Scope")), table(columns, data.scope, say("No assets recorded."))]
    found += [heading(say("Findings")), findings_table(findings)]
    if data.left_over:
        found += [heading(say("Left-over items")), general.left_over_table(data.left_over)]
    found += [
        heading(say("Static data and configuration backups")),
        evidence_table(data.configurations, front.zone),
        heading(say("Spare stock")),
        table(
            [(say("Part"), 16), (say("Stock"), 6), (say("Minimum"), 6), (say("Place"), 12)],
            data.spares,
            say("Not recorded"),
        ),
        heading(say("Advice")),
    ]
    if data.advice:
        found += [b.Paragraph(plain(f"{number}. {text}")) for number, text in enumerate(data.advice, 1)]
    else:
        found.append(b.Paragraph(words(say("No advice.")), "muted"))
    if data.people:
        found += [heading(say("People on the visit")), general.people_table(data.people)]
    if data.site_rules:
        found += [heading(say("Rules of the site")), general.rules_table(data.site_rules)]
    if data.annexes:
        found.append(heading(say("Results by template")))
    found += [annex_line(number, annex, front.languages) for number, annex in enumerate(data.annexes, 1)]
    found += general.closing(front)
    for number, annex in enumerate(data.annexes, 1):
        name = annex_title(annex)
        if number == 1:
            found.append(b.PageBreak())
        found.append(b.Heading(Words(f"{number}  {name.zh}", name.en), 1))
        found += inspection_blocks(annex, front.zone)
    return found
