"""Photos are scaled when attached, upright, and bear no metadata."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from fieldapp.reports.blocks import Words
from fieldapp.reports.photos import PhotoError, scaled


def _camera_photo(wide: int = 2400, high: int = 1800, orientation: int = 6) -> bytes:
    picture = Image.new("RGB", (wide, high), (20, 120, 60))
    picture.paste((240, 30, 30), (0, 0, wide // 4, high // 4))
    exif = picture.getexif()
    exif[0x0112] = orientation
    exif[0x010F] = "CameraMaker"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (39.0, 54.0, 20.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, quality=70)
    return out.getvalue()


def test_a_photo_loses_camera_and_place() -> None:
    raw = _camera_photo()
    assert b"CameraMaker" in raw
    result = scaled(raw)
    for jpeg in (result.draft, result.thumbnail):
        assert b"CameraMaker" not in jpeg
        assert b"Exif" not in jpeg
        with Image.open(io.BytesIO(jpeg)) as opened:
            assert not opened.getexif()


def test_a_photo_is_scaled_and_turned_upright() -> None:
    result = scaled(_camera_photo())
    assert (result.width, result.height) == (1200, 1600)
    with Image.open(io.BytesIO(result.thumbnail)) as small:
        assert max(small.size) == 320
    with Image.open(io.BytesIO(result.draft)) as draft:
        pixel = draft.getpixel((1150, 50))
        assert isinstance(pixel, tuple)
        assert pixel[0] > 200, "the red corner is at the top right once the photo stands upright"


def test_the_same_photo_gives_the_same_bytes() -> None:
    raw = _camera_photo(800, 600)
    first, second = scaled(raw), scaled(raw)
    assert first == second
    assert first.sha256 == hashlib.sha256(first.draft).hexdigest()
    assert first.photo(Words("机柜")).jpeg == first.draft


def test_a_small_photo_is_not_enlarged() -> None:
    result = scaled(_camera_photo(300, 200, 1))
    assert (result.width, result.height) == (300, 200)


def test_transparent_parts_turn_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(scaled(out.getvalue()).draft)) as opened:
        assert opened.getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("raw", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut", _camera_photo(600, 400)[:2000]])
def test_what_is_no_photo_is_refused(raw: bytes) -> None:
    with pytest.raises(PhotoError):
        scaled(raw)
