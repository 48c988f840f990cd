"""The table of results: labels of the form, estimates as a person reads them, and a dash where there is none."""

from rich.console import Console

from cli.field import REFERENCE
from cli.results import Row, as_table
from schemas.survey.compile import compile_survey
from schemas.tables.estimates import Estimate, Missing
from schemas.tables.layout import layouts

SURVEY = compile_survey(REFERENCE).publishable
assert SURVEY is not None
COST = next(layout for layout in layouts(SURVEY) if layout.name == "cost_by_country_sex")
BORROWED = next(layout for layout in layouts(SURVEY) if layout.name == "cost_by_channel_sex")


def _shown(table: object) -> str:
    console = Console(width=160, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_a_cell_is_a_line_with_its_labels_and_errors() -> None:
    assert SURVEY is not None
    rows = [Row(("NPL", "F"), (Estimate(12, 1643.2, 416.4), Estimate(12, 4.94, 1.55)))]
    lines = _shown(as_table(SURVEY, COST, rows)).splitlines()
    assert lines[0].startswith("Recruitment cost by country and sex")
    assert lines[-1].split() == ["Nepal", "Female", "12", "1,643", "416", "12", "4.9", "1.6"]


def test_an_error_that_cannot_be_had_is_a_dash_with_its_reason() -> None:
    assert SURVEY is not None
    one = Estimate(3, 900.0, reason=Missing.ONE_PSU)
    lines = _shown(as_table(SURVEY, COST, [Row(("NPL", "F"), (one, one))])).splitlines()
    assert lines[-2].split() == ["Nepal", "Female", "3", "900", "–", "3", "900", "–"]
    assert Missing.ONE_PSU in lines[-1]


def test_a_share_is_shown_in_percent() -> None:
    assert SURVEY is not None
    share = Estimate(20, 0.625, 0.11)
    shown = _shown(as_table(SURVEY, BORROWED, [Row(("visa", "M"), (Estimate(20, 1.0, 1.0), share))]))
    assert "62.5" in shown and "11.0" in shown
