"""Dates and times of checklists: as a person types them, as the form takes them, and whether they are any."""

from __future__ import annotations

from datetime import date, datetime, time

__all__ = ["SAMPLES", "as_answer", "as_typed", "is_moment"]

SAMPLES = {"date": "2026-11-23", "datetime": "2026-11-23 13:30", "time": "13:30"}
"""The kinds of questions that ask for one, with how it is written."""


def is_moment(kind: str, answer: str) -> bool:
    """Whether an answer is a date, a time, or both, where the question asks for one; anything else is taken as it is."""
    if kind not in SAMPLES or not answer:
        return True
    try:
        if kind == "time":
            time.fromisoformat(answer)
        elif kind == "date":
            date.fromisoformat(answer)
        else:
            datetime.fromisoformat(answer)
    except ValueError:
        return False
    return kind != "datetime" or "T" in answer


def as_typed(kind: str, answer: str) -> str:
    """A date, time or both as a person types them; any other answer as it is."""
    if kind == "datetime":
        return answer[:16].replace("T", " ")
    return answer[:5] if kind == "time" else answer


def as_answer(kind: str, typed: str) -> str:
    """What was typed as the answer that the form takes: digits alone get their signs."""
    text = typed.strip().replace("/", "-").replace("：", ":")
    if kind == "string" or not text:
        return typed if kind == "string" else ""
    digits = "".join(c for c in text if c.isdigit())
    if kind in ("date", "datetime") and len(digits) in (8, 12) and not set(text) - set("0123456789 "):
        text = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" + (f" {digits[8:10]}:{digits[10:]}" if len(digits) == 12 else "")
    if kind == "time" and text == digits and len(digits) == 4:
        text = f"{digits[:2]}:{digits[2:]}"
    return text.replace(" ", "T") if kind == "datetime" else text
