"""What other programs say of a file: pdfsig, mutool, OpenSSL, and pyHanko as it comes. Who is not installed is called absent.

pdfsig and mutool are asked about the signatures' values and what they cover, not about trust: both take roots only from
a store of their own. OpenSSL is given what a simple script would cut out: the last ByteRange and its Contents.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from asn1crypto import x509
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.pdf_embedded import collect_embedded_signatures
from pyhanko_certvalidator import ValidationContext

from fieldapp.reports.embedding import reader_of

__all__ = ["PROGRAMS", "Said"]

Said = Literal["accepts", "accepts, more follows", "refuses", "sees no signature", "cannot read it", "absent"]


def _run(words: Sequence[str | Path]) -> tuple[int, str]:
    ended = subprocess.run([str(word) for word in words], capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    return ended.returncode, (ended.stdout + ended.stderr).decode(errors="replace")


def pdfsig(file: Path, ca: Path, at: datetime) -> Said:
    """Of poppler: every signature's value (time-stamps it does not judge), and whether the last one covers the whole file."""
    if shutil.which("pdfsig") is None:
        return "absent"
    said = _run(["pdfsig", "-nocert", file])[1]
    verdicts = re.findall(r"Signature Validation: (.*)", said)
    if not verdicts:
        return "sees no signature" if "not signed" in said or "does not contain" in said else "cannot read it"
    people = [verdict for verdict in verdicts if verdict != "Signature has not yet been verified."]  # so it calls a time-stamp
    if not people or any(verdict != "Signature is Valid." for verdict in people):
        return "refuses"
    return "accepts" if re.search(r"^  - Total document signed", said, re.MULTILINE) else "accepts, more follows"


def mutool(file: Path, ca: Path, at: datetime) -> Said:
    """Of MuPDF: every digest, and whether there were edits after the last signature."""
    if shutil.which("mutool") is None:
        return "absent"
    status, said = _run(["mutool", "sign", "-v", file])
    verdicts = re.findall(r"^\t((?:The |Digest error).*)$", said, re.MULTILINE)
    if not verdicts:
        return "cannot read it" if status or "error" in said or "cannot" in said else "sees no signature"
    if any("Digest error" in verdict for verdict in verdicts):
        return "refuses"
    return "accepts" if any("unchanged" in verdict for verdict in verdicts) else "accepts, more follows"


def openssl(file: Path, ca: Path, at: datetime) -> Said:
    """`openssl cms -verify` (a time-stamp: `openssl ts -verify`) of the last signature, with the company's root."""
    if shutil.which("openssl") is None:
        return "absent"
    pdf = file.read_bytes()
    ranges = re.findall(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) ?\]", pdf)
    if not ranges:
        return "sees no signature"
    start, length, again, rest = (int(number) for number in ranges[-1])
    signed, token = file.with_suffix(".signed"), file.with_suffix(".cms")
    try:
        digits = re.sub(rb"[^0-9a-fA-F]", b"", pdf[start + length : again])
        token.write_bytes(bytes.fromhex(digits[: len(digits) // 2 * 2].decode()))
        signed.write_bytes(pdf[start : start + length] + pdf[again : again + rest])
        when = str(int(at.timestamp()))
        if b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04" in token.read_bytes():  # id-ct-TSTInfo
            asked: list[str | Path] = ["ts", "-verify", "-data", signed, "-in", token, "-token_in"]
        else:
            asked = ["cms", "-verify", "-binary", "-inform", "DER", "-in", token, "-content", signed, "-purpose", "any"]
            asked += ["-out", file.with_suffix(".out")]
        words: list[str | Path] = ["openssl", *asked, "-CAfile", ca, "-attime", when]
        return "accepts" if _run(words)[0] == 0 else "refuses"
    finally:
        for left in (signed, token, file.with_suffix(".out")):
            left.unlink(missing_ok=True)


def pyhanko(file: Path, ca: Path, at: datetime) -> Said:
    """The library on which ours is built, with its own rules: signatures, trust, and what it allows to be added."""
    try:
        found: Any = collect_embedded_signatures(reader_of(file.read_bytes()))
    except Exception:  # noqa: BLE001 - whatever a hostile file provokes
        return "cannot read it"
    if not found:
        return "sees no signature"
    root = x509.Certificate.load(_der(ca))
    try:
        for each in found:
            context = ValidationContext(trust_roots=[root], moment=at, allow_fetching=False)
            stamps = each.sig_object.get("/Type") == "/DocTimeStamp"
            status: Any = validate_pdf_timestamp(each, context) if stamps else validate_pdf_signature(each, context)
            if not (status.valid and status.intact and status.trusted and (stamps or status.bottom_line)):
                return "refuses"
    except Exception:  # noqa: BLE001
        return "refuses"
    return "accepts"


def _der(ca: Path) -> bytes:
    from fieldapp.vault.keys import pems_to_der

    return pems_to_der(ca.read_bytes(), ca.name)[0]


def pdfbox(file: Path, ca: Path, at: datetime) -> Said:
    """Apache PDFBox judges signatures in an example of its source only; no command of it is installed."""
    return "absent"


PROGRAMS: Mapping[str, Callable[[Path, Path, datetime], Said]] = MappingProxyType(
    {"pdfsig": pdfsig, "mutool": mutool, "OpenSSL": openssl, "pyHanko": pyhanko, "PDFBox": pdfbox}
)
