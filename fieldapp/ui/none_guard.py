"""Keeps Python 3.11 alive under PySide6 6.12.

PySide6 6.12 returns None from every function without a result as if None were immortal, which it is from Python 3.12
on (PEP 683). On 3.11 each such call takes one reference away, and after some thousand calls the interpreter aborts
with "deallocating None". `guard_none` gives None the count that 3.12 gives it, once, before Qt is used.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["guard_none"]

_PLENTY = 1 << (ctypes.sizeof(ctypes.c_ssize_t) * 8 - 4)


def guard_none() -> bool:
    """Give None more references than a program can lose; whether it needed that.

    The count is only written where reading it at that place gives what Python itself says about None.
    """
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12):
        return False
    count = ctypes.c_ssize_t.from_address(id(None))
    if count.value >= _PLENTY // 2 or abs(count.value - sys.getrefcount(None)) > 16:
        return False
    count.value = _PLENTY
    return True
