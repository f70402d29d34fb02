"""A form being filled: answers, relevance, choices, repeats, actions, and what is saved of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fieldapp.forms.refusals import AnswerNotTakenError, AnswerTypeError
from tests.forms.building import NOW, from_rows, inputs, opened, seen, xform

REPEAT = '<repeat nodeset="/data/r"><input ref="/data/r/a"/><input ref="/data/r/b"/></repeat>'


def test_an_answer_is_one_row_and_names_what_it_changed() -> None:
    binds = '<bind nodeset="/data/b" relevant="/data/a = 1"/><bind nodeset="/data/c" calculate="/data/a * 2"/>'
    form = opened(xform("<a/><b/><c/><d/>", binds, inputs("a", "b", "c", "d")))
    delta = form.answer("/data/a", "1")
    assert delta.rows == (("/data/a", "1"),)
    assert delta.changed == {"/data/a", "/data/b", "/data/c"}
    assert form.answer("/data/a", "1").rows == ()
    assert form.answer("/data/a", None).rows == (("/data/a", None),)


def test_an_answer_that_is_not_relevant_is_kept_and_unseen() -> None:
    binds = '<bind nodeset="/data/b" relevant="/data/a = \'y\'"/><bind nodeset="/data/c" calculate="/data/b"/>'
    form = opened(xform("<a>y</a><b/><c/>", binds, inputs("a", "b")))
    form.answer("/data/b", "text")
    assert form.value("/data/c") == "text"
    form.answer("/data/a", "n")
    assert form.value("/data/c") == ""
    assert form.rows["/data/b"] == "text"
    assert form.item("/data/b").value == "text"
    assert not form.item("/data/b").relevant
    assert "<b>" not in form.instance_xml()
    form.answer("/data/a", "y")
    assert form.value("/data/c") == "text"


def test_relevance_runs_through_thirty_chained_groups() -> None:
    depth = 30
    instance = "".join(f"<g{n}><q{n}/></g{n}>" for n in range(depth))
    binds = "".join(f'<bind nodeset="/data/g{n}" relevant="/data/g{n - 1}/q{n - 1} = 1"/>' for n in range(1, depth))
    form = opened(xform(instance, binds, inputs(*(f"g{n}/q{n}" for n in range(depth)))))
    for n in range(depth):
        form.answer(f"/data/g{n}/q{n}", "1")
    assert all(item.relevant for item in seen(form))
    assert len(form.answer("/data/g0/q0", "2").changed) == 2 * depth - 1
    assert sum(item.relevant for item in seen(form)) == 1


def test_required_and_constraint_are_separate_verdicts() -> None:
    bind = (
        '<bind nodeset="/data/a" type="int" required="true()" jr:requiredMsg="Needed" constraint=". &gt; 5" jr:constraintMsg="Too small"/>'
    )
    form = opened(xform("<a/>", bind, inputs("a")))
    assert [(p.kind, p.message) for p in form.validate()] == [("required", "Needed")]
    form.answer("/data/a", "3")
    assert [(p.kind, p.message) for p in form.validate()] == [("constraint", "Too small")]
    assert form.item("/data/a").problem is not None
    form.answer("/data/a", "6")
    assert form.validate() == ()


def test_what_becomes_relevant_is_validated_again() -> None:
    binds = '<bind nodeset="/data/b" type="int" relevant="/data/a = 1" constraint=". &lt; /data/c"/><bind nodeset="/data/c" type="int"/>'
    form = opened(xform("<a>1</a><b>5</b><c>9</c>", binds, inputs("a", "b", "c")))
    form.answer("/data/a", "0")
    form.answer("/data/c", "2")
    assert form.validate() == ()
    form.answer("/data/a", "1")
    assert [problem.key for problem in form.validate()] == ["/data/b"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", ["12", "-3", "0"], ["1.5", "a", "1e3", "2147483648"]),
        ("decimal", ["12", "1.5", "-0.25"], ["1,5", "x", "1.2.3"]),
        ("date", ["2026-02-28"], ["2026-02-30", "28.2.2026", "2026-2-3"]),
        ("time", ["13:05", "13:05:09.123+08:00"], ["25:00:00", "noon"]),
        ("dateTime", ["2026-02-28T13:05:00.000+08:00", "2026-02-28T13:05:00"], ["2026-02-28", "13:05"]),
        ("geopoint", ["31.2 121.5", "31.2 121.5 4 10"], ["31.2", "91 0", "0 0 0 0"]),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_changes_nothing(kind: str, good: list[str], bad: list[str]) -> None:
    form = opened(xform("<a/>", f'<bind nodeset="/data/a" type="{kind}"/>', inputs("a")))
    for text in good:
        form.answer("/data/a", text)
        assert form.value("/data/a") == text
    before = dict(form.rows), form.instance_xml()
    for text in bad:
        with pytest.raises(AnswerTypeError) as caught:
            form.answer("/data/a", text)
        assert text in caught.value.read("zh")
    assert (dict(form.rows), form.instance_xml()) == before


def test_calculated_read_only_and_unknown_questions_take_no_answer() -> None:
    binds = '<bind nodeset="/data/a" calculate="1"/><bind nodeset="/data/g" readonly="/data/b = 1"/>'
    form = opened(xform("<a/><b>1</b><g><c/></g>", binds, inputs("a", "b", "g/c")))
    for key in ("/data/a", "/data/g/c", "/data/g", "/data/nothing", "/data/g/c{1}", ""):
        with pytest.raises(AnswerNotTakenError):
            form.answer(key, "x")
    form.answer("/data/b", "0")
    form.answer("/data/g/c", "x")
    assert form.value("/data/g/c") == "x"


def test_a_cleared_default_stays_cleared() -> None:
    form = opened(xform("<a>4</a>", "", inputs("a")))
    delta = form.answer("/data/a", None)
    assert delta.rows == (("/data/a", ""),)
    assert opened(xform("<a>4</a>", "", inputs("a")), dict(form.rows)).value("/data/a") == ""


def test_annotations_of_the_application_are_passed_over() -> None:
    source = xform("<a/>", "", inputs("a"))
    form = opened(source, {"/data/a": "1", "/data/a#result": "ok", "/data/zz#note": "x"})
    assert form.rows == {"/data/a": "1"}


def test_rows_that_the_form_does_not_know_are_kept() -> None:
    form = opened(xform("<a/>", "", inputs("a")), {"/data/gone": "1", "/data/a": "2", "/other/x{1}": "3"})
    assert form.value("/data/a") == "2"
    assert form.rows["/data/gone"] == "1"


def test_repeats_of_a_person_carry_their_id() -> None:
    source = xform("<r><a/><b/></r>", '<bind nodeset="/data/r/b" calculate="position(..)"/>', REPEAT)
    form = opened(source)
    assert [item.key for item in seen(form) if item.kind == "instance"] == ["/data/r{1}"]
    delta = form.add_repeat("/data/r", "0b2f")
    assert ("/data/r{0b2f}", "+") in delta.rows
    form.answer("/data/r{0b2f}/a", "x")
    again = opened(source, dict(form.rows))
    assert [item.key for item in seen(again) if item.kind == "instance"] == ["/data/r{1}", "/data/r{0b2f}"]
    assert again.value("/data/r{0b2f}/b") == "2"
    assert again.instance_xml() == form.instance_xml()


def test_two_devices_that_add_rows_lose_none() -> None:
    source = xform("<r><a/><b/></r>", "", REPEAT)
    one, other = opened(source), opened(source)
    one.add_repeat("/data/r", "aa")
    one.answer("/data/r{aa}/a", "from one")
    other.add_repeat("/data/r", "bb")
    other.answer("/data/r{bb}/a", "from the other")
    other.answer("/data/r{1}/a", "first")
    merged = opened(source, {**one.rows, **other.rows})
    assert [merged.value(f"/data/r{{{n}}}/a") for n in ("1", "aa", "bb")] == ["first", "from one", "from the other"]


def test_a_removed_instance_stays_removed() -> None:
    source = xform("<r><a/><b/></r>", '<bind nodeset="/data/r/b" calculate="count(../../r)"/>', REPEAT)
    form = opened(source)
    form.add_repeat("/data/r", "aa")
    form.answer("/data/r{1}/a", "x")
    delta = form.remove_repeat("/data/r{1}")
    assert dict(delta.rows) == {"/data/r{1}/a": None, "/data/r{1}": "-"}
    assert form.value("/data/r{aa}/b") == "1"
    again = opened(source, dict(form.rows))
    assert [item.key for item in seen(again) if item.kind == "instance"] == ["/data/r{aa}"]
    assert dict(form.remove_repeat("/data/r{aa}").rows) == {"/data/r{aa}": None}


def test_an_instance_that_another_device_filled_outlives_its_removal() -> None:
    source = xform("<r><a/><b/></r>", "", REPEAT)
    one, other = opened(source), opened(source)
    one.remove_repeat("/data/r{1}")
    other.answer("/data/r{1}/a", "typed")
    merged = opened(source, {**one.rows, **other.rows})
    assert merged.value("/data/r{1}/a") == "typed"


def test_the_number_of_a_counted_repeat_is_the_forms() -> None:
    body = '<input ref="/data/n"/><repeat nodeset="/data/r" jr:count="/data/n"><input ref="/data/r/a"/></repeat>'
    form = opened(xform("<n>2</n><r><a/></r>", '<bind nodeset="/data/n" type="int"/>', body))
    with pytest.raises(AnswerNotTakenError):
        form.add_repeat("/data/r", "aa")
    with pytest.raises(AnswerNotTakenError):
        form.remove_repeat("/data/r{1}")
    repeat = next(item for item in seen(form) if item.kind == "repeat")
    assert not repeat.may_add
    form.answer("/data/n", "1000000")
    assert sum(item.kind == "instance" for item in seen(form)) == 1000
    form.answer("/data/n", "-1")
    assert sum(item.kind == "instance" for item in seen(form)) == 0


def test_choices_follow_their_filter_and_a_lost_choice_comes_back() -> None:
    form = opened(
        from_rows(
            [
                ["type", "name", "label", "choice_filter"],
                ["select_one state", "s", "State"],
                ["select_one city", "c", "City", "state = ${s}"],
                ["note", "n", "You live in ${c}"],
            ],
            choices=[
                ["list_name", "name", "label", "state"],
                ["state", "a", "A"],
                ["state", "b", "B"],
                ["city", "a1", "A one", "a"],
                ["city", "a2", "A two", "a"],
                ["city", "b1", "B one", "b"],
            ],
        )
    )
    assert form.item("/data/c").choices == ()
    delta = form.answer("/data/s", "a")
    assert "/data/c" in delta.changed
    assert [(c.value, c.label) for c in form.item("/data/c").choices] == [("a1", "A one"), ("a2", "A two")]
    assert "/data/n" in form.answer("/data/c", "a2").changed
    assert form.item("/data/n").label == "You live in a2"
    form.answer("/data/s", "b")
    assert form.value("/data/c") == ""
    assert form.rows["/data/c"] == "a2"
    form.answer("/data/s", "a")
    assert form.value("/data/c") == "a2"


def test_several_choices_stand_in_the_forms_order() -> None:
    item = "<item><label>{0}</label><value>{0}</value></item>"
    body = f'<select ref="/data/a">{"".join(item.format(v) for v in "xyz")}</select>'
    form = opened(xform("<a/>", "", body))
    form.answer("/data/a", "z x")
    assert form.value("/data/a") == "x z"


def test_dynamic_defaults_are_set_once_and_saved_at_once() -> None:
    definition = from_rows(
        [
            ["type", "name", "label", "default", "calculation", "trigger"],
            ["date", "d", "Day", "today()"],
            ["text", "t", "Text"],
            ["dateTime", "w", "When", None, "now()", "${t}"],
        ]
    )
    form = opened(definition)
    assert dict(form.opening.rows)["/data/d"] == "2026-11-21"
    later = opened(definition, dict(form.rows), now=datetime(2027, 1, 1, tzinfo=UTC))
    assert later.value("/data/d") == "2026-11-21"
    assert later.opening.rows == ()
    delta = later.answer("/data/t", "x")
    assert dict(delta.rows)["/data/w"] == "2027-01-01T08:00:00.000+08:00"


def test_new_repeats_get_their_own_defaults() -> None:
    definition = from_rows(
        [
            ["type", "name", "label", "default"],
            ["begin_repeat", "r", "R"],
            ["text", "a", "A", "concat('n', position(..))"],
            ["end_repeat"],
        ]
    )
    form = opened(definition)
    form.add_repeat("/data/r", "aa")
    assert [form.value("/data/r{1}/a"), form.value("/data/r{aa}/a")] == ["n1", "n2"]
    form.answer("/data/r{aa}/a", None)
    assert opened(definition, dict(form.rows)).value("/data/r{aa}/a") == ""


def test_what_is_drawn_once_is_kept() -> None:
    source = xform("<a/>", '<bind nodeset="/data/a" calculate="once(random())"/>')
    form = opened(source)
    assert form.rows["/data/a"] == form.value("/data/a") != ""
    assert opened(source, dict(form.rows)).value("/data/a") == form.value("/data/a")


def test_preloads_are_filled_in_and_the_end_is_noted_at_the_end() -> None:
    definition = from_rows(
        [
            ["type", "name", "label"],
            ["start", "begin"],
            ["end", "finish"],
            ["username", "who"],
            ["deviceid", "device"],
            ["today", "day"],
            ["text", "a", "A"],
        ]
    )
    form = opened(definition, properties={"username": "li", "deviceid": "L-7"})
    assert form.value("/data/begin") == "2026-11-21T00:30:00.000+08:00"
    assert (form.value("/data/who"), form.value("/data/device"), form.value("/data/day")) == ("li", "L-7", "2026-11-21")
    form.finish(datetime(2026, 11, 20, 17, 0, tzinfo=UTC))
    assert form.value("/data/finish") == "2026-11-21T01:00:00.000+08:00"
    assert form.value("/data/meta/instanceID").startswith("uuid:")


def test_a_date_without_zone_is_midnight_where_the_form_is_filled() -> None:
    binds = '<bind nodeset="/data/b" calculate="today() - date(/data/a)"/><bind nodeset="/data/c" calculate="/data/a &lt; today()"/>'
    source = xform("<a>2026-11-20</a><b/><c/>", binds)
    assert opened(source).value("/data/b") == "1"
    assert opened(source).value("/data/c") == "true"
    assert opened(source, zone="America/Phoenix").value("/data/b") == "0"
    assert opened(source, zone="America/Phoenix").value("/data/c") == "false"


def test_limits_and_tables_come_from_outside() -> None:
    more = '<instance id="limits" src="jr://file-csv/limits.csv"/><instance id="towns" src="jr://file/towns.geojson"/>'
    binds = (
        "<bind nodeset=\"/data/max\" calculate=\"instance('limits')/root/item[model = /data/m and item = 'T1_08']/max\"/>"
        "<bind nodeset=\"/data/low\" calculate=\"pulldata('limits', 'min', 'item', 'T1_08')\"/>"
        "<bind nodeset=\"/data/place\" calculate=\"instance('towns')/root/item[name = 'B']/geometry\"/>"
    )
    source = xform("<m>S</m><max/><low/><place/>", binds, inputs("m"), more)
    table = "<root><item><model>S</model><item>T1_08</item><min>18</min><max>27</max></item></root>"
    town = b'{"features": [{"properties": {"name": "B"}, "geometry": {"type": "Point", "coordinates": [121.5, 31.2]}}]}'
    form = opened(source, instances={"limits": table}, media={"towns.geojson": town})
    assert (form.value("/data/max"), form.value("/data/low")) == ("27", "18")
    assert form.value("/data/place") == "31.2 121.5 0 0"
    form.answer("/data/m", "T")
    assert form.value("/data/max") == ""
    rows = "model,item,min,max\nS,T1_08,10,30\n".encode("utf-8-sig")
    assert opened(source, media={"limits.csv": rows}).value("/data/max") == "30"
    assert opened(source).value("/data/max") == ""


def test_the_last_saved_answers_come_from_outside() -> None:
    more = '<instance id="__last-saved" src="jr://instance/last-saved"/>'
    bind = '<bind nodeset="/data/b" calculate="instance(\'__last-saved\')/data/a"/>'
    source = xform("<a>4</a><b/>", bind, more=more)
    assert opened(source).value("/data/b") == ""
    assert opened(source, instances={"__last-saved": "<data><a>7</a></data>"}).value("/data/b") == "7"


def test_the_display_language_changes_no_content() -> None:
    definition = from_rows(
        [
            ["type", "name", "label::中文 (zh)", "label::English (en)", "calculation"],
            ["select_one yn", "a", "甲", "A"],
            ["calculate", "b", None, None, "jr:choice-name(${a}, '${a}')"],
            ["note", "c", "选了 ${b}", "You chose ${b}"],
        ],
        choices=[["list_name", "name", "label::中文 (zh)", "label::English (en)"], ["yn", "y", "是", "Yes"]],
        settings=[["default_language"], ["中文 (zh)"]],
    )
    chinese, english = opened(definition, {"/data/a": "y"}), opened(definition, {"/data/a": "y"}, language="en")
    assert chinese.instance_digest() == english.instance_digest()
    assert chinese.value("/data/b") == "是"
    assert english.item("/data/a").choices[0].label == "Yes"
    assert english.item("/data/c").label == "You chose 是"


def test_the_canonical_xml_is_the_same_for_the_same_answers() -> None:
    source = xform("<a/><b/><orx:meta><orx:instanceID/></orx:meta>", "", inputs("a", "b"))
    one, other = opened(source), opened(source)
    one.answer("/data/a", "x < y & “z”")
    one.answer("/data/b", "2")
    other.answer("/data/b", "2")
    other.answer("/data/a", "x < y & “z”")
    assert one.instance_xml() == other.instance_xml()
    assert one.instance_xml() == (
        '<data xmlns:orx="http://openrosa.org/xforms" id="test" version="1"><a>x &lt; y &amp; “z”</a><b>2</b>'
        "<orx:meta><orx:instanceID/></orx:meta></data>"
    )
    assert len(one.instance_digest()) == 64
    assert one.instance_digest() != opened(source).instance_digest()


def test_the_instance_is_named_by_the_form_or_by_its_title() -> None:
    rows = [["type", "name", "label"], ["text", "a", "A"]]
    settings = [["form_title", "instance_name"], ["Pump", "concat('Pump ', ${a})"]]
    form = opened(from_rows(rows, settings=settings))
    form.answer("/data/a", "7")
    assert form.instance_name == "Pump 7"
    assert opened(from_rows(rows, settings=[["form_title"], ["Pump"]])).instance_name == "Pump"


def test_a_rank_keeps_its_order_and_takes_what_comes_on_offer() -> None:
    definition = from_rows(
        [
            ["type", "name", "label", "choice_filter"],
            ["select_multiple l", "s", "S"],
            ["rank l", "r", "R", "selected(${s}, name)"],
        ],
        choices=[["list_name", "name", "label"], ["l", "a", "A"], ["l", "b", "B"], ["l", "c", "C"]],
    )
    form = opened(definition)
    form.answer("/data/s", "a b")
    form.answer("/data/r", "b a")
    form.answer("/data/s", "a b c")
    assert form.value("/data/r") == "b a c"


def test_an_edit_after_signing_is_a_new_instance_that_names_the_old() -> None:
    definition = from_rows([["type", "name", "label"], ["text", "a", "A"]])
    form = opened(definition)
    old, digest = form.value("/data/meta/instanceID"), form.instance_digest()
    delta = form.renew()
    assert dict(delta.rows)["/data/meta/deprecatedID"] == old
    assert form.value("/data/meta/instanceID") not in ("", old)
    assert f"<deprecatedID>{old}</deprecatedID></meta>" in form.instance_xml()
    assert form.instance_digest() != digest
    assert opened(definition, dict(form.rows)).instance_xml() == form.instance_xml()


def test_one_item_is_seen_as_in_the_whole_list() -> None:
    body = f'<group ref="/data/g"><label>G</label><input ref="/data/g/h/a"/></group>{REPEAT}'
    form = opened(xform("<g><h><a/></h></g><r><a/><b/></r>", "", body))
    items = seen(form)
    assert [(item.key, item.parent, item.depth) for item in items] == [
        ("/data/g", "/data", 0),
        ("/data/g/h/a", "/data/g", 1),
        ("/data/r", "/data", 0),
        ("/data/r{1}", "/data/r", 1),
        ("/data/r{1}/a", "/data/r{1}", 2),
        ("/data/r{1}/b", "/data/r{1}", 2),
    ]
    for item in items:
        if item.kind != "repeat":
            assert form.item(item.key) == item


def test_a_fault_while_evaluating_counts_as_empty() -> None:
    form = opened(xform("<a>[</a><b/>", '<bind nodeset="/data/b" calculate="regex(\'x\', /data/a)"/>', inputs("a")))
    assert form.value("/data/b") == ""
    form.answer("/data/a", "x")
    assert form.value("/data/b") == "true"


def test_the_moment_of_an_open_form_stands_still() -> None:
    form = opened(xform("<a/><b/>", '<bind nodeset="/data/b" calculate="concat(/data/a, now())"/>', inputs("a")))
    first = form.value("/data/b")
    form.answer("/data/a", "x")
    assert form.value("/data/b") == "x" + first
    assert NOW.isoformat() == "2026-11-20T16:30:00+00:00"
