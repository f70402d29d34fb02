"""Blobs arrive whole or not at all, whatever is killed in between."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.ids import SeededRandomness
from fieldapp.central.blobs import BLOB_LIMIT, Blobs
from fieldapp.central.config import load_centre_settings
from fieldapp.central.refusals import BadDataFolder, BlobMismatch, BlobPlace, NoRoomForBlob, UnknownBlob
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


def test_a_late_chunk_takes_nothing_back(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blobs.append(DIGEST, 0, len(DATA), DATA[:4000])
    assert blobs.append(DIGEST, 0, len(DATA), DATA[:1000]).offset == 4000
    assert blobs.append(DIGEST, 4000, len(DATA), DATA[4000:]).complete


def test_a_full_disk_is_said_before_the_first_byte_and_reports_made_here_may_use_the_reserve(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, reserve=2**62)
    with pytest.raises(NoRoomForBlob) as caught:
        blobs.append(DIGEST, 0, len(DATA), DATA[:10])
    assert "1 MB" in caught.value.read("en")
    assert blobs.state(DIGEST).offset == 0
    assert blobs.get(blobs.put(DATA)) == DATA


def test_a_disk_that_is_full_in_the_middle_keeps_what_came_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = Blobs(tmp_path)
    blobs.append(DIGEST, 0, len(DATA), DATA[:4000])

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(NoRoomForBlob):
            blobs.append(DIGEST, 4000, len(DATA), DATA[4000:5000])
    assert blobs.state(DIGEST).offset == 4000
    assert blobs.append(DIGEST, 4000, len(DATA), DATA[4000:]).complete


def test_a_disk_on_which_no_file_can_be_made_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    blobs = Blobs(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(NoRoomForBlob):
            blobs.append(DIGEST, 0, len(DATA), DATA)
    assert blobs.append(DIGEST, 0, len(DATA), DATA).complete


def test_a_file_that_another_thread_moves_meanwhile_does_not_disturb_the_count(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, quota=len(DATA))
    (tmp_path / "partial" / "moved").symlink_to(tmp_path / "nowhere")  # listed, and not there any more when it is looked at
    assert blobs.append(DIGEST, 0, len(DATA), DATA).complete


def test_the_quota_counts_all_blobs_and_lets_those_on_their_way_finish(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, quota=len(DATA) + 100)
    blobs.append(DIGEST, 0, len(DATA), DATA[:4000])
    other = bytes(7000)
    with pytest.raises(NoRoomForBlob):
        blobs.append(hashlib.sha256(other).hexdigest(), 0, len(other), other)
    assert blobs.append(DIGEST, 4000, len(DATA), DATA[4000:]).complete
    assert blobs.append(hashlib.sha256(b"small").hexdigest(), 0, 5, b"small").complete


@pytest.mark.parametrize("quota", [-1, "1", 1.5, True])
def test_a_quota_that_is_none_is_said(tmp_path: Path, quota: object) -> None:
    load_centre_settings(tmp_path, SeededRandomness(1))
    (tmp_path / "centre.json").write_text(json.dumps({"blob_quota_mib": quota}), encoding="utf-8")
    with pytest.raises(BadDataFolder, match="blob_quota_mib"):
        load_centre_settings(tmp_path, SeededRandomness(1))
