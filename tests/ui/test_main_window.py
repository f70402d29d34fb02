"""The window: rail, bar, pages and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.base.errors import RuleError
from fieldapp.base.i18n import say
from fieldapp.base.settings import Settings
from fieldapp.ui.frame.rail import PLACES
from fieldapp.ui.frame.top_bar import Safety
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import Tone
from fieldapp.ui.widgets.buttons import PrimaryButton

NAMES = [*(place.page for place in PLACES), "settings", "case", "unlock", "search"]


class Plain(Page):
    """A page with a word and a button."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.word, self.button = QLabel(), PrimaryButton()
        self.stays = False
        self.body.addWidget(self.word)
        self.body.addWidget(self.button)

    def retranslate(self) -> None:
        self.word.setText(self.t("Spares"))
        self.button.setText(self.t("Take theirs"))

    def heading(self) -> str:
        return self.t("Spares")

    def leaving(self) -> bool:
        return not self.stays

    def fail(self) -> None:
        def work() -> None:
            raise RuleError

        self.run(work)


MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def make_window(make_context: Callable[[Settings], UiContext]) -> Iterator[MakeWindow]:
    made: list[MainWindow] = []

    def make(**chosen: object) -> MainWindow:
        window = MainWindow(make_context(Settings().chosen(**chosen)), dict.fromkeys(NAMES, Plain))
        window.show()
        window.ctx.navigate("today")
        QApplication.processEvents()
        made.append(window)
        return window

    yield make
    for window in made:
        if isinstance(window.page, Plain):
            window.page.stays = False
        window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window()


def page_of(window: MainWindow) -> Plain:
    assert isinstance(window.page, Plain)
    return window.page


def test_the_language_switch_relabels_everything_live(window: MainWindow) -> None:
    assert [b.text() for b in window.rail.buttons.values()][:3] == ["今日", "工单", "巡检"]
    window.bar.language.click()
    assert [b.text() for b in window.rail.buttons.values()][:3] == ["Today", "Cases", "Inspections"]
    assert window.bar.search.placeholderText() == "Search cases, customers, serials…"
    assert page_of(window).word.text() == "Spares"
    assert window.windowTitle() == "Spares - fieldapp"
    window.bar.language.click()
    assert page_of(window).word.text() == "备件"


def test_a_page_made_after_the_switch_speaks_the_new_language(window: MainWindow) -> None:
    window.bar.language.click()
    window.ctx.navigate("cases")
    assert page_of(window).word.text() == "Spares"


def test_the_rail_opens_places_and_marks_them(window: MainWindow) -> None:
    window.rail.buttons["spares"].click()
    assert window.host.page_name == "spares"
    assert [n for n, b in window.rail.buttons.items() if b.isChecked()] == ["spares"]
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.host.page_name == "cases"


def test_back_returns_to_the_page_before_with_its_arguments(window: MainWindow) -> None:
    window.ctx.navigate("case", case="7")
    window.ctx.navigate("case", case="8")
    assert window.bar.back.isVisible()
    window.bar.back.click()
    assert page_of(window).arguments == {"case": "7"}
    window.ctx.back()
    assert window.host.page_name == "today"
    assert not window.bar.back.isVisible()
    window.ctx.back()
    assert window.host.page_name == "today"


def test_a_page_that_may_not_be_left_stays(window: MainWindow) -> None:
    page_of(window).stays = True
    window.rail.buttons["cases"].click()
    assert window.host.page_name == "today"
    assert window.rail.buttons["today"].isChecked()
    assert window.close() is False


def test_a_lone_page_has_no_rail_and_no_way_elsewhere(window: MainWindow) -> None:
    window.ctx.show_bare("unlock", reason="idle")
    lone = page_of(window)
    assert lone.arguments == {"reason": "idle"}
    assert not window.rail.isVisible()
    assert not window.bar.isVisible()
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    window.ctx.navigate("cases")
    assert window.page is lone
    assert window.windowTitle() == "fieldapp"
    window.ctx.leave_bare()
    assert window.host.page_name == "today"
    assert window.rail.isVisible()
    window.ctx.show_bare("unlock")
    assert window.page is not lone


def test_beside_a_lone_page_no_notice_shows_and_the_last_one_waits(window: MainWindow) -> None:
    """Before the customer only what concerns the page before them is said; the rest is told to the engineer afterwards."""
    window.ctx.show_bare("unlock")
    window.ctx.notify(say("Today"), "met")
    window.ctx.notify(say("Back"), "breached")
    window.ctx.announce({"case"})
    assert not window.notices.isVisible()
    for key in (Qt.Key.Key_K, Qt.Key.Key_1):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    assert not any(part.isVisible() for part in (window.rail, window.bar, window.bar.search, window.notices))
    window.ctx.leave_bare()
    assert window.notices.isVisible()
    assert window.notices.words.text() == say("Back").read("zh")


def test_a_lone_page_says_its_own_errors(window: MainWindow) -> None:
    window.ctx.show_bare("unlock")
    page = page_of(window)

    def fail() -> None:
        raise RuleError

    page.run(fail)
    assert window.ctx.background.idle()
    assert window.notices.isVisible()


def test_what_could_not_be_saved_keeps_the_window_open_once(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of(window), "owes", lambda: True)
    assert window.close() is False
    assert "未能保存" in window.notices.words.text()
    assert window.close() is True


def test_nothing_of_the_pages_stays_when_they_are_forgotten(window: MainWindow) -> None:
    window.ctx.navigate("case", case="7")
    window.ctx.show_bare("unlock")
    window.host.forget_pages()
    window.ctx.leave_bare()
    assert window.page is None
    assert not window.host.can_go_back


def test_search_is_reached_by_its_keys_and_opens_the_search_page(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.bar.search.hasFocus() or window.focusWidget() is window.bar.search
    QTest.keyClicks(window.bar.search, " SN 78 ")
    QTest.keyClick(window.bar.search, Qt.Key.Key_Return)
    assert (window.host.page_name, page_of(window).arguments) == ("search", {"text": "SN 78"})


def test_an_error_in_the_background_shows_its_sentence(window: MainWindow) -> None:
    page_of(window).fail()
    assert window.ctx.background.idle()
    assert window.notices.isVisible()
    assert window.notices.words.text() == RuleError().read("zh")
    assert window.notices.tone == "breached"
    window.bar.language.click()
    assert window.notices.words.text() == RuleError().read("en")
    window.notices.clear()
    assert not window.notices.isVisible()


def test_a_notice_can_go_by_itself(window: MainWindow, qtbot: QtBot) -> None:
    window.ctx.notify(say("Back"), "met", seconds=1)
    assert window.notices.isVisible()
    qtbot.waitUntil(lambda: not window.notices.isVisible(), timeout=3000)


def test_a_notice_ends_with_its_page_but_is_seen_after_the_step_it_tells_of(window: MainWindow, qtbot: QtBot) -> None:
    window.ctx.notify(say("Back"), "breached")
    window.ctx.navigate("cases")
    assert window.notices.isVisible()
    qtbot.wait(1600)
    window.ctx.navigate("today")
    assert not window.notices.isVisible()


def test_the_words_of_a_notice_take_the_colour_of_its_tone(window: MainWindow) -> None:
    tones: tuple[Tone, ...] = ("met", "breached")
    for tone in tones:
        window.ctx.notify(say("Back"), tone)
        shown = window.notices.words.palette().color(QPalette.ColorRole.WindowText).name().upper()
        assert shown == window.ctx.theme.colours.tone(tone)[0].upper()


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ("visit", "today"),
        ("case", "cases"),
        ("checklist", "inspections"),
        ("swap", "spares"),
        ("upgrade", "changes"),
        ("report", "reports"),
        ("sync", "sync"),
    ],
)
def test_the_rail_marks_the_place_a_page_belongs_to(window: MainWindow, page: str, place: str) -> None:
    window.rail.show_place(page)
    assert [name for name, button in window.rail.buttons.items() if button.isChecked()] == [place]


@pytest.mark.parametrize("state", ["safe", "local", "due", "needs"])
def test_the_safety_light_says_its_state_in_words_and_leads_to_the_list(window: MainWindow, state: str) -> None:
    window.set_safety(Safety(state, say("Sync"), say("Both edited, nothing lost")))  # type: ignore[arg-type]
    light = window.bar.light
    assert (light.text(), light.accessibleName()) == ("同步", "两边都改了此项,两个值均已保留")
    light.click()
    assert (window.host.page_name, page_of(window).arguments) == ("sync", {"show": "where"})


def test_the_four_states_of_the_light_look_different(window: MainWindow) -> None:
    pictures = set()
    for state in ("safe", "local", "due", "needs"):
        window.set_safety(Safety(state, say("Sync")))
        image = window.bar.light.grab().toImage()
        pictures.add(image.pixelColor(image.width() - 12, image.height() // 2).name())
    assert len(pictures) == 4


def test_counters_are_seen_and_said(window: MainWindow) -> None:
    window.set_counts({"cases": 12})
    assert window.rail.buttons["cases"].accessibleName() == "工单 12"
    window.set_counts({})
    assert window.rail.buttons["cases"].accessibleName() == "工单"


def test_an_entry_without_a_page_cannot_be_pressed(make_context: Callable[[Settings], UiContext]) -> None:
    window = MainWindow(make_context(Settings()), {"today": Plain})
    assert window.rail.buttons["today"].isEnabled()
    assert not window.rail.buttons["duty"].isEnabled()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("percent", [100, 125, 150])
def test_no_word_of_rail_or_buttons_is_cut(make_window: MakeWindow, language: str, percent: int) -> None:
    window = make_window(language=language, text_percent=percent)
    window.set_counts({place.page: 88 for place in PLACES})
    window.resize(1024, 700)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (1024, 700)
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and button.text() and button is not window.bar.light:
            assert button.width() >= button.sizeHint().width(), button.text()
            assert button.height() >= button.sizeHint().height(), button.text()
    last = window.rail.buttons["sync"]
    assert last.visibleRegion().boundingRect().size() == last.size()


def test_targets_are_large_enough_to_press(window: MainWindow) -> None:
    for button in [*window.rail.buttons.values(), page_of(window).button, window.bar.language]:
        assert button.height() >= 44


def test_every_control_of_the_frame_has_a_name_and_takes_the_keyboard(window: MainWindow) -> None:
    window.ctx.navigate("case")
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.accessibleName() or button.text()
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_tab_goes_from_the_rail_over_the_bar_to_the_page(window: MainWindow) -> None:
    order: list[object] = []
    widget: QWidget = window.rail.buttons["today"]
    for _ in range(400):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            order.append(widget)
        following = widget.nextInFocusChain()
        assert following is not None
        widget = following
        if widget is window.rail.buttons["today"]:
            break
    at = [order.index(w) for w in (window.rail.buttons["sync"], window.bar.search, window.bar.light)]
    assert at == sorted(at)
    button = page_of(window).findChild(QPushButton)
    assert order.index(button) > at[-1]
