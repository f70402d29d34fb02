"""Who may import whom, and which library lives where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, expect_none, imports, module, modules

# What each room may import of fieldapp besides itself. The contracts of import-linter say the same as floors.
DOORS: dict[str, set[str]] = {
    "base": set(),
    "domain": {"base"},
    "forms": {"base"},
    "wire": {"base"},
    "replica": {"base", "domain", "forms", "wire"},
    "reports": {"base", "domain", "forms", "wire"},
    "vault": {"base", "domain", "forms", "wire"},
    "sync": {"base", "domain", "forms", "wire", "replica", "reports", "vault"},
    "central": {"base", "domain", "forms", "wire", "reports"},
    "operations": {"base", "domain", "forms", "wire", "replica", "reports", "vault", "sync"},
    "ui": {"base", "operations"},
    "cli": {"base", "operations", "ui", "verifier"},
    "verifier": {"base", "operations"},
    "__main__": {"cli"},
}

# One library, one home. A library that stands in no row may not be imported at all.
HOMES: dict[str, tuple[str, ...]] = {
    "PySide6": ("fieldapp.ui",),
    "shiboken6": ("fieldapp.ui",),
    "qtawesome": ("fieldapp.ui",),
    "zxingcpp": ("fieldapp.ui",),
    "sqlalchemy": ("fieldapp.replica", "fieldapp.central"),
    "alembic": ("fieldapp.replica", "fieldapp.central"),
    "sqlcipher3": ("fieldapp.replica",),
    "psycopg": ("fieldapp.central",),
    "requests": ("fieldapp.sync.http_peer",),
    "urllib3": ("fieldapp.sync.http_peer",),
    "keyring": ("fieldapp.vault",),
    "pyxform": ("fieldapp.forms.xlsform",),
    "openpyxl": ("fieldapp.forms.xlsform",),
    "xlrd": ("fieldapp.forms.xlsform",),
    "lxml": ("fieldapp.forms",),
    "msgspec": ("fieldapp.wire", "fieldapp.replica", "fieldapp.sync", "fieldapp.central"),
    "reportlab": ("fieldapp.reports",),
    "pyhanko": ("fieldapp.reports",),
    "pyhanko_certvalidator": ("fieldapp.reports",),
    "asn1crypto": ("fieldapp.reports",),
    "cryptography": ("fieldapp.vault", "fieldapp.wire.courier", "fieldapp.replica.blobs", "fieldapp.central"),
    "PIL": ("fieldapp.reports", "fieldapp.replica.blobs"),
    "platformdirs": ("fieldapp.base",),
    "babel": ("fieldapp.base",),
    "holidays": ("fieldapp.central",),
    "fastapi": ("fieldapp.central",),
    "starlette": ("fieldapp.central",),
    "uvicorn": ("fieldapp.central",),
    "jinja2": ("fieldapp.central",),
}


def wrong_doors(one: Module) -> list[str]:
    """Imports of rooms that this module's room may not enter."""
    wrong = []
    if one.room:
        for name, line in imports(one):
            parts = name.split(".")
            if parts[0] == "fieldapp" and len(parts) > 1 and parts[1] not in {one.room, *DOORS.get(one.room, set())}:
                wrong.append(f"{one.path}:{line} imports {name}")
    return wrong


def homeless(one: Module) -> list[str]:
    """Imports of libraries that do not live where this module stands."""
    wrong = []
    for name, line in imports(one):
        library = name.split(".")[0]
        if library in sys.stdlib_module_names or library == "fieldapp":
            continue
        if not one.within(*HOMES.get(library, ())):
            wrong.append(f"{one.path}:{line} imports {library}, which lives in {HOMES.get(library, 'no room')}")
    return wrong


def test_every_room_has_its_doors() -> None:
    rooms = {one.room for one in modules("fieldapp")} - {""}
    assert rooms <= set(DOORS), "a new room needs a floor: docs/architecture.md"


def test_a_file_imports_only_what_stands_below_it() -> None:
    expect_none(line for one in modules("fieldapp") for line in wrong_doors(one))


def test_one_library_has_one_home() -> None:
    expect_none(line for one in modules("fieldapp") for line in homeless(one))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fieldapp.ui.pages.today", "from fieldapp.domain import cases"),
        ("fieldapp.domain.cases", "def f():\n    from fieldapp.ui import app"),
        ("fieldapp.domain.cases", "from ..wire import changes"),
        ("fieldapp.operations.cases", "import fieldapp.central.store"),
        ("fieldapp.central.app", "import fieldapp.replica.store"),
    ],
)
def test_a_wrong_door_is_seen(name: str, text: str) -> None:
    assert len(wrong_doors(module(name, text))) == 1


@pytest.mark.parametrize("text", ["import requests", "def f():\n    from requests.sessions import Session"])
def test_a_library_away_from_home_is_seen(text: str) -> None:
    assert len(homeless(module("fieldapp.sync.round", text))) == 1
    assert homeless(module("fieldapp.sync.http_peer", text)) == []


def test_a_library_without_a_home_is_seen() -> None:
    assert homeless(module("fieldapp.base.ids", "import pandas")) != []


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    arguments = ["--no-logo", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def test_the_contracts_hold() -> None:
    answer = _lint(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_contracts_see_a_circle_a_neighbour_and_a_shortcut(tmp_path: Path) -> None:
    planted = {
        "base/one.py": "from fieldapp.base import two",
        "base/two.py": "from fieldapp.base import one",
        "domain/rule.py": "from fieldapp.wire import line",
        "wire/line.py": "",
        "ui/page.py": "from fieldapp.domain import rule",
        "central/app.py": "from fieldapp.base import one",
        "operations/work.py": "from fieldapp.central import app",
    }
    for path, text in planted.items():
        file = tmp_path / "fieldapp" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
        (file.parent / "__init__.py").touch()
    (tmp_path / "fieldapp" / "__init__.py").touch()
    answer = _lint(tmp_path)
    assert answer.returncode == 1
    broken = [line.removesuffix(" BROKEN") for line in answer.stdout.splitlines() if line.endswith(" BROKEN")]
    assert broken == [
        "A file imports only what stands below it; neighbours on a floor are strangers",
        "No circles among siblings",
        "The laptop does not know the centre",
        "Screens go through operations; nothing else below is theirs to import",
    ]
