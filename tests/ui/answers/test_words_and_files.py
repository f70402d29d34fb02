"""Texts, moments, places, codes, files and drawings by keyboard and mouse; refused input stays; nothing that was typed is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from shiboken6 import delete

from fieldapp.operations.filling.media import attached_file
from fieldapp.operations.session import FieldSession
from fieldapp.ui.answers.days import MomentEditor
from fieldapp.ui.answers.files import FileEditor, size_words
from fieldapp.ui.answers.numbers import NumberEditor
from fieldapp.ui.answers.parts.rich import RichText
from fieldapp.ui.answers.places import PointEditor, PointsEditor
from fieldapp.ui.answers.scans import BarcodeEditor, code_in
from fieldapp.ui.answers.sketches import SketchDialog
from fieldapp.ui.answers.texts import LineEditor, NoteEditor
from tests.ui.answers.conftest import OpenAt
from tests.ui.answers.driving import card_at, click, editor_at, here, part, press, row, switch, typed
from tests.ui.answers.sheet import EDITORS, png


def test_a_place_is_typed_in_degrees_and_shown_with_its_names(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("places/point")
    editor = editor_at(page, "places/point", PointEditor)
    typed("31°13'49.44\"N，121°28'25.32\"E")
    assert editor.line.text().startswith("31°13'")
    assert "纬度 31.2304° · 经度 121.4737°" in editor.told.text()
    press(Qt.Key.Key_Return)
    assert row(page, session, "places/point") == "31.2304 121.4737 0 0"
    switch(page, "en")
    assert "Latitude 31.2304°" in editor_at(page, "places/point", PointEditor).told.text()
    again = open_at("places/point")
    assert editor_at(again, "places/point", PointEditor).line.text() == "31.2304, 121.4737"


def test_what_is_no_place_stays_with_a_sentence_and_comes_back_with_its_section(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("places/point")
    editor_at(page, "places/point", PointEditor)
    typed("91, 200")
    press(Qt.Key.Key_Return)
    editor = editor_at(page, "places/point", PointEditor)
    assert (here(), editor.wrong.isVisible(), row(page, session, "places/point")) == (editor.line, True, "")
    assert "纬度" in editor.wrong.text()
    card_at(page, "moments/day")
    back = editor_at(page, "places/point", PointEditor)
    assert back is not editor
    assert (back.line.text(), back.wrong.isVisible()) == ("91, 200", True)
    switch(page, "en")
    back = editor_at(page, "places/point", PointEditor)
    assert (back.line.text(), "latitude" in back.wrong.text()) == ("91, 200", True)
    back.line.selectAll()
    typed("9.1, 20")
    assert not back.wrong.isVisible()
    assert row(page, session, "places/point") == "9.1 20 0 0"


def test_lines_and_areas_are_pasted_and_counted(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("places/shape")
    editor = editor_at(page, "places/shape", PointsEditor)
    QApplication.clipboard().setText("北纬31.1 东经121.1\n31.2, 121.1")
    editor.note.paste()
    editor_at(page, "places/code", BarcodeEditor)
    assert editor.wrong.isVisible()
    assert row(page, session, "places/shape") == ""
    page._focus("/data/places/shape")
    editor.note.moveCursor(editor.note.textCursor().MoveOperation.End)
    press(Qt.Key.Key_Return)
    typed("31.2, 121.2")
    editor_at(page, "places/code", BarcodeEditor)
    assert row(page, session, "places/shape") == "31.1 121.1 0 0;31.2 121.1 0 0;31.2 121.2 0 0;31.1 121.1 0 0"
    assert "3 个点" in editor.told.text()
    again = open_at("places/shape")
    assert editor_at(again, "places/shape", PointsEditor).note.text() == "31.1, 121.1\n31.2, 121.1\n31.2, 121.2"
    line = editor_at(again, "places/trace", PointsEditor)
    typed("1 2;3 4")
    assert row(again, session, "places/trace") == "1 2 0 0;3 4 0 0"
    assert "2 个点" in line.told.text()


@pytest.mark.parametrize(
    ("place", "text", "answer", "shown"),
    [
        ("moments/month", "2029年3月", "2029-03-01", "2029-03"),
        ("moments/year", "2031", "2031-01-01", "2031"),
        ("moments/clock", "9点05", "09:05", "09:05"),
        ("moments/moment", "202611231330", "2026-11-23T13:30", "2026-11-23 13:30"),
    ],
)
def test_moments_are_typed_as_people_write_them(
    session: FieldSession, open_at: OpenAt, place: str, text: str, answer: str, shown: str
) -> None:
    page = open_at(place)
    editor_at(page, place, MomentEditor)
    typed(text)
    press(Qt.Key.Key_Return)
    assert row(page, session, place).startswith(answer)
    again = open_at(place)
    assert editor_at(again, place, MomentEditor).line.text() == shown


def test_months_hours_and_minutes_are_picked(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("moments/month")
    month = editor_at(page, "moments/month", MomentEditor)
    typed("2029-03")
    picker = month.months()
    click(part(picker, QPushButton, "next"))
    click(part(picker, QPushButton, "pick-10"))
    assert row(page, session, "moments/month") == "2030-11-01"
    years = editor_at(page, "moments/year", MomentEditor)
    typed("2031")
    part(years.months(), QPushButton, "pick-11").click()
    assert row(page, session, "moments/year") == "2039-01-01"
    moment = editor_at(page, "moments/moment", MomentEditor)
    typed("2026-11-23 08:00")
    clock = moment.clock()
    part(clock, QPushButton, "hour-17").click()
    part(clock, QPushButton, "minute-35").click()
    assert row(page, session, "moments/moment").startswith("2026-11-23T17:35")
    time = editor_at(page, "moments/clock", MomentEditor)
    part(time.clock(), QPushButton, "hour-6").click()
    assert row(page, session, "moments/clock").startswith("06:00")


def code_picture(text: str) -> bytes:
    """A picture with a QR code."""
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    image = zxingcpp.write_barcode_to_image(code, scale=4)
    high, wide = image.shape[:2]
    made = QImage(wide + 40, high + 40, QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.white)
    data: Any = memoryview(cast("Any", image))
    for y in range(high):
        for x in range(wide):
            if data[y, x] < 128:
                made.setPixelColor(x + 20, y + 20, Qt.GlobalColor.black)
    from fieldapp.ui.answers.parts.canvas import png_of

    return png_of(made)


def test_a_scanner_types_a_code_and_goes_on_and_a_picture_is_read(session: FieldSession, open_at: OpenAt, tmp_path: Path) -> None:
    page = open_at("places/code")
    editor = editor_at(page, "places/code", BarcodeEditor)
    typed(" SN-0042")
    press(Qt.Key.Key_Return)
    assert row(page, session, "places/code") == "SN-0042"
    assert here() is page.frame.next
    path = tmp_path / "label.png"
    path.write_bytes(code_picture("SN-7300-0099"))
    page.attaching.take_code(card_at(page, "places/code"), path)
    page.ctx.background.idle()
    assert row(page, session, "places/code") == "SN-7300-0099"
    path.write_bytes(png("#FFFFFF"))
    page.attaching.take_code(card_at(page, "places/code"), path)
    page.ctx.background.idle()
    assert (editor.wrong.isVisible(), row(page, session, "places/code")) == (True, "SN-7300-0099")
    assert code_in(b"no picture") == ""


def test_a_photo_is_dropped_pasted_shown_with_its_size_and_removed(session: FieldSession, open_at: OpenAt, tmp_path: Path) -> None:
    page = open_at("files/photo")
    editor = editor_at(page, "files/photo", FileEditor)
    path = tmp_path / "plate.png"
    path.write_bytes(png("#3366AA"))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    editor.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    assert page.ctx.background.idle()
    assert row(page, session, "files/photo") == "plate.png"
    page.ctx.background.idle()
    assert (editor.picture.isVisible(), editor.weight.text(), editor.open.isVisible()) == (True, size_words(path.stat().st_size), True)
    QApplication.clipboard().setImage(QImage.fromData(png("#AA3333")))
    page._focus("/data/files/photo")
    QTest.keyClick(here(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert page.ctx.background.idle()
    name = row(page, session, "files/photo")
    assert name.startswith("photo-")
    found = attached_file(session, EDITORS, "/data/files/photo", name)
    assert found is not None
    assert found.data is not None
    assert QImage.fromData(found.data).pixelColor(2, 2).name().upper() == "#AA3333"
    again = open_at("files/photo")
    again.ctx.background.idle()
    assert editor_at(again, "files/photo", FileEditor).picture.isVisible()
    click(editor_at(again, "files/photo", FileEditor).remove)
    assert row(again, session, "files/photo") == ""
    assert not editor_at(again, "files/photo", FileEditor).picture.isVisible()


def test_a_photo_that_is_read_when_its_card_is_gone_is_let_go(session: FieldSession, open_at: OpenAt, tmp_path: Path) -> None:
    page = open_at("files/photo")
    path = tmp_path / "plate.png"
    path.write_bytes(png("#3366AA"))
    card = card_at(page, "files/photo")
    card.path_given.emit(card.key, path)
    assert page.ctx.background.idle()
    assert row(page, session, "files/photo") == "plate.png"
    page.ctx.background.idle()
    card.content_wanted.emit(card.key)
    page.frame.cards.empty()
    delete(card)  # what Qt does a moment later
    assert page.ctx.background.idle()


def sketch(editor: FileEditor) -> SketchDialog:
    """The window to draw in that an editor opened."""
    found = editor.findChild(SketchDialog)
    assert found is not None
    return found


def test_a_signature_is_drawn_in_a_window_and_kept_however_it_is_closed(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("files/signed")
    editor = editor_at(page, "files/signed", FileEditor)
    press(Qt.Key.Key_Return)
    dialog = sketch(editor)
    canvas = dialog.canvas
    button, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for x in (0.3, 0.6):
        start = QPoint(int(canvas.width() * x), canvas.height() // 2)
        QTest.mousePress(canvas, button, plain, start)
        QTest.mouseMove(canvas, start + QPoint(60, -20))
        QTest.mouseRelease(canvas, button, plain, start + QPoint(60, -20))
    dialog.undo.click()
    assert not canvas.is_empty
    dialog.reject()
    assert page.ctx.background.idle()
    name = row(page, session, "files/signed")
    assert name.endswith(".png")
    found = attached_file(session, EDITORS, "/data/files/signed", name)
    assert found is not None
    assert found.data is not None
    image = QImage.fromData(found.data)
    inks = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert "#142f6b" in inks
    assert "#8792a2" not in inks, "the line to sign on is no part of the picture"
    QTest.keyClick(editor.button, Qt.Key.Key_Delete)
    assert row(page, session, "files/signed") == ""
    editor.draw()
    dialog = editor.findChildren(SketchDialog)[-1]
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Space)
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Right)
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Space)
    assert not dialog.canvas.is_empty
    dialog.discard.click()
    assert row(page, session, "files/signed") == ""


def test_a_photo_is_drawn_upon_with_arrow_and_words(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("files/annotated")
    editor = editor_at(page, "files/annotated", FileEditor)
    assert editor.mark.isHidden()
    page.attaching.take_data("/data/files/annotated", png("#88AACC", 400, 300), "pasted")
    assert page.ctx.background.idle()
    page.ctx.background.idle()
    before = row(page, session, "files/annotated")
    assert editor.mark.isVisible()
    click(editor.mark)
    dialog = sketch(editor)
    part(dialog, QPushButton, "tool-arrow").click()
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Space)
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Down)
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Right)
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Space)
    part(dialog, QPushButton, "tool-text").click()
    part(dialog, QPushButton, "colour-151A21").click()
    QTest.keyClicks(part(dialog, QLineEdit, "words"), "hot")
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Space)
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Space)
    dialog.done_button.click()
    assert page.ctx.background.idle()
    after = row(page, session, "files/annotated")
    assert after not in ("", before)
    found = attached_file(session, EDITORS, "/data/files/annotated", after)
    assert found is not None
    assert found.data is not None
    image = QImage.fromData(found.data)
    assert (image.width(), image.height()) == (400, 300)
    inks = {image.pixelColor(x, y).name() for x in range(150, 280) for y in range(100, 220)}
    assert {"#d01f1f", "#151a21", "#88aacc"} <= inks


def test_a_file_is_opened_with_the_system_and_what_was_opened_goes_with_the_page(
    session: FieldSession, open_at: OpenAt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_at("files/log")
    editor = editor_at(page, "files/log", FileEditor)
    path = tmp_path / "array.log"
    path.write_bytes(b"0 errors")
    editor.path_given.emit(path)
    assert page.ctx.background.idle()
    assert row(page, session, "files/log") == "array.log"
    page.ctx.background.idle()
    opened: list[Path] = []

    def keep(url: QUrl) -> bool:
        opened.append(Path(url.toLocalFile()))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", keep)
    click(editor.open)
    page.ctx.background.idle()
    assert [each.read_bytes() for each in opened] == [b"0 errors"]
    page.hide()
    assert not opened[0].exists()


def test_words_with_markup_guidance_and_pictures_of_a_label_are_shown(open_at: OpenAt) -> None:
    page = open_at("words/line")
    told = part(card_at(page, "words/told"), RichText, "rich-label")
    assert ("<b>先断电</b>" in told.text(), told.accessibleName()) == (True, "请先断电,再打开后面板")
    card = card_at(page, "words/line")
    fold = part(card, QPushButton, "guidance")
    assert card.findChild(QLabel, "text-guidance") is None
    fold.click()
    assert part(card, QLabel, "text-guidance").text() == "名称以资产标签为准"
    fold.click()
    assert not part(card, QLabel, "text-guidance").isVisible()
    seen = card_at(page, "words/seen")
    page.ctx.background.idle()
    assert not part(seen, QLabel, "label-picture").pixmap().isNull()
    assert part(card_at(page, "words/kept"), QLabel, "text-value").text() == "王工"
    switch(page, "en")
    assert "<i>back</i>" in part(card_at(page, "words/told"), RichText, "rich-label").text()


def test_a_constraint_speaks_the_language_and_texts_are_saved_as_they_are_typed(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("words/count")
    editor_at(page, "words/count", NumberEditor)
    typed("120")
    assert card_at(page, "words/count").message.text() == "不能多于 99"
    switch(page, "en")
    assert card_at(page, "words/count").message.text() == "99 at most"
    assert row(page, session, "words/count") == "120"
    hidden = editor_at(page, "words/hidden", LineEditor)
    typed("s3cret")
    assert (hidden.line.echoMode(), row(page, session, "words/hidden")) == (QLineEdit.EchoMode.Password, "s3cret")
    editor_at(page, "words/many", NoteEditor)
    typed("two\nlines")
    assert row(page, session, "words/many").startswith("two")


def test_full_width_digits_and_a_number_with_its_unit_are_numbers(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("words/ohm")
    editor = editor_at(page, "words/ohm", NumberEditor)
    typed("２６．5")
    assert row(page, session, "words/ohm") == "26.5"
    editor.field.line.selectAll()
    QApplication.clipboard().setText("1,234.5 Ω")
    QTest.keyClick(here(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert row(page, session, "words/ohm") == "1234.5"
    QApplication.clipboard().setText("no number")
    QTest.keyClick(here(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert row(page, session, "words/ohm") == "1234.5"
