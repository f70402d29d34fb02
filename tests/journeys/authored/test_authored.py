"""A workbook of a company goes the whole way: checked, published, planned, synced, filled, finished, exported, printed, pushed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QBuffer, Qt
from PySide6.QtPdf import QPdfDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fieldapp.base.ids import Id
from fieldapp.base.settings import Settings, resource
from fieldapp.central.cli import main as centre_main
from fieldapp.cli import main
from fieldapp.domain.calendars import calendar_days, policy_rows
from fieldapp.domain.customers import Asset
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import FormInstance
from fieldapp.operations.authoring.exporting import export
from fieldapp.operations.checklists import open_checklist
from fieldapp.operations.documents import draft_report, preview
from fieldapp.operations.filling.media import attached_file, form_media
from fieldapp.operations.inspections import AnswersRefused, finish, inspection
from fieldapp.operations.session import FieldSession
from fieldapp.ui.answers.choices import ChoicesEditor
from fieldapp.ui.answers.files import FileEditor
from fieldapp.ui.answers.lists import ComboEditor
from fieldapp.ui.answers.parts.boxes import Tile
from fieldapp.ui.answers.ranking import RankEditor
from fieldapp.ui.answers.sketches import SketchDialog
from fieldapp.ui.background import Background
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.page import UiContext
from tests.central.world import World
from tests.journeys.authored.workbook import FORM, write
from tests.operations.firm import Firm
from tests.ui.answers.driving import card_at, editor_at, here, press, typed

MEDIA = {"doors.geojson", "fuses.csv", "ratings.csv", "rooms.xml", "ups_units.csv", "green.png", "plate.png", "red.png"}


@dataclass
class Way:
    """The centre by its commands, a laptop by its sync."""

    world: World
    firm: Firm
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def command(self, *words: str) -> list[dict[str, Any]]:
        """What a command of the centre told."""
        self.capsys.readouterr()
        done = centre_main([words[0], "--data", str(self.world.service.settings.folder), *words[1:]])
        said = self.capsys.readouterr()
        assert done == 0, said.err
        return [json.loads(line) for line in said.out.splitlines()]

    def planned(self, since: str, until: str) -> tuple[Id, Id]:
        """The one inspection that is owed, with its visit; its identity and that of its checklist."""
        made = [each for each in self.command("plan", "--since", since, "--until", until) if each.get("trigger") == "quarter"]
        (one,) = [each for each in made if each["state"] == "planned" and each["fresh"]]
        self.command("appoint", "--inspection", one["inspection"], "--engineer", self.world.li.id, "--at", f"{since}T09:00:00+08:00")
        (sheet,) = self.world.desk.find(FormInstance, owner_id=one["inspection"])
        return one["inspection"], sheet.id


@pytest.fixture
def way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Way]:
    """A UPS under contract; the quarter of a UPS is checked with the form."""
    world = World.make(tmp_path / "centre")
    place = world.service.settings.folder / "centre.json"
    told = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    place.write_text(json.dumps({**told, "plan": {"forms": {"quarter": {"server": [FORM], "site": []}}}}), encoding="utf-8")
    world.desk.save(
        *calendar_days(resource("holidays/CN.json").read_text(encoding="utf-8")),
        *policy_rows(resource("policies/policies.json").read_text(encoding="utf-8")),
        Asset(
            id=world.service.ids.new(), site_id=world.bank_site.id, customer_id=world.bank.id, contract_id=world.contract.id,
            category="server", serial="UPS-1", name="UPS",
        ),
    )  # fmt: skip
    firm = Firm(tmp_path / "laptops", world, monkeypatch)
    folder = tmp_path / "author"
    folder.mkdir()
    yield Way(world, firm, folder, capsys)
    firm.close()


def opened(qtbot: QtBot, background: Background, session: FieldSession, sheet: Id) -> ChecklistPage:
    """The checklist in a page of its own, as after a start of the program."""
    ctx = UiContext(background, session.clock, Settings(), session=session)
    session.listen(ctx.announce)
    page = ChecklistPage(ctx)
    qtbot.addWidget(page)
    page.resize(1084, 736)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.open(instance_id=sheet)
    assert background.idle()
    return page


def saved(page: ChecklistPage, session: FieldSession, sheet: Id) -> dict[str, str]:
    """What stands in the replica, by the path below the form, once all is saved."""
    page.leaving()
    assert page.ctx.background.idle()
    with session.reading() as reader:
        return {key.removeprefix("/data/"): text for key, text in reader.answers(sheet).items()}


def fill(qtbot: QtBot, page: ChecklistPage) -> None:
    """Answer everything as a person does, by key and mouse."""
    for place, key in (("room/which", Qt.Key.Key_2), ("room/door", Qt.Key.Key_1)):
        card_at(page, place)
        press(key)
    for place, text in (("room/place", "31.2304, 121.4737"), ("room/keeper", "周倩")):
        card_at(page, place)
        typed(text)
        press(Qt.Key.Key_Return)
    for place, key in (("ups/maker", Qt.Key.Key_1), ("ups/model", Qt.Key.Key_2)):
        card_at(page, place)
        press(key)
    card_at(page, "ups/load")
    typed("60.5")
    press(Qt.Key.Key_Return)
    combo = editor_at(page, "ups/fuse", ComboEditor).combo
    assert [combo.itemText(at) for at in range(combo.count())] == ["", "二号熔断器", "三号熔断器"]
    combo.setCurrentIndex(2)
    combo.activated.emit(2)
    tiles = editor_at(page, "ups/light", ChoicesEditor).buttons
    assert page.ctx.background.idle()
    assert all(isinstance(each, Tile) and each._picture is not None for each in tiles.values()), (
        "the pictures of choices came with the form"
    )
    press(Qt.Key.Key_2)
    card_at(page, "ups/noise")
    press(Qt.Key.Key_End)
    card_at(page, "ups/clean")
    press(Qt.Key.Key_2)
    editor_at(page, "ups/steps", RankEditor)
    press(Qt.Key.Key_Down)
    QTest.keyClick(here(), Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    card_at(page, "batteries/strings")
    typed("2")
    press(Qt.Key.Key_Return)
    for at, volts in ((1, "220.25"), (2, "220.5")):
        card_at(page, f"batteries/string{{{at}}}/volts")
        typed(volts)
        press(Qt.Key.Key_Return)
    card_at(page, "batteries/unit")
    press(Qt.Key.Key_2)
    sketch = editor_at(page, "batteries/sketch", FileEditor)
    press(Qt.Key.Key_Return)
    dialog = sketch.findChild(SketchDialog)
    assert dialog is not None
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Space):
        QTest.keyClick(dialog.canvas, key)
    dialog.reject()
    assert page.ctx.background.idle()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)


GIVEN = {
    "room/which": "b2",
    "room/door": "north",
    "room/place": "31.2304 121.4737 0 0",
    "room/keeper": "周倩",
    "room/day": "2026-11-23",
    "ups/maker": "kehua",
    "ups/model": "k80",
    "ups/load": "60.5",
    "ups/fuse": "f3",
    "ups/light": "red",
    "ups/since": "k80",
    "ups/noise": "10",
    "ups/clean": "2",
    "ups/steps": "fan filter test",
    "batteries/strings": "2",
    "batteries/string{1}/volts": "220.25",
    "batteries/string{2}/volts": "220.5",
    "batteries/unit": "u2",
}


def refuse(page: ChecklistPage, session: FieldSession, one: Id) -> None:
    """What breaks a rule is told in both languages, keeps the inspection from its end, and is led to."""
    card_at(page, "ups/load")
    here().selectAll()  # type: ignore[attr-defined]
    typed("95")
    press(Qt.Key.Key_Return)
    page.leaving()
    assert page.ctx.background.idle()
    assert page.checklist is not None
    told = page.checklist.question("/data/ups/load").message
    assert told is not None
    assert (told.read("zh"), told.read("en")) == ("负载应在 0 到 80 之间", "The load is between 0 and 80")
    with pytest.raises(AnswersRefused):
        finish(session, one)
    assert inspection(session, one).stopped_at == (page.checklist.instance_id, "/data/ups/load")
    card_at(page, "ups/load")
    here().selectAll()  # type: ignore[attr-defined]
    typed("60.5")
    press(Qt.Key.Key_Return)


def check_files(way: Way, session: FieldSession, one: Id, language: str) -> None:
    """The ODK instance, the table and the workbook of a finished checklist say the same, with words of the form's own tables."""
    files = {path.suffix: path for path in export(session, one, way.folder / language, "zh" if language == "zh" else "en")}
    assert set(files) == {".xml", ".csv", ".xlsx"}
    root = ElementTree.parse(files[".xml"]).getroot()
    assert (root.get("id"), root.get("version")) == (FORM, "1")
    found = {each: root.findtext(each) for each in ("ups/load", "ups/kva", "ups/percent", "ups/fuse", "batteries/sum", "room/which")}
    assert found == {
        "ups/load": "60.5",
        "ups/kva": "80",
        "ups/percent": "75.6",
        "ups/fuse": "f3",
        "batteries/sum": "440.75",
        "room/which": "b2",
    }
    assert [each.text for each in root.iterfind("batteries/string/volts")] == ["220.25", "220.5"]
    entity = next(each for each in root.iter() if each.tag.endswith("entity"))
    assert entity.get("dataset") == "ups_units"
    lines = list(csv.reader(io.StringIO(files[".csv"].read_text(encoding="utf-8-sig"))))
    words = {line[-1].removeprefix("/data/"): line[3] for line in lines}
    expected = {"zh": ("B2 配电间", "三号熔断器", "同意", "换风扇, 换滤网, 放电试验"), "en": ("B2 配电间", "Fuse three", "Yes", None)}[
        language
    ]
    assert (words["room/which"], words["ups/fuse"], words["ups/clean"]) == expected[:3]
    if expected[3]:
        assert words["ups/steps"] == expected[3]
    sheet = load_workbook(files[".xlsx"]).worksheets[0]
    assert [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)] == lines


def test_a_workbook_goes_from_its_author_to_the_centre_s_rows(way: Way, qtbot: QtBot, background: Background) -> None:
    # the author, the service desk
    book = write(way.folder, "1")
    assert main(["--language", "zh", "forms", "check", str(book)]) == 0
    (published,) = way.command("forms", "publish", str(book))
    assert (published["version"], published["fresh"], set(published["media"])) == ("1", True, MEDIA)
    one, sheet = way.planned("2026-11-23", "2026-12-31")

    # the laptop
    session = way.firm.laptop("own")
    for name in MEDIA:
        assert form_media(session, sheet, name) == (way.folder / name).read_bytes(), name
    page = opened(qtbot, background, session, sheet)
    fill(qtbot, page)
    refuse(page, session, one)
    rows = saved(page, session, sheet)
    assert {place: rows.get(place) for place in GIVEN} == GIVEN
    name = rows["batteries/sketch"]
    drawn = attached_file(session, sheet, "/data/batteries/sketch", name)
    assert drawn is not None
    assert drawn.data is not None

    # meanwhile the form has a new version; the record keeps its own
    way.world.clock.advance(minutes=5)
    more = ("text", "remark", "备注", "Remark", {"default": "${last-saved#keeper}"})
    (second,) = way.command("forms", "publish", str(write(way.folder, "2", more, without="noise", load="text")))
    assert (second["version"], second["fresh"]) == ("2", True)
    way.firm.sync(session)
    again = opened(qtbot, background, session, sheet)
    assert again.checklist is not None
    assert again.checklist.question("/data/ups/load").kind == "decimal"
    assert again.checklist.question("/data/ups/noise").value == "10"
    assert {place: again.checklist.question(f"/data/{place}").value for place in GIVEN} == GIVEN
    assert saved(again, session, sheet) == rows

    # the end: files, paper, the centre
    assert inspection(session, one).why_not is None
    assert finish(session, one).row.state == "finished"
    check_files(way, session, one, "zh")
    check_files(way, session, one, "en")
    report = draft_report(session, one, "inspection").line.report_id
    assert_printed(preview(session, report).pdf)
    way.firm.sync(session)
    with session.reading() as reader:
        mine, here_ = reader.answers(sheet), reader.need(FormInstance, sheet)
        assert reader.unreceipted().changes == 0
    other = way.firm.laptop("other")
    with other.reading() as reader:
        assert (reader.answers(sheet), reader.need(FormInstance, sheet)) == (mine, here_)
    assert {key.removeprefix("/data/"): text for key, text in mine.items()}.items() >= rows.items()
    (kept,) = way.world.desk.find(Attachment, owner_id=sheet, name=name)
    assert b"".join(way.world.service.blobs.read(kept.digest)) == drawn.data

    # the next quarter follows the new version and begins with what was saved last
    _, next_sheet = way.planned("2027-01-04", "2027-03-31")
    way.firm.sync(session)
    fresh = open_checklist(session, next_sheet)
    assert fresh.question("/data/ups/load").kind == "string"
    assert fresh.question("/data/room/keeper").value == "周倩"
    assert fresh.question("/data/remark").value == "周倩"
    assert fresh.question("/data/ups/maker").value == ""


def assert_printed(pdf: bytes) -> None:
    """The pages hold what was answered, in words."""
    document = QPdfDocument()
    buffer = QBuffer()
    buffer.setData(pdf)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    document.load(buffer)
    text = "".join(document.getAllText(at).text() for at in range(document.pageCount()))
    text = "".join(text.split())
    for words in ("60.5", "三号熔断器", "220.25", "B2配电间", "换风扇"):
        assert words in text, (words, text)
