"""What the replica and the disk refuse, each with its sentence (FA-301..349)."""

from __future__ import annotations

from fieldapp.base.errors import ReplicaError, StorageError
from fieldapp.base.i18n import N_

__all__ = [
    "BlobNotHere",
    "BlobQuota",
    "DamagedBlob",
    "DamagedReplica",
    "DiskFull",
    "DiskTrouble",
    "NewerReplica",
    "NoNumbersLeft",
    "ReplicaExists",
    "ReplicaInUse",
    "ReplicaMissing",
    "UnknownRecord",
    "WrongKey",
]


class DiskFull(StorageError):
    """No room on the disk, or the reserve for signatures would be touched."""

    code = "FA-301"
    message = N_("The disk is full, so this was not saved. What was saved before is untouched. Free some space and try again.")


class DiskTrouble(StorageError):
    """Reading or writing failed for another reason than space."""

    code = "FA-302"
    message = N_("The disk reported an error, so this was not saved. What was saved before is untouched. Try again, or restart the laptop.")


class BlobNotHere(StorageError):
    """A photo, signature or PDF that is not on this laptop."""

    code = "FA-303"
    message = N_("This file is not on the laptop yet. Nothing is lost. Sync to fetch it.")


class DamagedBlob(StorageError):
    """A file under the blob folder does not hold what its name says."""

    code = "FA-304"
    message = N_("A file on this laptop is damaged and was not used. Nothing else is affected. Sync to fetch it again.")


class BlobQuota(DiskFull):
    """What the engineer allows for photos and files is used up; nothing more is fetched."""

    code = "FA-305"
    message = N_(
        "The room for photos and files that the settings allow is used up, so some were not fetched. They stay at the central service. "
        "Allow more room, or go on without them."
    )


class WrongKey(ReplicaError):
    """The key is not the one the replica was made with."""

    code = "FA-321"
    message = N_(
        "The data on this laptop does not open with this key. Nothing was changed. Check who is signed in, or ask the service desk."
    )


class NewerReplica(ReplicaError):
    """The replica was written by a newer version of the program."""

    code = "FA-322"
    message = N_(
        "The data on this laptop was written by a newer version of the program ({revision}). Nothing was changed. Install that version."
    )


class DamagedReplica(ReplicaError):
    """The file is no replica any more, or a page of it is broken."""

    code = "FA-323"
    message = N_(
        "The data file on this laptop is damaged. What was synced is safe at the central service. "
        "Do not delete the file; ask the service desk to recover it."
    )


class ReplicaInUse(ReplicaError):
    """Another process has the replica open."""

    code = "FA-324"
    message = N_("The data on this laptop is open in another window of the program. Nothing was changed. Close that window first.")


class ReplicaExists(ReplicaError):
    """A new replica would overwrite another one."""

    code = "FA-325"
    message = N_("There is data on this laptop already. Nothing was changed. Open it instead of starting anew.")


class ReplicaMissing(ReplicaError):
    """There is no file to open."""

    code = "FA-326"
    message = N_("There is no data on this laptop yet. Nothing is lost. Enrol the laptop first.")


class UnknownRecord(ReplicaError):
    """A record that is not on this laptop (any more)."""

    code = "FA-330"
    message = N_("This entry is no longer on this laptop. Nothing was changed. Go back and open the list again.")


class NoNumbersLeft(ReplicaError):
    """The leased block of numbers of a series is used up."""

    code = "FA-331"
    message = N_("The laptop has no numbers of the series {series} left. Nothing was changed. Sync once to get new ones.")
