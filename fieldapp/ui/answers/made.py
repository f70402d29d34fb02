"""Chooses the editor of a question."""

from __future__ import annotations

from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.choices import AcknowledgeEditor, BoxesEditor, RadioEditor
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.files import FileEditor
from fieldapp.ui.answers.keys import KeysEditor
from fieldapp.ui.answers.lists import ComboEditor
from fieldapp.ui.answers.numbers import NumberEditor
from fieldapp.ui.answers.ranking import RankEditor
from fieldapp.ui.answers.texts import LineEditor, NoteEditor

__all__ = ["editor_for"]

_MOST_KEYS = 4
_MOST_RADIOS = 7


def editor_for(view: QuestionView) -> Editor | None:
    """The editor of a question; None for a note, and for what is only shown."""
    kind, look = view.kind, view.appearance
    if kind == "note" or view.readonly:
        return None
    if kind == "select_one":
        if (view.item and len(view.choices) <= _MOST_KEYS) or "likert" in look:
            return KeysEditor(view)
        few = len(view.choices) <= _MOST_RADIOS and not {"minimal", "autocomplete", "search"} & set(look.split())
        return RadioEditor(view) if few else ComboEditor()
    if kind == "string" and "multiline" in look:
        return NoteEditor()
    made: dict[str, type[NumberEditor | BoxesEditor | RankEditor | FileEditor]] = {
        **dict.fromkeys(("integer", "decimal", "range"), NumberEditor),
        **dict.fromkeys(("image", "file", "audio", "video"), FileEditor),
        "select_multiple": BoxesEditor,
        "rank": RankEditor,
    }
    if kind in made:
        return made[kind](view)
    return AcknowledgeEditor() if kind == "acknowledge" else LineEditor(view)
