"""The people, who is on duty, the holidays and the policy rows of the sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fieldapp.base.settings import resource
from fieldapp.central.sample.stage import Stage, phrases
from fieldapp.domain.calendars import CalendarDay, PolicyRow, calendar_days, policy_rows
from fieldapp.domain.customers import DutyEntry, Person
from fieldapp.domain.records import Record
from fieldapp.domain.workdays import WorkCalendar

__all__ = ["Crew", "gather_crew"]

REGION = "HD"


@dataclass(frozen=True, slots=True)
class Crew:
    """Our people by their key in the phrases (`engineer1`, `dispatcher`, `manager` …), and what travels with them."""

    people: Mapping[str, Person]
    duty: tuple[DutyEntry, ...]
    days: tuple[CalendarDay, ...]
    policies: tuple[PolicyRow, ...]

    @property
    def calendar(self) -> WorkCalendar:
        """The working days of the published years."""
        return WorkCalendar.from_records(self.days)

    @property
    def records(self) -> tuple[Record, ...]:
        """Everything of the crew, people first."""
        return (*self.people.values(), *self.duty, *self.days, *self.policies)

    def on_this_or_next_working_day(self, day: date) -> date:
        """The day itself if people work on it, else the next one; Monday to Friday where the year is not published."""
        calendar = self.calendar
        while not (day.weekday() < 5 if (known := calendar.is_working_day(day)) is None else known):
            day = date.fromordinal(day.toordinal() + 1)
        return day


def gather_crew(stage: Stage) -> Crew:
    """Name the people, set the duty of this week, and take holidays and policy rows from the published tables."""
    told = phrases("people")
    people = {
        each["key"]: Person(
            id=stage.new_id(),
            name=each["name"],
            role=each["role"],
            line=each["line"],
            skills=tuple(each["skills"]),
            region=REGION,
            phone=each["phone"],
            email=f"{each['key'].replace('_', '-')}@fieldapp.example",
        )
        for each in told["persons"]
    }
    duty = tuple(
        DutyEntry(
            id=stage.new_id(),
            duty=each["duty"],
            person_id=people[each["person"]].id if each["person"] else "",
            name=each["name"],
            phone=each["phone"],
            note=each["note"],
            starts_at=stage.at_hour("08:00", days=7 * week - stage.today.weekday()),
            ends_at=stage.at_hour("08:00", days=7 * (week + 1) - stage.today.weekday()),
        )
        for week in (-1, 0, 1)
        for each in told["duty"]
    )
    holidays = resource("holidays/CN.json").read_text(encoding="utf-8")
    policies = resource("policies/policies.json").read_text(encoding="utf-8")
    return Crew(people, duty, calendar_days(holidays), policy_rows(policies))
