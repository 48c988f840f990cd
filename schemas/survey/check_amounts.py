"""Findings about what is converted, and about the names of quantiles."""

from collections.abc import Iterator

from schemas.survey.categories import codes
from schemas.survey.currencies import CURRENCIES
from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    IndicatorDefinition,
    PrivacyKind,
    Role,
    SurveyDefinition,
)
from schemas.survey.figure_definitions import CONVERSION_FIELDS, figure_name
from schemas.survey.finding import Finding, Subject, error, warning
from schemas.survey.rates import CURRENCY_COLUMN
from schemas.survey.repeats import repeat_of
from schemas.tables.conversion import first_day


def check_amounts(definition: SurveyDefinition) -> Iterator[Finding]:
    taken = {indicator.name for indicator in definition.indicators}
    for indicator in definition.indicators:
        yield from _names(indicator, taken)
        if indicator.is_converted:
            yield from _conversion(indicator, definition)


def _names(indicator: IndicatorDefinition, taken: set[str]) -> Iterator[Finding]:
    """Each quantile is a figure with a name of its own."""
    for probability in indicator.probabilities:
        name = figure_name(indicator.name, probability)
        if name in taken:
            said = f"its quantile {probability} is published as {name}, which is an indicator. Rename one of them."
            yield error("SUR-045", said, Subject("indicators", indicator.name, "name"))
        taken.add(name)


def _conversion(indicator: IndicatorDefinition, definition: SurveyDefinition) -> Iterator[Finding]:
    if not definition.currency:
        said = (
            f"it converts amounts, and no currency to convert into is named. Write it in settings, {CURRENCY_COLUMN}."
        )
        yield error("SUR-059", said, Subject("indicators", indicator.name, "currency"))
    elif not definition.rates:
        said = "it converts amounts, and the survey has no rates. Add a sheet rates: currency, date, rate."
        yield error("SUR-059", said, Subject("indicators", indicator.name, "currency"))
    period = definition.with_role(Role.PERIOD)
    for column in CONVERSION_FIELDS:
        path = getattr(indicator, column)
        if column == "date" and not path and period is not None:
            path = period.path
        field = definition.field(path) if path else None
        if field is not None:
            yield from _field(Subject("indicators", indicator.name, column), field, column, definition)
            yield from _home(Subject("indicators", indicator.name, column), indicator, path, definition)
        elif path:
            yield error("SUR-086", f"{path} is no question.", Subject("indicators", indicator.name, column))


def _field(at: Subject, field: FieldDefinition, column: str, definition: SurveyDefinition) -> Iterator[Finding]:
    """Whether what leaves of it is a currency, or a day."""
    kind = field.privacy.kind
    if kind is PrivacyKind.DROP:
        said = f"it reads {field.path}, which is dropped and so always missing. Give it a class that lets it leave."
        yield error("SUR-084", said, at)
    elif column == "date":
        if not _tells_a_day(field, definition):
            said = f"{field.path} tells no day. Name a date with the class period:day or period:month in this column."
            yield error("SUR-086", said, at)
    elif kind is not PrivacyKind.KEEP or field.type is FieldType.SELECT_MULTIPLE or not _is_coded(field):
        said = f"{field.path} tells no currency. Name a kept choice question whose codes are those of ISO 4217."
        yield error("SUR-086", said, at)
    else:
        told = [code for code in codes(definition, field) or [] if code in CURRENCIES]
        known = {definition.currency, *(rate.currency for rate in definition.rates)}
        unknown = [code for code in told if code not in known]
        if field.is_choice and not told:
            said = f"no code of {field.path} is one of ISO 4217. Name its choices USD, BDT, PHP, ..."
            yield error("SUR-086", said, at)
        elif unknown:
            shown = ", ".join(unknown[:8]) + (", ..." if len(unknown) > 8 else "")
            said = f"there is no rate for {shown}, which {field.path} can tell: such amounts are missing. Add rates."
            yield warning("SUR-049", said, at)


def _tells_a_day(field: FieldDefinition, definition: SurveyDefinition) -> bool:
    """A date of which a period leaves; also a calculated year, and a choice of years or months."""
    if field.privacy.kind is PrivacyKind.KEEP:
        told = codes(definition, field)
        if told is not None:
            return all(first_day(code) is not None for code in told)
        return field.calculate is not None
    return field.privacy.kind is PrivacyKind.PERIOD


def _is_coded(field: FieldDefinition) -> bool:
    return field.type is FieldType.SELECT_ONE or (field.type is FieldType.STRING and field.calculate is not None)


def _home(at: Subject, indicator: IndicatorDefinition, path: str, definition: SurveyDefinition) -> Iterator[Finding]:
    """A field in a repeat has one answer for a row of it, and for nothing else."""
    home = repeat_of(path, definition.groups)
    for table in definition.tables:
        if indicator.name in table.indicators and home and not f"{table.unit}/".startswith(f"{home}/"):
            said = f"{path} is asked in the repeat {home}, and table {table.name} counts {table.unit or 'submissions'}."
            yield error("SUR-086", f"{said} Ask for it outside, or count {home}.", at)
            return
