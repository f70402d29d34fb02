"""Whether a signed report holds, in words: for the screen, and for `fieldapp verify`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fieldapp.base.clock import Clock, SystemClock, moment_text
from fieldapp.base.errors import StorageError
from fieldapp.base.i18n import N_, Language, Sentence, say
from fieldapp.base.settings import Places, places
from fieldapp.operations.session import FieldSession
from fieldapp.reports.blocks import Brand
from fieldapp.reports.verdicts import VerificationReport
from fieldapp.reports.verification import verify as judge
from fieldapp.vault.files import DamagedVault
from fieldapp.vault.keys import pems_to_der
from fieldapp.vault.vault import pinned_roots, revocation_list

__all__ = ["CertificateUnreadable", "SignatureLine", "VerifyView", "verify", "verify_file", "verify_files"]


class CertificateUnreadable(StorageError):
    """The file with the company's certificate cannot be read."""

    code = "FA-283"
    message = N_("The certificate file {name} cannot be read. Nothing was checked. Choose the CA certificate of the company (PEM).")


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


@dataclass(frozen=True, slots=True)
class VerifyView:
    """The verdict on one file. `sentences` are the whole report, the verdict first; `stage`: unsigned | on_site | stamped."""

    name: str
    accepted: bool
    stage: str
    number: str
    content_digest: str
    sentences: tuple[Sentence, ...]
    signatures: tuple[SignatureLine, ...]
    missing: tuple[str, ...]
    stamped_at: datetime | None

    def read(self, language: Language) -> str:
        """The whole report in a language, a sentence on each line."""
        return "\n".join(each.read(language) for each in self.sentences)

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain values, sentences in both languages, moments as RFC 3339."""
        return {
            "file": self.name,
            "accepted": self.accepted,
            "stage": self.stage,
            "number": self.number,
            "content_digest": self.content_digest,
            "missing": list(self.missing),
            "stamped_at": moment_text(self.stamped_at) if self.stamped_at else None,
            "signatures": [
                {
                    "field": each.field,
                    "kind": each.kind,
                    "name": each.name,
                    "role": each.role,
                    "device": each.device,
                    "at": moment_text(each.at) if each.at else None,
                    "valid": each.valid,
                }
                for each in self.signatures
            ],
            "zh": [each.read("zh") for each in self.sentences],
            "en": [each.read("en") for each in self.sentences],
        }


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
    paths: Sequence[Path], ca: Path | None = None, where: Places | None = None, clock: Clock | None = None
) -> tuple[VerifyView, ...]:
    """Judge files for the command: against the certificates in `ca` (PEM), else those pinned in the profile `where`.

    A file that cannot be read is not accepted and says so. CertificateUnreadable when `ca` is of no use.
    """
    vault = (where or places()).vault
    roots = _given_roots(ca) if ca is not None else pinned_roots(vault)
    crl = revocation_list(vault) if ca is None else b""
    now = (clock or SystemClock()).now()
    return tuple(_one(path, roots, now, (crl,) if crl else ()) for path in paths)


def _given_roots(ca: Path) -> tuple[bytes, ...]:
    try:
        return pems_to_der(ca.read_bytes(), ca.name)
    except (OSError, DamagedVault) as fault:
        raise CertificateUnreadable(name=ca.name) from fault


def _one(path: Path, roots: tuple[bytes, ...], at: datetime, crls: tuple[bytes, ...]) -> VerifyView:
    try:
        pdf = path.read_bytes()
    except OSError:
        unread = say("The file {name} cannot be read. Nothing was checked.", name=path.name)
        return VerifyView(path.name, False, "unsigned", "", "", (say("Not accepted."), unread), (), (), None)
    return verify(pdf, roots, at, crls, name=path.name)


def _view(name: str, found: VerificationReport) -> VerifyView:
    return VerifyView(
        name=name,
        accepted=found.accepted,
        stage=found.stage,
        number=found.number,
        content_digest=found.content_digest,
        sentences=found.sentences(),
        signatures=tuple(
            SignatureLine(each.field, each.kind, each.name, each.role, each.device, each.when, each.valid) for each in found.signatures
        ),
        missing=found.missing,
        stamped_at=found.stamped_at,
    )
