"""The sheet `indicators`: rows to definitions."""

import re
from dataclasses import dataclass, field

from pydantic import ValidationError

from schemas.survey.definition import IndicatorDefinition, IndicatorKind
from schemas.survey.finding import Finding, Subject, error, warning
from schemas.survey.names import Names, UnknownName
from schemas.survey.workbook import Row

SHEET = "indicators"
COLUMNS = frozenset(
    {"name", "label", "kind", "numerator", "denominator", "universe", "unit", "scale", "largest", "series", "note"}
    | {"quantiles", "currency", "denominator_currency", "date"}
)
_EXPRESSIONS = ("numerator", "denominator", "universe")
_FIELDS = ("currency", "denominator_currency", "date")
_AMOUNTS = (IndicatorKind.MEAN, IndicatorKind.TOTAL, IndicatorKind.RATIO, IndicatorKind.QUANTILE)
_PARTS = re.compile(r"[\s,;]+")
_NEEDS: dict[IndicatorKind, tuple[str, ...]] = {
    IndicatorKind.COUNT: (),
    IndicatorKind.SHARE: ("numerator",),
    IndicatorKind.MEAN: ("numerator",),
    IndicatorKind.TOTAL: ("numerator",),
    IndicatorKind.QUANTILE: ("numerator",),
    IndicatorKind.RATIO: ("numerator", "denominator"),
}


@dataclass(frozen=True)
class IndicatorSheet:
    indicators: list[IndicatorDefinition] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_indicators(rows: list[Row], names: Names) -> IndicatorSheet:
    sheet = IndicatorSheet()
    sheet.findings.extend(unknown_columns(rows, COLUMNS))
    for row in rows:
        made = _indicator(row, names)
        if isinstance(made, Finding):
            sheet.findings.append(made)
        elif any(made.name == other.name for other in sheet.indicators):
            taken = f"the name {made.name!r} is taken by a row above. Give it another."
            sheet.findings.append(error("SUR-041", taken, place=row.at("name")))
        else:
            sheet.indicators.append(made)
    return sheet


def unknown_columns(rows: list[Row], known: frozenset[str]) -> list[Finding]:
    """A warning for each column that means nothing here: most often a slip of the pen."""
    columns = {column for row in rows for column in row.cells} - known
    return [
        warning(
            "SUR-040",
            f"this column is not used. Remove it, or write one of {', '.join(sorted(known))}.",
            Subject(rows[0].sheet, column=column),
        )
        for column in sorted(columns)
    ]


def _indicator(row: Row, names: Names) -> IndicatorDefinition | Finding:
    cells = {column: text for column, text in row.cells.items() if column in COLUMNS}
    values: dict[str, object] = dict(cells)
    try:
        for column in _EXPRESSIONS:
            if column in cells:
                values[column] = names.expression(cells[column])
        for column in _FIELDS:
            if column in cells:
                values[column] = names.path(cells[column])
        if "quantiles" in cells:
            values["quantiles"] = [_plain(part) for part in _PARTS.split(cells["quantiles"]) if part]
        indicator = IndicatorDefinition.model_validate(values)
    except UnknownName as fault:
        return error("SUR-042", str(fault), place=row.at(column))
    except ValidationError as fault:
        return error("SUR-043", in_words(fault), place=row.at(column_of(fault)))
    needs = _NEEDS[indicator.kind]
    for column in ("numerator", "denominator"):
        given = getattr(indicator, column) is not None
        if given != (column in needs):
            verb = "has no" if given else "needs a"
            return error(
                "SUR-044", f"an indicator of kind {indicator.kind.value} {verb} {column}.", place=row.at(column)
            )
    return _more(indicator, row) or indicator


def _more(indicator: IndicatorDefinition, row: Row) -> Finding | None:
    """What is wrong with the columns that only some kinds have."""
    kind = indicator.kind
    if indicator.quantiles and kind is not IndicatorKind.QUANTILE:
        return error("SUR-045", f"an indicator of kind {kind.value} has no quantiles.", place=row.at("quantiles"))
    if len(set(indicator.quantiles)) < len(indicator.quantiles):
        return error("SUR-045", "a quantile is named twice. Keep one.", place=row.at("quantiles"))
    for column in ("currency", "denominator_currency"):
        if getattr(indicator, column) and kind not in _AMOUNTS:
            said = f"an indicator of kind {kind.value} has no amounts to convert. Remove it."
            return error("SUR-046", said, place=row.at(column))
    if indicator.denominator_currency and kind is not IndicatorKind.RATIO:
        said = f"an indicator of kind {kind.value} has no denominator. Remove it."
        return error("SUR-046", said, place=row.at("denominator_currency"))
    if indicator.date and not indicator.is_converted:
        said = "the date of a rate, and nothing is converted. Name the field of the currency too, or remove it."
        return error("SUR-046", said, place=row.at("date"))
    return None


def _plain(probability: str) -> str:
    """As spreadsheets write it: 0.50 and .5 are 0.5."""
    whole, point, decimals = probability.partition(".")
    return f"{whole or '0'}{point}{decimals.rstrip('0')}"


def column_of(fault: ValidationError) -> str:
    """The first column that is wrong."""
    return next((str(e["loc"][0]) for e in fault.errors() if e["loc"]), "name")


def in_words(fault: ValidationError) -> str:
    """pydantic's errors as one line: column, then what is wrong."""
    return "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in fault.errors())
