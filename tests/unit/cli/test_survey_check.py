"""`rihla survey check` as a designer sees it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import schemas
from cli.survey import app
from cli.survey_words import formula, leaves
from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    IndicatorDefinition,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    SurveyDefinition,
)

WORKBOOK = Path(schemas.__file__).parent.parent / "surveys" / "household-migration" / "form.xlsx"

FORM = """
| survey |
| | type | name | label | calculation | bind::rihla:privacy |
| | text | name | Name | | {privacy} |
| | select_one yn | ok | OK? | | keep |
| | calculate | copy | | {calculation} | keep |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| settings |
| | form_id | version | namespaces |
| | t | 1 | rihla="https://rihla.example/xforms" |
"""


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


def test_a_good_survey(screen: CliRunner) -> None:
    result = screen.invoke(app, ["check", str(WORKBOOK)])
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "profile/age int band:15,25,35,45,65 Y_LT15 Y15T24 Y25T34 Y35T44 Y45T64 Y_GE65 AGE" in lines
    assert "profile/phone string drop nothing" in lines
    assert "cost_by_country_sex interview/country x profile/sex submissions 22 cost_mean cost_months" in lines
    assert "cost_mean mean of cost/total, of those with cost/paid = 'yes', in USD" in lines
    assert lines[-1] == "0 errors, 0 warnings: can be published."


def test_a_wrong_survey(screen: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(FORM.format(privacy="keep", calculation="1 + 1"))
    result = screen.invoke(app, ["check", str(file)])
    assert result.exit_code == 1
    assert "error: name: free text never leaves." in result.output
    assert result.output.rstrip().endswith("1 error, 0 warnings: cannot be published.")


def test_a_calculate_that_copies_a_text_is_shown_as_dropped(screen: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(FORM.format(privacy="drop", calculation="concat(${name}, '!')"))
    result = screen.invoke(app, ["check", str(file)])
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "copy string, calculated keep nothing: it reads text or dates, or is one" in lines


def test_what_leaves_has_words_for_every_class() -> None:
    for kind in PrivacyKind:
        argument = {PrivacyKind.BAND: "1,2", PrivacyKind.PERIOD: "month"}.get(kind, "2")
        field = FieldDefinition(path="x", type=FieldType.INT, privacy=Privacy(kind=kind, argument=argument))
        assert leaves(field)


def test_every_indicator_has_a_formula() -> None:
    survey = SurveyDefinition(survey="s", version="1", title="S", root="data", xform="", fields=[])
    for kind in IndicatorKind:
        indicator = IndicatorDefinition(
            name="i", kind=kind, numerator="/data/a", denominator="/data/b", universe="/data/c = 1", unit="USD"
        )
        text = formula(indicator, survey)
        assert text.endswith(", of those with c = 1, in USD") and "/data/" not in text
