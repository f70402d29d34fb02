"""The one door to the renderer: from content to the bytes of a PDF. reportlab is imported when it is first used."""

from __future__ import annotations

from fieldapp.reports.blocks import Brand, DocumentContent

__all__ = ["Brand", "render"]


def render(content: DocumentContent, brand: Brand | None = None) -> bytes:
    """The PDF/A-3b of a content with its data attached and empty signature fields, ready to be certified.

    The same content and brand give the same bytes. MissingGlyphError (FA-803) names a character that cannot be
    printed; MissingPhotoError (FA-810) a photo whose bytes are not those of its digest. Nothing is drawn then.
    """
    from fieldapp.reports.drawing.pages import draw_pages

    return draw_pages(content, brand or Brand())
