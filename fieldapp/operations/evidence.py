"""Evidence of a backup: a manifest of every file with its size and SHA-256, computed at the disk's speed, and compared.

The text of a manifest is canonical, so that two ends that saw the same files write the same bytes: a line for each file,
`<sha256>  <size>  <path>`, sorted by the bytes of the path (relative, "/" between folders, UTF-8); a symbolic link stands with
`link` for its size and the digest of its target's name, and is not followed; empty folders and sockets do not stand in it. The last
line is `manifest  <files>  <bytes>  <sha256 of the lines above>`. The scripts for the customer's server write the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fieldapp.base.clock import Clock
from fieldapp.base.errors import InputError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.settings import resource
from fieldapp.operations.overview import size_words
from fieldapp.operations.watching import Watch

__all__ = [
    "SCRIPTS",
    "Comparison",
    "ComputationStopped",
    "EvidenceUnreadable",
    "FileChanged",
    "Manifest",
    "ManifestDamaged",
    "ManifestLine",
    "NameNotUsable",
    "NoFolder",
    "NothingToList",
    "ScriptResult",
    "compare",
    "comparison_words",
    "compute",
    "digest_groups",
    "read_result",
    "read_result_file",
    "save_scripts",
]

SCRIPTS = ("manifest.sh", "manifest.ps1")
_CHUNK = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64})  (0|[1-9][0-9]*|link)  (.+)", re.DOTALL)
_LAST = re.compile(r"manifest  (0|[1-9][0-9]*)  (0|[1-9][0-9]*)  ([0-9a-f]{64})")


class NoFolder(InputError):
    """The folder of a backup is not there."""

    code = "FA-170"
    message = N_("The folder {folder} cannot be opened. Nothing was changed. Choose the folder again, or attach its disk.")


class NameNotUsable(InputError):
    """A file name that a line of a manifest cannot hold."""

    code = "FA-171"
    message = N_("The name of {name} holds a line break or no valid letters. Nothing was changed. Rename the file and compute again.")


class EvidenceUnreadable(InputError):
    """A file of the backup cannot be read to its end."""

    code = "FA-176"
    message = N_(
        "{name} cannot be read, so this backup is no evidence yet. Nothing was recorded. Check the disk and the rights, then go on."
    )


class FileChanged(InputError):
    """A file changed while it was read."""

    code = "FA-172"
    message = N_("{name} was changed while it was read. Nothing was recorded. Take the evidence of a copy that nobody writes to.")


class ManifestDamaged(InputError):
    """A result of the script that is cut, altered or something else."""

    code = "FA-173"
    message = N_("This is no whole result of the manifest script. Nothing was changed. Bring the file again, or type the digest.")


class NothingToList(InputError):
    """A folder without any file."""

    code = "FA-174"
    message = N_("There is no file in {folder}. Nothing was changed. Choose the folder of the backup.")


class ComputationStopped(InputError):
    """A person stopped the computation."""

    code = "FA-175"
    message = N_("The computation was stopped. What is computed is kept. Start again to go on.")


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One file: its relative path, its size in bytes (None for a symbolic link), its SHA-256 (hex)."""

    path: str
    size: int | None
    digest: str

    @property
    def text(self) -> str:
        """The line, with its line feed."""
        return f"{self.digest}  {'link' if self.size is None else self.size}  {self.path}\n"


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a folder in canonical order; `digest` is the SHA-256 of all lines (hex)."""

    lines: tuple[ManifestLine, ...]
    size: int
    digest: str

    @classmethod
    def of(cls, lines: Mapping[str, ManifestLine]) -> Manifest:
        """Sort lines by the bytes of their paths and count them."""
        ordered = tuple(lines[path] for path in sorted(lines, key=_bytes))
        return cls(ordered, sum(each.size or 0 for each in ordered), hashlib.sha256(_body(ordered)).hexdigest())

    @property
    def files(self) -> int:
        """How many files and links stand in it."""
        return len(self.lines)

    @property
    def text(self) -> bytes:
        """The canonical text with its last line."""
        return _body(self.lines) + f"manifest  {self.files}  {self.size}  {self.digest}\n".encode()


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What came back from the customer's server; counts and manifest are None where only the digest was typed."""

    digest: str
    files: int | None = None
    size: int | None = None
    manifest: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two manifests against each other: paths that are missing in the second, only in it, or different in it."""

    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both list the same files with the same content."""
        return not (self.missing or self.extra or self.changed)


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _body(lines: tuple[ManifestLine, ...]) -> bytes:
    return b"".join(_bytes(each.text) for each in lines)


def digest_groups(digest: str) -> str:
    """A digest as it stands on paper: 16 groups of 4."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def compare(before: Manifest, after: Manifest) -> Comparison:
    """What differs in `after`: a second computation, the source, or what a test restore brought back."""
    old = {each.path: each for each in before.lines}
    new = {each.path: each for each in after.lines}
    return Comparison(
        tuple(path for path in old if path not in new),
        tuple(path for path in new if path not in old),
        tuple(path for path, line in old.items() if path in new and new[path] != line),
    )


def comparison_words(found: Comparison) -> Sentence:
    """A comparison in words."""
    if found.same:
        return say("No difference")
    return say(
        "{missing} missing, {extra} more, {changed} different",
        missing=len(found.missing),
        extra=len(found.extra),
        changed=len(found.changed),
    )


def save_scripts(folder: Path) -> tuple[Path, ...]:
    """Put the scripts for the customer's server into a folder (a USB stick) and return their paths; NoFolder when it cannot be written."""
    written = []
    for name in SCRIPTS:
        target = folder / name
        try:
            target.write_bytes(resource(f"scripts/{name}").read_bytes())
        except OSError as fault:
            raise NoFolder(folder=str(folder)) from fault
        written.append(target)
    return tuple(written)


def read_result_file(path: Path) -> ScriptResult:
    """Read a result of the script from a file; NoFolder when it cannot be opened, ManifestDamaged when it is not whole."""
    try:
        return read_result(path.read_bytes())
    except OSError as fault:
        raise NoFolder(folder=str(path)) from fault


def read_result(given: bytes | str) -> ScriptResult:
    """Read the script's whole text, its last line alone (scanned), or the digest alone, typed in groups.

    ManifestDamaged for anything else: cut, altered, in another order, counted wrong.
    """
    text = given if isinstance(given, str) else _decoded(given)
    lines = [line.removesuffix("\r") for line in text.strip("\ufeff\r\n").split("\n")]
    typed = "".join(text.split()).lower()
    if re.fullmatch(r"[0-9a-f]{64}", typed):
        return ScriptResult(typed)
    last = _LAST.fullmatch(lines.pop())
    if last is None:
        raise ManifestDamaged
    files, size, digest = int(last[1]), int(last[2]), last[3]
    if not lines and files:
        return ScriptResult(digest, files, size)
    read: dict[str, ManifestLine] = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise ManifestDamaged
        read[match[3]] = ManifestLine(match[3], None if match[2] == "link" else int(match[2]), match[1])
    manifest = Manifest.of(read)
    whole = (manifest.files, manifest.size, manifest.digest) == (files, size, digest) and files
    if not whole or len(lines) != files or tuple(read.values()) != manifest.lines:
        raise ManifestDamaged
    return ScriptResult(digest, files, size, manifest)


def _decoded(data: bytes) -> str:
    """UTF-8, or UTF-16 where a console of Windows wrote it anew."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as fault:
            raise ManifestDamaged from fault
    return data.decode("utf-8", "surrogateescape")


def compute(folder: Path, clock: Clock, watch: Watch, state: Path | None = None) -> Manifest:
    """List a folder with every file's SHA-256, telling bytes done of all; links are not followed.

    `state` names a file in which finished digests are kept: after a stop, a crash or a pulled cable the next call goes on, reading
    again only what is new or has another size or time; it holds no names. Without it everything is read. Afterwards it is gone.
    NoFolder, NothingToList, NameNotUsable, EvidenceUnreadable, FileChanged, ComputationStopped; never half a manifest.
    """
    found = _listed(folder, watch)
    if not found:
        raise NothingToList(folder=str(folder))
    progress = _Progress(clock, watch, sum(each.size for each in found.values()))
    lines: dict[str, ManifestLine] = {}
    with _Kept.open(state, folder) as kept:
        for path in sorted(found, key=_bytes):
            each = found[path]
            if each.link is not None:
                lines[path] = ManifestLine(path, None, hashlib.sha256(each.link).hexdigest())
                continue
            known = kept.digest(path, each)
            if known is None:
                known = _read(folder / path, path, each, progress)
                kept.add(path, each, known)
            else:
                progress.skip(each.size)
            lines[path] = ManifestLine(path, each.size, known)
        progress.tell()
        kept.forget()
    return Manifest.of(lines)


@dataclass(frozen=True, slots=True)
class _Found:
    size: int
    time: int
    link: bytes | None = None


def _listed(folder: Path, watch: Watch) -> dict[str, _Found]:
    """Every file and link under a folder, by its relative path."""
    found: dict[str, _Found] = {}
    waiting = [("", os.fspath(folder))]
    while waiting:
        prefix, here = waiting.pop()
        if watch.cancelled:
            _stop(watch)
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    path = prefix + entry.name
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((f"{path}/", entry.path))
                    elif (one := _examined(entry)) is not None:
                        _usable(path)
                        found[path] = one
        except OSError as fault:
            if not prefix:
                raise NoFolder(folder=str(folder)) from fault
            raise EvidenceUnreadable(name=prefix.rstrip("/")) from fault
    return found


def _examined(entry: os.DirEntry[str]) -> _Found | None:
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        target = os.readlink(entry.path)  # noqa: PTH115 - a Path would tidy the target
        _usable(target)
        return _Found(0, 0, _bytes(target))
    return _Found(status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _usable(name: str) -> None:
    try:
        broken = "\n" in name or "\r" in name or not _bytes(name)
    except UnicodeEncodeError:
        broken = True
    if broken:
        raise NameNotUsable(name=name.encode("utf-8", "replace").decode())


def _read(place: Path, path: str, expected: _Found, progress: _Progress) -> str:
    """The SHA-256 of a file, from the disk and not from the system's memory where that can be asked for."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_CHUNK))
    try:
        with place.open("rb", buffering=0) as file:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
            while count := file.readinto(buffer):
                digest.update(buffer[:count])
                progress.add(count)
            status = os.fstat(file.fileno())
    except OSError as fault:
        raise EvidenceUnreadable(name=path) from fault
    if (status.st_size, status.st_mtime_ns) != (expected.size, expected.time):
        raise FileChanged(name=path)
    return digest.hexdigest()


def _stop(watch: Watch) -> None:
    watch.tell(0, 0)
    raise ComputationStopped


class _Progress:
    """Bytes done of all, told at most ten times a second; speed counts only what was read now."""

    def __init__(self, clock: Clock, watch: Watch, total: int) -> None:
        self._clock, self._watch, self._total = clock, watch, total
        self._begun = self._told = clock.elapsed()
        self._done = self._read = 0

    def add(self, count: int) -> None:
        self._done += count
        self._read += count
        if self._watch.cancelled or self._clock.elapsed() - self._told >= 0.1:
            self.tell()

    def skip(self, count: int) -> None:
        self._done += count

    def tell(self) -> None:
        now = self._clock.elapsed()
        self._told = now
        spent = now - self._begun
        words = None
        if spent > 0 and self._read:
            speed = self._read / spent
            left = max(0, round((self._total - self._done) / speed))
            words = say("{speed}/s · {left} left", speed=size_words(int(speed)), left=span_words(left))
        self._watch.tell(self._done, max(1, self._total), words)
        if self._watch.cancelled:
            raise ComputationStopped


def span_words(seconds: int) -> Sentence:
    """A time that is left: hours and minutes, minutes and seconds, or seconds."""
    if seconds >= 3600:
        return say("{hours} h {minutes} min", hours=seconds // 3600, minutes=seconds % 3600 // 60)
    if seconds >= 60:
        return say("{minutes} min {seconds} s", minutes=seconds // 60, seconds=seconds % 60)
    return say("{seconds} s", seconds=seconds)


class _Kept:
    """Digests of files that are finished, a line each, appended; a path stands there as its digest, so that no name leaks."""

    def __init__(self, place: Path | None, file: IO[str] | None, known: Mapping[str, str]) -> None:
        self._place, self._file, self._known = place, file, known
        self._waiting = 0

    @classmethod
    @contextlib.contextmanager
    def open(cls, place: Path | None, folder: Path) -> Iterator[_Kept]:
        """Read what was kept for the folder and go on writing; a state that cannot be kept only costs the resuming."""
        if place is None:
            yield cls(None, None, {})
            return
        head = json.dumps(["manifest", 1, _named(str(folder.absolute()))])
        known = cls._known_in(place, head)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            file = place.open("a" if known else "w", encoding="ascii")
        except OSError:
            yield cls(None, None, known)
            return
        kept = cls(place, file, known)
        try:
            if not known:
                kept.write(head)
            yield kept
        finally:
            with contextlib.suppress(OSError):
                file.close()

    @staticmethod
    def _known_in(place: Path, head: str) -> dict[str, str]:
        try:
            first, *lines = place.read_text("ascii", "replace").split("\n")
        except OSError:
            return {}
        known: dict[str, str] = {}
        if first == head:
            for line in lines[:-1]:
                key, _, digest = line.partition(" ")
                if re.fullmatch(r"[0-9a-f]{64}", digest):
                    known[key] = digest
        return known

    def digest(self, path: str, found: _Found) -> str | None:
        """The digest of a file that has the size and time it had then."""
        return self._known.get(_key(path, found))

    def add(self, path: str, found: _Found, digest: str) -> None:
        """Keep a finished digest; it reaches the disk with the next 16 MiB or 32 files."""
        if self._file is None:
            return
        self.write(f"{_key(path, found)} {digest}")
        self._waiting += found.size + (1 << 19)
        if self._waiting >= 1 << 24:
            self._waiting = 0
            with contextlib.suppress(OSError):
                self._file.flush()

    def write(self, line: str) -> None:
        """Add a line; a full disk only costs the resuming."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.write(line + "\n")

    def forget(self) -> None:
        """Nothing is left to resume."""
        if self._file is not None and self._place is not None:
            with contextlib.suppress(OSError):
                self._file.close()
                self._place.unlink(missing_ok=True)


def _key(path: str, found: _Found) -> str:
    return f"{_named(path)}-{found.size}-{found.time}"


def _named(path: str) -> str:
    return hashlib.sha256(_bytes(path)).hexdigest()
