"""What does not stand although it was entered: the value, the reason, what stands instead, and the way on."""

from __future__ import annotations

import functools

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from fieldapp.operations.settling.deciding import mark_seen
from fieldapp.operations.settling.showing import RejectedLine
from fieldapp.ui.page import Page
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.layouts import Column, Row
from fieldapp.ui.widgets.texts import Text

__all__ = ["set_aside_row"]


def set_aside_row(page: Page, line: RejectedLine) -> QWidget:
    """One value that was not taken: copy its words, go to the record and enter it anew, or mark it as seen."""
    title = " · ".join(part for part in (page.read(line.kind_words), line.subject, page.when(line.at)) if part)
    entered = ", ".join(f"{page.read(name)}: {page.read(value)}" for name, value in line.entered)
    parts: list[QWidget] = [Text(title, "bold"), Text(entered, selectable=True)]
    if page.read(line.instead):
        parts.append(Text(page.t("Instead stands: {value}", value=page.read(line.instead)), "small"))
    parts.append(Text(page.read(line.reason), "small"))
    buttons: list[QWidget | None] = []
    if line.entered:
        copy = SecondaryButton(page.t("Copy my words"), compact=True)
        copy.setObjectName("copy_set_aside")
        copy.clicked.connect(functools.partial(_copy, "\n".join(page.read(value) for _, value in line.entered)))
        buttons.append(copy)
    if line.kind == "case" and line.subject:
        there = SecondaryButton(page.t("Open the record"), compact=True)
        there.setObjectName("open_set_aside")
        there.clicked.connect(lambda: page.ctx.navigate("case", case_id=line.record_id))
        buttons.append(there)
    if line.conflict_id:
        seen = SecondaryButton(page.t("Seen"), compact=True)
        seen.setObjectName("seen_set_aside")
        session = page.ctx.session
        seen.clicked.connect(lambda: page.run(lambda: mark_seen(session, line.conflict_id), busy=(seen,)))
        buttons.append(seen)
    return Column([*parts, Row([*buttons, None])] if buttons else parts, gap=2)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
