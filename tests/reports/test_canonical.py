"""One spelling of a document's data, and the way back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.reports.blocks import Bar, BarChart, Heading, PageBreak, Paragraph, TrendChart, Words
from fieldapp.reports.canonical import DataError, canonical_json, digest_groups, digest_of, from_plain, to_plain
from fieldapp.reports.content import Front, GeneralData, LeftOver, ServiceReportData
from fieldapp.reports.documents import content_digest, data_of, document
from tests.reports import samples

ALL = (
    samples.service(),
    samples.inspection_report(),
    samples.approval(),
    samples.approval("change_acceptance"),
    GeneralData(
        samples.front(),
        "drill",
        Words("演练记录", "Drill record"),
        (
            Heading(Words("概述", "Overview")),
            Paragraph(Words("正常")),
            BarChart(Words("工时", "Hours"), "h", (Bar(Words("李工"), "3.5"),)),
            PageBreak(),
        ),
    ),
)


@pytest.mark.parametrize("data", ALL, ids=lambda data: type(data).__name__)
def test_data_come_back_from_their_json(data: ServiceReportData) -> None:
    raw = canonical_json(data)
    again = data_of(json.loads(raw))
    assert canonical_json(again) == raw
    assert again == data


@pytest.mark.parametrize("data", ALL, ids=lambda data: type(data).__name__)
def test_the_content_names_the_digest_of_its_data(data: ServiceReportData) -> None:
    content = document(data)
    assert content.digest == content_digest(data) == digest_of(data)
    assert content.data_json == canonical_json(data)


def test_every_changed_word_changes_the_digest() -> None:
    data = samples.service()
    changed = replace(data, left_over=(*data.left_over, LeftOver("一项", Words("我方", "us"))))
    assert content_digest(changed) != content_digest(data)


def test_the_bytes_of_a_photo_stay_out_and_its_digest_stays_in() -> None:
    photo = samples.photo()
    raw = canonical_json(photo)
    assert photo.sha256.encode() in raw
    assert b"jpeg" not in raw


def test_the_renderer_is_part_of_the_data() -> None:
    assert content_digest(samples.service(front=samples.front(renderer="0"))) != content_digest(samples.service())


def test_floats_have_no_canonical_spelling() -> None:
    with pytest.raises(TypeError):
        canonical_json((1.5,))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plain: plain.update(unknown=1),
        lambda plain: plain.pop("symptom"),
        lambda plain: plain.update(symptom=7),
        lambda plain: plain.update({"is": "other"}),
        lambda plain: plain["front"].update(when="yesterday"),
        lambda plain: plain["front"].update(languages="fr"),
        lambda plain: plain["annexes"][0].update({"is": "swap"}),
    ],
)
def test_data_that_do_not_fit_are_refused(spoil: object) -> None:
    plain = to_plain(samples.service())
    spoil(plain)  # type: ignore[operator]
    with pytest.raises(DataError):
        data_of(plain)


@given(st.text(max_size=40), st.text(max_size=40), st.integers(1, 9))
@settings(max_examples=40)
def test_any_front_comes_back(customer: str, remarks: str, version: int) -> None:
    front = samples.front(customer=customer, customer_remarks=remarks, version=version)
    assert from_plain(Front, json.loads(canonical_json(front))) == front


def test_a_digest_is_printed_as_sixteen_groups_of_four() -> None:
    groups = digest_groups("0123456789abcdef" * 4)
    assert groups.split() == ["0123", "4567", "89ab", "cdef"] * 4
    assert digest_groups("ab" * 32, 4) == "abab abab abab abab …"
    assert digest_groups("ab" * 32, line=8).count("\n") == 1


def test_a_trend_without_numbers_is_still_data() -> None:
    chart = TrendChart(Words("温度"), "°C", ())
    assert from_plain(TrendChart, to_plain(chart)) == chart
