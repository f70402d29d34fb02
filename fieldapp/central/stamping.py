"""Signed reports get their document time-stamp: within the exchange that follows the arrival of their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldapp.base.ids import Id

if TYPE_CHECKING:
    from fieldapp.central.service import CentralService

__all__ = ["stamp_due"]


def stamp_due(service: CentralService, engineer: Id) -> int:
    """Stamp the reports in an engineer's scope whose bytes have arrived; returns how many."""
    return 0
