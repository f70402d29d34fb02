"""Every sentence a person reads stands in the Chinese catalogue, once, complete, and in the words of the trade."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.architecture.sentences import Entry, Spoken, entries, places, spoken
from tests.architecture.source import expect_none, module, modules

PLACE = re.compile(r"\{[^{}]*\}")
WORDS = re.compile(r"[A-Za-z]")  # what holds places and signs only reads the same in both languages
HAN = re.compile(r"[\u4e00-\u9fff]")

# Words that the trade does not use here, with the one it uses; each is wrong wherever it stands.
WRONG_WORDS = {
    "案例": "工单",
    "服务时钟": "服务时限",
    "封存": "签字后不可修改",
    "仓库": "备件库",
    "良品": "好件",
    "归还故障件": "坏件返还",
    "故障确诊": "故障定位",
    "检查表": "巡检表",
    "上季": "上次",
    "预演": "演练",
    "座席": "坐席",
    "注示": "备注",
    "顾客": "客户",
    "备用设备": "备机",
    "上次与中心一致": "上次同步",
    "维护窗口": "变更窗口",
    "认可": "变更前批准 / 变更后验收",
    "笔记本": "本机 (this laptop), 电脑 (any other)",
    "，": ",",
    "（": "(",
}

# Words that are wrong only for some English: what the English says, what the Chinese must not, what it should.
WRONG_FOR = (
    (r"\bdigest|\bchecksum|SHA-256", "摘要", "校验码, 校验值"),
    (r"\bescalat", "升级", "上报, 转二线, 转专家"),
    (r"^(?!.*\b(?:accept|acceptance|pass|passed|fail|failed)\b).*$", "合格", "正常 / 异常, except at acceptance"),
)

# The engineer is 你; the customer, who reads these, is 您.
TO_THE_CUSTOMER = {"How satisfied are you with this visit?"}

# The laptop is one in English too; a computer that is not ours, which a network led to, is none.
LAPTOP = re.compile(r"\b(?:this|the|his|her|your|my|old) computer\b|\bnotebooks?\b|\bdevices?\b", re.IGNORECASE)

# Keys whose Chinese is agreed, wherever they appear alone.
AGREED = {
    "Today": "今日",
    "Cases": "工单",
    "Case": "工单",
    "Inspections": "巡检",
    "Spares": "备件",
    "Changes": "变更",
    "Reports": "报告",
    "Equipment": "设备",
    "Duty": "值班",
    "Sync": "同步",
    "Normal": "正常",
    "Abnormal": "异常",
    "Not applicable": "不适用",
    "Not checked": "未检",
    "Service clock": "服务时限",
    "Last sync": "上次同步",
    "Before": "修改前",
    "Mine": "本机",
    "Theirs": "服务端",
    "Depot": "备件库",
    "Customer": "客户",
    "Note": "备注",
    "Drill": "演练",
}


def untold(said: Iterable[Spoken], known: Mapping[str, str]) -> list[str]:
    """Sentences of the source that are no literal, not in the catalogue, or whose places stay empty."""
    wrong = []
    for one in said:
        if one.text is None:
            wrong.append(f"{one.place} {one.mark}() takes a literal")
        elif not known.get(one.text) and WORDS.search(PLACE.sub("", one.text)):
            wrong.append(f"{one.place} has no Chinese: {one.text!r}")
        elif one.mark == "say" and one.filled is not None and not places(one.text) <= one.filled:
            wrong.append(f"{one.place} leaves empty: {sorted(places(one.text) - one.filled)}")
    return wrong


def misspelled(one: Entry) -> list[str]:
    """What is wrong with a line of the catalogue."""
    where = f"{one.file}: {one.english!r}"
    wrong = [f"{where} is marked fuzzy"] if one.fuzzy else []
    if not one.chinese:
        return [*wrong, f"{where} has no Chinese"]
    if places(one.english) != places(one.chinese):
        wrong.append(f"{where} fills other places: {one.chinese!r}")
    wrong += [f"{where} says {bad}, not {good}" for bad, good in WRONG_WORDS.items() if bad in one.chinese]
    for english, bad, good in WRONG_FOR:
        if bad in one.chinese and re.search(english, one.english, re.IGNORECASE | re.DOTALL):
            wrong.append(f"{where} says {bad}, not {good}")
    if ("您" in one.chinese) != (one.english in TO_THE_CUSTOMER) and ("您" in one.chinese or "你" in one.chinese):
        wrong.append(f"{where} addresses the engineer as 您, or the customer as 你")
    if LAPTOP.search(PLACE.sub("", one.english)):
        wrong.append(f"{where} calls the laptop something else")
    if not HAN.search(one.chinese) and re.search(r"[a-z]{3}", PLACE.sub("", one.chinese)):
        wrong.append(f"{where} is not Chinese: {one.chinese!r}")
    agreed = AGREED.get(one.english)
    if agreed and one.chinese != agreed:
        wrong.append(f"{where} says {one.chinese}, agreed is {agreed}")
    return wrong


def contradictions(lines: Iterable[Entry]) -> list[str]:
    """Sentences to which two files give different Chinese."""
    first: dict[str, Entry] = {}
    wrong = []
    for one in lines:
        other = first.setdefault(one.english, one)
        if other.chinese != one.chinese:
            wrong.append(f"{one.english!r}: {other.chinese!r} in {other.file}, {one.chinese!r} in {one.file}")
    return wrong


def test_every_marked_sentence_has_its_chinese() -> None:
    known = {one.english: one.chinese for one in entries()}
    expect_none(untold((line for one in modules("fieldapp") for line in spoken(one)), known))


def test_the_catalogue_speaks_the_words_of_the_trade() -> None:
    expect_none(line for one in entries() for line in misspelled(one))


def test_one_sentence_has_one_translation() -> None:
    expect_none(contradictions(entries()))


def test_the_catalogue_holds_nothing_that_nobody_says() -> None:
    said = {line.text for one in modules("fieldapp") for line in spoken(one)}
    expect_none(f"{one.file}: {one.english!r}" for one in entries() if one.english not in said)


@pytest.mark.parametrize(
    "text",
    [
        'say("Not in the catalogue")',
        'say(f"{name} is new")',
        "say(text)",
        'N_("part" + name)',
        'self.t("Not in the catalogue")',
        't(f"{x}")',
        'say("{count} cases", number=1)',
    ],
)
def test_a_sentence_without_chinese_is_seen(text: str) -> None:
    known = {"{count} cases": "{count} 个工单"}
    assert len(untold(spoken(module("fieldapp.ui.pages.today", text)), known)) == 1
    assert untold(spoken(module("fieldapp.ui.pages.today", 'say("{count} cases", count=1)')), known) == []
    assert untold(spoken(module("fieldapp.ui.pages.today", 'say("{done} / {total}", done=1, total=2)')), known) == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("New case", "新案例"),
        ("{count} cases", "工单"),
        ("Digest", "摘要"),
        ("Escalated", "已升级"),
        ("Checked", "合格"),
        ("Open", "Open"),
        ("Changes", "升级"),
        ("Open", ""),
        ("Your value is kept", "您的值已保留"),
        ("How satisfied are you with this visit?", "你对本次服务是否满意?"),
        ("Old laptop", "旧笔记本"),
        ("Closed", "已关闭，可打开"),
        ("The device is locked", "已锁定"),
        ("This computer is locked", "已锁定"),
    ],
)
def test_a_wrong_line_of_the_catalogue_is_seen(english: str, chinese: str) -> None:
    assert len(misspelled(Entry("ui.po", english, chinese, fuzzy=False))) == 1


def test_a_contradiction_is_seen() -> None:
    assert len(contradictions([Entry("a.po", "Open", "打开", False), Entry("b.po", "Open", "未关闭", False)])) == 1


def test_a_fuzzy_line_is_read_as_one(tmp_path: Path) -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (tmp_path / "a.po").write_text(head + '#, fuzzy\nmsgid "Open"\nmsgstr "打开"\n', encoding="utf-8")
    assert misspelled(entries(tmp_path)[0]) == ["a.po: 'Open' is marked fuzzy"]
