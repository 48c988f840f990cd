"""A table of a survey with its estimates and their errors, for people to read."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from schemas.survey.definition import SurveyDefinition
from schemas.tables.cells import summed
from schemas.tables.codes import ALL, split
from schemas.tables.estimates import Cell, Estimate
from schemas.tables.layout import REGISTRY, Layout, layouts
from schemas.tables.live_cells import distributions
from schemas.tables.psu_runs import merge
from services.aggregate.mongo_store import MongoStore
from services.runtime.settings import ServiceSettings

PERCENT = "percent"


@dataclass(frozen=True)
class Row:
    """One cell: its codes, and an estimate for each indicator of the table."""

    codes: tuple[str, ...]
    estimates: tuple[Estimate, ...]


def show_results(console: Console, settings: ServiceSettings, survey: SurveyDefinition) -> None:
    """Prints the first table of the survey that has an indicator beyond the count."""
    layout = next((layout for layout in layouts(survey) if any(s.unit for s in layout.segments)), None)
    if layout is not None:
        console.print(as_table(survey, layout, read_rows(settings, survey, layout)))


def read_rows(settings: ServiceSettings, survey: SurveyDefinition, layout: Layout) -> list[Row]:
    """The cells of a table in the order of their codes."""
    store = MongoStore(settings.mongodb)
    try:
        pages, runs = store.live_pages(survey.survey), merge(store.live_runs(survey.survey))
    finally:
        store.close()
    registry = {area: sums[0] for area, sums in runs.get(REGISTRY, {}).get(ALL, {}).items()}
    beside = distributions(layout, pages, runs, registry, layouts(survey))
    rows = []
    for key, sums in sorted(summed(pages, layout.id).items()):
        cell = Cell(layout, sums, runs.get(layout.id, {}).get(key, {}), registry, beside.get(key, {}))
        estimates = tuple(cell.estimate(segment) for segment in layout.segments)
        rows.append(Row(split(key, len(layout.dimensions)), estimates))
    return rows


def as_table(survey: SurveyDefinition, layout: Layout, rows: list[Row]) -> Table:
    """Labels in the survey's first language; a dash where a figure cannot be had honestly."""
    table = Table(
        title=layout.label or layout.name, title_justify="left", caption_justify="left", box=None, header_style="dim"
    )
    for path in layout.dimensions:
        table.add_column(path.rpartition("/")[2])
    for segment in layout.segments:
        table.add_column("n", justify="right")
        table.add_column(f"{segment.label} ({segment.unit})", justify="right", max_width=24)
        table.add_column("s.e.", justify="right")
    for row in rows:
        labels = [_label(survey, path, code) for path, code in zip(layout.dimensions, row.codes, strict=True)]
        figures = [
            text
            for segment, estimate in zip(layout.segments, row.estimates, strict=True)
            for text in _figures(estimate, 100 if segment.unit == PERCENT else 1)
        ]
        table.add_row(*labels, *figures)
    if reasons := sorted({estimate.reason for row in rows for estimate in row.estimates if estimate.reason}):
        table.caption = f"–, or 0: {'; '.join(reasons)}"
    return table


def _figures(estimate: Estimate, factor: int) -> tuple[str, str, str]:
    return str(estimate.n), _number(estimate.value, factor), _number(estimate.standard_error, factor)


def _number(value: float | None, factor: int) -> str:
    if value is None:
        return "–"
    value *= factor
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _label(survey: SurveyDefinition, path: str, code: str) -> str:
    field = survey.field(path)
    choices = survey.choice_lists.get(field.choices or "", []) if field else []
    labels = next((choice.labels for choice in choices if choice.name == code), {})
    return next(iter(labels.values()), code)
