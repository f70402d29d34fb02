"""The commands of the centre: serve, sample, codes, accounts, revoke, courier, visit-export, backup, restored.

Only machine-readable lines on stdout.
"""

from __future__ import annotations

import argparse
import errno
import functools
import gc
import json
import logging
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from fieldapp.base.clock import Clock, SystemClock, moment_from_text, moment_text
from fieldapp.base.errors import FieldappError, disk_words
from fieldapp.base.i18n import say
from fieldapp.base.ids import SystemRandomness
from fieldapp.central.checklists.commands import ABOUT, DeskCommand, add_command, appoint_visit, make_plan, tend_forms
from fieldapp.central.config import OffsetClock, load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.lost import let_in_again
from fieldapp.central.refusals import AnswerTaken, BadDataFolder, NoListening, WrongRevision
from fieldapp.central.renewal import renew_all
from fieldapp.central.rounds.epochs import history_of
from fieldapp.central.rounds.horizon import note_backup
from fieldapp.central.rounds.numbers import void_numbers
from fieldapp.central.service import CentralService
from fieldapp.central.state import state_of
from fieldapp.central.store.books import revision_of
from fieldapp.central.trust.accounts import find_account
from fieldapp.wire.stick import NameTaken

__all__ = ["main"]

_ZONE = ZoneInfo("Asia/Shanghai")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 done, 1 refused with a sentence on stderr, 2 wrong usage)."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # why a report gets no time-stamp is said in one line of our own
    try:
        status: int = arguments.run(arguments)
    except FieldappError as fault:
        sys.stderr.write(f"{fault.code}: {fault.read('en')}\n{fault.read('zh')}\n")
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fieldapp-central", description="The central service of fieldapp")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder; made when it is not there")
        made.add_argument("--database", default="", metavar="URL", help="postgresql://… instead of the embedded database")
        made.set_defaults(run=run)
        return made

    serve = command("serve", _serve, "answer laptops and browsers; prints its address as one JSON line")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    serve.add_argument("--now", type=_moment, help="a demonstration's clock: starts at this moment (ISO 8601 with zone) and runs on")
    sample = command("sample", _sample, "fill an empty data folder with the sample day; prints how to enrol as one JSON line")
    sample.add_argument("--seed", type=int, default=1)
    sample.add_argument("--form", type=Path, action="append", default=[], metavar="FILE", help="publish this workbook too (repeatable)")
    sample.add_argument(
        "--at",
        "--now",
        dest="now",
        type=_moment,
        help="the sample's moment (ISO 8601 with zone), where `serve` then begins too; else it is of today",
    )
    code = command("enrol-code", _enrol_code, "make a one-time code for a laptop of an engineer")
    code.add_argument("--engineer", required=True, metavar="ID")
    account = command("account", _account, "make an account of the console, or give one a new password (read from stdin)")
    account.add_argument("--name", required=True)
    command("ca", _ca, "write the CA's certificate (PEM) to stdout")
    revoke = command("revoke", _revoke, "block a laptop")
    revoke.add_argument("--device", required=True, metavar="ID")
    courier = command("courier", _courier, "take a courier's file of a laptop in, and write the answer that goes back")
    courier.add_argument("file", type=Path, metavar="FILE")
    courier.add_argument("--answer", type=Path, metavar="FILE", help="where the answer goes; else beside the file, as …-back.courier")
    unblock = command("unblock", _unblock, "let a blocked laptop in again; prints the one-time code with which it gets new keys")
    unblock.add_argument("--device", required=True, metavar="ID")
    void = command("void-numbers", _void_numbers, "print the numbers that will never stand on paper, one JSON line for each range")
    void.add_argument("--device", default="", metavar="ID", help="of this laptop only")
    command("status", _status, "print how the centre stands: history, laptops, room for photos and files, the newest backup")
    command(
        "backup-begin", _backup_begin, "print the present revision, for `backed-up`; run it before a dump with other tools (PostgreSQL)"
    )
    backed_up = command("backed-up", _backed_up, "note a backup that was made with other tools; run it when the dump is whole and checked")
    backed_up.add_argument("--revision", type=int, required=True, metavar="N", help="what `backup-begin` printed before the dump")
    backup = command("backup", _backup, "copy the embedded database, keys and blobs to a new folder while the service runs")
    backup.add_argument("--to", type=Path, required=True, metavar="DIR")
    for name, run in (("forms", tend_forms), ("plan", make_plan), ("appoint", appoint_visit)):
        add_command(name, command(name, functools.partial(_at_the_desk, run), ABOUT[name]))
    renew = command("renew-stamps", _renew_stamps, "renew time-stamps that are due; prints a JSON line for each report")
    renew.add_argument("--before", type=_day, metavar="DATE", help="all that were set before this day (ISO 8601) instead")
    renew.add_argument("--dry-run", action="store_true", help="say what is due and renew nothing")
    history = command("visit-export", _visit_export, "write the Changes that a signed report lists, for `fieldapp verify --visit`")
    history.add_argument(
        "what", metavar="VISIT-or-REPORT", help="a report's number or identity, or a visit's identity: its newest sealed report"
    )
    history.add_argument("file", type=Path, metavar="FILE", help="what is written; there must be none of that name")
    history.add_argument("--so-far", action="store_true", help="also what the laptop changed in these records since the sealing")
    command("restored", _restored, "begin a new epoch after a backup was put back, so that laptops send again what it lacks")
    return parser


def _moment(text: str) -> datetime:
    try:
        return moment_from_text(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault


def _day(text: str) -> datetime:
    """The beginning of a day in China."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), _ZONE)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault


def _open(arguments: argparse.Namespace) -> CentralService:
    """The service of a data folder; a demonstration's clock goes on from where the folder was filled."""
    randomness = SystemRandomness()
    settings = load_centre_settings(arguments.data, randomness, arguments.database)
    clock: Clock = SystemClock()
    start: datetime | None = getattr(arguments, "now", None)
    kept = arguments.data / "demo-clock.json"
    if start is None and kept.exists():
        try:
            start = moment_from_text(json.loads(kept.read_text(encoding="utf-8"))["now"])
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise BadDataFolder(path=kept, reason=say("it holds no moment")) from fault
    if start is not None:
        clock = OffsetClock(clock, start)
    return CentralService(settings, clock=clock, randomness=randomness)


def _print(values: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _serve(arguments: argparse.Namespace) -> int:
    import uvicorn

    from fieldapp.central.web.app import make_app

    service = _open(arguments)
    settings = uvicorn.Config(
        make_app(service), log_config=None, access_log=False, server_header=False, date_header=False, timeout_keep_alive=30
    )
    server = uvicorn.Server(settings)
    family = socket.AF_INET6 if ":" in arguments.host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((arguments.host, arguments.port))
        except (OSError, OverflowError) as fault:
            reason = getattr(fault, "strerror", None) or str(fault)
            if getattr(fault, "errno", None) == errno.EADDRINUSE:
                reason = say("the port is in use")
            raise NoListening(address=f"{arguments.host}:{arguments.port}", reason=reason) from fault
        listener.listen(128)
        host = f"[{arguments.host}]" if family == socket.AF_INET6 else arguments.host
        _print({"address": f"http://{host}:{listener.getsockname()[1]}", "now": moment_text(service.clock.now())})

        def stop(_number: int, _frame: FrameType | None) -> None:
            server.should_exit = True

        # the server's own handlers would raise the signal again after the end and so exit with its number
        server.capture_signals = _no_signals  # type: ignore[method-assign]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        with _seldom_collected():
            server.run(sockets=[listener])
    service.close()
    return 0


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """What stands now stands to the end: the collector need not walk over it in the middle of every evening."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _no_signals() -> Iterator[None]:
    """Stands in for a method of the server."""
    yield


def _sample(arguments: argparse.Namespace) -> int:
    from fieldapp.central.sample.build import build

    for form in arguments.form:
        if not form.is_file():
            raise BadDataFolder(path=form, reason=disk_words(OSError(errno.ENOENT, "")))
    service = _open(arguments)
    with closing(service):
        with service.store.reading() as connection:
            if find_account(connection, "dispatcher") is not None:
                raise BadDataFolder(path=arguments.data, reason=say("there is data in it already"))
        summary = build(Desk(service), service.clock.now(), arguments.seed, arguments.form)
        if arguments.now is not None:
            (arguments.data / "demo-clock.json").write_text(json.dumps({"now": moment_text(arguments.now)}), encoding="utf-8")
        _print(
            {
                "code": summary.code,
                "engineer": summary.engineer,
                "engineer_name": summary.engineer_name,
                "dispatcher": summary.dispatcher,
                "password": summary.password,
                "at": moment_text(summary.at),
                "inspection_visit": summary.inspection_visit,
                "repair_visit": summary.repair_visit,
                "upgrade_visit": summary.upgrade_visit,
                "records": summary.records,
                "answers": summary.answers,
            }
        )
    return 0


def _at_the_desk(run: DeskCommand, arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service:
        run(Desk(service), arguments, _print)
    return 0


def _enrol_code(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service:
        _print({"code": Desk(service).new_enrol_code(arguments.engineer), "engineer": arguments.engineer})
    return 0


def _account(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service:
        Desk(service).add_account(arguments.name, sys.stdin.readline().rstrip("\n"))
        _print({"name": arguments.name})
    return 0


def _ca(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service:
        sys.stdout.write(service.authority.ca.pem.decode("ascii"))
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service:
        service.revoke(arguments.device)
        _print({"revoked": arguments.device})
    return 0


def _courier(arguments: argparse.Namespace) -> int:
    from fieldapp.central.courier import answer_name, take_parcel

    answer = arguments.answer or answer_name(arguments.file)
    with closing(_open(arguments)) as service:
        try:
            done = take_parcel(service, arguments.file, answer)
        except NameTaken as fault:
            raise AnswerTaken(path=answer) from fault
        _print({**asdict(done), "answer": str(done.answer)})
    return 0


def _unblock(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service:
        _print({"code": let_in_again(service, arguments.device), "device": arguments.device})
    return 0


def _renew_stamps(arguments: argparse.Namespace) -> int:
    """Exit status 1 when one could not be renewed; the log says why."""
    fine = True
    with closing(_open(arguments)) as service:
        for job, outcome, digest in renew_all(service, arguments.before, dry=arguments.dry_run):
            told = {"report": job.report, "number": job.number, "latest_stamp_at": moment_text(job.stamped), "outcome": outcome}
            _print({**told, "digest": digest or job.digest})
            fine = fine and outcome not in ("refused", "missing")
    return 0 if fine else 1


def _visit_export(arguments: argparse.Namespace) -> int:
    from fieldapp.central.histories import export_history

    with closing(_open(arguments)) as service:
        _print(export_history(Desk(service), arguments.what, arguments.file, so_far=arguments.so_far))
    return 0


def _void_numbers(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service, service.store.reading() as connection:
        for each in void_numbers(connection, arguments.device):
            _print(asdict(each))
    return 0


def _backed_up(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service, service.store.writing() as connection:
        history = history_of(connection)
        if not 0 <= arguments.revision <= history.revision or history.lost(arguments.revision):
            raise WrongRevision(revision=arguments.revision, top=history.revision)
        _print({"revision": note_backup(connection, service.clock.now(), arguments.revision)})
    return 0


def _backup_begin(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service, service.store.reading() as connection:
        _print({"revision": revision_of(connection)})
    return 0


def _status(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service:
        _print(asdict(state_of(service)))
    return 0


def _backup(arguments: argparse.Namespace) -> int:
    """Database first, blobs after: whatever the copied database names is then in the copied folder, too.

    The backup is noted when it is whole: laptops throw away what a noted one holds.
    """
    source = arguments.data / "centre.db"
    if not source.exists() or arguments.to.exists():
        raise BadDataFolder(
            path=arguments.to if source.exists() else source,
            reason=disk_words(OSError(errno.EEXIST if source.exists() else errno.ENOENT, "")),
        )
    with closing(_open(arguments)) as service:
        with service.store.reading() as connection:
            began, revision = service.clock.now(), revision_of(connection)
        _copy_whole(arguments.data, arguments.to)
        with service.store.writing() as connection:
            note_backup(connection, began, revision)
    _print({"backup": str(arguments.to)})
    return 0


def _copy_whole(data: Path, to: Path) -> None:
    """Copy under another name first: a backup that was cut off must not look like one. The copied database is checked whole."""
    half = to.with_name(to.name + ".part")
    try:
        half.mkdir(parents=True)
    except OSError as fault:
        raise BadDataFolder(path=half, reason=disk_words(fault)) from fault
    try:
        with closing(sqlite3.connect(data / "centre.db")) as here, closing(sqlite3.connect(half / "centre.db")) as there:
            here.backup(there)
            found = there.execute("PRAGMA integrity_check").fetchone()
        if found != ("ok",):
            shutil.rmtree(half)
            raise BadDataFolder(path=data / "centre.db", reason=say("the database is damaged"))
        for name in ("keys", "blobs"):
            shutil.copytree(data / name, half / name, ignore=shutil.ignore_patterns("partial"))
        for name in ("centre.json", "demo-clock.json"):
            if (data / name).exists():
                shutil.copy2(data / name, half / name)
        half.rename(to)
    except (OSError, sqlite3.Error) as fault:
        shutil.rmtree(half, ignore_errors=True)
        # a tree tells of many files at once, without a number
        reason = disk_words(fault) if isinstance(fault, OSError) and fault.errno else str(fault)[:200]
        raise BadDataFolder(path=to, reason=reason) from fault


def _restored(arguments: argparse.Namespace) -> int:
    with closing(_open(arguments)) as service:
        _print({"epoch": service.begin_epoch()})
    return 0
