"""Shifts, and the clocks of cases as screens read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.ids import derived_id
from fieldapp.domain.cases import Case, CaseClock
from fieldapp.domain.visits import Visit
from fieldapp.operations.cases import contacted
from fieldapp.operations.clocks import TickingCase, doubt_words, in_shift, shift_of, ticking, ticking_all
from fieldapp.operations.session import FieldSession
from fieldapp.replica.intake import contact_values
from fieldapp.replica.tables import STATE
from tests.operations.world import MORNING, SmallWorld, give, local

ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "UTC"])


def ticking_case(session: FieldSession, case_id: str) -> TickingCase:
    with session.reading() as reader:
        return ticking(reader, reader.need(Case, case_id), "Asia/Shanghai")


def meet_the_centre(session: FieldSession, ahead: timedelta = timedelta(0)) -> None:
    """Note one answered request: the centre's clock is `ahead` of the laptop's."""
    now = session.clock.now()
    with session.replica.transaction() as connection:
        met = contact_values(int((now + ahead).timestamp() * 1000), sent=now, got=now)
        connection.execute(sa.update(STATE).values(met))


@given(moment=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), zone=ZONES)
@settings(max_examples=150)
def test_every_moment_lies_in_one_shift_that_begins_at_five(moment: datetime, zone: str) -> None:
    at = moment.replace(tzinfo=UTC)
    start, end = shift_of(at, zone)
    assert start <= at < end
    assert start.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "05:00"
    assert end.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "05:00"
    assert shift_of(end, zone)[0] == end
    assert shift_of(end - timedelta(seconds=1), zone) == (start, end)


@pytest.mark.parametrize(
    ("times", "belongs"),
    [
        ({"appointment_at": local(9)}, True),
        ({"appointment_at": local(4, days=1)}, True),
        ({"appointment_at": local(6, days=1)}, False),
        ({"appointment_at": local(22, days=-1), "departed_at": local(21, days=-1)}, True),
        ({"appointment_at": local(22, days=-1), "departed_at": local(21, days=-1), "left_at": local(2)}, False),
        ({"appointment_at": local(22, days=-1), "departed_at": local(21, days=-1), "left_at": local(6)}, True),
        ({}, False),
    ],
)
def test_a_visit_belongs_to_the_shift_of_its_appointment_or_while_it_runs(times: dict[str, Any], belongs: bool) -> None:
    assert in_shift(Visit(id=derived_id("v"), **times), *shift_of(MORNING, "Asia/Shanghai")) is belongs


def test_a_running_clock_counts_down_and_becomes_overdue(field_session: FieldSession, world: SmallWorld) -> None:
    clocks = ticking_case(field_session, world.case)
    line = clocks.urgent(local(7, 5))
    assert line is not None
    assert (line.metric, line.state, line.tone) == ("contact", "running", "neutral")
    assert line.chip.read("zh") == "联系客户 剩 10 分"
    line = clocks.urgent(local(7, 27))
    assert line is not None
    assert (line.state, line.tone, line.symbol, line.state_words.read("en")) == ("breached", "breached", "warning", "overdue by 12 min")


def test_what_was_done_too_late_waits_no_more_and_the_next_clock_is_shown(field_session: FieldSession, world: SmallWorld) -> None:
    contacted(field_session, world.case)
    clocks = ticking_case(field_session, world.case)
    by_metric = {line.metric: line for line in clocks.lines(field_session.clock.now())}
    assert (by_metric["contact"].state, by_metric["contact"].stopped) == ("breached", True)
    line = clocks.urgent(field_session.clock.now())
    assert line is not None
    assert line.metric == "arrival"


def test_a_clock_of_the_laptop_that_is_known_to_be_wrong_is_reckoned_with(field_session: FieldSession, world: SmallWorld) -> None:
    meet_the_centre(field_session, timedelta(minutes=-50))
    line = ticking_case(field_session, world.case).urgent(field_session.clock.now())
    assert line is not None
    assert (line.state, line.state_words.read("en")) == ("due_soon", "5 min left")


def test_a_clock_that_was_set_back_leaves_what_cannot_be_known(field_session: FieldSession, world: SmallWorld) -> None:
    meet_the_centre(field_session)
    clocks = ticking_case(field_session, world.case)
    set_back = field_session.clock.now() - timedelta(hours=1)
    states = {line.metric: line.state for line in clocks.lines(set_back)}
    assert states == {"contact": "breached", "arrival": "cannot_be_known"}
    assert "changed" in doubt_words([clocks], set_back).read("en")
    assert doubt_words([clocks], field_session.clock.now()).read("en") == "computed offline, within ±1 s"


def test_clocks_of_many_cases_are_gathered_without_mixing_them(field_session: FieldSession, world: SmallWorld) -> None:
    at = local(6)
    others = [Case(id=derived_id("many", str(number)), site_id=world.site, reported_at=at, assigned_at=at) for number in range(700)]
    clock = CaseClock(
        id=derived_id("many clock"),
        case_id=others[650].id,
        metric="arrival",
        value="4",
        unit="h",
        start_event="reported",
        stop_event="arrived",
    )
    give(field_session, *others, clock)
    with field_session.reading() as reader:
        gathered = ticking_all(reader, [(each, "Asia/Shanghai") for each in (*others, reader.need(Case, world.case))])
    assert len(gathered) == 701
    assert [each.id for each in gathered[others[650].id].clocks] == [clock.id]
    assert gathered[others[0].id].clocks == ()
    assert len(gathered[world.case].clocks) == 2
