"""A workbook as a company writes it: UPS and cooling of a machine room, with its tables and pictures beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.forms.building import workbook
from tests.ui.answers.sheet import png

__all__ = ["FORM", "write"]

FORM = "UPS-ROOM"
_ZH, _EN = "中文 (zh)", "English (en)"
_ROWS: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    ("start", "began", "", "", {}),
    ("begin_group", "room", "机房", "Room", {}),
    ("select_one_from_file rooms.xml", "which", "机房编号", "Which room", {}),
    ("select_one_from_file doors.geojson", "door", "从哪个门进入", "By which door", {}),
    ("geopoint", "place", "入口位置", "Place of the entrance", {}),
    ("text", "keeper", "值班人员", "Who is on duty", {"default": "${last-saved#keeper}"}),
    ("date", "day", "检查日期", "Day of the check", {"default": "today()"}),
    ("end_group", "", "", "", {}),
    ("begin_group", "ups", "UPS 主机", "The UPS", {}),
    ("select_one makers or_other", "maker", "厂家", "Maker", {"image": "plate.png"}),
    ("select_one models", "model", "型号", "Model", {"choice_filter": "maker = ${maker}", "relevant": "${maker} != 'other'"}),
    ("calculate", "kva", "", "", {"calculation": "pulldata('ratings', 'kva', 'model_key', ${model})"}),
    ("note", "rated", "额定 ${kva} kVA", "Rated at ${kva} kVA", {}),
    (
        "decimal", "load", "负载(kVA)", "Load (kVA)",
        {"constraint": ". >= 0 and . <= 80", "message_zh": "负载应在 0 到 80 之间", "message_en": "The load is between 0 and 80",
         "required": "yes"},
    ),
    ("calculate", "percent", "", "", {"calculation": "round(${load} div ${kva} * 100, 1)"}),
    ("select_one fuses", "fuse", "熔断器", "Fuse", {"appearance": "minimal search('fuses', 'matches', 'model_key', ${model})"}),
    ("select_one lights", "light", "指示灯", "Indicator", {}),
    ("text", "since", "最近改动负载时的型号", "Model when the load was changed last", {"trigger": "${load}", "calculation": "${model}"}),
    ("range", "noise", "噪声", "Noise", {"parameters": "start=0 end=10 step=1"}),
    ("select_one agreed", "clean", "滤网干净", "The filters are clean", {"appearance": "likert"}),
    ("rank steps", "steps", "处理顺序", "Order of work", {}),
    ("end_group", "", "", "", {}),
    ("begin_group", "batteries", "电池组", "Batteries", {}),
    ("integer", "strings", "电池组数", "How many strings", {"constraint": ". < 5", "message_zh": "最多四组", "message_en": "Four at most"}),
    ("begin_repeat", "string", "电池组", "String", {"repeat_count": "${strings}"}),
    ("decimal", "volts", "电压", "Voltage", {}),
    ("end_repeat", "", "", "", {}),
    ("calculate", "sum", "", "", {"calculation": "sum(${volts})"}),
    ("image", "sketch", "走线草图", "Sketch of the cabling", {"appearance": "draw"}),
    ("select_one_from_file ups_units.csv", "unit", "台账中的设备", "Unit on record", {}),
    ("end_group", "", "", "", {}),
)  # fmt: skip
_CHOICES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("makers", "kehua", "科华", "Kehua", "", ""),
    ("makers", "vertiv", "维谛", "Vertiv", "", ""),
    ("models", "k40", "KR-40", "KR-40", "", "kehua"),
    ("models", "k80", "KR-80", "KR-80", "", "kehua"),
    ("models", "v60", "NX-60", "NX-60", "", "vertiv"),
    ("fuses", "fuse_key", "zh_label", "en_label", "", ""),
    ("lights", "green", "绿", "Green", "green.png", ""),
    ("lights", "red", "红", "Red", "red.png", ""),
    ("agreed", "1", "不同意", "No", "", ""),
    ("agreed", "2", "同意", "Yes", "", ""),
    ("steps", "filter", "换滤网", "Change the filter", "", ""),
    ("steps", "fan", "换风扇", "Change the fan", "", ""),
    ("steps", "test", "放电试验", "Discharge test", "", ""),
)
_FILES = {
    "ratings.csv": "model_key,kva\nk40,40\nk80,80\nv60,60\n",
    "fuses.csv": "fuse_key,zh_label,en_label,model_key\nf1,一号熔断器,Fuse one,k40\n"
    "f2,二号熔断器,Fuse two,k80\nf3,三号熔断器,Fuse three,k80\n",
    "rooms.xml": "<root><item><name>a1</name><label>A1 主机房</label></item><item><name>b2</name><label>B2 配电间</label></item></root>",
    "doors.geojson": '{"type": "FeatureCollection", "features": ['
    '{"type": "Feature", "id": "north", "properties": {"title": "北门"}, "geometry": {"type": "Point", "coordinates": [121.47, 31.23]}},'
    '{"type": "Feature", "id": "south", "properties": {"title": "南门"}, "geometry": {"type": "Point", "coordinates": [121.48, 31.22]}}]}',
    "ups_units.csv": "name,label,__version\nu1,一号机,1\nu2,二号机,1\n",
}
_COLUMNS = (
    "required", "relevant", "constraint", "calculation", "default", "appearance", "parameters", "choice_filter", "repeat_count", "trigger",
)  # fmt: skip


def write(folder: Path, version: str, *more: tuple[str, str, str, str, dict[str, str]], without: str = "", load: str = "decimal") -> Path:
    """The workbook in a version with its files beside it; `more` rows at its end, one `without`, the `load` of another type."""
    head = (
        "type",
        "name",
        f"label::{_ZH}",
        f"label::{_EN}",
        f"constraint_message::{_ZH}",
        f"constraint_message::{_EN}",
        f"media::image::{_ZH}",
    )
    survey: list[tuple[Any, ...]] = [(*head, f"media::image::{_EN}", *_COLUMNS)]
    for kind, name, zh, en, cells in (*_ROWS, *more):
        if not name or name != without:
            kind = load if name == "load" else kind
            picture = cells.get("image", "")
            words = (cells.get("message_zh", ""), cells.get("message_en", ""), picture, picture)
            survey.append((kind, name, zh, en, *words, *(cells.get(each, "") for each in _COLUMNS)))
    choices: list[tuple[Any, ...]] = [
        ("list_name", "name", f"label::{_ZH}", f"label::{_EN}", f"media::image::{_ZH}", f"media::image::{_EN}", "maker")
    ]
    choices += [(*each[:4], each[4], each[4], each[5]) for each in _CHOICES]
    settings = [("form_id", "version", "form_title", "default_language", "instance_name")]
    settings += [(FORM, version, "UPS 与电池检查 | UPS and batteries", _ZH, "concat(${which}, ' ', ${maker})")]
    entities = [("list_name", "label", "entity_id"), ("ups_units", "${which}", "")]
    path = folder / f"ups-{version}.xlsx"
    path.write_bytes(workbook(survey, choices=choices, settings=settings, entities=entities))
    for name, text in _FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, colour in (("plate.png", "#8FB8E8"), ("green.png", "#2F9E44"), ("red.png", "#C92A2A")):
        (folder / name).write_bytes(png(colour, 60, 40))
    return path
