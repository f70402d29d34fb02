"""Fixtures of the central service. The tests of what it stores and answers run on both databases it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.central.postgres import NoPostgres, cluster, database, plain
from tests.central.world import World

ON_BOTH = frozenset({"test_concurrency", "test_exchange", "test_numbers", "test_scope", "test_store"})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what these modules say of a world on the embedded database and on PostgreSQL."""
    chosen = any(mark.args[0] == "world" for mark in metafunc.definition.iter_markers("parametrize"))
    if not chosen and "world" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in ON_BOTH:
        metafunc.parametrize("world", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed centre with a little data, to be copied."""
    made = World.make(tmp_path_factory.mktemp("template") / "centre")
    made.service.close()
    return made


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A PostgreSQL server; skipped with the reason where none can be started."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(cluster())
        except NoPostgres as fault:
            pytest.skip(str(fault))
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """As `template`, its database on PostgreSQL."""
    with database(postgres, "template") as url:
        made = World.make(tmp_path_factory.mktemp("template") / "centre", plain(url))
        made.service.close()
        yield made


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A fresh centre with a little data; the parameter "postgresql" puts its database there."""
    with ExitStack() as stack:
        if getattr(request, "param", "sqlite") == "sqlite":
            template: World = request.getfixturevalue("template")
            made = template.copied(tmp_path / "centre")
        else:
            server: URL = request.getfixturevalue("postgres")
            template = request.getfixturevalue("postgres_template")
            url = stack.enter_context(database(server, "world", like="template"))
            made = template.copied(tmp_path / "centre", plain(url))
        yield made
        made.close()
