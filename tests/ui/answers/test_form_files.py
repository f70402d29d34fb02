"""Files of forms and of answers: tables and pictures that came with a form, drawings where cameras are forbidden, what is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fieldapp.base.ids import derived_id
from fieldapp.domain.customers import SiteRule
from fieldapp.domain.documents import Attachment, ServiceReport
from fieldapp.forms.labels.markup import read
from fieldapp.operations.checklists import answer_with_file, open_checklist, save_answer
from fieldapp.operations.filling.findings import PhotoNotAllowed
from fieldapp.operations.filling.marking import html_of
from fieldapp.operations.filling.media import attached_file, form_media
from fieldapp.operations.gathering.sources import Sources
from fieldapp.operations.session import FieldSession
from fieldapp.ui.answers.lists import ListEditor
from fieldapp.ui.widgets.texts import Text
from tests.operations.world import MORNING, SmallWorld, give
from tests.ui.answers.conftest import OpenAt
from tests.ui.answers.driving import card_at, editor_at, part, row, switch
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


def test_files_that_a_cut_left_at_the_centre_are_named_and_their_choices_come_later(
    session: FieldSession, world: SmallWorld, open_at: OpenAt
) -> None:
    with session.reading() as reader:
        held = {each.name: each for each in reader.find(Attachment, purpose="form_media")}
    kept = {name: session.blobs.get(held[name].digest) for name in ("parts.csv", "blade.png")}
    for name in kept:
        session.blobs.delete(held[name].digest)
    page = open_at("choices/parts")
    assert page.checklist is not None
    line = part(page, Text, "lacking")
    for language in ("zh", "en"):
        switch(page, language)
        assert not line.isHidden()
        assert "parts.csv, blade.png" in line.text()
        assert "tower.png" not in line.text()
    card = card_at(page, "choices/parts")
    assert card.editor is None
    assert part(card, Text, "text-lacking").text() == "The choices are in parts.csv, which is not on this laptop yet."
    card_at(page, "choices/pictured").press(2)
    assert row(page, session, "choices/pictured") == "blade"
    page.checklist.answer("/data/choices/parts", "p7")
    batch = page.checklist.take()
    assert batch is not None
    save_answer(session, batch)
    for name, data in kept.items():
        assert session.blobs.put(data).digest == held[name].digest
    page.open(instance_id=EDITORS, key="/data/choices/parts")
    assert page.ctx.background.idle()
    assert line.isHidden()
    assert editor_at(page, "choices/parts", ListEditor).head.text() == "700007 内存条 7"


def test_a_form_of_which_no_file_came_opens_and_names_them_all(session: FieldSession, world: SmallWorld) -> None:
    with session.reading() as reader:
        give(session, *(replace(each, name=f"other-{each.name}") for each in reader.find(Attachment, purpose="form_media")))
    checklist = open_checklist(session, EDITORS)
    lacking = checklist.about.lacking
    assert lacking is not None
    assert "(5)" in lacking.read("en")
    assert "parts.csv, tower.png, blade.png, chassis.svg, rack.png" in lacking.read("zh")
    assert checklist.question("/data/choices/parts").choices == ()
    assert checklist.question("/data/choices/radio").lacking is None
