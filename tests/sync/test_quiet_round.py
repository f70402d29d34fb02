"""A round with nothing new asks the replica few questions, and still believes no centre whose chain is another."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
import sqlalchemy as sa

from fieldapp.sync.refusals import CentreConfused
from fieldapp.wire.protocol import Exchange, ExchangeReply
from tests.sync.laptop import Laptop
from tests.sync.reference import ReferenceCentre

World = Callable[..., Laptop]


def test_a_round_with_nothing_new_asks_the_replica_little(laptop: World) -> None:
    mine = laptop()
    mine.case(summary="一")
    mine.finish()
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        result = mine.round()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert result.complete
    assert result.requests == 1
    assert asked.count("BEGIN IMMEDIATE") == 2
    assert asked.count("BEGIN") <= 6
    assert len(asked) <= 32


@pytest.mark.parametrize("waiting", [False, True], ids=["quiet", "evening"])
def test_a_centre_with_another_chain_is_not_believed(
    centre: ReferenceCentre, laptop: World, monkeypatch: pytest.MonkeyPatch, waiting: bool
) -> None:
    mine = laptop()
    mine.case(summary="一")
    mine.finish()
    if waiting:
        mine.case(summary="二")
    honest = centre.exchange

    def lie(request: Exchange) -> ExchangeReply:
        return msgspec.structs.replace(honest(request), head=b"\x01" * 32)

    monkeypatch.setattr(centre, "exchange", lie)
    with mine.replica.reading() as reader:
        before = reader.sync_state(), reader.unreceipted()
    with pytest.raises(CentreConfused):
        mine.round()
    with mine.replica.reading() as reader:
        assert (reader.sync_state(), reader.unreceipted()) == before
