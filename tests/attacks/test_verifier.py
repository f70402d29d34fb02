"""The verifier for customers: what its recipe leaves out is not needed, and it says the same of files as our own command.

`python3 dev.py package --verifier` builds it and asks the built program the same.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT
from tests.attacks import __main__ as command

# Runs the program as if the modules that the recipe excludes were not there; then says which of fieldapp were loaded.
_PROGRAM = """
import json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
from fieldapp.verifier import main
status = main(sys.argv[2:])
loaded = sorted({name for name in sys.modules if name.split(".")[0] in ("fieldapp", "PySide6", "sqlalchemy", "keyring", "requests")})
print(json.dumps([status, [name for name in loaded if sys.modules[name] is not None]]))
"""


def _excluded() -> list[str]:
    """The modules that the recipe leaves out."""
    tree = ast.parse((ROOT / "installer" / "verifier.spec").read_text(encoding="utf-8"))
    (found,) = (word.value for word in ast.walk(tree) if isinstance(word, ast.keyword) and word.arg == "excludes")
    names: list[str] = ast.literal_eval(found)
    return names


def test_without_what_the_recipe_leaves_out_a_genuine_file_is_accepted_and_an_attacked_one_refused(tmp_path: Path) -> None:
    assert command.main(["--samples", str(tmp_path)]) == 0
    files = [str(tmp_path / "genuine.pdf"), str(tmp_path / "attacked.pdf")]
    assert {"PySide6", "sqlalchemy", "keyring", "fieldapp.ui", "fieldapp.replica"} <= set(_excluded())
    words = [sys.executable, "-c", _PROGRAM, json.dumps(_excluded()), "--json", "--ca", str(tmp_path / "ca.pem"), *files]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL)
    assert ran.returncode == 0, ran.stderr
    genuine, attacked, ended = (json.loads(line) for line in ran.stdout.splitlines())
    assert (genuine["accepted"], genuine["redrawn"], attacked["accepted"]) == (True, True, False), ran.stdout
    status, loaded = ended
    assert status == 1
    assert {name.split(".")[1] for name in loaded if name.startswith("fieldapp.")} == {
        "base", "domain", "operations", "reports", "vault", "verifier", "wire",
    }  # fmt: skip
    assert not [name for name in loaded if not name.startswith("fieldapp")]
