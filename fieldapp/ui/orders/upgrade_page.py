"""An upgrade gate by gate: what is done, what is open and what opens the rest; evidence, people, deviations, the way back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from fieldapp.operations.changing.views import GateLine, UpgradeView
from fieldapp.operations.upgrades import upgrade
from fieldapp.ui.orders.backup_panel import BackupPanel
from fieldapp.ui.orders.computing import Computing
from fieldapp.ui.orders.gate_panels import DocumentsPanel, EndPanel, RollbackPanel, StepsPanel, VerifyPanel
from fieldapp.ui.orders.panel import GatePanel
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import DangerButton, LinkButton
from fieldapp.ui.widgets.cards import Card, KeyValueList
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row, TwoColumns
from fieldapp.ui.widgets.steps import GateList, GateWords
from fieldapp.ui.widgets.texts import Text

__all__ = ["UpgradePage"]

_TONES: dict[str, Tone] = {"done": "met", "open": "accent", "running": "due", "failed": "breached", "locked": "neutral"}
_FIRST_STEP = 6


class UpgradePage(Page):
    """Registered as "upgrade". Argument `order_id`. One gate's panel is open at a time, right under the gate."""

    kinds = frozenset(
        {"upgrade_order", "upgrade_step", "backup_record", "approval", "scheduled_event", "visit_person", "site_rule", "contract"}
    )

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.way_back = DangerButton()
        self.way_back.setObjectName("rollback_plan")
        self.header = PageHeader([self.way_back])
        self.above, self.below = GateList(), GateList()
        self.backup = BackupPanel(self)
        self.rollback = RollbackPanel(self)
        self.panels: dict[int, GatePanel] = {
            1: DocumentsPanel(self),
            2: self.backup,
            3: self.backup,
            4: self.backup,
            6: StepsPanel(self),
            7: VerifyPanel(self),
            8: EndPanel(self),
        }
        self.opened = 0
        self.computing = Computing(self)
        self.gate_card = Card(gap=GAP.medium)
        self.gate_card.add(self.above, *dict.fromkeys(self.panels.values()), self.below)
        self.evidence, self.criteria, self.people, self.deviations = Card(), Card(), Card(), Card()
        self.kind_rows, self.data_rule = KeyValueList(value_role="bold"), Text("", "small")
        self.checks = Column(gap=0)
        self.evidence.add(self.kind_rows, self.data_rule, self.checks)
        self.criteria_text = Text("", "muted")
        self.criteria.add(self.criteria_text)
        self.people_rows, self.deviation_rows = Column(gap=GAP.tight), Column(gap=GAP.small)
        self.people.add(self.people_rows)
        self.deviations.add(self.deviation_rows)
        columns = TwoColumns(side=272, least=520)
        for part in (self.header, self.rollback, self.gate_card):
            columns.main.addWidget(part)
        columns.main.addStretch(1)
        for part in (self.evidence, self.criteria, self.people, self.deviations):
            columns.side.addWidget(part)
        columns.side.addStretch(1)
        self.body.addWidget(columns)
        self._connect()

    def _connect(self) -> None:
        self.rollback.hide()
        self.way_back.clicked.connect(self._show_way_back)
        self.above.acted.connect(lambda index: self._act(index + 1))
        self.below.acted.connect(lambda index: self._act(self._split + index + 1))
        for gates in (self.above, self.below):
            gates.cancelled.connect(lambda _index: self.computing.cancel())
        self.backup.compute_wanted.connect(lambda wish: self.computing.start(str(self.arguments["order_id"]), wish))
        self.computing.moved.connect(self._move)
        self.computing.turned.connect(self._show_again)
        self.computing.recorded.connect(self._written)
        for panel in {*self.panels.values(), self.rollback}:
            panel.recorded.connect(self._written)
            panel.hide()

    @property
    def _split(self) -> int:
        """How many gates stand above the open panel."""
        return self.opened or 8

    def open(self, **arguments: Any) -> None:
        """Show another upgrade; what was typed for the one before is forgotten."""
        if arguments != self.arguments:
            self.opened, self.view = 0, None
            for panel in {*self.panels.values(), self.rollback}:
                panel.clear()
            self.rollback.hide()
        super().open(**arguments)

    def retranslate(self) -> None:
        """Titles and buttons."""
        self.way_back.setText(self.t("Rollback plan"))
        self.evidence.set_title(self.t("Backup evidence"))
        self.criteria.set_title(self.t("Rollback criteria"))
        self.people.set_title(self.t("People present"))
        self.deviations.set_title(self.t("Deviations"))
        self.data_rule.setText(self.t("A data backup counts inside the window, after the business stopped."))
        for panel in {*self.panels.values(), self.rollback}:
            panel.retranslate()

    def heading(self) -> str:
        """The window's title."""
        return self.t("Upgrade")

    def load(self) -> Callable[[], UpgradeView]:
        """Ask the replica."""
        session, order_id = self.ctx.session, str(self.arguments["order_id"])
        return lambda: upgrade(session, order_id)

    def render_view(self, view: UpgradeView) -> None:
        """Show the upgrade."""
        title = self.t("Upgrade {before} → {after}", before=view.from_version, after=view.to_version)
        change = self.t("change {number} {review}", number=view.number, review=view.review_words) if view.number else ""
        parts = [view.customer, self.t("application {name}", name=view.application), change, self.read(view.window)]
        if view.window_now is not None and view.state in ("open", "running"):
            parts.append(self.t("now {deviation}", deviation=view.window_now))
        self.header.set_words(title, " · ".join(part for part in parts if part))
        self._show_gates(view)
        for number, panel in self.panels.items():
            if number == self.opened or (panel is not self.backup and not panel.isHidden()):
                if panel is self.backup:
                    self.backup.show_subject(view.gates[number - 1].key.removeprefix("backup_"))
                panel.render_view(view)
        self.rollback.render_view(view)
        self._show_side(view)

    def _show_gates(self, view: UpgradeView) -> None:
        words = [self._gate(gate, view) for gate in view.gates]
        self.above.set_gates(words[: self._split])
        self.below.set_gates(words[self._split :])
        self.below.setVisible(self._split < len(words))
        shown = self.panels.get(self.opened)
        for panel in set(self.panels.values()):
            panel.setVisible(panel is shown)

    def _gate(self, gate: GateLine, view: UpgradeView) -> GateWords:
        running = self.computing.runs_for(view.order_id, gate.number)
        return GateWords(
            number=str(gate.number),
            title=self.read(gate.title),
            detail=self.read(gate.detail) if gate.detail is not None else "",
            state=self.computing.percent if running else self.read(gate.state_words),
            tone="due" if running else _TONES[gate.state],
            done=gate.state == "done" and not running,
            progress=self.computing.fraction if running else None,
            progress_words=self.computing.words if running else "",
            can_cancel=running,
            action="" if running else self._action(gate, view),
            no_return=gate.number == _FIRST_STEP,
        )

    def _action(self, gate: GateLine, view: UpgradeView) -> str:
        """The words of a gate's button; none where there is nothing to do or to look at."""
        if gate.number == self.opened:
            return self.t("Close")
        if gate.state == "locked":
            return ""
        if gate.number == 5:
            return self.t("Have the approval signed") if view.can["approval"].allowed and gate.state != "done" else ""
        if gate.state == "done":
            return self.t("Look at it") if gate.number == _FIRST_STEP else ""
        return {
            1: self.t("Hand over documents"),
            6: self.t("Record the steps"),
            7: self.t("Record the verification"),
            8: self.t("Explain and finish"),
        }.get(gate.number, self.t("Record or check evidence"))

    def _act(self, number: int, _checked: bool = False) -> None:
        if number == 5:
            self.ctx.navigate("report", order_id=str(self.arguments["order_id"]), kind="change_approval")
            return
        self.opened = 0 if self.opened == number else number
        if self.view is not None:
            self.render_view(self.view)

    def _show_way_back(self) -> None:
        self.rollback.setVisible(self.rollback.isHidden())
        if self.scroll_area is not None and self.rollback.isVisible():
            self.scroll_area.verticalScrollBar().setValue(0)

    def _show_side(self, view: UpgradeView) -> None:
        rows = [(self.read(kind), str(count)) for kind, count in view.kinds]
        self.kind_rows.set_rows(rows or [(self.t("None yet"), "0")])
        self.checks.set_widgets(self._ways_to_checks(view))
        self.criteria_text.setText(view.rollback.criteria or self.t("None came with this change."))
        people: list[QWidget] = []
        for each in view.people:
            role = each.role or (self.t("standing by at the telephone") if each.standby else "")
            people.append(Text(" · ".join(part for part in (each.name, role) if part), "muted" if each.standby else "body"))
        self.people_rows.set_widgets(people or [Text(self.t("Nobody is noted on this visit."), "muted")])
        count = len(view.deviations)
        words = self.t("{count} deviations", count=count)
        rows_of: list[QWidget] = [Text(words, "body", "due") if count else Text(words, "muted")]
        rows_of += [Text(self.read(each), "small") for each in view.deviations]
        self.deviation_rows.set_widgets(rows_of)

    def _ways_to_checks(self, view: UpgradeView) -> list[QWidget]:
        """Buttons to evidence that is complete: it can be read again until the first step."""
        ways: list[QWidget] = []
        for number, words in ((2, self.t("Original application")), (3, self.t("Related files")), (4, self.t("Data"))):
            if view.gates[number - 1].state == "done":
                way = LinkButton(self.t("Check: {what}", what=words))
                way.setObjectName(f"evidence_{number}")
                way.clicked.connect(functools.partial(self._act, number))
                ways.append(Row([way, None]))
        return ways

    def _written(self, view: UpgradeView) -> None:
        """Go on where the work is: a panel whose gate is done closes."""
        if view.order_id != self.arguments.get("order_id"):
            return
        before = self.view
        self.view = view
        if self.opened and view.gates[self.opened - 1].state == "done" and before is not None:
            was = before.gates[self.opened - 1].state
            self.opened = self.opened if was == "done" else 0
        self.render_view(view)

    def _move(self) -> None:
        """Move the bar of the gate that the computation belongs to."""
        job = self.computing
        if self.view is None or not job.runs_for(self.view.order_id, job.gate):
            return
        above = job.gate <= self._split
        gates, index = (self.above, job.gate - 1) if above else (self.below, job.gate - 1 - self._split)
        gates.set_progress(index, job.fraction, job.words, job.percent)

    def _show_again(self) -> None:
        if self.view is not None:
            self._show_gates(self.view)
