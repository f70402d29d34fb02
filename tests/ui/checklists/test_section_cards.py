"""The cards of a section without a page around them: rows with hundreds of questions."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.operations.filling.views import QuestionView, words
from fieldapp.ui.checklists.section_cards import SectionCards

ROW = "/data/rack{1}"


def _view(key: str, kind: str, parent: str, depth: int) -> QuestionView:
    name = key.rpartition("/")[2]
    return QuestionView(
        key=key, name=name, item="", kind=kind, label=words(name), hint=words(""), value="", status="open", counted=False, relevant=True,
        required=False, readonly=False, depth=depth, parent=parent,
    )  # fmt: skip


class _Resized(QObject):
    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Resize
        return False


def test_a_question_in_a_row_of_forty_that_comes_or_goes_resizes_no_other(qtbot: QtBot) -> None:
    head, row = _view("/data/rack", "repeat", "/data", 0), _view(ROW, "instance", "/data/rack", 1)
    views = {each.key: each for each in (head, row, *(_view(f"{ROW}/q{at}", "string", ROW, 2) for at in range(40)))}
    cards = SectionCards()
    qtbot.addWidget(cards)
    cards.resize(700, 4000)
    cards.fill(list(views.values()), views.__getitem__, "zh")
    cards.after("", -1)
    cards.show()
    for _ in range(4):
        QApplication.processEvents()
    frame, last = cards._frames[ROW], cards.cards[f"{ROW}/q39"]
    assert all(frame.isAncestorOf(card) for card in cards.cards.values())
    resized = _Resized()
    for key, card in cards.cards.items():
        if key != f"{ROW}/q5":
            card.installEventFilter(resized)
    high, place = frame.height(), last.mapTo(cards, last.rect().topLeft()).y()
    cards.show_views([replace(views[f"{ROW}/q5"], relevant=False)])
    qtbot.waitUntil(lambda: frame.height() < high, timeout=30_000)
    assert last.mapTo(cards, last.rect().topLeft()).y() < place
    cards.show_views([views[f"{ROW}/q5"]])
    qtbot.waitUntil(lambda: frame.height() == high, timeout=30_000)
    assert resized.count == 0
    cards.show_views([replace(each, relevant=False) for each in views.values() if each.key.startswith(f"{ROW}/")])
    qtbot.waitUntil(lambda: frame.height() < 150, timeout=30_000)
