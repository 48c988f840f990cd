"""How much of each quantity one submission brings, found once for the life of a survey. Pure.

While a survey runs, a step is that many times the step in respondents. A scale that followed the data would tell of it
from release to release, so each is a round number, found at the first release that can tell, and kept
(`Memory.scales`).
"""

from collections.abc import Mapping
from math import log, sqrt

from schemas.survey.definition import TOTAL, IndicatorKind
from services.release.cube import Cube
from services.release.grid import nice
from services.release.live_table import Amount, Indicator, LiveCell, LiveTable

FINE = 1_000_000
"""Points to one, for what is a fraction: a figure for which so many respondents stand."""
ERROR_RATIO = 1.25
"""Standard errors stand on a geometric grid: to two digits they would give away the exact count."""

ERROR_MARGIN = 0.25
"""Steps of that grid by which errors are made larger (6 %): the degrees of freedom of a cell are not published, and
amounts are skewed. Measured: without it intervals of 95 % hold the truth 92 to 94 times of a hundred."""


def scales(table: LiveTable, cube: Cube, known: Mapping[str, int]) -> dict[str, int]:
    """What is known, and what this table adds: "n" units of a submission; of an indicator "name:n", "name:above" (a
    sum), "name:level" (a figure, times FINE) and "name:spread" (how answers vary, an exponent of ERROR_RATIO)."""
    found: dict[str, int] = {}
    whole = [cell for codes, cell in cube.items() if cell.units and TOTAL not in codes]
    units = sum(cell.units for cell in whole)
    if not units:
        return dict(known)
    household = nice(units / max(1, sum(cell.submissions for cell in whole))) if table.unit else 1
    found["n"] = known.get("n", household)
    total = cube.get((TOTAL,) * len(table.dimensions))
    for indicator in table.indicators:
        found.update(_of_indicator(indicator, whole, total, found["n"]))
    return {**found, **known}


def _of_indicator(
    indicator: Indicator, whole: list[LiveCell], total: LiveCell | None, household: int
) -> dict[str, int]:
    name = indicator.name
    amounts = [cell.amounts[name] for cell in whole if name in cell.amounts]
    number = sum(amount.n for amount in amounts)
    if not number:
        return {}
    above = sum(abs(amount.above) for amount in amounts) / number
    below = sum(abs(amount.below or 0) for amount in amounts) / number
    among_all = total.amounts.get(name) if total else None
    typical = above * (1.0 if among_all is None else varying(indicator, among_all))
    found = {
        f"{name}:n": household,
        f"{name}:above": nice(typical) * household,
    }
    level = _level(indicator, among_all, max(amount.largest[0] for amount in amounts) / max(below, 1e-9))
    if level is not None:
        found[f"{name}:level"] = nice(level * FINE) * household
    varies = spread(indicator, among_all)
    if varies is not None:
        found[f"{name}:spread"] = varies
    return found


def varying(indicator: Indicator, amount: Amount) -> float:
    """How far one answer can be from the mean, in means, at least 1: a mean near zero says nothing of how far one
    answer can move it, but how much they vary does. In a number of people all are alike."""
    if indicator.kind is IndicatorKind.COUNT:
        return 1.0
    return max(1.0, _deviation(amount) or 0.0)


def _deviation(amount: Amount) -> float | None:
    """Standard deviation of the answers over their mean, from the error of the figure; None if that is not known."""
    return None if amount.error is None else amount.error * sqrt(amount.n)


def _level(indicator: Indicator, amount: Amount | None, largest: float) -> float | None:
    """What one submission can bring to a figure, about; None if that is not known."""
    if indicator.kind is IndicatorKind.SHARE:
        return 1.0
    if amount is None or not amount.below:
        return None
    if amount.above and amount.error is not None:
        return abs(amount.above / amount.below) * varying(indicator, amount)
    return largest or None


def spread(indicator: Indicator, amount: Amount | None) -> int | None:
    """Of a share its design effect, of all else the standard deviation over the mean."""
    if amount is None or not amount.error or not amount.above:
        return None
    value = amount.error * sqrt(amount.n)
    if indicator.kind is IndicatorKind.SHARE:
        share = amount.above / amount.below if amount.below else 0.0
        if not 0 < share < 1:
            return None
        value = value * value * share / (1 - share)
    return round(log(value, ERROR_RATIO) + ERROR_MARGIN)
