"""A checklist as it stands: its sections and questions as frozen views, made anew only where something changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from fieldapp.base.errors import FormError, InputError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.domain.inspections import Coverage, Finding, coverage
from fieldapp.forms.instance import FormInstance as OpenForm
from fieldapp.forms.views import FormItem, computed_keys
from fieldapp.operations.filling.asking import Surroundings, question
from fieldapp.operations.filling.views import Place, QuestionView, SectionView, Words

__all__ = ["Board", "NoSuchQuestion"]

_IDS = re.compile(r"\{[^}]*\}")


class NoSuchQuestion(InputError):
    """A key that the form does not have (any more)."""

    code = "FA-161"
    message = N_("This question is not in the checklist any more. Nothing was changed. Open the checklist again.")


class Board:
    """The views of one open form, by section; what changes them is in `checklists.Checklist`."""

    def __init__(self, form: OpenForm, around: Surroundings, notes: dict[str, str], findings: list[Finding], title: Words) -> None:
        """`notes` are the annotations (keys with "#"); `title` names the section of what stands outside all groups."""
        self._form = form
        self._around = around
        self._notes = notes
        self._findings = {each.key: each for each in findings if each.key}
        self._title = title
        self._touched: set[str] = set()
        self._views: dict[str, QuestionView] = {}
        self._order: dict[str, tuple[str, ...]] = {}
        self._groups: dict[str, str] = {}
        self._shown = {path for paths in form.definition.body.values() for path in paths}
        self._rebuild()

    @property
    def sections(self) -> tuple[SectionView, ...]:
        """The sections that apply, in the form's order, with their progress."""
        found = []
        for key, keys in self._order.items():
            views = [self._views[each] for each in keys]
            group = self._groups[key]
            if not (self._views[group].relevant if group else any(each.relevant for each in views)):
                continue
            counted = _coverage(views)
            title = self._views[group].label if group else self._title
            found.append(SectionView(key, title, counted.answered, counted.total, counted.abnormal))
        return tuple(found)

    def questions(self, section: str) -> tuple[QuestionView, ...]:
        """Everything that stands in a section (by its key), headings and what does not apply included."""
        return tuple(self._views[key] for key in self._order.get(section, ()))

    def printed(self, section: str) -> tuple[QuestionView, ...]:
        """What stands in a section on paper: also computed values that no screen asks for, if the form has words for them."""
        views = list(self.questions(section))
        order, computed = computed_keys(self._form.definition, self._form.document())
        asked = sorted((order[key], home) for home, keys in self._order.items() for key in (home, *keys) if key in order)
        for key in computed:
            group = next((each for each, top in self._groups.items() if top and key.startswith(f"{top}/")), "")
            before = [home for at, home in asked if at < order[key]] or [home for _, home in asked[:1]]
            if section == (group or before[-1]):
                at = next((n for n, view in enumerate(views) if order.get(view.key, 0) > order[key]), len(views))
                views.insert(at, self._view(self._form.item(key, "zh"), self._form.item(key, "en")))
        return tuple(views)

    def question(self, key: str) -> QuestionView:
        """One question by its key; NoSuchQuestion."""
        found = self._views.get(key)
        if found is None:
            raise NoSuchQuestion
        return found

    @property
    def coverage(self) -> Coverage:
        """How many counted questions that apply have which result."""
        return _coverage(self._views.values())

    def position(self, key: str) -> tuple[int, int]:
        """The number of a question among those that count and apply (for others: of the one before), and how many there are."""
        at = total = 0
        passed = False
        for each in self._all():
            counts = each.counted and each.relevant
            total += counts
            at += counts and not passed
            passed = passed or each.key == key
        return (at if passed else 0), total

    def next_open(self, key: str = "") -> Place | None:
        """The next question that waits for an answer after a key, going round; None when none waits."""
        keys = [each.key for each in self._all()]
        start = keys.index(key) + 1 if key in keys else 0
        for each in (*keys[start:], *keys[:start]):
            view = self._views[each]
            if view.counted and view.relevant and view.status == "open":
                return self.place(each)
        return None

    def place(self, key: str) -> Place | None:
        """Where a question stands among the sections that apply."""
        for index, section in enumerate(self.sections):
            if key in self._order[section.key]:
                return Place(index, key)
        return None

    def first_in(self, row: str) -> str:
        """The key of the first question of a row (by the row's key); "" when it has none."""
        return next((each.key for each in self._all() if each.key.startswith(f"{row}/") and not each.is_heading), "")

    def instance_xml(self) -> str:
        """The answers as an instance of the form, in the canonical XML of ODK: what applies, in a fixed order."""
        return self._form.instance_xml()

    def gaps(self) -> tuple[tuple[str, Sentence], ...]:
        """Abnormal items whose finding is not complete: (key, what is missing first)."""
        found: list[tuple[str, Sentence]] = []
        for view in self._all():
            if view.relevant and view.status == "abnormal":
                gap = view.finding.gaps[:1] if view.finding else (say("a note of what is abnormal"),)
                found += [(view.key, each) for each in gap]
        return tuple(found)

    def refused(self) -> tuple[QuestionView, ...]:
        """Questions whose answer the form does not allow; a mark (n.a., not checked) stands in its place."""
        return tuple(
            each
            for each in self._all()
            if each.relevant
            and each.value
            and each.message is not None
            and not each.readonly
            and each.status not in ("na", "unchecked", "open")
        )

    # how views come about

    def _all(self) -> list[QuestionView]:
        return [self._views[key] for keys in self._order.values() for key in keys]

    def _refresh(self, changed: frozenset[str]) -> frozenset[str]:
        """Make the views of some keys anew, or all (and return none) when the form has other rows than before."""
        made = set()
        try:
            for key in changed:
                old = self._views.get(key)
                if old is not None and old.kind != "repeat":
                    chinese, english = self._form.item(key, "zh"), self._form.item(key, "en")
                    self._views[key] = replace(self._view(chinese, english), depth=old.depth)
                    made.add(key)
                elif tuple(_IDS.sub("", key).strip("/").split("/")) in self._shown:
                    self._rebuild()
                    return frozenset()
        except FormError:  # a key of rows that are gone
            self._rebuild()
            return frozenset()
        return frozenset(made)

    def _view(self, item: FormItem, english: FormItem) -> QuestionView:
        result, reason = self._notes.get(f"{item.key}#result", ""), self._notes.get(f"{item.key}#reason", "")
        return question(item, english, result, reason, self._findings.get(item.key), self._around)

    def _rebuild(self) -> None:
        """Make all views anew and put them into sections: the groups at the top, and each run of what stands between them."""
        self._views.clear()
        self._groups.clear()
        section, order = "", dict[str, list[str]]()
        for item, english in zip(self._form.questions("zh"), self._form.questions("en"), strict=True):
            view = self._view(item, english)
            self._views[view.key] = view
            if view.depth == 0 and (view.kind == "group" or not section or self._groups[section]):
                section = view.key
                order[section] = []
                self._groups[section] = section if view.kind == "group" else ""
                if view.kind == "group":
                    continue
            order[section].append(view.key)
        self._order = {key: tuple(keys) for key, keys in order.items()}


def _coverage(views: Iterable[QuestionView]) -> Coverage:
    return coverage(each.status for each in views if each.counted and each.relevant)
