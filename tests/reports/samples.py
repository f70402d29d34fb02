"""Sample data of the tests of documents: one service report with every annex, an inspection, an approval."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

from fieldapp.reports import content as c
from fieldapp.reports.blocks import Photo, SignerSlot, Words

SIGNERS = (
    SignerSlot("engineer", Words("工程师", "Engineer"), "李工"),
    SignerSlot("customer", Words("客户技术人员", "Customer's technician"), "王敏", Words("信息中心", "IT centre")),
)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def front(**changes: object) -> c.Front:
    plain = c.Front(
        number="SR-2026-HD-000173",
        when=at(8, 52),
        customer="某某城轨",
        site="调度中心 · 3 号机房",
        contract="HT-2026-0113",
        engineer="李工",
        signers=SIGNERS,
        case_number="CS-2026-00417",
        customer_ticket="OA-20261123-07",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@cache
def photo(shade: int = 90, caption: str = "更换前的电源模块", wide: int = 480, high: int = 360) -> Photo:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (wide, high), (shade, 110, 130))
    ImageDraw.Draw(picture).rectangle((60, 60, wide - 60, high - 60), fill=(200, shade, 60))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    raw = out.getvalue()
    return Photo(hashlib.sha256(raw).hexdigest(), Words(caption, "PSU before the swap"), raw)


PART = c.PartMove(
    "控制器电源模块 PSU-800",
    "SN90017-4471-AA",
    "SN10233-8812-BC",
    Words("客户介质保留", "retained by the customer"),
    date(2026, 12, 7),
    "RMA-55120",
)

BACKUPS = (
    c.Backup(Words("原应用", "Original application"), Words("本机计算", "computed here"), "ab" * 32, 4_100_000_000, at(5)),
    c.Backup(Words("相关文件", "Related files"), Words("客户服务器计算", "computed on the customer's server"), "cd" * 32),
    c.Backup(Words("数据", "Data"), Words("客户自行备份", "customer's own backup")),
)

UPGRADE = c.UpgradeSummary("存储微码", "8.2.1", "8.2.4", Words("成功", "successful"), "met", BACKUPS)


def results(count: int = 18) -> tuple[c.InspectionResult, ...]:
    found = [
        c.InspectionResult("T1-01", Words("设备外观无损坏、变形、锈蚀", "No damage, deformation or corrosion on the housing"), "normal"),
        c.InspectionResult(
            "T1-06",
            Words("风扇状态及转速", "Fans"),
            "abnormal",
            Words("5200 rpm"),
            "≤ 4800",
            "2 号风扇噪声偏大,建议三个月内更换",
            Words("正常", "normal"),
        ),
        c.InspectionResult("T1-13", Words("接地与防雷", "Earthing and surge protection"), "not_checked", note="需停电"),
        c.InspectionResult("T1-14", Words("UPS状态及剩余时间", "UPS state and autonomy"), "not_applicable"),
    ]
    for index in range(count - len(found)):
        label = Words(f"线缆连接与标识 {index + 1}", f"Cabling and labels {index + 1}")
        found.append(c.InspectionResult(f"T1-{index + 30}", label, "normal", previous=Words("正常", "normal")))
    return tuple(found)


def inspection(count: int = 18, photos: tuple[Photo, ...] = ()) -> c.InspectionAnnex:
    previous = tuple(c.PreviousValue(date(2025 + (m // 12), m % 12 + 1, 20), f"{21 + m % 4}.{m % 10}") for m in range(11, 22, 3))
    return c.InspectionAnnex(
        "T1 v3",
        Words("硬件设备巡检", "Hardware inspection"),
        "存储 ST-2 (SN 7781)",
        at(6),
        (c.ResultSection(Words("机柜与供电", "Rack and power"), results(count)),),
        (
            c.Measured("T1-08", Words("机房温度", "Room temperature"), "°C", "22.5", "18", "27", previous),
            c.Measured("T1-05", Words("输入电压", "Input voltage"), "V", "241", "198", "242", (), "FLK-0091 (2026-03-02)"),
            c.Measured("T1-20", Words("CPU峰值利用率", "CPU peak"), "%", "93", "", "90", previous[:2], abnormal=True),
        ),
        (
            c.FindingRow("F-0021", "2 号风扇噪声偏大", Words("一般", "minor"), "订购风扇", Words("我方", "us"), date(2026, 12, 5)),
            c.FindingRow("F-0022", "标签脱落", Words("轻微", "low"), "现场补贴", Words("我方", "us"), done=True),
        ),
        photos,
    )


def service(**changes: object) -> c.ServiceReportData:
    plain = c.ServiceReportData(
        front=front(),
        entitlement=Words("维保合同", "under contract"),
        ending=Words("完成", "completed"),
        asset="存储 ST-2 (SN 7781)",
        severity="P2",
        symptom="存储控制器 B 降级,备用路径已接管;控制台报 PSU fault (code 0x3A17)。",
        cause="电源模块 PSU-800 输出电压不稳,散热风扇轴承磨损。",
        work_done="更换控制器电源模块 PSU-800,升级微码 8.2.1 → 8.2.4,复测正常;与客户共同观察 30 分钟无告警。",
        times=c.Times(at(3, 10), at(3, 20), at(3, 31), at(4, 5), at(5, 34), at(7, 40), at(8, 52), 198),
        people=(
            c.Person("李工", Words("工程师,负责人", "engineer, leader"), 198, 90),
            c.Person("赵凯", Words("原厂工程师", "vendor's engineer"), 120, None),
        ),
        verification="双路径 I/O 正常,批处理作业 3 个全部完成。",
        parts=(PART,),
        left_over=(
            c.LeftOver("2 号风扇噪声偏大", Words("我方", "us"), date(2026, 12, 5), True),
            c.LeftOver("监控平台未接入新控制器", Words("客户", "customer")),
        ),
        clocks=(
            c.ClockVerdict(Words("到场", "Arrival"), Words("已达标", "met"), "met"),
            c.ClockVerdict(Words("恢复", "Restoration"), Words("已达标", "met"), "met"),
            c.ClockVerdict(Words("联系客户", "Contact"), Words("超时 12 分", "breached by 12 min"), "breached"),
        ),
        upgrades=(UPGRADE,),
        site_rules=(c.SiteRule(Words("相机", "Camera"), Words("经批准", "by approval"), "PM-7781"),),
        annexes=(
            inspection(18, (photo(), photo(40, "更换后的电源模块"))),
            c.SwapAnnex(PART, steps()),
            c.UpgradeAnnex(UPGRADE, steps(), evidence()),
        ),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def steps() -> tuple[c.StepRow, ...]:
    return (
        c.StepRow("1", Words("更换前备份/配置保存", "Configuration saved before swap"), Words("是", "yes"), "met", at(5, 50), "李工"),
        c.StepRow("2", Words("防静电措施", "ESD protection"), Words("是", "yes"), "met", at(5, 55), "李工"),
        c.StepRow("3", Words("更换后自检结果", "Self test after swap"), Words("正常", "normal"), "met", at(7, 30), "李工", "耗时 4 分"),
    )


def evidence() -> tuple[c.EvidenceItem, ...]:
    return (
        c.EvidenceItem(Words("备份清单", "Backup manifest"), Words("文件", "file"), "12" * 32, at(5, 20), "manifest.txt"),
        c.EvidenceItem(Words("升级后版本号", "Version after upgrade"), Words("截图", "screenshot"), "34" * 32, at(7, 35)),
    )


def inspection_report(**changes: object) -> c.InspectionReportData:
    plain = c.InspectionReportData(
        front=front(number="IR-2026-HD-000055"),
        period=Words("2026 年第四季度", "Quarter 4, 2026"),
        mode=Words("现场", "on site"),
        scope=(("存储 ST-2", "7781", "3 号机房 A05", "T1 v3"), ("交换机 SW-1", "CN-0091-22", "3 号机房 A06", "T1 v3")),
        annexes=(inspection(40), inspection(30)),
        configurations=evidence(),
        spares=(("PSU-800", "2", "1", "北京备件库"),),
        advice=("建议三个月内更换 2 号风扇。", "建议将新控制器接入监控平台。"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def approval(kind: str = "change_approval", **changes: object) -> c.ApprovalData:
    plain = c.ApprovalData(
        front=front(number="CA-2026-HD-000031"),
        kind=kind,  # type: ignore[arg-type]
        subject="存储微码升级",
        asset="存储 ST-2 (SN 7781)",
        from_version="8.2.1",
        to_version="8.2.4",
        window_start=at(14),
        window_end=at(18),
        impact="切换控制器时 I/O 停顿约 30 秒。",
        plan=steps(),
        backups=BACKUPS,
        customer_backup=True,
        rollback_plan="若 23:30 前自检不通过,回退到 8.2.1 并恢复配置。",
        decision_point=at(15, 30),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]
