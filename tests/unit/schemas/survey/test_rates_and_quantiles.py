"""The sheet `rates`, conversion and quantiles in a workbook: what they become, what is wrong with them and where, and
what a new version changes."""

from datetime import date
from pathlib import Path

import pytest

from schemas.survey.compile import Compiled, compile_survey
from schemas.survey.definition import SurveyDefinition
from schemas.survey.drift import drift
from schemas.survey.figure_definitions import QUARTILES, Rate, figure_name
from schemas.survey.finding import Severity
from schemas.tables.layout import layouts

FORM = """
| survey |
| | type | name | label | bind::rihla:privacy | bind::rihla:role |
| | select_one currency | money | Currency | keep | |
| | select_one wave | wave | Wave | keep | {role} |
| | date | day | Day | period:day | |
| | decimal | cost | Cost | keep | |
| | begin_repeat | job | Job | | |
| | select_one currency | paid_in | Paid in | keep | |
| | decimal | wage | Wage | keep | |
| | end_repeat | | | | |
| choices |
| | list_name | name | label |
| | currency | USD | Dollar |
| | currency | BDT | Taka |
| | currency | dk | Does not know |
| | wave | {wave} | First |
| settings |
| | form_id | version | namespaces | rihla_currency |
| | t | 1 | rihla="https://rihla.example/xforms" | {currency} |
| indicators |
| | name | kind | numerator | quantiles | currency | date |
| | cost | {kind} | ${{cost}} | {quantiles} | {money} | {day} |
| tables |
| | name | dimensions | indicators |
| | all | | cost |
| rates |
| | currency | date | rate |
| | {code} | {since} | {rate} |
| | BDT | 2026-02-01 | 0.0081 |
"""
GOOD = {
    "role": "", "wave": "w1", "currency": "USD", "kind": "quantile", "quantiles": "0.10, 0.5 .9", "money": "money",
    "day": "${day}", "code": "BDT", "since": "2026-01-01", "rate": "0.0082",
}  # fmt: skip


def compiled(folder: Path, **other: str) -> Compiled:
    file = folder / "form.md"
    file.write_text(FORM.format(**{**GOOD, **other}))
    return compile_survey(file)


def definition(folder: Path, **other: str) -> SurveyDefinition:
    found = compiled(folder, **other)
    assert found.publishable is not None, found.findings
    return found.publishable


def test_what_it_becomes(tmp_path: Path) -> None:
    found = compiled(tmp_path)
    assert found.findings == [] and found.definition is not None
    cost = found.definition.indicators[0]
    assert cost.probabilities == ("0.1", "0.5", "0.9")
    assert (cost.currency, cost.date, found.definition.currency) == ("money", "day", "USD")
    assert found.definition.rates == [
        Rate(currency="BDT", since=date(2026, 1, 1), rate="0.0082"),
        Rate(currency="BDT", since=date(2026, 2, 1), rate="0.0081"),
    ]
    assert SurveyDefinition.from_wire(found.definition.to_wire()) == found.definition


def test_a_quantile_without_a_list_is_the_median_and_the_quartiles(tmp_path: Path) -> None:
    found = definition(tmp_path, quantiles="")
    assert found.indicators[0].probabilities == QUARTILES
    names = [segment.name for segment in layouts(found)[1].segments]
    assert names == ["cost_p25", "cost_p50", "cost_p75"]


@pytest.mark.parametrize(
    ("probability", "name"),
    [
        ("0.5", "q_p50"),
        ("0.05", "q_p5"),
        ("0.1", "q_p10"),
        ("0.025", "q_p2_5"),
        ("0.001", "q_p0_1"),
        ("0.999", "q_p99_9"),
    ],
)
def test_names_of_quantiles(probability: str, name: str) -> None:
    assert figure_name("q", probability) == name


WRONG = {
    "no currency at all": ({"currency": ""}, "SUR-059"),
    "no code": ({"currency": "dollar"}, "SUR-058"),
    "no code in a rate": ({"code": "XYZ"}, "SUR-056"),
    "its own currency": ({"code": "USD"}, "SUR-056"),
    "no date": ({"since": "January"}, "SUR-056"),
    "no day of the calendar": ({"since": "2026-02-30"}, "SUR-056"),
    "twice": ({"since": "2026-02-01"}, "SUR-057"),
    "rate of zero": ({"rate": "0.00"}, "SUR-056"),
    "rate below zero": ({"rate": "-1"}, "SUR-056"),
    "rate with an exponent": ({"rate": "8e-3"}, "SUR-056"),
    "no quantile": ({"quantiles": "1.5"}, "SUR-043"),
    "a quantile twice": ({"quantiles": "0.5 0.50"}, "SUR-045"),
    "quantiles of a mean": ({"kind": "mean"}, "SUR-045"),
    "a date alone": ({"money": ""}, "SUR-046"),
    "a currency in a repeat": ({"money": "paid_in"}, "SUR-086"),
    "a currency that is none": ({"money": "wave"}, "SUR-086"),
    "an unknown field": ({"money": "nothing"}, "SUR-042"),
    "a day that is none": ({"day": "wave"}, "SUR-086"),
    "a period that is no day": ({"day": "", "role": "period"}, "SUR-086"),
}


@pytest.mark.parametrize(("other", "code"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named_with_its_cell(tmp_path: Path, other: dict[str, str], code: str) -> None:
    # An indicator that is not read is missed by its table as well.
    error, *further = compiled(tmp_path, **other).errors
    assert error.code == code and {one.code for one in further} <= {"SUR-059", "SUR-091"}
    sheet, _, cell = error.place.partition("!")
    assert sheet in ("rates", "indicators", "settings") and cell[0].isalpha()


def test_a_period_of_years_is_a_day(tmp_path: Path) -> None:
    assert compiled(tmp_path, day="", role="period", wave="2026").findings == []


def test_a_currency_without_a_rate_is_warned_of(tmp_path: Path) -> None:
    found = compiled(tmp_path, currency="EUR")
    assert [(one.code, one.severity) for one in found.findings] == [("SUR-049", Severity.WARNING)]
    assert "USD" in found.findings[0].message and "dk" not in found.findings[0].message


def test_a_new_version_with_other_rates(tmp_path: Path) -> None:
    old = definition(tmp_path)

    def after(*rates: Rate) -> list[tuple[str, Severity]]:
        new = old.model_copy(update={"rates": list(rates)})
        assert [one.id for one in layouts(new)[2:]] != [one.id for one in layouts(old)[2:]]
        return [(one.code, one.severity) for one in drift(old, new)]

    more = Rate(currency="BDT", since=date(2026, 3, 1), rate="0.008")
    other = old.rates[0].model_copy(update={"rate": "0.0083"})
    assert drift(old, old) == []
    assert after(*old.rates, more) == [("SUR-128", Severity.WARNING)]
    assert after(other, old.rates[1]) == after(old.rates[0]) == [("SUR-128", Severity.ERROR)]
    elsewhere = old.model_copy(update={"currency": "EUR"})
    assert [one.code for one in drift(old, elsewhere)] == ["SUR-127"]


def test_quantiles_leave_the_id_of_a_table_as_it_is(tmp_path: Path) -> None:
    """So the other figures go on; which quantiles are read is not the histogram's concern either."""
    old = definition(tmp_path)
    fewer = old.model_copy(update={"indicators": [old.indicators[0].model_copy(update={"quantiles": ["0.5"]})]})
    assert [one.id for one in layouts(fewer)] == [one.id for one in layouts(old)]
    assert [one.code for one in drift(old, fewer)] == ["SUR-129"]
    none = old.model_copy(update={"tables": [old.tables[0].model_copy(update={"indicators": []})]})
    assert layouts(none)[1].id == layouts(old)[1].id
    [added] = drift(none, old)
    assert (added.code, added.severity) == ("SUR-136", Severity.WARNING) and "go on" in added.message
