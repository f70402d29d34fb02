"""Actions of a form (setvalue, setgeopoint, recordaudio), the id of an instance, and the language of calculated values."""

from __future__ import annotations

from tests.forms.building import inputs, opened, xform

SELECT = (
    '<itext><translation lang="English (en)" default=""><text id="one"><value>One</value></text></translation>'
    '<translation lang="中文 (zh)"><text id="one"><value>一</value></text></translation></itext>'
)


def test_an_action_sets_an_attribute_and_it_is_kept() -> None:
    form = xform(
        '<a kind=""/>', "", inputs("a"), '<setvalue event="odk-instance-first-load" ref="/data/a/@kind" value="concat(\'x\', 7)"/>'
    )
    first = opened(form)
    assert dict(first.opening.rows)["/data/a/@kind"] == "x7"
    assert '<a kind="x7"/>' in first.instance_xml()
    again = opened(form, {**first.rows, "/data/a/@kind": "kept", "/data/a": "1"})
    assert '<a kind="kept">1</a>' in again.instance_xml()


def test_an_attribute_that_an_action_sets_inside_a_repeat_goes_with_its_instance() -> None:
    body = '<repeat nodeset="/data/r"><input ref="/data/r/q"/></repeat>'
    form = opened(xform('<r><q id=""/></r>', "", body, '<setvalue event="odk-new-repeat" ref="/data/r/q/@id" value="1 + 1"/>'))
    form.add_repeat("/data/r", "x")
    assert form.rows["/data/r{x}/q/@id"] == "2"
    form.remove_repeat("/data/r{x}")
    assert not any("{x}" in key for key in form.rows)


def test_the_place_of_the_device_is_set_where_the_form_asks_for_it() -> None:
    form = xform(
        "<spot/><a/>",
        '<bind nodeset="/data/spot" type="geopoint"/>',
        f'<input ref="/data/a"><odk:setgeopoint xmlns:odk="x" event="xforms-value-changed" ref="/data/spot"/></input>{inputs("spot")}',
    )
    here = opened(form, place="31.2 121.5 4 5")
    assert here.value("/data/spot") == ""
    here.answer("/data/a", "now")
    assert here.value("/data/spot") == "31.2 121.5 4 5"
    nowhere = opened(form)
    nowhere.answer("/data/a", "now")
    assert nowhere.value("/data/spot") == ""


def test_an_action_to_record_sound_is_said_and_does_nothing() -> None:
    more = '<odk:recordaudio xmlns:odk="x" event="odk-instance-load" ref="/data/a"/>'
    form = opened(xform("<a/>", "", inputs("a"), more))
    assert [(action.name, action.target) for action in form.definition.actions] == [("recordaudio", ("data", "a"))]
    assert form.value("/data/a") == ""


def test_a_meta_without_a_place_for_the_id_gets_one() -> None:
    first = opened(xform("<a/><meta/>", "", inputs("a")))
    name = "/data/meta/instanceID"
    assert str(dict(first.opening.rows)[name]).startswith("uuid:")
    assert f"<instanceID>{first.rows[name]}</instanceID>" in first.instance_xml()
    assert opened(xform("<a/><meta/>", "", inputs("a")), dict(first.rows)).value(name) == first.rows[name]


def test_a_name_of_a_choice_is_in_the_forms_language_until_the_form_speaks_another() -> None:
    body = '<select1 ref="/data/a"><item><label ref="jr:itext(\'one\')"/><value>1</value></item></select1>'
    bind = '<bind nodeset="/data/b" calculate="jr:choice-name(/data/a, \'/data/a\')"/>'
    form = opened(xform("<a/><b/>", bind, body, SELECT))
    form.answer("/data/a", "1")
    assert form.item("/data/a", "zh").choices[0].label == "一"
    assert form.value("/data/b") == "One"
    assert "/data/b" in form.speak("zh").changed
    assert form.value("/data/b") == "一"
    form.speak("en")
    assert form.value("/data/b") == "One"


def test_the_default_translation_may_say_so_without_a_value() -> None:
    more = SELECT.replace('lang="English (en)" default=""', 'lang="English (en)"').replace(
        'lang="中文 (zh)"', 'lang="中文 (zh)" default=""'
    )
    assert opened(xform("<a/>", "", inputs("a"), more)).definition.languages == ("中文 (zh)", "English (en)")


def test_files_of_labels_and_choices_are_named() -> None:
    more = (
        '<itext><translation lang="en"><text id="l"><value>Fan</value><value form="image">jr://images/fan.png</value>'
        '<value form="audio">jr://audio/fan.mp3</value><value form="big-image">jr://images/fan-big.png</value></text>'
        '<text id="c"><value>Left</value><value form="video">jr://video/left.mp4</value></text>'
        '<text id="i"><value form="image">jr://images/only.png</value></text></translation></itext>'
        '<instance id="list"><root><item><itextId>c</itextId><name>1</name></item><item><itextId>i</itextId><name>2</name></item></root>'
        "</instance>"
    )
    itemset = '<itemset nodeset="instance(\'list\')/root/item"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset>'
    listed = '<select1 ref="/data/b"><item><label ref="jr:itext(\'c\')"/><value>1</value></item></select1>'
    body = f'<select1 ref="/data/a"><label ref="jr:itext(\'l\')"/>{itemset}</select1>{listed}'
    item = opened(xform("<a/><b/>", "", body, more)).item("/data/a")
    assert (item.label, item.media) == ("Fan", {"image": "fan.png", "audio": "fan.mp3", "big-image": "fan-big.png"})
    assert [(choice.label, choice.media) for choice in item.choices] == [("Left", {"video": "left.mp4"}), ("2", {"image": "only.png"})]
    other = opened(xform("<a/><b/>", "", body, more)).item("/data/b")
    assert [choice.media for choice in other.choices] == [{"video": "left.mp4"}]
