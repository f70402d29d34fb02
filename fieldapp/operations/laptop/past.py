"""The history of rounds in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fieldapp.base.i18n import Sentence, say

__all__ = ["WHY", "round_words"]

WHY: Mapping[str, Sentence] = MappingProxyType(
    {
        "FA-301": say("the disk is full"),
        "FA-302": say("the disk reported an error"),
        "FA-510": say("no connection to the central service"),
        "FA-511": say("the network led to a strange computer"),
        "FA-512": say("the central service refused"),
        "FA-514": say("this laptop was blocked at the central service"),
        "FA-515": say("the program is too old for the central service"),
        "FA-305": say("the room that the settings allow for photos and files is used up"),
        "FA-518": say("the central service has no room for more photos and files"),
    }
)
"""Why a round ended early, by the code of what ended it."""


def round_words(outcome: str, counts: Mapping[str, int]) -> Sentence:
    """What a round of the past did, or why it ended early, in a few words; never a code."""
    if outcome == "complete":
        return say(
            "Sent {pushed} changes, received {pulled}; both ends agree.", pushed=counts.get("pushed", 0), pulled=counts.get("pulled", 0)
        )
    if counts.get("records"):
        why = WHY.get(outcome, say("some files could not be moved"))
        return say(
            "All records agree ({pushed} sent, {pulled} received); the rest waits: {why}",
            pushed=counts.get("pushed", 0),
            pulled=counts.get("pulled", 0),
            why=why,
        )
    if outcome == "courier_out":
        return say(
            "Courier file written: {changes} changes, {files} files", changes=counts.get("pushed", 0), files=counts.get("blobs_sent", 0)
        )
    if outcome == "courier_in":
        return say(
            "Answer of a courier taken in: {receipts} receipts, {pulled} news",
            receipts=counts.get("receipts", 0),
            pulled=counts.get("pulled", 0),
        )
    if outcome == "incomplete":
        return say("Stopped; {receipts} receipts", receipts=counts.get("receipts", 0))
    if outcome in WHY:
        return say("Ended early: {why}", why=WHY[outcome])
    return _BY_COURIER.get(outcome) or say("Ended early; nothing is lost")


_BY_COURIER: Mapping[str, Sentence] = MappingProxyType(
    {
        "courier_old": say("An answer of a courier that brought nothing new"),
        "FA-520": say("A courier file was damaged; nothing was taken from it"),
        "FA-522": say("A courier file was for somebody else"),
        "FA-526": say("No room for the courier file"),
        "FA-527": say("The courier file could not be written"),
    }
)
