"""Retention and the parts of the record of processing, from the sheet `settings`."""

from pathlib import Path

import pytest

from schemas.survey.compile import compile_survey
from schemas.survey.definition import USUAL_RETENTION_DAYS, Processing, SurveyDefinition
from schemas.survey.processing import COLUMNS

FORM = """
| survey |
| | type | name | label |
| | integer | age | Age |
| settings |
| | form_id | version | {columns} |
| | t | 1 | {cells} |
"""


def compiled(folder: Path, **cells: str) -> tuple[SurveyDefinition, list[str]]:
    file = folder / "form.md"
    file.write_text(FORM.format(columns=" | ".join(cells) or "x", cells=" | ".join(cells.values())))
    found = compile_survey(file)
    assert found.definition is not None
    return found.definition, [str(error) for error in found.errors]


def test_without_columns_there_is_a_usual_retention_and_nothing_is_stated(tmp_path: Path) -> None:
    definition, errors = compiled(tmp_path)
    assert (definition.retention_days, definition.processing, errors) == (USUAL_RETENTION_DAYS, Processing(), [])
    assert b"retention" not in definition.to_wire()


def test_what_the_columns_say(tmp_path: Path) -> None:
    said = {name: f"about {name}" for name in COLUMNS}
    cells = {COLUMNS[name]: text for name, text in said.items()}
    definition, errors = compiled(tmp_path, rihla_retention_days="90", **cells)
    assert (definition.retention_days, definition.processing.model_dump(), errors) == (90, said, [])
    assert SurveyDefinition.from_wire(definition.to_wire()) == definition


@pytest.mark.parametrize("days", ["6", "0", "-7", "7.5", "a year", "٣٦٥", "36501", "9" * 5000])
def test_no_number_of_days(tmp_path: Path, days: str) -> None:
    definition, [error] = compiled(tmp_path, rihla_retention_days=days)
    assert error.startswith("settings!D")
    assert error.endswith("(SUR-100)")
    assert definition.retention_days == USUAL_RETENTION_DAYS


@pytest.mark.parametrize("days", [7, 36_500])
def test_the_shortest_and_the_longest(tmp_path: Path, days: int) -> None:
    definition, errors = compiled(tmp_path, rihla_retention_days=str(days))
    assert (definition.retention_days, errors) == (days, [])
