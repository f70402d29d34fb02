"""What the world was promised: every edit for which a save returned, with what its editor saw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fieldapp.base.ids import Id
from fieldapp.domain.records import Plain

__all__ = ["Entry", "Ledger"]

DESK = "desk"


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of one saved edit. `field` "" is a deletion; `device` and `engineer` are empty for the desk's edits."""

    number: int
    engineer: Id
    device: Id
    kind: str
    record: Id
    field: str
    value: Plain
    seen: Plain


@dataclass
class Ledger:
    """All promises. An entry is dropped only when every disk that held it was put back to an earlier day.

    `gone`: those that were dropped so; a file that was carried, or a request held back, may still bring what they say.
    `saw`: by the number of a deletion what its author saw of the record.
    """

    entries: dict[int, Entry] = field(default_factory=dict)
    gone: dict[int, Entry] = field(default_factory=dict)
    saw: dict[int, dict[str, Plain]] = field(default_factory=dict)
    blobs: dict[int, str] = field(default_factory=dict)
    disks: dict[str, set[int]] = field(default_factory=dict)
    count: int = 0

    def number(self) -> int:
        """A number that no promise had before."""
        self.count += 1
        return self.count

    def promise(self, disk: str, entries: Iterable[Entry], blobs: Iterable[str] = ()) -> None:
        """A save returned on this disk ("desk": the centre's)."""
        held = self.disks.setdefault(disk, set())
        for each in entries:
            self.entries[each.number] = each
            held.add(each.number)
        for digest in blobs:
            number = self.number()
            self.blobs[number] = digest
            held.add(number)

    def backup(self, disk: str) -> set[int]:
        """What a backup of a disk holds."""
        return set(self.disks.get(disk, ()))

    def restore(self, disk: str, held: set[int], arrived: set[int]) -> int:
        """A disk is as it was at its backup; what no disk holds any more and did not arrive at the centre is gone. How many."""
        self.disks[disk] = set(held)
        reachable = arrived.union(*self.disks.values())
        gone = [number for number in (*self.entries, *self.blobs) if number not in reachable]
        for number in gone:
            if number in self.entries:
                self.gone[number] = self.entries.pop(number)
            self.blobs.pop(number, None)
        return len(gone)
