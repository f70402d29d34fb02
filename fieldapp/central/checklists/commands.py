"""The commands `forms`, `plan` and `appoint` of the centre; one JSON line on stdout for each thing done."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import is_id
from fieldapp.central.checklists.plans import appoint, plan, plan_settings
from fieldapp.central.checklists.publishing import give_again, publish, versions, withdraw
from fieldapp.central.desk import Desk
from fieldapp.central.refusals import UnknownThing
from fieldapp.domain.inspections import FormVersion, Inspection

__all__ = ["ABOUT", "DeskCommand", "add_command", "appoint_visit", "make_plan", "tend_forms"]

Tell = Callable[[dict[str, object]], None]
DeskCommand = Callable[[Desk, argparse.Namespace, Tell], None]
_ZONE = ZoneInfo("Asia/Shanghai")


ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "forms": "publish workbooks as versions of their forms, list what is published, withdraw a version or use it again",
        "plan": "make the inspections that contracts owe, a JSON line for each; may be run again and again",
        "appoint": "give a planned inspection its visit: who comes when",
    }
)


def add_command(name: str, parser: argparse.ArgumentParser) -> None:
    """Add what one of these commands takes to its parser."""
    if name == "forms":
        parser.add_argument("way", choices=("publish", "list", "withdraw", "again"))
        parser.add_argument("files", nargs="*", type=Path, metavar="WORKBOOK", help="XLSForm, .xlsx or .xls; its files lie beside it")
        parser.add_argument("--category", default="inspection", help="what it is for: inspection (the default), upgrade …")
        parser.add_argument("--form", default="", metavar="ID", help="withdraw, again: the form")
        parser.add_argument("--version", default="", metavar="VERSION", help="withdraw, again: the version")
    elif name == "plan":
        parser.add_argument("--until", type=_day, required=True, metavar="DAY", help="the last day that is planned (ISO 8601)")
        parser.add_argument("--since", type=_day, metavar="DAY", help="the first day; else today")
        parser.add_argument("--contract", action="append", default=[], metavar="ID", help="of this contract only (repeatable)")
        parser.add_argument("--dry-run", action="store_true", help="say what would be made and make nothing")
    else:
        parser.add_argument("--inspection", required=True, metavar="ID", help="its identity or its number")
        parser.add_argument("--engineer", required=True, metavar="ID")
        parser.add_argument("--at", type=_moment, required=True, metavar="MOMENT", help="ISO 8601 with zone")
        parser.add_argument("--to", type=_moment, metavar="MOMENT", help="the planned end")


def tend_forms(desk: Desk, arguments: argparse.Namespace, tell: Tell) -> None:
    """`forms publish`, `forms list`, `forms withdraw` and `forms again`."""
    if arguments.way == "publish":
        for path in arguments.files:
            done = publish(desk, path, category=arguments.category)
            tell({**_told(done.form), "fresh": done.fresh, "media": list(done.media)})
        return
    if arguments.way != "list":
        named = desk.find(FormVersion, form_id=arguments.form, version=arguments.version)
        if not named:
            raise UnknownThing(what=f"{arguments.form} {arguments.version}".strip() or "--form")
        (withdraw if arguments.way == "withdraw" else give_again)(desk, named[0].id)
        tell({**_told(named[0]), "withdrawn": arguments.way == "withdraw"})
        return
    for each in sorted(versions(desk), key=lambda each: (each.form.form_id, _told(each.form)["published_at"])):
        tell({**_told(each.form), "newest": each.given, "withdrawn": each.withdrawn_at is not None, "records": each.begun})


def _told(form: FormVersion) -> dict[str, object]:
    at = moment_text(form.published_at) if form.published_at else ""
    return {"form": form.form_id, "version": form.version, "title": form.title_zh, "digest": form.digest, "published_at": at, "id": form.id}


def make_plan(desk: Desk, arguments: argparse.Namespace, tell: Tell) -> None:
    """`plan`: what is owed until a day, each inspection a line; then what cannot be known yet."""
    settings = plan_settings(desk.service.settings)
    since = arguments.since or desk.service.clock.now().astimezone(_ZONE).date()
    made = plan(desk, settings, since, arguments.until, contracts=arguments.contract, dry=arguments.dry_run)
    for each in made.inspections:
        one = each.inspection
        tell(
            {
                "inspection": one.id,
                "number": one.number,
                "site": each.site,
                "period": one.period,
                "trigger": one.trigger,
                "holiday": each.due.holiday.name_zh if each.due.holiday else "",
                "begins": each.due.begins.isoformat(),
                "ends": each.due.ends.isoformat(),
                "policy": each.due.rhythm.policy,
                "state": one.state,
                "fresh": each.fresh,
                "checklists_added": each.added,
                "forms_missing": list(each.missing),
            }
        )
    for unknown in made.unknown:
        tell({"unknown": unknown.read("zh"), "unknown_en": unknown.read("en")})


def appoint_visit(desk: Desk, arguments: argparse.Namespace, tell: Tell) -> None:
    """`appoint`: the visit of a planned inspection."""
    wanted = str(arguments.inspection)
    found = desk.find(Inspection, id=wanted) if is_id(wanted) else desk.find(Inspection, number=wanted)
    if not found:
        raise UnknownThing(what=wanted)
    visit = appoint(desk, found[0].id, arguments.engineer, arguments.at, arguments.to)
    tell({"visit": visit.id, "inspection": found[0].id, "number": found[0].number, "at": moment_text(arguments.at)})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault


def _moment(text: str) -> Any:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError("a zone is missing")
    return found.astimezone(UTC)
