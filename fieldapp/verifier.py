"""`fieldapp verify`, and the program of the same words that customers get without the rest: `fieldapp-verify`.

It needs neither an enrolled laptop nor a window: files, and the company's CA certificate.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import N_, Language, read
from fieldapp.base.settings import load_settings, places

__all__ = ["add_words", "main", "run"]


def add_words(parser: argparse.ArgumentParser) -> None:
    """The words of the command."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--ca", type=Path, help="the company's CA certificate (PEM); else the one pinned at enrolment")
    parser.add_argument("--visit", type=Path, metavar="EXPORT", help="the history behind the one FILE: is it the one that was signed?")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace, language: Language) -> int:
    """Judge the files and print the verdicts; 0 when all are accepted, and the history is proven that was asked about, else 1.

    CertificateUnreadable when `--ca` is of no use; OneReportOnly for a history with more than one file.
    """
    from fieldapp.operations.verification import verify_files

    views = verify_files(options.files, options.ca, places(), visit=options.visit)
    for view in views:
        if options.json:
            print(json.dumps(view.as_json(), ensure_ascii=False))
            continue
        verdict = N_("accepted") if view.accepted else N_("REJECTED")
        print(f"{view.name}: {read(verdict, language)}")
        print("  " + view.sentences[0].read(language))
        if view.history is not None:
            proven = N_("history proven") if view.history.proven else N_("history NOT PROVEN")
            print("  " + read(proven, language))
        for heading, lines in view.parts:
            print("  " + heading.read(language))
            for sentence in lines:
                print("  - " + sentence.read(language))
    return 0 if all(view.accepted and (view.history is None or view.history.proven) for view in views) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """The program for customers; the exit code is 0 when all is accepted and proven, 1 when it is not, 2 for words that make no sense."""
    parser = argparse.ArgumentParser(prog="fieldapp-verify", description="Says whether signed reports hold.")
    parser.add_argument("--version", action="version", version=f"fieldapp-verify {version('fieldapp')}")
    parser.add_argument("--language", choices=("zh", "en"), help="language of what is said")
    add_words(parser)
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a console of another code page must not end in a traceback over a name
        sys.stdout.reconfigure(encoding="utf-8" if options.json else None, errors="replace")
    language: Language = options.language or load_settings(places()).language
    try:
        return run(options, language)
    except FieldappError as error:
        print(f"{error.read(language)} ({error.code})", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
