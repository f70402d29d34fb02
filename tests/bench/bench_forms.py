"""The form engine on a checklist of 300 questions and 456 expressions, and on one of 660 and 1,002, in CPU time.

Groups of ten questions; each group is relevant when the one before is answered, so that the first answer can touch all.
The references are goals. Machines differ and are noisy: beside the loads stands what lxml takes in the same run to read
the XML and to compile the expressions, and beside evaluation what its XPath takes for the same expressions. As in the
desktop, the collector does not run in between: there it runs on the screen's thread, when nothing else is done.
"""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Iterator

from fieldapp.forms.definition import FormDefinition, forget, parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.graph import graph_of
from fieldapp.forms.instance import FormInstance
from fieldapp.forms.slots import Slot
from tests.bench import beside_lxml
from tests.bench.measure import Measure

GROUPS, QUESTIONS, ROUNDS = 30, 10, 15


def large_form(groups: int = GROUPS) -> str:
    """The XForm of the measured checklist."""
    instance, binds, body = [], [], []
    for group in range(groups):
        path = f"/data/g{group}"
        instance.append(f"<g{group}>" + "".join(f"<q{n}/>" for n in range(QUESTIONS)) + f"</g{group}>")
        if group:
            binds.append(f'<bind nodeset="{path}" relevant="/data/g{group - 1}/q0 != \'\'"/>')
        body.append(f'<group ref="{path}"><label>Group {group}</label>')
        for n in range(QUESTIONS):
            rules = {
                0: 'type="int" constraint=". &gt;= 0 and . &lt;= 1000" required="true()"',
                1: f'type="int" relevant="{path}/q0 &gt; 5" constraint=". != {path}/q0"',
                2: f'type="decimal" calculate="round({path}/q0 * 1.5 + coalesce({path}/q1, 0), 2)" relevant="{path}/q0 != \'\'"',
                3: f'type="string" relevant="selected({path}/q4, \'b\')" constraint="string-length(.) &lt; 40"',
                4: f'type="string" readonly="{path}/q0 = 99"',
                5: f'type="date" constraint=". &lt;= today()" relevant="{path}/q0 mod 2 = 1"',
                6: f'type="decimal" calculate="sum({path}/q0 | {path}/q1)"',
                7: f'type="string" required="{path}/q0 &gt; 50"' if group < 7 else 'type="string"',
                8: f"type=\"string\" constraint=\"regex(., '^[a-z]+$') or {path}/q3 = ''\"",
                9: f'type="string" required="{path}/q4 = \'b\'"',
            }[n]
            binds.append(f'<bind nodeset="{path}/q{n}" {rules}/>')
            body.append(f'<input ref="{path}/q{n}"><label>Question {group}.{n}</label></input>')
        body.append("</group>")
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>Large</h:title><model><instance><data id="large">'
        f"{''.join(instance)}</data></instance>{''.join(binds)}</model></h:head><h:body>{''.join(body)}</h:body></h:html>"
    )


def expressions(definition: FormDefinition) -> int:
    """How many expressions a form has."""

    def of(slot: Slot) -> int:
        return sum(e is not None for e in (slot.relevant, slot.required, slot.readonly, slot.constraint, slot.calculate))

    return sum(of(slot) for slot in definition.slots.values())


def _load(xml: str, cold: bool) -> float:
    if cold:
        forget()
    parse.cache_clear()
    graph_of.cache_clear()
    gc.collect()
    gc.disable()
    before = time.process_time()
    FormInstance.open(parse(xml), {}, Environment())
    spent = (time.process_time() - before) * 1000
    gc.enable()
    return spent


def _answers(form: FormInstance) -> list[float]:
    spent = []
    for turn in range(4):
        for item in [item for item in form.questions() if item.is_question and not item.readonly]:
            text = {"integer": str(turn * 3 + 4), "decimal": "1.5", "date": "2026-01-02"}.get(item.kind, "b")
            before = time.process_time_ns()
            form.answer(item.key, text if turn != 2 else None)
            spent.append((time.process_time_ns() - before) / 1e6)
    return sorted(spent)


def run() -> Iterator[Measure]:
    """Loads cold and with expressions known, answers, the whole view, and the canonical XML."""
    xml = large_form()
    definition = parse(xml)
    yield Measure("forms", "questions", GROUPS * QUESTIONS, "count", 300)
    yield Measure("forms", "expressions", expressions(definition), "count", 456)
    cold, beside = _cold(xml)
    yield Measure("forms", "load, cold", cold, "ms CPU", 25)
    yield Measure("forms", "load, cold, beside lxml reading and compiling", cold / beside, "times")
    yield Measure("forms", "load, expressions known", min(_load(xml, False) for _ in range(ROUNDS)), "ms CPU", 16)
    yield Measure("forms", "memory of the loaded form", _memory(xml), "MB")
    wide = large_form(66)
    cold, beside = _cold(wide)
    yield Measure("forms", f"load, cold, {expressions(parse(wide))} expressions", cold, "ms CPU", 120)
    yield Measure("forms", "the same, beside lxml reading and compiling", cold / beside, "times")
    opened = [_opened(definition) for _ in range(ROUNDS)]
    yield Measure("forms", "open, definition known", min(opened), "ms CPU")
    form = FormInstance.open(definition, {}, Environment())
    spent = _answers(form)
    yield Measure("forms", "one answer, median", statistics.median(spent), "ms CPU", 0.03)
    yield Measure("forms", "one answer, p99", spent[int(len(spent) * 0.99)], "ms CPU", 3)
    yield Measure("forms", "one answer, worst", spent[-1], "ms CPU", 10)
    before = time.process_time()
    count = sum(1 for _ in form.questions())
    yield Measure("forms", f"view of all {count} items", (time.process_time() - before) * 1000, "ms CPU")
    before = time.process_time()
    form.instance_digest()
    yield Measure("forms", "canonical XML and digest", (time.process_time() - before) * 1000, "ms CPU")
    yield from beside_lxml.run()


def _cold(xml: str) -> tuple[float, float]:
    """The least of some cold loads, and of lxml reading the same XML and compiling its expressions in between, in ms."""
    pairs = [(_load(xml, True), beside_lxml.load(xml)) for _ in range(ROUNDS)]
    return min(ours for ours, _ in pairs), min(theirs for _, theirs in pairs)


def _memory(xml: str) -> float:
    """What definition, graph and open instance hold, in megabytes."""
    forget()
    tracemalloc.start()
    kept = FormInstance.open(parse(xml), {}, Environment())
    size = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    assert kept.definition.slots
    return size


def _opened(definition: FormDefinition) -> float:
    before = time.process_time()
    FormInstance.open(definition, {}, Environment())
    return (time.process_time() - before) * 1000
