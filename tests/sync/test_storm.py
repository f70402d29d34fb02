"""Two laptops, a dispatcher, and a network that loses things, in any order: nothing is lost, doubled or left behind."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.base.clock import TurnableClock
from fieldapp.domain.cases import Case
from fieldapp.domain.inspections import FormInstance
from fieldapp.sync.refusals import CentreUnreachable
from tests.sync.laptop import START, Laptop, at_centre
from tests.sync.reference import Books, ReferenceCentre

Step = tuple[str, int, int, str]

STEPS = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, 1), st.integers(0, 2), st.sampled_from(["cause", "solution"])),
    st.tuples(st.just("answer"), st.integers(0, 1), st.integers(0, 3), st.sampled_from(["", "x", "y"])),
    st.tuples(st.just("new"), st.integers(0, 1), st.just(0), st.just("")),
    st.tuples(st.just("delete"), st.integers(0, 1), st.integers(0, 2), st.just("")),
    st.tuples(st.just("round"), st.integers(0, 1), st.integers(0, 9), st.sampled_from(["<", ">", "<", ">", "none"])),
    st.tuples(st.just("dispatcher"), st.just(0), st.integers(0, 2), st.sampled_from(["cause", "number"])),
    st.tuples(st.just("centre"), st.just(0), st.just(0), st.sampled_from(["backup", "restore", "whole", "hide"])),
    st.tuples(st.just("disk"), st.integers(0, 1), st.just(0), st.sampled_from(["backup", "restore"])),
    st.tuples(st.just("reopen"), st.integers(0, 1), st.just(0), st.just("")),
)


class Storm:
    """The world of one example."""

    def __init__(self, folder: Path, template: Path, echo: bool) -> None:
        clock = TurnableClock(START)
        self.folder = folder
        self.centre = ReferenceCentre(clock, echo=echo)
        self.laptops = [Laptop(folder / f"laptop{n}", self.centre, template, n + 1, clock) for n in range(2)]
        self.form = self.laptops[0].save(FormInstance(id=self.laptops[0].ids.new()))
        self.cases = [self.laptops[0].case(summary=f"case {n}").id for n in range(3)]
        for laptop in self.laptops:
            laptop.finish()
        self.kept: Books | None = None
        self.backed_up: set[int] = set()
        self.written = 0

    def step(self, what: str, who: int, number: int, detail: str) -> None:
        """One thing happens."""
        self.written += 1
        laptop = self.laptops[who]
        getattr(self, f"_{what}")(laptop, who, number, detail)
        laptop.sound()

    def _edit(self, laptop: Laptop, _: int, number: int, name: str) -> None:
        with laptop.replica.reading() as reader:
            case = reader.get(Case, self.cases[number])
        if case is not None:
            text = f"edit {self.written}"
            laptop.save(replace(case, cause=text) if name == "cause" else replace(case, solution=text))

    def _answer(self, laptop: Laptop, _: int, number: int, value: str) -> None:
        with laptop.replica.reading() as reader:
            here = reader.get(FormInstance, self.form.id)
        if here is not None:
            laptop.answer(self.form.id, **{f"T1_{number}": f"{value}{self.written}" if value else None})

    def _new(self, laptop: Laptop, _: int, __: int, ___: str) -> None:
        laptop.case(summary=f"new {self.written}")

    def _delete(self, laptop: Laptop, _: int, number: int, __: str) -> None:
        with laptop.replica.reading() as reader:
            here = reader.get(Case, self.cases[number])
        if here is not None:
            laptop.clock.advance(seconds=1)
            with laptop.replica.writing() as work:
                work.delete(Case, self.cases[number])

    def _round(self, laptop: Laptop, _: int, place: int, what: str) -> None:
        seen = 0

        def fault(crossing: str) -> bool:
            nonlocal seen
            seen += 1
            return crossing.endswith(what) and seen > place

        try:
            laptop.round(fault)
        except CentreUnreachable:
            assert what != "none"

    def _dispatcher(self, _: Laptop, __: int, number: int, name: str) -> None:
        key = ("case", self.cases[number])
        if not self.centre.books.records[key].deleted:
            self.centre.put(*key, {name: f"dispatcher {self.written}"})

    def _centre(self, laptop: Laptop, _: int, __: int, what: str) -> None:
        stored = self.centre.books.records["form_instance", self.form.id]
        if what == "backup" and self.kept is None:
            self.kept = self.centre.backup()
        elif what == "restore" and self.kept is not None:
            self.centre.restore(self.kept)
            self.kept = None
            for each in self.laptops:
                each.may_differ = True  # the plain centre of these tests does not know what a restore took from whom
        elif what == "whole":
            self.centre.whole_for.add(laptop.device)
        elif what == "hide":
            self.centre.hide("form_instance", self.form.id, hidden=not stored.hidden)

    def _disk(self, laptop: Laptop, who: int, _: int, what: str) -> None:
        backup = self.folder / f"backup{who}"
        if what == "backup":
            laptop.copy_to(backup)
            self.backed_up.add(who)
        elif who in self.backed_up:
            with laptop.replica.reading() as reader:
                lost = reader.unreceipted().changes
            if not lost:  # what was never sent is lost with the disk; nothing can bring that back
                laptop.restore(backup)

    def _reopen(self, laptop: Laptop, _: int, __: int, ___: str) -> None:
        laptop.reopen()

    def settle(self) -> None:
        """The faults stop: a bounded number of rounds later both laptops show what the centre holds, and all have receipts."""
        for _ in range(2):
            for laptop in self.laptops:
                laptop.finish(limit=6)
        for laptop in self.laptops:
            laptop.sound()
            assert laptop.shown() == at_centre(self.centre)
            before = laptop.shown()
            assert laptop.round().pulled == 0
            assert laptop.shown() == before
            self._accounted(laptop)

    def _accounted(self, laptop: Laptop) -> None:
        """Every Change has a receipt, and what was not applied stands where a person sees it."""
        with laptop.replica.reading() as reader:
            assert reader.unreceipted().changes == 0
            for verdict in reader.verdicts():
                if verdict.verdict == "conflict":
                    assert ("conflict", verdict.conflict_id) in self.centre.books.records


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=18), echo=st.booleans())
def test_whatever_happens_nothing_is_lost_and_all_agree_in_the_end(template: Path, steps: list[Step], echo: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storm = Storm(Path(folder), template, echo)
        try:
            for step in steps:
                storm.step(*step)
            storm.settle()
        finally:
            for laptop in storm.laptops:
                laptop.replica.close()
