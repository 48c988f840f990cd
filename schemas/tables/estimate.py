"""A figure with its error, and its quality: what estimates are told as. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from math import exp, log

from schemas.survey.definition import IndicatorKind
from schemas.tables.student import t_quantile

CONFIDENCE = 0.95


class Quality(StrEnum):
    """By the coefficient of variation, as statistical offices flag it."""

    GOOD = "good"
    CAUTION = "caution"
    UNRELIABLE = "unreliable"


GOOD_CV = 0.165
UNRELIABLE_CV = 0.30


class Missing(StrEnum):
    NO_UNITS = "no unit in the cell has a value"
    ZERO_BELOW = "the denominator is zero"
    ONE_PSU = "a stratum has only one PSU"
    ONE_SUBMISSION = "only one submission"
    NO_VARIATION = "all answers are alike"
    FEW_BEYOND = "too few units on one side of the quantile"
    SEVERAL_UNITS = "several units of one submission, whose spread is not kept"


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` in natural units. `reason` says why a figure is None. `n` counts units with a value."""

    n: int
    value: float | None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    cv: float | None = None
    quality: Quality | None = None
    reason: Missing | None = None


def quality_of(cv: float) -> Quality:
    return Quality.GOOD if cv <= GOOD_CV else Quality.CAUTION if cv <= UNRELIABLE_CV else Quality.UNRELIABLE


def with_interval(estimate: Estimate, kind: IndicatorKind, degrees: int) -> Estimate:
    value, error = estimate.value, estimate.standard_error
    assert value is not None and error is not None
    cv = error / abs(value) if value else None
    quality = None if cv is None else quality_of(cv)
    low: float | None
    high: float | None
    if error == 0.0:
        return Estimate(estimate.n, value, error, None, None, cv, quality, Missing.NO_VARIATION)
    reach = t_quantile(0.5 + CONFIDENCE / 2, degrees) * error
    low, high = value - reach, value + reach
    if kind is IndicatorKind.SHARE and 0 < value < 1:
        # On the scale of log odds, so that the interval stays between 0 and 1.
        odds, width = log(value / (1 - value)), reach / (value * (1 - value))
        low, high = (1 / (1 + exp(-(odds + side))) for side in (-width, width))
    return Estimate(estimate.n, value, error, low, high, cv, quality)
