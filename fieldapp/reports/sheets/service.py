"""现场服务单: everything the customer signs for on the first page, annexes behind, named there by their digests."""

from __future__ import annotations

from fieldapp.base.i18n import Language, say
from fieldapp.reports import blocks as b
from fieldapp.reports.blocks import Words, plain, words
from fieldapp.reports.canonical import digest_groups, digest_of
from fieldapp.reports.content import Backup, ServiceReportData, UpgradeSummary
from fieldapp.reports.sheets import general
from fieldapp.reports.sheets.annexes import annex_blocks, annex_title, parts_table
from fieldapp.reports.sheets.general import day, heading, kv, minutes, moment, or_missing

__all__ = ["blocks", "title"]


def title(data: ServiceReportData) -> Words:
    """The name of the document."""
    return words(say("On-site service report"))


def blocks(data: ServiceReportData) -> list[b.Block]:
    """The first page, then the annexes."""
    front = data.front
    facts = [
        *general.facts(front),
        kv(say("Entitlement"), data.entitlement, "strong"),
        kv(say("Asset"), data.asset),
        kv(say("Severity"), data.severity),
        kv(say("Caller"), data.caller),
        kv(say("Engineer"), front.engineer),
        kv(say("End of the visit"), data.ending, "strong"),
    ]
    found: list[b.Block] = [b.KeyValues(tuple(facts), 2), _times(data)]
    work = [
        kv(say("Symptom"), data.symptom),
        kv(say("Cause"), data.cause),
        kv(say("Work done"), data.work_done),
    ]
    if data.verification:
        work.append(kv(say("Verification"), data.verification))
    if data.prevention:
        work.append(kv(say("Prevention"), data.prevention))
    if data.report_due is not None:
        work.append(kv(say("Fault report due"), day(data.report_due), "due"))
    work += [_upgrade_row(upgrade) for upgrade in data.upgrades]
    if data.clocks:
        work.append(_clocks(data))
    found.append(b.KeyValues(tuple(work)))
    found += [heading(say("Parts"), 2), parts_table(data.parts)]
    found += [heading(say("Abnormal and left-over items"), 2), general.left_over_table(data.left_over)]
    if data.people:
        found += [heading(say("People on the visit"), 2), general.people_table(data.people)]
    if data.site_rules:
        found += [heading(say("Rules of the site"), 2), general.rules_table(data.site_rules)]
    if data.annexes:
        found.append(heading(say("Annexes"), 2))
    for number, annex in enumerate(data.annexes, 1):
        name = annex_title(annex)
        found.append(b.DigestLine(Words(f"{number}  {name.zh}"), digest_of(annex)))
    found += general.closing(front)
    for number, annex in enumerate(data.annexes, 1):
        name = annex_title(annex)
        if number == 1:
            found.append(b.PageBreak())
        label = say("Annex {number}", number=number)
        zh, en = words(label).read("zh"), words(label).read("en")
        text = Words(f"{zh}  {name.zh}", f"{en}  {name.en}" if name.en else "")
        found.append(b.Heading(text, 1, plain(digest_groups(digest_of(annex), 4))))
        found += annex_blocks(annex, front.zone)
    return found


def _times(data: ServiceReportData) -> b.Figures:
    times, zone = data.times, data.front.zone
    named = (
        (say("Reported"), times.reported),
        (say("Assigned"), times.assigned),
        (say("Answered"), times.answered),
        (say("Departed"), times.departed),
        (say("Arrived"), times.arrived),
        (say("Restored"), times.restored),
        (say("Left"), times.left),
    )
    items = []
    for label, when in named:
        text = moment(when, zone).replace(" ", "\n")[5:]
        items.append(b.Figure(text or "–\n ", words(label), "plain" if text else "muted"))
    hours = minutes(times.man_minutes)
    value = hours.read("en").replace(" h ", " h\n") if hours else "–\n "
    items.append(b.Figure(value, words(say("Man-hours"))))
    return b.Figures(tuple(items), small=True)


def _clocks(data: ServiceReportData) -> b.KeyValue:
    zh = "  ·  ".join(f"{c.name.read('zh')} {c.verdict.read('zh')}" for c in data.clocks)
    en = "  ·  ".join(f"{c.name.read('en')} {c.verdict.read('en')}" for c in data.clocks)
    ranks: tuple[b.Tone, ...] = ("breached", "due", "met")
    plain_tone: b.Tone = "plain"
    worst = next((tone for tone in ranks if any(clock.tone == tone for clock in data.clocks)), plain_tone)
    return b.KeyValue(words(say("Service clocks")), Words(zh, en), worst)


def _upgrade_row(upgrade: UpgradeSummary) -> b.KeyValue:
    result = or_missing(upgrade.result)
    backups_zh = "; ".join(_backup_text(x, "zh") for x in upgrade.backups)
    backups_en = "; ".join(_backup_text(x, "en") for x in upgrade.backups)
    head = f"{upgrade.subject}: {upgrade.from_version} → {upgrade.to_version}"
    zh = f"{head} · {result.read('zh')}" + (f"\n{backups_zh}" if backups_zh else "")
    en = f"{result.read('en')}" + (f"; {backups_en}" if backups_en else "")
    return b.KeyValue(words(say("Upgrade")), Words(zh, en), upgrade.tone)


def _backup_text(backup: Backup, language: Language) -> str:
    digest = digest_groups(backup.sha256, 4) if backup.sha256 else words(say("No digest recorded")).read(language)
    return f"{backup.what.read(language)} ({backup.evidence.read(language)}) {digest}"
