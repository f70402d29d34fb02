"""Sealed content taken up again: the data inside the pages, with the bytes of its photos, so that only a remark changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from fieldapp.domain.documents import ServiceReport
from fieldapp.operations.gathering.gather import gather
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import BlobNotHere
from fieldapp.replica.store import Reader
from fieldapp.reports.blocks import Photo
from fieldapp.reports.content import RENDERER, ReportData
from fieldapp.reports.documents import data_of
from fieldapp.reports.verification import attached_json

__all__ = ["thaw"]


def thaw(session: FieldSession, reader: Reader, report: ServiceReport, pdf: bytes) -> ReportData:
    """The data that some sealed pages were drawn from, photos included; BlobNotHere when a photo of theirs is gone."""
    data = data_of(attached_json(pdf))
    data = replace(data, front=replace(data.front, renderer=RENDERER))  # this program draws it now, whichever did before
    if not any(True for _ in _photos_in(data)):
        return data
    fresh = gather(session, reader, report, session.clock.now()).data
    pool = {photo.sha256: photo for photo in _photos_in(fresh)}
    session.wanted.update(photo.sha256 for photo in _photos_in(data) if photo.sha256 not in pool)
    filled: ReportData = _filled(data, pool)
    return filled


def _photos_in(value: object) -> Iterator[Photo]:
    if isinstance(value, Photo):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _photos_in(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _photos_in(getattr(value, field.name))


def _filled(value: Any, pool: Mapping[str, Photo]) -> Any:
    if isinstance(value, Photo):
        if value.sha256 not in pool:
            raise BlobNotHere
        return replace(value, jpeg=pool[value.sha256].jpeg)
    if isinstance(value, tuple):
        return tuple(_filled(each, pool) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _filled(getattr(value, field.name), pool) for field in fields(value)})
    return value
