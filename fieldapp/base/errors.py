"""The tree of errors a person may meet; each with a code and a sentence in both languages.

A sentence says what happened, that nothing is lost, and what to do. A room defines its own leaves beside the code
that raises them and hangs them on one of the branches below; a test keeps codes unique and every sentence translated.
Anything that is not a FieldappError is a fault of the program.
"""

from __future__ import annotations

import errno
from typing import ClassVar

from fieldapp.base.i18n import N_, Language, Sentence

__all__ = [
    "CentreError",
    "DocumentError",
    "FieldappError",
    "FormError",
    "InputError",
    "ReplicaError",
    "RuleError",
    "StorageError",
    "SyncError",
    "VaultError",
    "disk_words",
]

_DISK = {
    errno.ENOENT: N_("there is no such file or folder"),
    errno.EACCES: N_("no permission"),
    errno.EPERM: N_("no permission"),
    errno.EROFS: N_("it is read-only"),
    errno.ENOSPC: N_("the disk is full"),
    errno.EDQUOT: N_("the disk is full"),
    errno.EEXIST: N_("there is a file or folder of that name already"),
    errno.ENOTDIR: N_("it is no folder"),
    errno.EISDIR: N_("it is a folder"),
    errno.EIO: N_("the disk does not answer"),
    errno.ENODEV: N_("the disk does not answer"),
    errno.ENXIO: N_("the disk does not answer"),
}


def disk_words(fault: OSError) -> Sentence:
    """Why a disk or file refused, for the place of a reason in a sentence; what is not known here, in the system's own words."""
    return Sentence(_DISK.get(fault.errno or 0) or fault.strerror or type(fault).__name__)


class FieldappError(Exception):
    """The root. `code` is stable and searchable; `message` is the English template in the catalogue."""

    code: ClassVar[str] = "FA-000"
    message: ClassVar[str] = N_("Something went wrong. What you entered before is saved. Try again, or restart the program.")

    def __init__(self, **values: object) -> None:
        """Keep the values that fill the places of `message`; they must not hold secrets."""
        self.values = values
        super().__init__(f"{self.code}: {Sentence(self.message, values).read('en')}")

    @property
    def sentence(self) -> Sentence:
        """The sentence a person reads, in no language yet."""
        return Sentence(self.message, self.values)

    def read(self, language: Language) -> str:
        """The sentence a person reads."""
        return self.sentence.read(language)


class InputError(FieldappError):
    """What a person typed or chose cannot be taken; nothing was changed."""

    code = "FA-100"
    message = N_("This entry cannot be taken. Nothing was changed. Correct it and try again.")


class RuleError(FieldappError):
    """A rule of the trade forbids this step now; nothing was changed."""

    code = "FA-200"
    message = N_("This step is not possible now. Nothing was changed.")


class StorageError(FieldappError):
    """The disk, or a file on it, let us down; what was saved before is untouched."""

    code = "FA-300"
    message = N_("The disk did not take this. What was saved before is untouched. Free some space and try again.")


class ReplicaError(StorageError):
    """The local replica cannot be opened or used."""

    code = "FA-320"
    message = N_("The data on this laptop cannot be opened. Nothing was changed. Ask the service desk for help.")


class VaultError(FieldappError):
    """A secret of the device is missing or does not open."""

    code = "FA-400"
    message = N_("The laptop's keys cannot be opened. Nothing is lost. Try again or ask the service desk.")


class SyncError(FieldappError):
    """A sync round did not finish; everything stays queued."""

    code = "FA-500"
    message = N_("The sync did not finish. Everything stays safe on this laptop. Try again later.")


class CentreError(FieldappError):
    """The central service refuses, with its reason."""

    code = "FA-600"
    message = N_("The central service refused this. Nothing is lost on this laptop.")


class FormError(FieldappError):
    """A form or workbook cannot be used."""

    code = "FA-700"
    message = N_("This form cannot be used. Nothing was changed.")


class DocumentError(FieldappError):
    """A document cannot be made, signed or trusted."""

    code = "FA-800"
    message = N_("This document cannot be used. Nothing was changed.")
