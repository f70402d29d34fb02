"""One measured figure, and how figures are printed: a table for a person or one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

__all__ = ["Measure", "lines"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: `measure` of `bench` is `value` in `unit`; with the reference it is held against when there is one.

    `reference` is in the same unit; `ratio` is value / reference and is computed when left out.
    """

    bench: str
    measure: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None

    def __post_init__(self) -> None:
        """Fill the ratio in."""
        if self.ratio is None and self.reference:
            object.__setattr__(self, "ratio", self.value / self.reference)


def lines(measures: Iterable[Measure], as_json: bool) -> Iterator[str]:
    """One line for each figure, in the order they are made."""
    for one in measures:
        if as_json:
            yield json.dumps(asdict(one), ensure_ascii=False)
            continue
        text = f"{one.bench:<12} {one.measure:<52} {one.value:>14,.3f} {one.unit:<10}"
        if one.reference is not None:
            text += f" reference {one.reference:,.3f}"
        if one.ratio is not None:
            text += f" ratio {one.ratio:.2f}"
        yield text.rstrip()
