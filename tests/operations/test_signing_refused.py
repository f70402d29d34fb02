"""What keeps a laptop from signing: each is refused with its own sentence, nothing half is left, and the report keeps its number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.errors import FieldappError
from fieldapp.base.ids import Id
from fieldapp.base.settings import resource
from fieldapp.domain.documents import Attachment, NumberBlock, ServiceReport, SignOff
from fieldapp.domain.upgrades import Approval
from fieldapp.operations import documents, signoff, visits
from fieldapp.operations.laptop.enrolment import Means, unlock
from fieldapp.operations.session import FieldSession
from fieldapp.operations.verification import verify
from fieldapp.reports.drawing import theme
from fieldapp.reports.drawing.theme import FontError
from fieldapp.reports.drawing.typeset import MissingGlyphError
from fieldapp.vault.certificates import CertificateEnded, CertificateRevoked, ClockSetBack
from fieldapp.vault.homes import KeyringHome, KeyringUnavailable, SecretMissing
from tests.issuing import TestAuthority
from tests.operations.paperwork import EXTENT, SIGNATURE, certified_repair, repaired, sign_as
from tests.operations.world import IDENTITY, MORNING, PIN, PIN_COST, SmallWorld
from tests.vault.test_homes import Remembering

NUMBER = "SR-2026-HD-000173"


def _standing(session: FieldSession) -> tuple[Any, ...]:
    """Everything that signing changes: records, what waits for the centre, files."""
    with session.reading() as reader:
        records = [reader.find(kind) for kind in (ServiceReport, SignOff, Attachment, NumberBlock, Approval)]
        return records, reader.unreceipted(), [name for name, _, _ in session.blobs.listing()]


def _refused(session: FieldSession, error: type[FieldappError], act: Callable[[], object], zh: str, en: str) -> None:
    """The act is refused with these words, and afterwards all is as it was."""
    before = _standing(session)
    with pytest.raises(error) as refused:
        act()
    assert type(refused.value) is error
    assert zh in refused.value.read("zh")
    assert en in refused.value.read("en")
    assert _standing(session) == before


def _draft(session: FieldSession, world: SmallWorld) -> Id:
    view = documents.draft_report(session, repaired(session, world)).line
    assert view.number == NUMBER
    return view.report_id


def _certifies(session: FieldSession, report: Id) -> None:
    """What was refused goes on, under the number that it has."""
    line = documents.freeze_and_certify(session, report).line
    assert (line.number, line.state) == (NUMBER, "certified")


def _sign(session: FieldSession, report: Id, name: str = "陈敏") -> Callable[[], object]:
    seen = signoff.begin(session, report).content_digest
    return lambda: signoff.sign(session, report, seen=seen, name=name, strokes=SIGNATURE, extent=EXTENT)


@pytest.fixture
def clock(field_session: FieldSession) -> TurnableClock:
    """The laptop's clock."""
    assert isinstance(field_session.clock, TurnableClock)
    return field_session.clock


@pytest.fixture
def authority(field_session: FieldSession) -> TestAuthority:
    """Who gave this laptop its certificate, and can revoke it."""
    made = TestAuthority(MORNING)
    _enrolled_by(field_session, made)
    return made


def _enrolled_by(session: FieldSession, authority: TestAuthority) -> None:
    csr = session.vault.make_key_and_csr("laptop")
    session.vault.install(IDENTITY, authority.issue(csr, "王海"), (authority.root,))


def test_a_clock_set_back_before_the_certificate_or_the_last_contact_certifies_nothing(
    field_session: FieldSession, world: SmallWorld, clock: TurnableClock
) -> None:
    report = _draft(field_session, world)
    clock.set(MORNING - timedelta(days=2))
    words = ("本机时钟显示 2026-11-21 08:00,但此前已是 2026-11-22 08:00", "says 2026-11-21 08:00, but it was 2026-11-22 08:00 already")
    _refused(field_session, ClockSetBack, lambda: documents.freeze_and_certify(field_session, report), *words)
    with field_session.replica.transaction() as connection:
        connection.exec_driver_sql("UPDATE state SET last_contact_at = '2026-11-23T00:00:00.000Z', clock_low = -1800000")
    clock.set(MORNING - timedelta(hours=1))
    words = ("本机时钟显示 2026-11-23 07:00,但此前已是 2026-11-23 07:30", "says 2026-11-23 07:00, but it was 2026-11-23 07:30 already")
    _refused(field_session, ClockSetBack, lambda: documents.freeze_and_certify(field_session, report), *words)
    clock.set(MORNING - timedelta(minutes=30))  # it was half an hour ahead at the last contact, and was set right
    _certifies(field_session, report)


def test_a_clock_set_back_between_two_signatures_lets_nobody_sign(
    field_session: FieldSession, world: SmallWorld, clock: TurnableClock
) -> None:
    report = certified_repair(field_session, world, signers=2)
    clock.advance(minutes=10)
    sign_as(field_session, report)
    clock.set(clock.now() - timedelta(minutes=5))
    words = ("未签字,数据没有丢失。请校准时钟后重新签字", "Nothing was signed and nothing is lost. Set the clock right and sign again")
    refusing = lambda: signoff.refuse(field_session, report, reason="未授权", witness="陈敏")  # noqa: E731
    scanned = lambda: signoff.paper(field_session, report, scan=b"%PDF scanned", scan_name="scan.pdf")  # noqa: E731
    for act in (_sign(field_session, report, "李主任"), refusing, scanned):
        _refused(field_session, ClockSetBack, act, *words)
    clock.advance(minutes=5)
    done = sign_as(field_session, report, "李主任")
    assert verify(done.pdf, field_session.vault.roots, clock.now()).accepted


def test_an_expired_certificate_signs_nothing_until_there_is_a_new_one(
    field_session: FieldSession, world: SmallWorld, clock: TurnableClock
) -> None:
    report = _draft(field_session, world)
    clock.set(MORNING + timedelta(days=365, seconds=1))
    words = ("本机证书已于 2027-11-23 08:00 到期", "certificate of this laptop ended on 2027-11-23 08:00")
    _refused(field_session, CertificateEnded, lambda: documents.freeze_and_certify(field_session, report), *words)
    _enrolled_by(field_session, TestAuthority(clock.now()))
    _certifies(field_session, report)
    clock.advance(days=366)
    _refused(field_session, CertificateEnded, _sign(field_session, report), "请检查本机日期", "Check the date of the laptop")


def test_a_revoked_certificate_signs_nothing_once_the_list_has_come(
    field_session: FieldSession, world: SmallWorld, authority: TestAuthority
) -> None:
    report = _draft(field_session, world)
    vault = field_session.vault
    assert vault.keep_crl(authority.revoking(number=2)), "a list that names nobody"
    _certifies(field_session, report)
    assert not vault.keep_crl(TestAuthority(MORNING).revoking(vault.signer().certificate, number=9)), "a list of somebody else"
    assert vault.keep_crl(authority.revoking(vault.signer().certificate, number=3))
    words = ("服务端已吊销本机证书。未签字,数据没有丢失", "has revoked the certificate of this laptop. Nothing was signed")
    _refused(field_session, CertificateRevoked, _sign(field_session, report), *words)
    _refused(field_session, CertificateRevoked, lambda: signoff.add_remark(field_session, report, "请补充"), *words)
    _refused(field_session, CertificateRevoked, lambda: documents.freeze_and_certify(field_session, report), *words)
    _enrolled_by(field_session, authority)
    _certifies(field_session, report)


def test_without_its_keyring_the_laptop_does_not_open_and_the_draft_is_there_when_it_is_back(
    field_session: FieldSession, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = _draft(field_session, world)
    backend = Remembering()
    monkeypatch.setattr("keyring.get_keyring", lambda: backend)
    field_session.vault.rehome(KeyringHome())
    field_session.close()
    home = field_session.places.data
    means = Means(field_session.places, field_session.clock, field_session.randomness, pin_cost=PIN_COST)

    def refused(error: type[FieldappError], zh: str, en: str) -> None:
        before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        with pytest.raises(error) as found:
            unlock(means, pin=PIN)
        assert zh in found.value.read("zh")
        assert en in found.value.read("en")
        assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before

    backend.broken = True
    refused(KeyringUnavailable, "本机的密钥环无法使用", "The keyring of this laptop cannot be used")
    backend.broken = False
    kept, backend.kept = backend.kept, {}
    refused(
        SecretMissing, "本机密钥环中没有此配置的密钥。数据仍加密保存在磁盘上", "holds no key for this profile. The data stays on the disk"
    )
    backend.kept = kept
    opened = unlock(means, pin=PIN)
    _certifies(opened, report)
    opened.close()


@pytest.mark.parametrize("harm", ["one bit", "gone"])
def test_a_damaged_font_file_prints_and_signs_nothing(
    field_session: FieldSession, world: SmallWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    report = _draft(field_session, world)
    whole = resource("fonts")
    for file in whole.glob("*.ttf"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    harmed = tmp_path / "NotoSansSC_700Bold.ttf"
    content = bytearray(harmed.read_bytes())
    content[len(content) // 2] ^= 1
    harmed.write_bytes(content) if harm == "one bit" else harmed.unlink()
    with monkeypatch.context() as patched:
        patched.setattr("fieldapp.reports.drawing.theme.resource", lambda _: tmp_path)
        theme.fonts.cache_clear()
        words = (
            "字体文件 NotoSansSC_700Bold.ttf 已损坏或丢失。未签字",
            "font file NotoSansSC_700Bold.ttf of this program is damaged or missing",
        )
        _refused(field_session, FontError, lambda: documents.freeze_and_certify(field_session, report), *words)
    theme.fonts.cache_clear()
    _certifies(field_session, report)


def test_a_character_without_a_glyph_is_named_wherever_it_would_be_printed(field_session: FieldSession, world: SmallWorld) -> None:
    visit = repaired(field_session, world)
    visits.end(field_session, visit, "complete", work_done="复测正常 \U0001f600")
    report = documents.draft_report(field_session, visit).line.report_id
    words = ("U+1F600)无法打印。尚未签字,内容未丢失", "(U+1F600) cannot be printed. Nothing was signed and nothing is lost")
    _refused(field_session, MissingGlyphError, lambda: documents.freeze_and_certify(field_session, report), *words)
    visits.end(field_session, visit, "complete", work_done="复测正常")
    _certifies(field_session, report)
    named = "陈敏 \U0001f600"
    for act in (
        _sign(field_session, report, named),
        lambda: signoff.add_remark(field_session, report, named),
        lambda: signoff.refuse(field_session, report, reason=named, witness="陈敏"),
        lambda: signoff.paper(field_session, report, scan=b"%PDF scanned", name=named),
    ):
        _refused(field_session, MissingGlyphError, act, *words)
    assert sign_as(field_session, report).state == "signed"
