"""The database: its schema, its order of revisions, the same answers on PostgreSQL."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import literal, select
from sqlalchemy.engine import URL

from fieldapp.central.refusals import BadDataFolder
from fieldapp.central.store.books import Author, Books, revision_of
from fieldapp.central.store.engine import Store, database_url
from fieldapp.central.store.tables import change_log, metadata, record
from fieldapp.domain.cases import Case
from fieldapp.domain.records import KINDS
from tests.central.postgres import database, plain
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


def test_what_was_refused_is_found_without_reading_the_log(tmp_path: Path) -> None:
    refused = (
        select(change_log.c.at).where(change_log.c.verdict == literal("rejected", literal_execute=True)).order_by(change_log.c.at.desc())
    )
    with closing(Store(database_url(tmp_path))) as store, store.reading() as connection:
        words = refused.compile(connection.engine, compile_kwargs={"render_postcompile": True})
        (step,) = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}")]
    assert "USING INDEX change_rejected" in step


def test_postgresql_has_the_same_schema(postgres: URL) -> None:
    with database(postgres, "schema") as url:
        store = Store(plain(url))
        with store.reading() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        store.close()


def test_two_services_that_start_at_once_make_one_schema(postgres: URL) -> None:
    with database(postgres, "twice") as url:
        faults: list[BaseException] = []

        def start() -> None:
            try:
                Store(plain(url)).close()
            except BaseException as fault:  # noqa: BLE001 - shown below
                faults.append(fault)

        threads = [threading.Thread(target=start) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []


def test_a_round_merges_and_agrees_and_the_whole_comes_along(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "本机", "cause": "电源"})
    laptop.edit("form_instance", world.service.ids.new(), {"site_id": world.bank_site.id, "/data/a": "1"})
    world.desk.save(replace(world.desk.get(Case, case), description="服务端"))
    request = laptop.request()
    laptop.send(request)
    assert [verdict.code for verdict in laptop.take(laptop.send(request)).verdicts] == ["conflict"]
    assert laptop.pull().agrees is True
    fresh = world.laptop(world.li)
    fresh.load_snapshot()
    assert fresh.pull().agrees is True
    world.desk.assign(case, world.wang.id)
    laptop.pull()
    assert laptop.pull().agrees is True


def test_what_a_laptop_sent_between_reading_and_saving_stands(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop, desk = world.laptop(world.li), world.desk
    read = desk.get(Case, case)
    laptop.edit("case", case, {"cause": "风扇", "description": "现场"})
    laptop.pull()
    desk.save(replace(read, description="服务端", caller_name="赵"))
    stands = desk.get(Case, case)
    assert (stands.cause, stands.description, stands.caller_name) == ("风扇", "服务端", "赵")
    (again,) = desk.find(Case, id=case)
    laptop.edit("case", case, {"cause": "电源"})
    laptop.pull()
    desk.save(replace(again, caller_name="钱"))
    desk.save(replace(again, caller_name="孙"))
    assert (desk.get(Case, case).cause, desk.get(Case, case).caller_name) == ("电源", "孙")
