"""Satisfaction 满意度: what the customer says of the visit, sealed and apart from the report (practice 15, R190s, T16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.ids import Id

__all__ = ["RATINGS", "Satisfaction"]

RATINGS = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """现场评价 of one report: content, quality and solution are one of RATINGS or empty; `not_now` when the customer declined."""

    id: Id
    site_id: Id = ""
    report_id: Id = ""
    content: str = ""
    quality: str = ""
    solution: str = ""
    opinion: str = ""
    not_now: bool = False
    at: datetime | None = None
