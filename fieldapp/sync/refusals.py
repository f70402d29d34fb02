"""What stops a sync round, each with its sentence (FA-506..549)."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.base.errors import SyncError
from fieldapp.base.i18n import N_, Language, Sentence

__all__ = [
    "REVOKED_AT_CENTRE",
    "BlobNotAtCentre",
    "CentreConfused",
    "CentreFull",
    "CentreRefused",
    "CentreUnreachable",
    "CentreUntrusted",
    "DeviceRevoked",
    "EmptySnapshot",
    "NewerCentre",
    "TheirSentence",
]


@dataclass(frozen=True, slots=True)
class TheirSentence(Sentence):
    """A sentence that the centre sent in both languages; `text` is the English one."""

    chinese: str = ""

    def read(self, language: Language) -> str:
        """The sentence as the centre wrote it."""
        return self.chinese if language == "zh" and self.chinese else self.text


class CentreUnreachable(SyncError):
    """No connection, or none that lasts."""

    code = "FA-510"
    message = N_("The central service cannot be reached. Everything stays safe on this laptop. Sync again when there is a network.")


class CentreUntrusted(SyncError):
    """The other end does not show the certificate that was pinned at enrolment."""

    code = "FA-511"
    message = N_(
        "The network led to a computer that is not our central service, so nothing was sent. "
        "Everything stays safe on this laptop. Try another network."
    )


REVOKED_AT_CENTRE = "FA-605"
"""The number of the centre's refusal that says the device is blocked."""


class CentreRefused(SyncError):
    """The centre answered with a refusal of its own; `reason` is its sentence, `number` its code."""

    code = "FA-512"
    message = N_("The central service refused ({number}): {reason} Everything stays safe on this laptop.")


class CentreConfused(SyncError):
    """Answers that do not fit together, again and again."""

    code = "FA-513"
    message = N_("The central service gave answers that do not fit together. Everything stays safe on this laptop. Tell the service desk.")


class DeviceRevoked(SyncError):
    """The centre no longer takes anything from this device."""

    code = "FA-514"
    message = N_("This laptop was blocked at the central service. Everything on it stays as it is. Call the service desk.")


class NewerCentre(SyncError):
    """The centre speaks a version of the protocol that this program does not know."""

    code = "FA-515"
    message = N_("The central service speaks a newer language than this program. Everything stays safe on this laptop. Update the program.")


class EmptySnapshot(SyncError):
    """The centre claims that there is nothing at all for this engineer, although there was."""

    code = "FA-516"
    message = N_(
        "The central service sent an empty data set, which cannot be right. Nothing was deleted on this laptop. Tell the service desk."
    )


class BlobNotAtCentre(SyncError):
    """A file that the centre does not hold (yet)."""

    code = "FA-517"
    message = N_("A file is not at the central service yet. Nothing is lost. It comes with a later sync.")


class CentreFull(SyncError):
    """The centre has no room for a file; Changes need next to none and went through."""

    code = "FA-518"
    message = N_(
        "The central service has no room for more photos and files. Everything else was exchanged, and they stay safe on this laptop. "
        "Tell the service desk."
    )
