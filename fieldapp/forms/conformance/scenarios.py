"""Run one scenario of the corpus: a complete form, what a person does with it, and what must be seen then.

The suite walks through a form event by event; here the walk is the list of what is relevant, in the form's order, and
a step forward goes to the named place. Paths of the suite count repeat instances (`/data/repeat[2]/q`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fieldapp.base.errors import FormError
from fieldapp.base.ids import SeededRandomness
from fieldapp.forms.casting import cast
from fieldapp.forms.definition import parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance, FormItem
from fieldapp.forms.labels.markup import Rich, Words
from fieldapp.forms.nodes import Node, read_xml
from fieldapp.forms.refusals import AnswerNotTakenError, AnswerTypeError
from fieldapp.forms.tree import FormNode
from fieldapp.forms.xpath.values import number_text

__all__ = ["run_scenario"]

_NOW = datetime.fromisoformat("2024-06-15T12:34:56.789-07:00")
_UUID = re.compile(r"uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ANY_ID = re.compile(r"uuid:[\w-]+")
_STEP = re.compile(r"([^\[\]]+)(?:\[(\d+)\])?")
_FRACTION = re.compile(r"-?\d+\.\d+")
_OUTCOMES = {"required": "ANSWER_REQUIRED_BUT_EMPTY", "constraint": "ANSWER_CONSTRAINT_VIOLATED"}
_TYPES = {"int": "bigint", "integer": "bigint", "decimal": "number"}


class _UnknownStepError(Exception):
    """The runner does not know a step or assertion of the suite."""


class _Play:
    """One scenario under way. `place` is the node a person stands at; None before the first and after the last."""

    def __init__(self, xml: str) -> None:
        self.xml = xml
        self.language = ""
        self.place: FormNode | None = None
        self.prompt = ""
        self.ended = False
        self.added = 0
        self.form = self.open({})

    def open(self, rows: Mapping[str, str]) -> FormInstance:
        """Open the form with rows, in the environment of the corpus."""
        environment = Environment(
            now=_NOW,
            zone="America/Phoenix",
            language=self.language,
            randomness=SeededRandomness(7 + len(rows)),
        )
        return FormInstance.open(parse(self.xml), rows, environment)

    def node(self, ref: str) -> FormNode | None:
        """The node of a path with positions; a repeat without a position is its first instance."""
        if ref == ".":
            return self.place
        nodes: list[Node] = [self.form.document()]
        for part in ref.strip("/").split("/"):
            match = _STEP.fullmatch(part)
            if match is None:
                return None
            nodes = [child for child in nodes[0].children if child.name == match[1]]
            at = int(match[2]) - 1 if match[2] else 0
            nodes = nodes[at : at + 1] if at >= 0 else []
            if not nodes:
                return None
        return nodes[0] if isinstance(nodes[0], FormNode) else None

    def need(self, ref: str) -> FormNode:
        """The node of a path, which must be there."""
        node = self.node(ref)
        if node is None:
            raise _UnknownStepError(f"there is no {ref}")
        return node

    def events(self) -> list[str]:
        """The keys of what a person walks through."""
        return [item.key for item in self.form.questions() if item.relevant and item.kind != "repeat"]

    def item(self, ref: str) -> FormItem:
        """The view of a node."""
        return self.form.item(self.need(ref).key, self.language)

    def text(self, ref: str) -> str:
        """What is seen of a node's value."""
        node = self.node(ref)
        return node.value() if node is not None and node.relevant else ""

    def reference(self, node: FormNode | None) -> str:
        """The path of a node with positions on repeats."""
        parts = []
        up: Node | None = node
        while isinstance(up, FormNode):
            at = ""
            if up.slot.kind == "repeat" and up.parent is not None:
                family = [other for other in up.parent.children if other.name == up.name]
                at = f"[{family.index(up) + 1}]"
            parts.append(f"{up.name}{at}")
            up = up.parent
        return "/" + "/".join(reversed(parts))


# -- steps ---------------------------------------------------------------------------------------------------------


def _answer(play: _Play, node: FormNode, value: Any) -> None:
    if isinstance(value, bool):
        text = ("OK" if value else "") if node.slot.kind == "acknowledge" else "1" if value else "0"
    elif isinstance(value, int | float):
        text = number_text(float(value)) if isinstance(value, float) else str(value)
    elif isinstance(value, list):
        text = " ".join(str(word) for word in value)
    elif isinstance(value, Mapping):
        text = _point(value) if "latitude" in value else str(value.get("value", ""))
    else:
        text = "" if value is None else str(value)
    try:
        play.form.answer(node.key, text)
    except AnswerNotTakenError as refused:
        if not isinstance(refused, AnswerTypeError):
            # The suite enters a value where one is calculated and sees it overwritten; here it is refused, with the same end.
            if node.slot.calculate is None:
                raise
            return
        # The suite casts what it is given; here the screen does that before it answers.
        castable = node.slot.type in ("int", "integer") and _FRACTION.fullmatch(text) is not None
        play.form.answer(node.key, cast("int", text, "UTC") if castable else None)


def _point(value: Mapping[str, Any]) -> str:
    words = [value["latitude"], value["longitude"], value.get("altitude"), value.get("accuracy")]
    while words[-1] is None:
        words.pop()
    return " ".join(str(float(word) if at > 1 else word) for at, word in enumerate(words))


def _new_repeat(play: _Play, ref: str) -> None:
    holder_ref, _, name = re.sub(r"\[\d+\]$", "", ref).rpartition("/")
    holder = play.need(holder_ref)
    play.added += 1
    delta = play.form.add_repeat(f"{holder.key}/{name}", f"p{play.added:04d}")
    assert delta.rows
    family = [child for child in holder.form_nodes() if child.name == name]
    play.place = family[-1]


def _next(play: _Play, ref: str) -> None:
    events = play.events()
    node = play.node(ref)
    if node is not None and node.key in events:
        play.place, play.ended = node, False
        return
    here = events.index(play.place.key) if play.place is not None and play.place.key in events else -1
    if ref in ("END_OF_FORM", "") or here + 1 >= len(events):
        play.ended, play.place = True, None


def _step(play: _Play, step: Mapping[str, Any]) -> None:
    kind = step["op"]
    if kind == "answer":
        play.place = play.need(step["ref"])
        _answer(play, play.place, step["value"])
    elif kind == "answer_current":
        if play.place is None:
            raise _UnknownStepError("no place to answer at")
        _answer(play, play.place, step["value"])
    elif kind == "next":
        _next(play, str(step.get("ref") or ""))
    elif kind in ("new_repeat", "new_repeat_at_current"):
        _new_repeat(play, step["ref"])
    elif kind == "remove_repeat":
        play.form.remove_repeat(play.need(step["ref"]).key)
    elif kind == "set_language":
        play.language = step["language"]
        play.form.speak(play.language)
    elif kind == "jump_to_beginning":
        play.place, play.ended = None, False
    elif kind == "save_and_restore":
        play.form, play.place = play.open(play.form.rows), None
    elif kind == "new_instance":
        play.form, play.place = play.open({}), None
    else:
        raise _UnknownStepError(kind)


# -- what is looked at ----------------------------------------------------------------------------------------------


def _typed(play: _Play, ref: str) -> Any:
    node, text = play.node(ref), play.text(ref)
    if node is None:
        return None
    kind = node.slot.type
    if kind in _TYPES:
        return (int(text) if kind != "decimal" else float(text)) if text else None
    if kind == "geopoint":
        words = [float(word) for word in text.split()]
        names = ("latitude", "longitude", "altitude", "accuracy")
        return dict(zip(names, [*words, None, None][:4], strict=True)) if words else None
    if node.slot.kind == "acknowledge":
        return text == "OK"
    return text if text or kind == "string" else None


def _validate(play: _Play, path: Sequence[Any]) -> Any:
    problems = play.form.validate(play.language)
    if path[0] == "outcome":
        return _OUTCOMES[problems[0].kind] if problems else "ANSWER_OK"
    if not problems:
        return None
    node = next(n for n in play.need("/" + play.form.definition.root.name).tree() if n.key == problems[0].key)
    if "message" in path:
        return problems[0].message
    return play.reference(node)


def _node_view(play: _Play, ref: str, path: Sequence[Any]) -> Any:
    node = play.need(ref)
    if list(path) == ["currentState", "value"]:
        return play.text(ref)
    if list(path[:2]) == ["nodeOptions", "media"]:
        accept = play.item(ref).media_type or "*"
        major, _, minor = accept.partition("/")
        plain = accept == "*"
        return {"accept": accept, "type": None if plain else major, "subtype": None if plain else minor}
    if not path:
        return {"nodeType": node.slot.kind}
    raise _UnknownStepError(f"node {path}")


def _form_def(play: _Play, path: Sequence[Any]) -> Any:
    if path[0] == "isRepeatRelevant":
        # The suite hands JavaRosa's positions on, which count from 0; a position [0] cannot be XPath's.
        ref = re.sub(r"\[0\]", "[1]", path[1][0])
        node = play.node(ref)
        return node is not None and node.relevant
    if path[0] == "hasAction":
        return any(path[1][0] == action.name for action in play.form.definition.actions)
    raise _UnknownStepError(f"formDef {path}")


def _subject(play: _Play, check: Mapping[str, Any]) -> Any:
    of, path = check["of"], check.get("path") or []
    ref = check["args"][0] if check["args"] else "."
    if isinstance(ref, Mapping):
        ref = ref["assertCurrentReference"]
    if of == "answerOf":
        if path and path[0] == "node":
            problem = play.item(ref).problem
            return _formatted(problem.rich or (Words(problem.message),)) if problem is not None else None
        return _typed(play, ref) if path == ["value"] else play.text(ref)
    if of in ("label", "labelText", "hint"):
        item = play.item(ref)
        name = "hint" if of == "hint" else "label"
        text = item.hint if of == "hint" else item.label
        if path[:1] != ["formatted"]:
            return text
        rich = _formatted(item.rich.get(name) or (Words(text),))
        return len(rich) if path[1:] == ["length"] else rich
    if of == "attributeOf":
        return play.need(ref).attribute(check["args"][1])
    if of == "refAtIndex":
        return play.reference(play.place)
    if of == "countRepeatInstancesOf":
        holder, _, name = ref.rpartition("/")
        above = play.node(holder)
        return sum(1 for child in above.children if child.name == name) if above is not None else 0
    if of == "choicesOf":
        choices = play.item(ref).choices
        return {"size": len(choices), "isEmpty": not choices}.get(path[0]) if path else choices
    if of == "validate":
        return _validate(play, path)
    if of == "formDef":
        return _form_def(play, path)
    if of == "node":
        return _node_view(play, ref, path)
    if of == "indexOf":
        return play.node(ref)
    if of in ("atTheEndOfForm", "event"):
        return play.ended if of == "atTheEndOfForm" else "END_OF_FORM" if play.ended else "QUESTION"
    if of in ("serializeInstance", "scenario"):
        return play.form.instance_xml()
    raise _UnknownStepError(of)


# -- matchers ------------------------------------------------------------------------------------------------------


def _plain(expected: Any) -> Any:
    if isinstance(expected, Mapping) and "__exp" in expected:
        return _plain(expected["value"])
    if isinstance(expected, list):
        return " ".join(str(_plain(one)) for one in expected)
    return expected


def _same(got: Any, expected: Any) -> bool:
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        return all(_same(got.get(key), value) for key, value in expected.items())
    if expected is False and got == "":
        return True
    if isinstance(expected, bool) or isinstance(got, bool):
        return got is expected or (expected is True and got == "true") or (expected is True and got == "OK")
    if expected is None or expected == "":
        return got in (None, "")
    try:
        return float(got) == float(expected)
    except (TypeError, ValueError):
        return str(got) == str(expected)


def _matches(got: Any, expected: Any) -> bool:
    """Whether an object has what is expected of it; lists are of the same length."""
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        return all(_matches(got.get(key), value) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(got, list):
        return len(got) == len(expected) and all(_matches(one, other) for one, other in zip(got, expected, strict=True))
    return _same(got, _plain(expected))


def _formatted(rich: Rich) -> list[dict[str, Any]]:
    """Markup as the suite writes it."""
    found: list[dict[str, Any]] = []
    for piece in rich:
        if isinstance(piece, Words):
            found.append({"value": piece.text})
            continue
        view: dict[str, Any] = {"elementName": piece.name, "children": _formatted(piece.children)}
        if piece.url:
            view["url"] = piece.url
        if piece.style:
            view["properties"] = {"style": piece.style}
        found.append(view)
    return found


def _shape(node: Node) -> Any:
    text = "" if node.children else _ANY_ID.sub("uuid:", node.text)
    return node.name, sorted((a.name, a.text) for a in node.attributes), text, [_shape(c) for c in node.elements()]


def _choices(got: Any, expected: Any, in_order: bool) -> bool:
    wanted = [(one["value"], one.get("label")) for one in expected]
    have = [(one.value, one.label) for one in got]
    found = [pair for pair in have if any(pair[0] == w[0] and w[1] in (None, pair[1]) for w in wanted)]
    return len(found) == len(wanted) and (not in_order or [p[0] for p in found] == [w[0] for w in wanted])


def _problem_message(play: _Play, check: Mapping[str, Any], kind: str | None) -> str | None:
    problem = play.item(check["args"][0]).problem
    return problem.message if problem is not None and kind in (None, problem.kind) else None


def _status(play: _Play, check: Mapping[str, Any]) -> str:
    problem = play.item(check["args"][0]).problem
    return _OUTCOMES[problem.kind].removeprefix("ANSWER_") if problem is not None else "OK"


_OF_NODE: dict[str, Callable[[FormItem], bool]] = {
    "toBeRelevant": lambda item: item.relevant,
    "toBeNonRelevant": lambda item: not item.relevant,
    "toBeEnabled": lambda item: not item.readonly,
    "toBeReadonly": lambda item: item.readonly,
}


def _check_node(play: _Play, check: Mapping[str, Any]) -> bool | None:
    """The outcome of an assertion on a node itself; None when it is another kind of assertion."""
    matcher = check["assert"]
    if matcher in _OF_NODE:
        return _OF_NODE[matcher](play.item(check["args"][0]))
    if "Appearance" in matcher:
        words = play.item(check["args"][0]).appearance.split()
        if "search" in words:
            words.append("autocomplete")
        expected = check["expected"][0]
        if matcher == "toYieldAppearances":
            return set(expected) == set(words) or set(expected) == set(words) | {"autocomplete"}
        return (expected in words) is (matcher == "toHaveAppearance")
    return None


def _check(play: _Play, check: Mapping[str, Any]) -> tuple[bool, Any]:
    outcome = _check_node(play, check)
    if outcome is not None:
        return outcome, play.item(check["args"][0])
    matcher = check["assert"]
    expected: Any = check["expected"][0] if check["expected"] else None
    messages = {"toHaveConstraintMessage": "constraint", "toHaveRequiredMessage": "required", "toHaveValidityMessage": None}
    if matcher in messages:
        got: Any = _problem_message(play, check, messages[matcher])
        return got == expected, got
    if matcher == "toHaveValidityStatus":
        got = _status(play, check)
        return got == expected, got
    got = _subject(play, check)
    if matcher == "toMatchObject":
        return _matches(got, expected), got
    if matcher in ("toBe", "toEqual", "toEqualAnswer", "toEqualTreeReference"):
        return _same(got, _plain(expected)), got
    if matcher == "toBeNull":
        return got in (None, ""), got
    if matcher == "toBeTypeOf":
        node = play.need(check["args"][0])
        return _TYPES.get(node.slot.type, "string") == expected, got
    if matcher in ("toStartWith", "toContain"):
        return (got.startswith(expected) if matcher == "toStartWith" else expected in got), got
    if matcher == "toMatch":
        return re.search(expected["regex"], got) is not None, got
    if matcher == "toHaveAnswerCloseTo":
        wanted, span = expected["value"]
        return abs(float(got) - wanted) <= span, got
    if matcher in ("toContainChoices", "toContainChoicesInAnyOrder"):
        return _choices(got, expected, matcher == "toContainChoices"), got
    if matcher == "toHaveSerializedSubmissionXML":
        return _shape(read_xml(got)) == _shape(read_xml(expected)), got
    if matcher == "toHaveComputedPreloadInstanceID":
        return _UUID.search(got) is not None, got
    raise _UnknownStepError(matcher)


def run_scenario(case: Mapping[str, Any], forms: Mapping[str, str]) -> tuple[str, str] | None:
    """Run one scenario; None when it passes, else what was expected and what was seen, at the first difference."""
    play: _Play | None = None
    for number, step in enumerate(case["steps"], 1):
        try:
            if step.get("op") == "init":
                play = _Play(forms[step["form"]])
                continue
            assert play is not None
            if "op" in step:
                _step(play, step)
                continue
            passed, got = _check(play, step)
        except (FormError, _UnknownStepError) as fault:
            return f"step {number} {step.get('op') or step.get('assert')}", str(fault)
        if not passed:
            wanted = f"{step['assert']} {step.get('of')} {step['args']} {step['expected']}"
            return f"step {number} {wanted}", repr(got)[:300]
    return None
