"""How large the sums of a survey can grow: stored they have no limit, but the view of them computes with Decimal128,
which keeps 34 digits, and sums here are exact or wrong."""

import re

from schemas.survey.definition import IndicatorDefinition, IndicatorKind, Role, SurveyDefinition

SUBMISSIONS = 1_000_000_000
"""More than any survey has had: the bound holds for this many."""
DIGITS = 34
USUAL_LARGEST_WEIGHT = 1_000_000
"""Assumed where the form does not bound the weight: one household then stands for a million."""

_UPPER = re.compile(r"\.\s*<=?\s*(\d{1,12})(?![\d.])")


def largest_weight(definition: SurveyDefinition) -> int:
    """The largest weight that the form lets through, scaled; 1 in a survey without weights."""
    field = definition.with_role(Role.WEIGHT)
    if field is None:
        return 1
    upper = [int(found) for found in _UPPER.findall(field.constraint or "")]
    scale: int = 10**definition.weight_scale
    return max(upper, default=USUAL_LARGEST_WEIGHT) * scale


def linear_digits(definition: SurveyDefinition, indicator: IndicatorDefinition) -> int:
    """Digits of the largest sum of weight times measure."""
    return len(str(_measure(indicator) * largest_weight(definition) * SUBMISSIONS))


def square_digits(definition: SurveyDefinition, indicator: IndicatorDefinition) -> int:
    """Digits of the largest sum of squares. Surveys with PSUs keep none of measures: their variance comes from the
    sums of each PSU."""
    measure = 1 if definition.with_role(Role.PSU) else _measure(indicator)
    return len(str((measure * largest_weight(definition)) ** 2 * SUBMISSIONS))


def _measure(indicator: IndicatorDefinition) -> int:
    counted = indicator.kind in (IndicatorKind.COUNT, IndicatorKind.SHARE)
    return 1 if counted else max(1, indicator.largest * 10**indicator.scale)
