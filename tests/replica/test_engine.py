"""Opening, refusing, upgrading, and what survives a killed process or a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import IdSource
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Customer
from fieldapp.replica import engine as engine_module
from fieldapp.replica import upgrading
from fieldapp.replica.connection import open_engine
from fieldapp.replica.engine import Replica
from fieldapp.replica.refusals import (
    DamagedReplica,
    DiskFull,
    NewerReplica,
    ReplicaExists,
    ReplicaInUse,
    ReplicaMissing,
    WrongKey,
)
from fieldapp.replica.tables import ANSWER, METADATA, SEARCH_TEXT, VIEWS
from tests.replica.conftest import KEY

Reopen = Callable[[Path], Replica]


def test_a_new_replica_knows_who_it_is(tmp_path: Path, clock: TurnableClock, ids: IdSource) -> None:
    device, engineer = ids.new(), ids.new()
    made = Replica.create(tmp_path / "deep" / "r.db", KEY, clock=clock, ids=ids, device=device, engineer=engineer, incarnation=3)
    with made.reading() as reader:
        state = reader.sync_state()
    made.close()
    made.close()
    assert (state.device, state.engineer, state.incarnation, state.sequence, state.complete) == (device, engineer, 3, 0, False)
    assert (made.device, made.engineer) == (device, engineer)


def test_creating_over_a_replica_is_refused(path: Path, clock: TurnableClock, ids: IdSource) -> None:
    before = path.read_bytes()
    with pytest.raises(ReplicaExists):
        Replica.create(path, KEY, clock=clock, ids=ids, device=ids.new(), engineer=ids.new(), incarnation=1)
    assert path.read_bytes() == before


@pytest.mark.parametrize("with_check", [True, False])
def test_a_wrong_key_is_told_and_changes_nothing(path: Path, clock: TurnableClock, ids: IdSource, with_check: bool) -> None:
    before = path.read_bytes()
    if not with_check:
        path.with_name("replica.db.check").unlink()
    with pytest.raises(WrongKey):
        Replica.open(path, b"\0" * 32, clock=clock, ids=ids)
    assert path.read_bytes() == before
    Replica.open(path, KEY, clock=clock, ids=ids).close()


def test_a_missing_replica_is_told_and_none_is_made(tmp_path: Path, reopen: Reopen) -> None:
    with pytest.raises(ReplicaMissing):
        reopen(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_one_process_at_a_time(path: Path, replica: Replica, reopen: Reopen) -> None:
    with pytest.raises(ReplicaInUse):
        reopen(path)
    replica.close()
    reopen(path).close()


def test_a_replica_of_a_newer_version_is_left_alone(path: Path, reopen: Reopen) -> None:
    engine = open_engine(path, KEY)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(NewerReplica, match="9999"):
        reopen(path)


@pytest.mark.parametrize("place", [0, 50, 4096 * 3 + 100])
def test_a_damaged_file_is_told_as_damaged(path: Path, reopen: Reopen, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 64)
        if place > 4096:  # a page in the middle: every page that could hold the first tables
            for page in range(1, 40):
                file.seek(4096 * page)
                file.write(b"\xff" * 64)
    with pytest.raises(DamagedReplica):
        reopen(path)


def test_a_healthy_file_has_nothing_to_report_and_a_broken_page_has(path: Path, replica: Replica, reopen: Reopen) -> None:
    assert replica.health() == []
    replica.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 4096 + 200)
        file.write(b"\xff" * 32)
    again = reopen(path)
    assert again.health() != []
    again.close()


def test_an_older_replica_is_copied_before_it_is_upgraded(path: Path, reopen: Reopen, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(path, KEY)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    engine.dispose()

    def to_newest(connection: sa.Connection) -> None:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")

    monkeypatch.setattr(upgrading, "REVISIONS", ("0000", "0001"))
    monkeypatch.setattr(engine_module, "upgrade", to_newest)
    reopen(path).close()
    kept = path.with_name("replica.db.before-0000")
    engine = open_engine(kept, KEY)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0000"
    engine.dispose()


def test_an_upgrade_that_fails_leaves_the_old_replica(path: Path, reopen: Reopen, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(path, KEY)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    engine.dispose()

    def broken(connection: sa.Connection) -> None:
        connection.exec_driver_sql("DROP TABLE answer")
        raise RuntimeError("half way")

    monkeypatch.setattr(upgrading, "REVISIONS", ("0000", "0001"))
    with monkeypatch.context() as patch:
        patch.setattr(engine_module, "upgrade", broken)
        with pytest.raises(RuntimeError, match="half way"):
            reopen(path)
    engine = open_engine(path, KEY)
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(ANSWER)).scalar() == 0
    engine.dispose()


def _shape(connection: sa.Connection) -> dict[str, object]:
    tables = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_text%' AND name <> 'alembic_version'"
    ).scalars()
    shape: dict[str, object] = {}
    for table in tables.all():
        columns = connection.exec_driver_sql(f'PRAGMA table_info("{table}")').all()
        indexes = connection.exec_driver_sql(f'PRAGMA index_list("{table}")').all()
        shape[table] = (
            [tuple(column[1:6]) for column in columns],
            sorted(
                (
                    index[1],
                    index[2],
                    index[4],
                    tuple(row[2] for row in connection.exec_driver_sql(f'PRAGMA index_info("{index[1]}")')),
                )
                for index in indexes
            ),
        )
    return shape


def test_the_migrations_make_exactly_the_tables(path: Path) -> None:
    migrated, described = open_engine(path, KEY), sa.create_engine("sqlite://")
    with migrated.connect() as one, described.begin() as other:
        METADATA.create_all(other)
        wanted, found = _shape(other), _shape(one)
        search = one.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'search_text'").scalar()
        views = {row.name: row.sql for row in one.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'view'")}
    migrated.dispose()
    described.dispose()
    assert found.keys() == wanted.keys()
    for table in wanted:
        assert found[table] == wanted[table], f"{table}: a column that is new here needs a revision under replica/migrations"
    assert search == SEARCH_TEXT
    assert views == VIEWS


def test_every_revision_is_listed_once() -> None:
    folder = Path(upgrading.__file__).parent / "migrations" / "versions"
    assert tuple(sorted(file.name[:4] for file in folder.glob("[0-9]*.py"))) == upgrading.REVISIONS


def test_a_reader_sees_one_moment(replica: Replica, ids: IdSource) -> None:
    with replica.reading() as reader:
        with replica.writing() as work:
            case = work.save(Case(id=ids.new(), summary="later"))
        assert reader.get(Case, case.id) is None
    with replica.reading() as reader:
        assert reader.need(Case, case.id).summary == "later"


def test_an_exception_saves_nothing_of_the_whole_unit(replica: Replica, ids: IdSource) -> None:
    case = Case(id=ids.new(), summary="一")

    def fail() -> None:
        with replica.writing() as work:
            work.save(case)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with replica.reading() as reader:
        assert reader.get(Case, case.id) is None
        assert reader.unreceipted().changes == 0
        assert reader.sync_state().sequence == 0


def test_a_unit_of_work_inside_another_is_a_fault_of_the_program(replica: Replica) -> None:
    with replica.writing(), pytest.raises(RuntimeError), replica.writing():
        pass


def test_writers_of_several_threads_take_turns(replica: Replica, ids: IdSource) -> None:
    def write(number: int) -> None:
        for turn in range(5):
            with replica.writing() as work:
                work.save(Customer(id=ids.new(), name=f"{number}/{turn}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with replica.reading() as reader:
        assert reader.count(Customer) == 20
        assert reader.sync_state().sequence == 20
        assert [row.changes for row in reader.pending_records()] == [1] * 20


def test_f14_a_full_disk_saves_nothing_by_halves_and_is_told(replica: Replica, ids: IdSource) -> None:
    case = Case(id=ids.new(), summary="一")
    with replica.writing() as work:
        work.save(case)
    with replica.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")

    def too_much() -> None:
        with replica.writing() as work:
            work.save(replace(case, cause="found"))
            for number in range(200):
                work.save(Case(id=ids.new(), summary=f"{number}", description="x" * 500))

    with pytest.raises(DiskFull):
        too_much()
    with replica.reading() as reader:
        assert reader.count(Case) == 1
        assert reader.need(Case, case.id).cause == ""
        assert reader.unreceipted().changes == 1
    with replica.transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    with replica.writing() as work:
        work.save(replace(case, cause="found"))
    assert replica.health() == []


KILLED = """
    import sys
    from pathlib import Path
    from fieldapp.base.clock import SystemClock
    from fieldapp.base.ids import IdSource, SystemRandomness
    from fieldapp.domain.inspections import FormInstance
    from fieldapp.replica.engine import Replica

    clock = SystemClock()
    ids = IdSource(clock, SystemRandomness())
    replica = Replica.open(Path(sys.argv[1]), bytes(range(32)), clock=clock, ids=ids)
    with replica.writing() as work:
        form = work.save(FormInstance(id=ids.new()))
    for number in range(100000):
        with replica.writing() as work:
            work.answer(form.id, {f"/data/T{number}": str(number)})
        print(number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is a word of POSIX systems")
def test_what_was_called_saved_survives_a_killed_process(path: Path, reopen: Reopen) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    with process.stdout as said:
        for _ in range(40):
            said.readline()
        process.kill()
        saved = 39 + said.read().count(b"\n")
    process.wait()
    replica = reopen(path)
    with replica.reading() as reader:
        (form,) = reader.pending_records()
        answers = reader.answers(form.record_id)
        state = reader.sync_state()
        assert len(answers) >= saved + 1
        assert answers == {f"/data/T{number}": str(number) for number in range(len(answers))}
        assert state.sequence == form.changes == len(answers) + 1  # never a value without its Change, nor the other way round
    assert replica.health() == []
    replica.close()
