"""Forms that others wrote, from equipment checklists to every question type: they load, fill and are written out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.forms.definition import parse
from fieldapp.forms.instance import FormInstance
from fieldapp.forms.nodes import read_xml
from fieldapp.forms.refusals import AnswerTypeError
from fieldapp.forms.xlsform import convert
from tests.forms.building import opened
from tests.forms.test_consistency import STEPS, state, walk
from tests.shared_folder import shared

FORMS = (
    "pyxform__UCL_Biomass_Plot_Form.xlsx",
    "pyxform__choice_filter_test.xlsx",
    "pyxform__widgets.xls",
    "sUAS__ODK_Battery_Register.xls",
    "sUAS__ODK_Battery_log.xls",
    "sUAS__ODK_PreFlight_Multirotor_CL.xls",
    "webforms__all-question-types-v2024091201-3.xlsx",
)


def xml_of(name: str) -> str:
    return convert(shared(f"conformance/forms/{name}").read_bytes(), name).xform_xml


@pytest.mark.parametrize("name", FORMS)
def test_a_real_form_is_filled_at_random_and_opens_again_the_same(name: str) -> None:
    definition = parse(xml_of(name))

    @settings(max_examples=6, deadline=None)
    @given(STEPS, st.sampled_from(["Asia/Shanghai", "America/Phoenix"]))
    def fill(steps: list[tuple[int, int, int]], zone: str) -> None:
        form = opened(definition, zone=zone)
        walk(form, steps)
        assert state(form) == state(opened(definition, dict(form.rows), zone=zone))
        root = next(read_xml(form.instance_xml()).elements())
        assert root.attribute("id") == definition.form_id

    fill()


FITTING = {
    "integer": ["1", "20", "100", "0"],
    "decimal": ["1.5", "20", "100"],
    "range": ["0", "1", "5", "10"],
    "date": ["2026-11-21", "1990-01-01"],
    "time": ["10:30"],
    "datetime": ["2026-11-21T10:30:00.000+08:00"],
    "geopoint": ["31.2 121.5 4 5"],
    "geotrace": ["31.2 121.5 0 0;31.3 121.6 0 0"],
    "geoshape": ["1 1 0 0;1 2 0 0;2 2 0 0;1 1 0 0"],
    "acknowledge": ["OK"],
    "image": ["a.jpg"],
}
"""Values that a question of a kind may take; the others take a word or one of their choices."""


def to_the_end(form: FormInstance, picks: list[int]) -> int:
    """Answer every question on show, also those that come into view, and mend what breaks a constraint; how many were answered."""
    done: dict[str, int] = {}
    for turn in range(400):
        problems = {problem.key for problem in form.validate()}
        todo = [
            item
            for item in form.questions()
            if item.is_question and item.relevant and not item.readonly and item.kind != "note"
            if item.key not in done or (item.key in problems and done[item.key] < 6)
        ]
        if not todo:
            return len(done)
        item = todo[0]
        values = [choice.value for choice in item.choices] or FITTING.get(item.kind, ["x", "abc", "12"])
        at = done[item.key] + 1 if item.key in done else picks[turn % len(picks)]
        done[item.key] = done.get(item.key, -1) + 1
        try:
            form.answer(item.key, values[at % len(values)])
        except AnswerTypeError:
            form.answer(item.key, None)
    return len(done)


@pytest.mark.parametrize("name", FORMS)
def test_a_real_form_is_filled_to_its_end_saved_and_written_out(name: str) -> None:
    definition = parse(xml_of(name))

    @settings(max_examples=3, deadline=None)
    @given(st.lists(st.integers(0, 50), min_size=3, max_size=9))
    def fill(picks: list[int]) -> None:
        form = opened(definition)
        answered = to_the_end(form, picks)
        assert answered >= 3
        again = opened(definition, dict(form.rows))
        assert state(form) == state(again)
        written = read_xml(again.instance_xml())
        root = next(written.elements())
        assert (root.attribute("id"), root.attribute("version")) == (definition.form_id, definition.version)
        texts = {node.text for node in written.walk() if node.text}
        given_answers = [item for item in again.questions() if item.is_question and item.relevant and item.value]
        assert all(again.value(item.key) in texts for item in given_answers if again.value(item.key))
        assert len(given_answers) >= 3

    fill()


def test_the_flight_checklist_is_done_when_every_item_is_answered() -> None:
    form = opened(parse(xml_of("sUAS__ODK_PreFlight_Multirotor_CL.xls")))
    assert form.value("/data/Date") == "2026-11-21"
    missing = form.validate()
    assert len(missing) == 18
    assert {problem.kind for problem in missing} == {"required"}
    for problem in missing:
        item = form.item(problem.key)
        form.answer(problem.key, item.choices[0].value if item.choices else "OK")
    assert form.validate() == ()


def test_the_plot_form_works_out_its_angles() -> None:
    definition = parse(xml_of("pyxform__UCL_Biomass_Plot_Form.xlsx"))
    form = opened(definition)
    assert {"cos", "sin", "pi"} & {
        word
        for slot in definition.slots.values()
        for word in ("cos", "sin", "pi")
        if slot.calculate is not None and f"{word}(" in slot.calculate.text
    }
    before = form.instance_xml()
    for item in list(form.questions()):
        if item.kind in ("decimal", "integer") and not item.readonly:
            form.answer(item.key, "10")
    assert form.instance_xml() != before


def test_every_question_type_has_a_kind_of_its_own() -> None:
    form = opened(parse(xml_of("webforms__all-question-types-v2024091201-3.xlsx")))
    kinds = {item.kind for item in form.questions()}
    assert {
        "integer", "decimal", "string", "select_one", "select_multiple", "rank", "date", "time", "datetime", "image",
        "audio", "video", "file", "barcode", "geopoint", "geotrace", "geoshape", "note", "range", "acknowledge",
    } <= kinds  # fmt: skip
    appearances = {word for item in form.questions() for word in item.appearance.split()}
    assert {"minimal", "likert", "columns-pack", "signature", "draw", "label", "list-nolabel"} <= appearances
