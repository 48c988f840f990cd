"""The bounds that linear programming gives on suppressed cells: the strongest attack by subtraction. Pure (HiGHS).

Unknowns are the suppressed cells, equations hold with what is published. For each cell its least and its greatest
value are sought. A cell is safe if between the two lies at least what its kind of suppression promises.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from services.release.equations import Equation
from services.release.identity import Identity
from services.release.peeling import ANYTHING, Range

OPTIMAL, UNBOUNDED = 0, 3
"""Status of scipy.optimize.linprog."""
SLACK = 1e-6
"""Of the solver: whole numbers this close are equal."""


class Unsolved(Exception):
    """The solver gave no bound. Nothing may be published on the strength of that."""


def bounds(
    equations: Iterable[Equation],
    published: Mapping[Identity, int],
    suppressed: Iterable[Identity],
    known: Mapping[Identity, Range] | None = None,
    enough: Callable[[Identity, Range], bool] = lambda cell, found: False,
) -> dict[Identity, Range]:
    """The range of each suppressed cell. `known` are ranges from elsewhere: an earlier release. Each solution is a
    table that fits with what is published, so it widens the ranges of all cells; one that is `enough` is not sought
    further, and then stands here narrower than it is."""
    cells = list(suppressed)
    if not cells:
        return {}
    places = {cell: place for place, cell in enumerate(cells)}
    rows: list[tuple[int, int, float]] = []
    right: list[float] = []
    for equation in equations:
        terms = [(equation.total, -1.0), *[(part, 1.0) for part in equation.parts]]
        if not any(cell in places for cell, _ in terms):
            continue
        right.append(-sum(sign * published[cell] for cell, sign in terms if cell not in places))
        rows.extend((len(right) - 1, places[cell], sign) for cell, sign in terms if cell in places)
    if not rows:
        return {cell: (known or {}).get(cell, ANYTHING) for cell in cells}
    matrix = csr_array(
        ([sign for *_, sign in rows], ([row for row, *_ in rows], [place for _, place, _ in rows])),
        shape=(len(right), len(cells)),
    )
    program = _Program(matrix, right, [_limit((known or {}).get(cell, ANYTHING)) for cell in cells])
    program.scatter()
    for cell, place in places.items():
        for sign in (1.0, -1.0):
            if not enough(cell, program.range(place)):
                program.extreme(place, sign)
    return {cell: program.range(place) for cell, place in places.items()}


def _limit(known: Range) -> tuple[float, float | None]:
    low, high = known
    return low, None if high == float("inf") else high


class _Program:
    """The system, and the least and greatest value seen of each unknown in any solution."""

    def __init__(self, matrix: csr_array, right: list[float], limits: list[tuple[float, float | None]]) -> None:
        self._matrix, self._right, self._limits = matrix, right, limits
        self._low = np.full(len(limits), np.inf)
        self._high = np.full(len(limits), -np.inf)

    def range(self, place: int) -> Range:
        return float(self._low[place]), float(self._high[place])

    def scatter(self) -> None:
        """A few solutions far apart, by which most cells are seen to be open: for each bit of the places, those that
        have it as large and the others as small as can be, and the reverse."""
        places = np.arange(len(self._limits))
        for bit in range(len(self._limits).bit_length()):
            signs = np.where(places >> bit & 1, 1.0, -1.0)
            self._solve(signs)
            self._solve(-signs)

    def extreme(self, place: int, sign: float) -> None:
        goal = np.zeros(len(self._limits))
        goal[place] = sign
        if not self._solve(goal):
            self._high[place] = np.inf

    def _solve(self, goal: NDArray[np.float64]) -> bool:
        """False if the goal has no end. Raises Unsolved."""
        found = linprog(goal, A_eq=self._matrix, b_eq=self._right, bounds=self._limits, method="highs")
        if found.status == UNBOUNDED:
            return False
        if found.status != OPTIMAL:
            raise Unsolved(f"linear programming ended with status {found.status}")
        self._low = np.minimum(self._low, found.x)
        self._high = np.maximum(self._high, found.x)
        return True
