"""Questions as the documentation of XLSForm and ODK describes them: types, appearances, choices, media, metadata."""

from __future__ import annotations

import pytest

from fieldapp.forms.instance import FormInstance, FormItem
from fieldapp.forms.refusals import AnswerTypeError
from tests.forms.building import YES_NO, form, from_rows, opened


def only(open_form: FormInstance, name: str) -> FormItem:
    """The one item of a name."""
    (found,) = [item for item in open_form.questions() if item.name == name and item.kind != "repeat"]
    return found


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        ("integer", ["-5", "0", "2147483647"], ["1.5", "abc", "2147483648"]),
        ("decimal", ["-5.25", ".5", "7"], ["1,5", "abc"]),
        ("date", ["2026-02-28"], ["2026-02-30", "28.02.2026", "2026-2-8"]),
        ("time", ["23:59", "07:05:00.000+08:00"], ["24:00", "7 o'clock"]),
        ("dateTime", ["2026-02-28T10:00:00.000+08:00"], ["2026-02-28", "2026-02-28T99:00:00"]),
        ("geopoint", ["31.2 121.5", "31.2 121.5 4.0 3.5"], ["31.2", "91 0", "0 181", "0 0 0 0", "north"]),
        ("geotrace", ["31.2 121.5;31.3 121.6", "31.2 121.5 0 0; 31.3 121.6 0 0;"], ["31.2 121.5", "31.2 121.5; x"]),
        ("geoshape", ["1 1;1 2;2 2;1 1", "1 1 0 0;1 2 0 0;2 2 0 0;1 1 5 9"], ["1 1;1 2;2 2", "1 1;1 1"]),
        ("text", ["anything at all", " 中文 "], []),
        ("barcode", ["6901234567892"], []),
    ],
)
def test_a_question_takes_what_its_type_holds(kind: str, taken: list[str], refused: list[str]) -> None:
    one = form([[kind, "q", "Q"]])
    for text in taken:
        one.answer("/data/q", text)
        assert one.value("/data/q") == (text if kind == "text" else text.strip())
    for text in refused:
        with pytest.raises(AnswerTypeError):
            one.answer("/data/q", text)


@pytest.mark.parametrize(
    ("kind", "appearance", "parameters", "shown", "given"),
    [
        ("image", "draw", "", "image", {}),
        ("image", "signature", "", "image", {}),
        ("image", "annotate", "max-pixels=1024", "image", {"max-pixels": "1024"}),
        ("audio", "", "quality=voice-only", "audio", {"quality": "voice-only"}),
        ("video", "new-front", "", "video", {}),
        ("file", "", "", "file", {}),
        ("text", "multiline", "rows=5", "string", {"rows": "5"}),
        ("text", "numbers", "", "string", {}),
        ("integer", "thousands-sep", "", "integer", {}),
        ("date", "month-year", "", "date", {}),
        ("barcode", "", "", "barcode", {}),
        ("geopoint", "placement-map", "capture-accuracy=3 warning-accuracy=50", "geopoint", {"accuracyThreshold": "3"}),
        ("select_one yn", "minimal", "", "select_one", {}),
        ("select_one yn", "quick", "", "select_one", {}),
        ("select_one yn", "likert", "", "select_one", {}),
        ("select_one yn", "columns-pack no-buttons", "", "select_one", {}),
        ("select_multiple yn", "columns-2", "", "select_multiple", {}),
        ("select_one yn", "autocomplete", "", "select_one", {}),
        ("rank yn", "", "", "rank", {}),
        ("acknowledge", "", "", "acknowledge", {}),
    ],
)
def test_appearance_and_parameters_come_as_data(kind: str, appearance: str, parameters: str, shown: str, given: dict[str, str]) -> None:
    item = only(
        form([["type", "name", "label", "appearance", "parameters"], [kind, "q", "Q", appearance, parameters]], choices=YES_NO), "q"
    )
    assert item.kind == shown
    assert item.looks == frozenset(appearance.split())
    assert {name: item.parameters.get(name) for name in given} == given


def test_a_range_has_bounds_and_its_type() -> None:
    rows = [
        ["type", "name", "label", "appearance", "parameters"],
        ["range", "whole", "W", "vertical no-ticks", "start=1 end=5 step=1"],
        ["range", "half", "H", "", "start=0 end=1 step=0.5"],
        ["range", "usual", "U", "rating", ""],
    ]
    one = form(rows)
    assert [only(one, name).bounds for name in ("whole", "half", "usual")] == [(1, 5, 1), (0, 1, 0.5), (1, 10, 1)]
    assert only(one, "whole").looks == {"vertical", "no-ticks"}
    assert only(one, "usual").looks == {"rating"}
    one.answer("/data/half", "0.5")
    with pytest.raises(AnswerTypeError):
        one.answer("/data/whole", "1.5")


def test_a_table_list_group_makes_a_heading_of_choices_and_rows_of_buttons() -> None:
    rows = [
        ["type", "name", "label", "appearance"],
        ["begin group", "table", "Table", "table-list"],
        ["select_one yn", "one", "One", ""],
        ["select_one yn", "two", "Two", ""],
        ["end group", "", "", ""],
    ]
    items = list(form(rows, choices=YES_NO).questions())
    assert "field-list" in items[0].looks
    assert (items[0].kind, items[0].label) == ("group", "Table")
    assert [item.kind for item in items[1:]] == ["select_one"] * 3, "the title is no note of its own"
    heading = next(item for item in items if "label" in item.looks)
    assert [choice.label for choice in heading.choices] == ["Yes", "No"]
    assert all("list-nolabel" in item.looks for item in items if item.name in ("one", "two"))


def test_a_field_list_group_and_pages_are_said() -> None:
    rows = [
        ["type", "name", "label", "appearance"],
        ["begin group", "g", "G", "field-list"],
        ["text", "a", "A", ""],
        ["end group", "", "", ""],
    ]
    one = form(rows, settings=[["style"], ["pages theme-grid"]])
    assert only(one, "g").looks == {"field-list"}
    assert one.definition.style == "pages theme-grid"


def test_a_rank_keeps_the_order_of_a_person_and_several_choices_that_of_the_form() -> None:
    one = form([["rank yn", "r", "R"], ["select_multiple yn", "m", "M"]], choices=YES_NO)
    one.answer("/data/r", "no yes")
    one.answer("/data/m", "no yes")
    assert (one.value("/data/r"), one.value("/data/m")) == ("no yes", "yes no")


def test_an_acknowledgement_is_ok() -> None:
    one = form([["type", "name", "label", "required"], ["acknowledge", "a", "Read", "yes"]])
    assert [problem.kind for problem in one.validate()] == ["required"]
    one.answer("/data/a", "OK")
    assert not one.validate()


def test_a_note_shows_and_takes_nothing() -> None:
    one = form([["type", "name", "label", "calculation"], ["note", "n", "Total ${c}", ""], ["calculate", "c", "", "1 + 2"]])
    item = only(one, "n")
    assert (item.kind, item.label, item.readonly) == ("note", "Total 3", True)


def test_or_other_adds_a_choice_and_its_question() -> None:
    one = form([["select_one yn or_other", "q", "Q"]], choices=YES_NO)
    assert [choice.value for choice in only(one, "q").choices] == ["yes", "no", "other"]
    assert not only(one, "q_other").relevant
    one.answer("/data/q", "other")
    assert only(one, "q_other").relevant


def test_choices_in_random_order_stay_in_it_and_a_seed_fixes_it() -> None:
    choices = [["list_name", "name", "label"], *([["n", str(n), f"N{n}"] for n in range(12)])]
    rows = [
        ["type", "name", "label", "parameters"],
        ["select_one n", "free", "F", "randomize=true"],
        ["select_one n", "fixed", "X", "randomize=true, seed=42"],
    ]
    definition = from_rows(rows, choices=choices)
    one = opened(definition)
    order = [choice.value for choice in only(one, "fixed").choices]
    assert sorted(order, key=int) == [str(n) for n in range(12)] != order
    assert [choice.value for choice in only(opened(definition), "fixed").choices] == order
    assert sorted((choice.value for choice in only(one, "free").choices), key=int) == [str(n) for n in range(12)]


CASCADE = [
    ["list_name", "name", "label", "state"],
    ["states", "tx", "Texas", ""],
    ["states", "wa", "Washington", ""],
    ["counties", "king", "King", "wa"],
    ["counties", "pierce", "Pierce", "wa"],
    ["counties", "brown", "Brown", "tx"],
]


def test_choices_follow_an_answer_and_one_that_is_no_longer_on_offer_counts_as_none() -> None:
    rows = [
        ["type", "name", "label", "choice_filter", "relevant"],
        ["select_one states", "s", "S", "", ""],
        ["select_one counties", "c", "C", "state = ${s}", ""],
        ["text", "t", "T", "", "${c} = 'king'"],
    ]
    one = form(rows, choices=CASCADE)
    assert only(one, "c").choices == ()
    one.answer("/data/s", "wa")
    assert [choice.value for choice in only(one, "c").choices] == ["king", "pierce"]
    one.answer("/data/c", "king")
    assert only(one, "t").relevant
    one.answer("/data/s", "tx")
    assert one.value("/data/c") == ""
    assert not only(one, "t").relevant


def test_choices_in_a_repeat_follow_the_answer_of_the_same_instance() -> None:
    rows = [
        ["type", "name", "label", "choice_filter"],
        ["begin repeat", "r", "R", ""],
        ["select_one states", "s", "S", ""],
        ["select_one counties", "c", "C", "state = ${s}"],
        ["end repeat", "", "", ""],
    ]
    one = form(rows, choices=CASCADE)
    one.add_repeat("/data/r", "x")
    one.answer("/data/r{1}/s", "wa")
    one.answer("/data/r{x}/s", "tx")
    assert [c.value for c in one.item("/data/r{1}/c").choices] == ["king", "pierce"]
    assert [c.value for c in one.item("/data/r{x}/c").choices] == ["brown"]


def test_choices_may_come_from_a_repeat_of_the_form() -> None:
    rows = [
        ["type", "name", "label", "choice_filter"],
        ["begin repeat", "person", "P", ""],
        ["text", "who", "Who", ""],
        ["integer", "age", "Age", ""],
        ["end repeat", "", "", ""],
        ["select_one ${who}", "eldest", "Eldest", "${age} > 17"],
    ]
    one = form(rows)
    for key, who, age in (("1", "Ann", "40"), ("b", "Bob", "12")):
        if key == "b":
            one.add_repeat("/data/person", "b")
        one.answer(f"/data/person{{{key}}}/who", who)
        one.answer(f"/data/person{{{key}}}/age", age)
    assert [choice.label for choice in only(one, "eldest").choices] == ["Ann"]
    one.answer("/data/person{b}/age", "18")
    assert [choice.label for choice in only(one, "eldest").choices] == ["Ann", "Bob"]


FRUITS = "\ufeffname_key,name,kind,weight\nmango,Mango,stone,3\nfig,Fig,soft,1\nplum,Plum,stone,2\n".encode()


def test_choices_from_a_csv_file_with_columns_of_other_names() -> None:
    rows = [
        ["type", "name", "label", "parameters", "choice_filter"],
        ["select_one_from_file fruits.csv", "f", "F", "value=name_key label=name", "kind = 'stone'"],
    ]
    one = form(rows, {"media": {"fruits.csv": FRUITS}})
    assert [(choice.value, choice.label) for choice in only(one, "f").choices] == [("mango", "Mango"), ("plum", "Plum")]


def test_choices_from_an_xml_file() -> None:
    xml = b"<root><item><name>a</name><label>A</label></item><item><name>b</name><label>B</label></item></root>"
    one = form([["select_multiple_from_file list.xml", "f", "F"]], {"media": {"list.xml": xml}})
    assert [(choice.value, choice.label) for choice in only(one, "f").choices] == [("a", "A"), ("b", "B")]


def test_choices_from_a_geojson_file_have_properties_and_a_place() -> None:
    geojson = (
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "id": "fs87b", "geometry": {"type": "Point", "coordinates": '
        b'[102.5, 0.5]}, "properties": {"title": "Camp", "size": 4}}]}'
    )
    rows = [
        ["type", "name", "label", "parameters", "calculation"],
        ["select_one_from_file camps.geojson", "f", "F", "label=title", ""],
        ["calculate", "where", "", "", "instance('camps')/root/item[id = ${f}]/geometry"],
        ["calculate", "size", "", "", "instance('camps')/root/item[id = ${f}]/size * 2"],
    ]
    one = form(rows, {"media": {"camps.geojson": geojson}})
    assert [(choice.value, choice.label) for choice in only(one, "f").choices] == [("fs87b", "Camp")]
    one.answer("/data/f", "fs87b")
    assert (one.value("/data/where"), one.value("/data/size")) == ("0.5 102.5 0 0", "8")


def test_a_value_is_pulled_from_a_csv_file() -> None:
    rows = [
        ["type", "name", "label", "calculation"],
        ["text", "key", "K", ""],
        ["calculate", "kind", "", "pulldata('fruits', 'kind', 'name_key', ${key})"],
    ]
    one = form(rows, {"media": {"fruits.csv": FRUITS}})
    one.answer("/data/key", "fig")
    assert one.value("/data/kind") == "soft"
    one.answer("/data/key", "nothing")
    assert one.value("/data/kind") == ""


@pytest.mark.parametrize(
    ("search", "typed", "values"),
    [
        ("search('fruits')", "", ["mango", "fig", "plum", "99"]),
        ("minimal search('fruits', 'matches', 'kind', ${q})", "stone", ["mango", "plum", "99"]),
        ("search('fruits', 'contains', 'name, kind', ${q})", "o", ["mango", "fig", "plum", "99"]),
        ("search('fruits', 'startswith', 'name', ${q})", "Pl", ["plum", "99"]),
        ("search('fruits', 'endswith', 'name', ${q})", "g", ["fig", "99"]),
        ("search('fruits', 'contains', 'name', ${q}, 'kind', 'stone')", "a", ["mango", "99"]),
    ],
)
def test_choices_are_searched_in_a_csv_file(search: str, typed: str, values: list[str]) -> None:
    choices = [["list_name", "name", "label"], ["f", "name_key", "name, weight"], ["f", "99", "Other"]]
    definition = from_rows(
        [["type", "name", "label", "appearance"], ["text", "q", "Q", ""], ["select_one f", "s", "S", search]], choices=choices
    )
    assert definition.sources == {"fruits": "jr://file-csv/fruits.csv"}
    one = opened(definition, media={"fruits.csv": FRUITS})
    one.answer("/data/q", typed)
    assert sorted(choice.value for choice in only(one, "s").choices) == sorted(values)
    labels = {choice.value: choice.label for choice in only(one, "s").choices}
    assert labels["99"] == "Other"
    assert all(
        label == {"mango": "Mango, 3", "fig": "Fig, 1", "plum": "Plum, 2"}[value] for value, label in labels.items() if value != "99"
    )
    one.answer("/data/s", values[0])
    assert one.value("/data/s") == values[0]


def test_labels_hints_guidance_and_files_in_two_languages() -> None:
    rows = [
        [
            "type",
            "name",
            "label::English (en)",
            "label::中文 (zh)",
            "hint::English (en)",
            "guidance_hint::English (en)",
            "media::image::English (en)",
            "media::audio::中文 (zh)",
        ],
        ["text", "a", "Fan", "风扇", "look", "the long story", "fan.png", "fan.mp3"],
        ["text", "b", "Only English", "", "", "", "", ""],
    ]
    one = form(rows)
    english, chinese = one.item("/data/a", "en"), one.item("/data/a", "zh")
    assert (english.label, chinese.label) == ("Fan", "风扇")
    assert (english.hint, english.guidance) == ("look", "the long story")
    assert english.media["image"] == "fan.png"
    assert chinese.media["audio"] == "fan.mp3"
    assert one.item("/data/b", "zh").label == "Only English"


def test_choices_have_pictures() -> None:
    choices = [["list_name", "name", "label", "media::image"], ["l", "a", "A", "a.png"], ["l", "b", "B", ""]]
    one = form([["select_one l", "q", "Q"]], choices=choices)
    assert [choice.media.get("image") for choice in only(one, "q").choices] == ["a.png", None]


def test_metadata_is_filled_in() -> None:
    names = ("start", "end", "today", "deviceid", "username", "phonenumber", "email")
    one = form([[name, name, ""] for name in names] + [["text", "a", "A"]], {"properties": {name: f"my {name}" for name in names}})
    assert one.value("/data/start") == "2026-11-21T00:30:00.000+08:00"
    assert one.value("/data/today") == "2026-11-21"
    assert [one.value(f"/data/{name}") for name in names[3:]] == [f"my {name}" for name in names[3:]]
    assert one.value("/data/meta/instanceID").startswith("uuid:")


def test_the_place_at_the_start_and_after_an_answer_is_noted() -> None:
    rows = [
        ["type", "name", "label", "trigger"],
        ["start-geopoint", "here", "", ""],
        ["text", "a", "A", ""],
        ["background-geopoint", "then", "", "${a}"],
    ]
    one = form(rows, {"place": "31.2 121.5 4 5"})
    assert one.value("/data/here") == "31.2 121.5 4 5"
    assert one.value("/data/then") == ""
    one.answer("/data/a", "x")
    assert one.value("/data/then") == "31.2 121.5 4 5"


def test_an_audit_and_sound_in_the_background_do_no_harm() -> None:
    rows = [
        ["type", "name", "label", "parameters"],
        ["audit", "audit", "", "location-priority=balanced location-min-interval=60 location-max-age=120"],
        ["background-audio", "noise", "", ""],
        ["text", "a", "A", ""],
    ]
    one = form(rows)
    assert [action.name for action in one.definition.actions] == ["recordaudio"]
    assert [item.name for item in one.questions()] == ["a"]


def test_entities_are_read_as_choices_and_a_form_that_makes_them_opens() -> None:
    rows = [["type", "name", "label", "save_to"], ["select_one_from_file trees.csv", "tree", "T", ""], ["text", "species", "S", "species"]]
    entities = [["list_name", "label"], ["trees", "${species}"]]
    trees = b"name,label,species\nu1,Oak at the gate,oak\n"
    one = form(rows, {"media": {"trees.csv": trees}}, entities=entities)
    assert [(choice.value, choice.label) for choice in only(one, "tree").choices] == [("u1", "Oak at the gate")]
    one.answer("/data/species", "elm")
    assert "<label>elm</label>" in one.instance_xml()
    assert 'dataset="trees"' in one.instance_xml()
    assert 'id="' in one.instance_xml().split("<entity")[1].split(">")[0]


def test_tables_beside_the_form_can_be_read_without_a_question() -> None:
    rows = [
        ["type", "name", "label", "calculation"],
        ["csv-external", "fruits", "", ""],
        ["xml-external", "limits", "", ""],
        ["calculate", "heavy", "", "count(instance('fruits')/root/item[weight > 1])"],
        ["calculate", "most", "", "instance('limits')/root/most"],
        ["text", "a", "A", ""],
    ]
    one = form(rows, {"media": {"fruits.csv": FRUITS, "limits.xml": b"<root><most>9</most></root>"}})
    assert (one.value("/data/heavy"), one.value("/data/most")) == ("2", "9")


def test_the_same_choice_may_stand_twice_when_the_form_allows_it() -> None:
    choices = [["list_name", "name", "label", "in"], ["l", "x", "X of a", "a"], ["l", "x", "X of b", "b"]]
    rows = [["type", "name", "label", "choice_filter"], ["text", "w", "W", ""], ["select_one l", "q", "Q", "in = ${w}"]]
    one = form(rows, choices=choices, settings=[["allow_choice_duplicates"], ["yes"]])
    one.answer("/data/w", "b")
    assert [choice.label for choice in only(one, "q").choices] == ["X of b"]
