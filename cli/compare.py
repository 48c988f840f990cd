"""Compares what the tables show with what they must show: cell keys and integers, never an answer of a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Figures = Mapping[str, Mapping[str, Mapping[str, int]]]
"""By figure ("" is everyone in the cell) and cell key `table|code|code`: the sums by name."""


@dataclass(frozen=True)
class Difference:
    """One integer that is not what it must be. A cell that is not there shows 0."""

    figure: str
    cell: str
    sum: str
    expected: int
    shown: int

    def __str__(self) -> str:
        return f"{self.cell} {self.figure or 'all'}.{self.sum}: {self.shown} shown, {self.expected} expected"


def differences(expected: Figures, shown: Figures) -> list[Difference]:
    """Every integer of either side that the other does not have the same. Sums and cells of zero need not be there."""
    return list(_differences(expected, shown))


def integers(figures: Figures) -> int:
    """How many integers a comparison with these looks at."""
    return sum(len(sums) for cells in figures.values() for sums in cells.values())


def _differences(expected: Figures, shown: Figures) -> Iterator[Difference]:
    for figure in sorted({*expected, *shown}):
        wanted, found = expected.get(figure, {}), shown.get(figure, {})
        for cell in sorted({*wanted, *found}):
            one, other = wanted.get(cell, {}), found.get(cell, {})
            for name in sorted({*one, *other}):
                if one.get(name, 0) != other.get(name, 0):
                    yield Difference(figure, cell, name, one.get(name, 0), other.get(name, 0))
