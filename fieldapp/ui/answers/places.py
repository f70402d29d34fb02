"""Places: a point that is typed or pasted, a line or an area as a list of points. There is no map, as there is no network."""

from __future__ import annotations

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.parts.coordinates import Point, points_of, read_line, read_point
from fieldapp.ui.answers.texts import TypedEditor
from fieldapp.ui.theme.style import mark
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.texts import Text

__all__ = ["PointEditor", "PointsEditor"]


def _plain(number: object) -> str:
    return f"{float(str(number)):.8f}".rstrip("0").rstrip(".")


class PointEditor(TypedEditor):
    """A point; what was understood is shown below it."""

    def read(self, typed: str) -> str | Sentence:
        """Four numbers, as the form takes them."""
        if not typed.strip():
            return ""
        found = read_point(typed)
        return found.answer if isinstance(found, Point) else found

    def shown(self, answer: str) -> str:
        """Latitude and longitude, altitude and accuracy where they are known."""
        return next((each.typed for each in points_of(answer)), answer)

    def about(self, answer: str) -> Sentence | None:
        """The four numbers with their names."""
        point = next(iter(points_of(answer)), None)
        if point is None:
            return None
        return say(
            "Latitude {latitude}° · longitude {longitude}° · altitude {altitude} m · accuracy {accuracy} m",
            latitude=_plain(point.latitude),
            longitude=_plain(point.longitude),
            altitude=_plain(point.altitude),
            accuracy=_plain(point.accuracy),
        )

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the point, and how one is written."""
        super().show_view(view, language)
        self.line.setPlaceholderText(say("e.g. {sample}", sample="31.2304, 121.4737").read(language))


class PointsEditor(Editor):
    """A line or an area: its points, one a line."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._closed = view.kind == "geoshape"
        self._value, self._refused = "", False
        self._language: Language = "zh"
        self.note = NoteField(lines=3, most=10)
        self.note.setObjectName("note")
        self.told, self.wrong = Text("", "small"), Text("", "small", "breached")
        self.wrong.setObjectName("wrong")
        self.wrong.hide()
        for part in (self.note, self.told, self.wrong):
            self.column.addWidget(part)
        self.setFocusProxy(self.note)
        self.note.edited.connect(self._type)
        self.note.left.connect(self._commit)

    def _read(self) -> str | Sentence:
        found = read_line(self.note.text(), closed=self._closed)
        return found if isinstance(found, Sentence) else ";".join(each.answer for each in found)

    def _type(self, _text: str) -> None:
        self._refuse(None)
        found = self._read()
        if isinstance(found, str):
            self.edited.emit(found)

    def _commit(self) -> None:
        found = self._read()
        self._refuse(found if isinstance(found, Sentence) else None)
        if isinstance(found, str):
            self.committed.emit(found)

    def _refuse(self, why: Sentence | None) -> None:
        self._refused = why is not None
        self.wrong.setText(why.read(self._language) if why is not None else "")
        self.wrong.setVisible(self._refused)
        mark(self.note, invalid="true" if self._refused else "false")

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the points and how many they are; what could not be taken stays as it was typed."""
        self._language = language
        if view.value != self._value and self._read() != view.value:
            self._refuse(None)
            points = points_of(view.value)
            shown = points[:-1] if self._closed and len(points) > 1 and points[0] == points[-1] else points
            self.note.set_text("\n".join(each.typed for each in shown))
        self._value = view.value
        if self._refused:
            why = self._read()
            self._refuse(why if isinstance(why, Sentence) else None)
        points = points_of(view.value)
        count = len(points) - 1 if self._closed and points else len(points)
        told = say("{count} points, closed to an area", count=count) if self._closed else say("{count} points", count=count)
        self.told.setText(
            told.read(language) if points else say("One point on each line; there is no map without a network").read(language)
        )
        self.note.setPlaceholderText("31.2304, 121.4737\n31.2310, 121.4741")
        self.note.setAccessibleName(view.label.read(language))

    def draft(self) -> str:
        """Points that could not be read."""
        return self.note.text() if isinstance(self._read(), Sentence) else ""

    def take_draft(self, text: str) -> None:
        """Put them back."""
        self.note.set_text(text)
        self._commit()

    def flush(self) -> None:
        """Tell the points as they stand."""
        found = self._read()
        if isinstance(found, str) and found != self._value:
            self.committed.emit(found)
