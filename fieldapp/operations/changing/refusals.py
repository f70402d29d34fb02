"""What an upgrade refuses, in words: what happened, that nothing was changed, what to do."""

from __future__ import annotations

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_

__all__ = [
    "BackupKindRefused",
    "ChangeOver",
    "DigestMissing",
    "FutureMoment",
    "NoDocuments",
    "OutsideWindow",
    "ResultMissing",
    "StepNotNext",
    "WitnessMissing",
]


class ChangeOver(RuleError):
    """Something is recorded on a change that is over, or that execution has left behind."""

    code = "FA-270"
    message = N_(
        "This part of the change is closed. Nothing was changed. What happened since belongs into the notes of the rollback or the report."
    )


class StepNotNext(RuleError):
    """A step is recorded before the one that goes before it, or twice."""

    code = "FA-271"
    message = N_("This step is not the next one. Nothing was changed. Record the steps in their order.")


class BackupKindRefused(RuleError):
    """A kind of evidence that the contract does not accept."""

    code = "FA-272"
    message = N_("The contract does not accept this kind of backup evidence: {kind}. Nothing was changed. Choose another kind.")


class NoDocuments(InputError):
    """A hand-over of no documents."""

    code = "FA-177"
    message = N_("No document is named. Nothing was changed. Write down what was handed to the customer, one a line.")


class FutureMoment(InputError):
    """A moment that has not come yet."""

    code = "FA-178"
    message = N_("This time lies in the future. Nothing was changed. Correct the time.")


class OutsideWindow(RuleError):
    """A step outside the window, without a reason."""

    code = "FA-274"
    message = N_("It is {deviation}. Nothing was changed. Give the reason; it is recorded as a deviation.")


class WitnessMissing(RuleError):
    """Evidence that came from the customer without a witness."""

    code = "FA-275"
    message = N_("The name of the witness is missing. Nothing was changed. Write who of the customer saw this backup.")


class ResultMissing(InputError):
    """An abnormal result without a note, or a result that is none."""

    code = "FA-179"
    message = N_("An abnormal result needs a note, a normal one its value. Nothing was changed. Write it down.")


class DigestMissing(RuleError):
    """A check by digest without the digest of a second reading."""

    code = "FA-273"
    message = N_("To check this backup, bring the digest of a second reading. Nothing was changed. Compute or read it again.")
