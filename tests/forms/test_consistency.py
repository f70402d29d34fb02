"""After any answers in any order, the state equals that of a form opened anew with the same rows."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.errors import FormError
from fieldapp.base.settings import resource
from fieldapp.forms.definition import FormDefinition, parse
from fieldapp.forms.instance import FormInstance
from fieldapp.forms.xlsform import convert
from tests.forms.building import from_rows, opened
from tests.shared_folder import shared

HEAD = ["type", "name", "label", "relevant", "required", "constraint", "calculation", "choice_filter", "repeat_count"]
HEAD += ["read_only", "trigger", "default"]


def row(kind: str, name: str = "", label: str = "", **cells: str) -> list[str | None]:
    return [kind, name, label, *(cells.get(column) for column in HEAD[3:])]


@functools.cache
def tangled() -> FormDefinition:
    """A form in which nearly everything depends on something else."""
    survey: list[list[str | None]] = [
        [*HEAD],
        row("integer", "n", "N", default="2"),
        row("select_one l", "s", "S"),
        row("begin_group", "g1", "G1", relevant="${n} > 1"),
        row("select_multiple m", "m", "M of ${s}", choice_filter="of = ${s}", required="${n} > 2"),
        row("begin_group", "g2", "G2", relevant="selected(${m}, 'b') or ${n} = 5"),
        row("text", "t", "T", constraint="string-length(.) < ${n}"),
        row("integer", "i", "I", read_only="${n} = 3", constraint=". != ${n}"),
        row("end_group"),
        row("calculate", "len", calculation="string-length(${t}) + coalesce(${i}, 0)"),
        row("end_group"),
        row("begin_repeat", "r", "R", repeat_count="${n}"),
        row("integer", "v", "V", relevant="${n} != 4"),
        row("calculate", "sum", calculation="coalesce(${v}, 0) + coalesce(indexed-repeat(${sum}, ${r}, position(..) - 1), 0)"),
        row("end_repeat"),
        row("begin_repeat", "f", "F", relevant="${len} < 6"),
        row("integer", "w", "W", constraint=". > position(..)"),
        row("select_one ${w}", "pick", "Pick"),
        row("begin_repeat", "inner", "Inner"),
        row("text", "x", "X", required="${w} > 3"),
        row("calculate", "path", calculation="concat(${w}, '/', position(..), '/', count(${f}))"),
        row("end_repeat"),
        row("text", "stamp", "Stamp", calculation="concat('w', ${w})", trigger="${w}"),
        row("end_repeat"),
        row("calculate", "total", calculation="sum(${v}) + sum(${w}) * count(${f})"),
        row("note", "end", "Total ${total}", relevant="${total} > 3"),
    ]
    choices = [
        ["list_name", "name", "label", "of"],
        ["l", "p", "P", ""],
        ["l", "q", "Q", ""],
        ["m", "a", "A", "p"],
        ["m", "b", "B", "p"],
        ["m", "c", "C", "q"],
    ]
    return from_rows(survey, choices=choices)


def state(form: FormInstance) -> Any:
    """All that can be seen: items with values, flags, labels, choices and problems; and the XML."""
    return [(item.key, item) for item in form.questions()], form.instance_xml(), form.validate()


STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 10_000), st.integers(0, 10_000)), max_size=14)
TEXTS = ["", "0", "1", "2", "3", "4", "5", "7", "a", "b", "a b", "c", "p", "q", "ok", "abnormal", "yes", "2026-11-20", "OK"]


def walk(form: FormInstance, steps: list[tuple[int, int, int]]) -> set[str]:
    """Do what the numbers say: mostly answers, some repeats added and removed; the keys that were named as changed."""
    named: set[str] = set()
    for number, (kind, where, what) in enumerate(steps):
        items = list(form.questions())
        repeats = [item for item in items if item.may_add]
        removable = [item for item in items if item.may_remove]
        questions = [item for item in items if item.is_question]
        try:
            if kind == 0 and repeats:
                delta = form.add_repeat(repeats[where % len(repeats)].key, f"p{number}{what:05d}")
            elif kind == 1 and removable:
                delta = form.remove_repeat(removable[where % len(removable)].key)
            else:
                item = questions[where % len(questions)]
                values = [choice.value for choice in item.choices] or TEXTS
                delta = form.answer(item.key, values[what % len(values)])
        except FormError:
            continue
        named |= delta.changed
    return named


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_the_incremental_state_equals_a_full_recompute(steps: list[tuple[int, int, int]]) -> None:
    definition = tangled()
    form = opened(definition)
    walk(form, steps)
    again = opened(definition, dict(form.rows))
    assert state(form) == state(again)
    assert again.opening.rows == ()


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_whatever_changed_is_named(steps: list[tuple[int, int, int]]) -> None:
    form = opened(tangled())
    for step in steps:
        before = {item.key: item for item in form.questions()}
        named = walk(form, [step])
        after = {item.key: item for item in form.questions()}
        differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert differing <= named


@functools.cache
def of_file(path: Path) -> FormDefinition:
    return parse(convert(path.read_bytes(), path.name).xform_xml)


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_the_hardware_checklist_keeps_in_step(steps: list[tuple[int, int, int]]) -> None:
    definition = of_file(resource("forms/T1.xlsx"))
    form = opened(definition)
    walk(form, steps)
    assert state(form) == state(opened(definition, dict(form.rows)))


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_the_flight_checklist_keeps_in_step(steps: list[tuple[int, int, int]]) -> None:
    definition = of_file(shared("conformance/forms/sUAS__ODK_PreFlight_Multirotor_CL.xls"))
    form = opened(definition)
    walk(form, steps)
    assert state(form) == state(opened(definition, dict(form.rows)))
