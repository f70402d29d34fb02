"""Appearances of numbers, of drawings that choose, of other programs; pictures that are scaled down."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from fieldapp.operations.checklists import answer_with_file, open_checklist
from fieldapp.operations.filling.figures import compass, grouped
from fieldapp.operations.filling.media import attached_file
from fieldapp.operations.session import FieldSession
from fieldapp.reports.photos import fitted
from fieldapp.ui.answers.choices import ChoicesEditor, ImageMapEditor, looks_of
from fieldapp.ui.answers.numbers import BearingEditor, CountEditor, NumberEditor
from fieldapp.ui.answers.parts.boxes import ChoiceGrid, Tile
from fieldapp.ui.answers.parts.svg_map import SvgMap
from fieldapp.ui.answers.ranges import RangeEditor
from fieldapp.ui.answers.texts import LineEditor
from fieldapp.ui.checklists.wording import value_words
from fieldapp.ui.widgets.texts import Text
from tests.operations.world import SmallWorld
from tests.ui.answers.conftest import OpenAt
from tests.ui.answers.driving import card_at, click, editor_at, part, press, row, switch, typed
from tests.ui.answers.sheet import CHASSIS, EDITORS, png


def test_numbers_are_counted_grouped_and_said_as_directions(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("words/visitors")
    count = editor_at(page, "words/visitors", CountEditor)
    assert not count.less.isEnabled()
    assert count.more.accessibleName() == "在场人数:加一"
    click(count.more)
    count.setFocus()
    press(Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down)
    assert row(page, session, "words/visitors") == "2"
    click(count.less)
    click(count.less)
    click(count.less)
    assert row(page, session, "words/visitors") == "0"
    aim = editor_at(page, "words/aim", BearingEditor)
    typed("225")
    assert part(aim, Text, "compass").text() == "西南"
    hours = editor_at(page, "words/hours", NumberEditor)
    typed("1234567")
    assert hours.field.text() == "1234567", "nothing moves while a person types"
    editor_at(page, "words/visitors", CountEditor).setFocus()
    assert hours.field.text() == "1,234,567"
    assert row(page, session, "words/hours") == "1234567"
    editor_at(page, "words/hours", NumberEditor)
    assert hours.field.text() == "1234567"
    switch(page, "en")
    assert part(card_at(page, "words/aim"), Text, "compass").text() == "south-west"
    card = card_at(page, "words/meter")
    assert isinstance(card.editor, LineEditor)
    assert "com.vendor.meter" in part(card, Text, "text-program").text()


def test_an_area_of_a_drawing_is_chosen_by_mouse_and_by_keys(session: FieldSession, open_at: OpenAt, qtbot: QtBot) -> None:
    page = open_at("choices/slot")
    editor = editor_at(page, "choices/slot", ImageMapEditor)
    assert page.ctx.background.idle()
    drawing = part(editor, SvgMap, "image-map")
    qtbot.waitUntil(lambda: drawing.isVisible() and drawing.height() == drawing.heightForWidth(drawing.width()), timeout=30_000)
    scale = drawing.width() / 400
    for spot, name in (((160, 60), "fan"), ((300, 30), "disk"), ((300, 92), "disk"), ((300, 60), "disk"), ((50, 50), "psu")):
        assert drawing.area_at(QPoint(*(round(each * scale) for each in spot)).toPointF()) == name, "ink, else the box"
    click(drawing, QPoint(round(160 * scale), round(60 * scale)))
    assert row(page, session, "choices/slot") == "fan"
    click(drawing, QPoint(round(3 * scale), round(3 * scale)))
    assert row(page, session, "choices/slot") == "fan", "what is no area chooses nothing"
    editor.setFocus()
    press(Qt.Key.Key_Right)
    assert row(page, session, "choices/slot") == "disk"
    assert editor.buttons["disk"].isChecked()


def test_a_drawing_of_a_stranger_shows_no_file_and_does_not_grow(qtbot: QtBot, tmp_path: Path) -> None:
    drawing = SvgMap()
    qtbot.addWidget(drawing)
    assert drawing.show_drawing(CHASSIS)
    drawing.hide()
    assert not drawing.show_drawing(b"no drawing")
    assert not drawing.show_drawing(CHASSIS.replace(b"<svg", b'<!DOCTYPE x [<!ENTITY a "a">]><svg'))
    (tmp_path / "secret.png").write_bytes(png("#FF0000"))
    inside = f'<image href="file://{tmp_path}/secret.png" x="0" y="0" width="400" height="120"/></svg>'
    assert drawing.show_drawing(CHASSIS.replace(b"</svg>", inside.encode()))
    drawing.resize(400, 120)
    shown = drawing.grab().toImage()
    assert all(shown.pixelColor(x, y).name() != "#ff0000" for x in range(0, 400, 10) for y in range(0, 120, 10))
    drawing.hide()


def test_a_picture_is_scaled_to_what_the_form_asks_for(session: FieldSession, world: SmallWorld) -> None:
    assert answer_with_file(session, EDITORS, "/data/files/photo", "p.png", png("#AA0000", 640, 420), photo=True) == "p.png"
    kept = attached_file(session, EDITORS, "/data/files/photo", "p.png")
    assert kept is not None
    assert kept.data is not None
    with Image.open(io.BytesIO(kept.data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (512, 336))
    whole = png("#AA0000", 640, 420)
    answer_with_file(session, EDITORS, "/data/files/annotated", "q.png", whole, photo=True)
    other = attached_file(session, EDITORS, "/data/files/annotated", "q.png")
    assert other is not None
    assert other.data == whole, "this question asks for no size"
    assert open_checklist(session, EDITORS).question("/data/files/photo").kind == "image"
    for unreadable in (b"\x89PNG\r\n\x1a\n cut", whole[:-200], b"\x00\x00\x00\x18ftypheic"):
        assert fitted(unreadable, 100) == unreadable, "what was taken is kept"


def test_a_photo_keeps_what_the_camera_wrote_beside_it() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    Image.new("RGB", (400, 200), "#336699").save(out, "JPEG", exif=exif)
    with Image.open(io.BytesIO(fitted(out.getvalue(), 100))) as small:
        assert (small.format, small.size, small.getexif()[0x010F]) == ("JPEG", (100, 50), "Maker")
    assert fitted(out.getvalue(), 400) == out.getvalue()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1234567", "1,234,567"), ("-1000.25", "-1,000.25"), ("999", "999"), ("", ""), ("p12", "p12")],
)
def test_digits_stand_in_groups_of_three(text: str, expected: str) -> None:
    assert grouped(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("0", "north"), ("22", "north"), ("23", "north-east"), ("360", "north")])
def test_a_bearing_has_the_name_of_the_nearest_direction(text: str, expected: str) -> None:
    told = compass(text)
    assert told is not None
    assert told.read("en") == expected
    assert [compass(each) for each in ("", "x", "-1", "361", "nan")] == [None] * 5


def test_steps_of_a_range_have_names_and_words_of_older_forms_mean_those_of_today(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("ranges/named")
    editor = editor_at(page, "ranges/named", RangeEditor)
    assert editor.name.isHidden()
    assert editor.scale._ends == ("0 不同意", "2 同意")
    press(Qt.Key.Key_End)
    assert row(page, session, "ranges/named") == "2"
    assert (editor.number.text(), editor.name.text(), editor.name.isHidden()) == ("2", "同意", False)
    assert editor.scale.accessibleName() == "总体状况: 2 同意"
    assert page.checklist is not None
    view = page.checklist.question("/data/ranges/named")
    assert value_words(view, "en") == "2 Agree"
    tiles = editor_at(page, "choices/compact", ChoicesEditor)
    assert all(isinstance(each, Tile) for each in tiles.buttons.values())
    view = page.checklist.question("/data/choices/compact")
    for old, new in (
        ("quickcompact-2", {"quick", "no-buttons", "columns-2"}),
        ("compact", {"no-buttons", "columns-pack"}),
        ("horizontal-compact w1", {"columns-pack", "w1"}),
        ("columns-3", {"columns-3"}),
    ):
        assert looks_of(replace(view, appearance=old)) == new


def test_tiles_of_a_line_are_of_one_height(qtbot: QtBot) -> None:
    grid = ChoiceGrid(2)
    qtbot.addWidget(grid)
    tiles = [Tile() for _ in range(4)]
    for at, each in enumerate(tiles):
        each.setText("红色常亮,面板同时有文字告警并且蜂鸣器响" * (0, 1, 2, 0)[at] or "短")
    grid.set_buttons(list(tiles))
    grid.resize(700, 400)
    grid.show()
    grid.measure()
    heights = [each.height() for each in tiles]
    assert heights[0] == heights[1]
    assert heights[2] == heights[3]
    assert heights[2] > heights[0]
