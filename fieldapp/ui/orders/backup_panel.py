"""The panel of gates 2 to 4: the stop of the business, the kinds of evidence, what is there already and its check."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.changing.views import BackupLine, UpgradeView
from fieldapp.operations.evidence import read_result, read_result_file, save_scripts
from fieldapp.operations.upgrades import record_backup, record_server_manifest, stop_business, verify_backup
from fieldapp.ui.orders.fields import Captioned, Choice, FieldRow, MomentField
from fieldapp.ui.orders.panel import GatePanel
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Line
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import Column, FlowRow, Row
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text

if TYPE_CHECKING:
    from fieldapp.ui.page import Page

__all__ = ["BackupPanel", "ComputeWish"]

_KIND_WORDS = {
    "computed_here": say("Computed here"),
    "customer_server": say("Script on the customer's server"),
    "backup_system": say("Record of the backup system"),
    "customers_own": say("Customer's own backup"),
}


@dataclass(frozen=True, slots=True)
class ComputeWish:
    """A computation that was asked for: new evidence of a folder, or a reading to compare with `backup_id`.

    `restored`: the folder is what a test restore brought back; a difference is told, not recorded.
    """

    subject: str
    folder: Path
    source: Path | None = None
    taken_at: datetime | None = None
    backup_id: str = ""
    restored: bool = False


class BackupPanel(GatePanel):
    """Evidence of one subject (application, files, data). `compute_wanted(wish)` is carried out by the page, with progress."""

    compute_wanted = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.subject = "application"
        clock = page.ctx.clock
        self.stopped, self.stop = MomentField(clock).name("stopped_at"), SecondaryButton()
        self.stop_box = Captioned(FieldRow(self.stopped, self.stop, least=240))
        self.lines = Column(gap=GAP.small)
        self.kind = Choice("backup_kind")
        self.folder, self.source, self.choose_folder, self.choose_source = QLineEdit(), QLineEdit(), SecondaryButton(), SecondaryButton()
        self.taken = MomentField(clock).name("taken_at")
        self.compute = PrimaryButton()
        self.scripts, self.file, self.result = SecondaryButton(), SecondaryButton(), NoteField(lines=3, most=5)
        self.witness, self.location = QLineEdit(), QLineEdit()
        self.job, self.snapshot, self.gigabytes = QLineEdit(), QLineEdit(), QLineEdit()
        self.record = PrimaryButton()
        self.stays = Text("", "small", "due")
        self.name(
            record_stop=self.stop,
            backup_folder=self.folder,
            backup_source=self.source,
            choose_folder=self.choose_folder,
            choose_source=self.choose_source,
            compute=self.compute,
            save_scripts=self.scripts,
            result_file=self.file,
            script_result=self.result,
            witness=self.witness,
            backup_location=self.location,
            backup_job=self.job,
            backup_snapshot=self.snapshot,
            backup_size=self.gigabytes,
            record_backup=self.record,
        )
        self._build()
        self._connect()

    def _build(self) -> None:
        self.captions: dict[str, Captioned] = {
            "folder": Captioned(Row([self.folder, self.choose_folder], gap=GAP.small)),
            "source": Captioned(Row([self.source, self.choose_source], gap=GAP.small)),
            "taken": Captioned(self.taken),
            "result": Captioned(self.result),
            "witness": Captioned(self.witness),
            "location": Captioned(self.location),
            "job": Captioned(self.job),
            "snapshot": Captioned(self.snapshot),
            "size": Captioned(self.gigabytes),
        }
        named = self.captions
        self.by_kind: dict[str, list[QWidget]] = {
            "computed_here": [named["folder"], named["source"], self.compute],
            "customer_server": [self.scripts, self.file, named["result"], named["witness"], named["location"], self.record],
            "backup_system": [named["job"], named["snapshot"], named["size"], named["location"], self.record],
            "customers_own": [named["witness"], named["location"], self.record],
        }
        self.entry = Column(gap=GAP.small)
        self.entry.set_widgets(
            [
                named["folder"],
                named["source"],
                FlowRow([self.scripts, self.file]),
                named["result"],
                FieldRow(named["job"], named["snapshot"]),
                FieldRow(named["witness"], named["size"], named["taken"]),
                named["location"],
                self.stays,
                Row([None, self.compute, self.record]),
            ]
        )
        for part in (self.stop_box, self.lines, self.kind, self.entry):
            self.column.addWidget(part)

    def _connect(self) -> None:
        self.kind.chosen.connect(lambda _key: self._show_kind())
        self.stop.clicked.connect(self._stop)
        self.choose_folder.clicked.connect(lambda: self._choose(self.folder))
        self.choose_source.clicked.connect(lambda: self._choose(self.source))
        self.compute.clicked.connect(self._compute)
        self.scripts.clicked.connect(self._save_scripts)
        self.file.clicked.connect(self._read_file)
        self.record.clicked.connect(self._record)

    def retranslate(self) -> None:
        """Captions and buttons."""
        t = self.page.t
        for name, words in (
            ("folder", t("Folder of the backup")),
            ("source", t("Folder that was backed up, to compare (may stay empty)")),
            ("taken", t("Backup taken at (empty: now)")),
            ("result", t("Result of the script: paste it, scan its last line, or type the digest")),
            ("witness", t("Witness of the customer")),
            ("location", t("Where the backup and its log lie")),
            ("job", t("Job")),
            ("snapshot", t("Snapshot")),
            ("size", t("Size in GB")),
        ):
            self.captions[name].set_caption(words)
        for line, words in ((self.folder, t("Folder of the backup")), (self.source, t("Folder that was backed up"))):
            line.setAccessibleName(words)
        for choose in (self.choose_folder, self.choose_source):
            choose.setText(t("Choose…"))
        self.stopped.set_words(t("Now"))
        self.taken.set_words(t("Now"))
        self.stop.setText(t("Record the stop of the business"))
        self.stop_box.set_caption(t("Business stopped at"))
        self.stopped.line.setAccessibleName(t("Business stopped at"))
        self.compute.setText(t("Compute the digests"))
        self.scripts.setText(t("Save the script for the server…"))
        self.file.setText(t("Read the result from a file…"))
        self.record.setText(t("Record the evidence"))

    def show_subject(self, subject: str) -> None:
        """Take evidence of another subject; what was typed for the one before is forgotten."""
        if subject != self.subject:
            self.subject = subject
            self.clear()

    def clear(self) -> None:
        """Nothing typed or chosen."""
        self._forget()
        self.stopped.set_moment(None)
        self.kind.choose("")

    def _forget(self) -> None:
        """What was typed is recorded; the kind stays, as its check comes next."""
        for line in (self.folder, self.source, self.witness, self.location, self.job, self.snapshot, self.gigabytes):
            line.clear()
        self.result.set_text("")
        self.taken.set_moment(None)

    def render_view(self, view: UpgradeView) -> None:
        """Show the evidence there is, and the kinds the contract accepts."""
        super().render_view(view)
        allowed = view.can[f"backup_{self.subject}"].allowed
        self.stop_box.setVisible(self.subject == "data" and allowed)
        if not self.stopped.line.text():
            self.stopped.set_moment(view.business_stopped_at, view.zone)
        self.taken.set_moment(self.taken.moment(), view.zone)
        mine = [each for each in view.backups if each.subject == self.subject]
        self.lines.set_widgets([widget for each in mine for widget in (self._line(each, allowed), Line())])
        self.lines.setVisible(bool(mine))
        self.kind.set_options([(kind, self.page.read(_KIND_WORDS[kind])) for kind in view.accepted_kinds])
        if self.kind.key not in view.accepted_kinds:
            self.kind.choose(view.accepted_kinds[0])
        self.kind.setVisible(allowed)
        self.entry.setVisible(allowed)
        self.stays.setText(self.page.read(view.manifests_stay) if view.manifests_stay else "")
        self._show_kind()

    def _show_kind(self) -> None:
        shown = self.by_kind.get(self.kind.key, [])
        for widgets in self.by_kind.values():
            for widget in widgets:
                widget.setVisible(widget in shown)
        self.stays.setVisible(bool(self.stays.text()) and self.kind.key in ("computed_here", "customer_server"))

    def _line(self, line: BackupLine, allowed: bool) -> QWidget:
        t = self.page.t
        good = line.problem is None
        words = self.page.read(line.words)
        if line.problem is not None:
            words = f"{words} · {t('still missing: {what}', what=line.problem)}"
        tag = Tag(t("Backup checked") if good else t("Does not suffice yet"), "met" if good else "due")
        rows: list[QWidget] = [Row([Text(line.location or self.page.read(line.kind_words), "bold", selectable=True), None, tag])]
        rows.append(Text(words, "small", selectable=True))
        if allowed and line.kind != "customers_own":
            rows.append(FlowRow(self._checks(line)))
        return Column(rows, gap=GAP.tight)

    def _checks(self, line: BackupLine) -> list[QWidget]:
        t = self.page.t
        ways: list[tuple[str, str]] = {
            "computed_here": [("again", t("Read again and compare")), ("restore", t("Compare a test restore…"))],
            "customer_server": [("result", t("Compare with the result entered below"))],
        }.get(line.kind, [("same", t("Log read: complete")), ("differs", t("Log read: faulty"))])
        keys: list[QWidget] = []
        for way, words in ways:
            key = SecondaryButton(words, compact=True)
            key.setObjectName(f"check_{way}_{line.backup_id}")
            key.clicked.connect(functools.partial(self._check, line, way))
            keys.append(key)
        return keys

    def _check(self, line: BackupLine, way: str, _checked: bool = False) -> None:
        session, backup_id = self.page.ctx.session, line.backup_id
        if way in ("again", "restore"):
            here = way == "again" and Path(line.location).is_dir()
            chosen = line.location if here else QFileDialog.getExistingDirectory(self, self.page.t("Choose a folder"))
            if chosen:
                self.compute_wanted.emit(ComputeWish(self.subject, Path(chosen), backup_id=backup_id, restored=way == "restore"))
        elif way == "result":
            text = self.result.text()
            self.write(lambda: verify_backup(session, backup_id, read_result(text)), self.lines, done=lambda: self.result.set_text(""))
        else:
            self.write(lambda: verify_backup(session, backup_id, same=way == "same"), self.lines)

    def _stop(self) -> None:
        if self.view is not None:
            session, order_id, at = self.page.ctx.session, self.view.order_id, self.stopped.moment()
            self.write(lambda: stop_business(session, order_id, at), self.stop)

    def _choose(self, line: QLineEdit) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.page.t("Choose a folder"), line.text())
        if chosen:
            line.setText(chosen)

    def _compute(self) -> None:
        folder, source = self.folder.text().strip(), self.source.text().strip()
        if not folder:
            self.page.ctx.notify(say("Choose the folder of the backup first."), "due")
            self.folder.setFocus()
            return
        self.compute_wanted.emit(ComputeWish(self.subject, Path(folder), Path(source) if source else None, self.taken.moment()))

    def _save_scripts(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.page.t("Save the script for the server…"))
        if chosen:
            told = say("The scripts lie in {folder}: run one on the customer's server and bring back its result.", folder=chosen)
            self.page.run(lambda: save_scripts(Path(chosen)), lambda _: self.page.ctx.notify(told, "met"), lane="aside")

    def _read_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, self.page.t("Read the result from a file…"))
        if chosen:
            self.page.run(
                lambda: (read_result_file(Path(chosen)).manifest, Path(chosen).read_text("utf-8", "surrogateescape")),
                lambda read: self.result.set_text(read[1]),
                lane="aside",
            )

    def _record(self) -> None:
        if self.view is None:
            return
        session, order_id, subject, kind = self.page.ctx.session, self.view.order_id, self.subject, self.kind.key
        witness, location, taken = self.witness.text(), self.location.text(), self.taken.moment()
        if kind == "customer_server":
            text = self.result.text()
            self.write(
                lambda: record_server_manifest(session, order_id, subject, text, witness=witness, location=location, taken_at=taken),
                self.record,
                done=self._forget,
            )
            return
        job, snapshot, size = self.job.text(), self.snapshot.text(), _gigabytes(self.gigabytes.text())
        self.write(
            lambda: record_backup(
                session, order_id, subject, kind, job=job, snapshot=snapshot, taken_at=taken, size=size, log=location, witness=witness
            ),
            self.record,
            done=self._forget,
        )


def _gigabytes(text: str) -> int | None:
    try:
        return int(float(text.replace(",", ".")) * 10**9) if text.strip() else None
    except (ValueError, OverflowError):
        return None
