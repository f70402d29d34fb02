"""A form that nobody here wrote, with every type of question: filled with the keyboard alone, saved, and the same after a new start."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from fieldapp.base.ids import Id, derived_id
from fieldapp.operations.filling.views import QuestionView
from fieldapp.operations.session import FieldSession
from fieldapp.ui.answers.files import FileEditor
from fieldapp.ui.answers.lists import ComboEditor, ListEditor
from fieldapp.ui.answers.sketches import SketchDialog
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.checklists.question_card import QuestionCard
from tests.operations.sheets import give_sheet
from tests.operations.world import SmallWorld
from tests.shared_folder import shared
from tests.ui.answers.conftest import OpenAt
from tests.ui.answers.driving import here, press, typed

FORM = "conformance/forms/webforms__all-question-types-v2024091201-3.xlsx"
SAMPLES = {
    "integer": "42",
    "decimal": "20.5",
    "date": "20261123",
    "time": "1330",
    "datetime": "202611231330",
    "geopoint": "31.2304, 121.4737",
    "geotrace": "31.1 121.1;31.2 121.2",
    "geoshape": "31.1 121.1;31.2 121.1;31.2 121.2",
    "barcode": "SN-0042",
}
MOMENTS = {"month-year": "2026-11", "year": "2026"}
PICTURED = {"image-map", "map"}


def sample(view: QuestionView) -> str:
    """What is typed into a line."""
    look = next((each for each in MOMENTS if each in view.appearance.split()), "")
    return MOMENTS[look] if look else SAMPLES.get(view.kind, "https://example.org" if "url" in view.appearance else "12")


def answer(card: QuestionCard, view: QuestionView) -> None:
    """Answer one question by keys where the cursor is."""
    editor = card.editor
    if isinstance(editor, ListEditor):
        press(Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Escape)
    elif isinstance(editor, ComboEditor):
        press(Qt.Key.Key_Down)
        editor.combo.activated.emit(editor.combo.currentIndex())
    elif view.kind in ("select_one", "select_multiple"):
        press(Qt.Key.Key_2)
    elif view.kind == "range":
        press(Qt.Key.Key_Right, Qt.Key.Key_Right)
    elif view.kind == "rank":
        press(Qt.Key.Key_Down, alt=True)
    elif view.kind == "acknowledge":
        press(Qt.Key.Key_Space)
    elif isinstance(editor, FileEditor):
        press(Qt.Key.Key_Return)
        dialog = editor.findChildren(SketchDialog)[-1]
        dialog.canvas.setFocus()
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space):
            dialog.canvas.keyPressEvent(key_event(key))
        dialog.done_button.click()
    else:
        typed(sample(view))


def key_event(key: Qt.Key) -> QKeyEvent:
    """A key as the canvas gets it: the window to draw in is not active on a platform without windows."""
    return QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)


def asked(page: ChecklistPage) -> list[QuestionView]:
    """The questions of the form that take an answer from keys: files are chosen in the system's window, drawings are made here."""
    assert page.checklist is not None
    views = [view for section in page.checklist.sections for view in page.checklist.questions(section.key)]
    drawn = {"draw", "signature"}
    return [
        view
        for view in views
        if not view.is_heading
        and not view.readonly
        and view.kind not in ("note", "audio", "video", "file")
        and (view.kind != "image" or drawn & set(view.appearance.split()))
        and "label" not in view.appearance.split()
        and (view.choices or view.kind not in ("select_one", "select_multiple"))
    ]


def rows(session: FieldSession, instance: Id) -> dict[str, str]:
    """What stands in the replica."""
    with session.reading() as reader:
        return reader.answers(instance)


def test_every_type_of_a_foreign_form_is_answered_by_keys_saved_and_comes_back(
    session: FieldSession, world: SmallWorld, open_at: OpenAt
) -> None:
    instance = give_sheet(session, world, shared(FORM), id=derived_id("foreign"), asset_id="")
    page = open_at("", instance)
    wanted = asked(page)
    assert len(wanted) > 55
    assert {view.kind for view in wanted} >= {"range", "rank", "geoshape", "barcode", "image", "acknowledge", "time", "select_multiple"}
    for view in wanted:
        assert page.checklist is not None
        place = page.checklist.place(view.key)
        assert place is not None
        if page.frame.cards.build_to(view.key) is None:
            page._open_section(place.section)
        page._focus(view.key)
        card = page.frame.cards.cards[view.key]
        assert card.isAncestorOf(here()) or card is here(), view.key
        answer(card, view)
        page.activateWindow()
    page.leaving()
    assert page.ctx.background.idle()
    saved = rows(session, instance)
    assert [view.key for view in wanted if not saved.get(view.key)] == []
    again = open_at("", instance)
    assert again.checklist is not None
    for view in wanted:
        assert again.checklist.question(view.key).value == saved[view.key]
        place = again.checklist.place(view.key)
        assert place is not None
        if again.frame.cards.build_to(view.key) is None:
            again._open_section(place.section)
        shown = again.frame.cards.build_to(view.key)
        assert shown is not None
        assert shown.editor is not None
        shown.editor.flush()
    again.leaving()
    assert again.ctx.background.idle()
    assert rows(session, instance) == saved, "showing the answers changed them"
