"""Colours, fonts, icons and the style sheet."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFontDatabase, QFontMetrics, QImage, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QVBoxLayout, QWidget

from fieldapp.base.settings import resource
from fieldapp.ui.theme.fonts import FAMILY, body_font
from fieldapp.ui.theme.icons import ICONS, TONE_ICONS, pixmap
from fieldapp.ui.theme.style import apply_theme, current_theme, language_of, locale_of, mark, style_sheet
from fieldapp.ui.theme.tokens import DARK, LIGHT, TONES, Colours, Theme, contrast, mix
from fieldapp.ui.widgets.fields import SearchField

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def pairs(colours: Colours) -> list[tuple[str, str, str]]:
    """Every text with every background that it stands on."""
    grounds = {"background": colours.background, "surface": colours.surface, "raised": colours.raised}
    found = [(f"{name} on {ground}", getattr(colours, name), shade) for name in ("text", "muted") for ground, shade in grounds.items()]
    found += [(f"tone {tone}", *colours.tone(tone)) for tone in TONES]
    found += [(f"{tone} on surface", colours.tone(tone)[0], colours.surface) for tone in TONES]
    found += [
        ("accent on raised", colours.accent, colours.raised),
        ("breached on accent soft", colours.breached, colours.accent_soft),
        ("muted on accent soft", colours.muted, colours.accent_soft),
        ("button", colours.on_accent, colours.accent),
        ("button under the pointer", colours.on_accent, colours.accent_hover),
        ("button pressed", colours.on_accent, colours.accent_pressed),
        ("disabled", colours.disabled, colours.raised),
        ("disabled on surface", colours.disabled, colours.surface),
        ("tooltip", colours.surface, colours.text),
        ("ink", colours.ink, colours.surface),
    ]
    return found


@BOTH
def test_every_text_stands_out_from_its_background(colours: Colours) -> None:
    weak = {name: round(contrast(a, b), 2) for name, a, b in pairs(colours) if contrast(a, b) < 4.5}
    assert weak == {}


@BOTH
def test_the_edge_of_a_control_is_seen_on_every_ground(colours: Colours) -> None:
    for ground in (colours.background, colours.surface, colours.raised):
        assert contrast(colours.edge, ground) >= (2.7 if ground == colours.raised else 2.8)


def test_contrast_knows_black_and_white() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


@given(share=st.floats(0, 1))
@settings(max_examples=30)
def test_a_mixed_colour_lies_between_its_ends(share: float) -> None:
    made = int(mix("#000000", "#646464", share)[1:3], 16)
    assert 0 <= made <= 0x64


def test_the_text_scale_stays_inside_what_screens_are_tested_for() -> None:
    assert Theme(percent=40).percent == 100
    assert Theme(percent=300).percent == 150
    assert Theme(percent=150).px(14) == 21
    assert 44 < Theme(percent=150).target(44) < 66


def test_both_weights_of_the_font_are_there_and_draw_han(qapp: QApplication) -> None:
    assert {"Regular", "Bold"} <= set(QFontDatabase.styles(FAMILY))
    assert QFontMetrics(body_font(Theme())).inFontUcs4(ord("巡"))


def test_every_icon_is_in_the_one_family(qapp: QApplication) -> None:
    empty = [name for name in ICONS if not _ink(pixmap(name, "#000000", 24).toImage())]
    assert empty == []
    assert set(TONE_ICONS) == set(TONES)


def _ink(image: QImage) -> int:
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(1 for x, y in points if image.pixelColor(x, y).alpha() > 100)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_drawn_marks_have_the_colours_of_the_tokens(name: str) -> None:
    colours = DARK if name == "dark" else LIGHT
    wanted = {"tick": colours.on_accent, "bullet": colours.on_accent, "down": colours.muted, "up": colours.muted}
    for picture, colour in wanted.items():
        assert colour in resource(f"icons/{picture}-{name}.svg").read_text(encoding="utf-8")


def test_the_sheet_is_filled_and_pairs_each_drop_down_with_its_arrow() -> None:
    sheet = style_sheet(Theme("dark", 150))
    assert "$" not in sheet
    assert set(re.findall(r"(\w+)::drop-down", sheet)) == set(re.findall(r"(Q(?:ComboBox|DateTimeEdit))::down-arrow", sheet))
    used = {colour.upper() for colour in re.findall(r"#[0-9a-fA-F]{6}\b", sheet)}
    known = {getattr(DARK, f.name) for f in fields(DARK)} | {DARK.disabled, DARK.accent_hover, DARK.accent_pressed}
    assert used <= known


def test_a_theme_changes_live(qapp: QApplication) -> None:
    label = QLabel("x")
    mark(label, role="title")
    label.show()
    before = label.sizeHint().height()
    apply_theme(qapp, Theme("dark", 150))
    assert current_theme() == Theme("dark", 150)
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.background
    assert label.sizeHint().height() > before


class Counted(QLabel):
    """Counts how often it is styled anew."""

    styled = 0

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.styled += event.type() == QEvent.Type.StyleChange


def test_a_theme_is_put_on_a_widget_no_oftener_the_deeper_it_stands(qapp: QApplication) -> None:
    window = around = QWidget()
    for _ in range(10):
        inner = QWidget()
        QVBoxLayout(around).addWidget(inner)
        around = inner
    deep = Counted("words")
    QVBoxLayout(around).addWidget(deep)
    window.show()
    deep.styled = 0
    apply_theme(qapp, Theme("dark"))
    apply_theme(qapp, Theme("light"))
    assert 2 <= deep.styled <= 6
    window.hide()


def test_the_keys_in_the_search_box_are_whole_after_a_change_of_theme(qapp: QApplication) -> None:
    field = SearchField()
    field.set_hint("Search", "Ctrl K")
    field.resize(400, 40)
    field.show()
    keys = next(each for each in field.findChildren(QLabel) if each.text() == "Ctrl K")
    for name in ("dark", "light"):
        apply_theme(qapp, Theme("dark" if name == "dark" else "light"))
        assert keys.width() >= keys.sizeHint().width()
    field.hide()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_an_unchecked_box_can_be_seen(qapp: QApplication, name: str) -> None:
    theme = Theme("dark" if name == "dark" else "light")
    apply_theme(qapp, theme)
    box = QCheckBox("x")
    box.ensurePolished()
    box.resize(80, 48)
    image = box.grab().toImage()
    shades = {image.pixelColor(x, 24).name().upper() for x in range(24)}
    assert theme.colours.edge in shades


def test_the_language_goes_down_from_the_window(qapp: QApplication) -> None:
    outer, inner = QLabel(), QLabel()
    inner.setParent(outer)
    outer.setLocale(locale_of("en"))
    assert language_of(inner) == "en"
    outer.setLocale(locale_of("zh"))
    assert language_of(inner) == "zh"
