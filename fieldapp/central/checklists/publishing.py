"""Publishes workbooks as versions of their forms, with the files they refer to. What is published is never changed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fieldapp.base.errors import CentreError, disk_words
from fieldapp.base.i18n import N_
from fieldapp.central.desk import Desk
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import FormVersion
from fieldapp.forms.xlsform import both_titles, convert, media_beside

__all__ = ["FileNotRead", "MediaMissing", "Published", "VersionPublished", "newest_forms", "publish"]

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


def newest_forms(desk: Desk) -> dict[str, FormVersion]:
    """The version of each form that was published last: what a new record begins with."""
    found: dict[str, FormVersion] = {}
    for each in desk.find(FormVersion):
        before = found.get(each.form_id)
        if before is None or (each.published_at is not None and (before.published_at is None or each.published_at >= before.published_at)):
            found[each.form_id] = each
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise FileNotRead(file=path, reason=disk_words(fault)) from fault


def _names(desk: Desk, form: FormVersion) -> tuple[str, ...]:
    return tuple(each.name for each in desk.find(Attachment, owner_kind="form_version", owner_id=form.id))
