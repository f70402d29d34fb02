"""Settings: language, theme, text size, lock, PIN, this device."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.laptop.device import DeviceView, change_pin, device, support_bundle
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.pages.enrol_page import labelled
from fieldapp.ui.pages.laptop.journal_card import JournalCard
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card, KeyValueList
from fieldapp.ui.widgets.fields import PinField
from fieldapp.ui.widgets.layouts import Column, FlowRow, PageHeader, Row
from fieldapp.ui.widgets.tags import ChipButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["SettingsPage"]


class SettingsPage(Page):
    """Choices take effect at once; there is nothing to save."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.look, self.safety, self.this = Card(gap=GAP.medium), Card(gap=GAP.medium), Card(gap=GAP.medium)
        self.names = {name: Text("", "body") for name in ("language", "theme", "text", "lock", "pin")}
        self.rows = {name: FlowRow() for name in ("language", "theme", "text", "lock")}
        for name in ("language", "theme", "text"):
            self.look.add(self._choice(name))
        self.safety.add(self._choice("lock"))
        self.old, self.new = PinField(), PinField()
        self.old.setObjectName("old_pin")
        self.new.setObjectName("new_pin")
        self.change = SecondaryButton()
        self.change.setObjectName("change_pin")
        self.lock_now = PrimaryButton()
        self.lock_now.setObjectName("lock_now")
        self.pin_labels = {name: Text("", "small") for name in ("old", "new")}
        pins = FlowRow([labelled(self.pin_labels["old"], self.old), labelled(self.pin_labels["new"], self.new), self.change], GAP.medium)
        self.safety.add(self.names["pin"], pins, Row([self.lock_now, None]))
        self.facts = KeyValueList(style="sheet")
        self.bundle, self.bundle_words = SecondaryButton(), Text("", "small")
        self.bundle.setObjectName("support_bundle")
        self.this.add(self.facts, FlowRow([self.bundle, self.bundle_words], GAP.medium))
        self.journal = JournalCard(self)
        for part in (self.header, self.look, self.safety, self.journal, self.this):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.change.clicked.connect(self._change_pin)
        self.bundle.clicked.connect(self._write_bundle)
        self.lock_now.clicked.connect(lambda: ctx.show_bare("unlock"))
        ctx.settings_changed.connect(self._choices)

    def _choice(self, name: str) -> QWidget:
        return Column([self.names[name], self.rows[name]], gap=GAP.tight)

    def retranslate(self) -> None:
        """Titles, names and choices."""
        self.header.set_words(self.t("Settings"))
        self.look.set_title(self.t("Look and language"))
        self.safety.set_title(self.t("Lock"))
        self.this.set_title(self.t("This laptop"))
        self.names["language"].setText(self.t("Language"))
        self.names["theme"].setText(self.t("Theme"))
        self.names["text"].setText(self.t("Text size"))
        self.names["lock"].setText(self.t("Lock when nobody is at the keyboard"))
        self.names["pin"].setText(self.t("Change the PIN: the present one, then the new one"))
        self.old.setAccessibleName(self.t("Present PIN"))
        self.pin_labels["old"].setText(self.t("Present PIN"))
        self.new.setAccessibleName(self.t("New PIN"))
        self.pin_labels["new"].setText(self.t("New PIN"))
        self.bundle.setText(self.t("Write a support bundle"))
        self.bundle_words.setText(self.t("It says what this laptop is and how its syncs went, and holds nothing of customers."))
        self.change.setText(self.t("Change the PIN"))
        self.lock_now.setText(self.t("Lock now"))
        self.journal.retranslate()
        self._choices()

    def _choices(self) -> None:
        chosen = self.ctx.settings
        minutes = {0: self.t("Never"), **{each: self.t("{count} min", count=each) for each in (5, 10, 30)}}
        self._fill("language", "language", {"zh": "中文", "en": "English"}, chosen.language)
        themes = {"light": self.t("Light"), "dark": self.t("Dark"), "system": self.t("As the system")}
        self._fill("theme", "theme", themes, chosen.theme)
        self._fill("text", "text_percent", {each: f"{each} %" for each in (100, 115, 130, 150)}, chosen.text_percent)
        self._fill("lock", "idle_lock_minutes", minutes, chosen.idle_lock_minutes)

    def _fill(self, row: str, setting: str, options: dict[str, str] | dict[int, str], chosen: object) -> None:
        chips = []
        for value, words in options.items():
            chip = ChipButton(words)
            chip.setObjectName(f"{setting}_{value}")
            chip.setCheckable(True)
            chip.setChecked(value == chosen)
            chip.clicked.connect(functools.partial(self._choose, setting, value))
            chips.append(chip)
        self.rows[row].set_widgets(chips)

    def _choose(self, setting: str, value: object) -> None:
        self.ctx.choose(**{setting: value})

    def heading(self) -> str:
        """The window's title."""
        return self.t("Settings")

    def load(self) -> Callable[[], DeviceView]:
        """Ask what this laptop is."""
        session = self.ctx.session
        return lambda: device(session)

    def render_view(self, view: DeviceView) -> None:
        """Show facts that the service desk asks for."""
        self.facts.set_rows(
            [
                (self.t("Engineer"), view.engineer),
                (self.t("Company"), view.company),
                (self.t("Name of this laptop"), view.device_name),
                (self.t("Central service"), view.centre_url),
                (self.t("Certificate valid until"), self.day(view.certificate_until)),
                (self.t("Keys are kept in"), self.read(view.home)),
                (self.t("Version"), view.version),
            ]
        )

    def _write_bundle(self) -> None:
        session = self.ctx.session

        def done(path: Path) -> None:
            self.ctx.notify(say("The support bundle is at {path}", path=str(path)), "met")

        self.run(lambda: support_bundle(session), done, busy=(self.bundle,), lane="aside")

    def _change_pin(self) -> None:
        session, old, new = self.ctx.session, self.old.text(), self.new.text()

        def done(_none: None) -> None:
            self.old.clear()
            self.new.clear()
            self.ctx.notify(say("The PIN was changed."), "met", 6)

        self.run(lambda: change_pin(session, old, new), done, busy=(self.change,))
