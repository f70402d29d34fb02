"""The six sketched screens, built of the components with sample texts; only tests and eyes look at them."""
# ruff: noqa: E501 - a sample text stands beside its translation on one line

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from fieldapp.base.clock import TurnableClock, moment_from_text
from fieldapp.base.i18n import say
from fieldapp.base.settings import Settings
from fieldapp.ui.background import Background
from fieldapp.ui.frame.page_host import PageFactory
from fieldapp.ui.frame.top_bar import Safety
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import DangerButton, PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Banner, Card, EmptyState, KeyValueList
from fieldapp.ui.widgets.conflict import ConflictCard, ConflictSide, ConflictWords
from fieldapp.ui.widgets.fields import NoteField, NumberField
from fieldapp.ui.widgets.history import Timeline, TimelineEntry, TrendLine
from fieldapp.ui.widgets.keys import PinPad, ResultKeys
from fieldapp.ui.widgets.layouts import FlowRow, PageHeader, TwoColumns
from fieldapp.ui.widgets.pdf_view import PdfView
from fieldapp.ui.widgets.progress import ProgressRow, SectionList, SectionWords
from fieldapp.ui.widgets.signature import SignaturePad
from fieldapp.ui.widgets.steps import GateList, GateWords
from fieldapp.ui.widgets.table import DataTable, TableColumn, TableRow
from fieldapp.ui.widgets.tags import ChipButton, Tag
from fieldapp.ui.widgets.texts import Text
from fieldapp.ui.widgets.visit import ClockRow, VisitCard, VisitWords


class _Sample(Page):
    """A page whose words are in no catalogue."""

    def zh(self, chinese: str, english: str) -> str:
        """Sample words in the language of the screen."""
        return chinese if self.ctx.language == "zh" else english


class _Two(_Sample):
    """A page with a column of its own and one at the side."""

    side_width = 300

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        columns = TwoColumns(self.side_width)
        self.main, self.side = columns.main, columns.side
        self.body.addWidget(columns)


class TodaySample(_Two):
    """today.png."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        zh = self.zh
        check = PrimaryButton(zh("出发前检查", "Ready to leave?"))
        header = PageHeader([check])
        header.set_words(
            zh("11 月 23 日 星期一 · 白班转夜班", "Monday 23 November · day into night shift"),
            zh("3 次上门 · 离线 · 上次同步 07:52", "3 visits · offline · last sync 07:52"),
        )
        self.main.addWidget(header)
        for words in self.visits():
            self.main.addWidget(VisitCard(words))
        self.main.addStretch(1)
        clocks = Card(zh("服务时限", "Service clocks"), gap=GAP.tight)
        clocks.add(Text(zh("离线推算,误差 ±2 秒", "Computed offline, ±2 s"), "small"))
        clocks.add(
            ClockRow(
                "CS-2026-00417",
                zh("P2 联系客户 · 30 分钟,自分派起", "P2 contact · 30 min from dispatch"),
                zh("超时 12 分", "breached by 12 min"),
                "breached",
            ),
            ClockRow(
                "CS-2026-00412",
                zh("P3 故障定位 · 24 小时,自建单起", "P3 fault located · 24 h from opening"),
                zh("剩 3 时 05 分", "3 h 05 min left"),
                "due",
            ),
            ClockRow(
                "CS-2026-00398",
                zh("坏件返还 · 10 个工作日,自收好件起", "Return of the faulty part · 10 working days"),
                zh("剩 4 天", "4 days left"),
                "neutral",
            ),
            ClockRow(
                "CS-2026-00391",
                zh("到场 2 小时 · 电脑时钟曾被调整", "On site 2 h · the computer's clock was turned"),
                zh("无法判定", "cannot be known"),
                "unknown",
            ),
        )
        here = Card(zh("只在本机", "Only on this laptop"))
        here.add(Text(zh("9 处修改 · 2 份报告 · 1 个签名 · 31 张照片", "9 edits · 2 reports · 1 signature · 31 photos"), "small"))
        here.add(SecondaryButton(zh("导出到 U 盘", "Write to a USB stick")))
        who = Card(zh("现在找谁", "Who to ring now"))
        who.add(
            KeyValueList(
                [
                    (zh("值班经理", "Duty manager"), "021-5550 0001"),
                    (zh("二线 · 存储", "Second line · storage"), "021-5550 0017"),
                    (zh("备件库", "Depot"), zh("14:00 前当日发", "before 14:00, same day")),
                ]
            )
        )
        for card in (clocks, here, who):
            self.side.addWidget(card)
        self.side.addStretch(1)

    def visits(self) -> list[VisitWords]:
        """Three visits."""
        zh = self.zh
        return [
            VisitWords(
                "09:30", zh("华东数据中心 · 三号机房", "East China Data Centre · room 3"),
                zh("第四季度巡检 · 硬件、系统、数据库、应用 · 4 张表 168 项", "Inspection Q4 · hardware, system, database, application · 4 lists, 168 items"),
                zh("浦东新区 某某路 88 号 · 机房值班 021-5550 1200", "88 Some Road, Pudong · room duty 021-5550 1200"),
                ((zh("保内", "in warranty"), "met"), (zh("禁止拍照", "no photos"), "due"), (zh("需陪同", "escort"), "neutral")),
                zh("约定 09:30", "at 09:30"), action=zh("继续", "Go on"), progress=64 / 168,
                progress_left=zh("已答 64 / 168", "64 of 168 answered"), progress_right=zh("异常 2 · 上次遗留 1", "2 abnormal · 1 left over"),
            ),
            VisitWords(
                "13:30", zh("某某城轨 · 调度中心", "Some Metro · control centre"),
                zh("工单 CS-2026-00417 · P2 存储控制器降级 · 更换备件", "Case CS-2026-00417 · P2 storage controller degraded · swap"),
                zh("闵行区 某某路 6 号 · 信息中心 021-5550 1888", "6 Some Road, Minhang · 021-5550 1888"),
                ((zh("维保合同", "contract"), "neutral"), (zh("介质保留", "media stay"), "due"), (zh("工作票已批", "work permit"), "met")),
                zh("联系客户 超时 12 分", "contact breached by 12 min"), "breached", True, zh("已联系客户", "Customer contacted"),
            ),
            VisitWords(
                "22:00", zh("某某城轨 · 调度中心", "Some Metro · control centre"),
                zh("变更 CHG-2026-0093 · 升级 5.1.8 → 5.2.1 · 窗口 22:00 – 次日 02:00", "Change CHG-2026-0093 · upgrade 5.1.8 → 5.2.1 · 22:00 – 02:00"),
                zh("二线待命 · 变更已批准", "second line stands by · approved"),
                ((zh("维保合同", "contract"), "neutral"), (zh("需 3 份备份证据", "3 pieces of backup evidence"), "due")),
                zh("约定 22:00", "at 22:00"), action=zh("打开", "Open"),
            ),
        ]  # fmt: skip


class ChecklistSample(_Sample):
    """checklist.png."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        zh = self.zh
        columns = TwoColumns(232, first=True)
        left = Card(gap=GAP.tight)
        left.setContentsMargins(-4, -4, -4, -4)
        left.add(Banner(zh("上次遗留 1 项", "1 left over"), zh("2 号电源模块待换 · 已处理?", "PSU 2 to be changed · done?"), "due"))
        sections = SectionList()
        names = (
            ("供电与接地", "Power and earth", 6, 6),
            ("机房环境", "Room", 5, 7),
            ("磁盘与 RAID", "Disks and RAID", 4, 9),
            ("网络端口", "Ports", 0, 8),
            ("性能采集", "Performance", 0, 6),
            ("保修与备件", "Warranty and spares", 0, 5),
        )
        sections.set_sections(
            [SectionWords(zh(a, b), d, t, zh("异常 1", "1 abnormal") if i == 1 else "") for i, (a, b, d, t) in enumerate(names)], 1
        )
        left.add(sections)
        left.body.addStretch(1)
        left.add(Text(zh("已保存 10:42:17", "saved 10:42:17"), "small"))
        columns.side.addWidget(left, 1)
        right = columns.main
        header = PageHeader([Tag(zh("第 12 / 41 项", "item 12 of 41"))])
        header.set_words(
            zh("机房环境", "Room"),
            zh("2026 年第四季度 · 硬件巡检 T1 · 存储阵列 ST-7300 · SN 78E00412", "2026 Q4 · hardware T1 · array ST-7300 · SN 78E00412"),
        )
        right.addWidget(header)
        right.addWidget(self.number_card())
        right.addWidget(self.abnormal_card())
        right.addWidget(self.plain_card())
        right.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(GAP.medium)
        foot.addWidget(SecondaryButton(zh("上一项", "Previous")))
        foot.addWidget(Text(zh("F8 下一个未答项", "F8 next open question"), "small", wrap=False))
        foot.addStretch(1)
        foot.addWidget(PrimaryButton(zh("下一节:磁盘与 RAID", "Next: disks and RAID")))
        right.addLayout(foot)
        self.body.addWidget(columns, 1)

    def number_card(self) -> Card:
        """A number with its last readings."""
        zh = self.zh
        card = Card(zh("T1-08 机房温度", "T1-08 Room temperature"), "Room temperature", gap=GAP.medium)
        card.add_to_title(Tag(zh("趋势提醒 · 连续 4 次上升", "trend · 4 rises in a row"), "due"))
        row = QHBoxLayout()
        row.setSpacing(GAP.page)
        number = NumberField("℃")
        number.set_value(26.4)
        number.setFixedWidth(self.ctx.theme.px(170))
        row.addWidget(number)
        words = QGridLayout()
        words.setHorizontalSpacing(GAP.large)
        words.setVerticalSpacing(0)
        words.addWidget(Text(zh("允许 18 – 27 · 基线 22 · 在范围内", "allowed 18 – 27 · baseline 22 · in range"), "small"), 0, 0, 1, 5)
        for at, (when, value) in enumerate((("25 Q4", "21.2"), ("26 Q1", "21.8"), ("Q2", "22.6"), ("Q3", "24.3"))):
            words.addWidget(Text(when, "small", wrap=False), 1, at)
            words.addWidget(Text(value, "bold", wrap=False), 2, at)
        words.setColumnStretch(4, 1)
        row.addLayout(words, 1)
        trend = TrendLine()
        trend.set_readings((21.2, 21.8, 22.6, 24.3), 26.4, 18, 27, "due")
        row.addWidget(trend)
        card.body.addLayout(row)
        return card

    def abnormal_card(self) -> Card:
        """An abnormal result."""
        zh = self.zh
        card = Card(zh("T1-11 防尘与通风", "T1-11 Dust and ventilation"), "Dust and ventilation", "breached", gap=GAP.medium)
        card.add_to_title(Text(zh("上次:正常", "last time: normal"), "small", wrap=False))
        keys = ResultKeys()
        keys.set_value("abnormal")
        card.add(keys)
        row = QHBoxLayout()
        row.setSpacing(GAP.medium)
        note = NoteField()
        note.set_text(zh("前面板滤网积灰严重,已清理,建议缩短更换周期", "Front filter thick with dust, cleaned; change it more often"))
        photo = SecondaryButton(zh("拍照", "Photo"))
        photo.setEnabled(False)
        row.addWidget(note, 1)
        row.addWidget(photo, 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(row)
        card.add(
            Text(
                zh("本站禁止拍照(现场规定 3):请写明现象与见证人", "No photos here (site rule 3): write what you see and who saw it"),
                "small",
            )
        )
        last = QHBoxLayout()
        fixed = ChipButton(zh("已现场处理", "fixed"), "met", checkable=True)
        fixed.setChecked(True)
        chips = FlowRow([fixed, ChipButton(zh("遗留", "left over"), checkable=True), ChipButton(zh("责任方:客户", "owner: customer"))])
        last.addWidget(chips, 1)
        last.addWidget(SecondaryButton(zh("转工单", "Make a case"), compact=True))
        card.body.addLayout(last)
        return card

    def plain_card(self) -> Card:
        """A question not answered yet."""
        card = Card(self.zh("T1-12 线缆连接与标识", "T1-12 Cabling and labels"), "Cabling and labels", gap=GAP.medium)
        card.add(ResultKeys())
        return card


class UpgradeSample(_Two):
    """upgrade.png."""

    side_width = 272

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        zh = self.zh
        header = PageHeader([DangerButton(zh("回退方案", "The way back"))])
        header.set_words(
            zh("升级 5.1.8 → 5.2.1", "Upgrade 5.1.8 → 5.2.1"),
            zh(
                "某某城轨 · 应用 AFC-Core · 变更 CHG-2026-0093 已批准 · 窗口 22:00 – 次日 02:00",
                "Some Metro · AFC-Core · CHG-2026-0093 approved · 22:00 – 02:00",
            ),
        )
        self.main.addWidget(header)
        card = Card()
        locked = zh("未解锁", "locked")
        card.add(
            GateList(
                [
                    GateWords("1", zh("变更说明与技术文档", "What changes, documents"), zh("3 份文件,21:40 交付客户", "3 files, handed over 21:40"), zh("完成", "done"), done=True),
                    GateWords("2", zh("备份原应用", "Backup of the application"), zh("本机计算 · 2.1 GB · 18 204 个文件 · 校验值 9f3c…a41e · 22:04 复核一致", "computed here · 2.1 GB · 18,204 files · 9f3c…a41e · checked 22:04"), zh("已校验", "verified"), done=True),
                    GateWords("3", zh("备份相关文件", "Backup of related files"), zh("客户服务器上脚本计算 · 清单由二维码带回 · 见证:客户技术负责人", "script on the customer's server · list by QR code · seen by the customer"), zh("已校验", "verified"), done=True),
                    GateWords("4", zh("备份数据", "Backup of the data"), zh("备份系统作业 · 业务停止后 22:12 · 182 GB · 正在复核校验值", "backup system · after the stop, 22:12 · 182 GB · checking"), "61 %", "due", progress=0.61, progress_words=zh("412 MB/s · 剩 2 分 50 秒", "412 MB/s · 2 min 50 s left"), can_cancel=True),
                    GateWords("5", zh("变更前批准", "Approval before"), zh("客户签字 · 数据备份复核后解锁", "the customer signs · opens after the data backup"), locked),
                    GateWords("6", zh("执行升级步骤", "The steps"), zh("8 步,逐步记录结果与时间", "8 steps, result and time of each"), zh("未解锁 · 需要第 4、5 步", "locked · needs 4 and 5"), no_return=True),
                    GateWords("7", zh("验证关键进程与业务", "Verify processes and business"), zh("5 项,全部正常才可验收", "5 items, all normal"), locked),
                    GateWords("8", zh("说明结果 · 变更后验收", "Result · acceptance after"), zh("客户技术人员签字", "the customer signs"), locked),
                ]
            )
        )  # fmt: skip
        self.main.addWidget(card)
        self.main.addStretch(1)
        evidence = Card(zh("备份证据", "Backup evidence"))
        evidence.add(
            KeyValueList(
                [
                    (zh("本机计算", "computed here"), "1"),
                    (zh("客户服务器脚本", "customer's script"), "1"),
                    (zh("备份系统记录", "backup system"), "1"),
                ],
                value_role="bold",
            )
        )
        evidence.add(Text(zh("数据备份须在窗口内、业务停止之后", "Data: inside the window, after the stop"), "small"))
        back = Card(zh("回退条件", "When to go back"))
        back.add(
            Text(
                zh(
                    "次日 00:30 前未通过第 7 步,或关键进程 2 次启动失败:恢复备份,预计 25 分钟。",
                    "Step 7 not passed by 00:30, or a key process fails to start twice: restore, 25 minutes.",
                ),
                "muted",
            )
        )
        people = Card(zh("在场人员", "People present"), gap=0)
        people.add(
            Text(zh("工程师 · 主责", "Engineer · in charge")),
            Text(zh("客户技术负责人", "Customer's technician")),
            Text(zh("二线工程师 · 电话待命", "Second line · by phone"), "muted"),
        )
        deviations = Card(zh("偏差", "Deviations"))
        deviations.add(Text(zh("0 处偏差", "0 deviations"), "muted"))
        for side in (evidence, back, people, deviations):
            self.side.addWidget(side)
        self.side.addStretch(1)


class SyncSample(_Sample):
    """sync.png."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        zh = self.zh
        header = PageHeader([SecondaryButton(zh("暂停", "Pause")), SecondaryButton(zh("导出到 U 盘", "Write to a USB stick"))])
        header.set_words(zh("同步", "Sync"), zh("正在与服务端同步 · 已收到 9 / 12 项回执", "Syncing · 9 of 12 receipts"))
        self.body.addWidget(header)
        phases = Card(gap=0)
        for name, state, fraction, words in (
            (zh("修改", "Edits"), "done", 1.0, zh("9 / 9 项已有回执", "9 of 9 receipts")),
            (zh("报告与签名", "Reports and signatures"), "done", 1.0, zh("2 份,已加盖时间戳", "2, time-stamped")),
            (zh("接收新内容", "What is new"), "done", 1.0, zh("128 项", "128")),
            (zh("照片", "Photos"), "now", 18 / 31, zh("18 / 31 张 · 1.2 MB/s · 剩 11 秒", "18 of 31 · 1.2 MB/s · 11 s left")),
            (zh("两端核对", "Both ends compared"), "waiting", 0.0, zh("等待", "waiting")),
        ):
            row = ProgressRow(name)
            row.show_phase(state, fraction, words)  # type: ignore[arg-type]
            phases.add(row)
        self.body.addWidget(phases)
        self.conflict = ConflictCard(
            ConflictWords(
                zh("需要你决定 1 处", "1 to decide"), zh("CS-2026-00412 · 联系电话", "CS-2026-00412 · phone"),
                ConflictSide("021-5550 1200", zh("07:52 同步时", "07:52, last sync")),
                ConflictSide("138 0000 4471", zh("10:58 现场修改", "10:58, on site")),
                ConflictSide("021-5550 1888", zh("调度 · 11:20 电话更新", "dispatch · 11:20")),
            )
        )  # fmt: skip
        self.body.addWidget(self.conflict)
        recent = Card(zh("最近", "Recent"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(48)
        for at, (when, what, how) in enumerate(
            (
                (
                    zh("昨天 18:12", "Yesterday 18:12"),
                    zh("发出 41 项,收到 128 项,两端一致", "41 sent, 128 received, both ends agree"),
                    zh("HTTPS · 22 秒 · 3.1 MB", "HTTPS · 22 s · 3.1 MB"),
                ),
                ("11-20 17:40", zh("U 盘带回 1 个回执包,26 项确认", "1 courier file back, 26 confirmed"), zh("离线包", "courier")),
                ("11-20 08:01", zh("收到 302 项", "302 received"), zh("HTTPS · 4 秒", "HTTPS · 4 s")),
            )
        ):
            grid.addWidget(Text(when, "muted", wrap=False), at, 0)
            grid.addWidget(Text(what), at, 1)
            grid.addWidget(Text(how, "small", wrap=False), at, 2)
        grid.setColumnStretch(1, 1)
        recent.body.addLayout(grid)
        self.body.addWidget(recent)
        self.body.addStretch(1)


def sample_pdf(pages: int = 5) -> bytes:
    """A PDF with a line on each page."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, 740, f"SR-2026-HD-000173  {number} / {pages}")
        for line in range(12):
            canvas.line(72, 700 - 36 * line, 520, 700 - 36 * line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def draw_stroke(pad: QWidget, points: list[tuple[float, float]]) -> None:
    """Draw on a pad as a mouse would."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * (len(points) - 1), QEvent.Type.MouseButtonRelease]
    for kind, (x, y) in zip(kinds, [*points, points[-1]], strict=True):
        place = QPointF(x, y)
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else left
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else left
        QApplication.sendEvent(pad, QMouseEvent(kind, place, QPointF(pad.mapToGlobal(place)), button, held, none))


class SignoffSample(_Sample):
    """signoff.png: stands alone."""

    scrolls = False

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        zh = self.zh
        header = PageHeader([SecondaryButton(zh("English", "中文")), SecondaryButton(zh("退出(需 PIN)", "Leave (PIN)"))])
        header.set_words(
            zh("请客户核对并签字", "Please read and sign"),
            zh("现场服务单 1 页 + 附件 4 页 · 签字后不可修改", "1 page and 4 pages attached · it cannot be changed once signed"),
        )
        self.body.addWidget(header)
        row = QHBoxLayout()
        row.setSpacing(GAP.page)
        self.pdf = PdfView()
        self.pdf.show_pdf(sample_pdf())
        row.addWidget(self.pdf, 7)
        right = QVBoxLayout()
        right.setSpacing(GAP.medium)
        names = QHBoxLayout()
        names.setSpacing(GAP.medium)
        for hint in (zh("姓名", "Name"), zh("部门 · 职务", "Department"), zh("电话", "Phone")):
            line = QLineEdit()
            line.setPlaceholderText(hint)
            names.addWidget(line)
        right.addLayout(names)
        right.addWidget(NoteField(zh("客户意见(写入正文,一并签署)", "Remarks (become part of the text)"), lines=2))
        self.pad = SignaturePad(ctx.clock)
        right.addWidget(self.pad)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP.medium)
        for words in (zh("清除", "Clear"), zh("撤销一笔", "Undo a stroke")):
            buttons.addWidget(SecondaryButton(words))
        buttons.addStretch(1)
        buttons.addWidget(Text(zh("第 1 位签字人,共 2 位", "signer 1 of 2"), "small", wrap=False))
        right.addLayout(buttons)
        outcomes = (
            ("部分验收…", "Part accepted…"),
            ("拒签…", "Refused…"),
            ("签字人不在…", "Nobody to sign…"),
            ("纸质盖章…", "Stamped on paper…"),
        )
        right.addWidget(FlowRow([ChipButton(zh(a, b), "neutral") for a, b in outcomes]))
        right.addStretch(1)
        right.addWidget(PrimaryButton(zh("确认签字", "Sign"), tall=True))
        row.addLayout(right, 4)
        self.body.addLayout(row, 1)


class PartsSample(_Two):
    """Components that no sketch shows: table, time line, PIN, empty state."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        table = DataTable(
            [TableColumn("No.", 140, bold=True), TableColumn("Title", 0), TableColumn("Level", 80), TableColumn("Due", 120, "right")]
        )
        table.set_rows(
            [
                TableRow(
                    str(i),
                    (
                        f"CS-2026-{i:05d}",
                        "存储控制器降级 storage controller degraded " * 2,
                        "P2",
                        "超时 12 分" if i % 3 == 0 else "剩 4 天",
                    ),
                    (None, None, None, "breached" if i % 3 == 0 else None),
                )
                for i in range(40)
            ]
        )
        table.selectRow(1)
        self.main.addWidget(table, 1)
        empty = EmptyState("spares")
        empty.set_words("No spares in the van", "Take parts over from the depot before you drive off.", "Open the depot")
        card = Card()
        card.add(empty)
        self.main.addWidget(card)
        time_line = Card("Time line")
        time_line.add(
            Timeline(
                [
                    TimelineEntry("13:34", "Entered the site", "by QR code", "accent", "place"),
                    TimelineEntry("13:50", "Fault located: PSU 800", "", "met", "check"),
                    TimelineEntry(
                        "14:20",
                        "A very long event that goes over more than one line in the narrow column",
                        "someone",
                        "breached",
                        "warning",
                    ),
                ]
            )
        )
        self.side.addWidget(time_line)
        pin = Card("PIN")
        pin.add(PinPad())
        self.side.addWidget(pin)
        self.side.addStretch(1)


PAGES: Mapping[str, PageFactory] = {
    "today": TodaySample, "inspections": ChecklistSample, "changes": UpgradeSample, "sync": SyncSample,
    "signoff": SignoffSample, "equipment": PartsSample, "cases": PartsSample, "spares": PartsSample,
    "reports": PartsSample, "duty": PartsSample, "settings": PartsSample,
}  # fmt: skip
SHOWN = ("today", "inspections", "changes", "sync", "equipment")


def gallery_window(settings: Settings) -> MainWindow:
    """The window with the sample pages, counters, light and name."""
    clock = TurnableClock(moment_from_text("2026-11-23T02:42:17Z"))
    window = MainWindow(UiContext(Background(), clock, settings), PAGES)
    window.set_counts({"today": 3, "cases": 12, "inspections": 2, "spares": 1, "changes": 1})
    window.set_engineer("工程师姓名")
    text = say("12 items · 34 MB only here") if settings.language == "en" else say("12 项 · 34 MB 仅在本机")
    window.set_safety(Safety("local", text))
    return window


def save_gallery(folder: Path, settings: Settings, width: int = 1280, height: int = 800) -> list[Path]:
    """Draw every sample screen with these choices and save the pictures."""
    window = gallery_window(settings)
    window.resize(width, height)
    window.show()
    made = []
    label = f"{settings.language}-{settings.theme}-{settings.text_percent}"
    for name in (*SHOWN, "signoff"):
        if name == "signoff":
            window.ctx.show_bare(name)
        else:
            window.ctx.navigate(name)
        for _ in range(4):
            QApplication.processEvents()
        page = window.page
        if isinstance(page, SignoffSample):
            draw_stroke(page.pad, [(80.0 + 10 * i, 100 + 40 * ((-1) ** (i // 3)) * (i % 3) / 2) for i in range(26)])
            for _ in range(30):
                QApplication.processEvents()
        path = folder / f"{name}-{label}.png"
        window.grab().save(str(path))
        made.append(path)
    window.ctx.background.close()
    window.close()
    window.deleteLater()
    return made
