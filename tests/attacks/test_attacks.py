"""Every attacked file is refused with its reason in both languages; the genuine ones of every stage are accepted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

import pytest

from fieldapp.base.i18n import catalogue
from tests.attacks import authorities, genuine, insiders, renewals, revisions, spelling
from tests.attacks.catalogue import ATTACKS, Attack, judged, reasons
from tests.reports import samples


@pytest.mark.parametrize("make", genuine.STAGES, ids=lambda make: make.__name__)
def test_a_genuine_report_of_every_stage_is_accepted(make: Callable[[], bytes]) -> None:
    report = judged(make(), samples.at(14))
    assert report.accepted, reasons(report)
    assert report.redrawn is True
    assert report.stage == ("stamped" if "stamped" in make.__name__ else "on_site")


def test_a_report_that_waits_for_the_customer_is_whole_but_not_accepted() -> None:
    report = judged(genuine.certified())
    assert (report.accepted, report.intact, report.missing) == (False, True, ("customer",))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attacked_report_is_refused_with_its_reason(attack: Attack) -> None:
    report = judged(attack.make(), samples.at(14))
    assert not report.accepted
    assert attack.reason in reasons(report)
    for reason in reasons(report):
        assert catalogue()[reason] != reason, "no Chinese"
    assert all(sentence.read("zh").isprintable() for sentence in report.sentences())


@pytest.mark.parametrize("module", [spelling, revisions, insiders, authorities, renewals], ids=lambda module: module.__name__)
def test_no_attack_is_left_out_and_each_says_where_it_is_published(module: ModuleType) -> None:
    made = {attack.make for attack in ATTACKS}
    functions = [item for name, item in vars(module).items() if inspect.isfunction(item) and item.__module__ == module.__name__]
    assert [item.__name__ for item in functions if item not in made and not item.__name__.startswith("_")] == []
    for attack in ATTACKS:
        assert attack.words.endswith((")", ").")), attack.name
        assert attack.zh
