"""A form is read whole, and what cannot work is refused when it is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.errors import FormError
from fieldapp.forms.definition import parse
from fieldapp.forms.refusals import CircularFormError, ExpressionRefusedError, FormDamagedError
from tests.forms.building import inputs, opened, xform


def test_the_same_text_gives_the_same_definition() -> None:
    assert parse(xform("<a/>", body=inputs("a"))) is parse(xform("<a/>", body=inputs("a")))


@pytest.mark.parametrize(
    "text",
    ["", "no xml", "<a>", "<a/>", "<h:html xmlns:h='x'><h:head><model/></h:head><h:body/></h:html>"],
)
def test_what_is_no_form_is_refused(text: str) -> None:
    with pytest.raises(FormDamagedError):
        parse(text)


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(FormDamagedError):
        parse(xform("<a>" * 5000 + "</a>" * 5000))


def test_entities_are_not_taken() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + xform("<a>&a;</a>")
    with pytest.raises(FormDamagedError):
        parse(bomb)


@pytest.mark.parametrize(
    "binds",
    [
        '<bind nodeset="/data/a" calculate="/data/b"/><bind nodeset="/data/b" calculate="/data/a"/>',
        '<bind nodeset="/data/a" calculate=". + 1"/>',
        '<bind nodeset="/data/a" relevant="/data/a = 1"/>',
        '<bind nodeset="/data/a" relevant="../b = 1"/><bind nodeset="/data/b" relevant="../a = 1"/>',
        '<bind nodeset="/data/g" relevant="/data/g/c = 1"/>',
        '<bind nodeset="/data/g/c" calculate="count-non-empty(/data/*)"/><bind nodeset="/data/a" calculate="../g/c"/>',
    ],
)
def test_a_circle_is_refused_with_its_names(binds: str) -> None:
    with pytest.raises(CircularFormError) as caught:
        parse(xform("<a/><b/><g><c/></g>", binds, inputs("a", "b", "g/c")))
    assert caught.value.values["names"]


def test_a_running_total_over_a_repeat_is_no_circle() -> None:
    binds = (
        '<bind nodeset="/data/r/n" type="int"/>'
        '<bind nodeset="/data/r/sum" type="int" '
        'calculate="../n + coalesce(../../r[position() = position(current()/..) - 1]/sum, 0)"/>'
    )
    body = '<repeat nodeset="/data/r"><input ref="/data/r/n"/><input ref="/data/r/sum"/></repeat>'
    form = opened(xform("<r><n>1</n><sum/></r><r><n>2</n><sum/></r><r><n>3</n><sum/></r>", binds, body))
    assert [form.value(f"/data/r{{{n}}}/sum") for n in (1, 2, 3)] == ["1", "3", "6"]
    form.answer("/data/r{1}/n", "10")
    assert [form.value(f"/data/r{{{n}}}/sum") for n in (1, 2, 3)] == ["10", "12", "15"]


@pytest.mark.parametrize("expression", ["concat(", "1 +", "no-such-function()", "$x", "count(1, 2)", "'open"])
def test_a_bad_expression_is_refused_with_its_question(expression: str) -> None:
    with pytest.raises(ExpressionRefusedError) as caught:
        parse(xform("<a/>", f'<bind nodeset="/data/a" relevant="{expression}"/>'))
    assert caught.value.values["where"] == "/data/a"


def test_what_a_bind_says_is_read() -> None:
    bind = (
        '<bind nodeset="/data/a" type="decimal" required="true()" jr:requiredMsg="Please" constraint=". &lt; 9" '
        'jr:constraintMsg="Too much" fa:unit="V" fa:min="1.5" fa:max="x" fa:item="T1-05"/>'
    )
    slot = parse(xform("<a>2</a>", bind, inputs("a"))).slots["data", "a"]
    assert (slot.kind, slot.type, slot.default, slot.unit, slot.minimum, slot.maximum) == (
        "decimal",
        "decimal",
        "2",
        "V",
        1.5,
        None,
    )
    assert slot.own_attributes["item"] == "T1-05"


def test_kinds_follow_control_and_type() -> None:
    body = (
        '<input ref="/data/a"/><input ref="/data/b"/><select ref="/data/c"/><trigger ref="/data/d"/>'
        '<upload ref="/data/e" mediatype="image/*"/><upload ref="/data/f" mediatype="*/*"/>'
        '<range ref="/data/g" start="1" end="5" step="0.5"/><input ref="/data/i"/>'
    )
    binds = (
        '<bind nodeset="/data/a" readonly="true()"/><bind nodeset="/data/b" type="dateTime"/>'
        '<bind nodeset="/data/h" calculate="1"/><bind nodeset="/data/i" type="geopoint"/>'
    )
    definition = parse(xform("<a/><b/><c/><d/><e/><f/><g/><h/><i/><j/>", binds, body))
    kinds = {slot.name: slot.kind for slot in definition.root.children}
    assert kinds == {
        "a": "note",
        "b": "datetime",
        "c": "select_multiple",
        "d": "acknowledge",
        "e": "image",
        "f": "file",
        "g": "range",
        "h": "calculate",
        "i": "geopoint",
        "j": "hidden",
    }
    control = definition.slots["data", "g"].control
    assert control is not None
    assert control.range == (1.0, 5.0, 0.5)


def test_the_main_instance_may_be_read_by_its_id() -> None:
    bind = '<bind nodeset="/data/b" calculate="instance(\'test\')/data/a + 1"/>'
    form = opened(xform("<a>1</a><b/>", bind, inputs("a")))
    assert form.value("/data/b") == "2"
    form.answer("/data/a", "5")
    assert form.value("/data/b") == "6"


def test_a_language_is_found_by_its_code() -> None:
    texts = (
        '<itext><translation lang="English (en)"><text id="l"><value>Hello</value></text></translation>'
        '<translation lang="中文 (zh)" default="true()"><text id="l"><value>你好</value></text></translation></itext>'
    )
    body = '<input ref="/data/a"><label ref="jr:itext(\'l\')"/></input>'
    definition = parse(xform("<a/>", body=body, more=texts))
    assert definition.languages == ("中文 (zh)", "English (en)")
    assert definition.language("en") == "English (en)"
    assert definition.language("fr") == "中文 (zh)"
    assert opened(definition, language="en").item("/data/a").label == "Hello"
    assert opened(definition).item("/data/a", "en").label == "Hello"
    assert opened(definition).item("/data/a").label == "你好"


@pytest.mark.parametrize(
    "body",
    [
        '<group ref="/data"><input ref="/data/a"/></group>',
        '<group ref="/data/g"><group ref="/data/h"/></group><group ref="/data/h"><group ref="/data/g"/></group>',
    ],
)
def test_a_group_inside_itself_is_refused(body: str) -> None:
    with pytest.raises(FormDamagedError) as refused:
        parse(xform("<a/><g><c/></g><h><b/></h>", "", body))
    assert "stands inside itself" in str(refused.value)


PIECES = ["", "x", "/data", "true()", "..", "/data/none/x", "jr:itext('x')", "1 +", ".", "count(.)", "<", "&#0;", "</group>", "\n"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(PIECES)), min_size=1, max_size=4))
def test_a_damaged_form_is_refused_or_opens(hits: list[tuple[float, int, str]]) -> None:
    body = '<group ref="/data/g"><label>G</label><repeat nodeset="/data/g/r" jr:count="2"><input ref="/data/g/r/q"><label>Q</label></input>'
    listed = '<instance id="l"><root><item><name>1</name></item></root></instance>'
    select = (
        '<select1 ref="/data/a"><itemset nodeset="instance(\'l\')/root/item"><value ref="name"/><label ref="name"/></itemset></select1>'
    )
    bind = '<bind nodeset="/data/g" relevant="/data/a = 1"/><bind nodeset="/data/b" calculate="count(/data/g/r)" type="int"/>'
    text = xform("<a/><g><r><q/></r></g><b/>", bind, f"{select}{body}</repeat></group>", listed)
    for place, length, piece in hits:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + length :]
    try:
        form = opened(text)
    except FormError as fault:
        refused = fault
    else:
        assert list(form.questions()) is not None
        assert form.instance_xml()
        return
    assert refused.sentence.read("zh")
