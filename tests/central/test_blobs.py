"""Blobs arrive whole or not at all, whatever is killed in between."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.central.blobs import BLOB_LIMIT, Blobs
from fieldapp.central.refusals import BlobMismatch, BlobPlace, UnknownBlob
from fieldapp.domain.documents import Attachment
from tests.central.world import World

DATA = bytes(range(256)) * 40
DIGEST = hashlib.sha256(DATA).hexdigest()


def test_a_blob_goes_on_where_it_stopped_after_a_restart(tmp_path: Path) -> None:
    assert Blobs(tmp_path).append(DIGEST, 0, len(DATA), DATA[:4000]).offset == 4000
    restarted = Blobs(tmp_path)
    assert restarted.state(DIGEST).offset == 4000
    assert restarted.append(DIGEST, 4000, len(DATA), DATA[4000:]).complete
    assert restarted.get(DIGEST) == DATA


def test_a_torn_chunk_is_cut_off_at_the_offset(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.append(DIGEST, 0, len(DATA), DATA[:4000])
    with (tmp_path / "partial" / DIGEST).open("ab") as stream:
        stream.write(b"written, not synced, garbage")
    assert blobs.append(DIGEST, 4000, len(DATA), DATA[4000:]).complete


def test_a_kill_between_the_last_byte_and_the_rename_is_finished_by_an_empty_chunk(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    (tmp_path / "partial" / DIGEST).write_bytes(DATA)
    assert not blobs.state(DIGEST).complete
    assert blobs.append(DIGEST, len(DATA), len(DATA), b"").complete


def test_a_chunk_beyond_what_is_here_changes_nothing_and_says_where_to_go_on(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.append(DIGEST, 0, len(DATA), DATA[:10])
    assert blobs.append(DIGEST, 500, len(DATA), DATA[500:600]).offset == 10


def test_wrong_bytes_are_thrown_away_and_the_blob_can_be_sent_again(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    with pytest.raises(BlobMismatch):
        blobs.append(DIGEST, 0, len(DATA), DATA[::-1])
    assert blobs.state(DIGEST).offset == 0
    assert blobs.append(DIGEST, 0, len(DATA), DATA).complete


@pytest.mark.parametrize(("offset", "total"), [(-1, 10), (11, 10), (5, BLOB_LIMIT + 1), (8, 10)])
def test_impossible_places_are_refused(tmp_path: Path, offset: int, total: int) -> None:
    with pytest.raises(BlobPlace):
        Blobs(tmp_path).append(DIGEST, offset, total, b"abc")


@pytest.mark.parametrize("name", ["../../etc/passwd", "AB" * 32, "ab" * 31, ""])
def test_only_a_digest_becomes_a_file_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownBlob):
        Blobs(tmp_path).state(name)


@settings(max_examples=25)
@given(st.binary(max_size=300), st.lists(st.integers(0, 320), max_size=12))
def test_any_order_of_cuts_ends_with_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int]) -> None:
    blobs = Blobs(tmp_path_factory.mktemp("blobs"))
    digest = hashlib.sha256(data).hexdigest()
    for cut in cuts:
        state = blobs.state(digest)
        offset = min(cut, state.offset)
        blobs.append(digest, offset, len(data), data[offset : offset + 37])
    while not (state := blobs.state(digest)).complete:
        blobs.append(digest, state.offset, len(data), data[state.offset : state.offset + 37])
    assert blobs.get(digest) == data


def test_the_centre_wants_what_attachments_name_and_it_does_not_hold_small_ones_first(world: World) -> None:
    world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    large, small = DATA, b"small photo"
    for data in (large, small):
        digest = hashlib.sha256(data).hexdigest()
        laptop.edit(
            "attachment", world.service.ids.new(), {"site_id": world.bank_site.id, "digest": digest, "size": len(data), "purpose": "photo"}
        )
    reply = laptop.pull()
    assert reply.wanted_blobs == (hashlib.sha256(small).hexdigest(), DIGEST)
    world.service.send_blob(DIGEST, 0, len(large), large)
    assert laptop.pull().wanted_blobs == (hashlib.sha256(small).hexdigest(),)


def test_a_blob_whose_arrival_was_not_noted_is_noted_when_asked_for(world: World) -> None:
    world.desk.save(Attachment(id=world.service.ids.new(), site_id=world.bank_site.id, digest=DIGEST, size=len(DATA)))
    world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    world.service.blobs.put(DATA)  # renamed, and killed before the database knew
    assert laptop.pull().wanted_blobs == (DIGEST,)
    assert world.service.blob_state(DIGEST).complete
    assert laptop.pull().wanted_blobs == ()
