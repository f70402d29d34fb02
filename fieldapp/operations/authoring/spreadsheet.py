"""Tables as files that a spreadsheet opens: CSV with a byte order mark, and a plain XLSX; the same rows give the same bytes."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from xml.sax.saxutils import escape

__all__ = ["Table", "csv_bytes", "xlsx_bytes"]

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST = 32_767
_TIME = (1980, 1, 1, 0, 0, 0)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: its title, the names of its columns, its rows of texts."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def is_number(text: str) -> bool:
    """Whether a text is a plain decimal number; codes with leading zeros and long serials are none."""
    if not re.fullmatch(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?", text):
        return False
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def csv_bytes(table: Table) -> bytes:
    """One table as CSV in UTF-8. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([f"'{cell}" if cell.startswith(_RISKY) and not is_number(cell) else cell for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def xlsx_bytes(tables: Sequence[Table]) -> bytes:
    """Tables as the sheets of a workbook. Cells are texts or numbers, never formulas."""
    parts = {
        "[Content_Types].xml": _content_types(len(tables)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook(tables),
        "xl/_rels/workbook.xml.rels": _relations(
            [*(("worksheet", f"worksheets/sheet{number}.xml") for number, _ in enumerate(tables, start=1)), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{number}.xml": _sheet(table) for number, table in enumerate(tables, start=1)},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), text.encode("utf-8", "replace"), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}.worksheet+xml"/>' for number in range(1, sheets + 1)
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{parts}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    parts = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{parts}</Relationships>'


def _workbook(tables: Sequence[Table]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(_title(table.title, number), _QUOTE)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, table in enumerate(tables, start=1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>'


_QUOTE = {'"': "&quot;"}


def _title(title: str, number: int) -> str:
    """A sheet's name: at most 31 characters, none of those that are forbidden, with its number where it was cut."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ") or "-"
    return plain if len(plain) <= 31 else f"{plain[:27]} {number}"


def _sheet(table: Table) -> str:
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{min(48, max(10, _width(column, table, at - 1)))}" customWidth="1"/>'
        for at, column in enumerate(table.columns, start=1)
    )
    rows = [_row(1, table.columns, bold=True), *(_row(number, row) for number, row in enumerate(table.rows, start=2))]
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>{''.join(rows)}</sheetData></worksheet>"
    )


def _width(column: str, table: Table, at: int) -> int:
    return max(sum(2 if letter > "\u2e80" else 1 for letter in text[:60]) + 2 for text in (column, *(row[at] for row in table.rows)))


def _row(number: int, cells: Sequence[str], bold: bool = False) -> str:
    return f'<row r="{number}">{"".join(_cell(number, at, cell, bold) for at, cell in enumerate(cells))}</row>'


def _cell(number: int, at: int, text: str, bold: bool) -> str:
    place = f"{_letters(at)}{number}"
    if is_number(text) and not bold:
        return f'<c r="{place}"><v>{text}</v></c>'
    kept = escape(_FORBIDDEN.sub("\ufffd", text[:_LONGEST]))
    style = ' s="1"' if bold else ""
    return f'<c r="{place}" t="inlineStr"{style}><is><t xml:space="preserve">{kept}</t></is></c>' if text else ""


def _letters(at: int) -> str:
    return chr(65 + at) if at < 26 else _letters(at // 26 - 1) + chr(65 + at % 26)
