"""A centre that was put back has lost records that laptops still show: an edit of one gives it back whole."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Conflict
from fieldapp.domain.inspections import FormInstance
from fieldapp.operations.laptop.journal import JournalKeeper, keep_journal, take_in
from fieldapp.operations.laptop.synchronise import sync_view, synchronise
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Unwatched
from fieldapp.sync.refusals import CentreUnreachable
from fieldapp.wire.protocol import Exchange, ExchangeReply
from tests.operations.firm import Firm


@pytest.fixture
def firm(firm: Firm) -> Firm:
    """The firm, with a case of 李明."""
    firm.world.case_at_bank(firm.world.li)
    return firm


def backup(firm: Firm) -> Path:
    """A backup of the centre, which goes on."""
    place = firm.folder / "backup"
    firm.world.service.close()
    shutil.copytree(firm.world.service.settings.folder, place)
    firm.world = firm.world.reopened()
    return place


def put_back(firm: Firm, place: Path) -> None:
    """The centre as it was at its backup, in a new epoch."""
    firm.world.service.close()
    shutil.rmtree(firm.world.service.settings.folder)
    shutil.copytree(place, firm.world.service.settings.folder)
    firm.world = firm.world.reopened()
    firm.world.service.begin_epoch()


def edit(session: FieldSession, case: Id, **fields: object) -> None:
    with session.writing() as work:
        work.save(replace(work.need(Case, case), **fields))  # type: ignore[arg-type]  # names and values of the record


def test_an_edit_of_a_record_that_the_centre_lost_gives_it_back_whole(firm: Firm) -> None:
    session, place = firm.laptop("own"), backup(firm)
    case = firm.world.case_at_bank(firm.world.li)
    was = firm.world.desk.get(Case, case)
    assert firm.sync(session).complete
    edit(session, case, cause="风扇")
    put_back(firm, place)
    assert firm.sync(session).complete, "within one round"
    now = firm.world.desk.get(Case, case)
    assert (now.cause, now.site_id, now.summary, now.number, now.severity) == ("风扇", was.site_id, was.summary, was.number, was.severity)
    with session.reading() as reader:
        assert reader.need(Case, case) == now
    view = sync_view(session)
    assert (view.rejected, view.conflicts) == ((), ())


def test_a_checklist_that_the_centre_lost_comes_back_with_all_answers(firm: Firm) -> None:
    session, place = firm.laptop("own"), backup(firm)
    instance = FormInstance(id=session.ids.new(), site_id=firm.world.bank_site.id, form_id="T1")
    firm.world.desk.save(instance)
    firm.world.desk.answer(instance.id, {"/data/a": "1", "/data/b": "2"})
    assert firm.sync(session).complete
    for key, value in (("/data/b", "3"), ("/data/c", "4")):
        with session.writing() as work:
            work.answer(instance.id, {key: value})
    put_back(firm, place)
    assert firm.sync(session).complete
    with session.reading() as reader:
        assert reader.answers(instance.id) == {"/data/a": "1", "/data/b": "3", "/data/c": "4"}
    assert firm.world.desk.get(FormInstance, instance.id).site_id == firm.world.bank_site.id


def test_two_laptops_that_give_the_same_record_again_merge_their_edits(firm: Firm) -> None:
    one, other = firm.laptop("own"), firm.laptop("other", firm.world.wang.id)
    place = backup(firm)
    case = firm.world.case_at_bank(firm.world.li)
    firm.world.desk.fix_engineer(firm.world.wang.id, firm.world.bank_site.id)
    firm.sync(one)
    firm.sync(other)
    edit(one, case, cause="风扇", description="一")
    edit(other, case, solution="更换", description="二")
    put_back(firm, place)
    firm.world.desk.fix_engineer(firm.world.wang.id, firm.world.bank_site.id)
    assert firm.sync(one).complete
    firm.world.desk.save(replace(firm.world.desk.get(Case, case), summary="服务端后来的", caller_name="赵"))
    assert firm.sync(other).complete
    now = firm.world.desk.get(Case, case)
    assert (now.cause, now.solution, now.description) == ("风扇", "更换", "一")
    assert (now.summary, now.caller_name) == ("服务端后来的", "赵"), "what was not edited changes nothing"
    (clash,) = firm.world.desk.find(Conflict)
    assert (clash.field, clash.mine, clash.theirs, clash.engineer_id) == ("description", '"二"', '"一"', firm.world.wang.id)


def test_what_the_laptop_shows_no_more_stays_refused_and_told(firm: Firm) -> None:
    session, place = firm.laptop("own"), backup(firm)
    case = firm.world.case_at_bank(firm.world.li)
    firm.sync(session)
    edit(session, case, cause="风扇")
    with session.writing() as work:
        work.delete(Case, case)
    put_back(firm, place)
    assert firm.sync(session).complete
    assert all(each.id != case for each in firm.world.desk.find(Case))
    (told,) = sync_view(session).rejected
    assert told.reason.read("en") == "The service desk does not know this record any more. Your entry is kept."


def taken_over(firm: Firm) -> tuple[FieldSession, FieldSession]:
    """A laptop with a safety copy, which will be lost, and the one that will take over its work."""
    lost, new = firm.laptop("old"), firm.laptop("new")
    stick = firm.folder / "stick"
    stick.mkdir()
    keep_journal(lost, stick)
    return lost, new


def edited_and_taken_over(firm: Firm, lost: FieldSession, new: FieldSession, case: Id) -> None:
    """The lost laptop edited a case and never sent it; the new one takes its safety copy in."""
    assert firm.sync(lost).complete
    edit(lost, case, cause="风扇")
    JournalKeeper(lost).catch_up()
    take_in(new, firm.folder / "stick", firm.line(new))


def test_a_record_that_only_a_lost_laptop_edited_is_given_again_by_the_one_that_took_it_over(firm: Firm) -> None:
    lost, new = taken_over(firm)
    place = backup(firm)
    case = firm.world.case_at_bank(firm.world.li)
    edited_and_taken_over(firm, lost, new, case)
    assert firm.sync(new).complete
    was = firm.world.desk.get(Case, case)
    put_back(firm, place)
    firm.world.service.revoke(lost.replica.device)
    assert firm.sync(new).complete, "within one round"
    assert firm.world.desk.get(Case, case) == was
    assert (was.cause, sync_view(new).rejected) == ("风扇", ())


def test_what_was_taken_over_and_is_shown_nowhere_any_more_stays_refused_and_told(firm: Firm) -> None:
    lost, new = taken_over(firm)
    place = backup(firm)
    case = firm.world.case_at_bank(firm.world.li)
    edited_and_taken_over(firm, lost, new, case)
    put_back(firm, place)
    firm.world.service.revoke(lost.replica.device)
    assert firm.sync(new).complete
    assert all(each.id != case for each in firm.world.desk.find(Case))
    (told,) = sync_view(new).rejected
    assert told.reason.read("en") == "The service desk does not know this record any more. Your entry is kept."


class Forgetful:
    """The centre, whose answer to one of the exchanges is lost."""

    def __init__(self, firm: Firm, session: FieldSession, lost: int) -> None:
        self._peer = firm.world.service.peer(session.replica.device)
        self._left = lost

    def exchange(self, request: Exchange) -> ExchangeReply:
        reply = self._peer.exchange(request)
        self._left -= 1
        if self._left == 0:
            raise CentreUnreachable
        return reply

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peer, name)


def test_a_reply_lost_while_a_record_is_given_again_doubles_nothing(firm: Firm) -> None:
    session, place = firm.laptop("own"), backup(firm)
    case = firm.world.case_at_bank(firm.world.li)
    firm.sync(session)
    edit(session, case, cause="风扇")
    put_back(firm, place)
    for lost in (2, 1, 2, 1):
        with suppress(CentreUnreachable):
            synchronise(session, Unwatched(), Forgetful(firm, session, lost))
    assert firm.sync(session).complete
    assert firm.world.desk.get(Case, case).cause == "风扇"
    assert (sync_view(session).rejected, firm.world.desk.find(Conflict)) == ((), [])
