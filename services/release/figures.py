"""Figures that people read, from rounded quantities alone: shares, means, totals, with errors and quality. Pure."""

from math import sqrt

from schemas.survey.definition import IndicatorKind
from services.release.live_table import Indicator
from services.release.quantities import ERROR_RATIO, Quantities
from services.release.rows import MISSING, SUPPRESSED, ConfStatus, Figure, ObsStatus

GOOD_CV = 0.165
UNRELIABLE_CV = 0.30
"""As statistical offices flag estimates (schemas.tables.estimates has the same)."""
NORMAL_95 = 1.959964
"""The degrees of freedom of a cell are not published; the error is rounded up, by more than they would make it."""
ROUNDING_VARIANCE = 6
"""Rounding on a grid with a uniform origin has the variance step^2 / 6, over all values."""


def figure(
    quantities: Quantities, indicator: Indicator, above_step: int, below_step: int, exact: bool = False
) -> Figure:
    """`above_step`, `below_step`: on which grids the two parts were rounded. The standard error holds that too."""
    name, values = indicator.name, quantities.values
    above, below = values.get(f"{name}:above"), values.get(f"{name}:below")
    if above is None:
        return MISSING if exact else SUPPRESSED
    n = values.get(f"{name}:n")
    if below is None:
        value = above / indicator.factor
    elif below == 0:
        return MISSING
    else:
        value = (above / indicator.factor) / (below / indicator.below_factor)
    if indicator.kind is IndicatorKind.SHARE:
        value = min(1.0, max(0.0, value))
    step = values.get(f"{name}:error")
    if step is None or above == 0:
        return _figure(value, n)
    variance = ERROR_RATIO ** (2 * step)
    if not exact:
        variance += (above_step / above) ** 2 / ROUNDING_VARIANCE
        if below is not None:
            variance += (below_step / below) ** 2 / ROUNDING_VARIANCE
    return _with_error(indicator, value, n, sqrt(variance))


def _figure(value: float, n: int | None) -> Figure:
    """An error that cannot be had is not guessed."""
    return Figure(value, ObsStatus.NORMAL, ConfStatus.FREE, n)


def _with_error(indicator: Indicator, value: float, n: int | None, cv: float) -> Figure:
    error = cv * abs(value)
    low, high = value - NORMAL_95 * error, value + NORMAL_95 * error
    if indicator.kind is IndicatorKind.SHARE:
        low, high = max(0.0, low), min(1.0, high)
    quality = "good" if cv <= GOOD_CV else "caution" if cv <= UNRELIABLE_CV else "unreliable"
    status = ObsStatus.LOW_RELIABILITY if quality == "unreliable" else ObsStatus.NORMAL
    return Figure(value, status, ConfStatus.FREE, n, error, low, high, cv, quality)
