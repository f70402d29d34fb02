"""Small drawings on a canvas, all vectors: marks, QR code, trend, bars. Lengths are points, values decimal texts."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

from fieldapp.reports.blocks import BarChart, Brand, Languages, Mark, TrendChart
from fieldapp.reports.drawing.theme import BOLD, HAIRLINE, INK, MUTED, REGULAR, Style, rgb, tone_colour
from fieldapp.reports.drawing.typeset import Line, draw_lines, set_words

__all__ = ["bars_height", "draw_bars", "draw_mark", "draw_qr", "draw_trend"]

_SMALL = Style(REGULAR, 6.5, 8.5, MUTED)
_LABEL = Style(REGULAR, 8, 11, INK)
_BAR_ROW = 17.0


def draw_mark(canvas: Any, mark: Mark, x: float, y: float, size: float, colour: str) -> None:
    """Draw a tick, cross, dash, circle or empty box in a square whose lower left corner is (x, y)."""
    canvas.saveState()
    canvas.setStrokeColorRGB(*rgb(colour))
    canvas.setFillColorRGB(*rgb(colour))
    canvas.setLineWidth(size * 0.14)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    if mark == "tick":
        path.moveTo(x + size * 0.12, y + size * 0.5)
        path.lineTo(x + size * 0.4, y + size * 0.2)
        path.lineTo(x + size * 0.9, y + size * 0.82)
    elif mark == "cross":
        path.moveTo(x + size * 0.2, y + size * 0.2)
        path.lineTo(x + size * 0.8, y + size * 0.8)
        path.moveTo(x + size * 0.2, y + size * 0.8)
        path.lineTo(x + size * 0.8, y + size * 0.2)
    elif mark == "dash":
        path.moveTo(x + size * 0.15, y + size * 0.5)
        path.lineTo(x + size * 0.85, y + size * 0.5)
    elif mark == "circle":
        path.circle(x + size / 2, y + size / 2, size * 0.36)
    elif mark == "box":
        canvas.setLineWidth(0.7)
        path.rect(x + size * 0.05, y + size * 0.05, size * 0.9, size * 0.9)
    canvas.drawPath(path, stroke=1, fill=0)
    canvas.restoreState()


def draw_qr(canvas: Any, text: str, x: float, y: float, size: float) -> None:
    """Draw a QR code (level M) of an ASCII text in a square, its quiet zone included, as one filled path."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    count = code.getModuleCount()
    cell = size / (count + 4)
    path = canvas.beginPath()
    for row in range(count):
        column = 0
        while column < count:
            run = 0
            while column + run < count and code.isDark(row, column + run):
                run += 1
            if run:
                path.rect(x + (column + 2) * cell, y + (count + 1 - row) * cell, run * cell, cell)
            column += run or 1
    canvas.saveState()
    canvas.setFillColorRGB(*rgb(INK))
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


def _number(text: str) -> float | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return float(value) if value.is_finite() else None


def _scale(chart: TrendChart) -> tuple[float, float]:
    limits = (_number(chart.low), _number(chart.high))
    values = [v for v in (*(_number(p.value) for p in chart.points), *limits) if v is not None]
    low, high = min(values), max(values)
    margin = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    return low - margin, high + margin


def draw_trend(canvas: Any, chart: TrendChart, x: float, y: float, width: float, height: float, brand: Brand, axes: bool = True) -> None:
    """Draw values over time: range shaded, line, last point filled; `axes` adds dates and limits (not in a table)."""
    points = [(p.day, value) for p in chart.points if (value := _number(p.value)) is not None]
    if not points:
        return
    low, high = _scale(chart)
    left, bottom = (x + 26, y + 11) if axes else (x + 2, y + 2)
    wide, tall = (x + width - 6 - left, y + height - 4 - bottom) if axes else (width - 4, height - 4)
    days = [day.toordinal() for day, _ in points]
    span = max(days) - min(days) or 1

    def place(day: int, value: float) -> tuple[float, float]:
        share = (day - min(days)) / span if len(points) > 1 else 0.5
        return left + share * wide, bottom + (value - low) / (high - low) * tall

    canvas.saveState()
    _draw_range(canvas, chart, (low, high), (left, bottom, wide, tall), axes)
    canvas.setStrokeColorRGB(*rgb(brand.accent))
    canvas.setLineWidth(1.1 if axes else 0.8)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    places = [place(day, value) for day, (_, value) in zip(days, points, strict=True)]
    path.moveTo(*places[0])
    for spot in places[1:]:
        path.lineTo(*spot)
    canvas.drawPath(path, stroke=1, fill=0)
    for index, (px, py) in enumerate(places):
        is_last = index == len(places) - 1
        canvas.setFillColorRGB(*(rgb(brand.accent) if is_last else (1, 1, 1)))
        canvas.circle(px, py, 1.8 if axes else 1.3, stroke=1, fill=1)
    if axes:
        draw_lines(canvas, left, y + 9.5, [Line(points[0][0].isoformat(), _SMALL)])
        if len(points) > 1:
            draw_lines(canvas, left, y + 9.5, [Line(points[-1][0].isoformat(), _SMALL)], wide, "right")
    canvas.restoreState()


def _draw_range(
    canvas: Any,
    chart: TrendChart,
    scale: tuple[float, float],
    area: tuple[float, float, float, float],
    axes: bool,
) -> None:
    left, bottom, wide, tall = area
    limits = [(chart.low, _number(chart.low)), (chart.high, _number(chart.high))]
    spots = [bottom + (v - scale[0]) / (scale[1] - scale[0]) * tall if v is not None else None for _, v in limits]
    floor = spots[0] if spots[0] is not None else bottom
    ceiling = spots[1] if spots[1] is not None else bottom + tall
    if any(spot is not None for spot in spots):
        canvas.setFillColorRGB(*rgb("#EAF4EE"))
        canvas.rect(left, floor, wide, max(ceiling - floor, 0.5), stroke=0, fill=1)
    canvas.setStrokeColorRGB(*rgb(HAIRLINE))
    canvas.setLineWidth(0.4)
    if axes:
        canvas.line(left, bottom, left + wide, bottom)
        for (text, _), spot in zip(limits, spots, strict=True):
            if spot is not None:
                draw_lines(canvas, left - 28, spot + 4.2, [Line(text, _SMALL)], 25, "right")


def bars_height(chart: BarChart) -> float:
    """The height that the bars take."""
    return _BAR_ROW * len(chart.bars)


def draw_bars(canvas: Any, chart: BarChart, x: float, top: float, width: float, brand: Brand, languages: Languages) -> None:
    """Draw horizontal bars downwards from `top`, each with its label and its value."""
    values = [max(_number(bar.value) or 0.0, 0.0) for bar in chart.bars]
    most = max(values, default=0.0) or 1.0
    second = Style(REGULAR, 6, 8, MUTED)
    labels = [set_words(bar.label, languages, _LABEL, second, width * 0.3) for bar in chart.bars]
    longest = max((line.width for lines in labels for line in lines), default=0.0)
    left = x + min(longest, width * 0.3) + 8
    room = width - (left - x) - 60
    for bar, value, lines in zip(chart.bars, values, labels, strict=True):
        draw_lines(canvas, x, top - 1, lines[:1])
        canvas.setFillColorRGB(*rgb(tone_colour(bar.tone, brand)))
        length = max(room * value / most, 0.5)
        canvas.rect(left, top - 11, length, 8, stroke=0, fill=1)
        text = f"{bar.value} {chart.unit}".strip()
        draw_lines(canvas, left + length + 4, top - 1.5, [Line(text, Style(BOLD, 8, 11, INK))])
        top -= _BAR_ROW
