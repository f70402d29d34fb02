"""The sync page: conflicts settled by a person, a round with its phases, what is only here, what was not taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from fieldapp.base.i18n import say
from fieldapp.base.ids import derived_id
from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Conflict
from fieldapp.operations.cases import contacted
from fieldapp.operations.laptop import synchronise as operations
from fieldapp.operations.laptop.synchronise import PHASES, RoundView
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Watch
from fieldapp.replica.tables import OUTBOX
from fieldapp.sync.refusals import CentreUnreachable
from fieldapp.ui.background import Step
from fieldapp.ui.pages import sync_page
from fieldapp.ui.pages.phases import SyncPhases
from tests.operations.world import ENGINEER, SmallWorld, give, local
from tests.ui.pages.staging import Desktop

Work = Callable[[FieldSession, Watch], RoundView]


@pytest.fixture
def conflicted(desktop: Desktop, world: SmallWorld) -> Desktop:
    """A desktop with one conflict about the telephone of the case's caller."""
    conflict = Conflict(
        id=derived_id("conflict"),
        engineer_id=ENGINEER,
        kind="case",
        record_id=world.case,
        field="caller_phone",
        before='"021-5550 1888"',
        mine='"138 0000 4471"',
        theirs='"021-5550 1999"',
        mine_by=ENGINEER,
        theirs_by="调度",
        mine_at=local(7, 30),
        theirs_at=local(7, 40),
        state="open",
    )
    give(desktop.session, conflict)
    with desktop.session.writing() as work:
        work.save(replace(work.need(Case, world.case), caller_phone="138 0000 4471"))
    desktop.go("sync")
    return desktop


def phone(desktop: Desktop, world: SmallWorld) -> str:
    with desktop.session.reading() as reader:
        return reader.need(Case, world.case).caller_phone


def answer(monkeypatch: pytest.MonkeyPatch, work: Work) -> None:
    monkeypatch.setattr(sync_page, "synchronise", work)


@pytest.mark.parametrize(("button", "after"), [("keep_mine", "138 0000 4471"), ("take_theirs", "021-5550 1999")])
def test_a_conflict_is_settled_with_one_button_and_opened_again(conflicted: Desktop, world: SmallWorld, button: str, after: str) -> None:
    words = conflicted.words(conflicted.find(QWidget, "conflicts"))
    assert {"需要你决定", "修改前", "本机", "服务端", "021-5550 1888", "138 0000 4471", "021-5550 1999"} <= set(words)
    conflicted.press(button)
    assert phone(conflicted, world) == after
    assert not conflicted.sees(button)
    conflicted.press("undo_settlement")
    assert phone(conflicted, world) == "021-5550 1999"
    assert conflicted.sees(button)


def test_a_third_value_is_typed_and_outlives_a_redraw(conflicted: Desktop, world: SmallWorld) -> None:
    conflicted.press("enter_other")
    field = conflicted.find(QLineEdit, "other_value")
    assert field.text() == "138 0000 4471"
    field.setText("139 0000 5555")
    contacted(conflicted.session, world.case)
    conflicted.settle()
    assert conflicted.find(QLineEdit, "other_value").text() == "139 0000 5555"
    conflicted.press("cancel_other")
    assert not conflicted.sees("other_value")
    conflicted.press("enter_other")
    conflicted.find(QLineEdit, "other_value").setText("139 0000 5555")
    conflicted.press("use_other")
    assert phone(conflicted, world) == "139 0000 5555"
    assert "已另填" in conflicted.words()


def test_nothing_to_sync_says_so(desktop: Desktop) -> None:
    page = desktop.go("sync")
    assert "本机尚未完成过同步。" in desktop.words()
    assert not page.findChildren(QWidget, "only_here")[0].isVisible()


def test_what_is_only_here_is_listed_record_by_record(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("sync", show="where")
    contacted(desktop.session, world.case)
    desktop.settle()
    words = desktop.words(desktop.find(QWidget, "only_here"))
    assert words[0] == "工单 · CS-2026-00417"
    assert words[1].startswith("1 处修改 · 自 2026-11-23 08:00")


def test_what_the_centre_did_not_take_is_kept_with_the_reason(desktop: Desktop, world: SmallWorld) -> None:
    contacted(desktop.session, world.case)
    with desktop.session.replica.transaction() as connection:
        connection.execute(sa.update(OUTBOX).where(OUTBOX.c.kind == "case").values(verdict="rejected", reason="centre_decides"))
    desktop.go("sync")
    words = desktop.words()
    assert "服务端未接收" in words
    assert "此项由服务台决定,以服务端值为准;你的值已保留。" in words


def test_a_round_shows_its_phases_and_its_end(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(_session: FieldSession, watch: Watch) -> RoundView:
        tell = operations.progress_of(watch)
        for phase in PHASES:
            tell(phase, 1, 2, 1200)
            tell(phase, 2, 2, 2400)
        words = say("Sent {pushed} changes, received {pulled}; both ends agree.", pushed=2, pulled=3)
        return RoundView(True, words, 2, 3, 0, 0, 0, 2400)

    answer(monkeypatch, work)
    page = desktop.go("sync")
    desktop.press("sync_now")
    assert "发出 2 项,收到 3 项,两端一致" in desktop.words()
    phases = page.findChildren(SyncPhases)[0]
    assert [row.bar.fraction for row in phases.rows.values()] == [1.0] * 5
    assert phases.rows["photos"].words.text() == "已完成"
    desktop.ctx.choose(language="en")
    assert "Photos and files" in desktop.words(phases)
    assert not desktop.sees("sync_cancel")


def test_a_round_without_network_says_that_nothing_is_lost(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(_session: FieldSession, watch: Watch) -> RoundView:
        watch.tell(0.4, 5)
        raise CentreUnreachable

    answer(monkeypatch, work)
    desktop.go("sync", begin=True)
    assert desktop.said == [CentreUnreachable().read("en")]
    assert CentreUnreachable().read("zh") in desktop.words()
    desktop.press("sync_now")
    assert len(desktop.said) == 2


def test_a_round_can_be_stopped(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    page = desktop.go("sync")
    answer(monkeypatch, lambda _session, watch: _until_stopped(watch))
    page.findChildren(QAbstractButton, "sync_now")[0].click()
    assert desktop.sees("sync_cancel")
    desktop.press("sync_cancel")
    assert "已暂停。已发出的内容均安全,其余下次继续。" in desktop.words()


def _until_stopped(watch: Watch) -> RoundView:
    while True:
        watch.tell(0.2, 5)


def test_phases_mark_where_a_round_broke_off(desktop: Desktop) -> None:
    phases = SyncPhases()
    phases.retranslate("en")
    phases.begin()
    phases.advance(Step(1.5, 5, say("Nothing to do")))
    phases.stop()
    assert phases.rows["changes"].bar.fraction == 1.0
    assert phases.rows["reports"].accessibleName() == "Reports and signatures: Nothing to do"
    assert phases.rows["photos"].words.text() == "Waiting"


def test_phases_that_are_done_say_how_much_they_moved(desktop: Desktop) -> None:
    phases = SyncPhases()
    phases.retranslate("zh")
    phases.begin()
    phases.finish(RoundView(True, say("Compared"), 272, 86, 0, 0, 0, 2400))
    said = {phase: row.words.text() for phase, row in phases.rows.items()}
    assert (said["changes"], said["news"], said["photos"]) == ("272 项已有回执", "86 条", "")
