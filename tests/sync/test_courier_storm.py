"""Files and rounds over the network in any order, with files lost, doubled and late: nothing is lost, doubled or left behind."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.documents import Attachment, Conflict
from fieldapp.sync.courier import OtherLife
from fieldapp.sync.refusals import CentreUnreachable
from tests.central.world import World
from tests.sync.carried import CarriedLaptop

Step = tuple[str, int, int]

STEPS = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.just("note"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("photo"), st.integers(0, 1), st.integers(1, 300)),
    st.tuples(st.just("out"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("hand"), st.integers(0, 1), st.integers(0, 5)),
    st.tuples(st.just("hand"), st.integers(0, 1), st.just(-1)),
    st.tuples(st.just("take"), st.integers(0, 1), st.integers(0, 5)),
    st.tuples(st.just("take"), st.integers(0, 1), st.just(-1)),
    st.tuples(st.just("round"), st.integers(0, 1), st.integers(0, 6)),
    st.tuples(st.just("desk"), st.just(0), st.integers(0, 1)),
    st.tuples(st.just("copy"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("restore"), st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.just("centre"), st.just(0), st.integers(0, 2)),
)


@pytest.fixture(scope="module")
def centre_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed centre with two cases of two engineers at one site."""
    made = World.make(tmp_path_factory.mktemp("centre") / "centre")
    for person in (made.li, made.wang):
        made.case_at_bank(person)
    made.service.close()
    return made


class Storm:
    """The world of one example."""

    def __init__(self, folder: Path, centre: World, template: Path) -> None:
        self.folder = folder
        self.world = centre.copied(folder / "centre")
        people = (self.world.li, self.world.wang)
        self.laptops = [CarriedLaptop(folder / f"laptop{n}", self.world, template, people[n], n + 1) for n in range(2)]
        for laptop in self.laptops:
            laptop.finish()
        self.cases = [each.id for each in self.world.desk.find(Case)]
        self.outs: list[list[Path]] = [[], []]
        self.backs: list[list[Path]] = [[], []]
        self.promised: list[set[str]] = [set(), set()]
        self.photos: list[set[str]] = [set(), set()]
        self.backups: dict[int, tuple[set[str], set[str]]] = {}
        self.centre_kept = False
        self.disk_is_older = False
        self.number = 0

    def step(self, what: str, who: int, number: int) -> None:
        """One thing happens."""
        self.number += 1
        self.world.clock.advance(minutes=7)
        laptop = self.laptops[who]
        getattr(self, f"_{what}")(laptop, who, number)
        for each in self.laptops:
            each.sound()

    def _edit(self, laptop: CarriedLaptop, _: int, number: int) -> None:
        with laptop.replica.reading() as reader:
            case = reader.get(Case, self.cases[number])
        if case is not None:
            laptop.save(replace(case, cause=f"edit {self.number}"))

    def _note(self, laptop: CarriedLaptop, who: int, _: int) -> None:
        text = f"note {self.number}"
        case = self.world.desk.find(Case)[0]
        laptop.save(CaseActivity(id=laptop.ids.new(), case_id=case.id, site_id=case.site_id, text=text))
        self.promised[who].add(text)

    def _photo(self, laptop: CarriedLaptop, who: int, size: int) -> None:
        kept = laptop.blobs.put(f"photo {self.number}".encode() * size * 100)
        laptop.save(Attachment(id=laptop.ids.new(), owner_kind="case", owner_id=self.cases[0], digest=kept.digest, size=kept.size))
        self.photos[who].add(kept.digest)

    def _out(self, laptop: CarriedLaptop, who: int, _: int) -> None:
        laptop.files += 1
        path = self.folder / f"{who}-{laptop.files}-out.courier"
        laptop.out(f"../{path.name}")
        self.outs[who].append(path)

    def _hand(self, laptop: CarriedLaptop, who: int, which: int) -> None:
        if self.outs[who]:
            laptop.files += 1
            answer = laptop.handed(self.outs[who][which % len(self.outs[who])])
            kept = self.folder / f"{who}-{laptop.files}-{answer.name}"
            shutil.move(answer, kept)
            self.backs[who].append(kept)

    def _take(self, laptop: CarriedLaptop, who: int, which: int) -> None:
        if self.backs[who]:
            before = laptop.waiting()
            try:
                laptop.take(self.backs[who][which % len(self.backs[who])])
            except OtherLife:
                assert laptop.waiting() == before

    def _round(self, laptop: CarriedLaptop, _: int, place: int) -> None:
        seen = 0

        def fault(crossing: str) -> bool:
            nonlocal seen
            seen += 1
            return place > 0 and seen > place

        try:
            laptop.round(fault)
        except CentreUnreachable:
            assert place

    def _desk(self, _: CarriedLaptop, __: int, number: int) -> None:
        found = self.world.desk.get(Case, self.cases[number])
        assert found is not None
        self.world.desk.save(replace(found, cause=f"desk {self.number}"))

    def _copy(self, laptop: CarriedLaptop, who: int, _: int) -> None:
        laptop.copy_to(self.folder / f"backup{who}")
        self.backups[who] = set(self.promised[who]), set(self.photos[who])

    def _restore(self, laptop: CarriedLaptop, who: int, outside: int) -> None:
        """What was never sent is lost with a disk; so only a laptop that has sent all is put back."""
        if who in self.backups and laptop.waiting() == (0, 0):
            number = laptop.incarnations.read()
            self.disk_is_older = True
            laptop.restore(self.folder / f"backup{who}")
            if outside and number:
                laptop.incarnations.write(number)

    def _centre(self, _: CarriedLaptop, __: int, what: int) -> None:
        """The centre is backed up once, and once put back."""
        if what == 2:
            self.world.service.ask_for_the_whole(self.laptops[0].device)
            return
        kept, live = self.folder / "centre.backup", self.world.service.settings.folder
        self.world.service.close()
        if not self.centre_kept:
            shutil.copytree(live, kept)
            self.centre_kept = True
            self.disk_is_older = False
            self._open_centre()
        elif self.disk_is_older:  # both ends would have lost what the laptop sent in between
            self._open_centre()
        else:
            shutil.rmtree(live)
            shutil.copytree(kept, live)
            self._open_centre()
            self.world.service.begin_epoch()

    def _open_centre(self) -> None:
        self.world = self.world.reopened()
        for laptop in self.laptops:
            laptop.world = self.world

    def settle(self, *, carried: bool) -> None:
        """The faults stop: by courier alone, or over the network alone, everything comes to rest in a few rounds."""
        for _ in range(3):
            for laptop in self.laptops:
                for _ in range(7):
                    if (laptop.carry().result if carried else laptop.round()).complete:
                        break
                else:
                    raise AssertionError("no complete round")
        notes = [each.text for each in self.world.desk.find(CaseActivity)]
        conflicts = {each.id for each in self.world.desk.find(Conflict)}
        for who, laptop in enumerate(self.laptops):
            laptop.sound()
            assert laptop.waiting() == (0, 0)
            assert all(notes.count(text) == 1 for text in self.promised[who]), "a note was lost or doubled"
            assert all(self.world.service.blobs.state(digest).complete for digest in self.photos[who]), "a photo was lost"
            with laptop.replica.reading() as reader:
                assert all(each.conflict_id in conflicts for each in reader.verdicts() if each.verdict == "conflict")
            before = laptop.shown()
            assert laptop.round().pulled == 0, "a second round brings nothing"
            assert laptop.shown() == before

    def close(self) -> None:
        """The end."""
        for laptop in self.laptops:
            laptop.replica.close()
        self.world.service.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=6, max_size=22), carried=st.booleans())
def test_files_and_rounds_in_any_order_lose_and_double_nothing(
    template: Path, centre_template: World, steps: list[Step], carried: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storm = Storm(Path(folder), centre_template, template)
        try:
            for step in steps:
                storm.step(*step)
            storm.settle(carried=carried)
        finally:
            storm.close()
