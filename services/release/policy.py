"""The rules by which releases of a survey are made. Pure.

A table's definition says mode, threshold and rounding; everything else is here, with a version that stands in every
manifest. The limits of the rules of concentration are secret: who knows them can compute bounds from the fact that a
cell was suppressed. So they are never written into a manifest.
"""

from dataclasses import dataclass

from services.release.exposure import exposure
from services.release.live_table import LiveTable
from services.release.moves_needed import moves_needed, steps
from services.release.problems import NotReleased, Problem

LEAST_THRESHOLD = 3
"""No definition can go below it: with two in a cell each learns the other's answer."""

MOST_DIMENSIONS = 4
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Policy:
    """`every_ms`: time between progress releases. `most_moves`: how many respondents a progress release may wait for,
    and `largest_step` to how many respondents it may round: the deepest cells that are safe within both are published,
    on the finest step that is. `p_percent`: a sum is unsafe if without its two largest
    contributions less than this share of the largest is left. `dominance_percent`: or if these two make more than this
    share of it. `least_changed`: a published number may only change by this many respondents at least."""

    version: str = "1"
    every_ms: int = 7 * DAY_MS
    most_moves: int = 200
    largest_step: int = 150
    p_percent: int = 10
    dominance_percent: int = 85
    least_changed: int = 3


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to all tables of a unit: they share margins, so one table's care must be the care of all.

    `step` is in respondents; 1 leaves counts exact. `moves` must have moved before the release comes out. `depth`: how
    many codes beside `_T` a published cell may have; deeper ones wait for the closing release.
    """

    mode: str
    step: int
    threshold: int
    moves: int
    depth: int = MOST_DIMENSIONS


def treatment(tables: list[LiveTable], policy: Policy, closing: bool) -> Treatment | NotReleased:
    """Of the tables of one unit.

    While the survey runs, tables are rounded coarsely, also those of mode `suppress`: the difference between two
    releases is what tells about one person, and exact numbers would need most of a survey to move in between. Once it
    is closed there is no later release to compare with: then the designer's step holds, or suppression.
    """
    modes = {table.mode for table in tables}
    if len(modes) > 1:
        return NotReleased(Problem.MIXED_MODES, ", ".join(sorted(table.name for table in tables)))
    mode = modes.pop()
    threshold = max(LEAST_THRESHOLD, *[table.threshold for table in tables])
    if mode == "none":
        unsigned = sorted(table.name for table in tables if not table.signed_off.strip())
        return NotReleased(Problem.NOT_SIGNED_OFF, ", ".join(unsigned)) if unsigned else Treatment(mode, 1, 0, 0)
    if closing:
        recoded = sorted(answer for answer, cuts in _cuts(tables).items() if len(cuts) > 1)
        if mode == "suppress" and recoded:
            return NotReleased(Problem.RECODED, ", ".join(recoded))
        step = 1 if mode == "suppress" else max(1, *[table.rounding for table in tables])
        if mode == "round" and step < LEAST_THRESHOLD:
            return NotReleased(Problem.STEP_TOO_FINE, str(step))
        return Treatment(mode, step, threshold, 0)
    finest = max(table.rounding for table in tables)
    for depth in range(MOST_DIMENSIONS, 0, -1):
        shown = exposure(tables, depth)
        for step in steps(shown):
            moves = moves_needed(shown, step)
            if finest <= step <= max(policy.largest_step, finest) and moves is not None and moves <= policy.most_moves:
                return Treatment("round", step, threshold, moves, depth)
    return NotReleased(Problem.TOO_EXPOSED, str(exposure(tables, 1)))


def _cuts(tables: list[LiveTable]) -> dict[str, set[str]]:
    """The dimensions that classify each answer."""
    found: dict[str, set[str]] = {}
    for table in tables:
        for dimension in table.dimensions:
            found.setdefault(table.answers.get(dimension, dimension), set()).add(dimension)
    return found
