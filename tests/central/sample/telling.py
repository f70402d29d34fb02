"""Telling the sample in tests, and finding things in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import IdSource, SeededRandomness
from fieldapp.central.sample.world import World, world
from fieldapp.domain.cases import Case
from fieldapp.domain.inspections import FormVersion

T = TypeVar("T")

AT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""Monday 23 November 2026, 08:00 in Shanghai."""


def tell(forms: tuple[FormVersion, ...], at: datetime = AT, seed: int = 1, extra: tuple[FormVersion, ...] = ()) -> World:
    """Tell a world with identities that the seed decides."""
    return world(at, seed, IdSource(TurnableClock(at), SeededRandomness(seed)), forms, extra)


def of(told: World, record_class: type[T]) -> list[T]:
    """All records of a class, in the order of saving."""
    return [each for each in told.records if isinstance(each, record_class)]


def case(told: World, number: int) -> Case:
    """A case by its running number."""
    return next(each for each in of(told, Case) if each.number == f"CS-2026-{number:05d}")
