"""What the measured reports say: a service report of six pages, an inspection of as many pages as are asked for, and photos.

The photos are of the size that a telephone takes (3 MB), and are scaled as they are when they are attached. `pieces` says the same
as headings, texts, tables and photos without any of our own classes, for the bare script that stands beside.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from fieldapp.base.ids import SeededRandomness
from fieldapp.reports import blocks as b
from fieldapp.reports import content as c
from fieldapp.reports.blocks import Photo, Words
from tests.reports import samples

__all__ = ["PHOTOS", "ROWS", "STEPS", "inspection", "photographed", "photos_in", "pieces", "service"]

ROWS, PHOTOS = 60, 8
STEPS = (2, 4, 8)
"""How many checklists the large inspections have; each has 25 photos."""


def photographed(wide: int = 4000, high: int = 3000, number: int = 0) -> bytes:
    """A photo as a camera gives it: noise of three grains, so that it packs no better than a rack of cables does."""
    from PIL import Image

    randomness = SeededRandomness(number)
    picture = Image.new("RGB", (wide, high), (96, 110, 124))
    for grain, share in ((40, 0.6), (10, 0.4), (3, 0.25)):
        size = (wide // grain, high // grain)
        noise = Image.frombytes("RGB", size, randomness.bytes(3 * size[0] * size[1]))
        picture = Image.blend(picture, noise.resize((wide, high), Image.Resampling.BILINEAR), share)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _photos(jpegs: Sequence[bytes], first: int = 1) -> tuple[Photo, ...]:
    captions = (
        Words(f"机柜 {n:02} 更换后的线缆与标识", f"Rack {n:02}, cables and labels after the swap") for n in range(first, first + len(jpegs))
    )
    return tuple(Photo(sha256(jpeg).hexdigest(), caption, jpeg) for jpeg, caption in zip(jpegs, captions, strict=True))


def _checklist(rows: int, jpegs: Sequence[bytes], number: int = 1) -> c.InspectionAnnex:
    plain = samples.inspection(rows, _photos(jpegs, 25 * number - 24))
    return replace(plain, asset=f"存储 ST-{number} (SN {7780 + number})")


def service(jpegs: Sequence[bytes]) -> c.ServiceReportData:
    """The report of six pages: one summary, a checklist of 60 rows with the photos, the record of a swap and of an upgrade."""
    swap = c.SwapAnnex(samples.PART, samples.steps())
    upgrade = c.UpgradeAnnex(samples.UPGRADE, samples.steps(), samples.evidence())
    return samples.service(annexes=(_checklist(ROWS, jpegs), swap, upgrade))


def inspection(jpegs: Sequence[bytes], checklists: int) -> c.InspectionReportData:
    """An inspection of so many checklists of 300 rows, the photos shared out among them: about 12 pages for each."""
    each = len(jpegs) // checklists
    parts = (jpegs[n * each : (n + 1) * each] for n in range(checklists))
    return samples.inspection_report(annexes=tuple(_checklist(300, part, n) for n, part in enumerate(parts, 1)))


def photos_in(data: c.ReportData) -> Iterator[Photo]:
    """The photos of a measured report."""
    for annex in data.annexes if isinstance(data, c.ServiceReportData | c.InspectionReportData) else ():
        yield from getattr(annex, "photos", ())


def pieces(content: b.DocumentContent) -> Iterator[list[Any]]:
    """The content as lists of plain values: what a script would be given that knows nothing of our blocks."""
    yield ["title", _both(content.title), content.number]
    for block in content.blocks:
        match block:
            case b.Heading():
                yield ["heading", _both(block.text), block.level]
            case b.Paragraph():
                yield ["text", _both(block.text)]
            case b.KeyValues():
                chips = [" ".join(_both(chip.text) for chip in row.chips) for row in block.rows]
                rows = [[_both(row.label), f"{more} {_both(row.value)}".strip()] for row, more in zip(block.rows, chips, strict=True)]
                yield ["table", [1, 3], [], rows]
            case b.Table():
                titles = [_both(column.title) for column in block.columns]
                rows = [[_cell(cell) for cell in row] for row in block.rows]
                yield ["table", [column.weight for column in block.columns], titles, rows]
            case b.Figures():
                yield ["table", [1] * len(block.items), [], [[f.value for f in block.items], [_both(f.label) for f in block.items]]]
            case b.Photos():
                yield ["photos", block.columns, [[photo.sha256, _both(photo.caption)] for photo in block.items]]
            case b.DigestLine():
                yield ["text", f"{_both(block.label)} {block.sha256}"]
            case b.SignatureFields():
                yield ["table", [1] * len(block.slots), [], [[f"{_both(slot.role)} {slot.name}" for slot in block.slots]]]
            case b.PageBreak():
                yield ["page"]
            case _:
                raise ValueError(f"the bare script is not told what a {type(block).__name__} says")


def _both(words: Words) -> str:
    return f"{words.zh} {words.en}" if words.en and words.en != words.zh else words.zh


def _cell(cell: b.Cell) -> str:
    said = _both(cell.text)
    return said or (", ".join(point.value for point in cell.trend.points) if cell.trend else "")
