"""现场服务单: everything the customer signs for on the first page, annexes behind, named there by their digests."""

from __future__ import annotations

from fieldapp.base.i18n import LANGUAGES, Language, say
from fieldapp.reports import blocks as b
from fieldapp.reports.blocks import Words, plain, words
from fieldapp.reports.canonical import digest_groups, digest_of
from fieldapp.reports.content import Backup, Person, ServiceReportData, SiteRule, UpgradeSummary
from fieldapp.reports.sheets import general
from fieldapp.reports.sheets.annexes import annex_blocks, annex_line, annex_title, parts_table
from fieldapp.reports.sheets.general import day, heading, kv, minutes, moment, or_missing

__all__ = ["blocks", "title"]

_NO_DIGEST = say("No digest recorded")
_MARKS: dict[b.Tone, b.Mark] = {"met": "tick", "breached": "cross", "due": "circle"}


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
    work += [_upgrade_row(upgrade, front.languages) for upgrade in data.upgrades]
    if data.clocks:
        work.append(_clocks(data))
    if data.people:
        work.append(_people_row(data))
    if data.site_rules:
        work.append(_rules_row(data))
    found.append(b.KeyValues(tuple(work)))
    found += [heading(say("Parts"), 2), parts_table(data.parts)]
    found += [heading(say("Abnormal and left-over items"), 2), general.left_over_table(data.left_over)]
    if data.annexes:
        found.append(heading(say("Annexes"), 2))
    found += [annex_line(number, annex, front.languages) for number, annex in enumerate(data.annexes, 1)]
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
        (say("Left site"), times.left),
    )
    items = []
    for label, when in named:
        text = moment(when, zone).replace(" ", "\n")
        items.append(b.Figure(text or "–\n ", words(label), "plain" if text else "muted"))
    tenths = None if times.man_minutes is None else (times.man_minutes * 10 + 30) // 60
    hours = "–" if tenths is None else f"{tenths // 10}.{tenths % 10} h"
    items.append(b.Figure(f"{hours}\n ", words(say("Man-hours")), "plain" if tenths is not None else "muted"))
    return b.Figures(tuple(items), small=True)


def _clocks(data: ServiceReportData) -> b.KeyValue:
    chips = []
    for clock in data.clocks:
        text = Words(f"{clock.name.read('zh')} {clock.verdict.read('zh')}", f"{clock.name.read('en')} {clock.verdict.read('en')}")
        chips.append(b.Chip(text, clock.tone, _MARKS.get(clock.tone, "circle")))
    return b.KeyValue(words(say("Service clocks")), Words(), chips=tuple(chips))


def _upgrade_row(upgrade: UpgradeSummary, languages: b.Languages) -> b.KeyValue:
    """The second language does not repeat versions and digests, which are the same in both."""
    result, alone = or_missing(upgrade.result), languages != "both"
    head = f"{upgrade.subject}: {upgrade.from_version} → {upgrade.to_version} · "
    text = Words(f"{head}{result.read('zh')}", f"{head}{result.read('en')}" if alone else result.en)
    chip = b.Chip(text, upgrade.tone, _MARKS.get(upgrade.tone, "circle"))
    zh = "; ".join(_backup_text(x, "zh", True) for x in upgrade.backups)
    en = "; ".join(_backup_text(x, "en", alone) for x in upgrade.backups)
    backups = Words(zh, en) if upgrade.backups else words(say("No backups recorded."))
    return b.KeyValue(words(say("Upgrade")), backups, chips=(chip,))


def _people_row(data: ServiceReportData) -> b.KeyValue:
    def text(person: Person, language: Language) -> str:
        hours = or_missing(minutes(person.on_site_minutes)).read(language)
        return f"{person.name} ({person.role.read(language)}) {hours}"

    zh, en = (" · ".join(text(person, language) for person in data.people) for language in LANGUAGES)
    return b.KeyValue(words(say("People on the visit")), Words(zh, en))


def _rules_row(data: ServiceReportData) -> b.KeyValue:
    def text(rule: SiteRule, language: Language) -> str:
        detail = ", ".join(filter(None, (rule.approval, rule.substitute)))
        return f"{rule.rule.read(language)}: {rule.state.read(language)}" + (f" ({detail})" if detail else "")

    zh, en = ("; ".join(text(rule, language) for rule in data.site_rules) for language in LANGUAGES)
    return b.KeyValue(words(say("Rules of the site")), Words(zh, en))


def _backup_text(backup: Backup, language: Language, digest: bool) -> str:
    text = f"{backup.what.read(language)} ({backup.evidence.read(language)})"
    if not digest:
        return text
    return f"{text} {digest_groups(backup.sha256, 4)}" if backup.sha256 else f"{text} {_NO_DIGEST.read(language)}"
