"""Photos as they are kept and printed: scaled when they are attached, without metadata (EXIF, GPS), upright.

Two sizes: `draft` (the long side at most 1600 px) goes in documents, `thumbnail` (320 px) in lists.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_
from fieldapp.reports.blocks import Photo, Words

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["PhotoError", "ScaledPhoto", "fitted", "scaled"]

_DRAFT, _THUMBNAIL = 1600, 320
_MOST_PIXELS = 200_000_000


class PhotoError(DocumentError):
    """A photo cannot be read."""

    code = "FA-807"
    message = N_("This photo cannot be read. Nothing else was changed. Take it again or choose another file.")


@dataclass(frozen=True, slots=True)
class ScaledPhoto:
    """A photo ready to be kept: two JPEGs without metadata; `sha256` (64 hex) is that of `draft`; size in pixels."""

    draft: bytes
    thumbnail: bytes
    sha256: str
    width: int
    height: int

    def photo(self, caption: Words) -> Photo:
        """The photo as documents take it."""
        return Photo(self.sha256, caption, self.draft)


def scaled(raw: bytes) -> ScaledPhoto:
    """Scale a photo (JPEG, PNG, WebP, ...) and drop its metadata; the same bytes give the same result.

    PhotoError when it is no picture, is cut off, or has more than 200 million pixels.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(raw)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise PhotoError
            opened.draft("RGB", (_DRAFT, _DRAFT))
            upright = ImageOps.exif_transpose(opened)
            picture = _flat(upright)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as problem:
        raise PhotoError from problem
    picture.thumbnail((_DRAFT, _DRAFT), Image.Resampling.LANCZOS)
    draft = _jpeg(picture, 82)
    small = picture.copy()
    small.thumbnail((_THUMBNAIL, _THUMBNAIL), Image.Resampling.LANCZOS)
    return ScaledPhoto(draft, _jpeg(small, 75), hashlib.sha256(draft).hexdigest(), picture.width, picture.height)


def fitted(raw: bytes, most: int) -> bytes:
    """A JPEG or PNG whose long side has at most so many pixels, in its own format and with its metadata; smaller ones stay as they are.

    So does what is no picture that can be read here: somebody took it as evidence, perhaps in a format of the next telephone.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(raw)) as opened:
            kind, known = opened.format, opened.info.get("exif", b"")
            if opened.width * opened.height > _MOST_PIXELS or kind not in ("JPEG", "PNG") or max(opened.size) <= most:
                return raw
            opened.load()
            picture = opened.convert("RGBA" if "transparency" in opened.info else "RGB") if opened.mode == "P" else opened
            picture.thumbnail((most, most), Image.Resampling.LANCZOS)
            out = io.BytesIO()
            more = {"quality": 85, "optimize": True} if kind == "JPEG" else {}
            picture.save(out, kind, exif=known, **more)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return raw
    return out.getvalue()


def _flat(picture: Image.Image) -> Image.Image:
    """Pixels only, in RGB, transparency on white."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        ground = Image.new("RGB", layered.size, (255, 255, 255))
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    plain = picture.convert("RGB")
    return Image.frombytes("RGB", plain.size, plain.tobytes())


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
