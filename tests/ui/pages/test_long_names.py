"""Every page with a customer's longest name, in a narrow window and at the largest text: nothing is cut, nothing scrolls sideways."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QAbstractButton, QScrollArea

from fieldapp.domain.customers import Customer, Site
from fieldapp.domain.visits import Visit
from fieldapp.operations.session import FieldSession
from fieldapp.ui.shell import PAGES
from fieldapp.ui.widgets.table import DataTable
from tests.operations.world import SmallWorld, give
from tests.ui.pages import staging
from tests.ui.pages.staging import MakeDesktop

LONG = "中国长江三角洲生态绿色一体化发展示范区轨道交通运营管理(集团)有限责任公司信息中心"
SITE = "二号楼地下二层东侧第三模块机房与不间断电源配电室(含电池间)"


def rename(session: FieldSession, world: SmallWorld) -> None:
    """The longest names that a register of companies has."""
    with session.reading() as reader:
        customer, site = reader.need(Customer, world.customer), reader.need(Site, world.site)
        visits = reader.find(Visit)
    give(session, replace(customer, name=LONG, address=f"{LONG}{SITE}"))
    give(session, replace(site, name=SITE))
    for each in visits:
        give(session, replace(each, title="第四季度巡检(硬件、系统、数据库、中间件、应用)与控制器电源模块更换、光模块更换及线缆整理"))


def pages(world: SmallWorld) -> list[tuple[str, dict[str, object]]]:
    """Every page of the rail and those behind them."""
    return [
        *(
            (name, {})
            for name in ("today", "cases", "inspections", "spares", "changes", "reports", "equipment", "duty", "sync", "settings")
        ),
        ("visit", {"visit_id": world.repair_visit}),
        ("visit", {"visit_id": world.inspection_visit}),
        ("case", {"case_id": world.case}),
        ("equipment", {"asset_id": world.storage}),
        ("inspections", {"inspection_id": world.inspection}),
        ("swap", {"case_id": world.case, "visit_id": world.repair_visit, "asset_id": world.storage}),
        ("upgrade", {"order_id": world.order}),
        ("search", {"text": "机房"}),
    ]


@pytest.mark.parametrize(("language", "percent", "size"), [("zh", 100, (1024, 700)), ("en", 100, (1024, 700)), ("en", 150, (1024, 700))])
def test_nothing_is_cut_off_or_scrolls_sideways(
    language: str,
    percent: int,
    size: tuple[int, int],
    field_session: FieldSession,
    world: SmallWorld,
    make_desktop: MakeDesktop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staging, "EVERYDAY", PAGES)
    rename(field_session, world)
    desktop = make_desktop(language=language, text_percent=percent)
    desktop.window.resize(*size)
    wrong = []
    for name, arguments in pages(world):
        page = desktop.go(name, **arguments)
        desktop.window.grab()
        if (desktop.window.width(), desktop.window.height()) != size:
            wrong.append(f"{name} {arguments} makes the window {desktop.window.size().toTuple()}")
        wrong += [
            f"{name} {arguments} scrolls sideways by {area.horizontalScrollBar().maximum()} in {area.objectName() or type(area).__name__}"
            for area in page.findChildren(QScrollArea)
            if area.isVisible() and area.horizontalScrollBar().maximum() > 0
        ]
        wrong += [
            f"{name} {arguments} cuts the button {button.text()!r}: {button.width()} of {button.minimumSizeHint().width()}"
            for button in page.findChildren(QAbstractButton)
            if button.isVisible() and button.width() < button.minimumSizeHint().width()
        ]
        for table in page.findChildren(DataTable):
            spare = [at for at, column in enumerate(table.rows_model.columns) if column.width == 0 and not table.isColumnHidden(at)]
            if table.isVisible() and table.horizontalScrollBar().maximum() > 0:
                wrong.append(f"{name} {arguments}: the table scrolls sideways by {table.horizontalScrollBar().maximum()}")
            if table.isVisible():
                wrong += [f"{name}: column {at} has {table.columnWidth(at)} pixels" for at in spare if table.columnWidth(at) < 110]
    assert wrong == []
