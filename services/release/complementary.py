"""Which further cells are suppressed so that the small ones cannot be computed: linked tables at once. Pure.

Simple and safe, not optimal. In each equation one suppressed member alone would be known by subtraction, so a second
goes, the smallest that does the least harm. Then linear programming measures what is left to compute, and wherever a
cell is still known too well another member of its equations goes. If that does not come to an end, nothing is
published: more cells suppressed can only make more unknown, so the last resort is always safe.
"""

from collections.abc import Mapping, Sequence, Set

from services.release.bounds import SLACK, Unsolved, bounds
from services.release.equations import Equation
from services.release.identity import Identity
from services.release.peeling import Range

PASSES = 200
"""Rounds of suppressing one more cell for each that is known too well. Tables of a survey need two or three."""


def complementary(
    equations: Sequence[Equation],
    counts: Mapping[Identity, int],
    primary: set[Identity],
    width: int,
    large: Set[Identity] = frozenset(),
    known: Mapping[Identity, Range] | None = None,
) -> set[Identity] | None:
    """All cells to suppress, the primary ones included. `width`: how far apart the bounds on a primary cell must be,
    in units; others must be open by one. `large` are primary cells hidden because they hold all of a line: that they
    have even `width` in them must not follow. None if no set was found that the audit passes."""
    suppressed = set(primary)
    containing: dict[Identity, list[Equation]] = {}
    for equation in equations:
        for cell in equation.members:
            containing.setdefault(cell, []).append(equation)
    for _ in range(PASSES):
        _complete(equations, counts, suppressed)
        open_cells = exposed(equations, counts, suppressed, primary, width, large, known)
        if open_cells is None:
            return None
        if not open_cells:
            return suppressed
        before = len(suppressed)
        for cell in open_cells:
            candidates = {member for equation in containing.get(cell, ()) for member in equation.members} - suppressed
            if candidates:
                suppressed.add(_cheapest(candidates, counts))
        if len(suppressed) == before:
            # All that hangs together with these cells is suppressed already; what is left is too little to hide in.
            wider = {
                member
                for equation in equations
                if suppressed.intersection(equation.members)
                for member in equation.members
            }
            if wider <= suppressed:
                return None
            suppressed.add(_cheapest(wider - suppressed, counts))
    return None


def exposed(
    equations: Sequence[Equation],
    counts: Mapping[Identity, int],
    suppressed: set[Identity],
    primary: set[Identity],
    width: int,
    large: Set[Identity] = frozenset(),
    known: Mapping[Identity, Range] | None = None,
) -> list[Identity] | None:
    """Suppressed cells that are still known too well; None if the solver failed, which is no proof of safety."""

    def safe(cell: Identity, found: Range) -> bool:
        low, high = found
        wide = high - low >= (width if cell in primary else 1) - SLACK
        return wide and not (cell in large and low > width - 1 + SLACK)

    published = {cell: count for cell, count in counts.items() if cell not in suppressed}
    try:
        found = bounds(equations, published, sorted(suppressed), known, safe)
    except Unsolved:
        return None
    return [cell for cell, own in found.items() if not safe(cell, own)]


def _complete(equations: Sequence[Equation], counts: Mapping[Identity, int], suppressed: set[Identity]) -> None:
    """Suppresses a second member wherever one alone is suppressed, until no equation is left with one."""
    again = True
    while again:
        again = False
        for equation in equations:
            if sum(cell in suppressed for cell in equation.members) == 1:
                suppressed.add(_cheapest(set(equation.members) - suppressed, counts))
                again = True


def _cheapest(cells: set[Identity], counts: Mapping[Identity, int]) -> Identity:
    """The most detailed, then the smallest cell that has somebody in it: an empty one protects nobody."""
    return min(cells, key=lambda cell: (not counts[cell], -len(cell[1]), counts[cell], cell))
