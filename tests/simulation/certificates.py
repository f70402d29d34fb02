"""What laptops sign with: renewed, answers lost, copied and put back with their disks, unknown to a centre that was put back."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.exc import OperationalError

from fieldapp.central.lost import care_for
from fieldapp.central.trust.devices import certificates_of
from fieldapp.wire.care import CareRequest
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from tests.central.world import csr_of
from tests.reports.authority import DeviceKey
from tests.simulation.checks import demand
from tests.simulation.crash import SimulatedCrash
from tests.simulation.laptop import Laptop

if TYPE_CHECKING:
    from tests.simulation.world import World

__all__ = ["Certificates"]


class Certificates:
    """The key and certificate of each disk; those of the template until they are renewed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._held: dict[str, DeviceKey] = {}
        self._backups: dict[str, DeviceKey] = {}

    def of(self, laptop: Laptop) -> DeviceKey:
        """What a laptop signs with at present."""
        return self._held.get(laptop.name, self._world.template.signers[laptop.device])

    def renew(self, laptop: Laptop, *, lost: bool) -> None:
        """The laptop asks for a new certificate. `lost`: the answer does not arrive, and it goes on with what it has."""
        key, world = ec.generate_private_key(ec.SECP256R1()), self._world
        service = world.centre.service
        try:
            care = world.at_centre(laptop.device, lambda _: care_for(service, laptop.device, CareRequest(PROTOCOL, csr_of(key))))
        except SimulatedCrash:
            world.tell("  the centre died")
            return
        except (OperationalError, sqlite3.OperationalError):
            world.tell("  the centre is full")
            return
        finally:
            world.centre.disk.disarm()
        world.counts["renewed"] += 1
        if not lost:
            self._held[laptop.name] = DeviceKey(key, care.certificate)

    def _known(self, laptop: Laptop) -> bool:
        centre = self._world.centre
        with centre.disk.looked_at(), centre.service.store.reading() as connection:  # in a round within a round one is armed already
            return self.of(laptop).certificate in certificates_of(connection, laptop.device)

    def open_the_door(self, laptop: Laptop) -> None:
        """5: what the laptop signs with is a certificate that the centre issued and takes."""
        demand(self._known(laptop), f"5: {laptop.name} signs with a certificate that the centre refuses")

    def anew(self) -> None:
        """Who got a certificate after the backup is not known to a centre that was put back; a one-time code gives him another."""
        for laptop in self._world.laptops:
            if not self._known(laptop):
                centre = self._world.centre
                key, code = ec.generate_private_key(ec.SECP256R1()), centre.desk.new_enrol_code(laptop.engineer)
                enrolled = centre.service.enrol(EnrolRequest(PROTOCOL, code, laptop.device, "ThinkPad", csr_of(key)))
                self._held[laptop.name] = DeviceKey(key, enrolled.certificate)
                self._world.counts["readmitted"] += 1

    def backup(self, laptop: Laptop) -> None:
        """A backup of a disk holds what it signs with."""
        self._backups[laptop.name] = self.of(laptop)

    def put_back(self, laptop: Laptop) -> None:
        """A disk comes back with what it signed with then."""
        self._held[laptop.name] = self._backups[laptop.name]

    def copy(self, laptop: Laptop, clone: Laptop) -> None:
        """A cloned disk signs with the same."""
        self._held[clone.name] = self.of(laptop)
