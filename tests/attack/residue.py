"""float_residue: what sums keep of people who were erased. Ours are whole numbers, so a cell returns to what it was."""

from dataclasses import dataclass

import numpy as np

from schemas.tables.cells import Deltas, Page, applied, summed
from schemas.tables.contribution import Contribution

CELLS, STAYING, ERASED = 20, 5, 500
SCALE = 1_000_000


@dataclass(frozen=True)
class Residue:
    """Cells that are not what they would be without the erased, to the last digit: in exact sums, and in floats."""

    cells: int
    left: int
    plain_left: int


def float_residue(rng: np.random.Generator) -> Residue:
    """In each cell a few stay and thousands come and go, with weights and amounts of six digits after the point."""
    left = plain_left = 0
    for cell in range(CELLS):
        staying, erased = _people(rng, STAYING), _people(rng, ERASED)
        left += _exact(cell, staying, erased) != _exact(cell, staying, [])
        plain_left += _floats(staying, erased) != _floats(staying, [])
    return Residue(CELLS, left, plain_left)


def _people(rng: np.random.Generator, number: int) -> list[tuple[int, int]]:
    """Weight and amount, scaled."""
    return [(int(weight), int(amount)) for weight, amount in rng.integers(1, 10**9, (number, 2))]


def _exact(cell: int, staying: list[tuple[int, int]], erased: list[tuple[int, int]]) -> list[int]:
    """Through the pages that aggregate writes."""
    deltas, back = Deltas(), Deltas()
    for weight, amount in (*staying, *erased):
        deltas.add(_contribution(cell, weight, amount, 1))
    for weight, amount in erased:
        back.add(_contribution(cell, weight, amount, -1), retraction=True)
    pages = applied(Page.empty("s", 0), deltas)
    pages = [written for page in pages for written in applied(page, back)]
    return summed(pages, "t").get(str(cell), [])


def _contribution(cell: int, weight: int, amount: int, sign: int) -> Contribution:
    sums = (sign, sign * weight, sign * weight * amount, sign * weight * amount * amount)
    return Contribution((("t", str(cell), sums),))


def _floats(staying: list[tuple[int, int]], erased: list[tuple[int, int]]) -> tuple[float, float]:
    """As databases of sums do it: floating point numbers, in the order in which people come and go."""
    total = squares = 0.0
    for sign, people in ((1, (*staying, *erased)), (-1, erased)):
        for weight, amount in people:
            w, x = weight / SCALE, amount / SCALE
            total += sign * w * x
            squares += sign * w * x * x
    return total, squares
