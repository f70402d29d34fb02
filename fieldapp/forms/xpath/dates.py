"""The functions of ODK on dates and times."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fieldapp.forms.refusals import UnknownFunctionError
from fieldapp.forms.xpath.functions import Function
from fieldapp.forms.xpath.moments import Moment, day_fraction, format_moment, moment_of_days, moment_of_text
from fieldapp.forms.xpath.values import Context, Value, text_of

__all__ = ["DATES"]

_DAY_MS = 86_400_000.0
Values = Sequence[Value]


def _today(ctx: Context, _values: Values) -> Value:
    local = Moment(ctx.world.now).local(ctx.world.zone)
    assert local is not None
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return Moment(midnight.timestamp() * 1000.0)


def _moment(ctx: Context, value: Value) -> Moment | None:
    """A moment from any value; None for an empty text."""
    if isinstance(value, Moment):
        return value
    if isinstance(value, bool):
        return Moment(math.nan)
    if isinstance(value, float):
        return moment_of_days(value)
    text = text_of(value, ctx.world.zone).strip()
    if not text:
        return None
    found = moment_of_text(text, ctx.world.zone)
    if found is None:
        try:
            return moment_of_days(float(text))
        except ValueError:
            return Moment(math.nan)
    return found


def _date(ctx: Context, values: Values) -> Value:
    moment = _moment(ctx, values[0])
    return "" if moment is None else moment


def _format(ctx: Context, values: Values) -> Value:
    moment = _moment(ctx, values[0])
    if moment is None:
        return ""
    local = moment.local(ctx.world.zone)
    return "" if local is None else format_moment(local, text_of(values[1], ctx.world.zone))


def _decimal_date_time(ctx: Context, values: Values) -> Value:
    moment = _moment(ctx, values[0])
    if moment is not None and isinstance(values[0], str) and moment_of_text(values[0], ctx.world.zone) is None:
        raise UnknownFunctionError(name="decimal-date-time", reason="its argument is no date")
    return math.nan if moment is None else moment.days


def _decimal_time(ctx: Context, values: Values) -> Value:
    return day_fraction(text_of(values[0], ctx.world.zone), ctx.world.zone, ctx.world.now)


DATES: dict[str, Function] = {
    "today": Function(0, 0, _today),
    "now": Function(0, 0, lambda ctx, _: Moment(ctx.world.now)),
    "date": Function(1, 1, _date),
    "date-time": Function(1, 1, _date),
    "format-date": Function(2, 2, _format),
    "format-date-time": Function(2, 2, _format),
    "decimal-date-time": Function(1, 1, _decimal_date_time),
    "decimal-time": Function(1, 1, _decimal_time),
}
