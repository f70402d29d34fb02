"""The XForm as a FormDefinition: questions, groups, repeats, choices, actions, texts; read once, never changed.

The shapes of which a form has hundreds are not frozen by the interpreter: that takes five times as long as making them.
Paths are generic, without positions: ("data", "disks", "T1_15_slot"). The reading of the XML is in `definition`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fieldapp.forms.nodes import Node
from fieldapp.forms.xpath.functions import Closure
from fieldapp.forms.xpath.paths import GenericPath, Reference

__all__ = [
    "Action",
    "Caption",
    "Choice",
    "Control",
    "Expression",
    "FormDefinition",
    "GenericPath",
    "Itemset",
    "Slot",
]


@dataclass(slots=True, eq=False)
class Expression:
    """An expression of the form: its text, what it reads, and its closure. `volatile` ones differ each time."""

    text: str
    reads: tuple[Reference, ...]
    run: Closure
    volatile: bool = False


Part = str | Expression


@dataclass(slots=True, eq=False)
class Caption:
    """A text in all languages, in several forms: "" is the text itself; image, audio, guidance, short are others.

    `reference` is an expression that yields the text or an itext id instead (labels that are computed).
    """

    forms: Mapping[str, Mapping[str, tuple[Part, ...]]] = field(default_factory=dict)

    @property
    def spoken(self) -> bool:
        """Whether it says anything that depends on answers."""
        for by_language in self.forms.values():
            for parts in by_language.values():
                for part in parts:
                    if not isinstance(part, str):
                        return True
        return False

    def parts(self, language: str, form: str = "") -> tuple[Part, ...]:
        """The parts in a language; the first language that has any when this one has none."""
        by_language = self.forms.get(form, {})
        if language in by_language:
            return by_language[language]
        return next(iter(by_language.values()), ())

    def expressions(self) -> Iterator[Expression]:
        """The `<output>` expressions in any language."""
        for by_language in self.forms.values():
            for parts in by_language.values():
                yield from (part for part in parts if isinstance(part, Expression))


@dataclass(slots=True, eq=False)
class Choice:
    """A choice that the form lists itself."""

    value: str
    label: Caption


@dataclass(slots=True, eq=False)
class Itemset:
    """Choices that come from nodes: `nodes` yields them; value and label are names (or paths) below each.

    `label_itext` is whether the label is the id of a text. `dynamic` is whether the choices depend on answers.
    `columns` names the children whose texts are the label (of `search(…)`): several with commas, in each language its own.
    """

    nodes: Expression
    value: Expression
    label: Expression
    label_itext: bool
    dynamic: bool
    columns: Caption | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """At one of `events` something goes to `target`; `source` is the question whose change fires it.

    `name` is setvalue (the value of `value`, or `text`), setgeopoint (the place of the environment) or recordaudio (which
    no desktop does by itself; it is kept for who asks). `attribute` is the attribute of the target that is meant, if any.
    """

    events: frozenset[str]
    target: GenericPath
    value: Expression | None
    text: str
    source: GenericPath | None = None
    name: str = "setvalue"
    attribute: str = ""


@dataclass(slots=True, eq=False)
class Control:
    """What the body shows for a node: an input, a select, a range, a trigger, an upload, a group or a repeat."""

    tag: str
    label: Caption
    hint: Caption
    appearance: str = ""
    media_type: str = ""
    choices: tuple[Choice, ...] = ()
    itemset: Itemset | None = None
    range: tuple[float, float, float] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Slot:
    """One node of the primary instance with everything that is said of it.

    `kind`: group, repeat, or for questions integer, decimal, string, select_one, select_multiple, rank, date, time,
    datetime, image, audio, video, file, barcode, geopoint, geotrace, geoshape, note, range, acknowledge, calculate,
    hidden, boolean. `type` is that of the bind. `samples` are the instances that the form itself lists of a repeat;
    `fixed` forbids adding and removing them. `persisted` marks a calculated value that must be kept as an answer (once,
    random, uuid). `places` says where among its children a node has those that stand before its first repeat or after its last
    (counted from the end). `unit`, `minimum`, `maximum` and `own_attributes` come from the `fa:*` attributes of the bind.
    """

    path: GenericPath
    kind: str
    type: str
    default: str = ""
    control: Control | None = None
    children: tuple[Slot, ...] = ()
    relevant: Expression | None = None
    required: Expression | None = None
    readonly: Expression | None = None
    constraint: Expression | None = None
    calculate: Expression | None = None
    constraint_message: Caption | None = None
    required_message: Caption | None = None
    preload: tuple[str, str] | None = None
    count: Expression | None = None
    fixed: bool = False
    samples: tuple[Node, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    persisted: bool = False
    own_attributes: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The node name, for checklist items the code (`T1_08`)."""
        return self.path[-1]

    @property
    def is_container(self) -> bool:
        """Whether this is a group, a repeat or the root."""
        return self.kind in ("group", "repeat")

    def walk(self) -> Iterator[Slot]:
        """This slot and all below, in the order of the instance."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, eq=False)
class FormDefinition:
    """A form, read and checked. `body` lists what the screen shows below a container, in order.

    `languages` are the names of translations, the default first. `instances` are the documents of secondary
    instances; `sources` the addresses of external ones (`jr://file/limits.csv`).
    """

    form_id: str
    version: str
    title: str
    root: Slot
    slots: Mapping[GenericPath, Slot]
    body: Mapping[GenericPath, tuple[GenericPath, ...]]
    languages: tuple[str, ...]
    texts: Mapping[str, Caption]
    instances: Mapping[str, Node]
    sources: Mapping[str, str]
    actions: tuple[Action, ...]
    namespaces: Mapping[str, str]
    repeats: frozenset[GenericPath]
    style: str = ""
    instance_name: Expression | None = None
    primary_id: str = ""

    def language(self, wanted: str) -> str:
        """The name of the translation that serves a language: `zh` finds `中文 (zh)`; the default when none fits."""
        for name in self.languages:
            if name == wanted or name.endswith(f"({wanted})") or name.split("-")[0].split("_")[0] == wanted:
                return name
        return self.languages[0] if self.languages else ""

    def questions(self) -> Iterator[Slot]:
        """The slots that hold an answer and have a control, in the order of the instance."""
        return (slot for slot in self.root.walk() if not slot.is_container and slot.control is not None)
