"""Files of forms and of answers: tables and pictures that came with a form, drawings where cameras are forbidden, what is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fieldapp.base.ids import derived_id
from fieldapp.domain.customers import SiteRule
from fieldapp.domain.documents import ServiceReport
from fieldapp.forms.labels.markup import read
from fieldapp.operations.checklists import answer_with_file, open_checklist, save_answer
from fieldapp.operations.filling.findings import PhotoNotAllowed
from fieldapp.operations.filling.marking import html_of
from fieldapp.operations.filling.media import attached_file, form_media
from fieldapp.operations.gathering.sources import Sources
from fieldapp.operations.session import FieldSession
from tests.operations.world import MORNING, SmallWorld, give
from tests.ui.answers.sheet import EDITORS, PARTS, png


def forbid(session: FieldSession, world: SmallWorld) -> None:
    """Let the site forbid all that its rules speak of."""
    with session.reading() as reader:
        rules = reader.find(SiteRule, site_id=world.site)
    assert {each.subject for each in rules} >= {"camera"}
    give(session, *(replace(each, verdict="forbidden") for each in rules))


def test_a_table_that_came_with_the_form_gives_its_choices(session: FieldSession, world: SmallWorld) -> None:
    view = open_checklist(session, EDITORS).question("/data/choices/parts")
    assert len(view.choices) == PARTS
    assert view.choices[2001].label.read("zh") == "702001 硬盘 2001"
    pictured = open_checklist(session, EDITORS).question("/data/choices/pictured")
    assert [each.picture for each in pictured.choices] == ["tower.png", "blade.png"]
    data = form_media(session, EDITORS, "blade.png")
    assert data is not None
    assert data.startswith(b"\x89PNG")
    assert form_media(session, EDITORS, "other.png") is None


def test_a_signature_is_drawn_where_cameras_are_forbidden_and_a_photo_is_not(session: FieldSession, world: SmallWorld) -> None:
    forbid(session, world)
    views = open_checklist(session, EDITORS)
    assert views.question("/data/files/photo").why_not is not None
    assert views.question("/data/files/signed").why_not is None
    assert answer_with_file(session, EDITORS, "/data/files/signed", "s.png", png("#FFFFFF"), photo=True, drawn=True) == "s.png"
    for key in ("/data/files/photo", "/data/files/annotated"):
        with pytest.raises(PhotoNotAllowed):
            answer_with_file(session, EDITORS, key, "p.png", png("#FFFFFF"), photo=True, drawn=True)


def test_a_photo_that_another_took_the_place_of_is_kept_but_not_printed(session: FieldSession, world: SmallWorld) -> None:
    checklist = open_checklist(session, EDITORS)
    for name, colour in (("first.png", "#AA0000"), ("second.png", "#00AA00")):
        checklist.answer("/data/files/photo", answer_with_file(session, EDITORS, "/data/files/photo", name, png(colour), photo=True))
    batch = checklist.take()
    assert batch is not None
    save_answer(session, batch)
    assert attached_file(session, EDITORS, "/data/files/photo", "first.png") is not None
    with session.reading() as reader:
        source = Sources(session, reader, ServiceReport(id=derived_id("report"), site_id=world.site), MORNING + timedelta(hours=1))
        assert len(source.photos([EDITORS])) == 1


def test_the_markup_of_labels_is_escaped_and_holds_nothing_but_words_colours_and_links() -> None:
    told = html_of(read("**Off** <b onclick=x>&</b> <script>alert(1)</script> [safe](https://a.example/?a=1&b=2) [bad](javascript:alert)"))
    assert "<script" not in told
    assert "javascript:" not in told.replace("[bad](javascript:alert)", "")
    assert "<b>Off</b>" in told
    assert '<a href="https://a.example/?a=1&amp;b=2">safe</a>' in told
    coloured = html_of(read('<span style="color:red; position:fixed; background-color:url(x)">hot</span>'))
    assert coloured in ('<span style="color: red">hot</span>', "<span>hot</span>")
