"""Whether tables are too fine for the number of interviews that a survey expects."""

from collections.abc import Iterator
from math import prod

from schemas.survey.categories import codes
from schemas.survey.definition import SurveyDefinition, TableDefinition
from schemas.survey.finding import Finding, Subject, error, warning
from schemas.survey.workbook import Sheets

USUAL_SAMPLE = 1000
"""Interviews, where the survey does not say: a small national sample."""
COLUMN = "rihla_sample"
"""Of the sheet settings: how many interviews are expected."""


def expected_sample(sheets: Sheets) -> int | Finding:
    """What the survey says, or the usual sample."""
    row = next(iter(sheets.rows("settings")), None)
    text = row.cells.get(COLUMN, "") if row is not None else ""
    if not text:
        return USUAL_SAMPLE
    plain = text.replace(",", "").replace(" ", "")
    if not plain.isascii() or not plain.isdigit() or not 0 < int(plain) < 10**12:
        return error(
            "SUR-099", f"{text!r} is no number of interviews. Write a whole number.", Subject("settings", column=COLUMN)
        )
    return int(plain)


def check_sample(definition: SurveyDefinition, sample: int) -> Iterator[Finding]:
    """A warning for each protected table whose cells would on average hold fewer interviews than its threshold.

    The average is the sample over the number of cells. It is the best case: no population spreads evenly, and who is
    outside of an indicator's universe counts in no cell. Where a table counts the instances of a repeat, an interview
    stands for one of them, since thresholds count interviews too: a household is not ten respondents.
    """
    for table in definition.tables:
        sizes = _sizes(table, definition)
        if sizes is None or table.mode == "none" or not table.dimensions:
            continue
        cells = prod(sizes.values())
        if sample < cells * table.threshold:
            yield warning("SUR-098", _too_fine(table, sizes, sample), Subject("tables", table.name, "dimensions"))


def _sizes(table: TableDefinition, definition: SurveyDefinition) -> dict[str, int] | None:
    """How many codes each dimension has; None where one has no list of codes."""
    sizes = {}
    for path in table.dimensions:
        field = definition.field(path)
        known = codes(definition, field) if field is not None else None
        if not known:
            return None
        sizes[path] = len(known)
    return sizes


def _too_fine(table: TableDefinition, sizes: dict[str, int], sample: int) -> str:
    cells = prod(sizes.values())
    finest = max(sizes, key=lambda path: sizes[path])
    coarser = (
        f"Leave out {finest} ({cells // sizes[finest]:,} cells)"
        if len(sizes) > 1
        else f"Give {finest} fewer categories"
    )
    return (
        f"{cells:,} cells for {sample:,} interviews are {sample / cells:.1f} in a cell on average, below its threshold "
        f"of {table.threshold}: most will be protected away. {coarser}, "
        f"use wider bands, or expect {cells * table.threshold:,} interviews (settings, column {COLUMN}; --sample)."
    )
