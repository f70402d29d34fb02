"""Chooses the editor of a question by its kind, its appearance and how many choices it has."""

from __future__ import annotations

from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.choices import AcknowledgeEditor, ChoicesEditor, ImageMapEditor, looks_of
from fieldapp.ui.answers.days import MomentEditor
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.files import FileEditor
from fieldapp.ui.answers.grids import GridRowEditor, in_grid
from fieldapp.ui.answers.keys import KeysEditor
from fieldapp.ui.answers.lists import ComboEditor, ListEditor
from fieldapp.ui.answers.numbers import BearingEditor, CountEditor, NumberEditor
from fieldapp.ui.answers.places import PointEditor, PointsEditor
from fieldapp.ui.answers.ranges import PickerEditor, RangeEditor, values_of
from fieldapp.ui.answers.ranking import RankEditor
from fieldapp.ui.answers.scans import BarcodeEditor
from fieldapp.ui.answers.texts import LineEditor, NoteEditor

__all__ = ["editor_class", "editor_for", "is_map"]

_MOST_KEYS = 4
_MOST_LIKERT = 7
_MOST_RADIOS = 7
_MOST_SEEN = 30
_MOST_IN_BOX = 40


def editor_class(view: QuestionView) -> type[Editor] | None:
    """What kind of editor a question needs as it is now; None for a note, for what is only shown, and while choices lack."""
    kind = view.kind
    if kind == "note" or view.readonly or view.lacking is not None:
        return None
    if in_grid(view):
        return None if "label" in view.appearance.split() else GridRowEditor
    if kind in ("select_one", "select_multiple"):
        return _of_choices(view)
    if kind == "range":
        return (PickerEditor if "picker" in view.appearance.split() else RangeEditor) if len(values_of(view)) > 1 else NumberEditor
    looks = view.appearance.split()
    if kind == "string" and "multiline" in looks:
        return NoteEditor
    if kind == "integer" and "counter" in looks:
        return CountEditor
    if kind == "decimal" and "bearing" in looks:
        return BearingEditor
    made: dict[str, type[Editor]] = {
        **dict.fromkeys(("integer", "decimal"), NumberEditor),
        **dict.fromkeys(("image", "file", "audio", "video"), FileEditor),
        **dict.fromkeys(("date", "time", "datetime"), MomentEditor),
        **dict.fromkeys(("geotrace", "geoshape"), PointsEditor),
        "barcode": BarcodeEditor,
        "geopoint": PointEditor,
        "rank": RankEditor,
        "acknowledge": AcknowledgeEditor,
    }
    return made.get(kind, LineEditor)


def is_map(view: QuestionView) -> bool:
    """Whether the label's picture is a drawing whose areas choose."""
    return view.kind in ("select_one", "select_multiple") and "image-map" in view.appearance.split() and "image" in dict(view.media)


def _of_choices(view: QuestionView) -> type[Editor]:
    looks, count, one = looks_of(view), len(view.choices), view.kind == "select_one"
    if is_map(view):
        return ImageMapEditor
    if one and ((view.item and count <= _MOST_KEYS) or ("likert" in looks and count <= _MOST_LIKERT)) and count:
        return KeysEditor
    if {"autocomplete", "search"} & looks or count > _MOST_IN_BOX:
        return ListEditor
    if "minimal" in looks:
        return ComboEditor if one else ListEditor
    arranged = any(each.startswith("columns") for each in looks) or bool({"no-buttons", "list", "quick"} & looks)
    pictures = any(each.picture for each in view.choices)
    if count <= (_MOST_SEEN if arranged or pictures or not one else _MOST_RADIOS):
        return ChoicesEditor
    return ComboEditor if one else ListEditor


def editor_for(view: QuestionView) -> Editor | None:
    """The editor of a question, made."""
    wanted = editor_class(view)
    if wanted is None:
        return None
    plain: tuple[type[Editor], ...] = (NoteEditor, ComboEditor, AcknowledgeEditor, PointEditor)
    return wanted() if wanted in plain else wanted(view)  # type: ignore[call-arg]
