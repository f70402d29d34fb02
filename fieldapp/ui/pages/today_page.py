"""Today: the visits of the shift in order, service clocks ticking, what is only here, whom to ring; ready to leave?"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldapp.base.i18n import say, time_text
from fieldapp.operations.cases import contacted
from fieldapp.operations.lookup.today import CaseClocks, DutyLine, Readiness, TodayView, TodayVisit, ready_to_leave, today
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card, EmptyState
from fieldapp.ui.widgets.layouts import Column, PageHeader, Pairs, Row, TwoColumns
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text
from fieldapp.ui.widgets.visit import ClockRow, VisitCard, VisitWords

__all__ = ["TodayPage"]

TICK_MS = 20_000


class TodayPage(Page):
    """The first page of the day. Clocks are read again every twenty seconds without touching the replica."""

    kinds = frozenset({"visit", "case", "case_activity", "form_instance", "finding", "case_clock", "duty_entry", "service_report"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.ready = PrimaryButton()
        self.ready.setObjectName("ready_to_leave")
        self.header = PageHeader([self.ready])
        self.readiness = Card(gap=GAP.tight)
        self.readiness.setObjectName("readiness")
        self.readiness_rows = Pairs()
        self.readiness.add(self.readiness_rows)
        self.readiness.hide()
        self.visits = Column()
        self.visits.setObjectName("visits")
        self.empty = EmptyState("today")
        self.empty.pressed.connect(lambda: ctx.navigate("sync"))
        self.columns = TwoColumns(side=300)
        for part in (self.header, self.readiness, self.visits, self.empty):
            self.columns.main.addWidget(part)
        self.columns.main.addStretch(1)
        self.clocks, self.here, self.people = Card(), Card(), Card()
        self.clock_rows, self.here_words, self.people_rows = Column(gap=GAP.small), Text("", "small"), Column(gap=GAP.small)
        self.clocks.add(self.clock_rows)
        self.export = SecondaryButton()
        self.export.setObjectName("go_sync")
        self.here.add(self.here_words, self.export)
        self.people.add(self.people_rows)
        for part in (self.clocks, self.here, self.people):
            self.columns.side.addWidget(part)
        self.columns.side.addStretch(1)
        self.body.addWidget(self.columns)
        self.body.addStretch(1)
        self._cards: list[tuple[TodayVisit, VisitCard]] = []
        self._rows: list[tuple[CaseClocks, ClockRow]] = []
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self.ready.clicked.connect(self._look)
        self.export.clicked.connect(lambda: ctx.navigate("sync"))

    def retranslate(self) -> None:
        """Titles and buttons."""
        self.ready.setText(self.t("Ready to leave?"))
        self.here.set_title(self.t("Only on this laptop"))
        self.people.set_title(self.t("Whom to ring now"))
        self.readiness.set_title(self.t("Ready to leave?"))
        self.export.setText(self.t("Go to sync"))

    def heading(self) -> str:
        """The window's title."""
        return self.t("Today")

    def load(self) -> Callable[[], TodayView]:
        """Ask the replica."""
        session = self.ctx.session
        return lambda: today(session)

    def render_view(self, view: TodayView) -> None:
        """Show the shift."""
        shift = self.t("day into night shift") if view.night else self.t("day shift")
        visits = self.t("{count} visits", count=len(view.visits))
        self.header.set_words(f"{self.day(view.day, long=True)} · {shift}", f"{visits} · {self._synced(view)}")
        if view.last_sync_at is None:
            self.empty.set_words(self.t("No work on this laptop yet"), self.t("The first sync brings it."), self.t("Go to sync"))
        else:
            self.empty.set_words(self.t("No visits in this shift"), self.t("New work comes with the next sync."), self.t("Go to sync"))
        self._cards = [(each, self._card(each)) for each in view.visits]
        self.visits.set_widgets([card for _, card in self._cards])
        self.empty.setVisible(not view.visits)
        self.clocks.set_title(self.t("Service clocks"), "")
        self._render_clocks(view)
        self.here.setVisible(view.only_here_items > 0)
        self.here_words.setText(" · ".join(self.read(each) for each in view.only_here))
        self.people.setVisible(bool(view.duty))
        self.people_rows.set_widgets([self._person(each) for each in view.duty])

    def _synced(self, view: TodayView) -> str:
        """The time of the last sync; with its date when that was another day."""
        if view.last_sync_at is None:
            return self.t("not synced yet")
        same = self.when(view.last_sync_at)[:10] == self.when(self.ctx.clock.now())[:10]
        return self.t("last sync {time}", time=self.time(view.last_sync_at) if same else self.when(view.last_sync_at))

    def _render_clocks(self, view: TodayView) -> None:
        self._rows = []
        widgets: list[QWidget] = [Text(self.read(view.certainty), "small")]
        for each in view.clocks[:6]:
            line = each.ticking.urgent(self.ctx.clock.now())
            if line is not None:
                detail = f"{each.severity} {self.read(line.name)} · {self.read(line.basis)}".strip()
                row = ClockRow(each.number, detail, self.read(line.state_words), cast(Tone, line.tone))
                self._rows.append((each, row))
                widgets.append(row)
        self.clock_rows.set_widgets(widgets)
        self.clocks.setVisible(bool(self._rows))

    def _chip(self, visit: TodayVisit) -> tuple[str, Tone, bool]:
        """A fault has a clock; a planned visit, or a fault whose clocks are met, its appointment."""
        if visit.ticking is not None:
            line = visit.ticking.urgent(self.ctx.clock.now())
            if line is not None:
                return self.read(line.chip), cast(Tone, line.tone), True
        if visit.done:
            return self.t("Left the site"), "met", False
        if visit.appointment_at is not None:
            return self.t("Appointment {time}", time=time_text(visit.appointment_at, visit.zone)), "neutral", False
        return "", "neutral", False

    def _card(self, visit: TodayVisit) -> VisitCard:
        words, tone, is_clock = self._chip(visit)
        actions = {"contact": self.t("Customer contacted"), "continue": self.t("Continue"), "open": self.t("Open visit")}
        right = []
        if visit.abnormal:
            right.append(self.t("abnormal {count}", count=visit.abnormal))
        if visit.left_over:
            right.append(self.t("left over from last time {count}", count=visit.left_over))
        card = VisitCard(
            VisitWords(
                time=time_text(visit.at, visit.zone) if visit.at else "",
                title=visit.place,
                subtitle=self.read(visit.work),
                contact=visit.contact,
                tags=tuple((self.read(tag.words), cast(Tone, tag.tone)) for tag in visit.tags),
                chip=words,
                chip_tone=tone,
                chip_is_clock=is_clock,
                action=actions[visit.action],
                progress=visit.answered / visit.total if visit.total else None,
                progress_left=self.t("answered {done} / {total}", done=visit.answered, total=visit.total),
                progress_right=" · ".join(right),
            )
        )
        card.setObjectName(f"visit_{visit.kind}")
        card.button.setObjectName(f"act_{visit.kind}")
        card.opened.connect(functools.partial(self._open, visit))
        card.acted.connect(functools.partial(self._act, visit))
        return card

    def _open(self, visit: TodayVisit) -> None:
        self.ctx.navigate("visit", visit_id=visit.visit_id)

    def _act(self, visit: TodayVisit) -> None:
        if visit.action != "contact":
            self._open(visit)
            return
        session = self.ctx.session
        self.run(lambda: contacted(session, visit.case_id), lambda _view: self.ctx.notify(say("Noted: customer contacted."), "met", 5))

    def _person(self, line: DutyLine) -> QWidget:
        # a hotline is often called just that; it is said once
        name = " · ".join(dict.fromkeys(part for part in (self.read(line.duty_words), line.name) if part))
        phone = Text(line.phone or line.note, "muted", wrap=False, selectable=True)
        words = Text(name)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, words.sizePolicy().verticalPolicy())
        return Row([words, phone])

    def tick(self) -> None:
        """Read the clocks again."""
        for visit, card in self._cards:
            words, tone, _ = self._chip(visit)
            card.set_chip(words, tone)
        for clocks, row in self._rows:
            line = clocks.ticking.urgent(self.ctx.clock.now())
            if line is not None:
                row.set_chip(self.read(line.state_words), cast(Tone, line.tone))

    def _look(self) -> None:
        if self.readiness.isVisible():
            self.readiness.hide()
            return
        session = self.ctx.session
        self.run(lambda: ready_to_leave(session), self._show_readiness, busy=(self.ready,))

    def _show_readiness(self, lines: tuple[Readiness, ...]) -> None:
        fine = sum(line.fine for line in lines)
        self.readiness.set_title(self.t("Ready to leave?"), self.t("{fine} of {count} ready", fine=fine, count=len(lines)))
        self.readiness_rows.set_pairs(
            (Tag(self.t("ok") if line.fine else self.t("see to it"), "met" if line.fine else "due"), Text(self.read(line.words)))
            for line in sorted(lines, key=lambda each: each.fine)
        )
        self.readiness.show()
