"""Customer mode on a real replica: only this report, exactly these pages, every outcome, and the PIN to leave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from fieldapp.base.ids import Id
from fieldapp.base.settings import Settings
from fieldapp.operations import documents
from fieldapp.operations.session import FieldSession
from fieldapp.operations.verification import verify
from fieldapp.ui.documents.signoff_page import SignoffPage
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.theme.style import apply_theme
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.fields import NoteField, PinField
from fieldapp.ui.widgets.signature import SignaturePad
from fieldapp.ui.widgets.tags import ChipButton
from tests.operations.paperwork import certified_repair, sign_as
from tests.operations.world import PIN, SmallWorld, make_session
from tests.ui.documents.showing import child, open_page, settle, window_on
from tests.ui.gallery import draw_stroke
from tests.ui.test_gallery import cut

WAVE = [(60.0 + 8 * i, 90 + 30 * ((-1) ** (i // 3)) * (i % 3) / 2) for i in range(20)]


@pytest.fixture
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FieldSession]:
    made = make_session(tmp_path_factory.mktemp("signoff"))
    yield made
    made.close()


@pytest.fixture
def report(session: FieldSession) -> Id:
    """A certified service report."""
    return certified_repair(session, SmallWorld.into(session))


@pytest.fixture
def window(qapp: QApplication, session: FieldSession) -> Iterator[MainWindow]:
    with window_on(session) as made:
        yield made


def opened(window: MainWindow, report: Id) -> SignoffPage:
    page = open_page(window, "signoff", report_id=report)
    assert isinstance(page, SignoffPage)
    return page


def press(window: MainWindow, page: SignoffPage, name: str) -> None:
    button = page.findChild(QAbstractButton, name)
    assert button is not None, name
    assert button.isEnabled(), name
    button.click()
    settle(window)


@pytest.mark.parametrize(("width", "percent"), [(1280, 100), (1280, 150), (1024, 100), (1024, 150)])
def test_a_telephone_number_is_seen_whole_at_every_size(window: MainWindow, report: Id, width: int, percent: int) -> None:
    window.ctx.choose(text_percent=percent)
    window.resize(width, 700)
    page = opened(window, report)
    phone = child(page, QLineEdit, "sign_phone")
    phone.setText("021-5550 1200")
    settle(window)
    try:
        assert phone.fontMetrics().horizontalAdvance(phone.text()) + 30 <= phone.width()
    finally:
        window.ctx.choose(text_percent=100)


def test_the_customer_signs_and_the_file_holds(session: FieldSession, window: MainWindow, report: Id) -> None:
    page = opened(window, report)
    assert not window.rail.isVisible()
    assert page.pdf.total == 2
    press(window, page, "contact_陈敏")
    assert child(page, QLineEdit, "sign_department").text() == "信息中心 · 技术负责人"
    draw_stroke(child(page, SignaturePad, "pad"), WAVE)
    press(window, page, "confirm_sign")
    assert page.side.currentWidget() is page.rating
    pdf = documents.preview(session, report).pdf
    verdict = verify(pdf, session.vault.roots, session.clock.now())
    assert verdict.accepted, verdict.read("en")
    assert verdict.signatures[1].name == "陈敏"


def test_nothing_is_preselected_in_the_satisfaction(session: FieldSession, window: MainWindow, report: Id) -> None:
    sign_as(session, report)
    page = opened(window, report)
    chips = page.rating.findChildren(ChipButton)
    assert len(chips) == 15
    assert not any(chip.isChecked() or chip.hasFocus() for chip in chips)
    press(window, page, "rating_submit")
    assert "尚未选择" in page.rating.problem.text()
    press(window, page, "quality_satisfied")
    press(window, page, "quality_neutral")
    assert page.rating.answers == {"content": "", "quality": "neutral", "solution": ""}
    press(window, page, "rating_submit")
    assert page.side.currentWidget() is page.end


def test_leaving_needs_the_pin(window: MainWindow, report: Id) -> None:
    page = opened(window, report)
    press(window, page, "leave")
    pin = child(page, PinField, "pin")
    QTest.keyClicks(pin, "1111")
    QTest.keyClick(pin, Qt.Key.Key_Return)
    settle(window)
    assert page.way_out.problem.text()
    assert window.host.is_bare
    press(window, page, "cancel_leave")
    assert page.side.currentWidget() is page.panel
    assert not window.close(), "the window stays open without the PIN"
    QTest.keyClicks(pin, PIN)
    press(window, page, "confirm_leave")
    assert not window.host.is_bare


def test_a_remark_waits_for_its_place_in_the_pages(session: FieldSession, window: MainWindow, report: Id) -> None:
    page = opened(window, report)
    before = page.view.content_digest
    draw_stroke(child(page, SignaturePad, "pad"), WAVE)
    remarks = child(page, NoteField, "remarks")
    remarks.setFocus()
    QTest.keyClicks(remarks, "ok, but noisy")
    confirm = child(page, PrimaryButton, "confirm_sign")
    assert not confirm.isEnabled()
    press(window, page, "write_remarks")
    assert page.view.remarks == "ok, but noisy"
    assert page.view.content_digest != before
    assert child(page, SignaturePad, "pad").is_empty, "strokes belong to the pages they were made under"
    assert confirm.isEnabled()


def test_a_signature_without_a_name_says_what_is_missing(window: MainWindow, report: Id) -> None:
    page = opened(window, report)
    draw_stroke(child(page, SignaturePad, "pad"), WAVE)
    press(window, page, "confirm_sign")
    assert "签字人姓名" in page.panel.problem.text() or "姓名" in page.panel.problem.text()
    assert not child(page, SignaturePad, "pad").is_empty, "what was drawn stays"
    press(window, page, "undo_stroke")
    assert child(page, SignaturePad, "pad").is_empty


@pytest.mark.parametrize(
    ("key", "first", "second", "state"),
    [("refused", "费用有争议", "赵凯", "refused"), ("absent", "主任出差", "", "certified"), ("paper", "", "陈敏", "paper")],
)
def test_other_outcomes_are_recorded(
    session: FieldSession, window: MainWindow, report: Id, key: str, first: str, second: str, state: str
) -> None:
    page = opened(window, report)
    press(window, page, f"outcome_{key}")
    assert page.side.currentWidget() is page.outcome
    page.outcome.first.setPlainText(first)
    page.outcome.second.setPlainText(second)
    press(window, page, "confirm_outcome")
    assert documents.report(session, report).line.state == state
    assert page.side.currentWidget() is (page.panel if key == "absent" else page.end)


def test_an_outcome_without_its_reason_says_so(session: FieldSession, window: MainWindow, report: Id) -> None:
    page = opened(window, report)
    press(window, page, "outcome_refused")
    press(window, page, "confirm_outcome")
    assert "原因" in page.outcome.problem.text()
    assert page.side.currentWidget() is page.outcome
    press(window, page, "cancel_outcome")
    assert page.side.currentWidget() is page.panel
    assert documents.report(session, report).line.state == "certified"


def test_part_is_accepted_by_writing_it_into_the_pages(session: FieldSession, window: MainWindow, report: Id) -> None:
    page = opened(window, report)
    press(window, page, "outcome_partial")
    page.outcome.first.setPlainText("监控未接入\n标签脱落")
    press(window, page, "confirm_outcome")
    assert page.view.not_accepted == ("监控未接入", "标签脱落")
    press(window, page, "contact_陈敏")
    draw_stroke(child(page, SignaturePad, "pad"), WAVE)
    press(window, page, "confirm_sign")
    assert documents.report(session, report).line.state_words.read("zh") == "部分验收"


def test_the_second_signer_begins_with_empty_fields(session: FieldSession, window: MainWindow) -> None:
    two = certified_repair(session, SmallWorld.into(session), signers=2)
    page = opened(window, two)
    assert page.panel.turn.text() == "第 1 位签字人,共 2 位"
    press(window, page, "contact_陈敏")
    draw_stroke(child(page, SignaturePad, "pad"), WAVE)
    press(window, page, "confirm_sign")
    assert page.panel.turn.text() == "第 2 位签字人,共 2 位"
    assert child(page, QLineEdit, "sign_name").text() == ""
    assert child(page, SignaturePad, "pad").is_empty


def test_the_language_is_the_customers_choice(window: MainWindow, report: Id) -> None:
    page = opened(window, report)
    child(page, QLineEdit, "sign_name").setText("陈敏")
    press(window, page, "language")
    assert child(page, PrimaryButton, "confirm_sign").text() == "Sign"
    assert child(page, SecondaryButton, "language").text() == "中文"
    assert child(page, QLineEdit, "sign_name").text() == "陈敏", "what was typed stays"


def test_every_control_has_a_name(window: MainWindow, report: Id) -> None:
    page = opened(window, report)
    nameless = [
        widget.objectName() or type(widget).__name__
        for widget in page.findChildren(QWidget)
        if isinstance(widget, QAbstractButton | QLineEdit | NoteField | SignaturePad)
        and widget.isVisible()
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
    ]
    assert nameless == []


@pytest.mark.parametrize(("language", "percent"), [("zh", 100), ("en", 150)])
def test_nothing_is_cut_in_the_smallest_window(qapp: QApplication, session: FieldSession, report: Id, language: str, percent: int) -> None:
    settings = Settings().chosen(language=language, text_percent=percent)
    with window_on(session, settings) as window:
        apply_theme(qapp, window.ctx.theme)
        window.resize(1024, 700)
        page = opened(window, report)
        page.panel.remarks.setPlainText("please replace the fan")
        settle(window)
        assert [words for w in page.findChildren(QWidget) if w.isVisible() and (words := cut(w))] == []
        for key in ("refused", "paper"):
            press(window, page, f"outcome_{key}")
            assert [words for w in page.findChildren(QWidget) if w.isVisible() and (words := cut(w))] == []
            press(window, page, "cancel_outcome")
        assert (window.width(), window.height()) == (1024, 700)
