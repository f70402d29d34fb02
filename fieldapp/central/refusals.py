"""What the centre refuses, with its reason; every leaf has a code and a sentence."""

from __future__ import annotations

from fieldapp.base.errors import CentreError
from fieldapp.base.i18n import N_

__all__ = [
    "AlreadyUsedCode",
    "BadAccount",
    "BadDataFolder",
    "BadEntry",
    "BlobMismatch",
    "BlobPlace",
    "BrokenAuthority",
    "ForeignJournal",
    "HistoryNotHere",
    "NoListening",
    "NoRoomForBlob",
    "OtherProtocol",
    "RepeatedRequest",
    "RevokedDevice",
    "TakenOverDevice",
    "TooManyTries",
    "UnknownBlob",
    "UnknownCode",
    "UnknownDevice",
    "UnknownThing",
    "UnusableCsr",
    "WrongTime",
]


class UnknownCode(CentreError):
    """The one-time code was never given out, or it is too old."""

    code = "FA-601"
    message = N_("This code is not valid or has expired. Nothing was changed. Ask the service desk for a new code.")


class AlreadyUsedCode(CentreError):
    """The one-time code was used by another laptop."""

    code = "FA-602"
    message = N_("This code was already used. Nothing was changed. Ask the service desk for a new code.")


class UnusableCsr(CentreError):
    """The certificate request does not hold a P-256 key signed by itself."""

    code = "FA-603"
    message = N_("The laptop's key request cannot be used. Nothing was changed. Start the set-up again.")


class UnknownDevice(CentreError):
    """No such device."""

    code = "FA-604"
    message = N_("The central service does not know this laptop. Nothing is lost. Ask the service desk for a new code.")


class RevokedDevice(CentreError):
    """The device was revoked at the centre."""

    code = "FA-605"
    message = N_("This laptop was blocked by the service desk. Nothing is deleted on it. Call the service desk.")


class RepeatedRequest(CentreError):
    """A signed request that was already taken once."""

    code = "FA-606"
    message = N_("The central service already took this request. Nothing is lost. Try again; if it stays, call the service desk.")


class WrongTime(CentreError):
    """The request's time is too far from the centre's."""

    code = "FA-607"
    message = N_(
        "The laptop's clock differs too much from the central service ({minutes} minutes). Nothing is lost. The next try corrects it."
    )


class TakenOverDevice(CentreError):
    """The device cannot be let in again, because another one took its work over."""

    code = "FA-608"
    message = N_(
        "Another laptop of the engineer has taken over the work of this one. Nothing is lost. Set this laptop up anew with a new code."
    )


class ForeignJournal(CentreError):
    """A journal that is of another engineer, or that was not sealed to this centre."""

    code = "FA-609"
    message = N_(
        "This safety copy was not written by a laptop of this engineer. Nothing was changed. Check the stick, or call the service desk."
    )


class OtherProtocol(CentreError):
    """A protocol version that the centre does not speak."""

    code = "FA-611"
    message = N_("This program version cannot talk to the central service. Nothing is lost. Install the current version.")


class UnknownBlob(CentreError):
    """The centre does not hold these bytes, or they are not for this engineer."""

    code = "FA-612"
    message = N_("The central service does not hold this file for you.")


class BlobPlace(CentreError):
    """A chunk that does not start where the stored bytes end, or runs past the announced size."""

    code = "FA-613"
    message = N_("This piece of a file does not fit what the central service holds. Nothing is lost. The transfer starts again there.")


class BlobMismatch(CentreError):
    """All bytes are here and are not those of the digest."""

    code = "FA-614"
    message = N_("A file arrived damaged and was thrown away. Nothing is lost on the laptop. It is sent again.")


class NoRoomForBlob(CentreError):
    """The disk, less its reserve, or the quota of the blobs cannot hold a file."""

    code = "FA-615"
    message = N_(
        "The central service has no room for this file ({size} MB). Nothing is lost; it stays on the laptop. Make room at the centre."
    )


class BrokenAuthority(CentreError):
    """The centre's own keys do not open."""

    code = "FA-620"
    message = N_("The keys of the central service do not open ({path}). Nothing was changed. Check the passphrase file.")


class BadDataFolder(CentreError):
    """The data folder, its settings or its database cannot be used."""

    code = "FA-621"
    message = N_("{path} cannot be used: {reason}. Nothing was changed. Put that right, or name another one, and run the command again.")


class NoListening(CentreError):
    """The address that the service shall answer at is taken, or is none of this machine."""

    code = "FA-622"
    message = N_(
        "The service cannot answer at {address}: {reason}. Nothing was changed. Perhaps it runs there already: "
        "end that one, or choose another --port or --host."
    )


class AnswerTaken(CentreError):
    """Where the answer to a courier's file should go, there is a file already."""

    code = "FA-645"
    message = N_("There is a file {path} already. It was not touched, and no answer was written. Name another place with --answer FILE.")


class WrongRevision(CentreError):
    """A backup is noted with a revision that the present history of the centre does not have."""

    code = "FA-623"
    message = N_(
        "The revision {revision} is none of this centre's present history, which stands at {top}. Nothing was noted. "
        "Give the revision that `fieldapp-central backup-begin` printed before the dump."
    )


class BadAccount(CentreError):
    """Login refused; it does not say which of the two was wrong."""

    code = "FA-630"
    message = N_("Name or password is wrong.")


class BadEntry(CentreError):
    """What was typed at the console cannot be taken."""

    code = "FA-631"
    message = N_("This entry is missing or wrong: {field}. Nothing was saved.")


class UnknownThing(CentreError):
    """A record that is not there."""

    code = "FA-632"
    message = N_("This record does not exist (any more): {what}.")


class HistoryNotHere(CentreError):
    """Changes that a signed report lists are not in the centre's log as they were signed."""

    code = "FA-647"
    message = N_(
        "{gone} of the {total} Changes that the report lists are not here: they have not come yet, or are others. Nothing was written. "
        "Let the laptop sync, then try again."
    )


class TooManyTries(CentreError):
    """Too many wrong passwords for one name."""

    code = "FA-633"
    message = N_("Too many wrong tries. Wait {seconds} seconds.")


class SettledBefore(CentreError):
    """A conflict is settled a second time."""

    code = "FA-634"
    message = N_("{who} settled this conflict before you ({when}). What was decided first stands; your value was not taken: {value}")


class MovedOn(CentreError):
    """The value that a dispatcher looked at is not the one that stands."""

    code = "FA-635"
    message = N_("A newer value stands there by now. Nothing was changed. Look at it again before you decide.")
