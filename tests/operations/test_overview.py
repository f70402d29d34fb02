"""The safety light, the counters of the rail, what is only here; search and equipment."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock, moment_text
from fieldapp.base.ids import derived_id
from fieldapp.domain.documents import Attachment, Conflict
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion
from fieldapp.domain.spares import Swap
from fieldapp.domain.visits import Visit
from fieldapp.operations.cases import add_note, contacted, milestone
from fieldapp.operations.lookup.equipment import asset, assets
from fieldapp.operations.lookup.search import search
from fieldapp.operations.overview import only_here, overview, size_words, subject_of
from fieldapp.operations.session import FieldSession
from fieldapp.operations.visits import depart
from fieldapp.replica.tables import STATE
from tests.operations.world import ENGINEER, SmallWorld, give, local


def synced(session: FieldSession) -> None:
    with session.replica.transaction() as connection:
        connection.execute(sa.update(STATE).values(agreed_at=moment_text(session.clock.now())))


def turn(session: FieldSession, **span: float) -> None:
    assert isinstance(session.clock, TurnableClock)
    session.clock.advance(**span)


def conflict(world: SmallWorld, **fields: object) -> Conflict:
    values: dict[str, object] = {
        "kind": "case",
        "record_id": world.case,
        "field": "caller_phone",
        "before": '"1"',
        "mine": '"2"',
        "theirs": '"3"',
        "state": "open",
        "engineer_id": ENGINEER,
        **fields,
    }
    return Conflict(id=derived_id("conflict"), **values)  # type: ignore[arg-type]


def test_the_light_goes_through_its_states(field_session: FieldSession, world: SmallWorld) -> None:
    assert overview(field_session).state == "due"
    synced(field_session)
    seen = overview(field_session)
    assert (seen.state, seen.detail.read("zh")) == ("safe", "全部内容已到服务端,可以合上电脑。")
    contacted(field_session, world.case)
    seen = overview(field_session)
    assert (seen.state, seen.text.read("en")) == ("local", "2 items only here")
    turn(field_session, hours=9)
    assert overview(field_session).state == "due"
    turn(field_session, hours=-1)
    give(field_session, conflict(world))
    seen = overview(field_session)
    assert (seen.state, seen.text.read("zh")) == ("needs", "需要你决定 1 处")
    assert seen.counts["sync"] == 1


def test_files_are_counted_with_their_size(field_session: FieldSession, world: SmallWorld) -> None:
    blob = field_session.blobs.put(b"x" * 3_400_000)
    with field_session.writing() as work:
        work.save(
            Attachment(
                id=field_session.ids.new(),
                site_id=world.site,
                owner_kind="visit",
                owner_id=world.repair_visit,
                digest=blob.digest,
                size=blob.size,
                media_type="image/jpeg",
                name="a.jpg",
            )
        )
    assert overview(field_session).text.read("en") == "2 items · 3.4 MB only here"


def test_counters_count_what_waits_in_this_shift(field_session: FieldSession, world: SmallWorld) -> None:
    later = Visit(id=derived_id("later"), site_id=world.site, engineer_id=ENGINEER, appointment_at=local(9, days=3))
    give(field_session, later)
    counts = overview(field_session).counts
    assert (counts["today"], counts["cases"], counts["inspections"], counts["changes"]) == (3, 1, 1, 1)


def test_what_is_only_here_is_named(field_session: FieldSession, world: SmallWorld) -> None:
    depart(field_session, world.repair_visit)
    add_note(field_session, world.case, "x")
    rows = only_here(field_session)
    assert [(each.name.read("zh"), each.subject, each.changes) for each in rows] == [
        ("上门", "更换电源模块", 1),
        ("时间线记录", "CS-2026-00417", 1),
    ]
    assert rows[0].since == field_session.clock.now()


def test_a_checklist_that_is_only_here_is_called_by_its_code_and_its_title(field_session: FieldSession) -> None:
    ids = field_session.ids
    give(field_session, FormVersion(id=ids.new(), form_id="CL_V01", version="2", title_en="Old title"))
    give(field_session, FormVersion(id=ids.new(), form_id="CL_V01", version="3", title_en="MultirotorPreCheck"))
    known, strange = FormInstance(id=ids.new(), form_id="CL_V01", form_version="3"), FormInstance(id=ids.new(), form_id="X9")
    for each in (known, strange):
        give(field_session, each)
    with field_session.reading() as reader:
        assert subject_of(reader, "form_instance", known.id) == "CL_V01 MultirotorPreCheck"
        assert subject_of(reader, "form_instance", strange.id) == "X9"


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (34_000_000, "34 MB"), (2_000_000_000, "2.0 GB")]
)
def test_sizes_are_told_in_round_figures(size: int, words: str) -> None:
    assert size_words(size) == words


def test_search_finds_and_names_the_way(field_session: FieldSession, world: SmallWorld) -> None:
    add_note(field_session, world.case, "等待备件到货")
    by_kind = {each.kind: each for each in search(field_session, "CS-2026-00417")}
    assert (by_kind["case"].page, by_kind["case"].arguments) == ("case", {"case_id": world.case})
    note = next(each for each in search(field_session, "备件到货") if each.kind == "case_activity")
    assert (note.page, note.arguments) == ("case", {"case_id": world.case})
    serial = search(field_session, "78E00412")[0]
    assert (serial.page, serial.arguments, serial.kind_words.read("en")) == ("equipment", {"asset_id": world.storage}, "Equipment")
    customer = next(each for each in search(field_session, "华东数据") if each.kind == "customer")
    assert (customer.page, customer.arguments) == ("equipment", {"wanted": "华东数据中心"})
    assert search(field_session, "  ") == ()
    assert search(field_session, "没有这样的内容") == ()


def test_equipment_tells_place_history_and_open_findings(field_session: FieldSession, world: SmallWorld) -> None:
    finding = Finding(
        id=derived_id("f"),
        site_id=world.site,
        asset_id=world.storage,
        item="T1_04",
        item_label="电源模块",
        description="待换",
        state="left_over",
        found_at=local(9, days=-90),
    )
    swap = Swap(id=derived_id("s"), site_id=world.site, asset_id=world.storage, part_no="PSU-800", finished_at=local(7))
    settled = Finding(id=derived_id("g"), site_id=world.site, asset_id=world.storage, state="settled", found_at=local(9, days=-200))
    give(field_session, finding, swap, settled)
    rows = {each.serial: each for each in assets(field_session)}
    assert (rows["78E00412"].open_findings, rows["AFC-CORE-01"].open_findings) == (1, 0)
    assert (rows["78E00412"].title, rows["AFC-CORE-01"].title) == ("存储阵列 ST-7300", "AFC-Core")
    view = asset(field_session, world.storage)
    assert [each.kind for each in view.history] == ["swap", "case", "finding", "finding"]
    assert view.findings == (("T1-04", "待换", finding.owner),)
    assert (view.row.place, view.data_bearing, view.row.warranty_ends_on) == (
        "三号机房 · B07 · 12",
        True,
        rows["78E00412"].warranty_ends_on,
    )


def test_readings_of_several_periods_make_a_row(field_session: FieldSession, world: SmallWorld) -> None:
    ids = [derived_id("reading", str(number)) for number in range(3)]
    give(
        field_session,
        *(
            FormInstance(id=each, site_id=world.site, asset_id=world.storage, form_id="T1", period=f"2026Q{number}")
            for number, each in enumerate(ids, start=1)
        ),
    )
    with field_session.writing() as work:
        for each, value in zip(ids, ("21.5", "22", "偏高"), strict=True):
            work.answer(
                each, {"/data/T1_08": value, "/data/T1_09": "1", "/data/T1_08#reason": "3"} if each != ids[2] else {"/data/T1_08": value}
            )
    readings = {line.item: line.values for line in asset(field_session, world.storage).readings}
    assert readings == {"T1_08": (("2026Q1", "21.5"), ("2026Q2", "22")), "T1_09": (("2026Q1", "1"), ("2026Q2", "1"))}


def test_a_session_tells_listeners_what_changed_and_not_when_nothing_did(field_session: FieldSession, world: SmallWorld) -> None:
    heard: list[frozenset[str]] = []
    field_session.listen(heard.append)
    contacted(field_session, world.case)
    contacted(field_session, world.case)
    with pytest.raises(ValueError, match="no milestone"):
        milestone(field_session, world.case, "never")
    assert heard == [frozenset({"case", "case_activity"})]
    turn(field_session, seconds=timedelta(hours=1).total_seconds())
    field_session.announce(frozenset())
    assert len(heard) == 1
