"""A bad network, and worlds behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.sockets.sweep import Ground, ground


@pytest.fixture(scope="module")
def made() -> Iterator[Ground]:
    """A place for trials, for all tests of a file."""
    with ground() as place:
        yield place


@pytest.fixture
def here(made: Ground) -> Iterator[Ground]:
    """A place for trials without what went wrong before."""
    made.failed.clear()
    made.counts.clear()
    yield made
    made.network.calm()


@pytest.fixture(autouse=True)
def _quiet_libraries() -> Iterator[None]:
    """Whether a missing or changed byte makes uvicorn or urllib3 complain depends on the byte; nobody reads it here."""
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "urllib3.connection", "urllib3.connectionpool")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
