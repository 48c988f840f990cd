"""Subtraction: margins, linked tables, recodes and alike groups, by linear programming over what is published.

Written apart from services.release.bounds, on purpose: it knows the published rows, which rows add up to which, and
that a number rounded to a step lies less than a step away. A suppressed cell is recovered if one number alone fits.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import linprog

from schemas.survey.definition import TOTAL
from services.release.rows import PublishedTable

Cell = frozenset[tuple[str, str]]
WHOLE = 0.5
"""Bounds nearer than this hold one whole number."""


@dataclass(frozen=True)
class Published:
    """What an adversary reads: value by cell (None where suppressed), and lines (total, parts)."""

    values: dict[Cell, int | None]
    lines: list[tuple[Cell, list[Cell]]]
    step: int

    @property
    def suppressed(self) -> list[Cell]:
        return sorted((cell for cell, value in self.values.items() if value is None), key=sorted)


def read(tables: tuple[PublishedTable, ...]) -> Published:
    values: dict[Cell, int | None] = {}
    lines: dict[tuple[Cell, frozenset[Cell]], list[Cell]] = {}
    for table in tables:
        codes = [sorted({row.codes[at] for row in table.rows} - {TOTAL}) for at in range(len(table.dimensions))]
        for row in table.rows:
            values[_cell(table.dimensions, row.codes)] = row.obs_value
        for place in product(*[(*own, TOTAL) for own in codes]):
            for at, code in enumerate(place):
                if code == TOTAL:
                    parts = [_cell(table.dimensions, (*place[:at], one, *place[at + 1 :])) for one in codes[at]]
                    total = _cell(table.dimensions, place)
                    lines[total, frozenset(parts)] = parts
    return Published(values, [(total, parts) for (total, _), parts in lines.items()], tables[0].step)


def _cell(dimensions: tuple[str, ...], codes: tuple[str, ...]) -> Cell:
    return frozenset(pair for pair in zip(dimensions, codes, strict=True) if pair[1] != TOTAL)


def ranges(published: Published, cells: list[Cell], enough: float = float("inf")) -> dict[Cell, tuple[float, float]]:
    """Least and greatest value of each of these cells that fits with everything published. Of a cell that is seen to
    vary by `enough` no more is sought."""
    places = {cell: place for place, cell in enumerate(published.values)}
    matrix = np.zeros((len(published.lines), len(places)))
    for line, (total, parts) in enumerate(published.lines):
        matrix[line, places[total]] = -1
        for part in parts:
            matrix[line, places[part]] += 1
    slack = published.step - 1
    limits = [
        (0, None) if value is None else (max(0, value - slack), value + slack) for value in published.values.values()
    ]
    low, high = np.full(len(places), np.inf), np.full(len(places), -np.inf)
    rng = np.random.default_rng(1)
    goals = [rng.normal(size=len(places)) for _ in range(8)] if enough < float("inf") else []
    singles = [(cell, sign) for cell in cells for sign in (1, -1)]
    for goal, single in [(goal, None) for goal in goals] + [(np.zeros(len(places)), single) for single in singles]:
        if single is not None:
            cell, sign = single
            if high[places[cell]] - low[places[cell]] >= enough:
                continue
            goal[places[cell]] = sign
        end = linprog(goal, A_eq=matrix, b_eq=np.zeros(len(matrix)), bounds=limits)
        if end.status == 0:
            low, high = np.minimum(low, end.x), np.maximum(high, end.x)
        elif single is not None:
            high[places[single[0]]] = np.inf
    return {cell: (float(low[places[cell]]), float(high[places[cell]])) for cell in cells}


def recovered(published: Published) -> int:
    """How many suppressed cells can be one number alone."""
    found = ranges(published, published.suppressed, WHOLE)
    return sum(high - low < WHOLE for low, high in found.values())


def named(published: Published, line: list[Cell], large: int) -> Cell | None:
    """The category that a group is known to share: alone in its line it must have at least so many."""
    values = [published.values[cell] for cell in line]
    shown = [cell for cell, value in zip(line, values, strict=True) if value is not None and value > 0]
    if shown:
        return shown[0] if len(shown) == 1 else None
    lows = [cell for cell, (low, _) in ranges(published, line).items() if low >= large]
    return lows[0] if len(lows) == 1 else None
