"""The console's page of forms: seen, checked, published, withdrawn, taken away."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from fieldapp.base.settings import resource
from fieldapp.central.checklists.plans import PlanSettings, plan
from fieldapp.central.checklists.publishing import newest_forms, publish
from fieldapp.central.checklists.uploads import UPLOAD_LIMIT, NoWorkbook, hold
from fieldapp.central.cli import main
from fieldapp.domain.inspections import FormInstance, FormVersion
from tests.central.console.visitor import Visitor
from tests.central.test_plans import FIRST, book, furnish
from tests.central.world import World
from tests.forms.building import workbook

HEAD = ["type", "name", "label"]
RACKS = workbook([HEAD, ["select_one_from_file racks.csv", "rack", "Rack"]], settings=[["form_id", "version"], ["racks", "1"]])
TABLE = b"name,label\nb07,B 07\n"


def digest_on(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return found[1]


def test_a_workbook_is_checked_and_then_published_with_its_files(world: World, visitor: Visitor) -> None:
    status, page = visitor.send("/console/forms/check", {"category": "inspection"}, {"racks.xlsx": RACKS})
    assert status == 200
    assert "缺少它不能发布" in page
    assert 'name="digest"' not in page
    _, page = visitor.send("/console/forms/check", {"category": "case"}, {"racks.xlsx": RACKS, "racks.csv": TABLE})
    assert "这是新表单" in page
    assert world.desk.find(FormVersion) == []
    status, place = visitor.send("/console/forms/publish", {"digest": digest_on(page), "category": "case"})
    (form,) = world.desk.find(FormVersion)
    assert (status, place) == (303, f"/console/forms#v{form.id}")
    assert (form.form_id, form.version, form.category) == ("racks", "1", "case")
    assert not (world.service.settings.folder / "uploads").is_dir() or not any((world.service.settings.folder / "uploads").iterdir())
    links = visitor.links("/console/forms")
    assert [visitor.browser.get(link).content for link in sorted(links) if form.id in link] == [TABLE, RACKS]
    assert visitor.send("/console/forms/publish", {"digest": digest_on(page), "category": "case"})[0] == 400
    _, page = visitor.send("/console/forms/check", {"category": "case"}, {"racks.xlsx": RACKS, "racks.csv": TABLE})
    assert "内容相同" in page


def test_a_check_says_every_fault_with_its_place_and_offers_nothing(world: World, visitor: Visitor) -> None:
    bad = workbook([HEAD, ["txet", "a", "A"], ["text", "b", "${nix}"]])
    _, page = visitor.send("/console/forms/check", {}, {"机房.xlsx": bad})
    rows = re.findall(r"<td>survey</td><td class=\"number\">(\d+)</td><td>(\w+)</td>", page)
    assert rows == [("2", "type"), ("3", "label")]
    assert "此工作簿不能使用" in page
    assert 'name="digest"' not in page
    assert world.desk.find(FormVersion) == []
    visitor.speak("en")
    assert "there is no question type “txet”" in visitor.send("/console/forms/check", {}, {"机房.xlsx": bad})[1]


def test_what_is_no_workbook_or_too_large_or_exchanged_meanwhile_is_said(world: World, visitor: Visitor) -> None:
    for files in ({"a.txt": b"x"}, {"a.xlsx": RACKS, "b.xls": RACKS}, {".xlsx": RACKS}):
        status, page = visitor.send("/console/forms/check", {}, files)
        assert (status, "请选择一个工作簿" in page) == (400, True), files
    assert "用 Excel 打开" in visitor.send("/console/forms/check", {}, {"a.xlsx": b"no workbook"})[1]
    status, page = visitor.send("/console/forms/check", {}, {"a.xlsx": RACKS, "b.png": bytes(UPLOAD_LIMIT + 2**20)})
    assert (status, "合计超过 32 MB" in page) == (413, True)
    status, page = visitor.send("/console/forms/publish", {"digest": "0" * 64, "category": "case"})
    assert (status, "已检查的工作簿不在了" in page) == (400, True)
    assert visitor.send("/console/forms/publish", {"digest": "0" * 64, "category": "nothing"})[0] == 400
    assert visitor.browser.post("/console/forms/check", data={}, files={"files": ("a.xlsx", RACKS)}).status_code == 403
    visitor.browser.cookies.clear()
    answer = visitor.browser.post("/console/forms/check", data={}, files={"files": ("a.xlsx", RACKS)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/login")
    assert world.desk.find(FormVersion) == []


def test_a_name_with_folders_stays_in_its_folder(world: World, visitor: Visitor, tmp_path: Path) -> None:
    _, page = visitor.send("/console/forms/check", {}, {"../../../racks.xlsx": RACKS, "C:\\tables\\racks.csv": TABLE})
    assert 'name="digest"' in page
    held = sorted(path.relative_to(world.service.settings.folder).parts[2:] for path in world.service.settings.folder.rglob("racks.*"))
    assert held == [("racks.csv",), ("racks.xlsx",)]
    for name in ("bell\x07.xlsx", "..", "a/..", "x" * 200 + ".xlsx"):
        with pytest.raises(NoWorkbook):
            hold(tmp_path, "zhao", {name: RACKS})
    assert not (tmp_path / "uploads").exists()


def test_the_page_tells_versions_and_records_and_a_withdrawn_version_is_not_begun_with(
    world: World, visitor: Visitor, tmp_path: Path
) -> None:
    furnish(world, forms=())
    first = publish(world.desk, book(tmp_path, "1", ["text", "a", "A"], name="T3.xlsx"))
    assert first.form.form_id == "probe"
    publish(world.desk, resource("forms/T3.xlsx"))
    plan(world.desk, PlanSettings(), FIRST, date(2026, 12, 31))
    world.clock.advance(seconds=60)
    second = publish(world.desk, book(tmp_path, "2", ["text", "a", "A"], ["text", "b", "B"]))
    begun = len(world.desk.find(FormInstance, form_id="T3"))
    page = re.sub(r"\s+", " ", visitor.read("/console/forms"))
    assert begun > 0
    assert f'<td class="number">{begun}<br><small>{begun} 未完成</small></td>' in page
    assert page.index(f'id="v{second.form.id}"') < page.index(f'id="v{first.form.id}" class="same"')
    assert [page.count(word) for word in (">在用<", ">旧版<", ">已停用<")] == [2, 1, 0]
    assert newest_forms(world.desk)["probe"].version == "2"
    assert visitor.send(f"/console/forms/{second.form.id}/withdraw") == (303, f"/console/forms#v{second.form.id}")
    assert newest_forms(world.desk)["probe"].version == "1"
    page = visitor.read("/console/forms")
    assert [page.count(word) for word in (">在用<", ">旧版<", ">已停用<")] == [2, 0, 1]
    assert "赵静" in page
    visitor.send(f"/console/forms/{second.form.id}/again")
    assert newest_forms(world.desk)["probe"].version == "2"
    assert visitor.send(f"/console/forms/{'0' * 32}/withdraw")[0] == 404
    assert visitor.browser.get(f"/console/forms/{'0' * 32}/workbook").status_code == 404


def test_the_commands_withdraw_as_the_page_does(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(world.desk, book(tmp_path, "1", ["text", "a", "A"]))
    data = ["--data", str(world.service.settings.folder)]
    named = ["--form", "probe", "--version", "1", *data]
    assert main(["forms", "withdraw", *named]) == 0
    assert newest_forms(world.desk) == {}
    assert main(["forms", "list", *data]) == 0
    assert main(["forms", "again", *named]) == 0
    assert newest_forms(world.desk)["probe"].version == "1"
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["withdrawn"], line.get("newest"), line.get("records")) for line in told] == [
        (True, None, None),
        (True, False, 0),
        (False, None, None),
    ]
    assert main(["forms", "withdraw", "--form", "nothing", *data]) == 1
    assert "FA-632" in capsys.readouterr().err
