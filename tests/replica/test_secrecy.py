"""Nothing that names a customer stands readable on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fieldapp.base.ids import IdSource, SeededRandomness
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Customer
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from tests.replica.conftest import KEY

NAME = "华东电网数据中心"


def readable(folder: Path) -> list[Path]:
    """The files under a folder that hold the customer's name in any usual encoding, or the key."""
    needles = [NAME.encode("utf-8"), NAME.encode("utf-16-le"), NAME.encode("gb18030"), b"East China Grid", KEY, KEY.hex().encode()]
    return [path for path in folder.rglob("*") if path.is_file() and any(needle in path.read_bytes() for needle in needles)]


def test_no_customer_is_readable_in_replica_log_or_blobs(
    path: Path, replica: Replica, ids: IdSource, tmp_path: Path, reopen: Callable[[Path], Replica]
) -> None:
    with replica.writing() as work:
        work.save(Customer(id=ids.new(), name=NAME, remark="East China Grid"))
        work.save(Case(id=ids.new(), summary=f"{NAME} East China Grid"))
    store = BlobStore(tmp_path / "blobs", KEY, SeededRandomness(1), reserve=0)
    store.put(f"{NAME} East China Grid".encode())
    with store.receive("ab" * 32) as receiver:
        receiver.add(f"{NAME} East China Grid".encode() * 10_000)
    written = {each.name for each in tmp_path.iterdir()}
    assert "replica.db-wal" in written  # while it is open, the log beside it holds the last commits
    assert readable(tmp_path) == []
    replica.close()
    assert readable(tmp_path) == []
    again = reopen(path)
    with again.reading() as reader:
        assert reader.search("电网")
    again.close()
