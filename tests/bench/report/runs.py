"""Folders with everything that the measured programs read, and the programs run in them, each in a process of its own."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.base.settings import resource
from fieldapp.reports.content import ReportData
from fieldapp.reports.documents import document
from fieldapp.vault.keys import Credentials, pack
from tests.bench.report.content import photos_in, pieces
from tests.reports.authority import Authority, DeviceKey

__all__ = ["Run", "bare", "ours", "prepared"]

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took: seconds elapsed from its start to its end, seconds of CPU, megabytes at the worst moment, and of the
    same process the seconds that each further report took.
    """

    elapsed: float
    cpu: float
    peak: float
    size: int
    warm: tuple[float, ...] = ()
    warm_cpu: tuple[float, ...] = ()


def prepared(folder: Path, data: ReportData) -> DeviceKey:
    """Put the report's data, photos and key where both programs find them; the key."""
    folder.mkdir(parents=True)
    key = Authority().issue("bench")
    assert isinstance(key.key, ec.EllipticCurvePrivateKey)
    credentials = Credentials(key.key, x509.load_der_x509_certificate(key.certificate), ())
    (folder / "key.p12").write_bytes(pack(credentials, b"bench"))
    (folder / "data.pickle").write_bytes(pickle.dumps(data, protocol=5))
    (folder / "photos").mkdir()
    for photo in photos_in(data):
        (folder / "photos" / f"{photo.sha256}.jpg").write_bytes(photo.jpeg)
    content = document(data)
    fonts = {"Regular": "NotoSansSC_400Regular.ttf", "Bold": "NotoSansSC_700Bold.ttf"}
    told = {
        "number": content.number,
        "digest": content.digest,
        "pieces": list(pieces(content)),
        "fonts": {name: str(resource("fonts") / file) for name, file in fonts.items()},
    }
    (folder / "pieces.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return key


def ours(folder: Path, rounds: int = 0) -> Run:
    """Our program once, and so many further reports in the same process; CalledProcessError when it loads the window's library."""
    return _run("ours", folder, str(rounds))


def bare(folder: Path) -> Run:
    """The bare script once."""
    return _run("bare", folder)


def _run(name: str, folder: Path, *more: str) -> Run:
    before = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.report.{name}", str(folder), *more], cwd=_ROOT, check=True, capture_output=True, text=True
    )
    elapsed = time.perf_counter() - before
    told = json.loads(done.stdout)
    return Run(elapsed, told["cpu"], told["peak"], told["size"], tuple(told.get("warm", ())), tuple(told.get("warm_cpu", ())))
