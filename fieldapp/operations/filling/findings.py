"""Findings of a checklist: written as soon as an item is abnormal, completed field by field, settled, turned into a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_, say
from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Asset, RuleEffect, Site, SiteRule, effect_of
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import Finding, FindingIncomplete, FormInstance, finding_gaps, open_findings
from fieldapp.domain.inspections import settle_finding as settled
from fieldapp.operations.cases import number_of, open_follow_up
from fieldapp.operations.filling.media import asks_for_drawing, most_pixels
from fieldapp.operations.filling.views import FindingView, OpenFinding
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader, UnitOfWork
from fieldapp.reports.photos import fitted

__all__ = [
    "FileNotTaken",
    "PhotoNotAllowed",
    "Seed",
    "add_photo",
    "attach",
    "camera_of",
    "case_numbers",
    "drop_finding",
    "finding_view",
    "follow_up_case",
    "left_over",
    "record_finding",
    "settle_finding",
    "write_finding",
]

_DUE_DAYS = 30
_LARGEST = 64 * 1024 * 1024
_EDITABLE = frozenset({"description", "level", "state", "owner", "advice", "due_on", "witness"})
_MEDIA = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF", "application/pdf"),
)


class PhotoNotAllowed(RuleError):
    """A photo or file that the site's rules forbid."""

    code = "FA-261"
    message = N_("{why}. Nothing was changed. Describe what you see and name the witness instead.")


class FileNotTaken(InputError):
    """A file that cannot be attached."""

    code = "FA-160"
    message = N_("The file “{name}” cannot be attached: it is empty or larger than 64 MB. Nothing was changed. Choose another file.")


class FileUnreadable(InputError):
    """A file to be attached that cannot be read: gone, of another user, on a medium that was taken out."""

    code = "FA-162"
    message = N_("The file “{name}” cannot be read. Nothing was changed. Look whether it is still there, or choose another file.")


def read_file(path: Path) -> bytes:
    """The bytes of a file that a person chose; FileUnreadable."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise FileUnreadable(name=path.name) from fault


@dataclass(frozen=True, slots=True)
class Seed:
    """What a finding begins with: the place of the item, its label and value; `before` is what was entered about it once."""

    instance_id: Id
    key: str
    item: str
    label: str
    value: str
    before: Finding | None = None


def camera_of(reader: Reader, site_id: Id) -> RuleEffect:
    """Whether photos may be taken at a site."""
    return effect_of(reader.find(SiteRule, site_id=site_id), "camera")


def case_numbers(reader: Reader, findings: list[Finding]) -> dict[Id, str]:
    """The numbers of the cases that findings became."""
    wanted = [each.case_id for each in findings if each.case_id]
    return {each.id: number_of(each) for each in reader.find(Case, id=wanted)} if wanted else {}


def finding_view(found: Finding, camera: RuleEffect, numbers: Mapping[Id, str]) -> FindingView:
    """The frozen view of a finding at a site with this rule for photos."""
    why = None
    if not camera.allowed:
        why = camera.reason
        if camera.reason is not None and camera.substitute is not None:
            why = say("{reason}: {substitute}", reason=camera.reason, substitute=camera.substitute)
    return FindingView(
        finding_id=found.id,
        key=found.key,
        item=found.item.replace("_", "-"),
        label=found.item_label,
        level=found.level,
        description=found.description,
        photo_digest=found.photo_digest,
        photo_allowed=camera.allowed,
        photo_why=why,
        witness=found.witness,
        state=found.state,
        owner=found.owner,
        advice=found.advice,
        due_on=found.due_on,
        case_id=found.case_id,
        case_number=numbers.get(found.case_id, ""),
        gaps=finding_gaps(found, camera),
    )


def write_finding(session: FieldSession, work: UnitOfWork, seed: Seed) -> Finding:
    """The finding of an abnormal item inside the caller's transaction: the one that stands, or a new one, left over to us."""
    standing = work.find(Finding, instance_id=seed.instance_id, key=seed.key)
    if standing:
        return work.save(replace(standing[0], value=seed.value))
    instance = work.need(FormInstance, seed.instance_id)
    camera = camera_of(work, instance.site_id)
    now = session.clock.now()
    begun = seed.before or Finding(id="", due_on=_local_day(session, work, instance.site_id, now) + timedelta(days=_DUE_DAYS))
    return work.save(
        replace(
            begun,
            id=session.ids.new(),
            site_id=instance.site_id,
            asset_id=instance.asset_id,
            inspection_id=instance.owner_id,
            instance_id=instance.id,
            key=seed.key,
            item=seed.item,
            item_label=seed.label,
            value=seed.value,
            rule_clause=camera.rule.clause if camera.rule is not None and not camera.allowed else "",
            found_at=now,
        )
    )


def drop_finding(work: UnitOfWork, instance_id: Id, key: str) -> None:
    """Take back the finding of an item that is abnormal no more; one that became a case stays."""
    for each in work.find(Finding, instance_id=instance_id, key=key):
        if not each.case_id:
            work.delete(Finding, each.id)


def _local_day(session: FieldSession, reader: Reader, site_id: Id, at: datetime) -> date:
    site = reader.get(Site, site_id) if site_id else None
    return at.astimezone(ZoneInfo(site.zone if site else session.zone)).date()


def record_finding(session: FieldSession, seed: Seed, **entered: Any) -> Finding:
    """Write fields of a finding (description, level, state, owner, advice, due_on, witness), whole or not: it may be completed later.

    ValueError for any other field. What is missing is named by the view, and an inspection is not finished with it.
    """
    if not entered.keys() <= _EDITABLE:
        raise ValueError(f"a finding takes no {sorted(entered.keys() - _EDITABLE)}")
    with session.writing() as work:
        before = write_finding(session, work, seed)
        after = replace(before, **entered)
        if after.rule_clause:
            after = replace(after, substitute=after.description)
        return work.save(after)


def _blob(session: FieldSession, name: str, data: bytes) -> tuple[str, int, str]:
    if not data or len(data) > _LARGEST:
        raise FileNotTaken(name=name)
    kept = session.blobs.put(data)
    media = next((media for magic, media in _MEDIA if data.startswith(magic)), "application/octet-stream")
    return kept.digest, kept.size, media


def add_photo(session: FieldSession, seed: Seed, name: str, data: bytes) -> Finding:
    """Add a photo to a finding. PhotoNotAllowed where the site forbids it, FileNotTaken for an empty or too large one."""
    with session.reading() as reader:
        camera = camera_of(reader, reader.need(FormInstance, seed.instance_id).site_id)
    if not camera.allowed:
        raise PhotoNotAllowed(why=camera.reason or "")
    digest, size, media = _blob(session, name, data)
    with session.writing() as work:
        found = work.save(replace(write_finding(session, work, seed), photo_digest=digest))
        work.save(
            Attachment(
                id=session.ids.new(),
                site_id=found.site_id,
                owner_kind="finding",
                owner_id=found.id,
                key=found.key,
                digest=digest,
                size=size,
                media_type=media,
                name=name,
                purpose="photo",
                added_at=session.clock.now(),
            )
        )
    return found


def attach(session: FieldSession, instance_id: Id, key: str, name: str, data: bytes, *, photo: bool, drawn: bool = False) -> str:
    """Keep the file that answers a question and return the name that is its answer; PhotoNotAllowed, FileNotTaken.

    A picture is scaled down to what the form asks for (`max-pixels`).
    What is `drawn` by hand on an empty sheet shows nothing of the site, so that its rules for cameras and files do not hold.
    """
    with session.reading() as reader:
        instance = reader.need(FormInstance, instance_id)
        rules = reader.find(SiteRule, site_id=instance.site_id)
        drawn = drawn and asks_for_drawing(reader, instance, key)
        most = most_pixels(reader, instance, key) if photo else 0
    effects = [] if drawn else [effect_of(rules, subject) for subject in (("camera",) if photo else ("usb", "data_out"))]
    for each in effects:
        if not each.allowed:
            raise PhotoNotAllowed(why=each.reason or "")
    digest, size, media = _blob(session, name, fitted(data, most) if most and data else data)
    with session.writing() as work:
        work.save(
            Attachment(
                id=session.ids.new(),
                site_id=instance.site_id,
                owner_kind="form_instance",
                owner_id=instance_id,
                key=key,
                digest=digest,
                size=size,
                media_type=media,
                name=name,
                purpose="photo" if photo else "file",
                added_at=session.clock.now(),
            )
        )
    return name


def left_over(session: FieldSession, reader: Reader, site_id: Id, inspection_id: Id, asset_id: Id = "") -> tuple[OpenFinding, ...]:
    """What earlier inspections of a site (or one piece of its equipment) left open, the gravest first."""
    standing = open_findings(reader.find(Finding, site_id=site_id, state="left_over"))
    found = [each for each in standing if each.inspection_id != inspection_id and asset_id in ("", each.asset_id)]
    numbers = case_numbers(reader, found)
    assets = {each.id: each for each in reader.find(Asset, site_id=site_id)}
    today = _local_day(session, reader, site_id, session.clock.now())
    return tuple(
        OpenFinding(
            finding_id=each.id,
            asset_id=each.asset_id,
            asset=f"{assets[each.asset_id].name} {assets[each.asset_id].serial}" if each.asset_id in assets else "",
            item=each.item.replace("_", "-"),
            label=each.item_label,
            description=each.description,
            level=each.level,
            owner=each.owner,
            advice=each.advice,
            due_on=each.due_on,
            overdue=each.due_on is not None and each.due_on < today,
            found_at=each.found_at,
            case_id=each.case_id,
            case_number=numbers.get(each.case_id, ""),
        )
        for each in found
    )


def settle_finding(session: FieldSession, finding_id: Id, inspection_id: Id, note: str = "") -> None:
    """Settle what an earlier inspection left over, in this one; FindingSettled when it is not open any more."""
    with session.writing() as work:
        work.save(settled(work.need(Finding, finding_id), inspection_id, session.clock.now(), note))


def follow_up_case(session: FieldSession, finding_id: Id) -> Finding:
    """转工单: open a case from a finding, once; FindingIncomplete when there is nothing that describes it."""
    with session.writing() as work:
        found = work.need(Finding, finding_id)
        if not found.case_id:
            if not found.description.strip():
                raise FindingIncomplete(missing=say("a note of what is abnormal"))
            open_follow_up(session, work, found)
        return work.need(Finding, finding_id)
