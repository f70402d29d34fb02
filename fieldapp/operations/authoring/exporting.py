"""A finished checklist as files for others: an ODK instance (XML), a table (CSV), a workbook (XLSX)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fieldapp.base.errors import InputError, RuleError, StorageError, disk_words
from fieldapp.base.i18n import N_, Language, Sentence, read, say, when_text
from fieldapp.base.ids import is_id
from fieldapp.domain.customers import Asset, Site
from fieldapp.domain.inspections import FormInstance, Inspection, status_sentence
from fieldapp.domain.visits import Visit
from fieldapp.operations.authoring.spreadsheet import Table, csv_bytes, xlsx_bytes
from fieldapp.operations.checklists import Checklist, read_checklist
from fieldapp.operations.filling.views import QuestionView
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = ["FORMATS", "ChecklistOpen", "ExportNotWritten", "NothingToExport", "export"]

FORMATS = ("xml", "csv", "xlsx")
_REASONS = {
    "not_permitted": say("not permitted by the site"),
    "no_access": say("no access"),
    "powered_off": say("switched off"),
    "no_time": say("no time"),
}
_COLUMNS = (
    N_("Item"),
    N_("Question"),
    N_("Row"),
    N_("Answer"),
    N_("Stored value"),
    N_("Unit"),
    N_("Lowest"),
    N_("Highest"),
    N_("Result"),
    N_("Reason"),
    N_("Finding"),
    N_("Node"),
)
_SILENT = ("group", "repeat", "instance", "note")


class NothingToExport(InputError):
    """The words after `export` name no checklist of this laptop."""

    code = "FA-166"
    message = N_("There is no checklist “{what}” on this laptop. Nothing was written. Give its identity, or the number of an inspection.")


class ChecklistOpen(RuleError):
    """A checklist that is not finished is about to be exported."""

    code = "FA-265"
    message = N_("The checklist {form} is not finished yet. Nothing was written. Finish its inspection first.")


class ExportNotWritten(StorageError):
    """The files could not be written where a person wanted them."""

    code = "FA-306"
    message = N_(
        "The files could not be written to {folder} ({reason}). The checklist itself is safe. Choose another folder and try again."
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One finished checklist with what stands at the head of its table."""

    instance: FormInstance
    checklist: Checklist
    name: str
    about: tuple[tuple[Sentence, str], ...]


def export(
    session: FieldSession, what: str, folder: Path, language: Language, *, visit: bool = False, formats: Sequence[str] = FORMATS
) -> tuple[Path, ...]:
    """Write a finished checklist, or all of an inspection (by identity or number), into a folder.

    With `visit` the words name a visit: its identity, or a day (ISO 8601) for all visits of that day.

    NothingToExport, ChecklistOpen, ExportNotWritten; also FormNotHere. Nothing is written unless all of them are finished.
    """
    with session.reading() as reader:
        instances = _found(reader, what, visit=visit)
        if not instances:
            raise NothingToExport(what=what)
        sheets = [_sheet(session, reader, each) for each in instances]
    files = {f"{sheet.name}.{kind}": data for sheet in sheets for kind in formats for data in [_written(sheet, kind, language)]}
    written = []
    for name, data in files.items():
        path = folder / name
        part = path.with_name(f"{name}.part")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(path)
        except OSError as fault:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise ExportNotWritten(folder=folder, reason=disk_words(fault)) from fault
        written.append(path)
    return tuple(written)


def _found(reader: Reader, what: str, *, visit: bool) -> list[FormInstance]:
    if visit:
        owners = [each.inspection_id for each in _visits(reader, what) if each.inspection_id]
        return [each for owner in owners for each in reader.find(FormInstance, owner_id=owner, order="position")]
    if is_id(what):
        one = reader.get(FormInstance, what)
        return [one] if one is not None else reader.find(FormInstance, owner_id=what, order="position")
    return [each for one in reader.find(Inspection, number=what) for each in reader.find(FormInstance, owner_id=one.id, order="position")]


def _visits(reader: Reader, what: str) -> list[Visit]:
    """A visit by its identity, or all of a day (ISO 8601, at the site's clock)."""
    if is_id(what):
        one = reader.get(Visit, what)
        return [one] if one is not None else []
    found = []
    for each in reader.find(Visit, order="appointment_at"):
        site = reader.get(Site, each.site_id) if each.site_id else None
        at = each.entered_at or each.appointment_at
        if at is not None and when_text(at, "en", site.zone if site else "Asia/Shanghai")[:10] == what:
            found.append(each)
    return found


def _sheet(session: FieldSession, reader: Reader, instance: FormInstance) -> _Sheet:
    if instance.state == "open" or instance.finished_at is None:
        raise ChecklistOpen(form=instance.form_id)
    checklist = read_checklist(session, reader, instance)
    inspection = reader.get(Inspection, instance.owner_id) if instance.owner_id else None
    asset = reader.get(Asset, instance.asset_id) if instance.asset_id else None
    site = reader.get(Site, instance.site_id) if instance.site_id else None
    number = (inspection.number if inspection else "") or instance.id[-12:]
    zone = site.zone if site else session.zone
    return _Sheet(
        instance=instance,
        checklist=checklist,
        name=re.sub(r"[^\w.\-]", "_", f"{number}-{instance.position:02d}-{instance.form_id}"),
        about=(
            (say("Checklist"), f"{instance.form_id} {instance.form_version}"),
            (say("Record"), instance.id),
            (say("Inspection"), inspection.number if inspection else ""),
            (say("Period"), instance.period),
            (say("Site"), site.name if site else ""),
            (say("Equipment"), asset.name if asset else ""),
            (say("Serial number"), asset.serial if asset else ""),
            (say("Finished"), when_text(instance.finished_at, "en", zone)),
        ),
    )


def _written(sheet: _Sheet, kind: str, language: Language) -> bytes:
    if kind == "xml":
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{sheet.checklist.instance_xml()}\n'.encode()
    answers = _answers(sheet, language)
    if kind == "csv":
        return csv_bytes(answers)
    title = (say("Title").read(language), sheet.checklist.about.title.read(language))
    told = tuple((name.read(language), value) for name, value in sheet.about)
    head = Table(say("About").read(language), (say("Field").read(language), say("Value").read(language)), (title, *told))
    return xlsx_bytes([answers, head])


def _answers(sheet: _Sheet, language: Language) -> Table:
    views = [view for section in sheet.checklist.sections for view in sheet.checklist.questions(section.key)]
    told = [view for view in views if view.relevant and view.kind not in _SILENT and (view.counted or view.value or view.result)]
    rows = [_line(view, language) for view in told]
    return Table(say("Answers").read(language), tuple(read(each, language) for each in _COLUMNS), tuple(rows))


def _line(view: QuestionView, language: Language) -> tuple[str, ...]:
    reason = _REASONS.get(view.reason)
    return (
        view.item,
        view.label.read(language),
        ", ".join(re.findall(r"\{([^}]*)\}", view.key)),
        _in_words(view, language),
        view.value,
        view.unit,
        view.minimum,
        view.maximum,
        status_sentence(view.status).read(language) if view.counted else "",
        reason.read(language) if reason is not None else view.reason,
        view.finding.description if view.finding is not None else "",
        view.key,
    )


def _in_words(view: QuestionView, language: Language) -> str:
    if not view.choices:
        return view.value
    labels = {each.value: each.label.read(language) for each in view.choices}
    return ", ".join(labels.get(each, each) for each in view.value.split())
