"""Conflicts, rejected changes, past rounds, a round over any peer; and what a laptop tells about itself."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import derived_id
from fieldapp.base.settings import Places, Settings, save_settings
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Site
from fieldapp.domain.documents import Attachment, Conflict, ServiceReport
from fieldapp.domain.inspections import FormInstance
from fieldapp.operations.cases import add_note
from fieldapp.operations.laptop.device import change_pin, device, examine, support_bundle
from fieldapp.operations.laptop.evening import day_lines
from fieldapp.operations.laptop.synchronise import sync_view, synchronise
from fieldapp.operations.lookup.today import today
from fieldapp.operations.overview import only_here, overview
from fieldapp.operations.session import FieldSession
from fieldapp.operations.settling.deciding import BadConflictValue, settle_conflict, undo_settlement
from fieldapp.operations.watching import Unwatched
from fieldapp.replica.intake import remember_round
from fieldapp.replica.tables import BLOB, HISTORY, OUTBOX
from fieldapp.sync.refusals import CentreUnreachable
from fieldapp.vault.pin import WrongPin
from tests.operations.world import ENGINEER, PIN, SmallWorld, give, local

CONFLICT = derived_id("conflict")
FIRST_PHONE = "021-5550 1888"
REASONS = (
    *("unknown_kind", "unknown_field", "bad_value", "wrong_order", "unreadable", "centre_only", "deleted", "changed_meanwhile"),
    *("not_verified", "sealed", "highest_stands", "same_value", "never_altered", "first_stands", "centre_decides", "field_decides"),
    "both_edited",
)


def conflict(session: FieldSession, world: SmallWorld, **fields: object) -> None:
    values: dict[str, object] = {
        "kind": "case",
        "record_id": world.case,
        "field": "caller_phone",
        "before": '"021-5550 1888"',
        "mine": '"138 0000 4471"',
        "theirs": '"021-5550 1999"',
        "mine_by": ENGINEER,
        "theirs_by": "调度",
        "mine_at": local(7, 30),
        "theirs_at": local(7, 40),
        "state": "open",
        "engineer_id": ENGINEER,
        **fields,
    }
    give(session, Conflict(id=CONFLICT, **values))  # type: ignore[arg-type]


def phone(session: FieldSession, world: SmallWorld) -> str:
    with session.reading() as reader:
        return reader.need(Case, world.case).caller_phone


def test_a_conflict_is_told_with_its_three_values_and_who_wrote_them(field_session: FieldSession, world: SmallWorld) -> None:
    conflict(field_session, world)
    with field_session.reading() as reader:
        stands = replace(reader.need(Case, world.case), caller_phone="021-5550 1999")
    give(field_session, stands)
    view = sync_view(field_session).conflicts[0]
    assert (view.subject, view.kind_words.read("zh"), view.field_words.read("zh")) == ("CS-2026-00417", "工单", "联系电话")
    assert [each.read("zh") for each in (view.before, view.mine, view.theirs)] == ["021-5550 1888", "138 0000 4471", "021-5550 1999"]
    assert (view.mine_by, view.theirs_by, view.typed, view.can_enter) == ("王海", "调度", "138 0000 4471", True)


def test_what_stood_before_is_known_from_the_own_edit_when_the_centre_does_not_tell_it(
    field_session: FieldSession, world: SmallWorld
) -> None:
    """F5: two edits one after the other go on in one conflict; what the first one saw stood before."""
    for number in ("138 0000 0000", "138 0000 4471"):
        with field_session.writing() as work:
            work.save(replace(work.need(Case, world.case), caller_phone=number))
    with field_session.replica.transaction() as connection:
        lost = OUTBOX.c.kind == "case"
        connection.execute(sa.update(OUTBOX).where(lost).values(verdict="conflict", fields='["caller_phone"]', reason="both_edited"))
    conflict(field_session, world, before="", reason="both_edited")
    assert sync_view(field_session).conflicts[0].before.read("zh") == FIRST_PHONE


def test_a_report_whose_signatures_do_not_verify_is_told_and_not_asked(field_session: FieldSession, world: SmallWorld) -> None:
    report = ServiceReport(id=derived_id("report"), number="SR-2026-HD-000173", site_id=world.site)
    give(field_session, report)
    conflict(
        field_session,
        world,
        kind="service_report",
        record_id=report.id,
        field="stamped_digest",
        mine='"ab"',
        theirs="",
        reason="not_verified",
    )
    view = sync_view(field_session)
    assert view.conflicts == ()
    assert (view.rejected[0].subject, view.rejected[0].entered) == ("SR-2026-HD-000173", ())
    assert "未能验证" in view.rejected[0].reason.read("zh")
    assert overview(field_session).counts["sync"] == 0


def test_every_reason_that_the_centre_gives_is_a_sentence_on_the_sync_page(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.writing() as work:
        work.save(replace(work.need(Site, world.site), duty_phone="021-1"))
    for reason in REASONS:
        with field_session.replica.transaction() as connection:
            connection.execute(sa.update(OUTBOX).values(verdict="rejected", reason=reason))
        said = sync_view(field_session).rejected[0].reason
        assert "gave the reason" not in said.read("en"), f"{reason} is shown as a bare word"
        assert any("\u4e00" <= each <= "\u9fff" for each in said.read("zh")), reason


def test_the_round_keeps_to_the_bandwidth_of_the_settings(field_session: FieldSession, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    class Line(Gone):
        def __init__(self, *_arguments: object, **options: object) -> None:
            given.update(options)

        def close(self) -> None:
            pass

    monkeypatch.setattr("fieldapp.operations.laptop.line.HttpPeer", Line)
    save_settings(field_session.places, Settings().chosen(bandwidth_kib_s=64))
    with pytest.raises(CentreUnreachable):
        synchronise(field_session, Unwatched())
    assert given["bandwidth_kib_s"] == 64


@pytest.mark.parametrize(
    ("field", "value", "words", "can_enter"),
    [
        ("status", '"on_site"', "现场处理", False),
        ("major", "true", "是", False),
        ("owner_id", json.dumps(ENGINEER), "王海", False),
        ("reported_at", '"2026-11-23T00:30:00.000Z"', "2026-11-23 08:30", True),
        ("maintenance_level", "2", "2", True),
        ("caller_name", '""', "", True),
        ("caller_name", "", "", True),
    ],
)
def test_values_are_told_as_people_read_them(
    field_session: FieldSession, world: SmallWorld, field: str, value: str, words: str, can_enter: bool
) -> None:
    conflict(field_session, world, field=field, mine=value)
    view = sync_view(field_session).conflicts[0]
    assert (view.mine.read("zh"), view.can_enter) == (words, can_enter)


@pytest.mark.parametrize(
    ("keep", "other", "after"), [("mine", "", "138 0000 4471"), ("theirs", "", "021-5550 1999"), ("other", " 139 1 ", "139 1")]
)
def test_a_conflict_is_settled_and_opened_again(field_session: FieldSession, world: SmallWorld, keep: str, other: str, after: str) -> None:
    conflict(field_session, world)
    with field_session.writing() as work:
        work.save(replace(work.need(Case, world.case), caller_phone="138 0000 4471"))
    settle_conflict(field_session, CONFLICT, keep, other)
    assert phone(field_session, world) == after
    assert sync_view(field_session).conflicts[0].settled_with == keep
    undo_settlement(field_session, CONFLICT)
    assert phone(field_session, world) == "021-5550 1999"
    assert sync_view(field_session).conflicts[0].settled_with == ""


def test_taking_the_centres_value_leaves_a_newer_one_alone(field_session: FieldSession, world: SmallWorld) -> None:
    conflict(field_session, world)
    before = phone(field_session, world)
    assert before not in ("138 0000 4471", "021-5550 1999")
    settle_conflict(field_session, CONFLICT, "theirs")
    assert phone(field_session, world) == before


def test_a_third_value_must_fit_the_field(field_session: FieldSession, world: SmallWorld) -> None:
    conflict(field_session, world, field="maintenance_level", before="1", mine="2", theirs="3")
    with pytest.raises(BadConflictValue):
        settle_conflict(field_session, CONFLICT, "other", "zwei")
    assert sync_view(field_session).conflicts[0].settled_with == ""
    settle_conflict(field_session, CONFLICT, "other", "4")
    with field_session.reading() as reader:
        assert reader.need(Case, world.case).maintenance_level == 4
    undo_settlement(field_session, CONFLICT)
    settle_conflict(field_session, CONFLICT, "other", "")
    with field_session.reading() as reader:
        assert reader.need(Case, world.case).maintenance_level is None
    with pytest.raises(ValueError, match="no way"):
        settle_conflict(field_session, CONFLICT, "both")


def test_an_answer_in_conflict_goes_back_into_the_checklist(field_session: FieldSession, world: SmallWorld) -> None:
    instance = FormInstance(id=derived_id("i"), site_id=world.site, form_id="T1")
    give(field_session, instance)
    conflict(field_session, world, kind="form_instance", record_id=instance.id, field="/data/T1_08", mine='"21"', theirs='"22"')
    assert sync_view(field_session).conflicts[0].field_words.read("en") == "T1-08"
    settle_conflict(field_session, CONFLICT, "mine")
    with field_session.reading() as reader:
        assert reader.answers(instance.id) == {"/data/T1_08": "21"}


def test_a_conflict_about_a_record_that_is_gone_can_still_be_settled(field_session: FieldSession, world: SmallWorld) -> None:
    conflict(field_session, world, kind="site", record_id=derived_id("gone"), field="duty_phone")
    settle_conflict(field_session, CONFLICT, "theirs")
    assert sync_view(field_session).conflicts[0].settled_with == "theirs"


def test_rejected_changes_tell_what_was_entered_and_why(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.writing() as work:
        work.save(replace(work.need(Site, world.site), duty_phone="021-1"))
    with field_session.replica.transaction() as connection:
        connection.execute(sa.update(OUTBOX).values(verdict="rejected", reason="centre_decides"))
    line = sync_view(field_session).rejected[0]
    assert (line.kind_words.read("en"), line.subject) == ("Site", "三号机房")
    assert [(name.read("en"), value.read("en")) for name, value in line.entered] == [("Telephone of the site", "021-1")]
    assert line.reason.read("zh") == "此项由服务台决定,以服务端值为准;你的值已保留。"


def test_records_that_agree_are_told_although_files_wait(field_session: FieldSession, world: SmallWorld) -> None:
    kept = field_session.blobs.put(b"a photo")
    give(field_session, Attachment(id=derived_id("a"), owner_kind="case", owner_id=world.case))
    now = field_session.clock.now()
    with field_session.replica.transaction() as connection:
        blob = {"digest": kept.digest, "size": kept.size, "purpose": "photo", "added_at": moment_text(now)}
        connection.execute(sa.insert(BLOB).values(blob))
        remember_round(connection, now, now, "FA-518", {"pushed": 3, "pulled": 4, "records": 1}, complete=False, agreed=True)
    view, light = sync_view(field_session), overview(field_session)
    assert (view.agreed_at, light.state) == (now, "local")
    assert view.waits is not None
    assert view.waits.read("en") == "the central service has no room for more photos and files"
    (line,) = [each for each in day_lines(field_session) if each.about == "waits"]
    assert "the central service has no room" in line.words.read("en")
    told = "All records agree (3 sent, 4 received); the rest waits: the central service has no room for more photos and files"
    assert view.history[0].words.read("en") == told
    assert today(field_session).last_sync_at == now


def test_past_rounds_are_told_in_words(field_session: FieldSession) -> None:
    told = {"pushed": 41, "pulled": 128, "bytes_up": 3000}
    rounds: tuple[tuple[str, dict[str, int]], ...] = (("complete", told), ("incomplete", {"receipts": 26}), ("FA-501", {}))
    with field_session.replica.transaction() as connection:
        for outcome, counts in rounds:
            times = {"started_at": "2026-11-22T10:12:00.000Z", "ended_at": "2026-11-22T10:12:22.000Z"}
            connection.execute(sa.insert(HISTORY).values(outcome=outcome, result=json.dumps(counts), **times))
    history = sync_view(field_session).history
    assert [each.words.read("en") for each in history] == [
        "Ended early; nothing is lost",
        "Stopped; 26 receipts",
        "Sent 41 changes, received 128; both ends agree.",
    ]
    assert history[2].bytes_moved == 3000


class Gone:
    """A peer that cannot be reached."""

    bytes_up = bytes_down = 0

    def __getattr__(self, name: str) -> object:
        def call(*_: object) -> None:
            raise CentreUnreachable

        return call


def test_a_round_without_a_centre_leaves_everything_queued(field_session: FieldSession, world: SmallWorld) -> None:
    add_note(field_session, world.case, "x")
    heard: list[frozenset[str]] = []
    field_session.listen(heard.append)
    with pytest.raises(CentreUnreachable):
        synchronise(field_session, Unwatched(), Gone())  # type: ignore[arg-type]
    view = sync_view(field_session)
    assert [each.subject for each in view.only_here] == ["CS-2026-00417"]
    assert view.history[0].words.read("en") == "Ended early: no connection to the central service"
    assert heard


def test_the_device_tells_who_it_is_and_changes_its_pin(field_session: FieldSession) -> None:
    view = device(field_session)
    assert (view.engineer, view.company, view.centre_url) == ("王海", "海川技术服务", "http://127.0.0.1:9")
    assert view.home.read("en") == "a file that your passphrase opens"
    with pytest.raises(WrongPin):
        change_pin(field_session, "0000", "1357")
    change_pin(field_session, PIN, "1357")
    field_session.vault.check_pin("1357")


def test_an_installation_is_examined_without_opening_it(field_session: FieldSession, tmp_path: Path) -> None:
    found = {each.words.read("en"): each.fine for each in examine(field_session.places)}
    assert found["This laptop is set up"]
    assert found["fonts/NotoSansSC_400Regular.ttf is there"]
    assert "This laptop is not set up yet" in {each.words.read("en") for each in examine(Places(tmp_path / "new"))}


def test_a_file_where_the_data_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "profile").write_text("a file", encoding="utf-8")
    for folder in (tmp_path / "profile", tmp_path / "profile" / "fieldapp"):
        (told,) = [each for each in examine(Places(folder)) if str(tmp_path) in each.words.read("en")]
        assert not told.fine
        assert "profile is a file, and a folder is needed there" in told.words.read("en")


def test_numbers_that_were_taken_are_told_in_words(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.writing() as work:
        assert work.next_number("TMP")
    (line,) = only_here(field_session)
    assert (line.name.read("zh"), line.subject) == ("已用编号:本机新建工单", "")


def test_a_support_bundle_holds_nothing_of_customers(field_session: FieldSession, world: SmallWorld) -> None:
    add_note(field_session, world.case, "客户密码箱在左侧")
    field_session.places.logs.mkdir(parents=True)
    (field_session.places.logs / "fieldapp.log").write_text("started", encoding="utf-8")
    path = support_bundle(field_session)
    with zipfile.ZipFile(path) as bundle:
        assert sorted(bundle.namelist()) == ["about.json", "logs/fieldapp.log"]
        text = bundle.read("about.json").decode()
    told = json.loads(text)
    assert told["records"]["case"] == 1
    assert told["pending"]["changes"] == {"case_activity": 1}
    for secret in ("华东", "海棠路", "陈敏", "密码", "021-5550", "CS-2026", PIN):
        assert secret not in text


def test_a_conflict_about_a_report_names_the_report(field_session: FieldSession, world: SmallWorld) -> None:
    report = ServiceReport(id=derived_id("report"), site_id=world.site, number="SR-1", state="draft", title="a")
    give(field_session, report)
    conflict(field_session, world, kind="service_report", record_id=report.id, field="title", mine='"b"', theirs='"a"')
    settle_conflict(field_session, CONFLICT, "mine")
    view = sync_view(field_session).conflicts[0]
    assert (view.subject, view.settled_with) == ("SR-1", "mine")
