"""Keys, fields, the PIN pad, the signature pad."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from fieldapp.base.clock import TurnableClock
from fieldapp.base.i18n import LANGUAGES
from fieldapp.ui.theme.style import apply_theme, locale_of
from fieldapp.ui.theme.tokens import Theme
from fieldapp.ui.widgets.fields import NoteField, NumberField, PinField
from fieldapp.ui.widgets.keys import RESULTS, PinPad, ResultKeys
from fieldapp.ui.widgets.signature import SignaturePad, Stroke
from tests.ui.gallery import draw_stroke


@pytest.mark.parametrize(("key", "value"), list(zip("1234", [c.value for c in RESULTS], strict=True)))
def test_the_keys_1_to_4_choose_a_result(qapp: QApplication, key: str, value: str) -> None:
    keys, picked = ResultKeys(), list[str]()
    keys.picked.connect(picked.append)
    keys.show()
    QTest.keyClicks(keys.buttons[0], key)
    assert (picked, keys.value) == ([value], value)


def test_other_digits_and_a_resting_key_choose_nothing(qapp: QApplication) -> None:
    keys, picked = ResultKeys(), list[str]()
    keys.picked.connect(picked.append)
    keys.show()
    for key in "0567":
        QTest.keyClicks(keys.buttons[0], key)
    keys.setEnabled(False)
    assert keys.press(1) is False
    assert (picked, keys.value) == ([], None)


def test_showing_a_result_tells_nobody_and_only_one_is_chosen(qapp: QApplication) -> None:
    keys, picked = ResultKeys(), list[str]()
    keys.picked.connect(picked.append)
    keys.set_value("normal")
    keys.set_value("abnormal")
    assert (picked, keys.value) == ([], "abnormal")
    assert [b.isChecked() for b in keys.buttons] == [False, True, False, False]
    keys.set_value(None)
    assert keys.value is None
    keys.buttons[2].click()
    assert picked == ["not_applicable"]


def test_enter_goes_on_and_arrows_walk(qapp: QApplication) -> None:
    keys, went = ResultKeys(), list[int]()
    keys.confirmed.connect(lambda: went.append(1))
    keys.show()
    keys.activateWindow()
    keys.buttons[0].setFocus()
    QTest.keyClick(keys.buttons[0], Qt.Key.Key_Return)
    assert went == [1]
    QTest.keyClick(keys.buttons[0], Qt.Key.Key_Right)
    assert keys.focusWidget() is keys.buttons[1]


def test_keys_speak_both_languages_and_break_where_the_room_ends(qapp: QApplication) -> None:
    keys = ResultKeys()
    keys.setLocale(locale_of("en"))
    assert [b.text() for b in keys.buttons] == ["Normal", "Abnormal", "Not applicable", "Not checked"]
    apply_theme(qapp, Theme(percent=150))
    keys.show()
    for width in (1400, 620, 300):
        keys.resize(width, 300)
        qapp.processEvents()
        assert all(b.width() >= b.sizeHint().width() for b in keys.buttons)
        assert all(b.height() >= 56 for b in keys.buttons)


def test_the_results_stand_in_one_row_beside_the_sections_in_either_language(qapp: QApplication) -> None:
    card, keys = QWidget(), ResultKeys()
    keys.setParent(card)
    card.resize(1000, 400)
    card.show()
    for language in LANGUAGES:
        keys.setLocale(locale_of(language))
        keys.resize(734, 120)  # what a card has at 1280 pixels
        qapp.processEvents()
        assert len({key.y() for key in keys.buttons}) == 1
        assert all(key.width() >= key.sizeHint().width() for key in keys.buttons)
    keys.resize(400, 130)
    qapp.processEvents()
    assert len({key.y() for key in keys.buttons}) == 2


def test_a_number_field_takes_numbers_only(qapp: QApplication) -> None:
    field, typed = NumberField("℃"), list[str]()
    field.edited.connect(typed.append)
    QTest.keyClicks(field.line, "-2a6.x4")
    assert (field.text(), field.value(), typed[-1]) == ("-26.4", -26.4, "-26.4")
    field.set_value(None)
    assert field.value() is None
    field.set_value(21.50)
    assert field.text() == "21.5"
    assert field.height() >= 56
    field.set_name("Room temperature")
    assert field.line.accessibleName() == "Room temperature ℃"


@given(st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)))
@settings(max_examples=25)
def test_a_number_shown_reads_back_the_same(number: float) -> None:
    field = NumberField()
    field.set_value(number)
    assert field.value() == pytest.approx(number)


def test_enter_in_a_number_field_goes_on(qapp: QApplication) -> None:
    field, went = NumberField(), list[int]()
    field.entered.connect(lambda: went.append(1))
    QTest.keyClicks(field.line, "7")
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert went == [1]


def test_a_note_grows_with_its_lines_and_tells_only_what_a_person_typed(qapp: QApplication) -> None:
    note, typed = NoteField("hint"), list[str]()
    note.edited.connect(typed.append)
    note.resize(300, note.height())
    note.show()
    low = note.height()
    note.set_text("a\nb\nc\nd")
    assert note.height() > low
    assert typed == []
    QTest.keyClicks(note, "x")
    assert typed == ["xa\nb\nc\nd"]


def test_a_pin_is_digits_and_is_not_shown(qapp: QApplication) -> None:
    field, entered = PinField(), list[str]()
    field.entered.connect(entered.append)
    QTest.keyClicks(field, "12ab34")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert entered == ["1234"]
    assert field.echoMode() == QLineEdit.EchoMode.Password
    assert "1" not in field.displayText()


def test_the_pin_pad_types_deletes_and_waits_for_enough_digits(qapp: QApplication) -> None:
    pad, entered = PinPad(), list[str]()
    pad.entered.connect(entered.append)
    for digit in (1, 2, 3, 4, 4):
        pad._digits[digit - 1].click()
    pad._delete.click()
    pad.button.click()
    assert entered == ["1234"]
    pad.clear()
    pad._digits[0].click()
    assert not pad.button.isEnabled()


def test_a_resting_pin_pad_takes_nothing(qapp: QApplication) -> None:
    pad, entered = PinPad(), list[str]()
    pad.entered.connect(entered.append)
    pad.field.setText("1234")
    pad.set_resting(True)
    pad.button.click()
    QTest.keyClick(pad.field, Qt.Key.Key_Return)
    assert entered == []
    pad.set_resting(False)
    pad.button.click()
    assert entered == ["1234"]


@pytest.fixture
def pad(qapp: QApplication, clock: TurnableClock) -> SignaturePad:
    made = SignaturePad(clock)
    made.resize(440, 200)
    made.show()
    return made


def test_strokes_are_kept_with_their_time(pad: SignaturePad, clock: TurnableClock) -> None:
    told: list[int] = []
    pad.changed.connect(lambda: told.append(len(pad.strokes)))
    draw_stroke(pad, [(10, 20), (30, 40)])
    clock.advance(milliseconds=250)
    draw_stroke(pad, [(50, 60)])
    wanted: tuple[Stroke, ...] = (((10.0, 20.0, 0, None), (30.0, 40.0, 0, None)), ((50.0, 60.0, 250, None),))
    assert pad.strokes == wanted
    assert pad.extent == (440, 200)
    assert told == [1, 2]
    assert pad.accessibleName() == "签名,2 笔"


def test_a_stroke_can_be_undone_and_all_can_be_cleared(pad: SignaturePad) -> None:
    for x in (10, 20, 30):
        draw_stroke(pad, [(x, 10), (x, 20)])
    pad.undo()
    assert [stroke[0][0] for stroke in pad.strokes] == [10, 20]
    pad.clear()
    assert (pad.is_empty, pad.strokes, pad.extent) == (True, (), (0, 0))
    pad.undo()
    assert len(pad.strokes) == 0


def test_a_stroke_stays_inside_the_pad(pad: SignaturePad) -> None:
    draw_stroke(pad, [(430, 100), (900, -50)])
    assert pad.strokes[0][-1][:2] == (440, 0)


def test_a_smaller_pad_shows_the_same_strokes_in_the_same_field(pad: SignaturePad) -> None:
    draw_stroke(pad, [(400, 100)])
    pad.resize(220, 100)
    draw_stroke(pad, [(200, 50)])
    assert pad.strokes[0][0][:2] == pad.strokes[1][0][:2] == (400, 100)
    assert pad.extent == (440, 200)


def test_a_pen_gives_its_pressure(pad: SignaturePad) -> None:
    device = QPointingDevice.primaryPointingDevice()
    for kind, x, pressure in (
        (QEvent.Type.TabletPress, 10.0, 0.25),
        (QEvent.Type.TabletMove, 30.0, 0.5),
        (QEvent.Type.TabletRelease, 30.0, 0.0),
    ):
        place = QPointF(x, 50)
        none = Qt.KeyboardModifier.NoModifier
        left = Qt.MouseButton.LeftButton
        event = QTabletEvent(kind, device, place, place, pressure, 0, 0, 0, 0, 0, none, left, left)
        QApplication.sendEvent(pad, event)
    assert pad.strokes == (((10, 50, 0, 0.25), (30, 50, 0, 0.5)),)


def test_a_finger_draws(pad: SignaturePad) -> None:
    device = QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)
    window = pad.windowHandle()
    QTest.touchEvent(pad, device).press(0, pad.rect().center(), pad).commit()
    QTest.touchEvent(pad, device).move(0, pad.rect().center() * 0.5, pad).commit()
    QTest.touchEvent(pad, device).release(0, pad.rect().center() * 0.5, pad).commit()
    assert window is not None
    assert len(pad.strokes) == 1
    assert len(pad.strokes[0]) >= 2


def test_ink_is_drawn(pad: SignaturePad) -> None:
    before = pad.grab().toImage()
    draw_stroke(pad, [(100, 80), (200, 90), (300, 60)])
    assert pad.grab().toImage() != before
