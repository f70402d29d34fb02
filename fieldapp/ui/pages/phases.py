"""The five phases of a sync round as rows: changes, reports and signatures, news, photos, both ends compared."""

from __future__ import annotations

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.laptop.synchronise import PHASES, RoundView
from fieldapp.ui.background import Step
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.widgets.layouts import Column
from fieldapp.ui.widgets.progress import PhaseState, ProgressRow

__all__ = ["SyncPhases"]

_NAMES: dict[str, tuple[Sentence, IconName]] = {
    "changes": (say("Changes made here"), "up"),
    "reports": (say("Reports and signatures"), "up"),
    "news": (say("News"), "down"),
    "photos": (say("Photos and files"), "up"),
    "check": (say("Both ends compared"), "check"),
}
_WAITING = say("Waiting")
_DONE = say("Done")


class SyncPhases(Column):
    """Shows how far a round is. A Step's `done` is the phase's index plus its fraction; its words stand at the right."""

    def __init__(self) -> None:
        super().__init__(gap=0)
        self._language: Language = "zh"
        self.rows: dict[str, ProgressRow] = {phase: ProgressRow(symbol=_NAMES[phase][1]) for phase in PHASES}
        self.set_widgets(self.rows.values())
        self._now = 0
        self._shown: dict[str, tuple[PhaseState, float, Sentence]] = dict.fromkeys(PHASES, ("waiting", 0.0, _WAITING))

    def retranslate(self, language: Language) -> None:
        """Say everything in a language."""
        self._language = language
        for phase, row in self.rows.items():
            row.set_name(_NAMES[phase][0].read(language))
            state, fraction, words = self._shown[phase]
            row.show_phase(state, fraction, words.read(language))

    def begin(self) -> None:
        """All phases wait."""
        self._now = 0
        for phase in PHASES:
            self._show(phase, "waiting", 0.0, _WAITING)

    def advance(self, step: Step) -> None:
        """Show a step of the round."""
        now = min(int(step.done), len(PHASES) - 1)
        for index in range(self._now, now):
            self._end(index)
        self._now = now
        self._show(PHASES[now], "now", min(1.0, step.done - now), step.words or Sentence(""))

    def finish(self, found: RoundView | None = None) -> None:
        """All phases are done; `found` is the round, whose amounts stand beside the phases that moved something."""
        for index in range(len(PHASES)):
            self._end(index)
        if found is not None:
            amounts = {
                "changes": (found.pushed, say("{count} with receipt", count=found.pushed)),
                "news": (found.pulled, say("{count} new or changed", count=found.pulled)),
                "photos": (found.blobs, say("{count} sent or fetched", count=found.blobs)),
            }
            for phase, (count, words) in amounts.items():
                if count:
                    self._show(phase, "done", 1.0, words)

    def stop(self) -> None:
        """The round ended early: the phase it was in is marked."""
        _, fraction, words = self._shown[PHASES[self._now]]
        self._show(PHASES[self._now], "failed", fraction, words)

    def _end(self, index: int) -> None:
        words = self._shown[PHASES[index]][2]
        if "done" in words.values:  # "3 / 4" beside a phase that is over would ask where the fourth is
            words = _DONE
        self._show(PHASES[index], "done", 1.0, Sentence("") if words is _WAITING else words)

    def _show(self, phase: str, state: PhaseState, fraction: float, words: Sentence) -> None:
        self._shown[phase] = (state, fraction, words)
        self.rows[phase].show_phase(state, fraction, words.read(self._language))
