"""The list of reports and one report on a real replica: states in words, what is allowed, copies, the check of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QLineEdit, QWidget

from fieldapp.base.ids import derived_id
from fieldapp.base.settings import Settings
from fieldapp.operations import documents
from fieldapp.operations.session import FieldSession
from fieldapp.ui.documents.printing import print_pages
from fieldapp.ui.documents.report_page import ReportPage
from fieldapp.ui.documents.reports_page import ReportsPage
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import Page
from fieldapp.ui.theme.style import apply_theme
from fieldapp.ui.widgets.table import DataTable
from tests.operations.paperwork import certified_repair, photograph, repaired, sign_as
from tests.operations.world import SmallWorld, make_session
from tests.ui.documents.showing import child, open_page, settle, window_on
from tests.ui.test_gallery import cut


@pytest.fixture
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FieldSession]:
    made = make_session(tmp_path_factory.mktemp("reports"))
    yield made
    made.close()


@pytest.fixture
def world(session: FieldSession) -> SmallWorld:
    return SmallWorld.into(session)


@pytest.fixture
def window(qapp: QApplication, session: FieldSession) -> Iterator[MainWindow]:
    with window_on(session) as made:
        yield made


def press(window: MainWindow, page: Page, name: str) -> None:
    button = page.findChild(QAbstractButton, name)
    assert button is not None, name
    assert button.isEnabled(), name
    button.click()
    settle(window)


def cells(page: Page) -> list[tuple[str, ...]]:
    return [row.cells for row in child(page, DataTable, "reports").rows_model.rows]


def test_without_reports_the_list_says_what_to_do(window: MainWindow, world: SmallWorld) -> None:
    page = open_page(window, "reports")
    assert isinstance(page, ReportsPage)
    assert page.empty.isVisible()
    assert not page.table.isVisible()


def test_the_list_shows_states_and_what_is_owed(session: FieldSession, window: MainWindow, world: SmallWorld) -> None:
    signed = certified_repair(session, world)
    sign_as(session, signed)
    documents.draft_report(session, world.inspection, "inspection")
    page = open_page(window, "reports")
    assert [(row[0], row[2], row[3]) for row in cells(page)] == [
        ("IR-2026-HD-000173", "草稿", ""),
        ("SR-2026-HD-000173", "已验收", "未交付"),
    ]
    press(window, page, "only_owed")
    assert [row[0] for row in cells(page)] == ["SR-2026-HD-000173"]
    press(window, page, "only_open")
    assert cells(page) == []
    press(window, page, "only_owed")
    table = child(page, DataTable, "reports")
    table.selectRow(0)
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle(window)
    assert isinstance(window.page, ReportPage)
    assert window.page.heading() == "IR-2026-HD-000173"


def test_a_visit_without_a_report_gets_a_draft(session: FieldSession, window: MainWindow, world: SmallWorld) -> None:
    page = open_page(window, "report", visit_id=repaired(session, world), kind="service")
    assert isinstance(page, ReportPage)
    assert (page.heading(), page.state.text, page.pdf.total) == ("SR-2026-HD-000173", "草稿", 2)
    assert page.report_id == documents.reports(session)[0].report_id
    assert not child(page, QAbstractButton, "save_copy").isEnabled()


def test_certifying_and_handing_over(session: FieldSession, window: MainWindow, world: SmallWorld) -> None:
    page = open_page(window, "report", visit_id=repaired(session, world), kind="service")
    assert isinstance(page, ReportPage)
    press(window, page, "signers_2")
    press(window, page, "certify")
    assert page.state.text == "待客户签字"
    assert not child(page, QAbstractButton, "certify").isVisible()
    press(window, page, "hand_over")
    assert window.host.is_bare
    assert window.page is not None
    assert window.page.view.expected == 2


def test_missing_photos_are_told_before_certifying(session: FieldSession, window: MainWindow, world: SmallWorld) -> None:
    visit = repaired(session, world)
    session.blobs.delete(photograph(session, world, derived_id("swap"), "铭牌.jpg"))
    page = open_page(window, "report", visit_id=visit, kind="service")
    assert isinstance(page, ReportPage)
    assert page.warning.isVisible()
    assert "铭牌" in page.warning.accessibleName()


def test_a_copy_is_saved_and_noted(session: FieldSession, window: MainWindow, world: SmallWorld, tmp_path: Path) -> None:
    report = certified_repair(session, world)
    sign_as(session, report)
    page = open_page(window, "report", report_id=report)
    assert isinstance(page, ReportPage)
    assert child(page, QAbstractButton, "delivered").isVisible()
    page.save_to(tmp_path)
    settle(window)
    assert (tmp_path / "SR-2026-HD-000173.pdf").is_file()
    assert not child(page, QAbstractButton, "delivered").isVisible()


def test_a_folder_that_takes_nothing_is_told(session: FieldSession, window: MainWindow, world: SmallWorld, tmp_path: Path) -> None:
    report = certified_repair(session, world)
    page = open_page(window, "report", report_id=report)
    assert isinstance(page, ReportPage)
    page.save_to(tmp_path / "gone")
    settle(window)
    assert window.notices.isVisible()


def test_delivery_void_and_new_version_ask_for_words(session: FieldSession, window: MainWindow, world: SmallWorld) -> None:
    report = certified_repair(session, world)
    sign_as(session, report)
    page = open_page(window, "report", report_id=report)
    press(window, page, "delivered")
    child(page, QLineEdit, "reason").setText("打印两份")
    press(window, page, "confirm_reason")
    assert documents.report(session, report).copy_delivered_how == "打印两份"
    press(window, page, "new_version")
    child(page, QLineEdit, "reason").setText("补充")
    press(window, page, "confirm_reason")
    assert page.view.report.line.version == 2
    press(window, page, "void_report")
    press(window, page, "confirm_reason")
    assert page.view.report.line.state == "draft", "without a reason nothing happens"
    child(page, QLineEdit, "reason").setText("不需要")
    press(window, page, "confirm_reason")
    assert page.view.report.line.state == "void"


def test_a_file_that_is_dropped_is_judged_in_words(session: FieldSession, window: MainWindow, world: SmallWorld, tmp_path: Path) -> None:
    report = certified_repair(session, world)
    sign_as(session, report)
    path = documents.save_copy(session, report, tmp_path).path
    page = open_page(window, "reports")
    assert isinstance(page, ReportsPage)
    area = child(page, QFrame, "verify_drop")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(5, 5), copy, data, left, none)
    QApplication.sendEvent(area, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(area, QDropEvent(QPointF(5, 5), copy, data, left, none))
    settle(window)
    assert page.verify.verdict.accessibleName().startswith("通过")
    path.write_bytes(path.read_bytes()[:-1])
    page.verify.wanted.emit(path)
    settle(window)
    assert page.verify.verdict.accessibleName().startswith("未通过")


def test_pages_are_printed_with_their_signatures(qapp: QApplication, session: FieldSession, world: SmallWorld, tmp_path: Path) -> None:
    report = certified_repair(session, world)
    sign_as(session, report)
    shown = documents.preview(session, report).shown
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    assert print_pages(shown, printer) == 2
    assert (tmp_path / "out.pdf").stat().st_size > 10_000
    assert print_pages(b"no document", QPrinter()) == 0


@pytest.mark.parametrize(("language", "percent"), [("zh", 100), ("en", 150)])
def test_nothing_is_cut_in_the_smallest_window(
    qapp: QApplication, session: FieldSession, world: SmallWorld, language: str, percent: int
) -> None:
    report = certified_repair(session, world)
    with window_on(session, Settings().chosen(language=language, text_percent=percent)) as window:
        apply_theme(qapp, window.ctx.theme)
        window.resize(1024, 700)
        draft = documents.draft_report(session, world.inspection, "inspection").line.report_id
        for name, arguments in (("reports", {}), ("report", {"report_id": report}), ("report", {"report_id": draft})):
            page = open_page(window, name, **arguments)
            settle(window)
            assert [words for w in page.findChildren(QWidget) if w.isVisible() and (words := cut(w))] == [], name
        assert (window.width(), window.height()) == (1024, 700)
