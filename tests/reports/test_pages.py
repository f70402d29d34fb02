"""The pages: the same bytes for the same content, an archive format, nothing lost, nothing half empty."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import LANGUAGES
from fieldapp.reports import content as c
from fieldapp.reports.blocks import (
    Bar,
    BarChart,
    Brand,
    Cell,
    Column,
    DigestLine,
    Heading,
    Paragraph,
    Photos,
    SignerSlot,
    Table,
    TrendChart,
    TrendPoint,
    Words,
)
from fieldapp.reports.documents import SlotsError, document
from fieldapp.reports.drawing.flowables import Sheet
from fieldapp.reports.drawing.grid import Grid, _column_widths, _shared
from fieldapp.reports.drawing.typeset import MissingGlyphError
from fieldapp.reports.layout import render
from fieldapp.reports.photos import scaled
from fieldapp.reports.sheets.annexes import inspection_blocks
from tests.reports import samples, signed

POPPLER = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")


def _text(pdf: bytes) -> str:
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return run.stdout.decode()


def _blank_share(pdf: bytes, folder: Path) -> list[float]:
    """For every page the share of its height that the largest blank band takes, margins left out."""
    (folder / "in.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "20", "-gray", str(folder / "in.pdf"), str(folder / "p")], check=True)
    shares = []
    for page in sorted(folder.glob("p-*.pgm")):
        header, size, _, pixels = page.read_bytes().split(b"\n", 3)
        assert header == b"P5"
        wide, high = (int(n) for n in size.split())
        rows = [any(value < 245 for value in pixels[y * wide : (y + 1) * wide]) for y in range(high)]
        longest = run = 0
        for dark in rows[int(high * 0.05) : int(high * 0.96)]:
            run = 0 if dark else run + 1
            longest = max(longest, run)
        shares.append(longest / high)
        page.unlink()
    return shares


def test_the_same_content_gives_the_same_bytes() -> None:
    assert render(document(samples.service())) == signed.rendered()


def test_another_process_draws_the_same_bytes() -> None:
    code = (
        "import hashlib;from tests.reports import samples;from fieldapp.reports.documents import document;"
        "from fieldapp.reports.layout import render;"
        "print(hashlib.sha256(render(document(samples.approval()))).hexdigest())"
    )
    seeded = {"PYTHONHASHSEED": "77", "PATH": ""}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=seeded)
    assert found.stdout.strip() == hashlib.sha256(render(document(samples.approval()))).hexdigest()


@pytest.mark.parametrize("data", [samples.service(), samples.inspection_report(), samples.approval()], ids=type)
def test_the_file_breaks_no_rule_of_pdf_a(data: c.ReportData) -> None:
    """The checker cannot judge forms and attachments yet and says so; it may find nothing else."""
    with pikepdf.open(io.BytesIO(render(document(data)))) as pdf:
        report = pikepdf.pdfa.check(pdf, pikepdf.pdfa.Flavour.PDFA_3B)
    other = [f for f in report.findings if f.kind != "unsupported" or not ("AcroForm" in f.where or f.rule == "pikepdf:embedded-file")]
    assert other == []
    assert len(report.findings) == 3


def test_without_form_and_attachment_the_checker_approves_the_pages() -> None:
    with pikepdf.open(io.BytesIO(signed.rendered())) as pdf:
        del pdf.Root.AcroForm
        del pdf.Root.AF
        del pdf.Root.Names
        for page in pdf.pages:
            if "/Annots" in page:
                del page.Annots
        out = io.BytesIO()
        pdf.save(out)
    with pikepdf.open(out) as pdf:
        assert pikepdf.pdfa.check(pdf, pikepdf.pdfa.Flavour.PDFA_3B).findings == []


def test_signatures_and_time_stamp_add_nothing_that_pdf_a_forbids() -> None:
    with pikepdf.open(io.BytesIO(signed.stamped())) as pdf:
        report = pikepdf.pdfa.check(pdf, pikepdf.pdfa.Flavour.PDFA_3B)
    assert {f.kind for f in report.findings} == {"unsupported"}
    assert {f.rule for f in report.findings} == {"pikepdf:schema-Catalog", "pikepdf:embedded-file"}


def test_the_data_are_attached_as_data() -> None:
    data = samples.service()
    with pikepdf.open(io.BytesIO(signed.rendered())) as pdf:
        (specification,) = list(pdf.Root.AF)
        assert specification.AFRelationship == "/Data"
        embedded = specification.EF.F
        assert embedded.Subtype == "/application/json"
        raw = embedded.read_bytes()
        assert pdf.docinfo["/Keywords"] == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert raw == document(data).data_json
    assert json.loads(raw)["front"]["number"] == data.front.number


def test_every_font_is_embedded() -> None:
    with pikepdf.open(io.BytesIO(signed.rendered())) as pdf:
        names = set()
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font":
                names.add(str(item.BaseFont))
                assert "/FontFile2" in item.FontDescriptor
    assert names
    assert all("NotoSansSC" in name for name in names)


@POPPLER
@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_was_filled_in_is_printed(language: str) -> None:
    data = samples.service(front=samples.front(languages=language, customer_remarks="请补发说明书"))
    text = "".join(_text(render(document(data))).split())
    for expected in (
        data.front.number,
        data.front.customer_ticket,
        "SN90017-4471-AA",
        "SN10233-8812-BC",
        "RMA-55120",
        "2026-12-07",
        "请补发说明书",
        "2号风扇噪声偏大",
        "PM-7781",
        "FLK-0091",
        "manifest.txt",
        "F-0021",
        *(("Notagreed", "breachedby12min") if language == "en" else ("未约定", "超时12分", "未记录校验值")),
    ):
        assert expected in text


@POPPLER
def test_missing_values_are_said() -> None:
    data = samples.service(caller="", cause="", left_over=(), parts=(), front=samples.front(customer_ticket="", languages="zh"))
    text = _text(render(document(data)))
    for said in ("未记录", "未提供", "无异常及遗留事项", "未更换部件"):
        assert said in text


@POPPLER
def test_a_long_table_repeats_its_header_on_each_page() -> None:
    front = samples.front(languages="zh")
    pdf = render(document(samples.service(front=front, annexes=(samples.inspection(200),))))
    text = _text(pdf)
    pages = [page for page in text.split("\f") if "线缆连接与标识" in page]
    assert len(pages) >= 4
    assert all("项目" in page and "结果" in page for page in pages)
    assert text.count("线缆连接与标识") == 196


@POPPLER
@pytest.mark.parametrize("count", [6, 30, 75])
def test_no_page_but_the_last_is_a_third_empty(count: int, tmp_path: Path) -> None:
    photos = tuple(samples.photo(40 + 10 * i, f"照片 {i}") for i in range(count % 7))
    for data in (
        samples.service(annexes=(samples.inspection(count, photos), c.SwapAnnex(samples.PART, samples.steps()))),
        samples.inspection_report(annexes=(samples.inspection(count, photos), samples.inspection(12))),
    ):
        shares = _blank_share(render(document(data)), tmp_path)
        assert max(shares[:-1]) < 1 / 3, shares


@POPPLER
def test_the_summary_stands_on_one_page() -> None:
    pages = _text(signed.rendered()).split("\f")
    assert "客户意见与签字" in pages[0]
    assert "附件 1" in pages[1]
    assert "1/4" in "".join(pages[0].split())


def test_a_character_that_cannot_be_printed_stops_everything() -> None:
    with pytest.raises(MissingGlyphError) as refused:
        render(document(samples.service(symptom="告警 🔥")))
    assert "U+1F525" in str(refused.value)


def test_a_photo_that_is_not_the_one_taken_stops_everything() -> None:
    other = replace(samples.photo(), jpeg=samples.photo(40).jpeg)
    for photo in (other, replace(samples.photo(), jpeg=b"")):
        with pytest.raises(DocumentError) as refused:
            render(document(samples.service(annexes=(c.PhotoAnnex((photo,)),))))
        assert refused.value.code == "FA-810"
        assert "更换前的电源模块" in refused.value.read("zh")


def test_a_logo_that_is_no_picture_is_refused() -> None:
    with pytest.raises(DocumentError) as refused:
        render(document(samples.approval()), Brand(logo=b"no picture"))
    assert refused.value.code == "FA-811"


@POPPLER
def test_rare_characters_of_names_survive_extraction() -> None:
    text = _text(render(document(samples.service(front=samples.front(customer="𬭩㛃科技")))))
    assert "𬭩㛃科技" in text


def test_the_summary_names_the_digest_of_each_annex() -> None:
    data = samples.service()
    moved = samples.inspection(19)
    first = [b.sha256 for b in document(data).blocks if isinstance(b, DigestLine)]
    second = [b.sha256 for b in document(replace(data, annexes=(moved, *data.annexes[1:]))).blocks if isinstance(b, DigestLine)]
    assert len(first) == 3
    assert first[0] != second[0]
    assert first[1:] == second[1:]


def test_a_very_long_answer_flows_over_pages() -> None:
    data = samples.service(work_done="更换模块并复测正常。" * 900, annexes=())
    with pikepdf.open(io.BytesIO(render(document(data)))) as pdf:
        assert len(pdf.pages) >= 3
    long_note = replace(samples.results()[1], note="说明很长。" * 1500)
    section = c.ResultSection(Words("机柜"), (long_note,))
    annex = replace(samples.inspection(), sections=(section,))
    with pikepdf.open(io.BytesIO(render(document(samples.service(annexes=(annex,)))))) as pdf:
        assert len(pdf.pages) >= 3


def test_what_cannot_be_split_is_refused_in_words() -> None:
    with pytest.raises(DocumentError) as refused:
        render(document(samples.service(annexes=(c.PhotoAnnex((samples.photo(70, "说明" * 6000),)),))))
    assert refused.value.code == "FA-808"
    long_customer = samples.front(customer="某某城轨运营有限公司" * 300)
    with pikepdf.open(io.BytesIO(render(document(samples.approval(front=long_customer))))) as pdf:
        assert len(pdf.pages) >= 2


@pytest.mark.parametrize("keys", [("a", "a"), ("Engineer",), ("timestamp",), ("",), ("x y",)])
def test_signers_that_cannot_be_fields_are_refused(keys: tuple[str, ...]) -> None:
    slots = tuple(SignerSlot(key, Words("工程师")) for key in keys)
    with pytest.raises(SlotsError):
        document(samples.approval(front=samples.front(signers=slots)))


@POPPLER
def test_a_paper_form_has_blanks_and_boxes() -> None:
    unchecked = tuple(replace(result, verdict="not_checked", note="", value=Words()) for result in samples.results(9))
    annex = replace(samples.inspection(), sections=(c.ResultSection(Words("机柜"), unchecked),), measured=(), findings=())
    front = samples.front(paper=True, languages="zh", customer_ticket="")
    data = samples.service(front=front, caller="", cause="", annexes=(annex,), upgrades=(), times=c.Times(), left_over=(), parts=())
    content = document(data)
    text = _text(render(content))
    for missing in ("未记录", "未提供", "未更换部件", "无异常"):
        assert missing not in text
    tables = [block for block in content.blocks if isinstance(block, Table)]
    assert any(len(cell.boxes) == 3 for table in tables for row in table.rows for cell in row)
    assert text.count("不适用") >= 9
    assert "盖章" in text


@POPPLER
def test_any_document_can_be_built_of_blocks() -> None:
    blocks = (
        Heading(Words("一、故障概述", "Overview")),
        Paragraph(Words("第一行\n第二行", "first\nsecond"), "due", boxed=True),
        BarChart(Words("工时", "Hours"), "h", (Bar(Words("李工"), "3.5"), Bar(Words("赵凯"), "12"))),
        TrendChart(Words("温度", "Temperature"), "°C", (TrendPoint(date(2026, 1, 1), "21.5"),), "18", "27"),
        Table((Column(Words("项目")), Column(Words("勾选"), align="right")), ((Cell(Words("电源")), Cell(mark="box")),)),
        Photos((samples.photo(),), 3),
    )
    front = samples.front(paper=True, prepared_by="李工", reviewed_by="赵凯")
    data = c.GeneralData(front, "analysis", Words("故障分析报告", "Fault analysis"), blocks)
    text = _text(render(document(data), Brand(name="测试服务公司", contact="400-000-0000")))
    for expected in ("一、故障概述", "第二行", "3.5 h", "12 h", "盖章", "测试服务公司", "400-000-0000", "编制", "赵凯"):
        assert expected in text


@POPPLER
@pytest.mark.parametrize(("count", "lines"), [(26, 2), (26, 3), (27, 1), (27, 2), (27, 3)])
def test_a_heading_never_stands_alone_at_the_foot_of_a_page(count: int, lines: int) -> None:
    columns = (Column(Words("项目")), Column(Words("勾选")))
    rows = tuple((Cell(Words(f"电源{number}")), Cell(Words("是"))) for number in range(count))
    blocks = (
        Heading(Words("甲节")),
        Paragraph(Words("行\n" * (lines - 1) + "行")),
        Table(columns, rows),
        Heading(Words("乙节"), 2),
        Table(columns, rows[:3]),
    )
    data = c.GeneralData(samples.front(), "analysis", Words("故障分析报告"), blocks)
    (page,) = [page for page in _text(render(document(data))).split("\f") if "乙节" in page]
    assert "电源0" in page[page.index("乙节") :]


def test_a_short_value_stays_on_one_line_beside_a_long_one() -> None:
    widths = _shared(300, [60, 700, 50], [30, 100, 30])
    assert widths == [60, 190, 50]


def test_the_sections_of_a_checklist_stand_in_the_same_columns_and_in_the_order_of_the_form() -> None:
    first = (
        c.InspectionResult("T1-07", Words("照片", "Photo"), None, value=Words("客户处留存: 运维服务器 /data/inspection")),
        c.InspectionResult("T1-01", Words("设备外观", "Housing"), "normal"),
    )
    second = (
        c.InspectionResult("T1-15 (1)", Words("槽位", "Slot"), None, value=Words("0")),
        c.InspectionResult("T1-15 (1)", Words("磁盘状态", "Disk state"), "normal", previous=Words("正常", "Normal")),
        c.InspectionResult("T1-15 (2)", Words("槽位", "Slot"), None, value=Words("1")),
        c.InspectionResult("T1-16", Words("RAID状态", "RAID state"), "open"),
    )
    sections = (c.ResultSection(Words("外观"), first), c.ResultSection(Words("磁盘"), second))
    annex = replace(samples.inspection(), sections=sections, measured=(), findings=())
    tables = [each for each in inspection_blocks(annex, "Asia/Shanghai") if isinstance(each, Table)]
    sheet = Sheet(Brand(), "both", 480)
    widths = [_column_widths(sheet, each) for each in tables]
    assert len(tables) == 2
    assert widths[0] == widths[1]
    assert [[row[0].text.zh for row in each.rows] for each in tables] == [
        ["T1-07", "T1-01"],
        ["T1-16", "T1-15 (1)", "T1-15 (1)", "T1-15 (2)"],
    ]


def test_no_row_of_a_table_stands_alone_on_the_next_page() -> None:
    columns = (Column(Words("项目")), Column(Words("勾选")))
    rows = tuple((Cell(Words(f"电源{number}")), Cell(Words("是"))) for number in range(9))
    grid = Grid(Sheet(Brand(), "zh", 480), Table(columns, rows))
    _, high = grid.wrap(480, 800)
    upper, lower = grid.split(480, high - 1)
    assert (len(upper._rows), len(lower._rows)) == (7, 2)


def test_a_text_that_goes_across_a_table_changes_no_column_and_stays_with_what_follows() -> None:
    columns = (Column(Words("项目")), Column(Words("结果")))
    rows = tuple((Cell(Words(f"电源{number}")), Cell(Words("是"))) for number in range(8))
    across = (Cell(Words("下面各项须断电后检查。" * 8)),)
    sheet = Sheet(Brand(), "zh", 480)
    plain, noted = Table(columns, rows), Table(columns, (*rows[:5], across, *rows[5:]))
    assert _column_widths(sheet, noted) == _column_widths(sheet, plain)
    grid = Grid(sheet, noted)
    _, high = grid.wrap(480, 800)
    assert [len(lines) for lines in grid._rows[5]] == [2], "88 characters of 8 points on lines of 472"
    room = high - sum(grid._row_height(index) for index in (6, 7, 8))
    upper, lower = grid.split(480, room)
    assert (len(upper._rows), len(lower._rows)) == (5, 4)
    with pikepdf.open(io.BytesIO(render(document(c.GeneralData(samples.front(), "drill", Words("演练"), (noted,)))))) as pdf:
        assert len(pdf.pages) == 1


def test_a_paper_copy_has_no_fields_and_a_logo_is_drawn() -> None:
    logo = scaled(samples.photo().jpeg).thumbnail
    pdf = render(document(samples.approval(front=samples.front(paper=True))), Brand("公司", "#17784A", logo))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert "/AcroForm" not in opened.Root
    assert pdf.count(b"/DCTDecode") == 1


@POPPLER
@pytest.mark.parametrize(
    "kind",
    ["open", "signed", "with_remarks", "partly_accepted", "refused", "absent", "not_authorised", "sealed_on_paper"],
)
def test_nothing_is_called_accepted_unless_the_customer_accepted(kind: str) -> None:
    scan = "ab" * 32 if kind == "sealed_on_paper" else ""
    items = ("2 号风扇",)
    outcome = c.SignOffOutcome(kind, "王敏", "主任", False, items, "不认可", "张强", paper_sha256=scan)  # type: ignore[arg-type]
    text = _text(render(document(samples.approval(front=samples.front(outcome=outcome, languages="zh")))))
    assert "已验收" not in text
    assert "未登记签字人" in text
    said = {"refused": "拒签", "partly_accepted": "部分验收", "absent": "待签字", "not_authorised": "待签字", "sealed_on_paper": "纸质签署"}
    assert said.get(kind, "签字") in text
    if kind == "refused":
        assert "张强" in text


@POPPLER
def test_what_a_customer_approves_stands_on_the_page_that_is_signed() -> None:
    three = tuple(
        replace(each, evidence=Words("备份系统记录", "Record of the backup system"), place="备份系统 03 号带库")
        for each in samples.BACKUPS[:1] * 3
    )
    steps = tuple(replace(samples.steps()[0], label=Words(f"第 {number} 步", f"Step {number}")) for number in range(8))
    people = tuple(c.Person(name, Words("技术负责人", "technical lead")) for name in ("陈立行", "秦未央", "邵清和", "韩屹"))
    pages = _text(render(document(samples.approval(backups=three, plan=steps, people=people, customer_backup=False)), Brand()))
    assert pages.count("\f") == 1
    assert "陈立行 (技术负责人); 秦未央" in pages
    hours = (replace(people[0], on_site_minutes=90), *people[1:])
    assert "路途" in _text(render(document(samples.approval(people=hours)), Brand()))
