"""The seeded data that sync is measured with: cases, activities and answers of checklists, and what two engineers do to them.

A size of 1 is 5,000 cases, 20,000 activities and 40,000 answers: 65,000 rows. Answers are fields of form instances, 60 to each;
the instances (727 at size 1, of which 60 are still empty) come on top. The same seed gives the same data everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource, SeededRandomness
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.customers import Customer, Person, Site
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.records import Plain, Record, kind_of, to_plain

__all__ = ["ANSWERS", "CASES", "EMPTY_FORMS", "LEFT", "PER_FORM", "START", "Data", "Made", "answer_text", "key_of", "make", "some_text"]

START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
CASES, ACTIVITIES, ANSWERS, PER_FORM, EMPTY_FORMS, SITES = 5_000, 20_000, 40_000, 60, 60, 40
LEFT = 10
"""So many empty checklists are left after the day of W2."""
_WORDS = """
replaced checked restarted backup firmware switch disk power module verified cable firewall upgrade log port fan alarm
更换 检查 重启 备份 固件 交换机 磁盘 电源 模块 确认 线缆 防火墙 升级 日志 端口 风扇 告警 清除 现场 客户
"""
_ENGLISH, _CHINESE = (line.split() for line in _WORDS.split("\n")[1:3])


def some_text(chance: random.Random, words: int) -> str:
    """Words of the trade, Chinese and English mixed."""
    return " ".join(chance.choice(_CHINESE if chance.random() < 0.5 else _ENGLISH) for _ in range(words))


def answer_text(chance: random.Random) -> str:
    """One answer: a result, a reading, and a remark in three of ten."""
    result = chance.choice(("ok", "ok", "ok", "n/a", "fail"))
    remark = " " + some_text(chance, 2) if chance.random() < 0.3 else ""
    return f"{result} {chance.random() * 100:.2f}{remark}"


def key_of(number: int) -> str:
    """The key of the question with a number."""
    return f"/data/group{number // 10}/Q{number:03d}"


@dataclass(frozen=True, slots=True)
class Made:
    """One record as plain values, its answers among them."""

    kind: str
    id: Id
    values: dict[str, Plain]


@dataclass(frozen=True)
class Data:
    """Who and what there is. `sites`, `cases`, `forms`, `empty`: identities; `records` yields everything, in the order of making."""

    size: float
    people: tuple[Person, ...]
    customers: tuple[Customer, ...]
    sites: tuple[Site, ...]
    cases: list[Id] = field(default_factory=list)
    activities: list[Id] = field(default_factory=list)
    forms: list[Id] = field(default_factory=list)
    empty: list[Id] = field(default_factory=list)
    site_of: dict[Id, Id] = field(default_factory=dict)


def make(size: float = 1.0, engineers: int = 2, empty: int = EMPTY_FORMS) -> tuple[Data, Iterator[Made]]:
    """The data of a size, and its records one by one; the lists of `Data` are full once all records were drawn."""
    chance = random.Random(20261121)
    ids = IdSource(TurnableClock(START - timedelta(days=30)), SeededRandomness(11))
    people = tuple(Person(id=ids.new(), name=f"工程师{number:03d}") for number in range(engineers))
    customers = tuple(Customer(id=ids.new(), name=f"客户{number:04d}") for number in range(SITES))
    sites = tuple(Site(id=ids.new(), customer_id=each.id, name=f"站点{number:04d}") for number, each in enumerate(customers))
    data = Data(size, people, customers, sites)

    def moment() -> datetime:
        return START - timedelta(seconds=chance.randrange(86_400, 90 * 86_400))

    def records() -> Iterator[Record]:
        yield from (*people, *customers, *sites)
        for number in range(round(CASES * size)):
            site, opened = chance.choice(sites), moment()
            case = Case(
                id=ids.new(),
                number=f"CS-2026-{number:07d}",
                customer_id=site.customer_id,
                site_id=site.id,
                summary=some_text(chance, 5),
                description=some_text(chance, 18),
                status=chance.choice(("assigned", "responded", "on_site", "restored")),
                severity=f"P{chance.randint(1, 4)}",
                owner_id=chance.choice(people).id,
                reported_at=opened,
                created_at=opened,
                assigned_at=opened + timedelta(minutes=9),
            )
            data.cases.append(case.id)
            data.site_of[case.id] = site.id
            yield case
        for _ in range(round(ACTIVITIES * size)):
            about, who = chance.choice(data.cases), chance.choice(people)
            activity = CaseActivity(
                id=ids.new(),
                case_id=about,
                site_id=data.site_of[about],
                kind=chance.choice(("visit", "call", "part", "note")),
                at=moment(),
                author_id=who.id,
                author_name=who.name,
                text=some_text(chance, 6),
            )
            data.activities.append(activity.id)
            yield activity

    def forms() -> Iterator[Made]:
        left = round(ANSWERS * size)
        count = -(-left // PER_FORM)
        for place in range(count + empty):
            form = FormInstance(id=ids.new(), site_id=chance.choice(sites).id, form_id="quarterly", form_version="2026.1", position=place)
            answers = {key_of(number): answer_text(chance) for number in range(min(PER_FORM, left) if place < count else 0)}
            left -= len(answers)
            (data.forms if answers else data.empty).append(form.id)
            yield Made("form_instance", form.id, {**to_plain(form), **answers})

    def everything() -> Iterator[Made]:
        for record in records():
            yield Made(kind_of(record).name, record.id, to_plain(record))
        yield from forms()

    return data, everything()
