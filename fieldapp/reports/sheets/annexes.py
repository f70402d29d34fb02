"""The annexes: results of an inspection, record of a swap, record of an upgrade, photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from fieldapp.base.i18n import Sentence, say
from fieldapp.reports import blocks as b
from fieldapp.reports.blocks import Words, plain, words
from fieldapp.reports.canonical import digest_groups, digest_of
from fieldapp.reports.content import (
    Annex,
    Backup,
    EvidenceItem,
    FindingRow,
    InspectionAnnex,
    InspectionResult,
    Measured,
    PartMove,
    PhotoAnnex,
    ResultSection,
    StepRow,
    SwapAnnex,
    UpgradeAnnex,
)
from fieldapp.reports.sheets.general import Value, day, heading, kv, moment, or_missing, table

__all__ = ["annex_blocks", "annex_line", "annex_title", "backups_table", "evidence_table", "findings_table", "parts_table", "steps_table"]

_FIRST = {"open": 0, "not_checked": 1}
"""What a reader must see before the rest of a section; the rest stands in the order of the form."""


def annex_title(annex: Annex) -> Words:
    """What an annex is called, in the summary and over its pages."""
    match annex:
        case InspectionAnnex():
            return Words(f"{annex.title.zh} · {annex.asset}", f"{annex.title.en or annex.title.zh} · {annex.asset}")
        case SwapAnnex():
            return words(say("Spare swap: {part}", part=annex.part.part))
        case UpgradeAnnex():
            return words(say("Upgrade record: {subject}", subject=annex.summary.subject))
        case PhotoAnnex():
            return words(say("Photos"))


def annex_line(number: int, annex: Annex, languages: b.Languages) -> b.DigestLine:
    """An annex in the summary: its number, its name, its digest."""
    name = annex_title(annex)
    text = name.read("en" if languages == "en" else "zh")
    return b.DigestLine(plain(f"{number}  {text}"), digest_of(annex))


def annex_blocks(annex: Annex, zone: str) -> list[b.Block]:
    """The blocks of an annex under its heading."""
    match annex:
        case InspectionAnnex():
            return inspection_blocks(annex, zone)
        case SwapAnnex():
            found: list[b.Block] = [parts_table((annex.part,)), heading(say("Steps"), 2), steps_table(annex.steps, zone)]
            return [*found, *_photos(annex.photos)]
        case UpgradeAnnex():
            return _upgrade_blocks(annex, zone)
        case PhotoAnnex():
            return [b.Photos(annex.photos)]


def _photos(photos: Sequence[b.Photo]) -> list[b.Block]:
    return [heading(say("Photos"), 2), b.Photos(tuple(photos))] if photos else []


def _verdict(result: InspectionResult) -> b.Cell:
    match result.verdict:
        case "normal":
            return b.Cell(words(say("normal")), "met", "tick")
        case "abnormal":
            return b.Cell(words(say("abnormal")), "breached", "cross")
        case "not_applicable":
            return b.Cell(words(say("n.a.")), "muted", "dash")
        case "not_checked":
            return b.Cell(words(say("not checked")), "due", "circle")
        case "open":
            return b.Cell(words(say("Not answered")), "due")
        case None:
            return b.Cell()


def counts(annexes: Sequence[InspectionAnnex]) -> b.Figures:
    """How many items are normal, abnormal, not applicable, not checked; answered of all that count."""
    found = Counter(r.verdict for annex in annexes for section in annex.sections for r in section.results if r.verdict is not None)
    total = found.total()
    return b.Figures(
        (
            b.Figure(str(found["normal"]), words(say("normal")), "met"),
            b.Figure(str(found["abnormal"]), words(say("abnormal")), "breached" if found["abnormal"] else "plain"),
            b.Figure(str(found["not_applicable"]), words(say("n.a.")), "muted"),
            b.Figure(str(found["not_checked"]), words(say("not checked")), "due" if found["not_checked"] else "plain"),
            b.Figure(f"{total - found['open']} / {total}", words(say("answered")), "due" if found["open"] else "plain"),
        )
    )


def inspection_blocks(annex: InspectionAnnex, zone: str) -> list[b.Block]:
    """Counts, abnormal items first, then each section; measured values with trends; findings; photos."""
    front = (kv(say("Template"), annex.template), kv(say("Performed"), moment(annex.performed, zone)))
    found: list[b.Block] = [b.KeyValues(front, 2), counts((annex,))]
    abnormal = [r for section in annex.sections for r in section.results if r.verdict == "abnormal"]
    if abnormal:
        found += [heading(say("Abnormal items"), 2), _results(abnormal)]
    every = [r for section in annex.sections for r in section.results if r.verdict != "abnormal"]
    for section in annex.sections:
        found += _section(section, every)
    if annex.measured:
        found += [heading(say("Measured values"), 2), _measured(annex.measured, annex)]
    if annex.findings:
        found += [heading(say("Findings"), 2), findings_table(annex.findings)]
    return [*found, *_photos(annex.photos)]


def _section(section: ResultSection, every: Sequence[InspectionResult]) -> list[b.Block]:
    """A section without its abnormal items, which stand above: a table, notes at their place in it as rows of one cell."""
    runs: list[list[InspectionResult]] = [[]]
    texts: list[Words] = []
    start = 0
    for note in (*section.notes, None):
        end = note.before if note is not None else len(section.results)
        runs[-1] += [each for each in section.results[start:end] if each.verdict != "abnormal"]
        start = max(start, end)
        if note is not None:
            texts.append(note.text)
            runs.append([])
    runs = [sorted(run, key=lambda each: _FIRST.get(each.verdict or "", 2)) for run in runs]
    held = [at for at, run in enumerate(runs) if run]
    first, last = (held[0], held[-1]) if held else (len(texts), len(texts))
    found: list[b.Block] = [b.Heading(section.title, 2)] if held or texts else []
    found += [b.Paragraph(text) for text in texts[:first]]
    if held:
        whole = _results([each for run in runs for each in run], every)
        rows: list[tuple[b.Cell, ...]] = []
        at = 0
        for number, run in enumerate(runs[first : last + 1], first):
            rows += whole.rows[at : at + len(run)]
            at += len(run)
            rows += [(b.Cell(texts[number]),)] if number < last else []
        found.append(replace(whole, rows=tuple(rows)))
    return [*found, *(b.Paragraph(text) for text in texts[last:])] if held else found


def _results(results: Sequence[InspectionResult], among: Sequence[InspectionResult] = ()) -> b.Table:
    """A table of results; its columns stand where they stand in the tables of all results `among` which it is."""
    columns: list[tuple[Sentence, int]] = [
        (say("No."), 4),
        (say("Item"), 24),
        (say("Result"), 8),
        (say("Value"), 10),
        (say("Allowed"), 6),
        (say("Last time"), 6),
        (say("Note"), 14),
    ]

    def rows(of: Sequence[InspectionResult]) -> list[list[Value]]:
        return [
            [
                b.Cell(plain(r.code), "muted"),
                r.label,
                _verdict(r),
                r.value,
                b.Cell(plain(r.allowed), "muted"),
                b.Cell(r.previous, "muted"),
                r.note,
            ]
            for r in of
        ]

    whole = table(columns, rows(results), say("No items."))
    if all(result.verdict == "not_checked" for result in results):
        return whole
    kin = table(columns, rows(among), say("No items.")).rows if among else ()
    return _without_empty(replace(whole, kin=kin))


def _says(cell: b.Cell) -> bool:
    return bool(cell.text or cell.mark != "none" or cell.trend or cell.boxes)


def _without_empty(found: b.Table) -> b.Table:
    """A table without the columns in which no row has anything; an empty table stays whole."""
    if not found.rows:
        return found
    kept = [index for index in range(len(found.columns)) if any(_says(row[index]) for row in found.kin or found.rows)]
    columns = tuple(found.columns[index] for index in kept)
    rows, kin = (tuple(tuple(row[index] for index in kept) for row in each) for each in (found.rows, found.kin))
    return b.Table(columns, rows, found.empty, kin)


def _measured(items: Sequence[Measured], annex: InspectionAnnex) -> b.Table:
    columns: list[tuple[Sentence, int]] = [
        (say("No."), 4),
        (say("Item"), 20),
        (say("Value"), 8),
        (say("Allowed"), 8),
        (say("Last time"), 10),
        (say("Trend"), 14),
        (say("Instrument"), 10),
    ]
    rows: list[list[Value]] = []
    for item in items:
        last = item.previous[-1] if item.previous else None
        points = [b.TrendPoint(p.day, p.value) for p in item.previous]
        if annex.performed is not None:
            points.append(b.TrendPoint(annex.performed.date(), item.value))
        chart = b.TrendChart(item.label, item.unit, tuple(points), item.low, item.high) if len(points) > 1 else None
        tone: b.Tone = "breached" if item.abnormal else "strong"
        rows.append(
            [
                b.Cell(plain(item.code), "muted"),
                item.label,
                b.Cell(plain(f"{item.value} {item.unit}".strip()), tone),
                b.Cell(plain(_allowed(item)), "muted"),
                b.Cell(plain(f"{last.value} {item.unit}".rstrip() + f" ({last.day.isoformat()})" if last else "-"), "muted"),
                b.Cell(trend=chart),
                b.Cell(plain(item.instrument), "muted"),
            ]
        )
    return _without_empty(table(columns, rows, say("No measured values.")))


def _allowed(item: Measured) -> str:
    if item.low and item.high:
        return f"{item.low} – {item.high}"
    if item.low:
        return f"≥ {item.low}"
    return f"≤ {item.high}" if item.high else "-"


def findings_table(findings: Sequence[FindingRow]) -> b.Table:
    """Findings with action, owner and date."""
    columns: list[tuple[Sentence, int]] = [
        (say("No."), 6),
        (say("Finding"), 22),
        (say("Severity"), 6),
        (say("Action"), 16),
        (say("Owner"), 8),
        (say("Due"), 8),
    ]
    rows: list[list[Value]] = [
        [
            f.number,
            f.text,
            f.severity,
            or_missing(f.action, say("Not agreed")),
            or_missing(f.owner, say("Not agreed")),
            b.Cell(words(say("done on the spot")), "met", "tick") if f.done else or_missing(day(f.due), say("Not agreed")),
        ]
        for f in findings
    ]
    return _without_empty(table(columns, rows, say("No findings.")))


def parts_table(parts: Sequence[PartMove]) -> b.Table:
    """Parts swapped or lent: old serial, new serial, fate of the faulty part, return due, RMA number."""
    columns: list[tuple[Sentence, int]] = [
        (say("Part"), 16),
        (say("Old serial"), 12),
        (say("New serial"), 12),
        (say("Faulty part"), 12),
        (say("Return due"), 8),
        (say("RMA no."), 8),
        (say("Note"), 8),
    ]
    rows: list[list[Value]] = [
        [
            words(say("{part} (loan equipment)", part=p.part)) if p.loan else p.part,
            p.old_serial or "-",
            p.new_serial or "-",
            p.fate or plain("-"),
            day(p.return_due) or "-",
            p.rma or "-",
            p.note,
        ]
        for p in parts
    ]
    return _without_empty(table(columns, rows, say("No parts were swapped.")))


def steps_table(steps: Sequence[StepRow], zone: str, planned: bool = False) -> b.Table:
    """Steps with their result, moment and person; a plan has no results."""
    columns: list[tuple[Sentence, int]] = [
        (say("No."), 4),
        (say("Step"), 24),
        (say("Result"), 10),
        (say("Time"), 10),
        (say("By"), 8),
        (say("Note"), 12),
    ]
    rows: list[list[Value]] = [
        [
            b.Cell(plain(s.number), "muted"),
            s.label,
            _step_result(s, planned),
            moment(s.when, zone) or ("" if planned else "-"),
            s.who,
            s.note,
        ]
        for s in steps
    ]
    return _without_empty(table(columns, rows, say("No steps.")))


def _step_result(step: StepRow, planned: bool) -> b.Cell:
    if planned:
        return b.Cell()
    return b.Cell(step.result, step.tone) if step.result else b.Cell(words(say("Not recorded")), "muted")


def size_text(count: int | None) -> str:
    """Bytes as a person reads them (1 GB = 10^9 bytes), empty when unknown."""
    if count is None:
        return ""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            tenths = (count * 10 + factor // 2) // factor
            return f"{tenths // 10}.{tenths % 10} {unit}"
    return f"{count} B"


def backups_table(backups: Sequence[Backup], zone: str) -> b.Table:
    """Backups with the kind of their evidence and their digests."""
    columns: list[tuple[Sentence, int]] = [
        (say("Backup"), 12),
        (say("Evidence"), 14),
        (say("Taken"), 10),
        (say("Size"), 6),
        (say("Place"), 10),
        (say("Digest (SHA-256)"), 20),
    ]
    rows: list[list[Value]] = [
        [
            x.what,
            x.evidence,
            or_missing(moment(x.taken, zone)),
            size_text(x.size_bytes) or "-",
            x.place,
            plain(digest_groups(x.sha256, line=8)) if x.sha256 else words(say("No digest recorded")),
        ]
        for x in backups
    ]
    return _without_empty(table(columns, rows, say("No backups recorded.")))


def evidence_table(items: Sequence[EvidenceItem], zone: str) -> b.Table:
    """Evidence with its kind, moment and digest."""
    columns: list[tuple[Sentence, int]] = [
        (say("Evidence"), 16),
        (say("Kind"), 12),
        (say("Time"), 10),
        (say("Detail"), 12),
        (say("Digest (SHA-256)"), 20),
    ]
    rows: list[list[Value]] = [
        [
            x.what,
            x.kind,
            moment(x.when, zone) or "-",
            x.detail,
            plain(digest_groups(x.sha256, line=4)) if x.sha256 else words(say("No digest recorded")),
        ]
        for x in items
    ]
    return _without_empty(table(columns, rows, say("No evidence recorded.")))


def _upgrade_blocks(annex: UpgradeAnnex, zone: str) -> list[b.Block]:
    summary = annex.summary
    rows = (
        kv(say("Version before"), summary.from_version),
        kv(say("Version after"), summary.to_version),
        b.KeyValue(words(say("Result")), or_missing(summary.result), summary.tone if summary.result else "muted"),
        kv(say("Rollback"), annex.rollback, missing=say("None")),
    )
    found: list[b.Block] = [
        b.KeyValues(rows, 2),
        heading(say("Steps"), 2),
        steps_table(annex.steps, zone),
        heading(say("Backups"), 2),
        backups_table(summary.backups, zone),
        heading(say("Evidence"), 2),
        evidence_table(annex.evidence, zone),
    ]
    return [*found, *_photos(annex.photos)]
