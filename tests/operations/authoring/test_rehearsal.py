"""A rehearsal behaves as on site and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.base.settings import Places, load_settings, resource
from fieldapp.forms.refusals import WorkbookRefusedError
from fieldapp.operations.authoring.checking import check_file
from fieldapp.operations.authoring.rehearsal import rehearse
from fieldapp.operations.checklists import open_checklist, record_finding, save_answer
from fieldapp.operations.filling.findings import FileUnreadable
from fieldapp.operations.inspections import inspections
from tests.forms.building import workbook
from tests.operations.world import MORNING


def test_a_workbook_is_filled_as_on_site_and_everything_is_gone_afterwards(tmp_path: Path) -> None:
    profile = Places(tmp_path / "profile")
    with rehearse(resource("forms/T6.xlsx"), profile, "en", TurnableClock(MORNING), SeededRandomness(1)) as rehearsal:
        session = rehearsal.session
        assert load_settings(session.places).language == "en"
        sheet = open_checklist(session, rehearsal.instance_id)
        key = "/data/protection/T6_05"
        sheet.answer(key, "abnormal")
        batch = sheet.take()
        assert batch is not None
        sheet.know(save_answer(session, batch))
        sheet.know(record_finding(session, sheet.seed(key), description="a rule is missing"))
        assert open_checklist(session, rehearsal.instance_id).question(key).value == "abnormal"
        assert len(inspections(session)) == 1
        kept = session.places.data
        assert kept.exists()
        assert b"a rule is missing" not in b"".join(path.read_bytes() for path in kept.rglob("*") if path.is_file())
    assert not kept.exists()
    assert not profile.data.exists()


def test_a_workbook_that_cannot_be_used_opens_no_rehearsal(tmp_path: Path) -> None:
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(workbook([["type", "name", "label"], ["txet", "a", "A"]]))
    with pytest.raises(WorkbookRefusedError), rehearse(bad, Places(tmp_path), "zh", TurnableClock(MORNING), SeededRandomness(1)):
        raise AssertionError("it must not open")


def test_tables_beside_the_workbook_are_on_offer(tmp_path: Path) -> None:
    path = tmp_path / "racks.xlsx"
    path.write_bytes(workbook([["type", "name", "label"], ["select_one_from_file racks.csv", "rack", "Rack"]]))
    (tmp_path / "racks-media").mkdir()
    assert [each.words.read("en") for each in check_file(path).troubles if not each.row] == [
        "the file “racks.csv” is not beside the workbook; the form is published only with it."
    ]
    (tmp_path / "racks-media" / "racks.csv").write_text("name,label\nb07,B 07\nb08,B 08\n", encoding="utf-8")
    assert [each for each in check_file(path).troubles if not each.row] == []
    with rehearse(path, Places(tmp_path / "profile"), "en", TurnableClock(MORNING), SeededRandomness(1)) as rehearsal:
        sheet = open_checklist(rehearsal.session, rehearsal.instance_id)
        (view,) = [view for section in sheet.sections for view in sheet.questions(section.key)]
        assert [(each.value, each.label.read("en")) for each in view.choices] == [("b07", "B 07"), ("b08", "B 08")]


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        check_file(tmp_path / "nowhere.xlsx")
