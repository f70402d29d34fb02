"""A form with one question for each editor, in both languages, with its pictures and a table of 3,000 choices; put on the small world."""

from __future__ import annotations

import functools
from hashlib import sha256
from typing import Any

from PySide6.QtGui import QColor, QImage, QPainter

from fieldapp.base.ids import Id, derived_id
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import FormInstance, FormVersion
from fieldapp.forms.xlsform import ConvertedForm, convert
from fieldapp.operations.session import FieldSession
from fieldapp.ui.answers.parts.canvas import png_of
from tests.forms.building import workbook
from tests.operations.world import SmallWorld, give

__all__ = ["EDITORS", "PARTS", "give_editors", "png", "survey"]

EDITORS = derived_id("editors")
PARTS = 3000
CHASSIS = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 120">
<rect x="2" y="2" width="396" height="116" rx="8" fill="#E6EAF0" stroke="#5B6673" stroke-width="2"/>
<rect id="psu" x="14" y="16" width="90" height="88" fill="#C3CCD8" stroke="#5B6673"/>
<circle id="fan" cx="160" cy="60" r="42" fill="#D5DCE6" stroke="#5B6673"/>
<g id="disk" fill="#C3CCD8" stroke="#5B6673"><rect x="220" y="16" width="166" height="24"/>
<rect x="220" y="80" width="166" height="24"/></g>
</svg>"""

_SURVEY: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    ("begin_group", "ranges", "范围", "Ranges", {}),
    ("range", "plain", "机柜温度评估", "Temperature of the rack", {"parameters": "start=0 end=40 step=5"}),
    ("range", "bare", "噪声(无刻度)", "Noise without ticks", {"parameters": "start=1.5 end=5.5 step=0.5", "appearance": "no-ticks"}),
    ("range", "upright", "液位", "Level of the tank", {"parameters": "start=0 end=10 step=1", "appearance": "vertical"}),
    ("range", "stars", "整洁程度", "Tidiness", {"parameters": "start=1 end=5 step=1", "appearance": "rating"}),
    ("range", "named", "总体状况", "Overall state", {"parameters": "start=0 end=2 step=1 tick_labelset=scale"}),
    ("range", "picked", "风扇档位", "Speed of the fans", {"parameters": "start=1 end=12 step=1", "appearance": "picker"}),
    ("end_group", "", "", "", {}),
    ("begin_group", "choices", "选择", "Choices", {}),
    ("select_one few", "radio", "指示灯", "Indicator", {"required": "yes"}),
    ("select_one few", "columns", "两列", "Two columns", {"appearance": "columns-2"}),
    ("select_one few", "packed", "无按钮", "No buttons", {"appearance": "columns-pack no-buttons"}),
    ("select_one few", "quick", "选后自动继续", "Goes on by itself", {"appearance": "quick"}),
    ("select_one few", "minimal", "收起的列表", "Folded list", {"appearance": "minimal"}),
    ("select_one scale", "likert", "是否同意", "Do you agree", {"appearance": "likert"}),
    ("select_one_from_file parts.csv", "parts", "备件号", "Part number", {"appearance": "autocomplete"}),
    ("select_one pictured", "pictured", "机型", "Model", {}),
    ("select_one few", "compact", "两列磁贴", "Tiles in two columns", {"appearance": "quickcompact-2"}),
    ("select_one slots", "slot", "故障槽位", "Faulty slot", {"appearance": "image-map", "image": "chassis.svg"}),
    ("select_one extra or_other", "other", "其他可填", "Or another", {}),
    ("select_multiple few", "boxes", "可多选", "Several", {}),
    ("select_multiple few", "folded", "可多选(收起)", "Several, folded", {"appearance": "minimal"}),
    ("rank few", "order", "处理顺序", "Order of work", {}),
    ("acknowledge", "sure", "已断电确认", "Power is off", {}),
    ("end_group", "", "", "", {}),
    ("begin_group", "table", "表格", "A table", {"appearance": "table-list"}),
    ("select_one few", "row_a", "电源模块 A 的指示灯颜色", "Colour of the light of power supply A", {}),
    ("select_one few", "row_b", "电源模块 B", "Power supply B", {"required": "yes"}),
    ("select_one few", "row_c", "风扇", "Fans", {}),
    ("end_group", "", "", "", {}),
    ("begin_group", "moments", "日期与时间", "Days and times", {}),
    ("date", "day", "到货日", "Day of arrival", {}),
    ("date", "month", "保修月", "Month of warranty", {"appearance": "month-year"}),
    ("date", "year", "投产年", "Year of first use", {"appearance": "year"}),
    ("time", "clock", "开始时间", "Time of start", {}),
    ("datetime", "moment", "故障时刻", "Moment of the fault", {}),
    ("end_group", "", "", "", {}),
    ("begin_group", "places", "位置与条码", "Places and codes", {}),
    ("geopoint", "point", "机房位置", "Place of the room", {}),
    ("geotrace", "trace", "线缆走向", "Way of the cable", {}),
    ("geoshape", "shape", "场地范围", "Area of the site", {}),
    ("barcode", "code", "序列号", "Serial", {}),
    ("end_group", "", "", "", {}),
    ("begin_group", "files", "照片与文件", "Photos and files", {}),
    ("image", "photo", "铭牌照片", "Photo of the plate", {"parameters": "max-pixels=512"}),
    ("image", "annotated", "标注照片", "Photo to draw on", {"appearance": "annotate"}),
    ("image", "drawn", "机柜草图", "Sketch of the rack", {"appearance": "draw"}),
    ("image", "signed", "客户签名", "The customer signs", {"appearance": "signature"}),
    ("audio", "sound", "异响录音", "Sound of the noise", {}),
    ("video", "film", "指示灯录像", "Film of the lights", {}),
    ("file", "log", "日志文件", "Log file", {}),
    ("end_group", "", "", "", {}),
    ("begin_group", "words", "文字", "Words", {}),
    ("note", "told", "请**先断电**,再打开*后面板*", "**Switch off** first, then open the *back*", {}),
    ("text", "line", "设备名", "Name of the device", {"hint": "见前面板", "hint_en": "On the front", "guidance": "名称以资产标签为准"}),
    ("text", "many", "备注", "Remarks", {"appearance": "multiline"}),
    ("text", "hidden", "临时口令", "Password for now", {"appearance": "masked"}),
    ("integer", "count", "硬盘数", "Count of disks", {"constraint": ". < 100", "message": "不能多于 99", "message_en": "99 at most"}),
    ("decimal", "ohm", "接地电阻", "Earth resistance", {}),
    ("integer", "visitors", "在场人数", "People present", {"appearance": "counter"}),
    ("decimal", "aim", "天线方位", "Bearing of the antenna", {"appearance": "bearing"}),
    ("integer", "hours", "累计运行小时", "Hours of operation", {"appearance": "thousands-sep"}),
    ("text", "meter", "仪表读数", "Reading of the meter", {"appearance": "ex:com.vendor.meter(unit='V')"}),
    ("calculate", "twice", "", "", {"calculation": "${count} * 2"}),
    ("text", "kept", "上次检查人", "Who checked last", {"readonly": "yes", "default": "王工"}),
    ("text", "seen", "看图填写", "As the picture shows", {"image": "rack.png"}),
    ("end_group", "", "", "", {}),
)
_COLUMNS = ("appearance", "parameters", "required", "readonly", "constraint", "calculation", "default")
_CHOICES = (
    *(("few", name, zh, en, "") for name, zh, en in (
        ("green", "绿色常亮", "Steady green"),
        ("amber", "黄色闪烁", "Blinking amber"),
        ("red", "红色常亮,面板同时有文字告警并且蜂鸣器响", "Steady red, with an alarm on the panel and a beep"),
        ("off", "不亮", "Off"),
    )),
    *(("extra", name, zh, en, "") for name, zh, en in (("dust", "积尘", "Dust"), ("heat", "过热", "Heat"))),
    *(("scale", str(at), zh, en, "") for at, (zh, en) in enumerate((("不同意", "Disagree"), ("一般", "Neither"), ("同意", "Agree")))),
    *(("slots", name, zh, en, "") for name, zh, en in (("psu", "电源", "Supply"), ("fan", "风扇", "Fan"), ("disk", "硬盘", "Disk"))),
    *(("pictured", name, zh, en, f"{name}.png") for name, zh, en in (("tower", "塔式", "Tower"), ("blade", "刀片", "Blade"))),
)  # fmt: skip


def survey() -> bytes:
    """The workbook."""
    head = ("type", "name", "label::中文 (zh)", "label::English (en)", "hint::中文 (zh)", "hint::English (en)")
    more = ("guidance_hint::中文 (zh)", "constraint_message::中文 (zh)", "constraint_message::English (en)", "image::中文 (zh)")
    rows: list[tuple[str, ...]] = [(*head, *more, *_COLUMNS)]
    for kind, name, zh, en, cells in _SURVEY:
        picture = cells.get("image", "")
        words = (cells.get("hint", ""), cells.get("hint_en", ""), cells.get("guidance", ""), cells.get("message", ""))
        rows.append((kind, name, zh, en, *words, cells.get("message_en", ""), picture, *(cells.get(each, "") for each in _COLUMNS)))
    choices = [("list_name", "name", "label::中文 (zh)", "label::English (en)", "image::中文 (zh)", "image::English (en)")]
    choices += [(*each, each[4]) for each in _CHOICES]
    settings = [("form_id", "version", "form_title", "default_language"), ("editors", "1", "各类题目", "中文 (zh)")]
    return workbook(rows, choices=choices, settings=settings)


@functools.cache
def _converted() -> ConvertedForm:
    return convert(survey(), "editors.xlsx")


def png(colour: str, wide: int = 320, high: int = 200) -> bytes:
    """A picture of one colour with a darker band."""
    image = QImage(wide, high, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    painter = QPainter(image)
    painter.fillRect(0, high // 3, wide, high // 2 - high // 3, QColor(colour).darker())
    painter.end()
    return png_of(image)


def parts_csv() -> bytes:
    """3,000 spare parts, named as a depot names them."""
    rows = (f"p{at},{700000 + at} {('电源模块', '硬盘', '风扇', '内存条')[at % 4]} {at}" for at in range(PARTS))
    return ("name,label\n" + "\n".join(rows)).encode()


def give_editors(session: FieldSession, world: SmallWorld, **changes: Any) -> Id:
    """Put the form, its files, and an open checklist of it into the replica."""
    made = _converted()
    digest = sha256(made.xform_xml.encode()).hexdigest()
    form = FormVersion(
        id=derived_id("editors", "form"), form_id=made.form_id, version=made.version, title_zh="各类题目", title_en="All editors",
        xform=made.xform_xml, digest=digest,
    )  # fmt: skip
    files = {
        "parts.csv": parts_csv(),
        "tower.png": png("#8FB8E8", 120, 160),
        "blade.png": png("#9BD3B0"),
        "rack.png": png("#C9CED6"),
        "chassis.svg": CHASSIS,
    }
    held = []
    for name, data in files.items():
        kept = session.blobs.put(data)
        held.append(
            Attachment(
                id=derived_id("media", name), owner_kind="form_version", owner_id=form.id, digest=kept.digest, size=kept.size,
                name=name, purpose="form_media",
            )
        )  # fmt: skip
    values: dict[str, Any] = {
        "id": EDITORS, "site_id": world.site, "owner_id": world.inspection, "form_id": form.form_id, "form_version": form.version,
        "form_digest": digest, "period": "2026Q4", "position": 3,
    }  # fmt: skip
    instance = FormInstance(**(values | changes))
    give(session, form, *held, instance)
    return instance.id
