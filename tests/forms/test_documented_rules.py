"""Rules as the documentation of XLSForm and ODK describes them: relevance, constraints, calculation, repeats, defaults, triggers."""

from __future__ import annotations

import pytest

from fieldapp.forms.instance import FormInstance
from fieldapp.forms.refusals import AnswerNotTakenError
from tests.forms.building import YES_NO, form, from_rows, opened

PIZZA = [["list_name", "name", "label"], ["t", "cheese", "Cheese"], ["t", "ham", "Ham"], ["t", "none", "None of them"]]


def computed(calculation: str, **given: str) -> str:
    """What a calculation over text questions gives."""
    rows = [
        ["type", "name", "label", "calculation"],
        *([["text", name, name, ""] for name in given]),
        ["calculate", "result", "", calculation],
    ]
    one = form([*rows, ["text", "last", "L", ""]])
    for name, text in given.items():
        one.answer(f"/data/{name}", text)
    return one.value("/data/result")


@pytest.mark.parametrize(
    ("calculation", "given", "result"),
    [
        ("if(${a} > 10, 'big', 'small')", {"a": "11"}, "big"),
        ("coalesce(${a}, ${b})", {"a": "", "b": "second"}, "second"),
        ("concat(${a}, ' ', ${b})", {"a": "Ann", "b": "Lee"}, "Ann Lee"),
        ("int((today() - date(${a})) div 365.25)", {"a": "2000-11-20"}, "26"),
        ("format-date(${a}, '%e %b %Y')", {"a": "2026-02-03"}, "3 Feb 2026"),
        ("decimal-date-time(${a}) - decimal-date-time(${b})", {"a": "2026-03-01", "b": "2026-02-28"}, "1"),
        ("date(decimal-date-time(${a}) + 30)", {"a": "2026-11-20"}, "2026-12-20"),
        ("regex(${a}, '^[A-Z]{2}[0-9]{4}$')", {"a": "AB1234"}, "true"),
        ("substr(${a}, 0, 3)", {"a": "abcdef"}, "abc"),
        ("string-length(${a})", {"a": "四个汉字"}, "4"),
        ("round(${a} div ${b}, 2)", {"a": "2", "b": "3"}, "0.67"),
        ("pow(${a}, 2) + sqrt(${b})", {"a": "3", "b": "16"}, "13"),
        ("number(${a}) * 2", {"a": "x"}, ""),
        ("selected-at(${a}, 1)", {"a": "one two"}, "two"),
        ("count-selected(${a})", {"a": "one two three"}, "3"),
        ("join(', ', ${a}, ${b})", {"a": "x", "b": "y"}, "x, y"),
        ("normalize-space(${a})", {"a": "  much   room "}, "much room"),
        ("translate(${a}, 'abc', 'ABC')", {"a": "aabbcd"}, "AABBCd"),
        ("once(${a})", {"a": "first"}, "first"),
        ("min(${a}, ${b}) + max(${a}, ${b})", {"a": "3", "b": "8"}, "11"),
        ("distance(${a})", {"a": "0 0.5; 0 1.5"}, "111318.85"),
        ("boolean-from-string(${a})", {"a": "1"}, "true"),
        ("contains(${a}, 'b') and not(starts-with(${a}, 'b'))", {"a": "abc"}, "true"),
        ("weighted-checklist(2, -1, ${a} = 'y', 1, ${b} = 'y', 2)", {"a": "n", "b": "y"}, "true"),
    ],
)
def test_a_calculation_gives_what_the_documentation_says(calculation: str, given: dict[str, str], result: str) -> None:
    assert computed(calculation, **given) == result


def test_a_question_that_is_not_relevant_is_empty_left_out_and_comes_back() -> None:
    rows = [
        ["type", "name", "label", "relevant", "calculation"],
        ["select_one yn", "has", "Has", "", ""],
        ["integer", "many", "Many", "${has} = 'yes'", ""],
        ["calculate", "twice", "", "", "${many} * 2"],
    ]
    one = form(rows, choices=YES_NO)
    one.answer("/data/has", "yes")
    one.answer("/data/many", "4")
    assert one.value("/data/twice") == "8"
    one.answer("/data/has", "no")
    assert (one.value("/data/many"), one.value("/data/twice")) == ("", "")
    assert "<many>" not in one.instance_xml()
    one.answer("/data/has", "yes")
    assert (one.value("/data/many"), one.value("/data/twice")) == ("4", "8")


def test_relevance_of_a_group_holds_for_all_in_it() -> None:
    rows = [
        ["type", "name", "label", "relevant", "required"],
        ["select_one yn", "a", "A", "", ""],
        ["begin group", "g", "G", "${a} = 'yes'", ""],
        ["begin group", "h", "H", "", ""],
        ["text", "q", "Q", "", "yes"],
        ["end group", "", "", "", ""],
        ["end group", "", "", "", ""],
    ]
    one = form(rows, choices=YES_NO)
    assert not one.item("/data/g/h/q").relevant
    assert not one.validate()
    one.answer("/data/a", "yes")
    assert [problem.key for problem in one.validate()] == ["/data/g/h/q"]


def test_a_constraint_says_its_message_and_not_on_an_empty_answer() -> None:
    rows = [
        ["type", "name", "label", "constraint", "constraint_message"],
        ["integer", "age", "Age", ". >= 18 and . <= 99", "Between 18 and 99"],
    ]
    one = form(rows)
    assert not one.validate()
    one.answer("/data/age", "17")
    assert [(problem.kind, problem.message) for problem in one.validate()] == [("constraint", "Between 18 and 99")]
    one.answer("/data/age", "18")
    assert not one.validate()


def test_a_constraint_on_several_choices() -> None:
    rows = [
        ["type", "name", "label", "constraint"],
        ["select_multiple t", "top", "Toppings", "not(selected(., 'none') and count-selected(.) > 1)"],
    ]
    one = form(rows, choices=PIZZA)
    one.answer("/data/top", "cheese none")
    assert [problem.kind for problem in one.validate()] == ["constraint"]
    one.answer("/data/top", "cheese ham")
    assert not one.validate()


def test_a_constraint_that_reads_another_question_is_asked_again_when_that_changes() -> None:
    rows = [["type", "name", "label", "constraint"], ["date", "from", "From", ""], ["date", "to", "To", ". > ${from}"]]
    one = form(rows)
    one.answer("/data/from", "2026-02-01")
    one.answer("/data/to", "2026-02-10")
    assert not one.validate()
    one.answer("/data/from", "2026-03-01")
    assert [problem.key for problem in one.validate()] == ["/data/to"]


def test_a_message_is_in_the_language_that_is_asked_for() -> None:
    rows = [
        [
            "type",
            "name",
            "label::English (en)",
            "label::中文 (zh)",
            "required",
            "required_message::English (en)",
            "required_message::中文 (zh)",
        ],
        ["text", "a", "A", "甲", "yes", "It is needed", "必填"],
    ]
    one = form(rows)
    assert [one.validate(language)[0].message for language in ("en", "zh")] == ["It is needed", "必填"]


def test_required_may_depend_on_another_answer() -> None:
    rows = [["type", "name", "label", "required"], ["text", "a", "A", ""], ["text", "b", "B", "${a} = 'x'"]]
    one = form(rows)
    assert not one.validate()
    one.answer("/data/a", "x")
    assert [problem.key for problem in one.validate()] == ["/data/b"]


def test_a_read_only_question_shows_its_default_and_takes_nothing() -> None:
    one = form([["type", "name", "label", "readonly", "default"], ["text", "a", "A", "yes", "fixed"]])
    assert one.value("/data/a") == "fixed"
    with pytest.raises(AnswerNotTakenError):
        one.answer("/data/a", "other")


@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [
        ("text", "plain", "plain"),
        ("integer", "7", "7"),
        ("date", "2026-01-02", "2026-01-02"),
        ("date", "today()", "2026-11-21"),
        ("select_multiple t", "cheese ham", "cheese ham"),
        ("integer", "2 * 3", "6"),
    ],
)
def test_a_default_is_there_at_the_first_opening_and_may_be_cleared(kind: str, default: str, value: str) -> None:
    definition = from_rows([["type", "name", "label", "default"], [kind, "a", "A", default]], choices=PIZZA)
    one = opened(definition)
    assert one.value("/data/a") == value
    one.answer("/data/a", None)
    assert opened(definition, dict(one.rows)).value("/data/a") == ""


def test_a_dynamic_default_in_a_repeat_is_set_in_each_new_instance() -> None:
    rows = [
        ["type", "name", "label", "default"],
        ["begin repeat", "r", "R", ""],
        ["integer", "n", "N", "position(..)"],
        ["text", "seen", "S", "concat('at ', today())"],
        ["end repeat", "", "", ""],
    ]
    one = form(rows)
    one.add_repeat("/data/r", "x")
    assert [one.value(f"/data/r{{{key}}}/n") for key in ("1", "x")] == ["1", "2"]
    assert one.value("/data/r{x}/seen") == "at 2026-11-21"
    one.answer("/data/r{x}/n", "9")
    one.add_repeat("/data/r", "y")
    assert [one.value(f"/data/r{{{key}}}/n") for key in ("x", "y")] == ["9", "3"]


def test_the_default_from_the_instance_saved_last() -> None:
    definition = from_rows([["type", "name", "label", "default"], ["text", "street", "S", "${last-saved#street}"]])
    assert opened(definition).value("/data/street") == ""
    before = "<data><street>Long Lane</street></data>"
    assert opened(definition, instances={"__last-saved": before}).value("/data/street") == "Long Lane"


def test_a_trigger_computes_when_the_named_answer_changes_and_only_then() -> None:
    rows = [
        ["type", "name", "label", "calculation", "trigger"],
        ["integer", "temp", "T", "", ""],
        ["text", "other", "O", "", ""],
        ["calculate", "noted", "", "concat(${other}, '-', ${temp})", "${temp}"],
        ["text", "copy", "C", "${temp} + 1", "${temp}"],
    ]
    one = form(rows)
    one.answer("/data/other", "a")
    assert one.value("/data/noted") == ""
    one.answer("/data/temp", "20")
    assert (one.value("/data/noted"), one.value("/data/copy")) == ("a-20", "21")
    one.answer("/data/other", "b")
    one.answer("/data/copy", "own words")
    assert (one.value("/data/noted"), one.value("/data/copy")) == ("a-20", "own words")
    one.answer("/data/temp", "22")
    assert (one.value("/data/noted"), one.value("/data/copy")) == ("b-22", "23")


REPEAT = [
    ["type", "name", "label", "calculation", "constraint"],
    ["begin repeat", "item", "Item", "", ""],
    ["text", "what", "What", "", ""],
    ["integer", "qty", "Qty", "", ""],
    ["decimal", "price", "Price", "", ""],
    ["calculate", "cost", "", "${qty} * ${price}", ""],
    ["calculate", "so_far", "", "sum(${cost})", ""],
    ["end repeat", "", "", "", ""],
    ["calculate", "total", "", "sum(${cost})", ""],
    ["calculate", "many", "", "count(${item})", ""],
    ["calculate", "names", "", "join(', ', ${what})", ""],
    ["calculate", "second", "", "indexed-repeat(${what}, ${item}, 2)", ""],
    ["calculate", "dearest", "", "max(${price})", ""],
    ["calculate", "by_place", "", "/data/item[position() = 2]/qty", ""],
    ["note", "n", "N ${total}", "", ""],
]


def bought() -> FormInstance:
    """Two things bought."""
    one = form(REPEAT)
    one.add_repeat("/data/item", "b")
    for key, what, qty, price in (("1", "bolt", "4", "0.5"), ("b", "nut", "2", "3")):
        one.answer(f"/data/item{{{key}}}/what", what)
        one.answer(f"/data/item{{{key}}}/qty", qty)
        one.answer(f"/data/item{{{key}}}/price", price)
    return one


def test_a_name_inside_a_repeat_means_the_same_instance_and_outside_all() -> None:
    one = bought()
    assert [one.value(f"/data/item{{{key}}}/cost") for key in ("1", "b")] == ["2", "6"]
    assert (one.value("/data/total"), one.value("/data/many"), one.value("/data/names")) == ("8", "2", "bolt, nut")
    assert (one.value("/data/second"), one.value("/data/dearest"), one.value("/data/by_place")) == ("nut", "3", "2")
    assert one.item("/data/n").label == "N 8"


def test_removing_an_instance_of_a_repeat_moves_all_that_depends_on_it() -> None:
    one = bought()
    one.remove_repeat("/data/item{1}")
    assert (one.value("/data/total"), one.value("/data/many"), one.value("/data/names"), one.value("/data/second")) == ("6", "1", "nut", "")


def test_a_repeat_has_as_many_instances_as_an_answer_says() -> None:
    rows = [
        ["type", "name", "label", "repeat_count", "calculation"],
        ["integer", "n", "N", "", ""],
        ["begin repeat", "child", "Child", "${n}", ""],
        ["text", "name", "Name", "", ""],
        ["calculate", "at", "", "", "position(..)"],
        ["end repeat", "", "", "", ""],
    ]
    one = form(rows)
    assert one.value("/data/child{1}/at") == ""
    one.answer("/data/n", "3")
    one.answer("/data/child{3}/name", "Kim")
    assert one.value("/data/child{3}/at") == "3"
    with pytest.raises(AnswerNotTakenError):
        one.add_repeat("/data/child", "x")
    one.answer("/data/n", "2")
    assert "Kim" not in one.instance_xml()
    one.answer("/data/n", "3")
    assert one.value("/data/child{3}/name") == "Kim"


def test_repeats_within_repeats_keep_apart() -> None:
    rows = [
        ["type", "name", "label", "repeat_count", "calculation"],
        ["begin repeat", "rack", "Rack", "", ""],
        ["begin repeat", "disk", "Disk", "", ""],
        ["integer", "size", "Size", "", ""],
        ["end repeat", "", "", "", ""],
        ["calculate", "in_rack", "", "", "sum(${size})"],
        ["end repeat", "", "", "", ""],
        ["calculate", "in_all", "", "", "sum(${size})"],
    ]
    one = form(rows)
    one.add_repeat("/data/rack", "b")
    one.add_repeat("/data/rack{b}/disk", "y")
    one.add_repeat("/data/rack{b}/disk", "z")
    for key, size in (("rack{1}/disk{1}", "1"), ("rack{b}/disk{y}", "10"), ("rack{b}/disk{z}", "100")):
        one.answer(f"/data/{key}/size", size)
    assert [one.value(f"/data/{key}") for key in ("rack{1}/in_rack", "rack{b}/in_rack", "in_all")] == ["1", "110", "111"]


def test_an_instance_has_the_name_that_the_form_gives_it() -> None:
    rows = [["type", "name", "label"], ["text", "who", "Who"], ["date", "day", "Day"]]
    one = form(
        rows,
        settings=[["form_title", "form_id", "version", "instance_name"], ["Visit", "visit", "2026112201", "concat(${who}, ' ', ${day})"]],
    )
    one.answer("/data/who", "Ann")
    one.answer("/data/day", "2026-11-22")
    assert one.instance_name == "Ann 2026-11-22"
    assert (one.definition.form_id, one.definition.version, one.definition.title) == ("visit", "2026112201", "Visit")


def test_the_name_of_a_choice_stands_in_a_label() -> None:
    rows = [
        ["type", "name", "label", "calculation"],
        ["select_one t", "top", "Top", ""],
        ["calculate", "said", "", "jr:choice-name(${top}, '${top}')"],
        ["note", "n", "You chose ${said}", ""],
    ]
    one = form(rows, choices=PIZZA)
    one.answer("/data/top", "ham")
    assert one.item("/data/n").label == "You chose Ham"


def test_a_random_number_that_is_made_once_stays() -> None:
    definition = from_rows([["type", "name", "label", "calculation"], ["calculate", "r", "", "once(random())"], ["text", "a", "A", ""]])
    one = opened(definition)
    first = one.value("/data/r")
    one.answer("/data/a", "x")
    assert first
    assert one.value("/data/r") == first == opened(definition, dict(one.rows)).value("/data/r")


def test_a_disabled_row_is_no_question() -> None:
    one = form([["type", "name", "label", "disabled"], ["text", "a", "A", ""], ["text", "b", "B", "yes"]])
    assert [item.name for item in one.questions()] == ["a"]


def test_a_place_inside_a_fence() -> None:
    rows = [["type", "name", "label", "constraint"], ["geopoint", "p", "P", "geofence(., '0 0;0 10;10 10;10 0;0 0')"]]
    one = form(rows)
    one.answer("/data/p", "5 5")
    assert not one.validate()
    one.answer("/data/p", "15 5")
    assert [problem.kind for problem in one.validate()] == ["constraint"]


def test_hidden_values_are_kept_and_never_shown() -> None:
    one = form([["type", "name", "label", "default"], ["hidden", "h", "", "secret"], ["text", "a", "A", ""]])
    assert one.value("/data/h") == "secret"
    assert [item.name for item in one.questions()] == ["a"]
    assert "<h>secret</h>" in one.instance_xml()
