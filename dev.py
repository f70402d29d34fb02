#!/usr/bin/env python3
"""The one command of a developer: run | test | check | fix | golden | bench | simulate | package.

Standard library only; the same on Linux, Windows and macOS. It makes `.venv` from requirements/lock.txt on first use
and again whenever the lock changes, installs missing system libraries where it may, else says the one command that does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "lock.txt"
STAMP = VENV / "made-from.json"
HALF_MADE = VENV / "half-made"
DEMO = ROOT / "out" / "demo"
PROFILE = DEMO / "profile"
OLDEST, NEWEST = (3, 11), (3, 14)
WINDOWS = os.name == "nt"

# What PySide6 loads and a bare Debian or Ubuntu lacks; what a real window needs besides.
QT_LIBRARIES = ["libgl1", "libegl1", "libxkbcommon0", "libglib2.0-0", "libfreetype6", "libfontconfig1", "libdbus-1-3"]
WINDOW_LIBRARIES = ["libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0"]
PDF_TOOLS = ["poppler-utils"]  # another program's word on our reports; without it that is left out


class Stop(Exception):
    """Ends a command; the text says what happened and what to do."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


# ---------------------------------------------------------------------------------------------------- environment


def tool(name: str) -> str:
    """The path of a program of the environment; `python` is its interpreter."""
    return str(VENV / "Scripts" / f"{name}.exe") if WINDOWS else str(VENV / "bin" / name)


def surroundings(**extra: str) -> dict[str, str]:
    """The environment variables of everything started from here; what is compiled is kept for the many processes of a suite."""
    left = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    kept = {k: v for k, v in os.environ.items() if k not in left}
    path = str(Path(tool("python")).parent) + os.pathsep + kept.get("PATH", "")
    return {**kept, "PATH": path, "PYTHONUTF8": "1", **extra}


def call(command: Sequence[str], **extra: str) -> int:
    """Run a program of the project to its end, without a terminal to ask on; return its exit status."""
    return subprocess.run(command, cwd=ROOT, env=surroundings(**extra), stdin=subprocess.DEVNULL).returncode


def read(path: Path) -> str:
    """The text of a file of the project."""
    return path.read_text(encoding="utf-8")


def digest_of(text: str) -> str:
    """SHA-256 of a text, in hex; line ends of a checkout on Windows make no difference."""
    return hashlib.sha256(text.encode()).hexdigest()


def wanted_stamp() -> dict[str, str]:
    """What a finished environment is made from: the lock, the project's own table, and its place."""
    project = read(ROOT / "pyproject.toml").split("\n[tool.")[0]
    return {"lock": digest_of(read(LOCK)), "project": digest_of(project), "root": str(ROOT)}


def made_stamp() -> Mapping[str, str]:
    """What the environment says it was made from; empty when it is missing, broken or half made."""
    if HALF_MADE.exists() or not Path(tool("python")).exists():
        return {}
    try:
        stamp = json.loads(read(STAMP))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def ensure_environment() -> None:
    """Make `.venv`, or bring it up to the lock; nothing to do when its stamp says so."""
    wanted, made = wanted_stamp(), made_stamp()
    if made == wanted:
        return
    began = time.monotonic()
    if not usable(made):
        say("making .venv (once; about a minute or two)")
        make_empty_environment()
    pip = [tool("python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]
    HALF_MADE.write_text("an installation began and did not end\n", encoding="utf-8")
    if made.get("lock") != wanted["lock"]:
        say("installing what requirements/lock.txt names, each file checked against its hash")
        if call([*pip, "--require-hashes", "-r", str(LOCK)]):
            raise Stop("The packages could not be installed (see above). Nothing else was changed; try again.")
    if call([*pip, "--no-deps", "--no-build-isolation", "-e", "."]):
        raise Stop("The project itself could not be installed into .venv (see above).")
    STAMP.write_text(json.dumps(wanted, indent=1), encoding="utf-8")
    HALF_MADE.unlink()
    say(f".venv is ready ({time.monotonic() - began:.0f} s)")


def usable(made: Mapping[str, str]) -> bool:
    """Whether an environment can be brought up to date in place: whole, its pip alive, not carried from elsewhere."""
    if HALF_MADE.exists() or not Path(tool("python")).exists() or made.get("root", str(ROOT)) != str(ROOT):
        return False
    probe = f"import pip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return subprocess.run([tool("python"), "-c", probe], capture_output=True, stdin=subprocess.DEVNULL).returncode == 0


def make_empty_environment() -> None:
    """A fresh virtual environment with pip in it; installs python3-venv where Debian left it out."""
    if VENV.exists():
        shutil.rmtree(VENV)
    base = getattr(sys, "_base_executable", None) or sys.executable  # .venv may be what runs this and is being replaced
    command = [base, "-m", "venv", str(VENV)]
    if subprocess.run([base, "-c", "import ensurepip, venv"], capture_output=True).returncode:
        ensure_system([f"python{sys.version_info[0]}.{sys.version_info[1]}-venv", *QT_LIBRARIES, *PDF_TOOLS], needed=True)  # all at once
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stop(f"No virtual environment could be made with: {shlex.join(command)}")


def ensure_system(packages: Sequence[str], needed: bool) -> None:
    """Have system packages on Debian and Ubuntu; elsewhere the platform brings them or its own words tell."""
    if not sys.platform.startswith("linux") or not shutil.which("dpkg-query"):
        return
    asked = [*packages, *(f"{name}t64" for name in packages)]  # Ubuntu 24.04 renamed some
    answer = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *asked], capture_output=True, text=True).stdout
    present = {line.split()[0].removesuffix("t64") for line in answer.splitlines() if line.endswith(" installed")}
    missing = [name for name in packages if name not in present]
    if missing:
        install_with_apt(missing, needed)


def install_with_apt(packages: Sequence[str], needed: bool) -> None:
    """Install system packages when we may; else say the one command. Stops only when the command cannot go on."""
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if sys.platform.startswith("linux") and shutil.which("apt-get") and os.geteuid() == 0:
        say(f"installing system packages: {' '.join(packages)}")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-q"], install):
            done = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode == 0:
            return
        say((done.stdout + done.stderr)[-2000:])
    words = f"Missing on this machine: {' '.join(packages)}. This installs them:\n  "
    words += f"sudo sh -c 'apt-get update && {shlex.join(install)}'"
    if needed:
        raise Stop(words)
    say(words)


def newer_python() -> str | None:
    """An interpreter that the project takes, when the one that runs this file is none."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return None
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise Stop(f"Python 3.{OLDEST[1]} to 3.{NEWEST[1]} is needed; this is {sys.version.split()[0]}.")


# ------------------------------------------------------------------------------------------------------------- run


def run(chosen: argparse.Namespace) -> int:
    """Open the desktop on an embedded centre with sample data; without a display, or when asked, the headless day."""
    ensure_environment()
    ensure_system(QT_LIBRARIES, needed=True)
    folder: str | None = chosen.headless
    if folder is None and sys.platform.startswith("linux"):
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            ensure_system(WINDOW_LIBRARIES, needed=True)
        else:
            folder = "day-out"
            say(f"There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): run --headless {folder} instead.")
    if folder is not None:
        ensure_system(PDF_TOOLS, needed=False)
        return call([tool("python"), "-m", "tests.journeys.day", "--out", str(a_folder(folder))], QT_QPA_PLATFORM="offscreen")
    if chosen.fresh and DEMO.exists():
        shutil.rmtree(DEMO)
    hints = sample_data()
    with centre() as address:
        point_profile_at(address)
        say(welcome(hints, address, enrolled=(PROFILE / "vault").exists()))
        return subprocess.run([tool("fieldapp")], cwd=ROOT, env=surroundings(FIELDAPP_HOME=str(PROFILE))).returncode


def a_folder(named: str) -> Path:
    """The folder that a person named, made when it is not there; Stop when nothing can be written there."""
    folder = Path(named).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise Stop(f"Pictures cannot be put into {folder}: {error.strerror}. Nothing was changed; name another folder.") from error
    return folder


def welcome(hints: Mapping[str, object], address: str, enrolled: bool) -> str:
    """What a person needs to get in."""
    way = f"""Enrol in the window:
  address        {address} (already filled in)
  one-time code  {hints["code"]}
  PIN            4 to 12 digits of your choice, twice
  passphrase     asked only where the system has no keyring: 8 characters or more of your choice"""
    if enrolled:
        way = f"Unlock as {hints['engineer_name']} with what you chose; if it is forgotten: python3 dev.py run --fresh"
    return f"""
The central service runs with sample data of {str(hints["at"])[:10]} until the window is closed; run --fresh makes new data of today.
{way}
Console of the service: {address.rstrip("/")}/console (name {hints["dispatcher"]}, password {hints["password"]})
"""


def sample_data() -> dict[str, object]:
    """Fill the centre's folder once; return what a person needs to enrol (address, one-time code, logins)."""
    kept = DEMO / "sample.json"
    if not kept.exists():
        if DEMO.exists():
            shutil.rmtree(DEMO)  # filled by half last time
        PROFILE.mkdir(parents=True)
        command = [tool("fieldapp-central"), "sample", "--data", str(DEMO / "centre")]
        made = subprocess.run(command, cwd=ROOT, env=surroundings(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if made.returncode:
            raise Stop("The sample data could not be made (see above).")
        kept.write_text(made.stdout.strip().splitlines()[-1], encoding="utf-8")
    hints = json.loads(read(kept))
    assert isinstance(hints, dict)
    return hints


@contextmanager
def centre() -> Iterator[str]:
    """The central service as a process of its own while the block runs; yields its address.

    The port of last time is asked for again, because an enrolled laptop remembers the address.
    """
    remembered = DEMO / "port"
    port = read(remembered).strip() if remembered.exists() else "0"
    process, answer = start_centre(port)
    if "address" not in answer and port != "0":
        stop_process(process)
        process, answer = start_centre("0")
    try:
        if "address" not in answer:
            raise Stop(f"The central service did not start; its words are in {DEMO / 'centre.log'}")
        address = str(answer["address"])
        remembered.write_text(address.rsplit(":", 1)[-1].strip("/"), encoding="utf-8")
        yield address
    finally:
        stop_process(process)


def start_centre(port: str) -> tuple[subprocess.Popen[str], Mapping[str, object]]:
    """Start the service; return it and the JSON line that it prints first (empty after 60 s or when it ends)."""
    command = [tool("fieldapp-central"), "serve", "--data", str(DEMO / "centre"), "--port", port]
    with (DEMO / "centre.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=surroundings(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        )
    heard: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=listen, args=(process.stdout, heard), daemon=True).start()
    try:
        answer = json.loads(heard.get(timeout=60))
    except (queue.Empty, ValueError):
        return process, {}
    return process, answer if isinstance(answer, dict) else {}


def listen(stream: IO[str], heard: queue.Queue[str]) -> None:
    """Pass the first line on, and keep the pipe empty to the end so that the process never waits for us."""
    with stream:
        heard.put(stream.readline())
        for _ in stream:
            pass


def stop_process(process: subprocess.Popen[str]) -> None:
    """End a process that we started: politely, then not."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# ------------------------------------------------------------------------------------------------------------ test


def checks() -> list[tuple[str, list[str]]]:
    """Style, contracts and types: name and command of each."""
    return [
        ("ruff check", [tool("ruff"), "check", "."]),
        ("ruff format", [tool("ruff"), "format", "--check", "."]),
        ("lint-imports", [tool("lint-imports"), "--no-logo"]),
        ("mypy", [tool("mypy")]),
    ]


def run_all(steps: Sequence[tuple[str, list[str]]]) -> list[str]:
    """Run each step whatever became of those before; return a line for each that failed."""
    failed = []
    for name, command in steps:
        say(f"--- {name}")
        began = time.monotonic()
        status = call(command)
        say(f"--- {name}: {'ok' if status == 0 else f'FAILED ({status})'} in {time.monotonic() - began:.0f} s")
        if status:
            failed.append(f"{name} ended with status {status}")
    return failed


def check(chosen: argparse.Namespace) -> int:
    """Style, contracts and types, without the tests."""
    ensure_environment()
    return summary(run_all(checks()))


def summary(failed: Sequence[str]) -> int:
    """Say what failed; the exit status."""
    for line in failed:
        say(f"FAILED: {line}")
    if not failed:
        say("all checks passed")
    return 1 if failed else 0


def test(chosen: argparse.Namespace) -> int:
    """Everything: style, contracts, types, tests. The last line says what was skipped and why."""
    ensure_environment()
    ensure_system(QT_LIBRARIES, needed=True)
    ensure_system([*PDF_TOOLS, "postgresql"], needed=False)  # what lacks is skipped, with the reason
    began = time.monotonic()
    failed = run_all(checks())
    say("--- pytest")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [tool("python"), "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", f"--junitxml={report}"]
        status, last = watched(command)
        skipped = skipped_tests(report)
    if status:
        failed.append(f"pytest ended with status {status}")
    status = summary(failed)
    say(f"everything took {time.monotonic() - began:.0f} s")
    say(f"pytest: {last}\n{skipped}")
    return status


def watched(command: Sequence[str]) -> tuple[int, str]:
    """Run a command, show what it prints as it comes, and return its exit status and its last line."""
    last = "it printed nothing"
    pipe, none, surrounding = subprocess.PIPE, subprocess.DEVNULL, surroundings(QT_QPA_PLATFORM="offscreen")
    with subprocess.Popen(
        command, cwd=ROOT, env=surrounding, stdin=none, stdout=pipe, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            say(line.rstrip("\n"))
            last = line.strip() or last
    return process.returncode, last


def skipped_tests(report: Path) -> str:
    """One line that names what pytest skipped, with the reasons; tests of one file with one reason are counted."""
    if not report.exists():
        return "skipped: not known, pytest wrote no report"
    rows: Counter[tuple[str, str]] = Counter()
    for case in ElementTree.parse(report).iter("testcase"):
        for mark in case.iter("skipped"):
            place = f"{case.get('classname', '')}::{case.get('name', '').split('[')[0]}"
            rows[place, " ".join((mark.get("message") or "no reason given").split())] += 1
    if not rows:
        return "nothing skipped"
    named = [f"{place}{f' x{n}' if n > 1 else ''} ({reason})" for (place, reason), n in sorted(rows.items())]
    return f"skipped {sum(rows.values())}: " + "; ".join(named)


def fix(chosen: argparse.Namespace) -> int:
    """Let ruff repair style and layout."""
    ensure_environment()
    return max(call([tool("ruff"), *words]) for words in (["check", "--fix", "."], ["format", "."]))


def golden(chosen: argparse.Namespace) -> int:
    """Rewrite tests/golden from what the program makes now; read the difference before you commit it."""
    ensure_environment()
    ensure_system(QT_LIBRARIES, needed=True)
    return call([tool("python"), "-m", "pytest", "tests", "-q", "-m", "golden", "--rewrite-golden"])


def bench(chosen: argparse.Namespace) -> int:
    """Measure, and print figures."""
    ensure_environment()
    return call([tool("python"), "-m", "tests.bench", *chosen.name, *["--json"] * chosen.json], QT_QPA_PLATFORM="offscreen")


def simulate(chosen: argparse.Namespace) -> int:
    """Run simulated worlds of laptops and centre, or real sockets and processes, with faults counted by kind."""
    if chosen.seeds < 1 or chosen.start < 0:
        raise Stop("One seed or more is needed, and the first one is 0 or above.")
    ensure_environment()
    worlds = ["tests.simulation", "--seeds", str(chosen.seeds), "--start", str(chosen.start), *["--plants"] * chosen.plants]
    return call([tool("python"), "-m", *(["tests.sockets"] if chosen.sockets else worlds)])


def package(chosen: argparse.Namespace) -> int:
    """Bundle the desktop, start it, make a .deb on Debian and Ubuntu; with --verifier the one file for customers."""
    ensure_environment()
    ensure_system(["binutils"] if chosen.verifier else [*QT_LIBRARIES, "binutils"], needed=True)
    if chosen.verifier:
        return call([tool("python"), "installer/bundle.py", "verifier"])
    return call([tool("python"), "installer/bundle.py", "desktop", *QT_LIBRARIES, *WINDOW_LIBRARIES], QT_QPA_PLATFORM="offscreen")


def point_profile_at(address: str) -> None:
    """Write the centre's address into the demonstration's settings and leave the rest of them alone."""
    file = PROFILE / "settings.json"
    settings = json.loads(read(file)) if file.exists() else {}
    file.write_text(json.dumps({**settings, "centre_url": address}, ensure_ascii=False, indent=1), encoding="utf-8")


def arguments() -> argparse.ArgumentParser:
    """The commands and their words."""
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for work in (run, test, check, fix, golden, bench, simulate, package):
        one = commands.add_parser(work.__name__, help=(work.__doc__ or "").splitlines()[0])
        one.set_defaults(work=work)
        if work is run:
            one.add_argument("--headless", metavar="DIR", help="drive a whole day without a display; pictures to DIR")
            one.add_argument("--fresh", action="store_true", help="forget the demonstration's data and start anew")
        if work is simulate:
            one.add_argument("--seeds", type=int, default=200, help="how many")
            one.add_argument("--start", type=int, default=0, help="the first one")
            one.add_argument("--plants", action="store_true", help="instead: which seed shows each of the mistakes that tests plant")
            one.add_argument("--sockets", action="store_true", help="instead: a line cut at every byte, killed processes, 1 GB of photos")
        if work is package:
            one.add_argument("--verifier", action="store_true", help="instead: the verifier of reports for customers, one file")
        if work is bench:
            one.add_argument("name", nargs="*", help="which measurements; all when left out")
            one.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    chosen = arguments().parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the centre is stopped too
    try:
        if other := newer_python():
            return subprocess.run([other, str(Path(__file__).resolve()), *sys.argv[1:]]).returncode
        return int(chosen.work(chosen))
    except Stop as reason:
        say(str(reason))
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
