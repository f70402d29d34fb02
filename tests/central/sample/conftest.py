"""The sample world, told once for the tests of this folder; it is frozen."""

from __future__ import annotations

from hashlib import sha256

import pytest

from fieldapp.base.settings import resource
from fieldapp.central.sample.world import World
from fieldapp.domain.inspections import FormVersion
from fieldapp.forms.xlsform import convert
from tests.central.sample.telling import tell


@pytest.fixture(scope="session")
def forms() -> tuple[FormVersion, ...]:
    """Those of the program's own checklists that the story tells of, as a centre would publish them."""
    published = []
    for number, name in enumerate(("T1.xlsx", "T2.xlsx", "T3.xlsx", "T4.xlsx")):
        made = convert(resource(f"forms/{name}").read_bytes(), name)
        digest = sha256(made.xform_xml.encode()).hexdigest()
        published.append(FormVersion(id=f"{number:032x}", form_id=made.form_id, version=made.version, xform=made.xform_xml, digest=digest))
    return tuple(published)


@pytest.fixture(scope="session")
def told(forms: tuple[FormVersion, ...]) -> World:
    """The world of seed 1."""
    return tell(forms)
