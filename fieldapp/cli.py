"""Commands: open the window, verify reports, export a visit's history, carry a sync by courier, keep a safety copy, check forms,
look after the installation.

Qt is imported only by the command that opens a window, so that the rest runs without it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from getpass import getpass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from fieldapp import verifier
from fieldapp.base.clock import SystemClock
from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import N_, Language, read
from fieldapp.base.ids import SystemRandomness
from fieldapp.base.settings import load_settings, places

if TYPE_CHECKING:
    from fieldapp.operations.session import FieldSession

__all__ = ["NoDisplay", "can_open", "main"]


class NoDisplay(FieldappError):
    """There is nothing to open a window on."""

    code = "FA-190"
    message = N_("There is no display here, so no window can open. Nothing was changed. Start the program from a desktop session.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 for success, 1 for a refusal, 2 for words that make no sense."""
    options = _parser().parse_args(arguments)
    command = options.command or "open"
    language: Language = options.language or load_settings(places()).language
    try:
        if command == "verify":
            return verifier.run(options, language)
        if command == "doctor":
            return _doctor(language)
        if command == "courier":
            return _courier(options, language)
        if command == "journal":
            return _journal(options, language)
        if command == "visit":
            return _visit(options, language)
        if command == "forms":
            return _FORMS[options.way](options, language)
        return _open()
    except FieldappError as error:
        print(f"{error.read(language)} ({error.code})", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fieldapp", description="The desktop of engineers at customers' sites.")
    parser.add_argument("--version", action="version", version=f"fieldapp {version('fieldapp')}")
    parser.add_argument("--language", choices=("zh", "en"), help="language of what is said")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("open", help="open the window (the default)")
    verify = commands.add_parser("verify", help="say whether signed reports hold")
    verifier.add_words(verify)
    courier = commands.add_parser("courier", help="sync without a network: a sealed file goes out, its answer comes in")
    courier.add_argument("way", choices=("out", "in"), help="out: write the file for the centre; in: take in the file that came back")
    courier.add_argument("file", type=Path, metavar="FILE", help="the file; for out also a folder, where it gets a name of its own")
    journal = commands.add_parser("journal", help="the safety copy of what is only on this laptop, on another disk")
    ways = "keep: from now on in FOLDER; off: no more; status: how it stands; out: write it once; in: take over a lost laptop's"
    journal.add_argument("way", choices=("keep", "off", "status", "out", "in"), help=ways)
    journal.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="on a second disk or a stick; not for off and status")
    visit = commands.add_parser("visit", help="the Changes behind a signed report, as a file for `fieldapp verify --visit`")
    visit.add_argument("way", choices=("export",))
    visit.add_argument(
        "what", metavar="VISIT-or-REPORT", help="a report's number or identity, or a visit's identity: its newest sealed report"
    )
    visit.add_argument("file", type=Path, metavar="FILE", help="what is written; there must be none of that name")
    visit.add_argument("--so-far", action="store_true", help="also what was changed in these records since the sealing")
    _forms_parser(commands.add_parser("forms", help="for authors of checklists: check and preview a workbook, export what is finished"))
    commands.add_parser("doctor", help="look after the installation: what is there, what is missing")
    return parser


def _forms_parser(forms: argparse.ArgumentParser) -> None:
    ways = forms.add_subparsers(dest="way", required=True, metavar="WAY")
    check = ways.add_parser("check", help="say what is wrong with workbooks, and what the program makes of them; 1 when one cannot be used")
    check.add_argument("workbooks", nargs="+", type=Path, metavar="WORKBOOK", help="an XLSForm, .xlsx or .xls")
    check.add_argument("--outline", action="store_true", help="list the questions, too")
    check.add_argument("--strict", action="store_true", help="1 also when there is something to remark")
    show = ways.add_parser("preview", help="open a workbook as it will be filled on site; nothing of it is kept")
    show.add_argument("workbook", type=Path, metavar="WORKBOOK")
    out = ways.add_parser("export", help="write a finished checklist as ODK instance, CSV and XLSX")
    out.add_argument("what", metavar="RECORD", help="a checklist or inspection by its identity, an inspection by its number")
    out.add_argument("--visit", action="store_true", help="RECORD is a visit's identity, or a day (2026-11-23) for all visits of that day")
    out.add_argument("--to", type=Path, default=Path(), metavar="FOLDER", help="where the files go; else here")
    out.add_argument("--format", action="append", choices=("xml", "csv", "xlsx"), help="only this one (repeatable); else all three")


def can_open(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether a window can open: on Linux a display must be named, or Qt told to do without."""
    return not platform.startswith("linux") or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _open() -> int:
    if not can_open(sys.platform, os.environ):
        raise NoDisplay
    from fieldapp.ui.app import run
    from fieldapp.ui.shell import PAGES, start

    return run(sys.argv[:1], PAGES, start)


def _courier(options: argparse.Namespace, language: Language) -> int:
    from fieldapp.operations.laptop.courier import courier_in, courier_out
    from fieldapp.operations.watching import Unwatched

    with closing(_unlocked(language)) as session:
        if options.way == "out":
            print(courier_out(session, options.file, Unwatched()).words.read(language))
        else:
            print(courier_in(session, options.file, Unwatched()).words.read(language))
    return 0


def _visit(options: argparse.Namespace, language: Language) -> int:
    from fieldapp.operations.signing.exporting import export_history

    with closing(_unlocked(language)) as session:
        print(export_history(session, options.what, options.file, so_far=options.so_far).words.read(language))
    return 0


def _journal(options: argparse.Namespace, language: Language) -> int:
    from fieldapp.operations.laptop.journal import end_journal, journal_view, keep_journal, take_in, write_journal

    if (options.folder is None) == (options.way in ("keep", "out", "in")):
        _parser().error("journal: FOLDER belongs to keep, out and in")
    with closing(_unlocked(language)) as session:
        if options.way == "in":
            taken = take_in(session, options.folder)
            print(taken.words.read(language))
            return 0 if taken.complete else 1
        elif options.way == "out":
            print(write_journal(session, options.folder).read(language))
        elif options.way == "keep":
            print(keep_journal(session, options.folder).words.read(language))
        else:
            print((end_journal(session) if options.way == "off" else journal_view(session)).words.read(language))
    return 0


def _forms_check(options: argparse.Namespace, language: Language) -> int:
    from fieldapp.operations.authoring.checking import check_file

    fine = True
    for path in options.workbooks:
        checked = check_file(path)
        print("\n".join(checked.lines(language, outline=options.outline)))
        fine = fine and checked.usable and not (options.strict and checked.troubles)
    return 0 if fine else 1


def _forms_preview(options: argparse.Namespace, language: Language) -> int:
    if not can_open(sys.platform, os.environ):
        raise NoDisplay
    from fieldapp.operations.authoring.rehearsal import rehearse
    from fieldapp.ui.preview import preview

    with rehearse(options.workbook, places(), language, SystemClock(), SystemRandomness()) as rehearsal:
        return preview(sys.argv[:1], rehearsal)


def _forms_export(options: argparse.Namespace, language: Language) -> int:
    from fieldapp.operations.authoring.exporting import FORMATS, export

    with closing(_unlocked(language)) as session:
        formats = options.format or FORMATS
        for path in export(session, options.what, options.to, language, visit=options.visit, formats=formats):
            print(path)
    return 0


_FORMS: Mapping[str, Callable[[argparse.Namespace, Language], int]] = MappingProxyType(
    {"check": _forms_check, "preview": _forms_preview, "export": _forms_export}
)


def _unlocked(language: Language) -> FieldSession:
    """The desktop of this laptop, opened with what a person types."""
    from fieldapp.operations.laptop.enrolment import Means, open_for_command

    return open_for_command(Means(places(), SystemClock(), SystemRandomness()), lambda what: _typed(_ASKED[what], language))


_ASKED = {"pin": N_("PIN"), "passphrase": N_("Passphrase")}


def _typed(what: str, language: Language) -> str:
    """A secret: typed unseen at a terminal, else the next line of the input."""
    if sys.stdin.isatty():
        return getpass(read(what, language) + ": ")
    line = sys.stdin.readline().rstrip("\n")
    return line.encode(errors="surrogateescape").decode(errors="replace")  # bytes that are no text open nothing, and break nothing


def _doctor(language: Language) -> int:
    from fieldapp.operations.laptop.device import examine

    findings = examine(places())
    for finding in findings:
        mark = N_("ok") if finding.fine else N_("attention")
        print(f"{read(mark, language)}: {finding.words.read(language)}")
    return 0 if all(finding.fine for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
