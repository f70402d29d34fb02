"""The company's checklists on the laptop: each filled by a random walk to its end, finished, and reported in both languages."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fieldapp.base.ids import Id, derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.documents import ServiceReport
from fieldapp.forms.refusals import AnswerNotTakenError
from fieldapp.operations import documents
from fieldapp.operations.checklists import Checklist, open_checklist, record_finding, save_answer
from fieldapp.operations.filling.asking import NUMBERS
from fieldapp.operations.filling.views import QuestionView
from fieldapp.operations.gathering.gather import gather
from fieldapp.operations.inspections import finish
from fieldapp.operations.session import FieldSession
from fieldapp.reports.content import InspectionReportData
from fieldapp.reports.documents import document
from fieldapp.reports.layout import render
from tests.operations.sheets import give_sheet
from tests.operations.world import SmallWorld

FORMS = tuple(f"T{number}" for number in range(1, 20))
HAN = re.compile("[\u4e00-\u9fff]")
TRIES = 12


def an_answer(view: QuestionView, dice: random.Random, session: FieldSession) -> str:
    """Any answer that the kind of a question takes."""
    if view.choices:
        return dice.choice(view.choices).value
    if view.kind in NUMBERS:
        low, high = float(view.minimum or 0), float(view.maximum or 90)
        number = dice.uniform(low - 1, high + 1)
        return str(round(number)) if view.kind == "integer" else f"{number:.1f}"
    if view.kind in ("date", "datetime"):
        at = session.clock.now() + timedelta(minutes=dice.randrange(-20_000, 20_000))
        return at.date().isoformat() if view.kind == "date" else at.isoformat(timespec="milliseconds")
    return "OK" if view.kind == "acknowledge" else dice.choice(("现场核对无误", "已与客户确认并记录在案", "编号 2026-11"))


def walk(sheet: Checklist, dice: random.Random, session: FieldSession) -> None:
    """Go from open item to open item with answers as they fall, some marked, rows added, until nothing is open or refused."""
    for section in sheet.sections:
        for view in sheet.questions(section.key):
            if view.may_add and view.relevant and dice.random() < 0.8:
                sheet.add_row(view.key, f"r{dice.randrange(10**6)}")
    tried: dict[str, int] = {}
    while (place := sheet.next_open()) is not None:
        view = sheet.question(place.key)
        tried[view.key] = tried.get(view.key, 0) + 1
        if dice.random() < 0.1 or tried[view.key] > TRIES:
            sheet.mark(view.key, *dice.choice((("na", ""), ("unchecked", "no_access"))))
            continue
        sheet.answer(view.key, an_answer(view, dice, session))
    while refused := [view for view in everything(sheet) if view.relevant and view.message is not None and not view.readonly]:
        for view in refused:
            tried[view.key] = tried.get(view.key, 0) + 1
            assert tried[view.key] < 4 * TRIES, view
            sheet.answer(view.key, None if tried[view.key] > 2 * TRIES else an_answer(view, dice, session))
            if view.counted and sheet.question(view.key).status == "open":
                sheet.mark(view.key, "unchecked", "no_time")


def everything(sheet: Checklist) -> list[QuestionView]:
    return [view for section in sheet.sections for view in sheet.questions(section.key) if not view.is_heading]


def complete(session: FieldSession, sheet: Checklist) -> None:
    """Save what was walked, and say of each abnormal item what was seen."""
    batch = sheet.take()
    assert batch is not None
    sheet.know(save_answer(session, batch))
    for view in everything(sheet):
        if view.relevant and view.status == "abnormal":
            sheet.know(record_finding(session, sheet.seed(view.key), description="现场所见异常", witness="陈敏", advice="下次复查"))


def gathered(session: FieldSession, report: Id) -> InspectionReportData:
    with session.reading() as reader:
        data: Any = gather(session, reader, reader.need(ServiceReport, report), session.clock.now()).data
    assert isinstance(data, InspectionReportData)
    return data


@pytest.mark.parametrize("name", FORMS)
def test_a_checklist_is_walked_to_its_end_and_reported_in_both_languages(field_session: FieldSession, world: SmallWorld, name: str) -> None:
    instance = give_sheet(field_session, world, resource(f"forms/{name}.xlsx"))
    sheet = open_checklist(field_session, instance)
    walk(sheet, random.Random(name), field_session)
    complete(field_session, sheet)
    again = open_checklist(field_session, instance)
    assert [replace(view, finding=None) for view in everything(again)] == [replace(view, finding=None) for view in everything(sheet)]
    view = finish(field_session, world.inspection)
    assert view.row.result in ("complete", "partial")
    assert (view.row.result == "partial") is (view.covered.unchecked > 0)
    # a value that the form calculates (the use of sessions) may be a finding, though nobody is asked for it
    assert {found.key for found in view.findings} == {each.key for each in everything(again) if each.relevant and each.status == "abnormal"}
    data = gathered(field_session, documents.draft_report(field_session, world.inspection, "inspection").line.report_id)
    labels = [result.label for annex in data.annexes for section in annex.sections for result in section.results]
    assert {view.label.zh for view in everything(again) if view.relevant and view.counted} <= {label.zh for label in labels}
    for label in labels:
        assert HAN.search(label.read("zh")) or label.read("zh").isascii(), label
        assert not HAN.search(label.read("en")), label
    for languages in ("both", "zh", "en"):
        pages = render(document(replace(data, front=replace(data.front, languages=languages))))
        assert pages.startswith(b"%PDF-1."), languages


def test_a_walk_never_leaves_the_form_in_another_state_than_the_answers_say(field_session: FieldSession, world: SmallWorld) -> None:
    for number, name in enumerate(("T5", "T11", "T17")):
        instance = give_sheet(field_session, world, resource(f"forms/{name}.xlsx"), id=derived_id("walked", name), position=number)
        sheet = open_checklist(field_session, instance)
        dice = random.Random(number)
        for _ in range(60):
            view = dice.choice([each for each in everything(sheet) if not each.readonly and each.kind != "note"])
            with suppress(AnswerNotTakenError):
                sheet.answer(view.key, dice.choice((None, an_answer(view, dice, field_session))))
        batch = sheet.take()
        assert batch is not None
        save_answer(field_session, batch)
        fresh = open_checklist(field_session, instance)
        assert [(view.key, view.value, view.relevant, view.status) for view in everything(fresh)] == [
            (view.key, view.value, view.relevant, view.status) for view in everything(sheet)
        ]
