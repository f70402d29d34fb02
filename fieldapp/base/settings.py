"""Where files lie and what the engineer chose; read once, frozen.

`FIELDAPP_HOME` puts everything of one profile under one folder (a second engineer, a demonstration, a test).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

import platformdirs

from fieldapp.base.durable import settle_folder

__all__ = ["Places", "Settings", "load_settings", "places", "resource", "save_settings"]


def resource(name: str) -> Path:
    """The path of something that ships with the program, e.g. `fonts/NotoSansSC_400Regular.ttf`.

    Resources stand beside the package in a checkout and in a bundle, and inside it in a wheel.
    """
    package = Path(__file__).resolve().parents[1]
    bundled = getattr(sys, "_MEIPASS", None)
    for root in (Path(bundled) if bundled else None, package, package.parent):
        if root is not None and (root / "resources").is_dir():
            return root / "resources" / name
    raise FileNotFoundError(f"the program's own files are missing: resources/{name}")


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one profile; all absolute."""

    data: Path

    @property
    def replica(self) -> Path:
        """The encrypted SQLite replica."""
        return self.data / "replica.db"

    @property
    def blobs(self) -> Path:
        """The folder of encrypted photos, signatures and PDFs."""
        return self.data / "blobs"

    @property
    def vault(self) -> Path:
        """The folder of wrapped keys, certificate and device identity."""
        return self.data / "vault"

    @property
    def settings_file(self) -> Path:
        """What the engineer chose."""
        return self.data / "settings.json"

    @property
    def logs(self) -> Path:
        """Logs without customers' data."""
        return self.data / "logs"


def places() -> Places:
    """The folders of the present profile: `FIELDAPP_HOME`, else the system's place for user data."""
    home = os.environ.get("FIELDAPP_HOME")
    root = Path(home).expanduser() if home else Path(platformdirs.user_data_dir("fieldapp", appauthor=False))
    return Places(root.resolve())


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engineer chose; every field has a working default."""

    language: Literal["zh", "en"] = "zh"
    theme: Literal["light", "dark", "system"] = "light"
    text_percent: int = 100
    idle_lock_minutes: int = 10
    bandwidth_kib_s: int = 0
    centre_url: str = ""
    journal_folder: str = ""
    blob_quota_mib: int = 8192

    def chosen(self, **changes: Any) -> Settings:
        """A copy with some choices changed."""
        return replace(self, **changes)


def load_settings(where: Places) -> Settings:
    """Read the settings file; unknown or wrongly typed entries are passed over, a missing file means the defaults."""
    try:
        raw = json.loads(where.settings_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    defaults = asdict(Settings())
    known = {f.name for f in fields(Settings)}
    if not isinstance(raw, dict):
        return Settings()
    return Settings(**{k: v for k, v in raw.items() if k in known and type(v) is type(defaults[k]) and _exists(k, v)})


def _exists(name: str, value: object) -> bool:
    """Whether a choice is one that the settings page offers."""
    if name in _OFFERED:
        return value in _OFFERED[name]
    return not isinstance(value, int) or value >= 0


_OFFERED: Mapping[str, Collection[object]] = {
    "language": ("zh", "en"),
    "theme": ("light", "dark", "system"),
    "text_percent": range(100, 151),
}


def save_settings(where: Places, settings: Settings) -> None:
    """Write the settings whole or not at all (a temporary file that is on the disk before it takes the name)."""
    where.data.mkdir(parents=True, exist_ok=True)
    beside = where.settings_file.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(asdict(settings), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(where.settings_file)
    settle_folder(where.data)
