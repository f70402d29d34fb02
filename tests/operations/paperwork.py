"""Reports for tests: a repaired case with its swap, an inspection with answers, and hands that sign."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from hashlib import sha256

from fieldapp.base.ids import Id, derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.cases import Case, stamp_case
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion
from fieldapp.domain.spares import Swap
from fieldapp.domain.visits import Visit, end_visit
from fieldapp.forms.xlsform import convert
from fieldapp.operations import signoff
from fieldapp.operations.documents import draft_report, freeze_and_certify
from fieldapp.operations.session import FieldSession
from fieldapp.operations.signoff import SignOffView
from tests.operations.world import SmallWorld, give, local

SIGNATURE = (
    tuple((40.0 + 6 * i, 60.0 + (i * i * 7) % 40, 16 * i, 0.5) for i in range(24)),
    tuple((190.0 + 3 * i, 50.0 + (i * 11) % 60, 700 + 16 * i, 0.6) for i in range(18)),
)
EXTENT = (440, 200)


def repaired(session: FieldSession, world: SmallWorld) -> Id:
    """The repair visit as it stands after the swap; returns its identity."""
    give(
        session,
        Swap(
            id=derived_id("swap"),
            site_id=world.site,
            case_id=world.case,
            visit_id=world.repair_visit,
            asset_id=world.storage,
            part_id=world.part,
            part_no="PSU-800",
            old_serial="90017",
            new_serial="10233",
            received_at=local(13, 40),
            configuration_saved=True,
            esd_protection=True,
            started_at=local(14, 5),
            finished_at=local(14, 25),
            self_test="ok",
            restored_at=local(14, 40),
            faulty_ending="retained",
            ending_note="合同第 7 条",
        ),
    )
    now = session.clock.now()
    with session.writing() as work:
        visit = work.need(Visit, world.repair_visit)
        came = replace(visit, departed_at=now, entered_at=now, permit_no="PM-7781", rules_read_at=now, started_at=now)
        work.save(
            end_visit(
                replace(came, start_confirmed_by="陈敏"),
                "complete",
                symptom="存储控制器 B 降级,备用路径已接管",
                cause="电源模块输出电压不稳",
                work_done="更换控制器电源模块 PSU-800,复测正常",
            )
        )
        work.save(stamp_case(work.need(Case, world.case), "arrived", now))
    return world.repair_visit


def certified_repair(session: FieldSession, world: SmallWorld, signers: int = 1) -> Id:
    """A certified service report of the repair; returns its identity."""
    report = draft_report(session, repaired(session, world)).line.report_id
    freeze_and_certify(session, report, signers)
    return report


def sign_as(session: FieldSession, report: Id, name: str = "陈敏") -> SignOffView:
    """Somebody signs the pages as they stand."""
    seen = signoff.begin(session, report).content_digest
    return signoff.sign(session, report, seen=seen, name=name, strokes=SIGNATURE, extent=EXTENT)


@dataclass(frozen=True)
class Inspected:
    """Identities of an inspection's checklist and its finding."""

    instance: Id
    finding: Id


def inspected(session: FieldSession, world: SmallWorld) -> Inspected:
    """The inspection of the small world with one filled checklist, a reading of the last quarter, and a finding."""
    made = convert(resource("forms/T1.xlsx").read_bytes(), "T1.xlsx")
    form = FormVersion(
        id=derived_id("form", "T1"),
        form_id=made.form_id,
        version=made.version,
        title_zh="硬件设备巡检",
        title_en="Hardware inspection",
        xform=made.xform_xml,
        digest=sha256(made.xform_xml.encode()).hexdigest(),
    )

    def instance(name: str, hour: int, days: int, owner: Id) -> FormInstance:
        return FormInstance(
            id=derived_id("instance", name),
            site_id=world.site,
            owner_id=owner,
            asset_id=world.storage,
            form_id=made.form_id,
            form_version=made.version,
            position=1,
            started_at=local(hour, 0, days=days),
            finished_at=local(hour, 50, days=days),
        )

    now = instance("now", 9, 0, world.inspection)
    older = [instance(f"q{back}", 9, -91 * back, derived_id("earlier", str(back))) for back in (1, 2, 3)]
    finding = Finding(
        id=derived_id("finding"),
        site_id=world.site,
        asset_id=world.storage,
        inspection_id=world.inspection,
        instance_id=now.id,
        key="",
        item="T1_06",
        item_label="风扇状态及转速",
        description="2 号风扇噪声偏大",
        substitute="机房内禁止拍照:由见证人确认",
        witness="陈敏",
        rule_clause="3",
        owner="us",
        due_on=local(9, 0, days=12).date(),
        found_at=local(9, 30),
    )
    give(session, form, now, *older, finding)
    return Inspected(now.id, finding.id)


def photograph(session: FieldSession, world: SmallWorld, owner: Id, name: str = "更换后.jpg", raw: bytes | None = None) -> str:
    """Attach a photo to a record; returns its digest. `raw` None makes a real picture."""
    if raw is None:
        from PIL import Image, ImageDraw

        picture = Image.new("RGB", (640, 480), (90, 110, 130))
        ImageDraw.Draw(picture).rectangle((80, 80, 560, 400), fill=(200, 90, 60))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=82)
        raw = out.getvalue()
    ref = session.blobs.put(raw)
    with session.writing() as work:
        work.save(
            Attachment(
                id=session.ids.new(),
                site_id=world.site,
                owner_kind="swap",
                owner_id=owner,
                digest=ref.digest,
                size=ref.size,
                media_type="image/jpeg",
                name=name,
                added_at=session.clock.now(),
            )
        )
    return ref.digest
