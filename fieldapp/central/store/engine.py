"""Open the centre's database and hand out transactions: SQLite in its data folder by default, PostgreSQL by URL.

A writing transaction takes the row of the revision counter first and keeps it to its end. So revisions are given out
in the order of commits, and whoever reads revision R never finds a smaller one appear later.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Table, create_engine, event, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from fieldapp.base.i18n import say
from fieldapp.central.refusals import BadDataFolder
from fieldapp.central.store.tables import counter

__all__ = ["Store", "database_url", "next_number", "put_rows", "put_values"]


def database_url(folder: Path) -> str:
    """The URL of the embedded database of a data folder."""
    return f"sqlite:///{folder / 'centre.db'}"


class Store:
    """One open database. Threads may share it; writers wait for one another."""

    def __init__(self, url: str) -> None:
        """Open and bring the schema to the newest revision; BadDataFolder when that fails."""
        try:
            shown, self._lite = make_url(url).render_as_string(), make_url(url).get_backend_name() == "sqlite"
        except (SQLAlchemyError, ValueError) as fault:  # what cannot be read may hold a password
            raise BadDataFolder(path="database", reason=say("it is no address of a database")) from fault
        self._writer = threading.Lock()
        try:
            self.engine = _lite_engine(url) if self._lite else create_engine(_psycopg(url), pool_pre_ping=True)
            _migrate(self.engine)
        except (ImportError, NoSuchModuleError) as fault:
            raise BadDataFolder(path=shown, reason=say("the service does not know this kind of database")) from fault
        except (SQLAlchemyError, OSError) as fault:
            said = str(getattr(fault, "orig", None) or type(fault).__name__)
            raise BadDataFolder(path=shown, reason=said.splitlines()[0][:200]) from fault

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one unchanging state of the database."""
        with self.engine.connect() as connection:
            if not self._lite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that holds the revision counter: commits at the end, rolls back on any exception."""
        with self._writer if self._lite else _nothing(), self.engine.connect() as connection:
            if self._lite:
                connection = connection.execution_options(writes=True)
            with connection.begin():
                connection.execute(select(counter.c.value).where(counter.c.name == "revision").with_for_update())
                yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _psycopg(url: str) -> str:
    """Take plain `postgresql://` URLs as people write them."""
    made = make_url(url)
    if made.drivername in {"postgres", "postgresql"}:
        made = made.set(drivername="postgresql+psycopg")
    return made.render_as_string(hide_password=False)


def _lite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-16000"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", "fieldapp.central:migrations")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(writes=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(7302110)"))  # two services may start at once
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def next_number(connection: Connection, name: str, step: int = 1) -> int:
    """Take `step` numbers of a series that only grows; returns the last of them."""
    known = connection.execute(select(counter.c.value).where(counter.c.name == name).with_for_update()).scalar()
    if known is None:
        connection.execute(counter.insert().values(name=name, value=step))
        return step
    connection.execute(update(counter).where(counter.c.name == name).values(value=known + step))
    return int(known) + step


def put_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, replace: bool) -> None:
    """Insert rows that all have the columns of the first; see `put_values`."""
    if rows:
        names = list(rows[0])
        pick = operator.itemgetter(*names)
        put_values(connection, table, names, [pick(row) for row in rows], replace=replace)


def put_values(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]], *, replace: bool) -> None:
    """Insert rows, each the values of `names`; `replace`: one whose key is there already takes its place, else it fails.

    Handed to the driver as they are: for thousands of rows most of the time would go into naming each value again.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({", ".join([mark] * len(names))})'  # noqa: S608 - our own names
    if replace:
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keys)
        statement += f" ON CONFLICT ({_quoted(keys)}) DO UPDATE SET {changes}"
    connection.exec_driver_sql(statement, list(rows))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
