"""Workbooks that somebody gave at the console, kept between their check and their publishing: one for each account, with its files."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath

from fieldapp.base.errors import CentreError, disk_words
from fieldapp.base.i18n import N_
from fieldapp.central.refusals import BadDataFolder

__all__ = ["UPLOAD_LIMIT", "NoWorkbook", "UploadGone", "UploadTooLarge", "drop", "held", "hold"]

UPLOAD_LIMIT = 32 * 2**20
"""Bytes of a workbook and its files together."""

_BOOKS = (".xlsx", ".xls")


class NoWorkbook(CentreError):
    """None of the files given is a workbook, or several are."""

    code = "FA-636"
    message = N_("Choose one workbook (.xlsx or .xls), and with it the files that it refers to. Nothing was published.")


class UploadTooLarge(CentreError):
    """More than the centre takes."""

    code = "FA-637"
    message = N_("These files are larger than {limit} MB together. Nothing was published. Make the pictures smaller and choose them again.")


class UploadGone(CentreError):
    """What was checked is not what lies here any more."""

    code = "FA-638"
    message = N_("The workbook that was checked is not here any more. Nothing was published. Choose it again.")


def hold(folder: Path, account: str, files: Mapping[str, bytes]) -> Path:
    """Keep the files of an account in the data folder, in place of those from before; returns the workbook's place."""
    named = {_plain(name): data for name, data in files.items()}
    books = [name for name in named if Path(name).suffix.lower() in _BOOKS]
    if len(books) != 1 or "" in named or len(named) != len(files):
        raise NoWorkbook
    if sum(map(len, named.values())) > UPLOAD_LIMIT:
        raise UploadTooLarge(limit=UPLOAD_LIMIT // 2**20)
    place = _place(folder, account)
    try:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for name, data in named.items():
            (place / name).write_bytes(data)
    except OSError as fault:
        raise BadDataFolder(path=place, reason=disk_words(fault)) from fault
    return place / books[0]


def held(folder: Path, account: str, digest: str) -> Path:
    """The workbook that an account had checked, by its SHA-256 (hex); UploadGone when another one, or none, lies there."""
    place = _place(folder, account)
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        if path.suffix.lower() in _BOOKS and sha256(path.read_bytes()).hexdigest() == digest:
            return path
    raise UploadGone


def drop(folder: Path, account: str) -> None:
    """Let go of what an account gave."""
    shutil.rmtree(_place(folder, account), ignore_errors=True)


def _place(folder: Path, account: str) -> Path:
    return folder / "uploads" / sha256(account.encode()).hexdigest()[:16]


def _plain(name: str) -> str:
    """A file's name without folders; empty for one that is none."""
    last = PurePosixPath(name.replace("\\", "/")).name
    fine = last[:1] not in ("", ".") and len(last.encode()) <= 200 and last.isprintable()
    return last if fine else ""
