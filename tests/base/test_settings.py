"""Where files lie, and what the engineer chose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldapp.base.settings import Places, Settings, load_settings, places, resource, save_settings


def test_the_profile_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path / "second engineer"))
    assert places().replica == (tmp_path / "second engineer" / "replica.db").resolve()
    monkeypatch.delenv("FIELDAPP_HOME")
    assert "fieldapp" in str(places().data)


def test_choices_come_back_as_they_were_saved(tmp_path: Path) -> None:
    where = Places(tmp_path)
    chosen = Settings().chosen(language="en", theme="dark", text_percent=150)
    save_settings(where, chosen)
    assert load_settings(where) == chosen


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(Places(tmp_path)) == Settings()


@pytest.mark.parametrize("content", ["", "not json", "[1, 2]", '{"language": 5, "text_percent": "big", "unknown": true}'])
def test_a_damaged_file_means_the_defaults(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.json").write_text(content, encoding="utf-8")
    assert load_settings(Places(tmp_path)) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("language", "fr"), ("theme", "pink"), ("text_percent", 900), ("text_percent", 3), ("idle_lock_minutes", -1)],
)
def test_a_choice_that_does_not_exist_means_its_default(tmp_path: Path, name: str, value: object) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({name: value, "centre_url": "https://service.example"}), encoding="utf-8")
    read = load_settings(Places(tmp_path))
    assert getattr(read, name) == getattr(Settings(), name)
    assert read.centre_url == "https://service.example"


def test_what_ships_with_the_program_is_found() -> None:
    assert resource("fonts/NotoSansSC_400Regular.ttf").is_file()
