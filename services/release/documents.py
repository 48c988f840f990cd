"""A release as analysts find it in the database `released`. Pure.

released.cells      one document a cell:
                    {_id: "survey/release/table/codes", edition: "survey/release", survey, release, closing, table,
                     unit, place, codes: {SEX: "F", ...}, labels: {SEX: "Female", ...},
                     obs_value, obs_status, conf_status, weighted,
                     figures: {cost_mean: {obs_value, obs_status, conf_status, n, standard_error, low, high, cv,
                     quality}, ...}}
released.releases   the manifest, with what each table, column and indicator is
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from schemas.survey.definition import IndicatorDefinition, IndicatorKind, SurveyDefinition, TableDefinition
from schemas.survey.figure_definitions import figure_label, figure_name
from schemas.tables.codes import join
from services.release.columns import Column, columns
from services.release.manifest import TableNote, as_document
from services.release.protect import Release
from services.release.rows import PublishedTable, row_document

Document = dict[str, Any]


def edition(survey: str, number: int) -> str:
    """Id of a release, which its cells bear as well."""
    return f"{survey}/{number}"


def cell_documents(survey: SurveyDefinition, release: Release) -> Iterator[Document]:
    """One for each row, in the order of the tables and their rows."""
    number, closing = release.manifest.epoch, release.manifest.closing
    for table in release.tables:
        named = columns(survey, table.dimensions)
        for place, row in enumerate(table.rows):
            content = row_document(row)
            codes = content.pop("codes")
            yield {
                "_id": f"{edition(survey.survey, number)}/{table.name}/{join(codes)}",
                "edition": edition(survey.survey, number),
                "survey": survey.survey,
                "release": number,
                "closing": closing,
                "table": table.name,
                "unit": table.unit,
                "place": place,
                "codes": {column.name: code for column, code in zip(named, codes, strict=True)},
                "labels": {column.name: column.label_of(code) for column, code in zip(named, codes, strict=True)},
                **content,
            }


def release_document(survey: SurveyDefinition, release: Release, withheld: list[str]) -> Document:
    """The manifest, whose fields keep their names, and what people need to read the cells. `withheld` are tables that
    are not in this release because they do not count everybody whom the others count."""
    found = as_document(release.manifest)
    notes = {note.name: note for note in release.manifest.tables}
    definitions = {table.name: table for table in survey.tables}
    found["tables"] = [_table(survey, definitions[table.name], table, notes[table.name]) for table in release.tables]
    return {
        "_id": edition(survey.survey, release.manifest.epoch),
        "release": release.manifest.epoch,
        "made_at": datetime.fromtimestamp(release.manifest.at_ms / 1000, UTC),
        "title": survey.title,
        "version": survey.version,
        "withheld": withheld,
        **found,
    }


def _table(survey: SurveyDefinition, definition: TableDefinition, table: PublishedTable, note: TableNote) -> Document:
    by_name = {indicator.name: indicator for indicator in survey.indicators}
    used = [by_name[name] for name in definition.indicators if name in by_name]
    return {
        "name": table.name,
        "label": definition.label,
        "unit": table.unit,
        "mode": note.mode,
        "step": note.step,
        "threshold": note.threshold,
        "signed_off": note.signed_off,
        "rows": note.rows,
        "suppressed": note.suppressed,
        "until_closing": note.until_closing,
        "dimensions": [_dimension(column) for column in columns(survey, table.dimensions)],
        "indicators": [document for indicator in used for document in _indicators(indicator)],
    }


def _dimension(column: Column) -> Mapping[str, str]:
    return {"name": column.name, "question": column.path, "concept": column.concept, "label": column.label}


def _indicators(indicator: IndicatorDefinition) -> list[Document]:
    """What the figures of an indicator are: each quantile is one."""
    found = _indicator(indicator)
    if indicator.kind is not IndicatorKind.QUANTILE:
        return [found]
    label = indicator.label or indicator.name
    return [
        {**found, "name": figure_name(indicator.name, part), "label": figure_label(label, part)}
        for part in indicator.probabilities
    ]


def _indicator(indicator: IndicatorDefinition) -> Document:
    return {
        "name": indicator.name,
        "label": indicator.label,
        "kind": indicator.kind.value,
        "unit": indicator.unit,
        "series": indicator.series,
        "note": indicator.note,
    }
