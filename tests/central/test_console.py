"""The console in the browser: login, cases, reports, conflicts, laptops, both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fieldapp.central.web.app import make_app
from fieldapp.central.web.sessions import FREE_TRIES, SESSION_SECONDS, WAIT_SECONDS
from fieldapp.central.web.words import WORDS
from fieldapp.domain.calendars import PolicyRow
from fieldapp.domain.cases import Case, CaseActivity, CaseClock
from fieldapp.domain.documents import ServiceReport
from tests.central.browser import Browser
from tests.central.world import World

PASSWORD = "correct horse"


@pytest.fixture
def browser(world: World) -> Iterator[Browser]:
    world.desk.add_account("zhao", PASSWORD, shown="赵静")
    with Browser(make_app(world.service)) as made:
        yield made


@pytest.fixture
def inside(browser: Browser) -> Browser:
    assert _log_in(browser).status == 303
    return browser


class _Answer:
    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text


def _log_in(browser: Browser, password: str = PASSWORD) -> _Answer:
    answer = browser.post("/console/login", data={"name": "zhao", "password": password})
    return _Answer(answer.status_code, answer.text)


def _send(browser: Browser, path: str, **fields: str) -> _Answer:
    """Fill a form as the page offers it, with the page's token."""
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.get("/console/cases").text)
    assert token is not None
    answer = browser.post(path, data={"csrf": token[1], **fields})
    return _Answer(answer.status_code, answer.headers.get("location", answer.text))


def test_nobody_sees_anything_without_logging_in(browser: Browser) -> None:
    for path in ("/console/cases", "/console/reports", "/console/conflicts", "/console/laptops", "/console/cases/new"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/login")


def test_a_wrong_password_is_refused_and_many_slow_down(world: World, browser: Browser) -> None:
    for _ in range(FREE_TRIES):
        answer = _log_in(browser, "wrong")
        assert (answer.status, "用户名或密码不对" in answer.text) == (403, True)
    assert "错误次数过多" in _log_in(browser).text
    world.clock.advance(seconds=WAIT_SECONDS + 1)
    assert _log_in(browser).status == 303


def test_a_session_ends_by_itself_and_by_logging_out(world: World, inside: Browser) -> None:
    assert inside.get("/console/cases").status_code == 200
    world.clock.advance(seconds=SESSION_SECONDS + 1)
    assert inside.get("/console/cases").status_code == 303
    _log_in(inside)
    copy = dict(inside.cookies)
    assert _send(inside, "/console/logout").text == "/console/login"
    inside.cookies.update(copy)
    assert inside.get("/console/cases").status_code == 303


def test_a_form_from_elsewhere_changes_nothing(world: World, inside: Browser) -> None:
    case = world.case_at_bank()
    path = f"/console/cases/{case}/note"
    assert inside.post(path, data={"text": "x"}).status_code == 403
    assert inside.post(path, data={"text": "x", "csrf": "0" * 64}).status_code == 403
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', inside.get("/console/cases").text)
    assert token is not None
    foreign = inside.post(path, data={"text": "x", "csrf": token[1]}, headers={"Origin": "http://evil.test"})
    assert foreign.status_code == 403
    assert world.desk.find(CaseActivity) == []


def test_a_case_is_created_with_number_and_clocks_and_assigned(world: World, inside: Browser) -> None:
    row = PolicyRow(
        id=world.service.ids.new(),
        policy="POL-003",
        profile="S0",
        scheme_level="any",
        metric="plan_decided",
        value="60",
        unit="min",
        clock="elapsed",
        start="reported",
    )
    world.desk.save(row)
    assert "江州银行" in inside.get("/console/cases/new").text
    form = inside.get(f"/console/cases/new?customer_id={world.bank.id}").text
    assert "主机房" in form
    assert "二号机房" not in form
    fields = {"customer_id": world.bank.id, "site_id": world.bank_site.id, "contract_id": world.contract.id, "severity": "P:P2"}
    answer = _send(inside, "/console/cases/new", **fields, summary="存储 <控制器> 降级", caller_name="周敏")
    (case,) = world.desk.find(Case)
    assert answer.text == f"/console/cases/{case.id}"
    assert (case.number, case.severity, case.entitlement) == ("CS-2026-00001", "P2", "maintenance")
    assert [(clock.metric, clock.value) for clock in world.desk.find(CaseClock)] == [("plan_decided", "60")]
    _send(inside, f"/console/cases/{case.id}/assign", engineer_id=world.li.id, reason="就近")
    page = inside.get(f"/console/cases/{case.id}").text
    assert "存储 &lt;控制器&gt; 降级" in page
    assert "李明" in page
    assert "剩 " in page
    assert [row["number"] for row in world.laptop(world.li).of_kind("case")] == ["CS-2026-00001"]


def test_a_case_that_lacks_something_is_not_saved_and_the_form_keeps_the_rest(world: World, inside: Browser) -> None:
    answer = _send(inside, "/console/cases/new", customer_id=world.bank.id, site_id=world.bank_site.id, severity="P:P9", summary="有问题")
    assert answer.status == 400
    assert 'value="有问题"' in answer.text
    foreign = _send(inside, "/console/cases/new", customer_id=world.bank.id, site_id=world.works_site.id, severity="P:P2", summary="有问题")
    assert foreign.status == 400
    assert world.desk.find(Case) == []


def test_the_list_is_newest_first_and_filtered(world: World, inside: Browser) -> None:
    first = world.case_at_bank()
    world.clock.advance(hours=1)
    second = world.desk.create_case(customer_id=world.works.id, site_id=world.works_site.id, summary="交换机重启", severity="P3")
    page = inside.get("/console/cases").text
    assert page.index("CS-2026-00002") < page.index("CS-2026-00001")
    found = inside.get("/console/cases", params={"text": "交换机"}).text
    assert (second.number in found, "CS-2026-00001" in found) == (True, False)
    world.desk.save(replace(world.desk.get(Case, first), status="closed"))
    assert "CS-2026-00001" not in inside.get("/console/cases").text
    assert "CS-2026-00001" in inside.get("/console/cases?state=closed").text


def test_a_note_stands_in_the_time_line(world: World, inside: Browser) -> None:
    case = world.case_at_bank(world.li)
    _send(inside, f"/console/cases/{case}/note", text="客户催促")
    assert "客户催促" in inside.get(f"/console/cases/{case}").text
    assert _send(inside, f"/console/cases/{case}/note", text="  ").status == 400
    assert inside.get(f"/console/cases/{world.service.ids.new()}").status_code == 404


def test_a_report_opens_as_pdf(world: World, inside: Browser) -> None:
    digest = world.service.keep_blob(b"%PDF-1.7 on site")
    here = ServiceReport(id=world.service.ids.new(), number="SR-2026-00001", state="signed", pdf_digest=digest)
    away = ServiceReport(
        id=world.service.ids.new(), customer_id=world.bank.id, number="SR-2026-00002", state="signed", pdf_digest="ab" * 32
    )
    world.desk.save(here, away)
    page = inside.get("/console/reports").text
    assert "尚未传到" in page
    assert f"/console/reports/{here.id}.pdf" in page
    answer = inside.get(f"/console/reports/{here.id}.pdf")
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF-1.7 on site", "application/pdf")
    assert inside.get(f"/console/reports/{away.id}.pdf").status_code == 404


def test_conflicts_and_rejections_are_seen(world: World, inside: Browser) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"description": "本机写的"})
    laptop.edit("case", case, {"severity": "P1"})
    laptop.edit("case", case, {"solution": "重启"}, deleted=True)
    laptop.waiting.append(b"no change")
    world.desk.save(replace(world.desk.get(Case, case), description="服务端写的"))
    laptop.pull()
    page = inside.get("/console/conflicts").text
    for text in ("CS-2026-00001", "本机写的", "服务端写的", "说明", "级别", "P1", "此项由服务台决定", "无法读取"):
        assert text in page


def test_a_laptop_is_enrolled_and_blocked_from_the_console(world: World, inside: Browser) -> None:
    answer = _send(inside, "/console/laptops/code", engineer_id=world.li.id)
    code = re.search(r'class="big">([0-9A-Z-]{14})<', answer.text)
    assert code is not None
    laptop = world.laptop(world.li)
    laptop.enrol(code[1])
    assert "ThinkPad" in inside.get("/console/laptops").text
    _send(inside, f"/console/laptops/{laptop.device}/block")
    assert "已停用" in inside.get("/console/laptops").text
    assert laptop.send(laptop.request()).state == "revoked"


def test_the_console_shows_the_room_and_warns_before_it_is_full(world: World, inside: Browser) -> None:
    page = inside.get("/console/laptops").text
    assert "没有限额" in page
    world.service.settings = replace(world.service.settings, blob_quota_mib=1)
    world.service.keep_blob(b"x" * 2**20)
    page = inside.get("/console/laptops").text
    assert "限额 1 MiB" in page
    assert "空间将满" in page


def test_the_console_speaks_both_languages(inside: Browser) -> None:
    assert '<html lang="zh-CN">' in inside.get("/console/cases").text
    back = inside.get("/console/language/en", headers={"Referer": "http://centre.test/console/reports"})
    assert back.headers["location"] == "/console/reports"
    page = inside.get("/console/reports").text
    assert '<html lang="en">' in page
    assert "Engineers and laptops" in page
    away = inside.get("/console/language/zh", headers={"Referer": "http://evil.test/elsewhere"})
    assert away.headers["location"] == "/console/cases"


def test_pages_load_nothing_from_elsewhere(world: World, inside: Browser) -> None:
    case = world.case_at_bank(world.li)
    for path in ("/console/cases", f"/console/cases/{case}", "/console/cases/new", "/console/reports", "/console/laptops"):
        answer = inside.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not re.search(r'(?:src|href|action)="(?!/)', answer.text)
        assert "<script" not in answer.text
    assert "://" not in inside.get("/console/style.css").text


def test_each_word_of_the_table_is_used_by_a_template() -> None:
    from fieldapp.base.settings import resource

    text = "".join(path.read_text(encoding="utf-8") for path in resource("console").glob("*.html"))
    by_fact = {"asset", "contract", "entitlement", "caller", "customers_number", "error_code", "description", "cause", "solution"}
    by_code = {"code_made", "severity"}
    unused = {name for name in WORDS if f"w.{name}" not in text} - by_fact - by_code
    assert unused == set()
