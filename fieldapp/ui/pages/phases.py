"""The five phases of a sync round as rows: changes, reports and signatures, news, photos, both ends compared."""

from __future__ import annotations

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.synchronise import PHASES
from fieldapp.ui.background import Step
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.widgets.layouts import Column
from fieldapp.ui.widgets.progress import ProgressRow

__all__ = ["SyncPhases"]

_NAMES: dict[str, tuple[Sentence, IconName]] = {
    "changes": (say("Changes"), "up"),
    "reports": (say("Reports and signatures"), "up"),
    "news": (say("News"), "down"),
    "photos": (say("Photos"), "up"),
    "check": (say("Both ends compared"), "check"),
}


class SyncPhases(Column):
    """Shows how far a round is. A Step's `done` is the phase's index plus its fraction; its words stand at the right."""

    def __init__(self) -> None:
        super().__init__(gap=0)
        self._language: Language = "zh"
        self.rows = {phase: ProgressRow(symbol=_NAMES[phase][1]) for phase in PHASES}
        self.set_widgets(self.rows.values())
        self._now = -1
        self._words = dict.fromkeys(PHASES, "")

    def retranslate(self, language: Language) -> None:
        """Name the phases in a language."""
        self._language = language
        for phase, row in self.rows.items():
            row.set_name(_NAMES[phase][0].read(language))

    def begin(self) -> None:
        """All phases wait."""
        self._now = -1
        for row in self.rows.values():
            row.show_phase("waiting", 0.0, say("Waiting").read(self._language))

    def advance(self, step: Step) -> None:
        """Show a step of the round."""
        now = min(int(step.done), len(PHASES) - 1)
        for index in range(max(self._now, 0), now):
            self._end(index)
        self._now = now
        words = step.words.read(self._language) if step.words else ""
        fraction = min(1.0, step.done - now)
        self._words[PHASES[now]] = words
        self.rows[PHASES[now]].show_phase("done" if fraction >= 1.0 else "now", fraction, words)

    def _end(self, index: int) -> None:
        self.rows[PHASES[index]].show_phase("done", 1.0, self._words[PHASES[index]])

    def finish(self) -> None:
        """All phases are done."""
        for index in range(len(PHASES)):
            self._end(index)

    def stop(self) -> None:
        """The round ended early: the phase it was in is marked."""
        if 0 <= self._now < len(PHASES):
            row = self.rows[PHASES[self._now]]
            row.show_phase("failed", row.bar.fraction, self._words[PHASES[self._now]])
