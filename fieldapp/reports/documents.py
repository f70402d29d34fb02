"""From the data of a document to its content: which blocks it has, in which order, with its digest."""

from __future__ import annotations

import hashlib
import re

from fieldapp.base.clock import moment_text
from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_
from fieldapp.reports.blocks import DocumentContent
from fieldapp.reports.canonical import TIME_STAMP_FIELD, DataError, canonical_json, from_plain, to_plain
from fieldapp.reports.content import (
    ApprovalData,
    GeneralData,
    InspectionReportData,
    ReportData,
    ServiceReportData,
)
from fieldapp.reports.sheets import approval, general, inspection, service

__all__ = ["SlotsError", "content_digest", "data_of", "document"]


def content_digest(data: ReportData) -> str:
    """SHA-256 of the canonical JSON of the data (64 hex characters): what strokes and signatures are bound to."""
    return hashlib.sha256(canonical_json(data)).hexdigest()


def data_of(plain: object) -> ReportData:
    """Read data back from the parsed JSON of an attachment (photos without their bytes); DataError if it is no report.

    Data of an older version may lack what came later: it is what its default says. Nothing else may differ in spelling.
    """
    tag = plain.get("is") if isinstance(plain, dict) else None
    data: ReportData
    match tag:
        case ServiceReportData.TAG:
            data = from_plain(ServiceReportData, plain)
        case InspectionReportData.TAG:
            data = from_plain(InspectionReportData, plain)
        case ApprovalData.TAG:
            data = from_plain(ApprovalData, plain)
        case GeneralData.TAG:
            data = from_plain(GeneralData, plain)
        case _:
            raise DataError
    if not _agrees(plain, to_plain(data)):
        raise DataError
    return data


def _agrees(plain: object, whole: object) -> bool:
    """Whether plain values say what the whole ones do, entries left out that an older version did not know."""
    if isinstance(plain, dict) and isinstance(whole, dict):
        return all(key in whole and _agrees(value, whole[key]) for key, value in plain.items()) and ("is" in plain) == ("is" in whole)
    if isinstance(plain, list) and isinstance(whole, list):
        return len(plain) == len(whole) and all(_agrees(one, other) for one, other in zip(plain, whole, strict=True))
    return type(plain) is type(whole) and plain == whole


class SlotsError(DocumentError):
    """The signers of a template cannot become places in a document."""

    code = "FA-809"
    message = N_("The signers of this template are not usable ({key}). Nothing was changed. Ask whoever made the template.")


def _check_slots(data: ReportData) -> None:
    keys = [slot.key for slot in data.front.signers]
    for key in keys:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key) or keys.count(key) > 1 or re.fullmatch(rf"{TIME_STAMP_FIELD}[0-9]*", key):
            raise SlotsError(key=key)


def document(data: ReportData) -> DocumentContent:
    """The pages' content of a document; pure, so that the same data give the same content.

    SlotsError when the keys of the signers are doubled or no plain names.
    """
    _check_slots(data)
    match data:
        case ServiceReportData():
            title, blocks = service.title(data), service.blocks(data)
        case InspectionReportData():
            title, blocks = inspection.title(data), inspection.blocks(data)
        case ApprovalData():
            title, blocks = approval.title(data), approval.blocks(data)
        case GeneralData():
            title, blocks = data.title, general.blocks(data)
    if data.front.paper:
        blocks = general.for_paper(blocks)
    raw = canonical_json(data)
    return DocumentContent(
        title=title,
        number=data.front.number,
        languages=data.front.languages,
        when_text=moment_text(data.front.when),
        subject=general.subject(data.front),
        blocks=tuple(blocks),
        data_json=raw,
        digest=hashlib.sha256(raw).hexdigest(),
    )
