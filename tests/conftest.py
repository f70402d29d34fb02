"""What every test stands on: a Qt without a screen, no profile of a real person, quiet logs, golden files.

The environment is set at import, before pytest-qt or any room imports PySide6 or keyring.
"""

from __future__ import annotations

import gc
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

os.environ["QT_QPA_PLATFORM"] = os.environ.get("FIELDAPP_TEST_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")  # never the keyring of whoever runs this
os.environ.pop("FIELDAPP_HOME", None)

import hypothesis
import pytest

GOLDEN = Path(__file__).parent / "golden"

hypothesis.settings.register_profile(
    "house",
    deadline=None,  # two cores shared by many: elapsed time of one example proves nothing
    derandomize=not os.environ.get("FIELDAPP_EXPLORE"),  # the suite says the same twice; exploring is asked for
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")


class GoldenFile(Protocol):
    """Compare what was made with the file of that name under tests/golden, or rewrite the file when asked."""

    def __call__(self, name: str, made: str | bytes) -> None:
        """Fail when `made` differs from tests/golden/`name`."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that `dev.py golden` uses."""
    parser.addoption("--rewrite-golden", action="store_true", help="rewrite tests/golden instead of comparing with it")


def pytest_configure(config: pytest.Config) -> None:
    """Announce the markers of the house."""
    config.addinivalue_line("markers", "golden: compares with tests/golden; set by the fixture golden_file")
    config.addinivalue_line("markers", "expects_log(*patterns): each pattern must be logged at WARNING or above")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that uses golden_file, so that `-m golden` finds it."""
    for item in items:
        if "golden_file" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)


def pytest_collection_finish() -> None:
    """Modules and test items live to the end: no look for garbage, of Python's or of a test's, walks through them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def golden_file(request: pytest.FixtureRequest) -> GoldenFile:
    """Compare text or bytes with tests/golden/<name>; with --rewrite-golden write them there instead."""

    def compare(name: str, made: str | bytes) -> None:
        path = GOLDEN / name
        data = made.encode() if isinstance(made, str) else made
        if request.config.getoption("--rewrite-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            return
        assert path.is_file(), f"tests/golden/{name} is missing: python3 dev.py golden writes it"
        kept = path.read_bytes()
        if isinstance(made, str):
            assert made == kept.decode(), f"differs from tests/golden/{name}"
        assert data == kept, f"differs from tests/golden/{name}: {len(data)} bytes made, {len(kept)} kept"

    return compare


@pytest.fixture(scope="session", autouse=True)
def _home_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep tests out of the profile of whoever runs them; a test that needs a home of its own sets FIELDAPP_HOME."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIELDAPP_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True)
def _levels_of_loggers() -> Iterator[None]:
    """A command of the centre quiets loggers of its own process; here that is the process of the tests that follow too."""
    loggers = [logging.getLogger(name) for name in ("alembic", "pyhanko")]
    levels = [each.level for each in loggers]
    yield
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)


@pytest.fixture(autouse=True)
def _quiet_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which something was logged at WARNING or above that it does not expect, or expects in vain."""
    yield
    marker = request.node.get_closest_marker("expects_log")
    wrong = unexpected_lines([*caplog.get_records("setup"), *caplog.get_records("call")], marker.args if marker is not None else ())
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def unexpected_lines(records: list[logging.LogRecord], patterns: tuple[str, ...]) -> list[str]:
    """What is wrong with a log: loud records that match no pattern, and patterns that match no loud record."""
    loud = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in records if record.levelno >= 30]
    wrong = [f"unexpected in the log: {line}" for line in loud if not any(re.search(p, line) for p in patterns)]
    wrong += [f"expected in the log and not there: {p}" for p in patterns if not any(re.search(p, line) for line in loud)]
    return wrong
