"""Every link of every page leads somewhere, in both languages; pages hold no script and load nothing from elsewhere."""

from __future__ import annotations

import re
from datetime import date

from fieldapp.base.settings import resource
from fieldapp.central.checklists.plans import PlanSettings, appoint, plan
from fieldapp.central.checklists.publishing import publish
from fieldapp.central.checklists.walk_arounds import WalkAround, note_walk_around
from fieldapp.domain.inspections import Inspection
from tests.central.console.visitor import Visitor
from tests.central.test_plans import furnish
from tests.central.world import MONDAY, World

SEEN = {"cases", "appointments", "plans", "forms", "walk-arounds", "reports", "conflicts", "laptops"}


def test_all_links_lead_somewhere_and_nothing_comes_from_elsewhere(world: World, visitor: Visitor) -> None:
    furnish(world, forms=("T1", "T3"))
    publish(world.desk, resource("forms/T16.xlsx"))
    world.case_at_bank(world.li)
    plan(world.desk, PlanSettings(), date(2026, 11, 23), date(2026, 12, 31))
    (inspection,) = world.desk.find(Inspection)
    appoint(world.desk, inspection.id, world.li.id, MONDAY)
    note_walk_around(
        world.desk,
        WalkAround(
            id="",
            site_id=world.bank_site.id,
            day=date(2026, 11, 2),
            manager_id=world.wang.id,
            engineers=(world.li.id,),
            answers={"/data/ratings/T16_01": "4"},
        ),
    )
    for language in ("zh", "en"):
        visitor.speak(language)
        ahead, done = ["/console/cases", "/console/plans/new?contract_id=" + world.contract.id], set[str]()
        while ahead:
            path = ahead.pop()
            if path in done or path.startswith("/console/language/"):
                continue
            done.add(path)
            answer = visitor.browser.get(path)
            assert answer.status_code == 200, path
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            assert "default-src 'none'" in answer.headers["content-security-policy"], path
            assert not re.search(r'(?:src|href|action)="(?![/#])', answer.text), path
            assert "<script" not in answer.text
            assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text
            ahead += visitor.links(path)
        assert {path.split("/")[2].partition("?")[0] for path in done} == SEEN
