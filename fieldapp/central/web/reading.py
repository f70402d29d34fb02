"""Reads what a browser sends: the fields of a form, and files where a form has some."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from fieldapp.base.errors import FieldappError
from fieldapp.central.checklists.uploads import UPLOAD_LIMIT, UploadTooLarge

__all__ = ["FORM_LIMIT", "Sent", "has_files", "read_fields", "read_sent"]

FORM_LIMIT = 64 * 2**10
"""Bytes of a form without files, and of each field of one with files."""

_MOST_FILES = 100
_ROOM = 2**20
"""Bytes that names, borders and fields of a form with files may take beside the files."""

Sent = tuple[Mapping[str, str], Mapping[str, bytes], FieldappError | None]
"""Fields, files by their names, and why the form was not read."""


def has_files(request: Request) -> bool:
    """Whether a form with files is sent, which may be large."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def read_sent(request: Request) -> Sent:
    """The form of a POST. What is too large or malformed is not read: its fields are empty then, and so is its token."""
    if not has_files(request):
        return await read_fields(request), {}, None
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > UPLOAD_LIMIT + _ROOM:
        async for _ in request.stream():
            pass  # the browser shows no answer before it has sent everything
        return {}, {}, UploadTooLarge(limit=UPLOAD_LIMIT // 2**20)
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FILES, max_part_size=FORM_LIMIT) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    if value.filename:
                        files[value.filename] = await value.read()
                else:
                    fields[name] = value
    except HTTPException:
        return {}, {}, None
    return fields, files, None


async def read_fields(request: Request) -> dict[str, str]:
    """The fields of a form without files; none when it is too large."""
    held = bytearray()
    async for piece in request.stream():
        held += piece
        if len(held) > FORM_LIMIT:
            return {}
    return dict(parse_qsl(held.decode("utf-8", "replace"), keep_blank_values=True))
