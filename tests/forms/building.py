"""Small forms for tests: written as rows of a workbook or as the pieces of an XForm."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook

from fieldapp.base.ids import SeededRandomness
from fieldapp.forms.definition import FormDefinition, parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance, FormItem
from fieldapp.forms.xlsform import convert

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
"""In Shanghai it is half past midnight of the 21st."""
YES_NO = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]


def workbook(survey: Sequence[Sequence[Any]], **sheets: Sequence[Sequence[Any]]) -> bytes:
    """An .xlsx file with the sheet `survey` and others by name; the first row of each is its header."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "survey"
    for row in survey:
        sheet.append(list(row))
    for name, rows in sheets.items():
        other = book.create_sheet(name)
        for row in rows:
            other.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def from_rows(survey: Sequence[Sequence[Any]], **sheets: Sequence[Sequence[Any]]) -> FormDefinition:
    """The form of a workbook."""
    return parse(convert(workbook(survey, **sheets), "test.xlsx").xform_xml)


def xform(instance: str, binds: str = "", body: str = "", more: str = "") -> str:
    """The XML of a form: what stands in `<data>`, the binds, the body, and more of the model."""
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" '
        'xmlns:fa="https://fieldapp.example/ns"><h:head><h:title>Test</h:title><model>'
        f'<instance><data id="test" version="1">{instance}</data></instance>{more}{binds}</model></h:head>'
        f"<h:body>{body}</h:body></h:html>"
    )


def inputs(*paths: str) -> str:
    """Inputs without labels for paths below /data."""
    return "".join(f'<input ref="/data/{path}"/>' for path in paths)


def opened(form: str | FormDefinition, rows: dict[str, str] | None = None, **more: Any) -> FormInstance:
    """A form opened at NOW, in Shanghai unless said otherwise."""
    definition = parse(form) if isinstance(form, str) else form
    environment = Environment(**{"now": NOW, "randomness": SeededRandomness(3), **more})
    return FormInstance.open(definition, rows or {}, environment)


def form(rows: Sequence[Sequence[Any]], more: dict[str, Any] | None = None, **sheets: Sequence[Sequence[Any]]) -> FormInstance:
    """A form of rows (type, name, label and, when the first row names the columns, others), opened with `more` around it."""
    head, body = (rows[0], rows[1:]) if rows[0][0] == "type" else (["type", "name", "label"], rows)
    return opened(from_rows([head, *body], **sheets), **(more or {}))


def seen(form: FormInstance) -> list[FormItem]:
    """All that a person sees."""
    return list(form.questions())
