"""A rehearsal: a workbook opened as an engineer would fill it, on a store of its own that is thrown away at the end.

Nothing of the laptop's profile is opened or written. The store lies in a temporary folder, encrypted under a key that is
only in memory; findings, photos and rows behave as they will on site.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fieldapp.base.clock import Clock
from fieldapp.base.i18n import N_, Language, read
from fieldapp.base.ids import Id, IdSource, Randomness
from fieldapp.base.settings import Places, load_settings, save_settings
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import FormInstance, FormVersion, Inspection
from fieldapp.domain.records import Record, kind_of, to_plain
from fieldapp.forms.xlsform import both_titles, convert, media_beside
from fieldapp.operations.filling.findings import read_file
from fieldapp.operations.session import FieldSession
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from fieldapp.replica.intake import CentreSide
from fieldapp.vault.vault import Vault
from fieldapp.wire.protocol import Row

__all__ = ["Rehearsal", "rehearse"]

_AUTHOR = N_("Preview")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """An open rehearsal: its session and the checklist to show."""

    session: FieldSession
    instance_id: Id


@contextmanager
def rehearse(workbook: Path, like: Places, language: Language, clock: Clock, randomness: Randomness) -> Iterator[Rehearsal]:
    """Open a workbook for a rehearsal; afterwards everything of it is gone.

    `like` is the profile whose choices of look are taken over, as far as it has any. FileUnreadable, WorkbookRefusedError,
    WorkbookDamagedError.
    """
    made = convert(read_file(workbook), workbook.name)
    with tempfile.TemporaryDirectory(prefix="fieldapp-preview-", ignore_cleanup_errors=True) as folder:
        places = Places(Path(folder))
        save_settings(places, load_settings(like).chosen(language=language))
        session = _session(places, language, clock, randomness)
        try:
            chinese, english = both_titles(made.title)
            form = FormVersion(
                id=session.ids.new(),
                form_id=made.form_id,
                version=made.version,
                title_zh=chinese,
                title_en=english,
                xform=made.xform_xml,
                digest=sha256(made.xform_xml.encode()).hexdigest(),
            )
            inspection = Inspection(id=session.ids.new(), engineer_id=session.engineer)
            instance = FormInstance(
                id=session.ids.new(),
                owner_id=inspection.id,
                form_id=form.form_id,
                form_version=form.version,
                form_digest=form.digest,
                position=1,
            )
            files = [_kept(session, form, name, path) for name, path in media_beside(workbook, made.media).items()]
            _as_the_centre_would(session, (form, inspection, instance, *files))
            yield Rehearsal(session, instance.id)
        finally:
            session.close()


def _session(places: Places, language: Language, clock: Clock, randomness: Randomness) -> FieldSession:
    ids = IdSource(clock, randomness)
    engineer, device = ids.new(), ids.new()
    replica = Replica.create(places.replica, randomness.bytes(32), clock=clock, ids=ids, device=device, engineer=engineer, incarnation=1)
    return FieldSession(
        places=places,
        clock=clock,
        ids=ids,
        randomness=randomness,
        replica=replica,
        blobs=BlobStore(places.blobs, randomness.bytes(32), randomness),
        vault=Vault(places.vault, "", randomness.bytes(32), clock, randomness, 1),
        engineer=engineer,
        engineer_name=read(_AUTHOR, language),
    )


def _kept(session: FieldSession, form: FormVersion, name: str, path: Path) -> Attachment:
    """A file that the form refers to, as it comes with a published form."""
    blob = session.blobs.put(read_file(path))
    return Attachment(
        id=session.ids.new(),
        owner_kind="form_version",
        owner_id=form.id,
        digest=blob.digest,
        size=blob.size,
        name=name,
        purpose="form_media",
        added_at=session.clock.now(),
    )


def _as_the_centre_would(session: FieldSession, records: tuple[Record, ...]) -> None:
    with session.replica.transaction() as connection:
        centre = CentreSide(connection)
        for number, each in enumerate(records, start=1):
            centre.put(Row(kind_of(each).name, bytes.fromhex(each.id), number, to_plain(each)))
        centre.finish()
