"""Which margins a cell belongs to, and how cells add up to them. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from operator import add

from schemas.survey.definition import TOTAL
from schemas.tables.layout import Layout
from services.release.live_table import Codes

_FACTORS = {"w2": ("w", "w"), "w2x": ("w", "wx"), "w2x2": ("wx", "wx"), "w2y2": ("wy", "wy"), "w2xy": ("wx", "wy")}
"""Which two linear sums of a submission make each product. Where an indicator has no w, n is the same."""


def with_margins(codes: Codes, several: Sequence[bool]) -> list[Codes]:
    """The cell itself and every margin that it is a part of. None is made over a dimension of which a unit can have
    several codes: its cells do not add up."""
    return list(
        product(*[(code,) if multiple else (code, TOTAL) for code, multiple in zip(codes, several, strict=True)])
    )


class Products:
    """The places of a layout's vector that hold products of other places of the same submission."""

    def __init__(self, layout: Layout) -> None:
        self._products: list[tuple[int, int, int]] = []
        base = {name: place for place, name in enumerate(layout.base)}
        self._note(base, base)
        for segment in layout.segments:
            own = {name: segment.first + place for place, name in enumerate(segment.sums)}
            self._note(own, base)

    def _note(self, own: Mapping[str, int], base: Mapping[str, int]) -> None:
        size = own.get("w", own.get("n", base["n"]))
        for name, place in own.items():
            if name in _FACTORS:
                left, right = (own[factor] if factor != "w" else size for factor in _FACTORS[name])
                self._products.append((place, left, right))

    def whole(self, vectors: Collection[Sequence[int]]) -> list[int]:
        """The vector of one submission that is in several cells: linear sums add up, products are of the sums."""
        total = summed(vectors)
        for place, left, right in self._products:
            total[place] = total[left] * total[right]
        return total


def summed(vectors: Iterable[Sequence[int]]) -> list[int]:
    total: list[int] = []
    for vector in vectors:
        total = list(map(add, total, vector)) if total else list(vector)
    return total
