"""Visits of managers 走访 (row R164): irregular, with the questions of T16, for the evaluation of staff.

They stay at the centre. A visit that travelled would bring to an engineer's laptop what his customer said of him in confidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from fieldapp.base.clock import moment_from_text, moment_text
from fieldapp.base.errors import CentreError, FormError
from fieldapp.base.i18n import N_, Language, say
from fieldapp.base.ids import Id
from fieldapp.central.checklists.publishing import newest_forms
from fieldapp.central.desk import Desk
from fieldapp.central.refusals import BadEntry
from fieldapp.central.store.tables import walk_around
from fieldapp.domain.customers import Person, Site
from fieldapp.domain.inspections import FormVersion
from fieldapp.forms.definition import parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance
from fieldapp.forms.views import FormItem

__all__ = [
    "QUESTIONNAIRE",
    "Evaluation",
    "NoQuestionnaire",
    "Question",
    "WalkAround",
    "evaluations",
    "note_walk_around",
    "questionnaire",
    "questions",
    "ratings",
    "walk_arounds",
]

QUESTIONNAIRE = "T16"
LOW = 2
"""A rating of so much, of five, or less is told of by itself."""

_KINDS = frozenset({"string", "integer", "decimal", "date", "select_one"})
_SET_HERE = {"T16_06": "visit", "T16_06_date": ""}
"""What the visit itself answers: that it was one, and its day."""

_LONGEST = 4000


class NoQuestionnaire(CentreError):
    """The questions are not published."""

    code = "FA-639"
    message = N_("The questions of a visit ({form}) are not published, or cannot be read. Nothing was saved. Publish that form first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkAround:
    """One visit: who came on which day, whom he spoke with, and of which engineers. `answers`: key of the form -> text.

    `form` is the record of the version that was asked; `at` (aware) and `by`: when and by whom it was entered.
    """

    id: Id
    site_id: Id
    day: date
    manager_id: Id
    spoke_with: str = ""
    engineers: tuple[Id, ...] = ()
    form: Id = ""
    answers: Mapping[str, str]
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a visit; `group` heads those that belong together, `choices` are (value, label) pairs."""

    key: str
    group: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...]
    value: str
    words: str
    long: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What customers said of one engineer: visits, ratings given, their mean to one digit (None without any), how many were low,
    the day of the newest visit.
    """

    engineer: Id
    visits: int
    ratings: int
    mean: Decimal | None
    low: int
    newest: date


def questionnaire(desk: Desk) -> FormVersion:
    """The version of the questions that a visit asks now; NoQuestionnaire."""
    form = newest_forms(desk).get(QUESTIONNAIRE)
    if form is None:
        raise NoQuestionnaire(form=QUESTIONNAIRE)
    return form


def questions(desk: Desk, form: FormVersion, answers: Mapping[str, str], language: Language) -> tuple[Question, ...]:
    """What a visit asks, with what was answered; NoQuestionnaire for a form that cannot be read."""
    opened = _opened(desk, form, answers)
    groups = {item.key: item.label for item in opened.questions(language) if item.kind == "group"}
    return tuple(_question(item, groups.get(item.parent, "")) for item in opened.questions(language) if _is_asked(item))


def _opened(desk: Desk, form: FormVersion, answers: Mapping[str, str]) -> FormInstance:
    try:
        return FormInstance.open(parse(form.xform), dict(answers), Environment(now=desk.service.clock.now()))
    except FormError as fault:
        raise NoQuestionnaire(form=form.form_id) from fault


def _is_asked(item: FormItem) -> bool:
    return item.kind in _KINDS and item.relevant and not item.readonly and item.name not in _SET_HERE


def _question(item: FormItem, group: str) -> Question:
    choices = tuple((each.value, each.label) for each in item.choices)
    words = dict(choices).get(item.value, item.value)
    return Question(item.key, group, item.label, item.kind, choices, item.value, words, "multiline" in item.looks, item.required)


def note_walk_around(desk: Desk, wanted: WalkAround) -> WalkAround:
    """Keep a visit. `id`, `form`, `at` and `by` are set here.

    UnknownThing for a site or person that is not there; BadEntry for a day to come, for an answer that the form does not take,
    and when nothing was answered; NoQuestionnaire.
    """
    site, form = desk.get(Site, wanted.site_id), questionnaire(desk)
    now = desk.service.clock.now()
    if wanted.day > now.astimezone(ZoneInfo(site.zone)).date():
        raise BadEntry(field=say("Day"))
    desk.get(Person, wanted.manager_id)
    for engineer in wanted.engineers:
        desk.get(Person, engineer)
    kept = WalkAround(
        id=desk.service.ids.new(),
        site_id=site.id,
        day=wanted.day,
        manager_id=wanted.manager_id,
        spoke_with=wanted.spoke_with.strip()[:200],
        engineers=tuple(dict.fromkeys(wanted.engineers)),
        form=form.id,
        answers=_taken(desk, form, wanted),
        at=now,
        by=desk.name[:80],
    )
    row = {
        "id": kept.id,
        "site": kept.site_id,
        "day": kept.day.isoformat(),
        "manager": kept.manager_id,
        "spoke_with": kept.spoke_with,
        "engineers": json.dumps(list(kept.engineers)),
        "form": kept.form,
        "answers": json.dumps(dict(kept.answers), ensure_ascii=False, sort_keys=True),
        "at": moment_text(now),
        "by": kept.by,
    }
    with desk.service.store.writing() as connection:
        connection.execute(insert(walk_around).values(row))
    return kept


def _taken(desk: Desk, form: FormVersion, wanted: WalkAround) -> dict[str, str]:
    """The answers that the form takes, with those that the visit itself gives; BadEntry names the question that is wrong."""
    opened = _opened(desk, form, {})
    told = {key: text.strip() for key, text in wanted.answers.items() if text.strip()}
    for key, text in told.items():
        item = next((each for each in opened.questions() if each.key == key), None)
        if item is None or not _is_asked(item) or len(text) > _LONGEST:
            raise BadEntry(field=item.label if item is not None else key[:80])
        if item.kind == "select_one" and text not in [each.value for each in item.choices]:
            raise BadEntry(field=item.label)
        try:
            opened.answer(key, text)
        except FormError as fault:
            raise BadEntry(field=item.label) from fault
    if not told:
        raise BadEntry(field=say("Questions"))
    problems = opened.validate()
    if problems:
        raise BadEntry(field=opened.item(problems[0].key).label)
    for item in list(opened.questions()):
        if item.name in _SET_HERE:
            opened.answer(item.key, _SET_HERE[item.name] or wanted.day.isoformat())
    return dict(opened.rows)


def walk_arounds(desk: Desk) -> tuple[WalkAround, ...]:
    """All visits, the newest first."""
    with desk.service.store.reading() as connection:
        rows = connection.execute(select(walk_around).order_by(walk_around.c.day.desc(), walk_around.c.id.desc())).all()
    return tuple(
        WalkAround(
            id=row.id,
            site_id=row.site,
            day=date.fromisoformat(row.day),
            manager_id=row.manager,
            spoke_with=row.spoke_with,
            engineers=tuple(json.loads(row.engineers)),
            form=row.form,
            answers=json.loads(row.answers),
            at=moment_from_text(row.at),
            by=row.by,
        )
        for row in rows
    )


def ratings(desk: Desk, visit: WalkAround, known: dict[Id, tuple[str, ...]]) -> tuple[int, ...]:
    """The ratings of a visit, 1 to 5: answers of the questions whose choices are just these numbers.

    `known` keeps the keys of these questions by form, so that each form is read once; begin with an empty one.
    """
    if visit.form not in known:
        form = desk.get(FormVersion, visit.form)
        scale = {"1", "2", "3", "4", "5"}
        rated = [each for each in questions(desk, form, {}, "zh") if {value for value, _ in each.choices} == scale]
        known[visit.form] = tuple(each.key for each in rated)
    return tuple(int(visit.answers[key]) for key in known[visit.form] if key in visit.answers)


def evaluations(desk: Desk) -> tuple[Evaluation, ...]:
    """What was said of each engineer of whom a visit spoke, by the engineer's name."""
    known: dict[Id, tuple[str, ...]] = {}
    of: dict[Id, list[tuple[date, tuple[int, ...]]]] = {}
    for visit in walk_arounds(desk):
        given = ratings(desk, visit, known)
        for engineer in visit.engineers:
            of.setdefault(engineer, []).append((visit.day, given))
    names = {each.id: each.name for each in desk.find(Person)}
    found = []
    for engineer, told in of.items():
        given = tuple(each for _, some in told for each in some)
        mean = (Decimal(sum(given)) / len(given)).quantize(Decimal("0.1"), ROUND_HALF_UP) if given else None
        low = sum(each <= LOW for each in given)
        found.append(Evaluation(engineer, len(told), len(given), mean, low, max(day for day, _ in told)))
    return tuple(sorted(found, key=lambda each: (names.get(each.engineer, ""), each.engineer)))
