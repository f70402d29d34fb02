"""This laptop: what the settings page and `doctor` say about it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import zipfile
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from fieldapp.base.clock import moment_text
from fieldapp.base.i18n import Sentence, say
from fieldapp.base.settings import Places, resource
from fieldapp.domain.records import KINDS
from fieldapp.operations.overview import size_words
from fieldapp.operations.session import FieldSession
from fieldapp.vault.homes import keyring_verdict
from fieldapp.vault.vault import Vault

__all__ = ["DeviceView", "Diagnosis", "change_pin", "device", "examine", "support_bundle"]


@dataclass(frozen=True, slots=True)
class DeviceView:
    """Facts about this laptop; nothing secret."""

    engineer: str
    company: str
    device_name: str
    centre_url: str
    certificate_until: date
    home: Sentence
    version: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: fine or not, in words."""

    fine: bool
    words: Sentence


def device(session: FieldSession) -> DeviceView:
    """What this laptop is at the centre."""
    identity = session.vault.identity
    passphrase = Vault.glance(session.places.vault).needs_passphrase
    return DeviceView(
        engineer=identity.engineer_name,
        company=identity.company,
        device_name=identity.device_name,
        centre_url=identity.centre_url,
        certificate_until=session.vault.signer().expires_at.date(),
        home=say("a file that your passphrase opens") if passphrase else say("the keyring of this laptop"),
        version=version("fieldapp"),
    )


def change_pin(session: FieldSession, old: str, new: str) -> None:
    """Change the PIN; WrongPin, PinMustWait or BadPin leave it as it is."""
    session.vault.set_pin(old, new)


def support_bundle(session: FieldSession) -> Path:
    """Write what the service desk needs to find a fault, and nothing of customers; the path of the ZIP file.

    Versions, what `examine` finds, counts of records by kind, the sync rounds, and the log files.
    """
    with session.reading() as reader:
        state, pending = reader.sync_state(), reader.unreceipted()
        rounds = [(moment_text(each.started_at), each.outcome, dict(each.counts)) for each in reader.rounds()]
        counts = {name: reader.count(kind.record) for name, kind in KINDS.items()}
    told = {
        "version": version("fieldapp"),
        "python": sys.version,
        "system": platform.platform(),
        "device": state.device,
        "findings": [(each.fine, each.words.read("en")) for each in examine(session.places)],
        "clock": [state.clock_low, state.clock_high],
        "pending": {"changes": dict(pending.by_kind), "blobs": pending.blobs, "bytes": pending.blob_bytes},
        "records": {name: count for name, count in counts.items() if count},
        "rounds": rounds,
    }
    folder = session.places.data / "support"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"fieldapp-support-{session.clock.now():%Y%m%d-%H%M%S}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("about.json", json.dumps(told, ensure_ascii=False, indent=1))
        for log in sorted(session.places.logs.glob("*.log*")):
            bundle.write(log, f"logs/{log.name}")
    return path


def examine(where: Places) -> tuple[Diagnosis, ...]:
    """Look at an installation without opening anything: fonts, forms, translations, folder, disk, keyring, profile."""
    found = [
        Diagnosis(True, say("fieldapp {version}, Python {python}", version=version("fieldapp"), python=sys.version.split()[0])),
        *(
            Diagnosis(_there(name), say("{name} is there", name=name) if _there(name) else say("{name} is missing", name=name))
            for name in ("fonts/NotoSansSC_400Regular.ttf", "fonts/NotoSansSC_700Bold.ttf", "translations/zh_CN", "forms")
        ),
    ]
    parent = next((each for each in (where.data, *where.data.parents) if each.exists()), where.data)
    found.append(_data_folder(where.data, parent))
    free = shutil.disk_usage(parent).free
    found.append(Diagnosis(free > 10**9, say("{size} free on the disk", size=size_words(free))))
    keyring = keyring_verdict().possible
    words = say("A keyring keeps the keys") if keyring else say("There is no keyring: a passphrase protects the keys")
    found.append(Diagnosis(True, words))
    enrolled = Vault.exists(where.vault) and where.replica.is_file()
    found.append(Diagnosis(True, say("This laptop is set up") if enrolled else say("This laptop is not set up yet")))
    return tuple(found)


def _data_folder(folder: Path, nearest: Path) -> Diagnosis:
    """Whether the profile can lie there; `nearest` is the folder itself, or what exists of the way to it."""
    if not nearest.is_dir():
        way_out = say(
            "{folder} is a file, and a folder is needed there. Move the file away, or name another data folder", folder=str(nearest)
        )
        return Diagnosis(False, way_out)
    if not os.access(nearest, os.W_OK):
        return Diagnosis(False, say("The data folder {folder} cannot be written. Allow it, or name another one", folder=str(folder)))
    return Diagnosis(True, say("The data folder is {folder}", folder=str(folder)))


def _there(name: str) -> bool:
    return resource(name).exists()
