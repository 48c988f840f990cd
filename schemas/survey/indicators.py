"""The sheet `indicators`: rows to definitions."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from schemas.survey.definition import IndicatorDefinition, IndicatorKind
from schemas.survey.finding import Finding, error, warning
from schemas.survey.names import Names, UnknownName
from schemas.survey.workbook import Row

SHEET = "indicators"
COLUMNS = frozenset(
    {"name", "label", "kind", "numerator", "denominator", "universe", "unit", "scale", "largest", "series", "note"}
)
_EXPRESSIONS = ("numerator", "denominator", "universe")
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
            sheet.findings.append(error("SUR-041", f"{row.place}: the name {made.name!r} is taken by a row above."))
        else:
            sheet.indicators.append(made)
    return sheet


def unknown_columns(rows: list[Row], known: frozenset[str]) -> list[Finding]:
    """A warning for each column that means nothing here: most often a slip of the pen."""
    columns = {column for row in rows for column in row.cells} - known
    return [
        warning("SUR-040", f"{rows[0].sheet}: the column {column!r} is not used. Columns: {', '.join(sorted(known))}.")
        for column in sorted(columns)
    ]


def _indicator(row: Row, names: Names) -> IndicatorDefinition | Finding:
    values = {column: text for column, text in row.cells.items() if column in COLUMNS}
    try:
        values |= {column: names.expression(values[column]) for column in _EXPRESSIONS if column in values}
        indicator = IndicatorDefinition.model_validate(values)
    except UnknownName as fault:
        return error("SUR-042", f"{row.place}: {fault}")
    except ValidationError as fault:
        return error("SUR-043", f"{row.place}: {in_words(fault)}")
    needs = _NEEDS[indicator.kind]
    for column in ("numerator", "denominator"):
        given = getattr(indicator, column) is not None
        if given != (column in needs):
            verb = "has no" if given else "needs a"
            return error("SUR-044", f"{row.place}: an indicator of kind {indicator.kind.value} {verb} {column}.")
    return indicator


def in_words(fault: ValidationError) -> str:
    """pydantic's errors as one line: column, then what is wrong."""
    return "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in fault.errors())
