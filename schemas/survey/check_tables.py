"""Findings about indicators and tables."""

from math import prod

from schemas.expressions import ExpressionError
from schemas.survey.bounds import DIGITS, SUBMISSIONS, linear_digits, square_digits
from schemas.survey.categories import codes, is_categorical
from schemas.survey.definition import FieldDefinition, IndicatorKind, PrivacyKind, SurveyDefinition, TableDefinition
from schemas.survey.finding import Finding, Subject, error, warning
from schemas.survey.form_expressions import INDICATOR_EXPRESSIONS, FormExpressions
from schemas.survey.repeats import repeat_of

MANY_CELLS = 20_000
"""A table with more cells than interviews of a usual survey shows next to nothing once small cells are protected."""


def cells_of(table: TableDefinition, definition: SurveyDefinition) -> int | None:
    """How many cells a table has, without those for missing answers; None where a dimension has no list of codes."""
    sizes = []
    for path in table.dimensions:
        field = definition.field(path)
        known = codes(definition, field) if field is not None else None
        if known is None:
            return None
        sizes.append(len(known))
    return prod(sizes)


def check_indicators(definition: SurveyDefinition) -> list[Finding]:
    form = FormExpressions(definition)
    fields = {field.path: field for field in definition.fields}
    findings = []
    for indicator in definition.indicators:
        for column in INDICATOR_EXPRESSIONS:
            text = getattr(indicator, column)
            if text is None:
                continue
            at = Subject("indicators", indicator.name, column)
            try:
                expression = form.of("", text)
            except ExpressionError as fault:
                findings.append(error("SUR-080", str(fault), at))
                continue
            findings.extend(error("SUR-080", fault, at) for fault in expression.faults)
            condition = column == "universe" or indicator.kind is IndicatorKind.SHARE
            for read in form.reads(expression):
                if read not in fields and not any(group.path == read for group in definition.groups):
                    findings.append(
                        error("SUR-081", f"it reads {read!r}, which is not in the form. Mend the name.", at)
                    )
                elif read in fields:
                    findings.extend(_reading(at, fields[read], condition))
        if linear_digits(definition, indicator) > DIGITS:
            findings.append(
                error(
                    "SUR-082",
                    f"with {SUBMISSIONS:.0e} submissions its sum can exceed {DIGITS} digits. Lower largest or scale, "
                    "or bound the weight by a constraint.",
                    Subject("indicators", indicator.name, "largest"),
                )
            )
        elif square_digits(definition, indicator) > DIGITS:
            findings.append(
                warning(
                    "SUR-083",
                    f"with {SUBMISSIONS:.0e} submissions its sum of squares can exceed {DIGITS} digits. Give it its "
                    "own largest, or bound the weight by a constraint.",
                    Subject("indicators", indicator.name, "largest"),
                )
            )
    return findings


def _reading(at: Subject, field: FieldDefinition, condition: bool) -> list[Finding]:
    if field.privacy.kind is PrivacyKind.DROP:
        said = f"it reads {field.path}, which is dropped and so always missing. Give it a class that lets it leave."
        return [error("SUR-084", said, at)]
    if field.privacy.kind not in (PrivacyKind.KEEP, PrivacyKind.ROUND) and not condition:
        said = f"it reads {field.path}, of which only a code leaves ({field.privacy.kind}). Use keep or round there."
        return [warning("SUR-085", said, at)]
    return []


def check_tables(definition: SurveyDefinition) -> list[Finding]:
    indicators = {indicator.name for indicator in definition.indicators}
    repeats = {group.path for group in definition.groups if group.repeat}
    findings = []
    for table in definition.tables:

        def at(column: str, name: str = table.name) -> Subject:
            return Subject("tables", name, column)

        if table.unit and table.unit not in repeats:
            findings.append(error("SUR-090", f"the unit {table.unit} is not a repeat. Name one.", at("unit")))
        for name in table.indicators:
            if name not in indicators:
                known = ", ".join(sorted(indicators))
                findings.append(
                    error("SUR-091", f"there is no indicator {name}. There are: {known}.", at("indicators"))
                )
        if table.mode == "none" and not table.signed_off:
            findings.append(
                error(
                    "SUR-097",
                    "mode none publishes exact figures. Only for data about institutions: write who answers for it in "
                    "the column signed_off, or use round or suppress.",
                    at("mode"),
                )
            )
        if len(set(table.dimensions)) < len(table.dimensions):
            findings.append(error("SUR-092", "a dimension is named twice. Keep one.", at("dimensions")))
        for path in table.dimensions:
            findings.extend(_dimension(at("dimensions"), path, table, definition))
        cells = cells_of(table, definition)
        if cells is not None and cells > MANY_CELLS:
            findings.append(
                warning("SUR-095", f"{cells:,} cells: most will be empty. Leave out a dimension.", at("dimensions"))
            )
    return findings


def _dimension(at: Subject, path: str, table: TableDefinition, definition: SurveyDefinition) -> list[Finding]:
    field = definition.field(path)
    if field is None:
        return [error("SUR-093", f"{path} is not in the form. Mend the name.", at)]
    if not is_categorical(field):
        return [
            error(
                "SUR-094",
                f"{path} has no categories ({field.type.value}, {field.privacy.kind.value}). A dimension is a kept "
                "choice question, or has a class like band or period.",
                at,
            )
        ]
    home = repeat_of(path, definition.groups)
    if home and table.unit != home and not table.unit.startswith(home + "/"):
        return [error("SUR-096", f"{path} is asked in the repeat {home}. Make {home} the unit of the table.", at)]
    return []
