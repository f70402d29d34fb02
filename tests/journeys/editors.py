"""Every editor of answers in both themes and languages, empty and filled: `python -m tests.journeys.editors --out DIR`.

Leaves one picture for each section, theme and language in DIR; exits 1 when a section cannot be drawn.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from fieldapp.base.settings import Settings
from fieldapp.domain.customers import SiteRule
from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Background
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.immortals import make_immortal
from fieldapp.ui.page import UiContext
from fieldapp.ui.theme.style import apply_theme, locale_of
from tests.operations.world import SmallWorld, give, make_session
from tests.ui.answers.sheet import give_editors, png

__all__ = ["ANSWERS", "draw", "main"]

ANSWERS: Mapping[str, str] = {
    "/data/ranges/plain": "25",
    "/data/ranges/upright": "7",
    "/data/ranges/stars": "4",
    "/data/ranges/named": "2",
    "/data/choices/radio": "amber",
    "/data/choices/columns": "green",
    "/data/choices/packed": "red",
    "/data/choices/likert": "2",
    "/data/choices/parts": "p1201",
    "/data/choices/pictured": "blade",
    "/data/choices/boxes": "green red",
    "/data/choices/folded": "amber off",
    "/data/choices/order": "red amber green off",
    "/data/table/row_a": "green",
    "/data/table/row_b": "red",
    "/data/moments/day": "2026-11-23",
    "/data/moments/month": "2029-03-01",
    "/data/moments/moment": "2026-11-23T13:30",
    "/data/places/point": "31.2304 121.4737 12 4",
    "/data/places/shape": "31.1 121.1 0 0;31.2 121.1 0 0;31.2 121.2 0 0;31.1 121.1 0 0",
    "/data/places/code": "SN-7300-0042",
    "/data/words/line": "ST-7300",
    "/data/words/count": "120",
    "/data/choices/slot": "disk",
    "/data/words/visitors": "6",
    "/data/words/aim": "225",
    "/data/words/hours": "1234567",
}
_LOOKS = tuple((language, theme) for language in ("zh", "en") for theme in ("light", "dark"))


def draw(
    session: FieldSession, world: SmallWorld, background: Background, percent: int = 100, looks: Sequence[tuple[str, str]] = _LOOKS
) -> Iterator[tuple[str, QPixmap]]:
    """Draw all sections, empty in the first look and filled in each; the pictures with their names."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    instance = give_editors(session, world)
    with session.reading() as reader:
        give(session, *(replace(each, verdict="allowed") for each in reader.find(SiteRule, site_id=world.site)))
    filled = False
    for language, theme in looks:
        ctx = UiContext(background, session.clock, Settings().chosen(language=language, theme=theme, text_percent=percent), session=session)
        apply_theme(app, ctx.theme)
        page = ChecklistPage(ctx)
        page.setLocale(locale_of(ctx.language))
        page.resize(1084, 736)
        page.show()
        page.open(instance_id=instance)
        background.idle()
        if not filled:
            yield from _sections(page, background, f"{language}-{theme}-empty")
            filled = True
            for key, text in ANSWERS.items():
                page.pen.answer(key, text)
            for name in ("photo", "annotated"):
                page.attaching.take_data(f"/data/files/{name}", png("#7A8FA6", 640, 420), "pasted")
            page.attaching.take_data("/data/files/drawn", png("#FFFFFF", 600, 400), "drawn")
            background.idle()
        yield from _sections(page, background, f"{language}-{theme}")
        page.hide()
        page.deleteLater()
        background.idle()


def _sections(page: ChecklistPage, background: Background, name: str) -> Iterator[tuple[str, QPixmap]]:
    assert page.checklist is not None
    for at, section in enumerate(page.checklist.sections):
        page._open_section(at)
        page.frame.cards.after("", -1)
        for _ in range(4):
            QApplication.processEvents()
            background.idle()
        yield f"{name}-{at}-{section.key.rpartition('/')[2]}", page.frame.cards.grab()


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw into a folder."""
    parser = argparse.ArgumentParser(prog="editors", description="Every editor of answers, drawn")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--percent", type=int, default=100)
    options = parser.parse_args(arguments)
    make_immortal()
    app = QApplication([])
    background = Background()
    with tempfile.TemporaryDirectory(prefix="fieldapp-editors-") as folder:
        session = make_session(Path(folder))
        options.out.mkdir(parents=True, exist_ok=True)
        pictures = 0
        for name, picture in draw(session, SmallWorld.into(session), background, options.percent):
            path = options.out / f"{name}.png"
            if not picture.save(str(path)):
                raise OSError(path)
            pictures += 1
        background.idle()
        background.close()
        session.close()
    app.processEvents()
    sys.stdout.write(f"{pictures} pictures\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
