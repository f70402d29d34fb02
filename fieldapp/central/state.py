"""How the centre stands: history, laptops, room for photos and files, backups; for `fieldapp-central status` and the console."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from fieldapp.central.rounds.epochs import history_of
from fieldapp.central.service import CentralService
from fieldapp.central.store.tables import backup_made, blob_use, device

__all__ = ["CentreState", "Room", "room_of", "state_of"]


@dataclass(frozen=True, slots=True)
class Room:
    """Room for photos and files in MiB: held here, the quota (0: none), and what the disk has left beyond the reserve."""

    held_mib: int
    quota_mib: int
    free_mib: int

    @property
    def full(self) -> bool:
        """Whether photos are refused now, or soon: less than a twentieth of the quota, or 1 GiB of the disk, is left."""
        return self.free_mib < 1024 or (self.quota_mib > 0 and self.quota_mib - self.held_mib < self.quota_mib / 20)


@dataclass(frozen=True, slots=True)
class CentreState:
    """`revision`: the highest of this `epoch`; `blobs_missing`: photos and files that laptops told of and have not sent yet.

    `backup_at` and `backup_revision`: of the newest backup that was noted; empty and 0 without any.
    """

    epoch: int
    revision: int
    laptops: int
    laptops_blocked: int
    blobs_mib: int
    blob_quota_mib: int
    disk_free_mib: int
    blobs_missing: int
    backup_at: str
    backup_revision: int
    backup_days: int


def room_of(service: CentralService) -> Room:
    """Look at the disk; each blob is looked at."""
    held, free = service.blobs.room()
    return Room(-(-held // 2**20), service.settings.blob_quota_mib, max(0, free) // 2**20)


def state_of(service: CentralService) -> CentreState:
    """Look at database and disk; nothing is changed."""
    room = room_of(service)
    with service.store.reading() as connection:
        history = history_of(connection)
        counted = connection.execute(select(device.c.state, func.count()).group_by(device.c.state)).all()
        missing = connection.execute(select(func.count(blob_use.c.digest.distinct())).where(blob_use.c.missing.is_(True))).scalar_one()
        backup = connection.execute(select(backup_made).order_by(backup_made.c.revision.desc()).limit(1)).first()
    states = {str(row[0]): int(row[1]) for row in counted}
    return CentreState(
        epoch=history.epoch,
        revision=history.revision,
        laptops=sum(states.values()),
        laptops_blocked=states.get("revoked", 0),
        blobs_mib=room.held_mib,
        blob_quota_mib=room.quota_mib,
        disk_free_mib=room.free_mib,
        blobs_missing=missing,
        backup_at=backup.at if backup is not None else "",
        backup_revision=backup.revision if backup is not None else 0,
        backup_days=service.settings.backup_days,
    )
