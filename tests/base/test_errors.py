"""What a disk says of itself, in the language of the person."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from fieldapp.base.errors import disk_words


def test_a_disk_is_quoted_in_the_person_s_language(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        (tmp_path / "stick" / "file").read_bytes()
    with pytest.raises(IsADirectoryError) as folder:
        tmp_path.read_bytes()
    assert disk_words(missing.value).read("zh") == "没有这个文件或文件夹"
    assert disk_words(missing.value).read("en") == "there is no such file or folder"
    assert disk_words(folder.value).read("zh") == "是文件夹"
    assert disk_words(OSError(errno.EROFS, "Read-only file system")).read("zh") == "只读"


def test_what_is_not_known_is_said_in_the_system_s_own_words() -> None:
    assert disk_words(OSError(errno.EMLINK, "Too many {links}")).read("zh") == "Too many {links}"
    assert disk_words(OSError("strange")).read("en") == "OSError"
