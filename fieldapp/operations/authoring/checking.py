"""Checks a workbook on disk before it is published, for the command and the preview."""

from __future__ import annotations

from pathlib import Path

from fieldapp.forms.authoring.checking import CheckedForm, check_beside
from fieldapp.operations.filling.findings import read_file

__all__ = ["check_file"]


def check_file(path: Path) -> CheckedForm:
    """Check a workbook and whether the files that it refers to lie beside it; FileUnreadable when it cannot be read."""
    return check_beside(path, read_file(path))
