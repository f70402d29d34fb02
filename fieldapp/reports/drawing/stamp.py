"""What is seen in a signed field: handwritten strokes as vectors, a line of text, a mark. One page of a PDF in points."""

from __future__ import annotations

import io
from itertools import pairwise

from reportlab.pdfgen.canvas import Canvas

from fieldapp.reports.blocks import Mark
from fieldapp.reports.drawing.charts import draw_mark
from fieldapp.reports.drawing.theme import BOLD, INK, MUTED, REGULAR, Style, fonts, rgb
from fieldapp.reports.drawing.typeset import Line, break_lines, check_glyphs, draw_lines
from fieldapp.reports.strokes import Strokes

__all__ = ["seal_page"]

_PEN = "#14306E"
_BOLD = Style(BOLD, 9, 12.5, INK)
_FINE = Style(REGULAR, 6.6, 9, MUTED)


def seal_page(
    width: float, height: float, headline: str, details: tuple[str, ...], mark: Mark, colour: str, strokes: Strokes | None
) -> bytes:
    """One page of `width` x `height`: strokes above one line of text, or a mark with a headline and details.

    MissingGlyphError when a name cannot be printed.
    """
    fonts()
    check_glyphs((headline, *details))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1, initialFontName=REGULAR, pageCompression=1)
    if strokes is not None:
        _draw_strokes(canvas, strokes, 6, 14, width - 12, height - 18)
        text = "  ·  ".join(filter(None, (headline, *details)))
        line = break_lines(text, _FINE, width - 12)[0]
        draw_lines(canvas, 6, 10, [Line(line, _FINE)])
    else:
        draw_mark(canvas, mark, 8, height / 2 - 7, 14, colour)
        lines = [Line(text, _BOLD) for text in break_lines(headline, _BOLD, width - 40)[:2]]
        lines += [Line(break_lines(text, _FINE, width - 40)[0], _FINE) for text in details if text]
        lines = lines[:3]
        high = sum(line.style.leading for line in lines)
        draw_lines(canvas, 30, height / 2 + high / 2, lines)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw_strokes(canvas: Canvas, strokes: Strokes, x: float, y: float, width: float, height: float) -> None:
    """Fit what was drawn (not the empty pad around it) into the box, keeping its shape; smooth curves through midpoints."""
    points = [point for line in strokes.lines for point in line]
    left, top = min(p.x for p in points), min(p.y for p in points)
    wide = max(max(p.x for p in points) - left, 1)
    high = max(max(p.y for p in points) - top, 1)
    scale = min(width / wide, height / high)
    shift_x = x + (width - wide * scale) / 2
    shift_y = y + (height - high * scale) / 2 + high * scale
    canvas.setStrokeColorRGB(*rgb(_PEN))
    canvas.setFillColorRGB(*rgb(_PEN))
    canvas.setLineWidth(1.2)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    for line in strokes.lines:
        spots = [(shift_x + (p.x - left) * scale, shift_y - (p.y - top) * scale) for p in line]
        if len(spots) == 1:
            canvas.circle(*spots[0], 0.7, stroke=0, fill=1)
        elif spots:
            _draw_curve(canvas, spots)


def _draw_curve(canvas: Canvas, spots: list[tuple[float, float]]) -> None:
    path = canvas.beginPath()
    path.moveTo(*spots[0])
    here = spots[0]
    for (ax, ay), (bx, by) in pairwise(spots[1:]):
        middle = ((ax + bx) / 2, (ay + by) / 2)
        path.curveTo(
            here[0] + (ax - here[0]) * 2 / 3,
            here[1] + (ay - here[1]) * 2 / 3,
            middle[0] + (ax - middle[0]) * 2 / 3,
            middle[1] + (ay - middle[1]) * 2 / 3,
            *middle,
        )
        here = middle
    path.lineTo(*spots[-1])
    canvas.drawPath(path, stroke=1, fill=0)
