"""Keeps Python 3.11 alive under PySide6 6.12.

PySide6 6.12 returns None, True and False from many of its functions as if they were immortal, which they are from
Python 3.12 on (PEP 683). On 3.11 each such call takes one reference away, and after some thousand of them the
interpreter aborts with "deallocating None" or "deallocating True or False". `make_immortal` gives the objects that
3.12 makes immortal, and of which there is only one each, the count that 3.12 gives them, once, before Qt is used.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["make_immortal"]

_SINGLE: tuple[object, ...] = (None, True, False, NotImplemented, Ellipsis)
_PLENTY = 1 << (ctypes.sizeof(ctypes.c_ssize_t) * 8 - 4)


def make_immortal() -> bool:
    """Give None, True, False and their like more references than a program can lose; whether any needed that."""
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12):
        return False
    given = [_give_plenty(single) for single in _SINGLE]  # all of them, not up to the first
    return any(given)


def _give_plenty(single: object) -> bool:
    """Write the count, only where what stands at that place is what Python itself says of the object."""
    count = ctypes.c_ssize_t.from_address(id(single))
    if count.value >= _PLENTY // 2 or abs(count.value - sys.getrefcount(single)) > 16:
        return False
    count.value = _PLENTY
    return True
