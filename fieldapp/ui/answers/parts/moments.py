"""Dates and times of checklists: as a person types them, as the form takes them, and whether they are any."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time

__all__ = ["SAMPLES", "as_answer", "as_typed", "is_moment", "moment_of"]

SAMPLES = {"date": "2026-11-23", "datetime": "2026-11-23 13:30", "time": "13:30", "month": "2026-11", "year": "2026"}
"""The kinds of moments that are asked for, with how each is written; `month` and `year` are dates of which the rest is the first."""

_SIGNS = str.maketrans({"年": "-", "月": "-", "/": "-", "时": ":", "点": ":", "日": " ", "号": " ", "分": " "})
_COARSE = {"month-year": "month", "year": "year"}


def moment_of(kind: str, appearance: str) -> str:
    """The kind of moment of a question: its own kind, for dates of which only month or year are asked `month` or `year`."""
    looks = appearance.split()
    return next((coarse for look, coarse in _COARSE.items() if kind == "date" and look in looks), kind)


def is_moment(kind: str, answer: str) -> bool:
    """Whether an answer is a date, a time, or both, where the question asks for one; anything else is taken as it is."""
    if kind not in SAMPLES or not answer:
        return True
    try:
        if kind == "time":
            time.fromisoformat(answer)
        elif kind == "datetime":
            datetime.fromisoformat(answer)
        else:
            date.fromisoformat(answer)
    except ValueError:
        return False
    return kind != "datetime" or "T" in answer


def as_typed(kind: str, answer: str) -> str:
    """A date, time or both as a person types them; any other answer as it is."""
    if kind == "datetime":
        return answer[:16].replace("T", " ")
    return answer[: len(SAMPLES[kind])] if kind in ("time", "month", "year") else answer


def as_answer(kind: str, typed: str) -> str:
    """What was typed as the answer that the form takes: digits alone get their signs, full-width and Han ones are read as well."""
    if kind not in SAMPLES:
        return typed
    text = unicodedata.normalize("NFKC", typed).translate(_SIGNS).strip().rstrip("-:")
    if not text:
        return ""
    digits = "".join(c for c in text if c.isdigit())
    alone = not set(text) - set("0123456789 ")
    if kind in ("date", "datetime") and len(digits) in (8, 12) and alone:
        text = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" + (f" {digits[8:10]}:{digits[10:]}" if len(digits) == 12 else "")
    if kind == "time" and alone and len(digits) in (3, 4):
        text = f"{digits[:-2]}:{digits[-2:]}"
    if kind == "month" and alone and len(digits) == 6:
        text = f"{digits[:4]}-{digits[4:]}"
    text = re.sub(r"(?<!\d)(\d)(?!\d)", r"0\1", re.sub(r"\s*([-:])\s*", r"\1", text))
    if kind == "datetime":
        return re.sub(r"\s+", "T", text)
    return text + {"month": "-01", "year": "-01-01"}.get(kind, "") if len(text) <= len(SAMPLES[kind]) else text
