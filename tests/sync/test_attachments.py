"""Which blobs go up and come down, and in which order; the number that lies outside of the database."""

from __future__ import annotations

from pathlib import Path

from fieldapp.domain.documents import PHOTO_LIMIT, Attachment
from fieldapp.sync.attachments import to_fetch, to_send
from fieldapp.sync.incarnation import IncarnationFile
from tests.sync.conftest import World
from tests.sync.laptop import Laptop
from tests.sync.reference import ReferenceCentre


def attach(laptop: Laptop, size: int, purpose: str, owner: str = "finding", digest: str = "") -> str:
    """An attachment that came from the centre; its digest."""
    chosen = digest or laptop.randomness.bytes(32).hex()
    each = Attachment(id=laptop.ids.new(), owner_kind=owner, digest=chosen, size=size, purpose=purpose)
    laptop.centre.save(each)
    return chosen


def test_reports_come_first_and_of_photos_only_those_of_findings(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    large = attach(mine, 900, "photo")
    small = attach(mine, 10, "photo")
    form = attach(mine, 5000, "form_media")
    report = attach(mine, 7000, "report", "visit")
    stamped = attach(mine, 8000, "stamped_report", "visit")
    attach(mine, 8000, "stamped_report", "visit", digest=stamped)
    attach(mine, 10, "photo", "case")
    attach(mine, PHOTO_LIMIT + 1, "photo")
    attach(mine, 10, "file")
    here = mine.blobs.put(b"here already")
    attach(mine, here.size, "report", digest=here.digest)
    result = mine.finish()
    assert (result.blobs_fetched, result.missing) == (0, 0)  # whoever attached them has not synced yet
    with mine.replica.reading() as reader:
        found = to_fetch(reader, mine.blobs)
    assert [digest for digest, _ in found] == [stamped, report, form, small, large]


def test_what_signs_a_report_goes_up_before_anything_else(centre: ReferenceCentre, laptop: World) -> None:
    mine = laptop()
    photo, strokes, asked = mine.blobs.put(b"photo!"), mine.blobs.put(b"strokes"), mine.blobs.put(b"asked for")
    for ref, purpose in ((photo, "photo"), (strokes, "strokes")):
        mine.save(Attachment(id=mine.ids.new(), digest=ref.digest, size=ref.size, purpose=purpose))
    mine.save(Attachment(id=mine.ids.new(), digest="ab" * 32, size=3, purpose="photo"))
    with mine.replica.reading() as reader:
        assert to_send(reader, mine.blobs, [asked.digest], urgent=True) == ([strokes], 0)
        assert to_send(reader, mine.blobs, [asked.digest, "cd" * 32], urgent=False) == ([photo, strokes, asked], 1)


def test_the_number_outside_of_the_database_is_whole_or_not_there(tmp_path: Path) -> None:
    file = IncarnationFile(tmp_path / "incarnation")
    assert file.read() == 0
    file.write(41)
    assert IncarnationFile(tmp_path / "incarnation").read() == 41
    (tmp_path / "incarnation").write_text("no number", encoding="ascii")
    assert file.read() == 0
    file.write(42)
    assert [path.name for path in tmp_path.iterdir()] == ["incarnation"]
