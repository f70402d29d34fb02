"""The sample as records: complete, valid, the same for the same seed, and made of nobody's real name."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldapp.base.ids import is_id
from fieldapp.base.settings import resource
from fieldapp.central.sample.world import World
from fieldapp.domain.calendars import CalendarDay, PolicyRow
from fieldapp.domain.cases import Case, CaseActivity, CaseClock, entitlement
from fieldapp.domain.customers import Asset, AssetLimit, Contract, Customer, DutyEntry, Person, Site, SiteRule, effect_of
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion, Inspection, finding_gaps
from fieldapp.domain.policies import ClockReading, read_clock, readings_to_show
from fieldapp.domain.records import KINDS, Record, kind_of, plain_ok, to_plain
from fieldapp.domain.spares import SparePart, StockLocation, StockMovement, Swap, return_due, swap_gaps
from fieldapp.domain.visits import LeftOver, Visit
from fieldapp.domain.workdays import WorkCalendar
from fieldapp.forms.definition import parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance as OpenForm
from tests.central.sample.telling import AT, case, of, tell

TARGETS: dict[str, type[Record]] = {
    "customer_id": Customer,
    "site_id": Site,
    "contract_id": Contract,
    "asset_id": Asset,
    "case_id": Case,
    "person_id": Person,
    "engineer_id": Person,
    "author_id": Person,
    "standby_engineer": Person,
    "visit_id": Visit,
    "inspection_id": Inspection,
    "instance_id": FormInstance,
    "finding_id": Finding,
    "settled_in": Inspection,
    "part_id": SparePart,
    "swap_id": Swap,
    "from_id": StockLocation,
    "to_id": StockLocation,
    "source_id": StockLocation,
}
REAL_NAMES = [
    *("华为", "中兴", "联想", "浪潮", "曙光", "新华三", "锐捷", "海康", "大华股份", "阿里", "腾讯", "百度", "京东", "字节跳动", "中国移动"),
    *("中国联通", "中国电信", "铁塔公司", "国家电网", "南方电网", "中石油", "中石化", "宝钢", "申通", "上港", "世纪互联", "万国数据"),
    *("光环新网", "工商银行", "建设银行", "农业银行", "招商银行", "银联", "东方航空", "虹桥", "瑞金", "华山", "复旦", "交通大学", "同济"),
    *("达梦", "金仓", "南大通用", "麒麟", "统信", "科士达", "oracle", "ibm", "dell", "emc", "netapp", "hitachi", "cisco", "huawei"),
    *("juniper", "microsoft", "windows", "vmware", "redhat", "suse", "mysql", "postgres", "siemens", "schneider", "vertiv", "lenovo"),
    *("inspur", "h3c", "hewlett", "intel", "amd", "samsung", "seagate", "kingston", "veeam", "veritas", "google", "amazon", "azure"),
]


def readings(told: World, case: Case) -> tuple[ClockReading, ...]:
    calendar = WorkCalendar.from_records(of(told, CalendarDay))
    clocks = [clock for clock in of(told, CaseClock) if clock.case_id == case.id]
    return readings_to_show(read_clock(clock, case, calendar, AT, AT) for clock in clocks)


def test_the_sample_has_the_size_of_a_real_quarter(told: World) -> None:
    counts = Counter(kind_of(each).name for each in told.records)
    assert {name: counts[name] for name in ("customer", "site", "asset", "case", "policy_row")} == {
        "customer": 12,
        "site": 20,
        "asset": 60,
        "case": 40,
        "policy_row": 65,
    }
    assert Counter(each.role for each in of(told, Person)) == {"engineer": 3, "dispatcher": 1, "manager": 1, "expert": 1, "depot": 1}
    assert {each.kind for each in of(told, Contract)} == {"warranty", "maintenance", "per_call"}
    assert {each.day.year for each in of(told, CalendarDay) if each.day} == {2025, 2026}
    assert counts["case_activity"] > 300


def test_every_value_is_one_that_may_be_stored_and_every_identity_is_used_once(told: World) -> None:
    seen: set[tuple[str, str]] = set()
    for each in told.records:
        kind = kind_of(each)
        assert is_id(each.id)
        assert (kind.name, each.id) not in seen
        seen.add((kind.name, each.id))
        for name, value in to_plain(each).items():
            assert plain_ok(kind.fields[name], value), (kind.name, name, value)


def test_every_reference_leads_to_a_record_of_its_kind(told: World) -> None:
    ids = {record_class: {each.id for each in of(told, record_class)} for record_class in set(TARGETS.values())}
    followed = 0
    for each in told.records:
        for name in kind_of(each).fields:
            value = getattr(each, name)
            if not value or not (name.endswith("_id") or name in TARGETS):
                continue
            target = TARGETS.get(name)
            if name == "owner_id":
                target = Inspection if isinstance(each, FormInstance) else Person
            elif name == "order_id":
                continue
            elif name in {"event_id", "rma_id"}:
                kind = "scheduled_event" if name == "event_id" else "rma"
                assert value in {other.id for other in of(told, KINDS[kind].record)}
                continue
            elif name == "form_id":
                assert value in {"T1", "T2", "T3", "T4"}
                continue
            assert target is not None, (kind_of(each).name, name)
            assert value in ids[target], (kind_of(each).name, name, value)
            followed += 1
    assert followed > 3000


def test_what_belongs_to_a_site_names_the_customer_and_contract_of_that_site(told: World) -> None:
    customer_of = {site.id: site.customer_id for site in of(told, Site)}
    contract_customer = {contract.id: contract.customer_id for contract in of(told, Contract)}
    for each in told.records:
        if isinstance(each, Asset | Case | Visit | Inspection):
            assert each.customer_id == customer_of[each.site_id]
            assert contract_customer[each.contract_id] == each.customer_id


def test_the_same_seed_and_moment_give_the_same_records_and_another_seed_other_ones(told: World, forms: tuple[FormVersion, ...]) -> None:
    again = tell(forms)
    assert again.records == told.records
    assert again.answers == told.answers
    other = tell(forms, seed=2)
    assert other.records != told.records
    assert len(other.records) == len(told.records)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 1, 2, 1, 0, tzinfo=UTC),
        datetime(2026, 12, 31, 0, 0, tzinfo=UTC),
        datetime(2027, 2, 28, 15, 59, tzinfo=UTC),
        datetime(2026, 10, 2, 0, 0, tzinfo=UTC),
        datetime(2028, 2, 29, 16, 0, tzinfo=UTC),
    ],
)
def test_any_day_can_be_the_day_of_the_sample(forms: tuple[FormVersion, ...], at: datetime) -> None:
    told = tell(forms, at)
    periods = {each.period for each in of(told, Inspection) if each.state == "finished"}
    assert len(periods) >= 4
    assert len(of(told, Case)) == 40
    past = [each.at for each in of(told, CaseActivity) if each.at]
    assert max(past) <= at
    for each in of(told, Case):
        stamps = [
            each.reported_at,
            each.created_at,
            each.assigned_at,
            each.contacted_at,
            each.restored_at,
            each.resolved_at,
            each.closed_at,
        ]
        known = [stamp for stamp in stamps if stamp]
        assert known == sorted(known)
        assert known[-1] <= at


def test_a_naive_moment_is_refused(forms: tuple[FormVersion, ...]) -> None:
    with pytest.raises(ValueError, match="aware"):
        tell(forms, datetime(2026, 11, 23, 8, 0))


def test_statuses_span_the_whole_range_and_open_clocks_stand_as_the_story_says(told: World) -> None:
    early = {"new", "assigned", "responded", "diagnosing", "waiting_part", "waiting_vendor"}
    late = {"on_site", "restored", "verifying", "resolved", "closed", "archived"}
    assert {each.status for each in of(told, Case)} == early | late
    by_state: dict[str, list[tuple[str, str]]] = {}
    for each in of(told, Case):
        if each.status not in {"closed", "archived"}:
            for reading in readings(told, each):
                by_state.setdefault(reading.state, []).append((each.number, reading.metric))
    assert by_state["breached"] == [("CS-2026-00417", "contact")]
    assert by_state["due_soon"] == [("CS-2026-00412", "diagnosis_escalate")]

    def left(number: int, metric: str) -> timedelta | None:
        return next(each.left for each in readings(told, case(told, number)) if each.metric == metric)

    assert left(417, "contact") == timedelta(minutes=-12)
    assert left(412, "diagnosis_escalate") == timedelta(hours=3, minutes=5)
    returning = left(398, "return_faulty")
    assert returning is not None
    assert returning.days == 4


def test_engineer_one_has_twelve_open_cases(told: World) -> None:
    mine = [each for each in of(told, Case) if each.owner_id == told.people["engineer1"].id and each.status not in {"closed", "archived"}]
    assert len(mine) == 12


def test_case_numbers_follow_the_order_of_their_reports_for_the_newest(told: World) -> None:
    newest = [case(told, number).reported_at for number in range(406, 420)]
    assert newest == sorted(newest, key=lambda each: each or AT)


def test_readings_stand_for_each_equipment_and_number_in_four_quarters(told: World) -> None:
    instances = {each.id: each for each in of(told, FormInstance)}
    limited = {(each.model, each.item) for each in of(told, AssetLimit)}
    models = {each.id: each.model for each in of(told, Asset)}
    quarters: dict[tuple[str, str], set[str]] = {}
    for instance_id, rows in told.answers.items():
        instance = instances[instance_id]
        for key in rows:
            item = key.rpartition("/")[2]
            if (models[instance.asset_id], item) in limited:
                quarters.setdefault((instance.asset_id, item), set()).add(instance.period)
    earlier = {"2025Q4", "2026Q1", "2026Q2", "2026Q3"}
    assert len(quarters) > 150
    assert all(periods >= earlier for periods in quarters.values())


def test_the_main_storage_has_the_temperatures_of_the_story(told: World) -> None:
    storage = next(each for each in of(told, Asset) if each.serial == "78E00412")
    periods = {each.id: each.period for each in of(told, FormInstance) if each.asset_id == storage.id and each.state == "done"}
    course = {periods[key]: rows["/data/room/T1_08"] for key, rows in told.answers.items() if key in periods}
    assert course == {"2025Q4": "21.2", "2026Q1": "21.8", "2026Q2": "22.6", "2026Q3": "24.3"}
    limit = next(each for each in of(told, AssetLimit) if each.model == "ST-7300" and each.item == "T1_08")
    assert (limit.minimum, limit.maximum, limit.baseline, limit.unit) == ("18", "27", "22.0", "°C")


def test_the_engine_takes_every_answer_and_keeps_it(told: World, forms: tuple[FormVersion, ...]) -> None:
    definitions = {form.form_id: parse(form.xform) for form in forms}
    instances = {each.id: each for each in of(told, FormInstance)}
    tried: set[tuple[str, str]] = set()
    for instance_id, rows in told.answers.items():
        instance = instances[instance_id]
        if (instance.form_id, instance.asset_id) in tried:
            continue
        tried.add((instance.form_id, instance.asset_id))
        plain = {key: text for key, text in rows.items() if "#" not in key}
        opened = OpenForm.open(definitions[instance.form_id], plain, Environment(now=AT))
        assert not opened.validate()
        for key, text in plain.items():
            if text == "+":
                continue
            assert not opened.answer(key, text).rows, (key, text)
        values = {item.key: item for item in opened.questions("zh")}
        assert all(values[key].value == text for key, text in plain.items() if text != "+")
        assert all(text in [choice.value for choice in values[key].choices] for key, text in plain.items() if values[key].choices)
    assert len(tried) == 18


def test_one_finding_is_left_over_at_the_main_site_with_its_case(told: World) -> None:
    main = next(each for each in of(told, Site) if each.code == "S-0101-3")
    left = [each for each in of(told, Finding) if each.site_id == main.id and each.state == "left_over"]
    assert [each.description for each in left] == ["2 号电源模块待换"]
    assert left[0].case_id == case(told, 380).id
    assert case(told, 380).finding_id == left[0].id
    answers = told.answers[left[0].instance_id]
    assert answers[left[0].key] == left[0].value
    assert [each.text for each in of(told, LeftOver) if each.finding_id == left[0].id] == ["2 号电源模块待换"]


def test_the_van_holds_the_power_supply_and_no_stock_is_negative(told: World) -> None:
    parts = {each.id: each.part_no for each in of(told, SparePart)}
    van = next(each for each in of(told, StockLocation) if each.person_id == told.people["engineer1"].id)
    held: Counter[tuple[str, str, str]] = Counter()
    for each in of(told, StockMovement):
        held[each.to_id, each.part_id, each.serial] += each.quantity
        if each.from_id:
            held[each.from_id, each.part_id, each.serial] -= each.quantity
            assert held[each.from_id, each.part_id, each.serial] >= 0, (parts[each.part_id], each.serial)
    in_van = {(parts[part], serial): count for (location, part, serial), count in held.items() if location == van.id and count}
    assert in_van["PSU-800", "10233"] == 1
    assert in_van["LC-LC-5M", ""] == 6
    assert {each.kind for each in of(told, StockLocation)} == {"depot", "swap_repair", "van", "customer", "transit", "rma", "difference"}


def test_the_duty_in_force_has_telephone_numbers(told: World) -> None:
    now = [each for each in of(told, DutyEntry) if each.starts_at and each.ends_at and each.starts_at <= AT < each.ends_at]
    assert {each.duty for each in now} == {"hotline", "manager", "second_line", "depot", "vendor"}
    assert next(each.phone for each in now if each.duty == "manager") == "021-5550 0001"


def test_every_policy_row_is_there_with_its_source(told: World) -> None:
    published = json.loads(resource("policies/policies.json").read_text(encoding="utf-8"))
    assert {each.policy: each.source for each in of(told, PolicyRow)} == {row["policy"]: row["source"] for row in published}


def test_every_site_has_rules_and_people_who_may_sign(told: World) -> None:
    ruled = {each.site_id for each in of(told, SiteRule)}
    signing = {each.site_id for each in of(told, KINDS["contact"].record) if each.may_approve and each.may_accept}
    assert {each.id for each in of(told, Site)} == ruled
    assert {each.id for each in of(told, Site)} <= signing


def test_no_real_company_and_no_real_telephone_number_stands_in_the_sample(told: World) -> None:
    skipped = {"source", "action", "reconstructed"}
    for each in told.records:
        if isinstance(each, CalendarDay | PolicyRow):
            continue
        for name, value in to_plain(each).items():
            if not isinstance(value, str) or name in skipped or is_id(value):
                continue
            words = value.lower()
            assert not [real for real in REAL_NAMES if real in words], (name, value)
            if name.endswith("phone") and value:
                assert value.startswith("021-5550 ")
            if name == "email" and value:
                assert value.endswith(".example")


def test_what_the_customer_is_entitled_to_agrees_with_the_case_and_its_contract(told: World) -> None:
    assets = {each.id: each for each in of(told, Asset)}
    contracts = {each.id: each for each in of(told, Contract)}
    for each in of(told, Case):
        found = entitlement(contracts[each.contract_id], assets[each.asset_id], date(2026, 11, 23))
        assert found == each.entitlement, each.number


def test_finished_findings_and_swaps_lack_nothing_the_rules_ask_for(told: World) -> None:
    rules = of(told, SiteRule)
    inspections = {each.id: each for each in of(told, Inspection)}
    for each in of(told, Finding):
        camera = effect_of([rule for rule in rules if rule.site_id == each.site_id], "camera")
        assert finding_gaps(each, camera) == (), each.description
        if each.state == "settled":
            later = inspections[each.settled_in]
            assert later.site_id == each.site_id
            assert later.finished_at == each.settled_at
            assert later.period > inspections[each.inspection_id].period
    assert {each.state for each in of(told, Finding)} == {"fixed", "left_over", "settled"}
    assets = {each.id: each for each in of(told, Asset)}
    calendar = WorkCalendar.from_records(of(told, CalendarDay))
    for swap in of(told, Swap):
        assert swap_gaps(swap, assets[swap.asset_id]) == ()
        assert swap.return_due_on == return_due(swap, calendar).day
    waiting = [each for each in of(told, Swap) if each.return_due_on and each.returned_at is None]
    assert [(each.case_id, each.part_no, each.return_due_on) for each in waiting] == [(case(told, 398).id, "BBU-7300", date(2026, 11, 27))]
