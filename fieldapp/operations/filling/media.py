"""Files beside a checklist: those that came with its form, and those that answer its questions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import FormInstance, FormVersion
from fieldapp.forms.definition import parse
from fieldapp.forms.labels.files import lists_of, media_of, tables_of
from fieldapp.forms.slots import Control, FormDefinition, Slot
from fieldapp.operations.filling.views import is_drawn
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = ["AttachedFile", "Lacking", "asks_for_drawing", "attached_file", "form_media", "form_tables", "lacking_of", "most_pixels"]

_IDS = re.compile(r"\{[^}]*\}")
_TABLES = (".csv", ".xml", ".geojson", ".json")
_OWNER, _PURPOSE = "form_version", "form_media"
_NAMED = 6


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that answers a question: its name, its size in bytes, and its bytes, None where they are not on this laptop."""

    name: str
    size: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a form needs and this laptop does not have yet: file names, and by the path of a question the file with its choices."""

    names: tuple[str, ...] = ()
    lists: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> Sentence | None:
        """What stands above the checklist; None when nothing lacks."""
        if not self.names:
            return None
        return say(
            "Files of this form are not on this laptop yet ({count}): {names}. What you enter is kept. Sync, and open the checklist again.",
            count=len(self.names),
            names=", ".join((*self.names[:_NAMED], *("…" for _ in self.names[_NAMED : _NAMED + 1]))),
        )


def lacking_of(
    session: FieldSession, reader: Reader, form: FormVersion, definition: FormDefinition, tables: Collection[str], given: Collection[str]
) -> Lacking:
    """What lacks of a form's files; `tables` are the names of those that are here, `given` the instances that the program fills itself."""
    if "jr://" not in form.xform:
        return Lacking()
    away = {name: files[0] for name, files in tables_of(definition).items() if name not in given and not set(files) & set(tables)}
    held = reader.find(Attachment, owner_kind=_OWNER, owner_id=form.id, purpose=_PURPOSE)
    here = {each.name for each in held if session.blobs.has(each.digest)}
    pictures = [name for name in media_of(definition) if name not in here]
    lists = {path: away[name] for path, name in lists_of(definition).items() if name in away} if away else {}
    return Lacking(tuple(dict.fromkeys((*away.values(), *pictures))), lists)


def form_tables(session: FieldSession, reader: Reader, form: FormVersion) -> Mapping[str, bytes]:
    """The tables that came with a form (CSV, XML, GeoJSON) by name, as far as they are on this laptop."""
    if "jr://" not in form.xform:
        return {}
    held = reader.find(Attachment, owner_kind=_OWNER, owner_id=form.id, purpose=_PURPOSE)
    return {each.name: session.blobs.get(each.digest) for each in held if each.name.endswith(_TABLES) and session.blobs.has(each.digest)}


def form_media(session: FieldSession, instance_id: Id, name: str) -> bytes | None:
    """A picture, sound or film that came with the form of a checklist; None when it is not on this laptop."""
    with session.reading() as reader:
        instance = reader.need(FormInstance, instance_id)
        forms = reader.find(FormVersion, form_id=instance.form_id, version=instance.form_version)
        wanted = {each.id for each in forms}
        held = [each for each in reader.find(Attachment, owner_kind=_OWNER, purpose=_PURPOSE, name=name) if each.owner_id in wanted]
    return next((session.blobs.get(each.digest) for each in held if session.blobs.has(each.digest)), None)


def asks_for_drawing(reader: Reader, instance: FormInstance, key: str) -> bool:
    """Whether the question of a key is drawn on an empty sheet or signed, by the form itself."""
    return any(is_drawn(slot.kind, control.appearance) for slot, control in _controls(reader, instance, key))


def most_pixels(reader: Reader, instance: FormInstance, key: str) -> int:
    """The most pixels of the long side of a picture that answers a question (`max-pixels`); 0 when the form sets none."""
    told = [control.parameters.get("max-pixels", "") for _, control in _controls(reader, instance, key)]
    return max((int(each) for each in told if each.isdecimal()), default=0)


def _controls(reader: Reader, instance: FormInstance, key: str) -> list[tuple[Slot, Control]]:
    """The question of a key in the form of a checklist."""
    forms = reader.find(FormVersion, form_id=instance.form_id, version=instance.form_version)
    path = tuple(part for part in _IDS.sub("", key).split("/") if part)
    slots = [slot for form in forms if (slot := parse(form.xform).slots.get(path)) is not None]
    return [(slot, slot.control) for slot in slots if slot.control is not None]


def attached_file(session: FieldSession, instance_id: Id, key: str, name: str) -> AttachedFile | None:
    """The file of a name that answers a question, the one that was added last; None when there is no such file."""
    with session.reading() as reader:
        held = [each for each in reader.find(Attachment, owner_id=instance_id, name=name) if each.key == key]
    if not held:
        return None
    last = max(held, key=lambda each: (each.added_at is not None, each.added_at, each.id))
    return AttachedFile(name, last.size, session.blobs.get(last.digest) if session.blobs.has(last.digest) else None)
