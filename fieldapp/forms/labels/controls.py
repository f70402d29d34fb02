"""The controls of a form's body: their labels, choices, bounds, appearance and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fieldapp.base.errors import FormError
from fieldapp.forms.captions import CaptionReader
from fieldapp.forms.nodes import Node
from fieldapp.forms.refusals import ExpressionRefusedError
from fieldapp.forms.slots import Choice, Control, Expression, GenericPath, Itemset
from fieldapp.forms.xpath.lookup import search_of
from fieldapp.forms.xpath.parser import parse as parse_expression
from fieldapp.forms.xpath.paths import static_path
from fieldapp.forms.xpath.syntax import Expr

__all__ = ["ControlReader"]

_OWN = frozenset(["ref", "nodeset", "bind", "appearance", "mediatype", "start", "end", "step"])
_NOTHING: Mapping[str, str] = MappingProxyType({})
Compile = Callable[[str, GenericPath, str, Callable[[], Expr]], Expression]


class ControlReader:
    """Reads controls, one after the other; `tables` are the files that a `search(…)` named, by their ids."""

    def __init__(self, captions: CaptionReader, compiled: Compile, binds: Mapping[GenericPath, Mapping[str, str]]) -> None:
        self.captions = captions
        self.compiled = compiled
        self.binds = binds
        self.tables: dict[str, str] = {}

    def expression(self, text: str, host: GenericPath) -> Expression:
        """Compile an expression that belongs to `host`."""
        return self.compiled(text, host, "", lambda: parse_expression(text.strip()))

    def control(self, node: Node, path: GenericPath) -> Control:
        """The control of an element of the body."""
        label, hint = node.first("label"), node.first("hint")
        appearance = node.attribute("appearance").strip()
        bounds = None
        if node.local == "range":
            numbers = [node.attribute(name, default) for name, default in (("start", "0"), ("end", "10"), ("step", "1"))]
            try:
                bounds = (float(numbers[0]), float(numbers[1]), float(numbers[2]))
            except ValueError as fault:
                raise ExpressionRefusedError(
                    where="/" + "/".join(path), expression=" ".join(numbers), reason="a range needs numbers"
                ) from fault
        choices, itemset = self._choices(node, path), self._itemset(node.first("itemset"), path)
        if "search(" in appearance and choices:
            choices, itemset = self._searched(appearance, choices, path)
        return Control(
            tag=node.local,
            label=self.captions.element(label, path),
            hint=self.captions.element(hint, path),
            appearance=appearance,
            media_type=node.attribute("mediatype"),
            choices=choices,
            itemset=itemset,
            range=bounds,
            parameters=_parameters(node.given, self.binds.get(path, _NOTHING)),
        )

    def _choices(self, node: Node, path: GenericPath) -> tuple[Choice, ...]:
        found = []
        for item in node.elements("item"):
            value = item.first("value")
            if value is not None:
                found.append(Choice(value.value().strip(), self.captions.element(item.first("label"), path)))
        return tuple(found)

    def _searched(self, appearance: str, choices: tuple[Choice, ...], path: GenericPath) -> tuple[tuple[Choice, ...], Itemset | None]:
        """The choices of a `search(…)`: those with whole numbers as values stay, the first other one names the columns."""
        where = "/" + "/".join(path)
        try:
            found = search_of(appearance)
        except FormError as fault:
            reason = fault.values.get("reason", fault)
            raise ExpressionRefusedError(where=where, expression=appearance, reason=reason) from fault
        columns = next((choice for choice in choices if not choice.value.lstrip("-").isdecimal()), None)
        if found is None or columns is None:
            return choices, None
        table, rows = found
        self.tables.setdefault(table, f"jr://file-csv/{table}.csv")
        nodes = self.compiled(appearance, path, where, lambda: rows)
        value = self.expression(columns.value, path)
        fixed = tuple(choice for choice in choices if choice.value.lstrip("-").isdecimal())
        return fixed, Itemset(nodes, value, value, False, bool(nodes.reads) or nodes.volatile, columns.label)

    def _itemset(self, node: Node | None, path: GenericPath) -> Itemset | None:
        if node is None:
            return None
        value, label = node.first("value"), node.first("label")
        label_text = label.attribute("ref").strip() if label is not None else ""
        itext = label_text.startswith("jr:itext(") and label_text.endswith(")")
        if itext:
            label_text = label_text[len("jr:itext(") : -1]
        value_text = value.attribute("ref").strip() if value is not None else ""
        nodes = self.expression(node.attribute("nodeset"), path)
        base = static_path(parse_expression(node.attribute("nodeset").strip()), path) or path
        return Itemset(
            nodes=nodes,
            value=self.expression(value_text or "name", base),
            label=self.expression(label_text or value_text or "label", base),
            label_itext=itext,
            dynamic=bool(nodes.reads) or nodes.volatile,
        )


def _parameters(given: Mapping[str, str], bind: Mapping[str, str]) -> dict[str, str]:
    """What a control is told beside the usual, by the body (`rows`) or by the bind (`orx:max-pixels`, `odk:quality`)."""
    found = {name.rpartition(":")[2]: text for name, text in given.items() if name not in _OWN and not name.startswith("xmlns")}
    if ":" in " ".join(bind):
        found.update({name.rpartition(":")[2]: text for name, text in bind.items() if ":" in name and name[:3] not in ("jr:", "fa:")})
    return found
