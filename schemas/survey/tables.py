"""The sheet `tables`: rows to definitions; and the tables of a survey that has no such sheet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError

from schemas.survey.categories import is_categorical
from schemas.survey.definition import (
    FieldDefinition,
    GroupDefinition,
    IndicatorDefinition,
    IndicatorKind,
    PrivacyKind,
    TableDefinition,
)
from schemas.survey.finding import Finding, error
from schemas.survey.indicators import column_of, in_words, unknown_columns
from schemas.survey.names import Names, UnknownName
from schemas.survey.repeats import repeat_of
from schemas.survey.workbook import Row

SHEET = "tables"
COLUMNS = frozenset(
    {"name", "label", "dimensions", "indicators", "unit", "mode", "threshold", "rounding", "signed_off"}
)
COUNT = IndicatorDefinition(name="n", label="Count", kind=IndicatorKind.COUNT)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}")
_PLAIN = ("name", "label", "mode", "threshold", "rounding", "signed_off")
_SEPARATOR = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class TableSheet:
    tables: list[TableDefinition] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def default_tables(
    fields: Iterable[FieldDefinition], groups: list[GroupDefinition], count: str
) -> list[TableDefinition]:
    """A one-way table of every kept select and every banded number, in the order of the form. `count` names the
    indicator that counts."""
    return [
        TableDefinition(
            name=field.path.replace("/", "."),
            label=next(iter(field.labels.values()), ""),
            dimensions=[field.path],
            indicators=[count],
            unit=repeat_of(field.path, groups),
        )
        for field in fields
        if is_categorical(field) and (field.is_choice or field.privacy.kind is PrivacyKind.BAND)
    ]


def read_tables(rows: list[Row], names: Names, groups: list[GroupDefinition], count: str) -> TableSheet:
    sheet = TableSheet()
    sheet.findings.extend(unknown_columns(rows, COLUMNS))
    for row in rows:
        made = _table(row, names, groups, count)
        if isinstance(made, Finding):
            sheet.findings.append(made)
        elif any(made.name == other.name for other in sheet.tables):
            taken = f"the name {made.name!r} is taken by a row above. Give it another."
            sheet.findings.append(error("SUR-051", taken, place=row.at("name")))
        else:
            sheet.tables.append(made)
    return sheet


def _table(row: Row, names: Names, groups: list[GroupDefinition], count: str) -> TableDefinition | Finding:
    cells = {column: text for column, text in row.cells.items() if column in COLUMNS}
    name = cells.get("name", "")
    if not _NAME.fullmatch(name):
        return error(
            "SUR-052", f"the name {name!r}: begin with a letter; letters, digits, '_', '.', '-'.", place=row.at("name")
        )
    column = "dimensions"
    values: dict[str, object] = {column: cells[column] for column in _PLAIN if column in cells}
    try:
        dimensions = [names.path(part) for part in _parts(cells, "dimensions")]
        column = "unit"
        unit = names.path(cells["unit"]) if "unit" in cells else _unit(dimensions, groups)
    except UnknownName as fault:
        return error("SUR-053", str(fault), place=row.at(column))
    if len(dimensions) > 4:
        return error("SUR-054", f"{len(dimensions)} dimensions. A table has at most 4.", place=row.at("dimensions"))
    values |= {"dimensions": dimensions, "unit": unit, "indicators": _parts(cells, "indicators") or [count]}
    try:
        return TableDefinition.model_validate(values)
    except ValidationError as fault:
        return error("SUR-055", in_words(fault), place=row.at(column_of(fault)))


def _parts(cells: dict[str, str], column: str) -> list[str]:
    return [part for part in _SEPARATOR.split(cells.get(column, "")) if part]


def _unit(dimensions: list[str], groups: list[GroupDefinition]) -> str:
    """Without a unit in the sheet: the innermost repeat of the dimensions."""
    return max((repeat_of(dimension, groups) for dimension in dimensions), key=len, default="")
