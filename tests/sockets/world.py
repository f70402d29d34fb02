"""A world whose laptops reach the centre over real sockets, through a bad network; disks, promises and checks are the simulator's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.base.errors import CentreError, StorageError, SyncError
from fieldapp.base.ids import Id, SeededRandomness
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import Finding, FormInstance
from fieldapp.domain.records import KINDS, Plain, to_plain
from fieldapp.sync.http_peer import HttpPeer
from fieldapp.sync.round import CancelToken, RoundResult, run_round
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest, Exchange, ExchangeReply
from tests.central.world import csr_of
from tests.simulation import checks
from tests.simulation.laptop import Laptop, Pen
from tests.simulation.plan import Fault
from tests.simulation.template import Template
from tests.simulation.world import World
from tests.sockets.proxy import BadNetwork
from tests.sockets.serving import Serving

__all__ = ["Heard", "Key", "SocketWorld", "first", "shown", "work"]

ROUNDS_TO_SETTLE = 4

PATIENCE = (2.0, 2.0)
"""Seconds that a laptop of these tests waits to connect and for the next bytes."""


class Key:
    """A laptop's key as requests are signed with it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.private = ec.derive_private_key(number, ec.SECP256R1())

    def sign(self, data: bytes) -> bytes:
        """As `wire.requests.RequestSigner`."""
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


class Heard(HttpPeer):
    """The real peer; keeps what the centre said."""

    replies: list[ExchangeReply]

    def exchange(self, request: Exchange) -> ExchangeReply:
        """As the real one."""
        reply = super().exchange(request)
        self.replies.append(reply)
        return reply


class SocketWorld(World):
    """The simulator's world on sockets: one centre, three laptops with keys."""

    def __init__(self, folder: Path, template: Template, seed: int, serving: Serving, network: BadNetwork) -> None:
        """Copies of the template; the laptops enrol anew with keys that are known here."""
        super().__init__(folder, template, seed)
        self.network = network
        self._serving = serving
        self._nonces = SeededRandomness(seed)
        self.keys: dict[Id, Key] = {}
        for number, laptop in enumerate(self.laptops, 1):
            self.keys[laptop.device] = Key(seed * 10 + number)
            self._enrol(laptop)
        self.back()

    def _enrol(self, laptop: Laptop) -> None:
        code = self.centre.desk.new_enrol_code(laptop.engineer)
        request = EnrolRequest(PROTOCOL, code, laptop.device, "ThinkPad", csr_of(self.keys[laptop.device].private))
        self.centre.service.enrol(request)

    def back(self) -> None:
        """The real centre answers (again)."""
        self._serving.serve(self.centre.service)

    def peer(self, laptop: Laptop, bandwidth_kib_s: int = 0) -> Heard:
        """The centre as a laptop sees it; who waits lets his clock run instead."""
        made = Heard(
            self.network.address,
            self.keys[laptop.device],
            laptop.device,
            clock=laptop.clock,
            randomness=self._nonces,
            bandwidth_kib_s=bandwidth_kib_s,
            pause=lambda seconds: void(laptop.clock.advance(seconds=seconds)),
            timeouts=PATIENCE,
        )
        made.replies = []
        return made

    def round(self, laptop: Laptop, faults: tuple[Fault, ...] = (), meanwhile: Any = None) -> RoundResult | None:
        """One round over the sockets; None when it did not come to its end. What must hold afterwards is checked."""
        assert not faults, "faults are the network's here"
        result, _ = self.try_round(laptop)
        return result

    def try_round(self, laptop: Laptop, cancel: CancelToken | None = None) -> tuple[RoundResult | None, str]:
        """One round; its result, or the code of what ended it."""
        peer = self.peer(laptop)
        result: RoundResult | None = None
        ended = ""
        try:
            laptop.clock.advance(seconds=5)
            result = run_round(laptop.replica, laptop.blobs, peer, clock=laptop.clock, incarnations=laptop.incarnations, cancel=cancel)
        except (SyncError, StorageError, CentreError) as fault:
            ended = fault.code
        finally:
            peer.close()
        checks.after_replies(self, peer.replies)
        checks.laptop(self, laptop)
        checks.centre(self)
        if result is not None and result.complete:
            checks.agree(self, laptop)
        return result, ended

    def finish(self, laptop: Laptop, *, thorough: bool = True) -> None:
        """No fault any more: in a few rounds everything is exchanged, and (checked when `thorough`) one more changes nothing."""
        self.network.calm()
        self.network.deliver_late()
        for _ in range(ROUNDS_TO_SETTLE):
            result, ended = self.try_round(laptop)
            if ended:
                raise checks.Violation(f"5: a round of {laptop.name} ended with {ended} although nothing is wrong any more")
            if result is not None and result.complete:
                if thorough:
                    checks.quiet(self, laptop)
                return
        raise checks.Violation(f"5: no round of {laptop.name} is complete")

    # ---------------------------------------------------------------------------------------------- what people do

    def work(self, laptop: Laptop, photo: bytes = b"", strokes: bytes = b"") -> None:
        """A little of everything; see `work`."""
        work(laptop, f"t{self.ledger.number()}", photo, strokes)

    def desk_works(self, laptop: Laptop, photo: bytes = b"", *, edit: bool = True) -> None:
        """The desk notes something in a case of this laptop, edits it, and somebody else's photo of a finding arrives."""
        case = first([each for each in self.centre.desk.find(Case) if each.owner_id == laptop.engineer])
        assert case is not None
        if edit:
            self.centre.edit_case(case.id, "solution", f"D{self.ledger.number()}")
        self.centre.desk.note(case.id, f"D{self.ledger.number()}")
        if photo:
            finding = Finding(id=self.centre.service.ids.new(), site_id=case.site_id, description=f"D{self.ledger.number()}")
            digest = self.centre.service.keep_blob(photo)
            self.centre.desk.save(finding, _attachment(self.centre.service.ids.new(), finding, digest, len(photo), "photo"))


def work(laptop: Laptop, token: str, photo: bytes = b"", strokes: bytes = b"", told: Callable[[Pen], None] = lambda _: None) -> None:
    """One transaction of a person: a text of a case, an activity, an answer, a finding with a photo, strokes.

    `told` hears of it before it is committed.
    """

    def edit(pen: Pen) -> None:
        case = first(pen.work.find(Case))
        if case is not None:
            pen.save(replace(case, description=token))
            pen.save(CaseActivity(id=laptop.ids.new(), case_id=case.id, site_id=case.site_id, text=token))
            form = first(pen.work.find(FormInstance))
            if form is not None:
                pen.answer(form.id, {"/data/T1_1": token})
            finding = Finding(id=laptop.ids.new(), site_id=case.site_id, description=token)
            pen.save(finding)
            for data, purpose in ((photo, "photo"), (strokes, "strokes")):
                if data:
                    ref = laptop.blobs.put(data)
                    pen.save(_attachment(laptop.ids.new(), finding, ref.digest, ref.size, purpose))
        told(pen)

    laptop.write(edit)


def shown(laptop: Laptop) -> dict[tuple[str, Id], dict[str, Plain]]:
    """All that the screens of a laptop can show."""
    with laptop.replica.reading() as reader:
        return {
            (kind.name, record.id): {**to_plain(record), **(reader.answers(record.id) if kind.open_policy else {})}
            for kind in KINDS.values()
            for record in reader.find(kind.record)
        }


def void(_: object) -> None:
    """Nothing, whatever it is."""


def first(records: Sequence[Any]) -> Any:
    """The oldest of some records; None of none."""
    return min(records, key=lambda each: each.id, default=None)


def _attachment(identity: Id, finding: Finding, digest: str, size: int, purpose: str) -> Attachment:
    return Attachment(
        id=identity, site_id=finding.site_id, owner_kind="finding", owner_id=finding.id, digest=digest, size=size, purpose=purpose
    )
