"""Read the XML of an XForm into a FormDefinition; `parse` is the door, the shapes are in `slots`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from fieldapp.base.errors import FormError
from fieldapp.forms.captions import CaptionReader
from fieldapp.forms.graph import check_circles, graph_of
from fieldapp.forms.labels.controls import ControlReader
from fieldapp.forms.nodes import ELEMENT, Node, namespaces_of, read_xml
from fieldapp.forms.refusals import ExpressionRefusedError, FormDamagedError
from fieldapp.forms.slots import Action, Caption, Control, Expression, FormDefinition, GenericPath, Slot
from fieldapp.forms.xpath.compiler import Scope, compile_tree, plain_path
from fieldapp.forms.xpath.parser import child_step
from fieldapp.forms.xpath.parser import parse as parse_expression
from fieldapp.forms.xpath.paths import calls, references, static_path
from fieldapp.forms.xpath.syntax import Expr

__all__ = ["FormDefinition", "Slot", "forget", "parse"]

JAVAROSA = "http://openrosa.org/javarosa"
EXTENSION = "https://fieldapp.example/ns"
_VOLATILE = frozenset(["random", "uuid", "once"])
_CONTROLS = frozenset(["input", "select1", "select", "rank", "trigger", "range", "upload", "secret"])
_INPUT_KINDS = {
    "int": "integer",
    "integer": "integer",
    "long": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "dateTime": "datetime",
    "barcode": "barcode",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "boolean": "boolean",
    "binary": "file",
}
# The converter moves the label of a table into a note of its own making; it is a heading like that of other groups.
_TABLE_LABEL = "generated_table_list_label_"
_PREFIXES = {JAVAROSA: "jr:", EXTENSION: "fa:", "": ""}
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_PLACES: Mapping[str, int] = MappingProxyType({})
_CONTROL_KINDS = {"select1": "select_one", "select": "select_multiple", "rank": "rank", "trigger": "acknowledge", "range": "range"}


@functools.lru_cache(maxsize=32)
def parse(xform_xml: str) -> FormDefinition:
    """Read and check an XForm; the same text gives the same definition again.

    Raises FormDamagedError, ExpressionRefusedError (with the node it belongs to) or CircularFormError.
    """
    definition = _FormReader(read_xml(xform_xml)).read()
    check_circles(definition)
    return definition


@functools.lru_cache(maxsize=8192)
def _path_of(text: str) -> GenericPath:
    return tuple(part.strip() for part in text.strip().split("/") if part.strip())


def forget() -> None:
    """Forget all forms and expressions that were read; for measuring how long the first reading takes."""
    for kept in (parse, graph_of, parse_expression, child_step, plain_path, _path_of):
        kept.cache_clear()


class _FormReader:
    """One reading; collects binds, body and instances, then builds the slots."""

    def __init__(self, document: Node) -> None:
        html = next(document.elements(), None)
        head = html.first("head") if html is not None else None
        model = head.first("model") if head is not None else None
        body = html.first("body") if html is not None else None
        if html is None or head is None or model is None or body is None:
            raise FormDamagedError(reason="it is no XForm.")
        self.html, self.model, self.body_node = html, model, body
        title = head.first("title")
        self.title = title.value() if title is not None else ""
        holder = model.first("instance")
        self.primary = next(holder.elements(), None) if holder is not None else None
        if self.primary is None:
            raise FormDamagedError(reason="its main instance is missing.")
        own = (holder.attribute("id") if holder is not None else "") or self.primary.attribute("id")
        others = {one.attribute("id") for one in list(model.elements("instance"))[1:]}
        self.primary_id = "" if own in others else own
        self.binds: dict[GenericPath, dict[str, str]] = {}
        self.controls: dict[GenericPath, Control] = {}
        self.body: dict[GenericPath, list[GenericPath]] = {}
        self.counts: dict[GenericPath, Expression] = {}
        self.fixed: set[GenericPath] = set()
        self.actions: list[Action] = []
        self.slots: dict[GenericPath, Slot] = {}
        self.repeats = frozenset(
            path
            for node in body.walk()
            if node.local == "repeat" and (path := _path_of(node.attribute("nodeset") or node.attribute("ref")))
        )
        self.scope = Scope((), self.repeats)
        self.captions = CaptionReader(model, self.expression)
        self.reader = ControlReader(self.captions, self.compiled, self.binds)

    # -- expressions ---------------------------------------------------------------------------------------------

    def expression(self, text: str, host: GenericPath, where: str = "") -> Expression:
        """Compile an expression that belongs to `host`; refused with its place."""
        return self.compiled(text, host, where, lambda: parse_expression(text.strip()))

    def compiled(self, text: str, host: GenericPath, where: str, make: Callable[[], Expr]) -> Expression:
        """Compile the tree that `make` gives for a text."""
        try:
            tree = make()
            if self.scope.host is not host:
                self.scope = Scope(host, self.repeats)
            run = compile_tree(tree, self.scope)
        except FormError as fault:
            reason = fault.values.get("reason", fault)
            raise ExpressionRefusedError(where=where or "/" + "/".join(host), expression=text.strip(), reason=reason) from fault
        reads = tuple(references(tree, host, self.repeats, self.primary_id or None))
        volatile = ("random" in text or "uuid" in text or "once" in text) and not _VOLATILE.isdisjoint(calls(tree))
        return Expression(text.strip(), reads, run, volatile)

    def _bind_expression(self, bind: Mapping[str, str], name: str, path: GenericPath) -> Expression | None:
        text = bind.get(name)
        return self.expression(text, path) if text and not text.isspace() else None

    # -- the whole -----------------------------------------------------------------------------------------------

    def read(self) -> FormDefinition:
        """Everything, in the order in which one part needs another."""
        assert self.primary is not None
        for bind in self._binds(self.model):
            path = _path_of(bind.attribute("nodeset") or bind.attribute("ref"))
            if path and not path[-1].startswith("@"):
                self.binds[path] = self._attributes(bind)
        root_path: GenericPath = (self.primary.name,)
        self.body[root_path] = []
        self._read_body(self.body_node, root_path, root_path)
        _refuse_loops(self.body, root_path)
        for node in self.model.children:
            self._read_action(node, None)
        _give_instance_id(self.primary, root_path, self.binds)
        root = self._slot(self.primary, root_path, [])
        self.slots = {slot.path: slot for slot in root.walk()}
        instances, sources = self._instances()
        name_path = next((p for p, s in self.slots.items() if p[-1].endswith("instanceName") and s.calculate), None)
        return FormDefinition(
            form_id=self.primary.attribute("id") or self.primary.name,
            version=self.primary.attribute("version"),
            title=self.title,
            root=root,
            slots=self.slots,
            body={path: tuple(dict.fromkeys(below)) for path, below in self.body.items()},
            languages=self.captions.languages,
            texts=self.captions.texts,
            instances=instances,
            sources={**self.reader.tables, **sources},
            actions=tuple(self.actions),
            namespaces=namespaces_of(self.html),
            repeats=self.repeats,
            style=self.body_node.attribute("class"),
            instance_name=self.slots[name_path].calculate if name_path else None,
            primary_id=self.primary_id,
        )

    def _attributes(self, bind: Node) -> dict[str, str]:
        """The attributes of a bind by name, those of JavaRosa as `jr:…`, our own as `fa:…`, whatever their prefix."""
        found = {}
        for name, text in bind.given.items():
            prefix = _PREFIXES.get(bind.uri_of(name)) if ":" in name else None
            found[name if prefix is None else prefix + name.rpartition(":")[2]] = text
        return found

    def _binds(self, node: Node) -> Iterator[Node]:
        for child in node.elements("bind"):
            yield child
            yield from self._binds(child)

    def _instances(self) -> tuple[Mapping[str, Node], Mapping[str, str]]:
        found: dict[str, Node] = {}
        sources: dict[str, str] = {}
        for number, holder in enumerate(self.model.elements("instance")):
            name = holder.attribute("id")
            if number == 0:
                continue
            if holder.attribute("src"):
                sources[name] = holder.attribute("src")
                continue
            root = next(holder.elements(), None)
            document = Node(0)
            if root is not None:
                document.append(root)
            found[name] = document
        return found, sources

    # -- body ----------------------------------------------------------------------------------------------------

    def _read_body(self, node: Node, container: GenericPath, context: GenericPath) -> None:
        for child in node.children:
            if child.kind != ELEMENT:
                continue
            if child.local == "group":
                self._read_group(child, container, context)
            elif child.local == "repeat":
                self._read_repeat(child, container, context)
            elif child.local in _CONTROLS:
                self._read_control(child, container, context)
            else:
                self._read_action(child, None)

    def _ref(self, node: Node, context: GenericPath) -> GenericPath:
        bound = node.attribute("bind")
        if bound:
            return next((p for p, bind in self.binds.items() if bind.get("id") == bound), ())
        text = (node.attribute("ref") or node.attribute("nodeset")).strip()
        if not text:
            return ()
        if text.startswith("/"):
            return _path_of(text)
        try:
            return static_path(parse_expression(text), context) or ()
        except FormError as fault:
            reason = fault.values.get("reason", fault)
            raise ExpressionRefusedError(where="/" + "/".join(context), expression=text, reason=reason) from fault

    def _read_group(self, node: Node, container: GenericPath, context: GenericPath) -> None:
        path = self._ref(node, context)
        if not path or path in self.repeats:
            if path:
                self.controls[path] = self.reader.control(node, path)
            self._read_body(node, container, context)
            return
        control = self.controls[path] = self.reader.control(node, path)
        self._show(container, path)
        shown = self.body.setdefault(path, [])
        self._read_body(node, path, path)
        if shown and shown[0][-1].startswith(_TABLE_LABEL) and not control.label.forms:
            control.label = self.controls[shown.pop(0)].label

    def _read_repeat(self, node: Node, container: GenericPath, context: GenericPath) -> None:
        path = self._ref(node, context)
        own = self.reader.control(node, path)
        outer = self.controls.get(path)
        if outer is not None:
            appearance = f"{outer.appearance} {own.appearance}".strip()
            label = outer.label if outer.label.forms else own.label
            own = Control("repeat", label, outer.hint, appearance)
        self.controls[path] = own
        count = node.attribute_ns(JAVAROSA, "count")
        if count and count.strip():
            self.counts[path] = self.expression(count, path)
        if count or node.attribute_ns(JAVAROSA, "noAddRemove") in ("true()", "true", "1"):
            self.fixed.add(path)
        self._show(container, path)
        self.body.setdefault(path, [])
        self._read_body(node, path, path)

    def _read_control(self, node: Node, container: GenericPath, context: GenericPath) -> None:
        path = self._ref(node, context)
        if not path:
            return
        if path not in self.controls:
            self.controls[path] = self.reader.control(node, path)
        self._show(container, path)
        for child in node.elements():
            self._read_action(child, path)

    def _show(self, container: GenericPath, path: GenericPath) -> None:
        self.body.setdefault(container, []).append(path)

    # -- actions -------------------------------------------------------------------------------------------------

    def _read_action(self, node: Node, source: GenericPath | None) -> None:
        if node.local not in ("setvalue", "setgeopoint", "recordaudio"):
            return
        context: GenericPath = source or ()
        target = self._ref(node, context)
        attribute = target[-1][1:] if target and target[-1].startswith("@") else ""
        if attribute:
            target = target[:-1]
        if not target:
            return
        text = node.attribute("value").strip() if node.local == "setvalue" else ""
        self.actions.append(
            Action(
                events=frozenset(node.attribute("event").split()),
                target=target,
                value=self.expression(text, target) if text else None,
                text=node.value(),
                source=source,
                name=node.local,
                attribute=attribute,
            )
        )

    # -- slots ---------------------------------------------------------------------------------------------------

    def _slot(self, node: Node, path: GenericPath, samples: list[Node]) -> Slot:
        children = self._slots_below(node, path) if node.children else []
        control = self.controls.get(path)
        bind = self.binds.get(path, _NOTHING)
        kind = self._kind(node, path, bind, control, bool(children))
        calculate = self._bind_expression(bind, "calculate", path)
        told = ":" in " ".join(bind)
        own = {name[3:]: text for name, text in bind.items() if name.startswith("fa:")} if told else _NOTHING
        attributes = node.given
        if attributes:
            attributes = {n: text for n, text in attributes.items() if not (n.endswith(":template") and node.uri_of(n) == JAVAROSA)}
        return Slot(
            path=path,
            kind=kind,
            type=bind.get("type", "string"),
            default="" if children else node.value(),
            control=control,
            children=tuple(children),
            relevant=self._bind_expression(bind, "relevant", path),
            required=self._bind_expression(bind, "required", path),
            readonly=self._bind_expression(bind, "readonly", path),
            constraint=self._bind_expression(bind, "constraint", path),
            calculate=calculate,
            constraint_message=self._message(bind, "jr:constraintMsg", path) if told else None,
            required_message=self._message(bind, "jr:requiredMsg", path) if told else None,
            preload=_preload(bind) if told else None,
            count=self.counts.get(path),
            fixed=path in self.fixed,
            samples=tuple(samples) if path in self.repeats else (),
            attributes=attributes,
            unit=own.get("unit", "").strip(),
            minimum=_number(own.get("min")),
            maximum=_number(own.get("max")),
            persisted=calculate is not None and calculate.volatile,
            own_attributes=own,
            places=_places(children) if children else _NO_PLACES,
        )

    def _slots_below(self, node: Node, path: GenericPath) -> list[Slot]:
        groups: dict[str, list[Node]] = {}
        for child in node.children:
            if child.kind == ELEMENT:
                groups.setdefault(child.name, []).append(child)
        children = []
        for name, family in groups.items():
            below = (*path, name)
            templates = [one for one in family if one.given and one.attribute_ns(JAVAROSA, "template") is not None]
            listed = [one for one in family if one not in templates] if templates else family
            children.append(self._slot((templates or listed)[0], below, listed))
        return children

    def _kind(self, node: Node, path: GenericPath, bind: Mapping[str, str], control: Control | None, container: bool) -> str:
        if path in self.repeats:
            return "repeat"
        if container or (control is not None and control.tag == "group"):
            return "group"
        calculated = bool(bind.get("calculate"))
        if control is None:
            return "calculate" if calculated else "hidden"
        if control.tag in _CONTROL_KINDS:
            return _CONTROL_KINDS[control.tag]
        if control.tag == "upload":
            major = control.media_type.split("/")[0]
            return major if major in ("image", "audio", "video") else "file"
        kind = _INPUT_KINDS.get(bind.get("type", ""), "string")
        still = bind.get("readonly", "").strip() == "true()"
        return "note" if kind == "string" and still and not calculated and not node.value() else kind

    def _message(self, bind: Mapping[str, str], name: str, path: GenericPath) -> Caption | None:
        text = bind.get(name)
        return self.captions.text(text, path) if text else None


def _refuse_loops(body: Mapping[GenericPath, list[GenericPath]], root: GenericPath) -> None:
    """Refuse a body in which a group stands inside itself: showing it would never end."""
    open_ones: list[GenericPath] = []
    work = [(root, iter(dict.fromkeys(body.get(root, ()))))]
    open_ones.append(root)
    ended: set[GenericPath] = set()
    while work:
        path, below = work[-1]
        inner = next(below, None)
        if inner is None:
            ended.add(path)
            open_ones.pop()
            work.pop()
        elif inner in open_ones:
            raise FormDamagedError(reason=f"the group /{'/'.join(inner)} stands inside itself.")
        elif inner not in ended and inner in body:
            open_ones.append(inner)
            work.append((inner, iter(dict.fromkeys(body[inner]))))


def _give_instance_id(primary: Node, root: GenericPath, binds: dict[GenericPath, dict[str, str]]) -> None:
    """Every instance has an id: a `meta` without a place for it gets one."""
    meta = primary.first("meta")
    if meta is None or meta.first("instanceID") is not None:
        return
    name = f"{meta.prefix}:instanceID" if meta.prefix else "instanceID"
    meta.append(Node(ELEMENT, name, meta.uri))
    binds[(*root, meta.name, name)] = {"type": "string", "readonly": "true()", "jr:preload": "uid"}


def _places(children: Sequence[Slot]) -> dict[str, int]:
    """Where the children before the first repeat and after the last always are, whatever repeats there are between."""
    repeats = [at for at, child in enumerate(children) if child.kind == "repeat"]
    if not repeats:
        return {child.name: at for at, child in enumerate(children)}
    found = {child.name: at for at, child in enumerate(children[: repeats[0]])}
    after = repeats[-1] + 1
    found.update({child.name: at - len(children) for at, child in enumerate(children[after:], after)})
    return found


def _preload(bind: Mapping[str, str]) -> tuple[str, str] | None:
    kind = bind.get("jr:preload")
    return (kind, bind.get("jr:preloadParams", "")) if kind else None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
