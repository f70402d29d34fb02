"""The customer signs exactly what was shown; every other outcome is told as it is."""

from __future__ import annotations

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.domain.cases import CaseActivity
from fieldapp.domain.documents import Attachment, OutcomeIncomplete, ReportFinal, ServiceReport, SignOff
from fieldapp.domain.feedback import Satisfaction
from fieldapp.domain.upgrades import Approval
from fieldapp.operations import documents, signoff, visits
from fieldapp.operations.documents import NotCertified, ReasonNeeded
from fieldapp.operations.session import FieldSession
from fieldapp.operations.signoff import PagesChanged, RatingEmpty
from fieldapp.operations.verification import verify
from fieldapp.reports.documents import data_of
from fieldapp.reports.drawing.typeset import MissingGlyphError
from fieldapp.reports.strokes import strokes_from_bytes
from fieldapp.reports.verification import attached_json
from tests.operations.paperwork import EXTENT, SIGNATURE, certified_repair, photograph, repaired, sign_as
from tests.operations.world import SmallWorld


def test_a_swap_becomes_a_signed_report_that_holds(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    shown = signoff.begin(field_session, report)
    assert (shown.position, shown.expected, shown.settled) == (1, 1, False)
    assert [(each.name, each.registered) for each in shown.contacts] == [("陈敏", True)]
    assert isinstance(field_session.clock, TurnableClock)
    field_session.clock.advance(minutes=5)
    signed = sign_as(field_session, report)
    assert (signed.state, signed.settled, signed.acceptance_words.read("zh")) == ("signed", True, "已验收")
    assert signed.pdf.startswith(shown.pdf), "what was shown is the beginning of what was signed"
    verdict = verify(signed.pdf, field_session.vault.roots, field_session.clock.now())
    assert verdict.accepted, verdict.read("en")
    assert [each.kind for each in verdict.signatures] == ["certification", "approval"]
    spoilt = bytearray(signed.pdf)
    spoilt[len(spoilt) // 2] ^= 1
    assert not verify(bytes(spoilt), field_session.vault.roots, field_session.clock.now()).accepted
    assert not verify(signed.pdf, (), field_session.clock.now()).accepted


def test_the_act_is_kept_with_its_strokes_and_told_to_the_case(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    sign_as(field_session, report)
    with field_session.reading() as reader:
        (act,) = reader.find(SignOff, report_id=report)
        (strokes,) = reader.find(Attachment, owner_id=act.id, purpose="strokes")
        found = reader.need(ServiceReport, report)
        pages = [each.digest for each in reader.find(Attachment, owner_id=report, purpose="report")]
        told = [each.text for each in reader.find(CaseActivity, case_id=world.case)]
    assert (act.name, act.department, act.registered, act.outcome) == ("陈敏", "信息中心", True, "signed")
    assert act.content_digest == found.content_digest
    kept = strokes_from_bytes(field_session.blobs.get(strokes.digest))
    assert kept.digest == act.strokes_digest
    assert {(point.pressure, point.millis) for line in kept.lines for point in line} == {(None, 0)}, "no pressure or timing without consent"
    assert found.pdf_digest in pages
    assert found.signed_at is not None
    assert any(found.number in text for text in told)


def test_pressure_and_timing_are_kept_with_consent(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    seen = signoff.begin(field_session, report).content_digest
    signoff.sign(field_session, report, seen=seen, name="陈敏", strokes=SIGNATURE, extent=EXTENT, timing=True)
    with field_session.reading() as reader:
        (strokes,) = reader.find(Attachment, owner_kind="sign_off")
    kept = strokes_from_bytes(field_session.blobs.get(strokes.digest))
    assert (kept.lines[0][1].pressure, kept.lines[0][1].millis) == (500, 16)


def test_a_remark_goes_into_the_pages_before_anybody_signs(field_session: FieldSession, world: SmallWorld) -> None:
    visit = repaired(field_session, world)
    with field_session.reading() as reader:
        swap = next(iter(reader.find(Attachment)), None)
    assert swap is None
    photograph(field_session, world, visit)
    report = documents.draft_report(field_session, visit).line.report_id
    documents.freeze_and_certify(field_session, report)
    shown = signoff.begin(field_session, report)
    visits.clear(field_session, visit)
    again = signoff.add_remark(field_session, report, "请增加一块备用电源")
    assert again.content_digest != shown.content_digest
    assert again.remarks == "请增加一块备用电源"
    before, after = data_of(attached_json(shown.pdf)), data_of(attached_json(again.pdf))
    assert (after.front.customer_remarks, after.front.when) == ("请增加一块备用电源", before.front.when)
    with pytest.raises(PagesChanged):
        signoff.sign(field_session, report, seen=shown.content_digest, name="陈敏", strokes=SIGNATURE, extent=EXTENT)
    signed = sign_as(field_session, report)
    assert signed.acceptance_words.read("zh") == "已验收,有备注"
    assert verify(signed.pdf, field_session.vault.roots, field_session.clock.now()).accepted
    with pytest.raises(ReportFinal):
        signoff.add_remark(field_session, report, "再补一句")


def test_an_empty_remark_takes_it_out_again(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    first = signoff.begin(field_session, report)
    signoff.add_remark(field_session, report, "先等等")
    assert signoff.add_remark(field_session, report, " ").content_digest == first.content_digest


def test_a_remark_that_cannot_be_printed_leaves_the_pages_as_they_were(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    shown = signoff.begin(field_session, report)
    with pytest.raises(MissingGlyphError):
        signoff.add_remark(field_session, report, "很好 \U0001f44d")
    assert signoff.begin(field_session, report).pdf == shown.pdf


def test_part_of_the_work_is_accepted_by_name(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    view = signoff.add_remark(field_session, report, "", not_accepted=["监控未接入", " "])
    assert view.not_accepted == ("监控未接入",)
    signed = sign_as(field_session, report)
    assert (signed.state, signed.acceptance_words.read("zh")) == ("signed", "部分验收")
    with field_session.reading() as reader:
        (act,) = reader.find(SignOff, report_id=report)
    assert (act.outcome, act.remarks) == ("partial", "监控未接入")


def test_a_stranger_signs_as_not_registered(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    signed = sign_as(field_session, report, "路过")
    with field_session.reading() as reader:
        (act,) = reader.find(SignOff, report_id=report)
    assert not act.registered
    verdict = verify(signed.pdf, field_session.vault.roots, field_session.clock.now())
    assert verdict.accepted
    assert "未登记签字人" in verdict.signatures[1].role


def test_two_signers_sign_in_their_order(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world, signers=2)
    first = sign_as(field_session, report)
    assert (first.state, first.position, first.expected, first.settled) == ("certified", 2, 2, False)
    assert not first.write.allowed
    with pytest.raises(ReportFinal):
        signoff.add_remark(field_session, report, "太晚")
    second = sign_as(field_session, report, "李主任")
    assert (second.state, second.settled) == ("signed", True)
    assert verify(second.pdf, field_session.vault.roots, field_session.clock.now()).accepted
    with field_session.reading() as reader:
        assert [each.position for each in reader.find(SignOff, report_id=report, order="at")] == [1, 2]


@pytest.mark.parametrize(("name", "strokes"), [("", SIGNATURE), ("陈敏", ())])
def test_name_and_strokes_are_both_needed(field_session: FieldSession, world: SmallWorld, name: str, strokes: signoff.StrokePoints) -> None:
    report = certified_repair(field_session, world)
    shown = signoff.begin(field_session, report)
    with pytest.raises(OutcomeIncomplete):
        signoff.sign(field_session, report, seen=shown.content_digest, name=name, strokes=strokes, extent=EXTENT)
    assert signoff.begin(field_session, report).pdf == shown.pdf
    with field_session.reading() as reader:
        assert not reader.find(SignOff)
        assert not reader.find(Attachment, purpose="strokes")


def test_a_draft_is_not_handed_to_the_customer(field_session: FieldSession, world: SmallWorld) -> None:
    report = documents.draft_report(field_session, world.repair_visit).line.report_id
    with pytest.raises(NotCertified):
        signoff.begin(field_session, report)


def test_a_refusal_stands_on_the_pages_with_its_witness(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    with pytest.raises(OutcomeIncomplete):
        signoff.refuse(field_session, report, reason="费用有争议", witness="")
    view = signoff.refuse(field_session, report, reason="费用有争议", witness="门卫赵凯")
    assert (view.state, view.settled, view.acceptance_words.read("zh")) == ("refused", True, "拒签")
    outcome = data_of(attached_json(view.pdf)).front.outcome
    assert (outcome.kind, outcome.reason, outcome.witness) == ("refused", "费用有争议", "门卫赵凯")
    verdict = verify(view.pdf, field_session.vault.roots, field_session.clock.now())
    assert [each.kind for each in verdict.signatures] == ["certification", "void"]
    assert not documents.report(field_session, report).line.copy_owed
    with pytest.raises(ReportFinal):
        sign_as(field_session, report)


def test_the_second_signer_may_refuse_after_the_first_signed(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world, signers=2)
    first = sign_as(field_session, report)
    view = signoff.refuse(field_session, report, reason="未授权", witness="陈敏")
    assert view.state == "refused"
    assert view.pdf.startswith(first.pdf), "the first signature stays as it was"
    verdict = verify(view.pdf, field_session.vault.roots, field_session.clock.now())
    assert [each.kind for each in verdict.signatures] == ["certification", "approval", "void"]


def test_an_absent_signer_leaves_the_report_waiting(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    with pytest.raises(ReasonNeeded):
        signoff.absent(field_session, report, reason="")
    view = signoff.absent(field_session, report, reason="主任出差")
    assert (view.state, view.settled) == ("certified", False)
    line = documents.report(field_session, report).line
    assert (line.state_words.read("zh"), line.tone) == ("签字人不在", "due")
    assert sign_as(field_session, report).state == "signed"


def test_paper_is_never_shown_as_signed_electronically(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    view = signoff.paper(field_session, report, scan=b"%PDF scanned", scan_name="scan.pdf", name="陈敏")
    assert (view.state, view.acceptance_words.read("zh")) == ("paper", "纸质签署")
    with field_session.reading() as reader:
        (scan,) = reader.find(Attachment, owner_id=report, purpose="file")
    assert data_of(attached_json(view.pdf)).front.outcome.paper_sha256 == scan.digest
    assert documents.report(field_session, report).line.copy_owed


@pytest.mark.parametrize(("kind", "phase"), [("change_approval", "before"), ("change_acceptance", "after")])
def test_a_signature_under_a_change_opens_its_gate(field_session: FieldSession, world: SmallWorld, kind: str, phase: str) -> None:
    report = documents.draft_report(field_session, world.order, kind).line.report_id
    documents.freeze_and_certify(field_session, report)
    sign_as(field_session, report)
    with field_session.reading() as reader:
        (approval,) = reader.find(Approval, order_id=world.order)
    assert (approval.phase, approval.result, approval.name, approval.registered) == (phase, "approved", "陈敏", True)
    assert (approval.contact_id, approval.report_id) == (world.contact, report)
    said = documents.report(field_session, report).line.state_words.read("zh")
    assert said == ("客户已批准" if phase == "before" else "已验收"), "a change is approved before and accepted after"


@pytest.mark.parametrize("ending", ["refused", "partial"])
def test_a_change_that_is_not_wholly_accepted_is_not_approved(field_session: FieldSession, world: SmallWorld, ending: str) -> None:
    report = documents.draft_report(field_session, world.order, "change_approval").line.report_id
    documents.freeze_and_certify(field_session, report)
    if ending == "refused":
        signoff.refuse(field_session, report, reason="窗口不对", witness="陈敏")
    else:
        signoff.add_remark(field_session, report, "", not_accepted=["回退方案"])
        sign_as(field_session, report)
    with field_session.reading() as reader:
        (approval,) = reader.find(Approval, order_id=world.order)
    assert approval.result == "refused"


def test_satisfaction_is_asked_once_and_kept_apart(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    assert sign_as(field_session, report).wants_rating
    with pytest.raises(RatingEmpty):
        signoff.rate(field_session, report)
    with pytest.raises(ValueError, match="no rating"):
        signoff.rate(field_session, report, content="splendid")
    signoff.rate(field_session, report, content="very_satisfied", opinion=" 及时 ")
    signoff.rate(field_session, report, content="dissatisfied")
    with field_session.reading() as reader:
        (kept,) = reader.find(Satisfaction)
    assert (kept.content, kept.quality, kept.opinion, kept.not_now) == ("very_satisfied", "", "及时", False)
    assert not signoff.begin(field_session, report).wants_rating


def test_not_now_is_an_answer(field_session: FieldSession, world: SmallWorld) -> None:
    report = certified_repair(field_session, world)
    sign_as(field_session, report)
    signoff.rate(field_session, report, content="satisfied", not_now=True)
    with field_session.reading() as reader:
        (kept,) = reader.find(Satisfaction)
    assert (kept.content, kept.not_now) == ("", True)
