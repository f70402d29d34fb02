"""What is entered about a swap (T10): parts with their serials, times, self test, what happens to the faulty part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from fieldapp.operations.swapping.views import PartChoice, SwapEntry, SwapView
from fieldapp.ui.orders.fields import Captioned, Choice, FieldRow, MomentField, ScanField
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import Column
from fieldapp.ui.widgets.texts import Text

if TYPE_CHECKING:
    from fieldapp.ui.page import Page

__all__ = ["SwapForm"]

_MOMENTS = ("fault_confirmed_at", "received_at", "started_at", "finished_at", "restored_at")


class SwapForm(Column):
    """Four cards; `edited` whenever something was entered."""

    edited = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__(gap=GAP.medium)
        self.page = page
        self.view: SwapView | None = None
        clock = page.ctx.clock
        self.part, self.source = QComboBox(), QComboBox()
        self.part.setEditable(True)
        self.new_serial = ScanField(self.source)
        self.old_serial = ScanField(self.new_serial)
        self.in_van = Choice("van_serial")
        self.substitution = Choice("substitution")
        self.moments = {name: MomentField(clock).name(name.removesuffix("_at")) for name in _MOMENTS}
        self.saved, self.esd = QCheckBox(), QCheckBox()
        self.test = Choice("self_test", {"ok": "met", "abnormal": "breached"})
        self.ending = Choice("ending")
        self.handed, self.note = QLineEdit(), NoteField()
        for name, widget in (
            ("part", self.part),
            ("source", self.source),
            ("old_serial", self.old_serial),
            ("new_serial", self.new_serial),
            ("configuration_saved", self.saved),
            ("esd_protection", self.esd),
            ("handed_to", self.handed),
            ("ending_note", self.note),
        ):
            widget.setObjectName(name)
        self.captions = {name: Captioned(field) for name, field in self._captioned()}
        self._build()
        self._connect()

    def _captioned(self) -> list[tuple[str, QWidget]]:
        fields: list[tuple[str, QWidget]] = [(name, field) for name, field in self.moments.items()]
        fields += [("part", self.part), ("source", self.source), ("old_serial", self.old_serial), ("new_serial", self.new_serial)]
        return [*fields, ("substitution", self.substitution), ("self_test", self.test), ("handed_to", self.handed)]

    def _build(self) -> None:
        captions = self.captions
        self.parts, self.times, self.after, self.faulty = Card(), Card(), Card(), Card()
        self.parts.add(captions["part"], FieldRow(captions["old_serial"], captions["new_serial"]), self.in_van)
        self.parts.add(FieldRow(captions["source"], captions["substitution"]))
        self.times.add(FieldRow(captions["fault_confirmed_at"], captions["received_at"]), FieldRow(self.saved, self.esd))
        self.times.add(FieldRow(captions["started_at"], captions["finished_at"]))
        self.after.add(FieldRow(captions["self_test"], captions["restored_at"]))
        self.ending_hint = Text("", "small")
        self.faulty.add(self.ending_hint, self.ending, captions["handed_to"], self.note)
        self.set_widgets([self.parts, self.times, self.after, self.faulty])

    def _connect(self) -> None:
        self.part.editTextChanged.connect(self._tell)
        self.part.currentIndexChanged.connect(self._show_van)
        self.source.currentIndexChanged.connect(self._tell)
        for line in (self.old_serial, self.new_serial, self.handed):
            line.textEdited.connect(self._tell)
        self.new_serial.scanned.connect(self._find_part)
        self.in_van.chosen.connect(self._take_serial)
        for choice in (self.substitution, self.test, self.ending):
            choice.chosen.connect(self._tell)
        for box in (self.saved, self.esd):
            box.toggled.connect(self._tell)
        for field in self.moments.values():
            field.changed.connect(self._tell)
        self.note.edited.connect(self._tell)

    def retranslate(self) -> None:
        """Captions, options, titles."""
        t = self.page.t
        self.parts.set_title(t("Parts"))
        self.times.set_title(t("Before and during the swap"))
        self.after.set_title(t("After the swap"))
        self.faulty.set_title(t("The faulty part"))
        for name, words in (
            ("part", t("Part number")),
            ("old_serial", t("Faulty part: serial (scan or type)")),
            ("new_serial", t("Good part: serial (scan or type)")),
            ("source", t("The good part comes from")),
            ("substitution", t("Kind of substitute")),
            ("fault_confirmed_at", t("Hardware fault confirmed at")),
            ("received_at", t("Good part received at")),
            ("started_at", t("Swap begun at")),
            ("finished_at", t("Swap finished at")),
            ("self_test", t("Self test after the swap")),
            ("restored_at", t("Service restored at")),
            ("handed_to", t("Handed to (project manager, depot, RMA …)")),
        ):
            self.captions[name].set_caption(words)
        for field in self.moments.values():
            field.set_words(t("Now"))
        self.saved.setText(t("Configuration saved before the swap"))
        self.esd.setText(t("ESD protection worn"))
        self.note.set_hint(t("Note: destroyed how and by which two names, confirmation number …"))
        self.substitution.set_options(
            [("original", t("Original")), ("same_class", t("Same class")), ("temporary", t("Temporary substitute"))]
        )
        self.test.set_options([("ok", t("Normal")), ("abnormal", t("Abnormal"))])
        if self.view is not None:
            self._show_choices(self.view)
            self._show_serials()

    def fill(self, view: SwapView) -> None:
        """Show a swap; nothing is told."""
        self.view = view
        entry = view.entry
        widgets: list[QWidget] = [self.part, self.source, self.saved, self.esd, self.note]
        for widget in widgets:
            widget.blockSignals(True)
        self._show_choices(view)
        self.part.setCurrentIndex(max(0, self.part.findData(entry.part_id)) if entry.part_id else -1)
        if not entry.part_id:
            self.part.setEditText(entry.part_no)
        self.source.setCurrentIndex(max(0, self.source.findData(entry.source_id)))
        self.saved.setChecked(entry.configuration_saved)
        self.esd.setChecked(entry.esd_protection)
        self.note.set_text(entry.ending_note)
        for widget in widgets:
            widget.blockSignals(False)
        self.old_serial.setText(entry.old_serial)
        self.new_serial.setText(entry.new_serial)
        self.handed.setText(entry.handed_to)
        self.substitution.choose(entry.substitution)
        self.test.choose(entry.self_test)
        self.ending.choose(entry.faulty_ending)
        for name, field in self.moments.items():
            field.set_moment(getattr(entry, name), view.zone)
        self._show_serials()
        for card in (self.parts, self.times, self.after, self.faulty):
            card.setEnabled(not view.recorded)

    def _show_choices(self, view: SwapView) -> None:
        zh = self.page.ctx.language == "zh"
        for box in (self.part, self.source):
            box.blockSignals(True)
        text, chosen, source = self.part.currentText(), self.part.currentData(), self.source.currentData()
        self.part.clear()
        for part in view.parts:
            self.part.addItem(f"{part.part_no} {part.name_zh if zh else part.name_en}".strip(), part.part_id)
        self.part.setCurrentIndex(self.part.findData(chosen) if chosen else -1)
        if not chosen:
            self.part.setEditText(text)
        self.source.clear()
        for each in view.sources:
            self.source.addItem(self.page.read(each.name), each.location_id)
        self.source.setCurrentIndex(max(0, self.source.findData(source)))
        for box in (self.part, self.source):
            box.blockSignals(False)
        self.ending.set_options([(key, self.page.read(words)) for key, words in view.endings])
        hint = self.page.t("It holds data: say what happens to it.") if view.must_end else ""
        if view.media_retention:
            hint += ("  " if hint else "") + self.page.t("The contract lets the customer keep media.")
        self.ending_hint.setText(hint)
        self.ending_hint.setVisible(bool(hint))

    def _part(self) -> PartChoice | None:
        """The part that is chosen, or whose number is typed."""
        if self.view is None:
            return None
        text, at = self.part.currentText().strip(), self.part.currentIndex()
        if 0 <= at < len(self.view.parts) and self.part.itemText(at).strip() == text:
            return self.view.parts[at]
        return next((each for each in self.view.parts if text and each.part_no.lower() == text.lower()), None)

    def entry(self) -> SwapEntry | None:
        """What is entered now; None before a swap is shown."""
        if self.view is None:
            return None
        part = self._part()
        moments: dict[str, Any] = {name: field.moment() for name, field in self.moments.items()}
        return replace(
            self.view.entry,
            part_id=part.part_id if part else "",
            part_no=part.part_no if part else self.part.currentText().strip(),
            old_serial=self.old_serial.text().strip(),
            new_serial=self.new_serial.text().strip(),
            source_id=str(self.source.currentData() or ""),
            substitution=self.substitution.key or "original",
            configuration_saved=self.saved.isChecked(),
            esd_protection=self.esd.isChecked(),
            self_test=self.test.key,
            faulty_ending=self.ending.key,
            handed_to=self.handed.text().strip(),
            ending_note=self.note.text().strip(),
            **moments,
        )

    @property
    def moments_valid(self) -> bool:
        """Whether every time can be read."""
        return all(field.valid for field in self.moments.values())

    def _tell(self, *_: object) -> None:
        self.edited.emit()

    def _show_van(self, *_: object) -> None:
        self._show_serials()
        self.edited.emit()

    def _show_serials(self) -> None:
        """Offer the serials that lie in the van."""
        part = self._part()
        serials = part.serials if part else ()
        self.in_van.set_options([(serial, self.page.t("In the van: SN {serial}", serial=serial)) for serial in serials])
        self.in_van.setVisible(bool(serials) and not (self.view and self.view.recorded))
        self.in_van.choose(self.new_serial.text())

    def _take_serial(self, serial: str) -> None:
        self.new_serial.setText(serial)
        self.edited.emit()

    def _find_part(self, serial: str) -> None:
        """A scanned serial from the van names its part."""
        parts = self.view.parts if self.view else ()
        found = next((at for at, part in enumerate(parts) if serial in part.serials), -1)
        if found >= 0:
            self.part.setCurrentIndex(found)
        self._show_serials()
        self.edited.emit()
