"""The sync contract at the centre's end: receipts, merging, forks, restores."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.documents import Conflict
from fieldapp.wire.changes import GENESIS, Plain
from tests.central.world import Laptop, World


def _activity(world: World, case: str, text: str) -> dict[str, Plain]:
    return {"case_id": case, "site_id": world.bank_site.id, "text": text, "kind": "note"}


def test_a_pushed_change_is_applied_and_does_not_come_back_to_who_sent_it(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"cause": "磁盘故障"})
    reply = laptop.pull()
    assert reply.received == 1
    assert reply.verdicts == ()
    assert world.desk.get(Case, case).cause == "磁盘故障"
    assert [row.kind for row in reply.rows] == []
    assert laptop.pull().agrees is True
    other = world.laptop(world.li)
    other.pull()
    assert other.shown("case", case)["cause"] == "磁盘故障"


def test_what_else_changed_in_a_record_comes_back_with_it(world: World) -> None:
    case = world.case_at_bank(world.li)
    one, other = world.laptop(world.li), world.laptop(world.li)
    other.edit("case", case, {"cause": "磁盘故障"})
    other.pull()
    one.edit("case", case, {"solution": "换盘"})
    assert [row.values["cause"] for row in one.pull().rows if row.kind == "case"] == ["磁盘故障"]
    assert one.pull().agrees is True


def test_what_the_centre_adds_to_a_new_record_comes_back_with_it(world: World) -> None:
    laptop = world.laptop(world.li)
    case = world.service.ids.new()
    laptop.edit("case", case, {"site_id": world.bank_site.id, "customer_id": world.bank_site.customer_id, "description": "新"})
    assert [row.values["number"] for row in laptop.pull().rows if row.kind == "case"] == ["CS-2026-00001"]
    assert laptop.pull().agrees is True


def test_a_change_that_is_sent_again_comes_back(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"cause": "磁盘故障"})
    request = laptop.request()
    assert laptop.send(request).rows == ()
    assert [row.values["cause"] for row in laptop.send(request).rows if row.kind == "case"] == ["磁盘故障"]


def test_f1_a_lost_reply_and_a_retry_double_nothing(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    for number in range(5):
        laptop.edit("case_activity", world.service.ids.new(), _activity(world, case, f"第 {number} 步"))
    request = laptop.request()
    first = laptop.send(request)
    second = laptop.take(laptop.send(request))
    assert (second.received, second.head, second.verdicts) == (first.received, first.head, first.verdicts)
    assert second.revision == first.revision
    assert len(laptop.of_kind("case_activity")) == 6  # five, and the desk's own entry of the assignment


def test_f2_edits_of_different_fields_are_both_kept(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "控制器 A 报警"})
    world.desk.save(_changed(world.desk.get(Case, case), caller_phone="139"))
    reply = laptop.pull()
    assert reply.verdicts == ()
    assert laptop.shown("case", case)["description"] == "控制器 A 报警"
    assert laptop.shown("case", case)["caller_phone"] == "139"


def _changed(case: Case, **fields: str) -> Case:
    from dataclasses import replace

    return replace(case, **fields)  # type: ignore[arg-type]  # texts only


def test_two_edits_of_one_field_become_a_conflict_and_both_values_are_kept(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "本机写的"})
    world.desk.save(_changed(world.desk.get(Case, case), description="服务端写的"))
    reply = laptop.pull()
    assert [(verdict.code, verdict.fields) for verdict in reply.verdicts] == [("conflict", ("description",))]
    assert laptop.shown("case", case)["description"] == "服务端写的"
    (conflict,) = laptop.of_kind("conflict")
    assert (conflict["mine"], conflict["theirs"], conflict["state"]) == ('"本机写的"', '"服务端写的"', "open")
    assert reply.verdicts[0].conflict in {record for kind, record in laptop.rows if kind == "conflict"}


def test_a_second_edit_on_a_value_that_lost_goes_on_in_the_same_conflict(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "一"})
    laptop.edit("case", case, {"description": "二"})
    world.desk.save(_changed(world.desk.get(Case, case), description="服务端"))
    laptop.pull()
    (conflict,) = laptop.of_kind("conflict")
    assert conflict["mine"] == '"二"'


def test_a_settled_conflict_stays_and_a_new_clash_opens_another(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    for text in ("甲", "乙"):
        laptop.edit("case", case, {"description": text})
        world.desk.save(_changed(world.desk.get(Case, case), description=f"服务端 {text}"))
        laptop.pull()
        (record,) = [record for (kind, record), row in laptop.rows.items() if kind == "conflict" and row["state"] == "open"]
        laptop.edit("conflict", record, {"state": "settled", "settled_with": "theirs"})
        laptop.pull()
    assert sorted(str(row["mine"]) for row in laptop.of_kind("conflict")) == ['"乙"', '"甲"']
    assert {each.state for each in world.desk.find(Conflict)} == {"settled"}


def test_the_field_of_the_engineer_wins_over_the_desk(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"status": "diagnosing"})
    world.desk.save(_changed(world.desk.get(Case, case), status="on_site"))
    reply = laptop.pull()
    assert [verdict.code for verdict in reply.verdicts] == ["merged"]
    assert world.desk.get(Case, case).status == "diagnosing"


def test_f8_a_bad_change_is_rejected_with_its_reason_and_blocks_nothing(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"cause": "一"})
    laptop.edit("case", case, {"contacted_at": "gestern"})
    laptop.edit("nonsense", world.service.ids.new(), {"cause": "二"})
    laptop.waiting.append(b"\xc1 no change at all")
    laptop.edit("case", case, {"solution": "三"})
    reply = laptop.send(laptop.request())
    assert reply.received == 5
    assert [(verdict.sequence, verdict.code, verdict.reason) for verdict in reply.verdicts] == [
        (2, "rejected", "bad_value"),
        (3, "rejected", "unknown_kind"),
        (4, "rejected", "unreadable"),
    ]
    assert world.desk.get(Case, case).solution == "三"


def test_what_the_desk_decides_is_not_changed_by_a_laptop(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"severity": "P1", "cause": "控制器"})
    laptop.edit("contract", world.contract.id, {"number": "HT-2"})
    laptop.edit("customer", world.service.ids.new(), {"name": "新客户"})
    reply = laptop.pull()
    assert [(verdict.code, verdict.fields) for verdict in reply.verdicts] == [
        ("rejected", ("severity",)),
        ("rejected", ("number",)),
        ("rejected", ("name",)),
    ]
    assert (world.desk.get(Case, case).severity, world.desk.get(Case, case).cause) == ("P2", "控制器")


def test_an_entry_of_the_time_line_is_never_altered_nor_deleted(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    entry = world.service.ids.new()
    laptop.edit("case_activity", entry, _activity(world, case, "到场"))
    laptop.pull()
    laptop.edit("case_activity", entry, {"text": "没到"})
    laptop.edit("case_activity", entry, {}, deleted=True)
    reply = laptop.pull()
    assert [verdict.reason for verdict in reply.verdicts] == ["never_altered", "never_altered"]
    assert laptop.shown("case_activity", entry)["text"] == "到场"


def test_an_altered_entry_that_the_centre_lost_does_not_come_back_as_another_one(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    entry = world.service.ids.new()
    laptop.rows["case_activity", entry] = dict(_activity(world, case, "到场"))  # as the centre sent it before it was put back
    laptop.edit("case_activity", entry, {"text": "没到"})
    (verdict,) = laptop.send(laptop.request(wants=0)).verdicts
    assert (verdict.code, verdict.reason, verdict.fields) == ("rejected", "never_altered", ("text",))
    assert entry not in {each.id for each in world.desk.find(CaseActivity)}


def test_f12_a_delete_that_meets_an_update_is_a_conflict_and_deletes_nothing(world: World) -> None:
    case = world.case_at_bank(world.li)
    one, other = world.laptop(world.li), world.laptop(world.li)
    finding = world.service.ids.new()
    one.edit("finding", finding, {"site_id": world.bank_site.id, "description": "漏水", "found_at": None})
    one.pull()
    other.pull()
    world.desk.assign(case, world.wang.id)
    third = world.laptop(world.wang)
    third.edit("finding", finding, {"description": "严重漏水"})
    third.pull()
    other.edit("finding", finding, {}, deleted=True)
    reply = other.send(other.request())
    assert [(verdict.code, verdict.reason) for verdict in reply.verdicts] == [("conflict", "changed_meanwhile")]
    assert [row["description"] for row in third.of_kind("finding")] == ["严重漏水"]


def test_an_update_of_what_was_deleted_is_kept_as_a_conflict(world: World) -> None:
    world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    finding = world.service.ids.new()
    laptop.edit("finding", finding, {"site_id": world.bank_site.id, "description": "漏水"})
    laptop.pull()
    from fieldapp.domain.inspections import Finding

    world.desk.remove(Finding, finding)
    laptop.edit("finding", finding, {"description": "仍在漏"})
    reply = laptop.pull()
    assert [(verdict.code, verdict.conflict != "") for verdict in reply.verdicts] == [("conflict", True)]
    assert [row["mine"] for row in laptop.of_kind("conflict")] == ['"仍在漏"']
    assert ("finding", finding) not in laptop.rows


def test_a_used_sequence_with_another_digest_is_a_fork_and_doubles_nothing(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "旧"})
    laptop.pull()
    world.desk.save(_changed(world.desk.get(Case, case), description="服务端后来的"))
    # the laptop comes back from an image: the sequence is used again, for something else
    laptop.sent, laptop.head = [], GENESIS
    entry = world.service.ids.new()
    laptop.edit("case_activity", entry, _activity(world, case, "镜像之后"))
    forked = laptop.send(laptop.request())
    assert forked.state == "fork"
    assert forked.incarnation == 2
    laptop.start_anew(forked.incarnation)
    done = laptop.pull()
    assert (done.state, done.verdicts) == ("ok", ())
    assert laptop.shown("case_activity", entry)["text"] == "镜像之后"
    assert world.desk.get(Case, case).description == "服务端后来的"


def test_after_a_fork_what_was_taken_before_is_not_taken_again(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "旧"})
    laptop.pull()
    world.desk.save(_changed(world.desk.get(Case, case), description="服务端后来的"))
    laptop.start_anew(2)
    reply = laptop.pull()
    assert (reply.received, reply.verdicts) == (1, ())
    assert world.desk.get(Case, case).description == "服务端后来的"
    assert world.desk.find(Conflict) == []


def test_what_was_taken_is_known_again_at_another_place_in_the_order(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "旧"})
    laptop.pull()
    world.desk.save(_changed(world.desk.get(Case, case), description="服务端后来的"))
    (old,) = laptop.sent
    laptop.sent = []
    for _ in range(299):
        laptop.edit("finding", world.service.ids.new(), {"site_id": world.bank_site.id})
    laptop.waiting.append(old)
    laptop.start_anew(2)
    reply = laptop.pull()
    assert (reply.received, reply.verdicts) == (300, ())
    assert world.desk.get(Case, case).description == "服务端后来的"
    assert len(laptop.of_kind("finding")) == 299


def test_f5_after_a_restore_of_the_centre_the_laptop_sends_again_what_is_missing(world: World, tmp_path: Path) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    world.service.close()
    world.backup(tmp_path / "backup")
    laptop.edit("case", case, {"cause": "备份之后"})
    laptop.pull()
    sent = list(laptop.sent)
    restored = world.put_back(tmp_path / "backup")
    laptop.world = restored
    assert restored.desk.get(Case, case).cause == ""
    reply = laptop.send(laptop.request())
    assert (reply.state, reply.received) == ("resend", 0)
    assert reply.epoch != laptop.epoch
    laptop.epoch = reply.epoch
    laptop.sent, laptop.waiting, laptop.head = [], sent, GENESIS
    again = laptop.send(laptop.request())
    assert (again.state, again.received) == ("snapshot", 1)
    assert restored.desk.get(Case, case).cause == "备份之后"
    laptop.load_snapshot()
    laptop.sent, laptop.waiting = sent, []
    laptop.head = again.head
    assert laptop.pull().agrees is True


def test_a_second_round_changes_nothing_and_both_digests_agree(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"cause": "电源"})
    laptop.edit("form_instance", world.service.ids.new(), {"site_id": world.bank_site.id, "/data/T1_08": "ok", "/data/T1_09": "23.5"})
    laptop.pull()
    before = laptop.pull()
    after = laptop.pull()
    assert (before.agrees, after.agrees) == (True, True)
    assert (after.rows, after.removed, after.revision) == ((), (), before.revision)


def test_a_wrong_digest_is_noticed(world: World) -> None:
    laptop = world.laptop(world.li)
    laptop.rows["person", world.wang.id]["name"] = "别人"
    assert laptop.pull().agrees is False


def test_small_pages_bring_the_same_as_one_large_one(world: World) -> None:
    laptop = world.laptop(world.li)
    for _ in range(7):
        world.case_at_bank(world.li)
    form = world.service.ids.new()
    laptop.edit("form_instance", form, {"site_id": world.bank_site.id, "/data/a": "1"})
    reply = laptop.pull(wants=2)
    assert reply.more
    assert laptop.pull().agrees is True
    assert len(laptop.of_kind("case")) == 7


def test_answers_travel_one_by_one_and_two_engineers_on_one_checklist_double_nothing(world: World) -> None:
    case = world.case_at_bank(world.li)
    one = world.laptop(world.li)
    form = world.service.ids.new()
    one.edit("form_instance", form, {"site_id": world.bank_site.id, "/data/a": "1", "/data/b": "2"})
    one.pull()
    world.desk.fix_engineer(world.wang.id, world.bank_site.id)
    other = world.laptop(world.wang)
    one.edit("form_instance", form, {"/data/a": "11"})
    other.edit("form_instance", form, {"/data/b": "22"})
    one.pull()
    reply = other.pull()
    assert reply.verdicts == ()
    news = one.pull()
    assert [set(row.values) & {"/data/a", "/data/b"} for row in news.rows if row.kind == "form_instance"] == [{"/data/b"}]
    assert one.shown("form_instance", form)["/data/b"] == "22"
    assert one.pull().agrees is True
    assert case in {record for kind, record in one.rows if kind == "case"}


def test_a_case_made_offline_gets_its_number_and_stays_with_who_made_it(world: World) -> None:
    world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    case = world.service.ids.new()
    values: dict[str, Plain] = {
        "temp_no": "TMP-1",
        "customer_id": world.bank.id,
        "site_id": world.bank_site.id,
        "severity": "P2",
        "summary": "现场发现",
    }
    laptop.edit("case", case, values)
    laptop.pull()
    shown = laptop.shown("case", case)
    assert (shown["number"], shown["temp_no"], shown["owner_id"]) == ("CS-2026-00002", "TMP-1", world.li.id)


def test_sealed_answers_and_a_signed_report_stay_as_they_were(world: World) -> None:
    world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    form, report = world.service.ids.new(), world.service.ids.new()
    site: dict[str, Plain] = {"site_id": world.bank_site.id}
    laptop.edit("form_instance", form, {**site, "/data/a": "1"})
    laptop.edit("form_instance", form, {"state": "sealed", "/data/a": "2"})
    laptop.edit("form_instance", form, {"/data/a": "3"})
    laptop.edit("service_report", report, {**site, "state": "signed", "number": "SR-1", "content_digest": "aa"})
    laptop.edit("service_report", report, {"content_digest": "bb"})
    laptop.edit("service_report", report, {"copy_delivered_how": "mail"})
    reply = laptop.pull()
    assert [(verdict.sequence, verdict.reason) for verdict in reply.verdicts] == [(3, "sealed"), (5, "sealed")]
    assert laptop.shown("form_instance", form)["/data/a"] == "2"
    assert laptop.shown("service_report", report)["copy_delivered_how"] == "mail"


def test_numbers_are_leased_at_enrolment_and_again_when_half_are_used(world: World) -> None:
    laptop = world.laptop(world.li)
    blocks = laptop.of_kind("number_block")
    assert sorted(str(block["series"]) for block in blocks) == ["IR", "RMA", "SR", "TMP"]
    (record,) = [record for (kind, record), row in laptop.rows.items() if kind == "number_block" and row["series"] == "SR"]
    first = int(str(laptop.shown("number_block", record)["first"]))
    laptop.edit("number_block", record, {"used": first + 30})
    laptop.pull()
    ranges = sorted((int(str(row["first"])), int(str(row["last"]))) for row in laptop.of_kind("number_block") if row["series"] == "SR")
    assert len(ranges) == 2
    assert ranges[0][1] < ranges[1][0]


def test_nobody_touches_a_conflict_of_another_engineer(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "本机"})
    world.desk.save(_changed(world.desk.get(Case, case), description="服务端"))
    laptop.pull()
    (record,) = [record for kind, record in laptop.rows if kind == "conflict"]
    stranger = world.laptop(world.wang)
    stranger.edit("conflict", record, {"state": "settled"})
    assert [verdict.reason for verdict in stranger.send(stranger.request()).verdicts] == ["centre_only"]


def test_a_revoked_laptop_gets_nothing(world: World) -> None:
    laptop = world.laptop(world.li)
    world.service.revoke(laptop.device)
    laptop.edit("finding", world.service.ids.new(), {"site_id": world.bank_site.id})
    reply = laptop.send(laptop.request())
    assert (reply.state, reply.rows) == ("revoked", ())


@pytest.mark.parametrize("wanted", [True, False])
def test_the_centre_may_ask_for_the_whole_again(world: World, wanted: bool) -> None:
    laptop = world.laptop(world.li)
    if wanted:
        world.service.ask_for_the_whole(laptop.device)
        assert laptop.send(laptop.request()).state == "snapshot"
        laptop.load_snapshot()
    assert laptop.pull().agrees is True


def test_a_rejected_field_is_told_although_another_field_is_in_conflict(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "本机写的", "severity": "P1"})
    world.desk.save(_changed(world.desk.get(Case, case), description="服务端写的"))
    (verdict,) = laptop.pull().verdicts
    assert (verdict.code, verdict.fields, verdict.reason) == ("rejected", ("severity",), "centre_decides")
    (conflict,) = [each for each in laptop.of_kind("conflict") if each["state"] == "open"]
    assert conflict["mine"] == '"本机写的"'
    assert world.desk.get(Conflict, verdict.conflict).field == "description"


def test_a_change_with_a_bad_value_names_everything_that_was_not_taken(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"cause": "一", "contacted_at": "gestern", "solution": "二"})
    (verdict,) = laptop.pull().verdicts
    assert (verdict.code, verdict.fields, verdict.reason) == ("rejected", ("contacted_at", "cause", "solution"), "bad_value")


def test_two_machines_with_one_identity_come_to_rest(world: World) -> None:
    case = world.case_at_bank(world.li)
    one = world.laptop(world.li)
    clone = Laptop(
        world, world.li.id, one.device, epoch=one.epoch, cursor=one.cursor, rows={key: dict(row) for key, row in one.rows.items()}
    )
    for laptop, text in ((one, "甲"), (clone, "乙")):
        laptop.edit("case_activity", world.service.ids.new(), _activity(world, case, text))
    one.pull()
    forked = clone.send(clone.request())
    assert forked.state == "fork"
    clone.start_anew(forked.incarnation)
    for laptop in (clone, one, clone, one):
        laptop.pull()
        laptop.edit("case_activity", world.service.ids.new(), _activity(world, case, "丙"))
        assert laptop.pull().state == "ok"
    assert sorted(str(row["text"]) for row in one.of_kind("case_activity") if row["text"]) == ["丙"] * 4 + ["乙", "甲"]
