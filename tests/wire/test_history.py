"""The file of a visit's history: one spelling, read back as it was written; the cut at the ends of what was signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.wire.changes import Change, FieldEdit, change_bytes, content_digest
from fieldapp.wire.history import (
    SCHEMA,
    BadHistory,
    HistoryHead,
    HistoryNotWritten,
    Placed,
    from_first_to_last,
    history_lines,
    once_each,
    read_history,
    write_history,
)

HEAD = HistoryHead(SCHEMA, "SR-2026-HD-000173", 1, "ab" * 16, "laptop")
_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=12))


def _change(number: int, value: str | int | bool | None = "x", *, deleted: bool = False) -> bytes:
    edits = () if deleted else (FieldEdit("/a[1]/b", value, b"\x01" * 8), FieldEdit("summary", "换件 “1”\n", None))
    return change_bytes(Change(number, "visit", bytes([number]) * 16, edits, 3, 2**40, b"\x07" * 16, 5, 6, 1, deleted))


ROWS: list[Placed] = [(1, _change(1)), (1, _change(2, None)), (2, _change(1, True)), (2, _change(2, deleted=True))]


@settings(max_examples=40, deadline=None)
@given(st.lists(_VALUES, max_size=5))
def test_what_was_written_comes_back(values: list[str | int | bool | None]) -> None:
    rows = [(1, _change(number, value)) for number, value in enumerate(values, 1)]
    assert read_history(b"".join(history_lines(HEAD, rows))) == (HEAD, tuple(rows))


def test_lines_are_readable_json() -> None:
    lines = list(history_lines(HEAD, ROWS))
    assert lines[0].decode() == (
        '{"schema":"fieldapp.history/1","number":"SR-2026-HD-000173","version":1,"device":"' + "ab" * 16 + '","source":"laptop"}\n'
    )
    assert lines[4].decode() == (
        '{"incarnation":2,"sequence":2,"kind":"visit","record":"' + "02" * 16 + '","edits":[],"base_epoch":3,'
        '"base_revision":1099511627776,"author":"' + "07" * 16 + '","earliest":5,"latest":6,"schema":1,"deleted":true}\n'
    )


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b'"version":1', b'"version": 1', 1),
        (b"fieldapp.history/1", b"fieldapp.history/2", 1),
        (b'"kind":"visit"', b'"kind":"case","kind":"visit"', 2),
        (b'"sequence":1', b'"sequence":1.0', 2),
        (b'"record":"01', b'"record":"0G', 2),
        (b'"base":"0101', b'"base":"01 01', 2),
        (b'"deleted":false', b'"deleted":false,"note":""', 2),
        (b'"name":"/a[1]/b"', b'"name":"z"', 2),
        (b'"value":null', b'"value":' + b"[" * 5000, 3),
        (b'"value":true', b'"value":9223372036854775808', 4),
        (b'"deleted":true}\n', b'"deleted":true}', 5),
        (b'"deleted":true}\n', b'"deleted":true}\n\n', 6),
    ],
)
def test_any_other_spelling_is_refused_with_its_line(old: bytes, new: bytes, line: int) -> None:
    data = b"".join(history_lines(HEAD, ROWS))
    assert old in data
    with pytest.raises(BadHistory) as refused:
        read_history(data.replace(old, new, 1), "visit.jsonl")
    assert f"line {line}" in refused.value.read("en")
    assert "visit.jsonl" in refused.value.read("zh")


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xfe\n", b"{}\n", b"PK\x03\x04"])
def test_what_is_no_history_is_refused(data: bytes) -> None:
    with pytest.raises(BadHistory):
        read_history(data)


def test_a_file_is_written_whole_and_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "visit.jsonl"
    write_history(path, HEAD, ROWS)
    assert read_history(path.read_bytes()) == (HEAD, tuple(ROWS))
    with pytest.raises(HistoryNotWritten):
        write_history(path, HEAD, [])
    with pytest.raises(HistoryNotWritten):
        write_history(tmp_path / "nowhere" / "visit.jsonl", HEAD, ROWS)
    assert [each.name for each in tmp_path.iterdir()] == ["visit.jsonl"]
    assert read_history(path.read_bytes()) == (HEAD, tuple(ROWS))


def _says(rows: list[Placed]) -> list[str]:
    return [content_digest(data).hex() for _, data in rows]


def test_the_ends_of_what_was_signed_cut_and_nothing_between_them_is_lost() -> None:
    listed = _says(ROWS[1:3])
    assert from_first_to_last(ROWS, listed) == ROWS[1:3]
    assert from_first_to_last(ROWS, listed, so_far=True) == ROWS[1:]
    assert from_first_to_last(ROWS, [listed[0], _says(ROWS)[3]]) == ROWS[1:], "what was added between stands in the file"
    assert from_first_to_last(ROWS, ["0" * 64, listed[1]]) == ROWS[:3], "an end that is not there does not cut"
    assert from_first_to_last([], listed) == []


def test_what_was_sent_again_under_new_numbers_stands_once_and_what_was_done_twice_twice() -> None:
    again: Placed = (2, _change(1))
    assert once_each([ROWS[0], ROWS[1], again]) == ROWS[:2]
    assert once_each([ROWS[0], ROWS[0]]) == [ROWS[0], ROWS[0]]
