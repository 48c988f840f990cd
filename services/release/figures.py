"""Figures that people read, from rounded quantities alone: shares, means, totals, with errors and quality. Pure."""

from collections.abc import Mapping
from math import sqrt

from schemas.survey.definition import IndicatorKind
from schemas.tables.log_buckets import middle_of, range_of
from services.release.live_table import Indicator
from services.release.primary import Reason
from services.release.quantities import Quantities
from services.release.rows import MISSING, NOT_YET, SUPPRESSED, ConfStatus, Figure, ObsStatus
from services.release.scales import ERROR_RATIO, FINE

GOOD_CV = 0.165
UNRELIABLE_CV = 0.30
"""As statistical offices flag estimates (schemas.tables.estimates has the same)."""
NORMAL_95 = 1.959964
"""The degrees of freedom of a cell are not published."""
ROUNDING_VARIANCE = 6
"""Rounding on a grid with a uniform origin has the variance step^2 / 6, over all values."""


def figure(
    quantities: Quantities, indicator: Indicator, steps: Mapping[str, int], spread: int | None, exact: bool = False
) -> Figure:
    """`steps`: of the grids ("above", "below", "level") on which its parts were rounded; the standard error holds that
    too. `spread`: how answers vary (services.release.scales), from which alone progress releases take the error."""
    name, values = indicator.name, quantities.values
    if quantities.reasons.get(name) is Reason.DEEP:
        return NOT_YET
    if f"{name}:level" in values:
        return _of_progress(quantities, indicator, steps["level"], spread)
    if indicator.kind is IndicatorKind.QUANTILE:
        return _quantile(quantities, indicator, exact)
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
    if above == 0 and not exact:
        # Less than a step of the grid: so little is known of it that no error can be said.
        return Figure(value, ObsStatus.LOW_RELIABILITY, ConfStatus.FREE, n, quality="unreliable")
    if step is None or above == 0:
        return _figure(value, n)
    variance = ERROR_RATIO ** (2 * step)
    if not exact:
        variance += (steps["above"] / above) ** 2 / ROUNDING_VARIANCE
        if below is not None:
            variance += (steps["below"] / below) ** 2 / ROUNDING_VARIANCE
    return _with_error(indicator, value, n, sqrt(variance) * abs(value))


def _of_progress(quantities: Quantities, indicator: Indicator, step: int, spread: int | None) -> Figure:
    """The error of a simple sample of this size, times what all respondents show of the design: it tells nothing of
    the people in the cell that the figure does not."""
    n, level = quantities.values[f"{indicator.name}:n"], quantities.values[f"{indicator.name}:level"]
    per_unit = indicator.below_factor / indicator.factor
    value = level / FINE / n * per_unit
    if indicator.kind is IndicatorKind.SHARE:
        value = min(1.0, max(0.0, value))
    if spread is None:
        return _figure(value, n)
    varies = ERROR_RATIO**spread
    sampling = varies * value * (1 - value) / n if indicator.kind is IndicatorKind.SHARE else (varies * value) ** 2 / n
    rounding = (step / FINE / n * per_unit) ** 2 / ROUNDING_VARIANCE
    return _with_error(indicator, value, n, sqrt(sampling + rounding))


def _quantile(quantities: Quantities, indicator: Indicator, exact: bool) -> Figure:
    """The middle of the class in which it is, and its ends as `low` and `high`: no interval of 95 %, whose ends would
    be quantiles themselves, to be protected as it is."""
    values, name = quantities.values, indicator.name
    if f"{name}:from" not in values:
        return MISSING if exact else SUPPRESSED
    first, last = values[f"{name}:from"], values[f"{name}:to"]
    low, high = (end / indicator.factor for end in (range_of(first)[0], range_of(last)[1]))
    value = float(f"{float(middle_of(first, last) / indicator.factor):.3g}")
    return Figure(value, ObsStatus.NORMAL, ConfStatus.FREE, values[f"{name}:n"], low=low, high=high)


def _figure(value: float, n: int | None) -> Figure:
    """An error that cannot be had is not guessed."""
    return Figure(value, ObsStatus.NORMAL, ConfStatus.FREE, n)


def _with_error(indicator: Indicator, value: float, n: int | None, error: float) -> Figure:
    cv = error / abs(value) if value else None
    low, high = value - NORMAL_95 * error, value + NORMAL_95 * error
    if indicator.kind is IndicatorKind.SHARE:
        low, high = max(0.0, low), min(1.0, high)
    quality = "unreliable" if cv is None or cv > UNRELIABLE_CV else "good" if cv <= GOOD_CV else "caution"
    status = ObsStatus.LOW_RELIABILITY if quality == "unreliable" else ObsStatus.NORMAL
    return Figure(value, status, ConfStatus.FREE, n, error, low, high, cv, quality)
