"""Cards, tags, lists, tables, steps, the document view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QVBoxLayout, QWidget

from fieldapp.base.clock import SystemClock
from fieldapp.ui.theme.style import apply_theme, locale_of
from fieldapp.ui.theme.tokens import Theme
from fieldapp.ui.widgets.buttons import Button, PrimaryButton
from fieldapp.ui.widgets.cards import Banner, Card, EmptyState, KeyValueList
from fieldapp.ui.widgets.conflict import ConflictCard, ConflictSide, ConflictWords
from fieldapp.ui.widgets.history import Timeline, TimelineEntry, TrendLine
from fieldapp.ui.widgets.layouts import Column, FlowRow, PagedColumn, TwoColumns
from fieldapp.ui.widgets.pdf_view import PdfView
from fieldapp.ui.widgets.progress import Bar, ProgressRow, SectionList, SectionWords
from fieldapp.ui.widgets.steps import GateList, GateWords, NoReturnLine
from fieldapp.ui.widgets.table import DataTable, TableColumn, TableRow
from fieldapp.ui.widgets.tags import ChipButton, ClockChip, Tag
from fieldapp.ui.widgets.texts import Elided, Text
from fieldapp.ui.widgets.visit import ClockRow, VisitCard, VisitWords
from tests.ui.gallery import sample_pdf


def shown(widget: QWidget, width: int = 600, height: int = 400) -> None:
    """Give a widget room and let it settle."""
    widget.resize(width, height)
    widget.show()
    for _ in range(3):
        QApplication.processEvents()


def test_a_cut_text_tells_the_whole_in_its_tooltip(qapp: QApplication) -> None:
    text = Elided("a rather long line that does not fit")
    shown(text, 80, 30)
    assert text.toolTip() == text.accessibleName() == "a rather long line that does not fit"
    shown(text, 600, 30)
    assert text.toolTip() == ""


@pytest.mark.parametrize("words", ["a rather long line that goes on and on and on", "前面板滤网积灰严重已清理建议缩短更换周期并复查"])
def test_a_text_wraps_and_takes_the_height_it_needs(qapp: QApplication, words: str) -> None:
    text = Text(words)
    column = Column([text])
    shown(column, 120, 400)
    assert text.width() <= 120
    assert text.height() >= text.heightForWidth(text.width()) > text.fontMetrics().height() * 1.5


def test_what_a_person_typed_is_never_read_as_markup(qapp: QApplication) -> None:
    assert Text("<b>x</b>").textFormat() == Qt.TextFormat.PlainText
    assert Elided("<b>x</b>").textFormat() == Qt.TextFormat.PlainText


def test_tags_flow_to_the_next_line(qapp: QApplication) -> None:
    tags = [Tag(f"tag number {n}") for n in range(6)]
    row = FlowRow(tags)
    shown(row, 220, 300)
    assert len({tag.y() for tag in tags}) > 1
    assert all(tag.geometry().right() <= 220 for tag in tags)
    assert row.heightForWidth(220) > row.heightForWidth(2000)


def test_a_tag_says_its_words_and_a_clock_changes_them(qapp: QApplication) -> None:
    chip = ClockChip("剩 42 分", "due")
    chip.set("超时 12 分", "breached")
    assert (chip.text, chip.tone, chip.accessibleName()) == ("超时 12 分", "breached", "超时 12 分")
    shown(chip, 60, 26)
    assert chip.toolTip() == "超时 12 分"


def test_a_choice_can_be_checked_with_the_keyboard(qapp: QApplication) -> None:
    chip = ChipButton("left over", checkable=True)
    shown(chip, 120, 44)
    QTest.keyClick(chip, Qt.Key.Key_Space)
    assert chip.isChecked()
    assert chip.sizeHint().height() >= 44


def test_columns_stack_where_there_is_no_room(qapp: QApplication) -> None:
    columns = TwoColumns(side=300, least=400)
    columns.main.addWidget(Text("main"))
    columns.side.addWidget(Text("side"))
    stacked = []
    for width in (1000, 500, 1000):
        shown(columns, width)
        stacked.append(columns.is_stacked)
        main, side = columns.main_box.geometry(), columns.side_box.geometry()
        assert side.top() > main.bottom() if columns.is_stacked else side.left() > main.right()
    assert stacked == [False, True, False]
    assert columns.side_box.width() == 300


def test_the_tall_button_is_taller(qapp: QApplication) -> None:
    heights = []
    for tall in (False, True):
        button = PrimaryButton("Sign", tall=tall)
        shown(button, 200, 100)
        heights.append(button.sizeHint().height())
    assert heights == [44, 56]


def test_a_column_is_filled_anew(qapp: QApplication) -> None:
    column = Column([Text("a"), Text("b")])
    column.set_widgets([Text("c")])
    layout = column.layout()
    assert layout is not None
    assert layout.count() == 1


def test_a_card_without_title_takes_no_room_for_one(qapp: QApplication) -> None:
    card, titled = Card(), Card("Title", "detail")
    for each in (card, titled):
        each.add(Text("x"))
    assert titled.sizeHint().height() > card.sizeHint().height()
    card.add_to_title(Tag("x"))
    assert card.sizeHint().height() > 60


def test_values_are_said_with_their_names(qapp: QApplication) -> None:
    rows = KeyValueList([("Duty manager", "021-5550 0001")], style="sheet")
    rows.set_rows([("Depot", "14:00"), ("Second line", "0017")])
    assert {w.accessibleName() for w in rows.findChildren(Text)} >= {"Depot: 14:00", "Second line: 0017"}


def test_an_empty_state_offers_what_to_do(qapp: QApplication) -> None:
    empty, pressed = EmptyState("spares"), list[int]()
    empty.pressed.connect(lambda: pressed.append(1))
    empty.set_words("No spares", "Take parts over", "Open the depot")
    shown(empty)
    button = empty.findChildren(QPushButton)[0]
    button.click()
    assert pressed == [1]
    empty.set_words("No spares")
    assert not button.isVisible()


def test_a_banner_can_be_pressed(qapp: QApplication) -> None:
    banner, pressed = Banner("1 left over", "done?"), list[int]()
    banner.pressed.connect(lambda: pressed.append(1))
    shown(banner, 200, 60)
    QTest.mouseClick(banner, Qt.MouseButton.LeftButton)
    assert (pressed, banner.accessibleName()) == ([1], "1 left over done?")


def test_a_visit_opens_on_click_or_enter_and_acts_on_its_button(qapp: QApplication) -> None:
    card = VisitCard(VisitWords("09:30", "Room 3", "Inspection", "ring", (("x", "met"),), "at 09:30", action="Go on", progress=0.5))
    seen: list[str] = []
    card.opened.connect(lambda: seen.append("open"))
    card.acted.connect(lambda: seen.append("act"))
    shown(card, 700, 170)
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(200, 20))
    QTest.keyClick(card, Qt.Key.Key_Return)
    card.button.click()
    assert seen == ["open", "open", "act"]
    card.set_chip("超时 1 分", "breached")
    assert card.chip.text == "超时 1 分"


def test_no_part_of_a_visit_stands_on_the_screen_alone_while_it_is_made(qapp: QApplication) -> None:
    class Eye(QObject):
        alone: list[str]

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                self.alone.append(type(watched).__name__)
            return False

    eye = Eye()
    eye.alone = []
    qapp.installEventFilter(eye)
    card = VisitCard(VisitWords("09:30", "Room 3", "Inspection", "ring", (), "at 09:30", action="Go on"))
    assert eye.alone == [], "it would take the keyboard from the window that has it"
    shown(card)
    qapp.removeEventFilter(eye)
    assert eye.alone == ["VisitCard"]
    assert card.chip.isVisible()
    assert card.button.isVisible()
    bare = VisitCard(VisitWords("09:30", "Room 3", "Inspection", "", (), ""))
    shown(bare)
    assert not bare.chip.isVisible()
    assert not bare.button.isVisible()


def test_a_conflict_shows_three_values_and_takes_three_decisions(qapp: QApplication) -> None:
    card = ConflictCard(ConflictWords("1", "phone", ConflictSide("a", "07:52"), ConflictSide("b"), ConflictSide(""), undoable=False))
    seen: list[str] = []
    card.kept_mine.connect(lambda: seen.append("mine"))
    card.took_theirs.connect(lambda: seen.append("theirs"))
    card.wants_other.connect(lambda: seen.append("other"))
    for button in (card.keep, card.take, card.other):
        button.click()
    assert seen == ["mine", "theirs", "other"]
    texts = {label.text() for label in card.findChildren(Text)}
    assert {"修改前", "本机", "服务端", "空", "两边都改了此项,两个值均已保留"} <= texts
    card.setLocale(locale_of("en"))
    assert (card.keep.text(), card.take.text()) == ("Keep mine", "Take theirs")


def test_gates_show_progress_cancel_and_the_point_of_no_return(qapp: QApplication) -> None:
    gates = GateList()
    gates.set_gates(
        [
            GateWords("1", "a", done=True),
            GateWords("2", "b", state="61 %", tone="due", progress=0.61, progress_words="left", can_cancel=True),
            GateWords("3", "c", action="Start", no_return=True),
        ]
    )
    seen: list[tuple[str, int]] = []
    gates.cancelled.connect(lambda at: seen.append(("cancel", at)))
    gates.acted.connect(lambda at: seen.append(("act", at)))
    for button in gates.findChildren(Button):
        button.click()
    assert seen == [("cancel", 1), ("act", 2)]
    assert len(gates.findChildren(NoReturnLine)) == 1
    gates.set_progress(1, 0.7, "soon", "70 %")
    assert gates.findChildren(Bar)[0].fraction == 0.7
    assert "70 %" in {tag.text for tag in gates.findChildren(Tag)}
    assert "取消" in {button.text() for button in gates.findChildren(Button)}


def test_a_time_line_says_when_and_what(qapp: QApplication) -> None:
    line = Timeline()
    line.set_entries([TimelineEntry("13:34", "Entered", "by code"), TimelineEntry("13:50", "Located")])
    names = {w.accessibleName() for w in line.findChildren(QWidget)}
    assert {"13:34 Entered by code", "13:50 Located"} <= names


def test_a_trend_rises_with_its_readings_and_is_said_in_words(qapp: QApplication) -> None:
    trend = TrendLine()
    trend.resize(200, 44)
    trend.set_readings((21.2, 21.8, 24.3), 26.4, 18, 27, "due")
    heights = [point.y() for point in trend.points()]
    assert heights == sorted(heights, reverse=True)
    assert trend.accessibleName() == "读数:21.2, 21.8, 24.3, 26.4;允许 18 至 27"
    trend.set_readings(())
    assert trend.points() == []
    trend.grab()
    trend.set_readings((5.0, 5.0))
    assert {point.y() for point in trend.points()} == {trend.points()[0].y()}


def test_a_phase_says_where_it_stands_and_breaks_where_it_is_narrow(qapp: QApplication) -> None:
    row = ProgressRow("Photos")
    row.show_phase("now", 0.5, "18 of 31")
    assert row.accessibleName() == "Photos: 18 of 31"
    shown(row, 900, 60)
    assert row.bar.y() < row.words.geometry().bottom()
    shown(row, 400, 80)
    assert row.bar.y() >= row.words.geometry().bottom()


def test_sections_are_walked_with_the_arrows_and_chosen(qapp: QApplication) -> None:
    sections, chosen = SectionList(), list[int]()
    sections.chosen.connect(chosen.append)
    words = [SectionWords("Power", 6, 6), SectionWords("Room", 5, 7, "1 abnormal"), SectionWords("Disks", 0, 0)]
    sections.set_sections(words, 0)
    shown(sections, 220, 300)
    buttons = sections._sections
    buttons[0].setFocus()
    QTest.keyClick(buttons[0], Qt.Key.Key_Down)
    assert sections.focusWidget() is buttons[1]
    buttons[1].click()
    assert chosen == [1]
    sections.set_sections([SectionWords("Power", 6, 6), SectionWords("Room", 6, 7), SectionWords("Disks", 0, 9)], 1)
    assert sections._sections is buttons
    assert buttons[1].accessibleName() == "Room 6/7"


def test_the_title_of_a_section_takes_a_second_line_rather_than_being_cut(qapp: QApplication) -> None:
    sections = SectionList()
    sections.set_sections([SectionWords("Room", 5, 7), SectionWords("Configuration and firmware", 1, 2)], 0)
    shown(sections, 190, 300)
    short, long = sections._sections
    assert long.height() > short.height()
    shown(sections, 400, 300)
    assert long.height() == short.height()


def test_a_table_of_100_000_rows_opens_and_scrolls_at_once(qapp: QApplication) -> None:
    table = DataTable([TableColumn("No.", 140, bold=True), TableColumn("Title", 0), TableColumn("Due", 90, "right")])
    rows = [TableRow(str(n), (f"CS-{n:06d}", "存储控制器降级", "4 d"), (None, None, "due")) for n in range(100_000)]
    clock = SystemClock()
    shown(table, 900, 600)
    began = clock.elapsed()
    table.set_rows(rows)
    QApplication.processEvents()
    for position in (20_000, 1_000_000, table.verticalScrollBar().maximum()):
        table.verticalScrollBar().setValue(position)
        table.viewport().grab()
    assert clock.elapsed() - began < 1.5
    assert table.rows_model.rowCount() == 100_000


def test_a_clock_stands_beside_its_number_or_below_it_and_is_never_cut(qapp: QApplication) -> None:
    row = ClockRow("CS-2026-00417", "P2", "5 min left", "due")
    row.resize(266, 60)
    row.show()
    qapp.processEvents()
    assert row.chip.y() < 10 < row.chip.x()
    row.set_chip("escalates in 14 h 23 min, and long words after it", "due")
    row.resize(266, 80)
    qapp.processEvents()
    assert row.chip.y() > 10
    row.resize(900, 60)
    qapp.processEvents()
    assert row.chip.y() < 10
    assert row.chip.width() >= row.chip.sizeHint().width()
    assert "escalates" in row.accessibleName()


def test_a_cell_of_two_lines_shows_both_and_says_both(qapp: QApplication) -> None:
    table = DataTable([TableColumn("Subject", 0, two_lines=True), TableColumn("Due", 90)])
    table.set_rows([TableRow("a", ("Inspection report\n临云区政务中心 · 政务云机房", "today"))])
    table.resize(300, 200)
    table.show()
    qapp.processEvents()
    assert table.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "Inspection report · 临云区政务中心 · 政务云机房"
    rows = table.visualRect(table.model().index(0, 0))
    picture = table.viewport().grab(rows).toImage()
    middle = picture.height() // 2
    paper = picture.pixelColor(0, 0)
    for part in (range(2, middle - 2), range(middle + 2, picture.height() - 2)):
        assert any(picture.pixelColor(x, y) != paper for y in part for x in range(20, rows.width() - 20))
    assert rows.height() >= 44


def test_a_row_is_chosen_by_click_and_enter_and_stays_chosen(qapp: QApplication) -> None:
    table, chosen, sorts = DataTable([TableColumn("No.")]), list[str](), list[tuple[int, bool]]()
    table.chosen.connect(chosen.append)
    table.sort_wanted.connect(lambda column, down: sorts.append((column, down)))
    table.set_rows([TableRow(key, (key.upper(),)) for key in "abc"])
    shown(table)
    table.select_key("b")
    QTest.keyClick(table, Qt.Key.Key_Return)
    table.set_rows([TableRow(key, (key.upper(),)) for key in "xyb"])
    assert (table.current_key, chosen) == ("b", ["b"])
    place = table.visualRect(table.rows_model.index(0, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == ["b", "x"]
    for _ in range(2):
        QTest.mouseClick(table.horizontalHeader().viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert sorts == [(0, False), (0, True)]


def test_a_document_is_read_page_by_page(qapp: QApplication) -> None:
    view, moves = PdfView(), list[tuple[int, int]]()
    view.page_changed.connect(lambda page, total: moves.append((page, total)))
    assert view.show_pdf(sample_pdf(3)) is True
    shown(view, 500, 600)
    assert (view.page, view.total, view.seen) == (1, 3, {1})
    view.next.click()
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    view.go_to(9)
    assert (view.page, view.seen) == (3, {1, 2, 3})
    assert not view.next.isEnabled()
    assert moves[-1] == (3, 3)


def test_what_lies_around_a_page_is_dark_in_the_dark(qapp: QApplication) -> None:
    view = PdfView()
    assert view.show_pdf(sample_pdf(1)) is True
    shown(view, 900, 400)
    try:
        apply_theme(qapp, Theme("dark"))
        picture = view.grab().toImage()
        assert picture.pixelColor(20, 100).name().upper() == Theme("dark").colours.raised
    finally:
        apply_theme(qapp, Theme("light"))


def test_a_section_in_which_nothing_counts_may_be_left_empty_and_says_so(qapp: QApplication) -> None:
    sections = SectionList()
    sections.setLocale(locale_of("en"))
    sections.set_sections([SectionWords("Machine room", 2, 7), SectionWords("Customer", 0, 0)])
    shown(sections, 220, 200)
    names = [each.accessibleName() for each in sections.findChildren(QAbstractButton)]
    assert names == ["Machine room 2/7", "Customer optional"]


def test_what_is_no_document_is_said_in_a_sentence(qapp: QApplication) -> None:
    view = PdfView()
    assert view.show_pdf(b"not a document") is False
    shown(view, 500, 600)
    assert "此文档无法显示" in " ".join(label.text() for label in view.findChildren(Text) if label.isVisible())
    assert view.total == 0
    assert view.show_pdf(sample_pdf(1)) is True


class _Resized(QObject):
    """Counts how often widgets were given another height."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Resize
        return super().eventFilter(watched, event)


def _in_pages(hidden: set[int]) -> tuple[QWidget, PagedColumn, list[Card]]:
    """Forty cards with words of many lengths in a paged column, some hidden, as they stand in a page with room below."""
    whole, column = QWidget(), PagedColumn()
    outer = QVBoxLayout(whole)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(column)
    outer.addStretch(1)
    cards = [Card(f"{at} " + "words that go on to other lines " * (at % 5)) for at in range(40)]
    for at, card in enumerate(cards):
        column.addWidget(card)
        card.setVisible(at not in hidden)
        column.settle(card)
    return whole, column, cards


def test_cards_in_pages_stand_where_they_would_stand_in_one_column(qapp: QApplication) -> None:
    hidden = {0, 7, 39, *range(15, 33)}  # with all of the second page
    whole, _column, cards = _in_pages(hidden)
    plain = Column(others := [Card(card.title.text()) for card in cards])
    for at, card in enumerate(others):
        card.setVisible(at not in hidden)
    shown(whole, 300, 4000)
    shown(plain, 300, plain.heightForWidth(300))
    placed = [card.mapTo(whole, QPoint(0, 0)).y() for at, card in enumerate(cards) if at not in hidden]
    assert placed == [card.y() for at, card in enumerate(others) if at not in hidden]
    assert [card.size() for card in cards if card.isVisible()] == [card.size() for card in others if card.isVisible()]


def test_a_card_in_pages_that_goes_or_comes_resizes_no_other(qapp: QApplication) -> None:
    whole, column, cards = _in_pages(set())
    shown(whole, 300, 4000)
    resized = _Resized()
    for card in cards:
        if card is not cards[5]:
            card.installEventFilter(resized)
    before = cards[39].mapTo(whole, QPoint(0, 0)).y()
    for visible in (False, True):
        cards[5].setVisible(visible)
        column.settle(cards[5])
        for _ in range(3):
            QApplication.processEvents()
        assert (cards[39].mapTo(whole, QPoint(0, 0)).y() == before) is visible
    assert resized.count == 0


def test_a_column_in_pages_lets_its_cards_go_and_takes_others(qapp: QApplication) -> None:
    whole, column, cards = _in_pages(set())
    shown(whole)
    column.empty()
    assert not column.findChildren(Card)
    assert all(card.parentWidget() is None for card in cards)
    column.addWidget(again := Card("again"))
    again.show()
    column.settle(again)
    shown(whole)
    assert again.isVisible()
