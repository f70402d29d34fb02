"""Photos in a file. The name that a photo has there is made of its pixels, which takes as long as drawing a page.

So names are found on a thread of their own while the pages are laid out, and neither pixels nor readers are kept: only one photo is
unpacked at a time, however many a document has. The bytes that go in the file are the JPEG's own.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfdoc import PDFImageXObject

from fieldapp.reports.blocks import Photo

__all__ = ["Pictures", "size_of"]


def size_of(photo: Photo) -> tuple[int, int]:
    """Width and height in pixels; only the head of the JPEG is read."""
    wide, high = ImageReader(io.BytesIO(photo.jpeg)).getSize()
    return int(wide), int(high)


def _name(photo: Photo) -> str:
    """The name that reportlab gives a picture without a mask: MD5 of its pixels. Pages that were signed have it in them."""
    with Image.open(io.BytesIO(photo.jpeg)) as picture:  # no ImageReader: it refers to itself, and so keeps its pixels
        plain = picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")
        named = hashlib.md5(plain.tobytes(), usedforsecurity=False)
    named.update(b"None")
    return named.hexdigest()


class Pictures:
    """The photos of one document; used with `with`, so that its thread ends with the drawing."""

    def __init__(self, photos: Iterable[Photo]) -> None:
        """Begin to find their names."""
        self._thread = ThreadPoolExecutor(1, "pictures")
        self._names: dict[str, Future[str]] = {photo.sha256: self._thread.submit(_name, photo) for photo in photos}

    def __enter__(self) -> Pictures:
        """Nothing is left to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop what nobody waits for any more."""
        self._thread.shutdown(cancel_futures=True)

    def draw(self, canvas: Any, photo: Photo, x: float, y: float, width: float, height: float) -> None:
        """Draw a photo as `Canvas.drawImage` does; one that is drawn twice stands in the file once."""
        name, document = self._names[photo.sha256].result(), canvas._doc
        registered = document.getXObjectName(name)
        if registered not in document.idToObject:
            picture = PDFImageXObject(name, ImageReader(io.BytesIO(photo.jpeg)))
            document.Reference(picture, registered)
            document.addForm(name, picture)
        canvas.saveState()
        canvas.translate(x, y)
        canvas.scale(width, height)
        canvas.doForm(name)
        canvas.restoreState()
