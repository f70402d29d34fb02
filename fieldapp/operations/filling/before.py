"""What a form may take over from the record of it that was begun last (`${last-saved#…}` of XLSForm)."""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp.base.errors import FormError
from fieldapp.domain.inspections import FormInstance, FormVersion
from fieldapp.forms.definition import parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance as OpenForm
from fieldapp.forms.slots import FormDefinition
from fieldapp.operations.filling.media import form_tables
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = ["last_saved", "version_of"]

_SOURCE = "jr://instance/last-saved"


def version_of(reader: Reader, instance: FormInstance) -> FormVersion | None:
    """The version of the form that a record was planned with; None while it has not come to this laptop."""
    forms = reader.find(FormVersion, digest=instance.form_digest) if instance.form_digest else []
    forms = forms or reader.find(FormVersion, form_id=instance.form_id, version=instance.form_version)
    return forms[0] if forms else None


def last_saved(session: FieldSession, reader: Reader, instance: FormInstance, definition: FormDefinition, zone: str) -> Mapping[str, str]:
    """The answers of the record that was begun last before this one, as the secondary instance that the form names; of any version.

    Nothing where the form does not ask for it, where there is none, or where its own version is not here or cannot be read.
    Records that were begun later do not count, so that opening a record again gives the same.
    """
    names = [name for name, source in definition.sources.items() if source == _SOURCE]
    if not names:
        return {}
    before = [
        each
        for each in reader.find(FormInstance, form_id=instance.form_id, order="started_at")
        if each.id != instance.id and each.started_at is not None and not each.deprecated_id
        if instance.started_at is None or each.started_at < instance.started_at
    ]
    form = version_of(reader, before[-1]) if before else None
    if form is None:
        return {}
    rows = {key: text for key, text in reader.answers(before[-1].id).items() if "#" not in key}
    now = before[-1].finished_at or session.clock.now()
    environment = Environment(now=now, zone=zone, media=form_tables(session, reader, form), randomness=session.randomness)
    try:
        told = OpenForm.open(parse(form.xform), rows, environment).instance_xml()
    except FormError:
        return {}
    return dict.fromkeys(names, told)
