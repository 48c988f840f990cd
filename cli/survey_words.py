"""A survey definition in words a designer reads: what leaves of a field, what an indicator computes."""

from schemas.survey.bands import bounds_of, codes_of
from schemas.survey.definition import (
    FieldDefinition,
    IndicatorDefinition,
    IndicatorKind,
    PrivacyKind,
    Role,
    SurveyDefinition,
)
from schemas.survey.subjects import subject_of


def leaves(field: FieldDefinition) -> str:
    """What leaves the validator of a field."""
    argument = field.privacy.argument
    match field.privacy.kind:
        case PrivacyKind.DROP:
            return "nothing"
        case PrivacyKind.KEEP if field.is_choice:
            return "its code" if field.type.value == "select_one" else "its codes"
        case PrivacyKind.KEEP:
            return "the number" if field.type.value in ("int", "decimal") else "the code"
        case PrivacyKind.BAND:
            return " ".join(codes_of(bounds_of(argument)))
        case PrivacyKind.PSEUDONYM:
            subject = subject_of(argument)
            of = " of the phone number" if subject is not None and subject.phone else ""
            return f"a keyed pseudonym{of} ({subject.name if subject is not None else argument})"
        case PrivacyKind.PREFIX:
            return f"its first {argument} characters"
        case PrivacyKind.REGION:
            level = argument.isdecimal() or argument == "country"
            return f"the region, level {argument}" if level else f"the code beside it in the column {argument}"
        case PrivacyKind.PERIOD:
            return f"the {argument}"
        case PrivacyKind.ROUND:
            return f"the number, to the nearest {argument}"


def short(path: str, definition: SurveyDefinition) -> str:
    """The name of a field, or its path where another has the same name."""
    name = path.rpartition("/")[2]
    alone = sum(field.path.rpartition("/")[2] == name for field in definition.fields) == 1
    return name if alone else path


def formula(indicator: IndicatorDefinition, definition: SurveyDefinition) -> str:
    """An indicator as a sentence, with the paths of the form below its root."""

    def plain(text: str | None) -> str:
        return " ".join((text or "").replace(f"/{definition.root}/", "").split())

    numerator, denominator = plain(indicator.numerator), plain(indicator.denominator)
    what = {
        IndicatorKind.COUNT: "number",
        IndicatorKind.SHARE: f"share with {numerator}",
        IndicatorKind.MEAN: f"mean of {numerator}",
        IndicatorKind.TOTAL: f"total of {numerator}",
        IndicatorKind.QUANTILE: f"quantiles {' '.join(indicator.probabilities)} of {numerator}, within 2 %",
        IndicatorKind.RATIO: f"sum of {numerator} over sum of {denominator}",
    }[indicator.kind]
    universe = f", of those with {plain(indicator.universe)}" if indicator.universe else ", of all"
    converted = _conversion(indicator, definition) if indicator.is_converted else ""
    return what + converted + universe + (f", in {indicator.unit}" if indicator.unit else "")


def _conversion(indicator: IndicatorDefinition, definition: SurveyDefinition) -> str:
    fields = " and ".join(filter(None, (indicator.currency, indicator.denominator_currency)))
    period = definition.with_role(Role.PERIOD)
    day = indicator.date or (period.path if period else "") or "the day it came in"
    return f", converted from the currency in {fields} into {definition.currency} by the rate of {day}"
