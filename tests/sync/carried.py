"""Laptops and a real centre between which files are carried; for tests of couriers."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.central.courier import Handled, take_parcel
from fieldapp.domain.customers import Person
from fieldapp.replica.tables import STATE
from fieldapp.sync.courier import CarriedAnswer, CourierKeys, take_answer, write_out
from fieldapp.sync.round import RoundResult, run_round
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from fieldapp.wire.signatures import low_s
from tests.central.world import World, csr_of
from tests.sync.laptop import Laptop
from tests.sync.reference import LossyPeer, ReferenceCentre


class Signer:
    """A device's key, with its certificate once there is one."""

    chain: tuple[bytes, ...] = ()

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = b""

    def sign(self, data: bytes) -> bytes:
        """ECDSA with SHA-256, in the spelling that a laptop makes."""
        return low_s(self.key.sign(data, ec.ECDSA(hashes.SHA256())))


class CarriedLaptop(Laptop):
    """A laptop that is enrolled at a real centre, and whose engineer can have files carried."""

    def __init__(self, folder: Path, world: World, template: Path, person: Person, seed: int = 1) -> None:
        super().__init__(folder, ReferenceCentre(world.clock), template, seed, world.clock)
        self.world = world
        self.signer = Signer()
        self.engineer = person.id
        with self.replica.transaction() as connection:
            connection.execute(sa.update(STATE).values(engineer=person.id))
        code = world.desk.new_enrol_code(person.id)
        enrolled = world.service.enrol(EnrolRequest(PROTOCOL, code, self.device, "ThinkPad", csr_of(self.signer.key)))
        self.signer.certificate = enrolled.certificate
        private = self.randomness.bytes(32)
        self.keys = CourierKeys(self.device, self.signer, private, enrolled.courier_key, enrolled.chain)
        self.files = 0

    def round(self, fault: object = None) -> RoundResult:
        """One round over the network; `fault` as in LossyPeer."""
        peer = LossyPeer(self.world.service.peer(self.device), fault)  # type: ignore[arg-type]  # as in the class above
        return run_round(self.replica, self.blobs, peer, clock=self.clock, incarnations=self.incarnations)

    def out(self, name: str = "") -> Path:
        """Write a file for the centre."""
        self.files += 1
        path = self.folder / (name or f"{self.files}-out.courier")
        self.written = write_out(
            self.replica,
            self.blobs,
            path,
            self.keys,
            clock=self.clock,
            randomness=self.randomness,
            incarnations=self.incarnations,
        )
        return path

    def handed(self, path: Path) -> Path:
        """The centre takes a file; its answer."""
        self.files += 1
        answer = self.folder / f"{self.files}-back.courier"
        self.handled: Handled = take_parcel(self.world.service, path, answer)
        return answer

    def take(self, answer: Path) -> CarriedAnswer:
        """The answer comes back."""
        return take_answer(self.replica, self.blobs, answer, self.keys, clock=self.clock, incarnations=self.incarnations)

    def carry(self) -> CarriedAnswer:
        """Out, through the centre, and back."""
        self.clock.advance(minutes=1)
        return self.take(self.handed(self.out()))

    def waiting(self) -> tuple[int, int]:
        """Changes and blobs without a receipt."""
        with self.replica.reading() as reader:
            pending = reader.unreceipted()
        return pending.changes, pending.blobs
