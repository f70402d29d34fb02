"""From a key to what is painted, on a checklist of 300 questions, offscreen, in CPU time of the screen's thread; a frame has 16 ms.

Measured on sections of ten questions as the form has them, on all 300 in one section and in one row of a repeat, and while a list
of 3,000 is filtered.
What is typed is saved meanwhile on the worker thread, as it is at work.
"""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from fieldapp.base.ids import derived_id
from fieldapp.base.settings import Settings
from fieldapp.domain.inspections import FormInstance, FormVersion
from fieldapp.operations.session import FieldSession
from fieldapp.ui.answers.lists import ListEditor
from fieldapp.ui.background import Background
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.immortals import make_immortal
from fieldapp.ui.page import UiContext
from fieldapp.ui.theme.style import apply_theme
from tests.bench.bench_forms import GROUPS, large_form
from tests.bench.measure import Measure
from tests.operations.world import SmallWorld, give, make_session
from tests.ui.answers.sheet import give_editors

FRAME_MS = 16.0
FIELDS = 60


def _give(session: FieldSession, world: SmallWorld, name: str, xform: str) -> str:
    digest = sha256(xform.encode()).hexdigest()
    form = FormVersion(id=derived_id(name), form_id=name, version="1", title_zh=name, title_en=name, xform=xform, digest=digest)
    sheet = FormInstance(
        id=derived_id(name, "sheet"), site_id=world.site, owner_id=world.inspection, form_id=name, form_version="1", form_digest=digest
    )
    give(session, form, sheet)
    return sheet.id


def _flat(xform: str) -> str:
    """The same questions without groups on the screen."""
    return re.sub(r"<group ref=[^>]*><label>[^<]*</label>|</group>", "", xform)


def _in_a_row(xform: str) -> str:
    """The same questions inside one row of a repeat."""
    inside = (
        _flat(xform).replace("/data/g", "/data/r/g").replace('<data id="large">', '<data id="large"><r>').replace("</data>", "</r></data>")
    )
    return re.sub(
        r"<h:body>(.*)</h:body>",
        r'<h:body><group ref="/data/r"><label>Rack</label><repeat nodeset="/data/r">\1</repeat></group></h:body>',
        inside,
    )


def _page(ctx: UiContext, instance: str, key: str = "") -> ChecklistPage:
    page = ChecklistPage(ctx)
    page.resize(1084, 736)
    page.show()
    page.open(instance_id=instance, key=key)
    ctx.background.idle()
    page.frame.cards.after("", -1)
    for _ in range(10):
        QApplication.processEvents()
    return page


def _typed(line: QLineEdit, text: str) -> Iterator[float]:
    line.setFocus()
    QApplication.processEvents()
    for letter in text:
        before = time.thread_time()
        QTest.keyClicks(line, letter)
        QApplication.processEvents()
        yield (time.thread_time() - before) * 1000


def _fields(page: ChecklistPage, most: int) -> list[QLineEdit]:
    names = ("number", "line")
    return [each for each in page.frame.cards.findChildren(QLineEdit) if each.objectName() in names and each.isVisible()][:most]


def _figures(name: str, spent: list[float]) -> Iterator[Measure]:
    spent.sort()
    yield Measure("typing", f"{name}: keys", len(spent), "count")
    yield Measure("typing", f"{name}: key to painted, median", statistics.median(spent), "ms CPU")
    yield Measure("typing", f"{name}: key to painted, p99", spent[int(len(spent) * 0.99)], "ms CPU", FRAME_MS)
    yield Measure("typing", f"{name}: key to painted, worst", spent[-1], "ms CPU")


def run() -> Iterator[Measure]:
    """Sections of ten, all in one, a long list."""
    make_immortal()
    app = QApplication.instance() or QApplication([])
    background = Background()
    with tempfile.TemporaryDirectory(prefix="fieldapp-bench-") as folder:
        session = make_session(Path(folder))
        world = SmallWorld.into(session)
        ctx = UiContext(background, session.clock, Settings(), session=session)
        assert isinstance(app, QApplication)
        apply_theme(app, ctx.theme)
        page = _page(ctx, _give(session, world, "tens", large_form()))
        spent: list[float] = []
        for section in range(6):
            page._open_section(section)
            page.frame.cards.after("", -1)
            QApplication.processEvents()
            for field in _fields(page, 10):
                spent += _typed(field, "1234567")
        yield from _figures("sections of 10", spent)
        page.hide()
        for name, xform, place in (
            ("300 in one section", _flat(large_form()), "/data"),
            ("300 in one row of a repeat", _in_a_row(large_form()), "/data/r{1}"),
        ):
            before = time.thread_time()
            page = _page(ctx, _give(session, world, name, xform))
            yield Measure("typing", f"{name}: opened, all cards made", (time.thread_time() - before) * 1000, "ms CPU")
            before = time.thread_time()
            for group in range(GROUPS):
                page.pen.answer(f"{place}/g{group}/q0", "9")
            page.frame.cards.after("", -1)  # shows what the answers brought
            for _ in range(20):
                QApplication.processEvents()
            yield Measure("typing", f"{name}: 30 answers that bring 270 cards", (time.thread_time() - before) * 1000, "ms CPU")
            spent = [each for field in _fields(page, FIELDS) for each in _typed(field, "1234567")]
            yield from _figures(name, spent)
            page.hide()
        page = _page(ctx, give_editors(session, world), "/data/choices/parts")
        editor = page.frame.cards.cards["/data/choices/parts"].editor
        assert isinstance(editor, ListEditor)
        editor.unfold(True)
        spent = []
        for part in range(40):
            editor.filter.clear()
            spent += _typed(editor.filter, f"70{part * 71:04d}")
        yield from _figures("a list of 3,000", spent)
        page.leaving()
        background.idle()
        background.close()
        session.close()
