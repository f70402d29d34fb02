"""Arithmetic of XPath on binary numbers that also knows what the decimal numbers give that a person wrote.

XPath 1.0 counts in binary (IEEE 754): 0.1 + 0.2 is 0.30000000000000004, and the public suites want just that number. A
person who adds readings wants 0.3. So a result that binary arithmetic misses carries beside itself what it means: that is
shown, stored and compared, while the number itself stays as the suites have it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

__all__ = ["ARITHMETIC", "Reckoned", "meant", "sum_of"]

_Work = Callable[[float, float], float]
# The smallest and largest doubles fit; what overflows or is undefined stays with binary arithmetic.
_DECIMAL = Context(prec=34, traps=[DivisionByZero, InvalidOperation, Overflow])


class Reckoned(float):
    """A number as binary arithmetic gives it; `meant` is the one that the same work with decimal numbers gives."""

    __slots__ = ("meant",)
    meant: float

    def __new__(cls, binary: float, intended: float) -> Reckoned:
        """Both numbers are finite."""
        made = super().__new__(cls, binary)
        made.meant = intended
        return made

    def __neg__(self) -> Reckoned:
        """Both turned round."""
        return Reckoned(-float(self), -self.meant)


def meant(number: float) -> float:
    """What a number means: for most the number itself."""
    return number.meant if type(number) is Reckoned else number


def _decimal(number: float) -> Decimal:
    return Decimal(repr(meant(number)))


def _told(binary: float, exact: Decimal) -> float:
    intended = float(exact)
    return binary if intended == binary or not math.isfinite(intended) else Reckoned(binary, intended)


def _work(binary: _Work, exact: Callable[[Decimal, Decimal], Decimal]) -> _Work:
    def run(one: float, other: float) -> float:
        found = binary(one, other)
        # Whole numbers are exact in binary, and so is their quotient to the last digit.
        if not math.isfinite(found) or (one.is_integer() and other.is_integer() and type(one) is type(other) is float):
            return found
        try:
            return _told(found, exact(_decimal(one), _decimal(other)))
        except (ArithmeticError, ValueError):
            return found

    return run


def _divide(one: float, other: float) -> float:
    if other != 0:
        return one / other
    if one == 0 or one != one:
        return math.nan
    return math.copysign(math.inf, one) * math.copysign(1.0, other)


def _modulo(one: float, other: float) -> float:
    if other == 0 or not math.isfinite(one) or other != other:
        return math.nan
    return math.fmod(one, other)


ARITHMETIC: dict[str, _Work] = {
    "+": _work(lambda one, other: one + other, _DECIMAL.add),
    "-": _work(lambda one, other: one - other, _DECIMAL.subtract),
    "*": _work(lambda one, other: one * other, _DECIMAL.multiply),
    "div": _work(_divide, _DECIMAL.divide),
    "mod": _work(_modulo, _DECIMAL.remainder),
}
"""What each operator does with two numbers."""


def sum_of(numbers: Iterable[float]) -> float:
    """The sum of any numbers."""
    listed = list(numbers)
    found = math.fsum(listed)
    if not math.isfinite(found) or all(type(each) is float and each.is_integer() for each in listed):
        return found
    total = Decimal(0)
    for each in listed:
        total = _DECIMAL.add(total, _decimal(each))
    return _told(found, total)
