"""The verdict on a file: plain data, and its report in words in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from fieldapp.base.i18n import Language, Sentence, say, when_text

__all__ = ["Kind", "SignatureVerdict", "VerificationReport", "moment_words", "shown"]

_LONGEST = 200

Kind = Literal["certification", "approval", "void", "time_stamp", "unknown"]


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """One signature: field, kind, the name and role it states, whom its certificate names as holder of the device, its moment.

    It covers the first `covers` bytes of the file, but for its own place among them.
    """

    field: str
    kind: Kind
    name: str
    role: str
    device: str
    when: datetime | None
    strokes_digest: str = ""
    problems: tuple[Sentence, ...] = ()
    covers: int = 0

    @property
    def valid(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The verdict on a file. `stage`: unsigned, on_site (no trusted time yet) or stamped (`stamped_at` is proven).

    `holds_until` is the end of the latest time-stamp's certificate: by then the centre adds a further one.

    `intact` says that nothing speaks against the signatures there are; `missing` are the expected fields that are not
    signed yet; accepted means intact and complete.

    `redrawn` is True when the pages were drawn again from the data and came out the same, None when not tried.
    `size` (bytes) and `sha256` are those of the file that was judged.
    """

    accepted: bool
    stage: Literal["unsigned", "on_site", "stamped"]
    intact: bool = False
    missing: tuple[str, ...] = ()
    number: str = ""
    content_digest: str = ""
    signatures: tuple[SignatureVerdict, ...] = ()
    stamped_at: datetime | None = None
    problems: tuple[Sentence, ...] = ()
    proven: tuple[Sentence, ...] = ()
    not_proven: tuple[Sentence, ...] = ()
    redrawn: bool | None = None
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    """The signers' certificates (DER), for the centre's records."""
    size: int = 0
    sha256: str = ""
    holds_until: datetime | None = None

    def sentences(self) -> tuple[Sentence, ...]:
        """The whole report as sentences, verdict first."""
        return (self.verdict(), *(line for _, lines in self.parts() for line in lines))

    def verdict(self) -> Sentence:
        """The verdict alone."""
        return say("Accepted: the report is as it was signed.") if self.accepted else say("Not accepted.")

    def parts(self) -> tuple[tuple[Sentence, tuple[Sentence, ...]], ...]:
        """What there is to say beside the verdict, under headings; one that has nothing under it is left out."""
        number = (say("Document {number}, content digest {digest}", number=self.number, digest=self.content_digest),)
        missing = (say("Expected signatures are missing: {missing}", missing=", ".join(self.missing)),)
        parts = (
            (say("Document"), number if self.number else ()),
            (say("Why not"), (*self.problems, *(missing if self.missing else ()))),
            (say("Signatures"), tuple(line for item in self.signatures for line in (_signature_words(item), *item.problems))),
            (say("Proven"), self.proven),
            (say("Not proven"), self.not_proven),
        )
        return tuple((heading, lines) for heading, lines in parts if lines)

    def read(self, language: Language) -> str:
        """The whole report in a language, a sentence on each line."""
        return "\n".join(sentence.read(language) for sentence in self.sentences())


def shown(text: object) -> str:
    """Text out of a file as it may be shown: on one line, without what moves a cursor or turns the direction, not too long."""
    plain = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(text)[: _LONGEST + 1])
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "…"


def moment_words(moment: datetime) -> str:
    """A moment as a person reads it, with its zone: `2026-11-16 11:27 (UTC+8)`."""
    return f"{when_text(moment, 'zh')} (UTC+8)"


def _signature_words(item: SignatureVerdict) -> Sentence:
    """Whose it is, when, and on whose device; the service that gave a time-stamp has no role and no device."""
    kind, name = _kind_text(item.kind), item.name or item.field
    who = say("{name} ({role})", name=name, role=item.role) if item.role else name
    when = moment_words(item.when) if item.when is not None else say("no time stated")
    if item.kind == "time_stamp":
        return say("{kind}: {who}, {when}", kind=kind, who=item.device or name, when=when)
    return say("{kind}: {who}, {when}, on the laptop of {holder}", kind=kind, who=who, when=when, holder=item.device or "-")


def _kind_text(kind: Kind) -> Sentence:
    match kind:
        case "certification":
            return say("Engineer's seal")
        case "approval":
            return say("Handwritten approval")
        case "void":
            return say("Place marked void")
        case "time_stamp":
            return say("Time-stamp")
        case "unknown":
            return say("Unknown signature")
