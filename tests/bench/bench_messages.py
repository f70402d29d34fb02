"""Typed messages: a page of 500 Changes to bytes and back, msgspec (used) against pydantic (the reference).

The shape is that of a Change with four edits. Pydantic is in the lock through the web framework and is given its fastest
way: models compiled once, JSON by its own core. msgspec is measured in JSON too (like for like) and in msgpack (used).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import msgspec
import pydantic

from tests.bench.measure import Measure

COUNT, ROUNDS = 500, 20

Plain = str | int | bool | None


class SpecEdit(msgspec.Struct, frozen=True):
    """One field's new value."""

    name: str
    value: Plain
    base: str | None = None


class SpecChange(msgspec.Struct, frozen=True):
    """One edit of one record."""

    sequence: int
    kind: str
    record: str
    edits: tuple[SpecEdit, ...]
    base_revision: int
    author: str
    earliest: int
    latest: int


class PydEdit(pydantic.BaseModel, frozen=True):
    """One field's new value."""

    name: str
    value: Plain
    base: str | None = None


class PydChange(pydantic.BaseModel, frozen=True):
    """One edit of one record."""

    sequence: int
    kind: str
    record: str
    edits: tuple[PydEdit, ...]
    base_revision: int
    author: str
    earliest: int
    latest: int


def plain_changes() -> list[dict[str, object]]:
    """The page, as plain values."""
    edits = [
        {"name": "note", "value": "更换电源模块,双路供电恢复正常", "base": "00" * 8},
        {"name": "reading", "value": 4180, "base": None},
        {"name": "done", "value": True, "base": None},
        {"name": "state", "value": "in_progress", "base": "11" * 8},
    ]
    shared = {"kind": "inspection_item", "edits": edits, "base_revision": 7, "author": "0a" * 16}
    start = 1_790_000_000_000
    return [{**shared, "sequence": n, "record": f"{n:032x}", "earliest": start + n, "latest": start + n + 50} for n in range(COUNT)]


def best(work: Callable[[], object]) -> float:
    """The shortest of some runs, in milliseconds: the one that the machine disturbed least."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times) * 1000


def run() -> Iterator[Measure]:
    """Encode and decode the page both ways; the reference of each is pydantic's JSON."""
    plain = plain_changes()
    spec = msgspec.convert(plain, list[SpecChange])
    adapter = pydantic.TypeAdapter(list[PydChange])
    models = adapter.validate_python(plain)
    text = adapter.dump_json(models)
    slow_write = best(lambda: adapter.dump_json(models))
    slow_read = best(lambda: adapter.validate_json(text))
    for name, codec in (("JSON", msgspec.json), ("msgpack", msgspec.msgpack)):
        encoder, decoder = codec.Encoder(), codec.Decoder(list[SpecChange])
        data = encoder.encode(spec)
        assert decoder.decode(data) == spec
        write, read = best(partial(encoder.encode, spec)), best(partial(decoder.decode, data))
        yield Measure("messages", f"encode {COUNT} Changes, {name}", write, "ms", slow_write)
        yield Measure("messages", f"decode {COUNT} Changes, {name}", read, "ms", slow_read)
        yield Measure("messages", f"size of {COUNT} Changes, {name}", len(data), "bytes", len(text))
