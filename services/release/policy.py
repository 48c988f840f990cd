"""The rules by which releases of a survey are made. Pure.

A table's definition says mode, threshold and rounding; everything else is here, with a version that stands in every
manifest. The limits of the rules of concentration are secret: who knows them can compute bounds from the fact that a
cell was suppressed. So they are never written into a manifest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.release.exposure import Shown, affordable, exposure, offers, shown
from services.release.live_table import LiveTable
from services.release.moves_needed import MOVES_NEEDED, moves_needed, steps
from services.release.problems import NotReleased, Problem

LEAST_THRESHOLD = 3
"""No definition can go below it: with two in a cell each learns the other's answer."""

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Policy:
    """`every_ms`: time between progress releases. `most_moves`: how many respondents a progress release may wait for,
    and `largest_step` to how many respondents it may round: as many numbers are published as are safe within both, on
    the finest step that is. `p_percent`: a sum is unsafe if without its two largest contributions less than this share
    of the largest is left. `dominance_percent`: or if these two make more than this share of it. `least_changed`: a
    published number may only change by this many respondents at least."""

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

    `step` is in respondents; 1 leaves counts exact. `moves` must have moved before the release comes out. `shown`: what
    is published before the survey closes; None is everything.
    """

    mode: str
    step: int
    threshold: int
    moves: int
    shown: Shown | None = None

    @property
    def is_progress(self) -> bool:
        return self.shown is not None


def treatments(tables: Sequence[LiveTable], policy: Policy, closing: bool) -> dict[str, Treatment] | NotReleased:
    """By unit.

    While the survey runs, tables are rounded coarsely, also those of mode `suppress`: the difference between two
    releases is what tells about one person, and exact numbers would need most of a survey to move in between. What is
    published of all units counts together, for one answer can stand in tables of several. Once the survey is closed
    there is no later release to compare with: then the designer's step holds, or suppression.
    """
    found: dict[str, Treatment] = {}
    running: list[LiveTable] = []
    for unit in dict.fromkeys(table.unit for table in tables):
        own = [table for table in tables if table.unit == unit]
        mode = _mode(own)
        if isinstance(mode, NotReleased):
            return mode
        if mode == "none":
            found[unit] = Treatment(mode, 1, 0, 0)
        elif closing:
            made = _closing(own, mode)
            if isinstance(made, NotReleased):
                return made
            found[unit] = made
        else:
            running.extend(own)
    progress = _progress(running, policy) if running else {}
    return progress if isinstance(progress, NotReleased) else {**found, **progress}


def _mode(tables: list[LiveTable]) -> str | NotReleased:
    """Of the tables of one unit. The number of all (a table without dimensions) is in every table and has the mode of
    the others. Rounded margins are no use beside exact ones, so `round` goes before `suppress`; and suppression does
    not protect one answer cut in different classes (countries, and groups of countries): the difference of two exact
    numbers is a table of the people in between."""
    modes = {table.mode for table in tables if table.dimensions} or {table.mode for table in tables}
    if "none" in modes:
        if len(modes) > 1:
            return NotReleased(Problem.MIXED_MODES, ", ".join(sorted(table.name for table in tables)))
        unsigned = sorted(table.name for table in tables if table.mode == "none" and not table.signed_off.strip())
        return NotReleased(Problem.NOT_SIGNED_OFF, ", ".join(unsigned)) if unsigned else "none"
    return "suppress" if modes == {"suppress"} and not _is_recoded(tables) else "round"


def _is_recoded(tables: list[LiveTable]) -> bool:
    dimensions = {
        dimension: frozenset(table.answers.get(dimension, (dimension,)))
        for table in tables
        for dimension in table.dimensions
    }
    told = [answer for answers in dimensions.values() for answer in answers]
    return len(told) > len(set(told))


def _closing(tables: list[LiveTable], mode: str) -> Treatment | NotReleased:
    threshold = _threshold(tables)
    if mode == "suppress":
        return Treatment(mode, 1, threshold, 0)
    step = max(table.rounding for table in tables)
    return (
        NotReleased(Problem.STEP_TOO_FINE, str(step)) if step < LEAST_THRESHOLD else Treatment(mode, step, threshold, 0)
    )


def _progress(tables: list[LiveTable], policy: Policy) -> dict[str, Treatment] | NotReleased:
    finest = max(table.rounding for table in tables)
    everything = offers(tables)
    for most in sorted(MOVES_NEEDED, reverse=True):
        if _rule(most, finest, policy) is None:
            continue
        taken = affordable(everything, most)
        rule = _rule(exposure(taken), finest, policy)
        if rule is not None:
            step, moves = rule
            return {
                unit: Treatment(
                    "round",
                    step,
                    _threshold([table for table in tables if table.unit == unit]),
                    moves,
                    shown(taken, unit),
                )
                for unit in dict.fromkeys(table.unit for table in tables)
            }
    return NotReleased(Problem.TOO_EXPOSED, f"{policy.largest_step}, {policy.most_moves}")


def _rule(exposure: int, finest: int, policy: Policy) -> tuple[int, int] | None:
    """The finest step that is safe within the policy, and the moves that it needs."""
    for step in steps(exposure):
        moves = moves_needed(exposure, step)
        if finest <= step <= max(policy.largest_step, finest) and moves is not None and moves <= policy.most_moves:
            return step, moves
    return None


def _threshold(tables: list[LiveTable]) -> int:
    return max(LEAST_THRESHOLD, *[table.threshold for table in tables])
