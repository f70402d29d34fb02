"""`python -m tests.attacks --out DIR` writes every attacked and genuine file, and what each verifier says of it, as tables.

`--samples DIR` writes only a genuine report, an attacked one and the CA's certificate, made for the present day.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from tests.attacks import catalogue, genuine
from tests.attacks.table import Row, judged_row, written

__all__ = ["main", "write_root"]


def main(words: Sequence[str] | None = None) -> int:
    """Write the files and tables; 1 when our verifier is fooled, or refuses a genuine file."""
    parser = argparse.ArgumentParser(prog="attacks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="DIR")
    where.add_argument("--samples", type=Path, metavar="DIR")
    chosen = parser.parse_args(words)
    folder: Path = chosen.out or chosen.samples
    folder.mkdir(parents=True, exist_ok=True)
    ca = folder / "ca.pem"
    write_root(ca)
    if chosen.samples:
        pdf = genuine.of_today()
        (folder / "genuine.pdf").write_bytes(pdf)
        (folder / "attacked.pdf").write_bytes(pdf[:-1] + b" ")
        return 0
    logging.disable(logging.CRITICAL)  # the parsers log what they find in hostile files
    rows = [_row(make, folder, ca, genuine.ZH[make.__name__], accepted=True) for make in (genuine.certified, *genuine.STAGES)]
    rows += [_row(attack.make, folder, ca, attack.zh, accepted=False) for attack in catalogue.ATTACKS]
    logging.disable(logging.NOTSET)
    for language in ("en", "zh"):
        (folder / f"table.{language}.md").write_text(written(rows, language), encoding="utf-8")
    wrong = [row.name for row in rows if row.wrong]
    fooled = {name: sum(row.said[name].startswith("accepts") for row in rows if row.attack) for name in rows[0].said}
    print(f"{len(rows)} files in {folder}, {sum(row.attack for row in rows)} of them attacked; accepted of those: {fooled}")
    for name in wrong:
        print(f"OURS IS WRONG: {name}")
    return 1 if wrong else 0


def write_root(ca: Path) -> None:
    """The one certificate that is trusted, as PEM."""
    ca.write_bytes(load_der_x509_certificate(genuine.root()).public_bytes(Encoding.PEM))


def _row(make: Callable[[], bytes], folder: Path, ca: Path, zh: str, *, accepted: bool) -> Row:
    file = folder / f"{'genuine' if accepted else 'attacked'}-{make.__name__}.pdf"
    file.write_bytes(make())
    return judged_row(file, ca, make, zh, attack=not accepted)


if __name__ == "__main__":
    sys.exit(main())
