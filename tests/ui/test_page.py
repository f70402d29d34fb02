"""The base of pages: words, loading, what makes them come again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from fieldapp.base.errors import InputError
from fieldapp.base.i18n import say
from fieldapp.base.settings import Settings, load_settings, places, save_settings
from fieldapp.ui.background import Background
from fieldapp.ui.page import Notice, Page, UiContext
from fieldapp.ui.theme.style import locale_of


class Counting(Page):
    """Shows how often it was loaded."""

    kinds: ClassVar[frozenset[str]] = frozenset({"case"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.loads = 0
        self.label, self.shown = QLabel(), list[Any]()
        self.body.addWidget(self.label)

    def retranslate(self) -> None:
        self.label.setText(self.t("Sync"))

    def load(self) -> Callable[[], int]:
        self.loads += 1
        number = self.loads
        return lambda: number

    def render_view(self, view: int) -> None:
        self.shown.append(view)


def test_a_page_speaks_and_shows_what_it_loaded(ctx: UiContext) -> None:
    page = Counting(ctx)
    page.open(case="1")
    assert ctx.background.idle()
    assert (page.label.text(), page.shown, page.arguments) == ("同步", [1], {"case": "1"})


def test_a_page_speaks_anew_when_the_language_changes(ctx: UiContext) -> None:
    page = Counting(ctx)
    page.open()
    page.show()
    assert ctx.background.idle()
    ctx.choose(language="en")
    page.setLocale(locale_of("en"))
    assert page.label.text() == "Sync"
    assert page.shown == [1, 1]
    assert page.t("Page {page} of {total}", page=1, total=2) == "Page 1 of 2"
    page.hide()


def test_a_page_out_of_sight_speaks_anew_when_it_is_seen_again(ctx: UiContext) -> None:
    page = Counting(ctx)
    page.open()
    assert ctx.background.idle()
    ctx.choose(language="en")
    page.setLocale(locale_of("en"))
    assert (page.label.text(), page.shown) == ("同步", [1])
    page.show()
    assert (page.label.text(), page.shown) == ("Sync", [1, 1])
    page.hide()


def test_a_change_of_its_kinds_brings_it_again_at_once_when_seen_and_later_when_hidden(ctx: UiContext) -> None:
    page = Counting(ctx)
    page.open()
    ctx.announce({"case"})
    assert page.loads == 1
    page.show()
    assert page.loads == 2
    ctx.announce({"spare"})
    assert page.loads == 2
    ctx.announce({"case", "spare"})
    assert page.loads == 3
    assert ctx.background.idle()
    page.hide()


def test_only_the_answer_to_the_last_question_is_shown(ctx: UiContext) -> None:
    page = Counting(ctx)
    page.open()
    page.refresh()
    page.refresh()
    assert ctx.background.idle()
    assert page.shown == [3]


def test_an_error_becomes_a_sentence_in_the_notice_bar_and_buttons_wake_again(ctx: UiContext) -> None:
    page, button = Counting(ctx), QPushButton()
    notices: list[Notice] = []
    ctx.noticed.connect(notices.append)

    def work() -> None:
        raise InputError

    page.run(work, busy=[button])
    assert not button.isEnabled()
    assert ctx.background.idle()
    assert button.isEnabled()
    assert notices == [Notice(InputError().sentence, "breached")]


def test_sentences_of_a_view_are_read_in_the_language_of_the_screen(ctx: UiContext) -> None:
    page = Counting(ctx)
    assert page.read(say("Back")) == "返回"
    assert page.read("as typed") == "as typed"
    assert page.number(1234.5) == "1,234.5"
    assert page.time(ctx.clock.now(), seconds=True) == "10:42:17"
    assert page.when(ctx.clock.now()) == "2026-11-23 10:42"


def test_choices_are_kept_on_disk(background: Background, ctx: UiContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path))
    kept = UiContext(background, ctx.clock, Settings(), places())
    kept.choose(language="en", text_percent=125)
    assert background.idle()
    assert load_settings(places()) == Settings(language="en", text_percent=125)
    assert kept.theme.percent == 125


def test_a_choice_on_the_screen_leaves_what_operations_keep_beside_it(
    background: Background, ctx: UiContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path))
    kept = UiContext(background, ctx.clock, Settings(), places())
    save_settings(places(), Settings(journal_folder="/stick", centre_url="https://centre.example"))  # while the window is open
    kept.choose(language="en")
    assert background.idle()
    assert load_settings(places()) == Settings(language="en", journal_folder="/stick", centre_url="https://centre.example")


def test_the_theme_follows_the_desktop_when_asked(ctx: UiContext, qapp: QApplication) -> None:
    ctx.choose(theme="system")
    dark = qapp.styleHints().colorScheme().name == "Dark"
    assert ctx.theme.name == ("dark" if dark else "light")
