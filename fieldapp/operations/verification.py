"""Whether a signed report holds, in words: for the screen, for `fieldapp verify`, and for the verifier that customers get.

Nothing of the replica, the keyring or the window comes along, so that the last of them stays small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldapp.base.clock import Clock, SystemClock, moment_text
from fieldapp.base.errors import InputError, StorageError
from fieldapp.base.i18n import N_, Language, Sentence, say
from fieldapp.base.settings import Places, places
from fieldapp.reports.blocks import Brand
from fieldapp.reports.documents import data_of
from fieldapp.reports.history import first_difference
from fieldapp.reports.verdicts import SignatureVerdict, VerificationReport, moment_words, shown
from fieldapp.reports.verification import attached_json
from fieldapp.reports.verification import verify as judge
from fieldapp.vault.certificates import pinned_roots, revocation_list
from fieldapp.vault.files import DamagedVault
from fieldapp.vault.keys import pems_to_der
from fieldapp.wire.history import BadHistory, read_history

if TYPE_CHECKING:
    from fieldapp.operations.session import FieldSession

__all__ = [
    "SCHEMA",
    "CertificateUnreadable",
    "HistoryView",
    "OneReportOnly",
    "SignatureLine",
    "VerifyView",
    "verify",
    "verify_file",
    "verify_files",
]


class CertificateUnreadable(StorageError):
    """The file with the company's certificate cannot be read."""

    code = "FA-283"
    message = N_("The certificate file {name} cannot be read. Nothing was checked. Choose the CA certificate of the company (PEM).")


class OneReportOnly(InputError):
    """A history was given for several files at once."""

    code = "FA-183"
    message = N_("A history belongs to one report. Nothing was checked. Give one file with --visit.")


SCHEMA = "fieldapp.verify/1"
"""The name of what `as_json` gives; a field that goes or changes its meaning makes another."""


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a file: its place, its kind (certification, approval, void, time_stamp, unknown), whose, when it says."""

    field: str
    kind: str
    name: str
    role: str
    device: str
    at: datetime | None
    valid: bool
    covers: int = 0
    strokes: str = ""


_LARGEST = 200 * 2**20
"""Bytes of an export that is read: a visit of thousands of answers has a few."""


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The verdict on an export of a visit's history, held against a report.

    `changes`, `root` and `since` are those of the report's signed data (0, empty, None without any); `compared` says that the export
    could be read; `problem` is the first difference, or why nothing was compared.
    """

    name: str
    changes: int = 0
    root: str = ""
    since: datetime | None = None
    problem: Sentence | None = None
    compared: bool = False

    @property
    def proven(self) -> bool:
        """Whether the export is the signed history, whole and in order."""
        return self.compared and self.problem is None

    def sentences(self) -> tuple[Sentence, ...]:
        """The verdict in words, with what it leaves open."""
        if not self.proven:
            return (say("Not proven."), *((self.problem,) if self.problem is not None else ()))
        all_there = say("All {total} Changes are those that were signed: none altered, left out, added or moved.", total=self.changes)
        root = say("Root of their tree: {root}", root=self.root)
        others = say("What other laptops and the centre changed is not part of it; nor are the numbers of the Changes and incarnations.")
        if self.since is None:
            return all_there, root, others
        return (
            all_there,
            root,
            say("It begins at {when} by the laptop's clock; what was before is not listed.", when=moment_words(self.since)),
            others,
        )

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "file": self.name,
            "proven": self.proven,
            "changes": self.changes,
            "root": self.root,
            "since": moment_text(self.since) if self.since else None,
            "problem": _both((self.problem,))[0] if self.problem is not None else None,
        }


@dataclass(frozen=True, slots=True)
class VerifyView:
    """The verdict on one file. `sentences` are the whole report, the verdict first; `stage`: unsigned | on_site | stamped.

    `parts` are the same under headings, the verdict left out. `history` is there when one was asked about; `accepted` is of the file alone.
    """

    name: str
    accepted: bool
    stage: str
    number: str
    content_digest: str
    sentences: tuple[Sentence, ...]
    signatures: tuple[SignatureLine, ...]
    missing: tuple[str, ...]
    stamped_at: datetime | None
    size: int = 0
    sha256: str = ""
    redrawn: bool | None = None
    problems: tuple[Sentence, ...] = ()
    proven: tuple[Sentence, ...] = ()
    not_proven: tuple[Sentence, ...] = ()
    parts: tuple[tuple[Sentence, tuple[Sentence, ...]], ...] = ()
    stamp_holds_until: datetime | None = None
    history: HistoryView | None = None

    def read(self, language: Language) -> str:
        """The whole report in a language, a sentence on each line."""
        return "\n".join(each.read(language) for each in self.sentences)

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain values, sentences in both languages, moments as RFC 3339; `docs/verify.schema.json` describes it."""
        return {
            "schema": SCHEMA,
            "file": self.name,
            "size": self.size,
            "sha256": self.sha256,
            "accepted": self.accepted,
            "stage": self.stage,
            "number": self.number,
            "content_digest": self.content_digest,
            "missing": list(self.missing),
            "stamped_at": moment_text(self.stamped_at) if self.stamped_at else None,
            "stamp_holds_until": moment_text(self.stamp_holds_until) if self.stamp_holds_until else None,
            "signatures": [
                {
                    "field": each.field,
                    "kind": each.kind,
                    "name": each.name,
                    "role": each.role,
                    "device": each.device,
                    "at": moment_text(each.at) if each.at else None,
                    "valid": each.valid,
                    "covers": each.covers,
                    "strokes": each.strokes,
                }
                for each in self.signatures
            ],
            "redrawn": self.redrawn,
            "history": self.history.as_json() if self.history else None,
            "problems": _both(self.problems),
            "proven": _both(self.proven),
            "not_proven": _both(self.not_proven),
            "zh": [each.read("zh") for each in self.sentences],
            "en": [each.read("en") for each in self.sentences],
        }


def _judge_history(view: VerifyView, pdf: bytes, path: Path) -> HistoryView:
    """Whether an export is the history that an accepted report lists."""
    name = shown(path.name)
    if not view.accepted:
        return HistoryView(name, problem=say("The report is not accepted, so it proves no history."))
    signed = data_of(attached_json(pdf)).front.history
    if signed is None:
        return HistoryView(name, problem=say("The report lists no history: it was sealed by an older version of the program."))
    about = len(signed.digests), shown(signed.root), signed.since
    try:
        if path.stat().st_size > _LARGEST:
            raise BadHistory(name=name, line=1)
        _, changes = read_history(path.read_bytes(), name)
    except OSError:
        return HistoryView(name, *about, problem=say("The file {name} cannot be read. Nothing was checked.", name=name))
    except BadHistory as fault:
        return HistoryView(name, *about, problem=fault.sentence)
    return HistoryView(name, *about, problem=first_difference(signed, [data for _, data in changes]), compared=True)


def verify(pdf: bytes, roots: tuple[bytes, ...], at: datetime | None = None, crls: tuple[bytes, ...] = (), *, name: str = "") -> VerifyView:
    """Judge the bytes of a file against the given roots (DER) and nothing else; it never raises for a bad file.

    `at` is the present moment (aware); `crls` (DER) are lists of revoked certificates.
    """
    return _view(name, judge(pdf, roots, at, crls, brand=Brand()))


def verify_file(session: FieldSession, path: Path) -> VerifyView:
    """Judge a file against the certificates that were pinned when this laptop was enrolled."""
    crl = revocation_list(session.places.vault)
    return _one(path, session.vault.roots, session.clock.now(), (crl,) if crl else ())


def verify_files(
    paths: Sequence[Path],
    ca: Path | None = None,
    where: Places | None = None,
    clock: Clock | None = None,
    *,
    visit: Path | None = None,
) -> tuple[VerifyView, ...]:
    """Judge files for the command: against the certificates in `ca` (PEM), else those pinned in the profile `where`.

    A file that cannot be read is not accepted and says so. CertificateUnreadable when `ca` is of no use. `visit` is an export of the
    history behind the one file; OneReportOnly when there are more.
    """
    if visit is not None and len(paths) != 1:
        raise OneReportOnly
    vault = (where or places()).vault
    roots = _given_roots(ca) if ca is not None else pinned_roots(vault)
    crl = revocation_list(vault) if ca is None else b""
    now = (clock or SystemClock()).now()
    return tuple(_one(path, roots, now, (crl,) if crl else (), visit) for path in paths)


def _given_roots(ca: Path) -> tuple[bytes, ...]:
    try:
        return pems_to_der(ca.read_bytes(), ca.name)
    except (OSError, DamagedVault) as fault:
        raise CertificateUnreadable(name=ca.name) from fault


def _one(path: Path, roots: tuple[bytes, ...], at: datetime, crls: tuple[bytes, ...], visit: Path | None = None) -> VerifyView:
    pdf = b""
    try:
        pdf = path.read_bytes()
    except OSError:
        unread = say("The file {name} cannot be read. Nothing was checked.", name=shown(path.name))
        view = _view(shown(path.name), VerificationReport(False, "unsigned", problems=(unread,)))
    else:
        view = verify(pdf, roots, at, crls, name=shown(path.name))
    return view if visit is None else _with_history(view, _judge_history(view, pdf, visit))


def _with_history(view: VerifyView, history: HistoryView) -> VerifyView:
    """The view with its history, which is a part of the report in words, too."""
    lines = history.sentences()
    return replace(view, history=history, sentences=(*view.sentences, *lines), parts=(*view.parts, (say("History of the visit"), lines)))


def _both(sentences: Sequence[Sentence]) -> list[dict[str, str]]:
    return [{"zh": each.read("zh"), "en": each.read("en")} for each in sentences]


def _view(name: str, found: VerificationReport) -> VerifyView:
    return VerifyView(
        name=name,
        accepted=found.accepted,
        stage=found.stage,
        number=found.number,
        content_digest=found.content_digest,
        sentences=found.sentences(),
        signatures=tuple(_line(each) for each in found.signatures),
        missing=found.missing,
        stamped_at=found.stamped_at,
        size=found.size,
        sha256=found.sha256,
        redrawn=found.redrawn,
        problems=(*found.problems, *(problem for each in found.signatures for problem in each.problems)),
        proven=found.proven,
        not_proven=found.not_proven,
        parts=found.parts(),
        stamp_holds_until=found.holds_until,
    )


def _line(found: SignatureVerdict) -> SignatureLine:
    return SignatureLine(
        found.field, found.kind, found.name, found.role, found.device, found.when, found.valid, found.covers, found.strokes_digest
    )
