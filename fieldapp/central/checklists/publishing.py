"""Publishes workbooks as versions of their forms, with the files they refer to. What is published is never changed again.

A version may be withdrawn: no new record begins with it then; what was begun with it keeps it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from sqlalchemy import delete, insert, select

from fieldapp.base.clock import moment_from_text, moment_text
from fieldapp.base.errors import CentreError, disk_words
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Id
from fieldapp.central.desk import Desk
from fieldapp.central.store.books import Books, read_body
from fieldapp.central.store.tables import form_withdrawn, record
from fieldapp.domain.customers import Person
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import FormVersion
from fieldapp.forms.xlsform import both_titles, convert, media_beside

__all__ = [
    "CATEGORIES",
    "FileNotRead",
    "MediaMissing",
    "Published",
    "VersionPublished",
    "VersionStanding",
    "give_again",
    "newest_forms",
    "publish",
    "standing_of",
    "versions",
    "withdraw",
]

CATEGORIES = ("inspection", "upgrade", "swap", "case", "training", "follow_up", "event", "handover")
"""What a form may be for, `inspection` where nobody says."""

_KINDS: Mapping[str, str] = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
}


class VersionPublished(CentreError):
    """The version of a form stands already, with other contents."""

    code = "FA-641"
    message = N_(
        "Version {version} of form {form} is published already, with other contents. Nothing was changed. "
        "Records were begun with it: give the workbook a new version in its sheet “settings” and publish that."
    )


class MediaMissing(CentreError):
    """Files that a form refers to are not there."""

    code = "FA-642"
    message = N_("The form refers to files that are not there: {files}. Nothing was changed. Put them beside the workbook.")


class FileNotRead(CentreError):
    """A workbook, or a file of it, cannot be read."""

    code = "FA-643"
    message = N_("The file {file} cannot be read ({reason}). Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Published:
    """A version as it stands; `fresh` is whether it was published now, `media` the names of its files."""

    form: FormVersion
    fresh: bool
    media: tuple[str, ...]


def publish(desk: Desk, workbook: Path, *, title_zh: str = "", title_en: str = "", category: str = "inspection") -> Published:
    """Publish a workbook; the same contents once more change nothing.

    FormError leaves say what is wrong with the workbook, with sheet and row; VersionPublished, MediaMissing, FileNotRead.
    """
    data = _bytes(workbook)
    made = convert(data, workbook.name)
    digest = sha256(made.xform_xml.encode()).hexdigest()
    same = desk.find(FormVersion, form_id=made.form_id, version=made.version)
    if same:
        if same[0].digest != digest:
            raise VersionPublished(form=made.form_id, version=made.version or "-")
        return Published(same[0], fresh=False, media=_names(desk, same[0]))
    found = media_beside(workbook, made.media)
    missing = [name for name in made.media if name not in found]
    if missing:
        raise MediaMissing(files=", ".join(missing))
    files = {name: _bytes(path) for name, path in found.items()}
    zh, en = both_titles(made.title)
    form = desk.publish_form(data, workbook.name, title_zh=title_zh or zh, title_en=title_en or en, category=category)
    for name, content in files.items():
        kind = _KINDS.get(Path(name).suffix.lower(), "application/octet-stream")
        desk.attach(
            Attachment(
                id=desk.service.ids.new(),
                owner_kind="form_version",
                owner_id=form.id,
                media_type=kind,
                name=name,
                purpose="form_media",
                added_at=desk.service.clock.now(),
            ),
            content,
        )
    return Published(form, fresh=True, media=tuple(files))


Standing = Literal["new_form", "new_version", "same", "other"]


def standing_of(desk: Desk, workbook: bytes, name: str) -> Standing:
    """What publishing these bytes would be: a new form, a new version, nothing new, or other contents of a version that stands.

    FormError leaves for a workbook that cannot be used.
    """
    made = convert(workbook, name)
    known = desk.find(FormVersion, form_id=made.form_id)
    same = [each for each in known if each.version == made.version]
    if same:
        return "same" if same[0].digest == sha256(made.xform_xml.encode()).hexdigest() else "other"
    return "new_version" if known else "new_form"


def newest_forms(desk: Desk) -> dict[str, FormVersion]:
    """The version of each form that was published last and is not withdrawn: what a new record begins with."""
    found: dict[str, FormVersion] = {}
    gone = _withdrawn(desk)
    for each in desk.find(FormVersion):
        before = found.get(each.form_id)
        if each.id in gone:
            continue
        if before is None or (each.published_at is not None and (before.published_at is None or each.published_at >= before.published_at)):
            found[each.form_id] = each
    return found


@dataclass(frozen=True, slots=True)
class VersionStanding:
    """One published version: whether new records begin with it (`given`), who published it (empty: no person), how many records
    were begun with it and how many of them are open, its files; `withdrawn_at` and `withdrawn_by` when no new record begins with it.
    """

    form: FormVersion
    given: bool
    by: str
    begun: int
    open: int
    files: tuple[Attachment, ...]
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""


def versions(desk: Desk) -> tuple[VersionStanding, ...]:
    """All published versions, by form, the newest first."""
    forms, gone = desk.find(FormVersion), _withdrawn(desk)
    given = {each.id for each in newest_forms(desk).values()}
    people = {each.id: each.name for each in desk.find(Person)}
    files: dict[Id, list[Attachment]] = {}
    for file in desk.find(Attachment, owner_kind="form_version"):
        files.setdefault(file.owner_id, []).append(file)
    with desk.service.store.reading() as connection:
        instances = select(record.c.body).where(record.c.kind == "form_instance", record.c.deleted.is_(False))
        begun: Counter[object] = Counter()
        still_open: Counter[object] = Counter()
        for body in connection.execute(instances).scalars():
            one = read_body(body)
            begun[_version_of(one)] += 1
            still_open[_version_of(one)] += one.get("state") == "open"
        books = Books(connection)
        books.load(("form_version", each.id) for each in forms)
        authors = {each.id: stored.marks[""].author for each in forms if (stored := books.get("form_version", each.id)) is not None}
    made: list[VersionStanding] = []
    for each in forms:
        mine = (each.digest, (each.form_id, each.version))
        at, by = gone.get(each.id, (None, ""))
        made.append(
            VersionStanding(
                form=each,
                given=each.id in given,
                by=people.get(authors.get(each.id, ""), ""),
                begun=sum(begun[key] for key in mine),
                open=sum(still_open[key] for key in mine),
                files=tuple(files.get(each.id, ())),
                withdrawn_at=at,
                withdrawn_by=by,
            )
        )
    made.sort(key=lambda one: one.form.published_at.timestamp() if one.form.published_at else 0.0, reverse=True)
    made.sort(key=lambda one: _in_order(one.form.form_id))
    return tuple(made)


def _version_of(instance: Mapping[str, object]) -> object:
    """What names the version of a checklist: its digest, or where there is none, form and version."""
    return instance.get("form_digest") or (instance.get("form_id"), instance.get("form_version"))


def _in_order(form_id: str) -> tuple[str, int, str]:
    """T2 before T10."""
    head = form_id.rstrip("0123456789")
    tail = form_id[len(head) :]
    return head, int(tail) if tail else -1, form_id


def withdraw(desk: Desk, version_id: Id) -> None:
    """Let no new record begin with a version; what was begun keeps it. UnknownThing."""
    desk.get(FormVersion, version_id)
    row = {"version": version_id, "at": moment_text(desk.service.clock.now()), "by": desk.name[:80]}
    with desk.service.store.writing() as connection:
        if connection.execute(select(form_withdrawn.c.version).where(form_withdrawn.c.version == version_id)).first() is None:
            connection.execute(insert(form_withdrawn).values(row))


def give_again(desk: Desk, version_id: Id) -> None:
    """Take a withdrawal back. UnknownThing."""
    desk.get(FormVersion, version_id)
    with desk.service.store.writing() as connection:
        connection.execute(delete(form_withdrawn).where(form_withdrawn.c.version == version_id))


def _withdrawn(desk: Desk) -> dict[Id, tuple[datetime, str]]:
    with desk.service.store.reading() as connection:
        rows = connection.execute(select(form_withdrawn)).all()
    return {row.version: (moment_from_text(row.at), row.by) for row in rows}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise FileNotRead(file=path, reason=disk_words(fault)) from fault


def _names(desk: Desk, form: FormVersion) -> tuple[str, ...]:
    return tuple(each.name for each in desk.find(Attachment, owner_kind="form_version", owner_id=form.id))
