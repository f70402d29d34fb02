"""Nothing reads the clock, makes an identity or draws randomness but through base, so that a test can turn them."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import Module, dotted, expect_none, imports, module, modules

FORBIDDEN_MODULES = {"time", "random", "secrets"}
FORBIDDEN_NAMES = {f"uuid.uuid{version}" for version in range(1, 9)} | {"uuid.getnode", "os.urandom"}
NOW = {"now", "utcnow", "today"}
FORBIDDEN_CALLS = {
    *FORBIDDEN_NAMES,
    "func.now",
    "func.current_timestamp",
    "QDateTime.currentDateTime",
    "QDateTime.currentDateTimeUtc",
    "QDateTime.currentMSecsSinceEpoch",
    "QDateTime.currentSecsSinceEpoch",
    "QDate.currentDate",
    "QTime.currentTime",
    "QUuid.createUuid",
}

# Module -> (what it may use, why). An entry that is not needed any more fails the test.
EXCEPTIONS: dict[str, tuple[str, str]] = {
    "fieldapp.sync.http_peer": ("time", "time.sleep is the default of its argument `pause`; a simulated world hands in another"),
}


def turning(one: Module) -> list[tuple[str, int]]:
    """What a module takes from the machine behind base's back: the name and the line."""
    brought = [(name.split(".")[0] if name not in FORBIDDEN_NAMES else name, line) for name, line in imports(one)]
    taken = [(name, line) for name, line in brought if name in FORBIDDEN_MODULES | FORBIDDEN_NAMES]
    days = _names_of_datetime(one)
    for node in one.nodes:
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            owner, _, last = name.rpartition(".")
            if name in FORBIDDEN_CALLS or (last in NOW and owner in days):
                taken.append((name, node.lineno))
    return taken


def _names_of_datetime(one: Module) -> set[str]:
    """What the classes datetime and date are called in a module."""
    names = set()
    for node in one.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "datetime":
                    names |= {f"{alias.asname or 'datetime'}.{kind}" for kind in ("datetime", "date")}
        elif isinstance(node, ast.ImportFrom) and node.module == "datetime":
            names |= {alias.asname or alias.name for alias in node.names if alias.name in {"datetime", "date"}}
    return names


def test_only_base_takes_time_identities_and_randomness_from_the_machine() -> None:
    wrong, used = [], set()
    for one in modules("fieldapp"):
        if one.room == "base":
            continue
        for name, line in turning(one):
            if EXCEPTIONS.get(one.name, ("", ""))[0] == name:
                used.add(one.name)
            else:
                wrong.append(f"{one.path}:{line} {name}")
    expect_none(wrong)
    assert used == set(EXCEPTIONS), "an exception that nobody needs"


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "def f():\n    from time import monotonic",
        "import random",
        "from uuid import uuid4",
        "import secrets",
        "import uuid\nuuid.uuid4()",
        "from datetime import datetime\ndatetime.now()",
        "from datetime import date as day\nday.today()",
        "import datetime as dt\ndt.datetime.utcnow()",
        "import os\nos.urandom(4)",
        "from PySide6.QtCore import QDateTime\nQDateTime.currentDateTime()",
        "from datetime import datetime\nf = datetime.now",
    ],
)
def test_what_goes_behind_bases_back_is_seen(text: str) -> None:
    assert len(turning(module("fieldapp.domain.cases", text))) == 1


def test_a_clock_that_was_handed_in_is_welcome() -> None:
    assert turning(module("fieldapp.domain.cases", "from datetime import datetime\ndef f(clock): return clock.now()")) == []
    assert turning(module("fieldapp.domain.cases", "import uuid\nuuid.UUID(bytes=given)")) == []
