"""Bundles with PyInstaller, and what each needs to be believed: `bundle.py desktop LIBRARY…` or `bundle.py verifier`.

Run by `python3 dev.py package`, with the interpreter of the environment; a bundle that does not answer is no bundle.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUFFIX = ".exe" if os.name == "nt" else ""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def built(recipe: str, to: Path = ROOT / "dist", work: Path = ROOT / "build") -> bool:
    """Whether PyInstaller made what a recipe says."""
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    return subprocess.run([*command, "--distpath", str(to), "--workpath", str(work), f"installer/{recipe}.spec"], cwd=ROOT).returncode == 0


def answers(program: Path, words: Sequence[str], status: int = 0) -> bool:
    """Whether a program that was built ends with this status, in a profile of its own; says how long it took."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        ended = subprocess.run([str(program), *words], env={**os.environ, "FIELDAPP_HOME": home}, stdin=subprocess.DEVNULL).returncode
    say(f"{program.name} {' '.join(words)}: status {ended}, {time.monotonic() - began:.2f} s")
    return ended == status


def judges(program: Path, *words: str) -> bool:
    """Whether a program that was built accepts a genuine report, for which its pages are drawn again, and refuses what is none."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([sys.executable, "-m", "tests.attacks", "--samples", folder], cwd=ROOT)
        expected = {"genuine.pdf": 0, "attacked.pdf": 1, "ca.pem": 1}
        ca = [*words, "--ca", str(Path(folder) / "ca.pem")]
        return made.returncode == 0 and all(answers(program, [*ca, str(Path(folder) / name)], status) for name, status in expected.items())


def desktop(libraries: Sequence[str]) -> int:
    """The desktop as a folder, and a .deb of it where there is dpkg; `libraries` are the packages that the .deb asks for."""
    if not built("fieldapp"):
        return 2
    bundle = ROOT / "dist" / "fieldapp"
    program = bundle / f"fieldapp{SUFFIX}"
    size = sum(f.stat().st_size for f in bundle.rglob("*") if f.is_file() and not f.is_symlink())
    say(f"bundle: {bundle.relative_to(ROOT)}, {size / 1e6:.0f} MB")
    if not all(answers(program, [words]) for words in ("--version", "doctor")) or not judges(program, "verify"):
        say("The bundle does not run.")
        return 2
    if not shutil.which("dpkg-deb"):
        return 0
    return subprocess.run([sys.executable, "installer/debian.py", version("fieldapp"), *libraries], cwd=ROOT).returncode


def verifier() -> int:
    """The verifier as one file."""
    if not built("verifier"):
        return 2
    program = ROOT / "dist" / f"fieldapp-verify{SUFFIX}"
    say(f"verifier: {program.relative_to(ROOT)}, {program.stat().st_size / 1e6:.0f} MB")
    fine = answers(program, ["--version"]) and judges(program)
    say("the verifier accepts the genuine report and refuses the others" if fine else "The verifier does not do what it should.")
    return 0 if fine else 2


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    sys.exit(verifier() if kind == "verifier" else desktop(rest))
