"""The reference survey, as every other part relies on it."""

from pathlib import Path

import openpyxl
import pytest

import schemas
from schemas.survey.categories import codes
from schemas.survey.check_tables import cells_of
from schemas.survey.compile import Compiled, compile_survey
from schemas.survey.definition import FieldType, IndicatorKind, PrivacyKind, Role, SurveyDefinition

WORKBOOK = Path(schemas.__file__).parent.parent / "surveys" / "household-migration" / "form.xlsx"


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_survey(WORKBOOK)


@pytest.fixture(scope="module")
def survey(compiled: Compiled) -> SurveyDefinition:
    assert compiled.definition is not None
    return compiled.definition


def test_compiles_without_a_finding(compiled: Compiled) -> None:
    assert compiled.findings == []
    assert compiled.publishable is compiled.definition


def test_names_itself(survey: SurveyDefinition) -> None:
    assert (survey.key, survey.root) == ("household-migration@3", "data")
    assert survey.languages == ["English (en)", "French (fr)", "Spanish (es)", "Arabic (ar)"]


def test_roles(survey: SurveyDefinition) -> None:
    roles = {role: field.path for role in Role if (field := survey.with_role(role))}
    assert roles == {
        Role.COUNTRY: "interview/country",
        Role.PSU: "interview/psu",
        Role.STRATUM: "interview/stratum",
        Role.WEIGHT: "interview/weight",
        Role.ENUMERATOR: "interview/enumerator",
        Role.CONSENT: "interview/consent",
        Role.PERIOD: "interview/year",
    }


def test_what_names_or_reaches_a_person_does_not_leave(survey: SurveyDefinition) -> None:
    dropped = {field.path for field in survey.fields if field.privacy.kind is PrivacyKind.DROP}
    functioning = ("seeing", "hearing", "walking", "remembering", "selfcare", "communicating", "functioning")
    assert dropped == {
        "start", "end", "today", "profile/name", "profile/phone", "member/name",
        *(f"profile/{name}" for name in functioning),
    }  # fmt: skip
    for field in survey.fields:
        if field.path.endswith("/age"):
            assert field.privacy.kind is PrivacyKind.BAND
        # Nothing but codes and amounts: a text leaves as a pseudonym or not at all.
        if field.type is FieldType.STRING and field.asked:
            assert field.privacy.kind in (PrivacyKind.DROP, PrivacyKind.PSEUDONYM), field.path


def test_age(survey: SurveyDefinition) -> None:
    age = survey.field("profile/age")
    assert age is not None
    assert (age.type, age.concept, age.required) == (FieldType.INT, "AGE", "true()")
    assert age.constraint == ". >= 15 and . <= 99"
    assert age.message == "/data/profile/age:jr:constraintMsg"
    assert codes(survey, age) == ["Y_LT15", "Y15T24", "Y25T34", "Y35T44", "Y45T64", "Y_GE65"]


def test_every_text_is_there_in_every_language(survey: SurveyDefinition) -> None:
    for field in survey.fields:
        if field.asked:
            assert set(field.labels) == set(survey.languages), field.path
    for name, choices in survey.choice_lists.items():
        for choice in choices:
            assert set(choice.labels) == set(survey.languages), (name, choice.name)


def test_no_cell_of_a_translated_column_is_left_empty() -> None:
    book = openpyxl.load_workbook(WORKBOOK)
    for sheet in (book["survey"], book["choices"]):
        head, *rows = sheet.iter_rows(values_only=True)
        kinds: dict[str, list[int]] = {}
        for place, name in enumerate(head):
            if "::" in (name or "") and not name.startswith("bind"):
                kinds.setdefault(name.partition("::")[0], []).append(place)
        for row in rows:
            for kind, places in kinds.items():
                given = [bool(row[place]) for place in places]
                assert all(given) or not any(given), (sheet.title, kind, row[:2])


def test_every_rule_has_a_message(survey: SurveyDefinition) -> None:
    for field in survey.fields:
        assert (field.constraint is None) == (field.message is None), field.path


def test_all_after_the_interview_asks_for_consent(survey: SurveyDefinition) -> None:
    conditions = {group.path: " ".join((group.relevant or "").split()) for group in survey.groups}
    assert conditions.pop("interview") == ""
    assert conditions.pop("cost/cost_item") == "/data/cost/paid = 'yes'"
    assert set(conditions) == {
        "profile", "member", "migration", "cost", "work", "remittance", "rights", "family", "return"
    }  # fmt: skip
    for path, condition in conditions.items():
        assert condition.startswith("/data/interview/consent = 'yes'"), path


def test_every_currency_that_can_be_told_has_a_rate(survey: SurveyDefinition) -> None:
    told = {choice.name for choice in survey.choice_lists["currency"]} - {"dk"}
    assert {rate.currency for rate in survey.rates} | {survey.currency} == told
    for currency in told - {survey.currency}:
        assert [rate.since.year for rate in survey.rates if rate.currency == currency] == [2025, 2026]


def test_repeats(survey: SurveyDefinition) -> None:
    assert {group.path for group in survey.groups if group.repeat} == {"member", "cost/cost_item"}
    assert len(survey.choice_lists["cost_kind"]) == 14


def test_choices(survey: SurveyDefinition) -> None:
    names = {name: [choice.name for choice in choices] for name, choices in survey.choice_lists.items()}
    assert len(names["country"]) == 11 and names["yes_no"] == ["yes", "no"] and names["sex"] == ["M", "F"]
    assert names["education"] == [f"E{level}" for level in range(9)]
    assert names["status"] == ["never", "abroad", "returnee", "intending", "immigrant"]
    assert {f"ISCO08_{group}" for group in range(10)} < set(names["occupation"])
    reason = survey.field("migration/reason")
    assert reason is not None and reason.type is FieldType.SELECT_MULTIPLE and reason.choices == "reason"


def test_costs_are_sums_over_the_repeat(survey: SurveyDefinition) -> None:
    total, borne, rci = (survey.field(f"cost/{name}") for name in ("total", "borne", "rci"))
    assert total and borne and rci
    assert (total.type, borne.type, rci.type) == (FieldType.INT, FieldType.INT, FieldType.DECIMAL)
    assert not (total.asked or borne.asked or rci.asked)
    assert "".join((total.calculate or "").split()) == "sum(/data/cost/cost_item/amount)"


def test_indicators(survey: SurveyDefinition) -> None:
    by_name = {indicator.name: indicator for indicator in survey.indicators}
    quartiles, paid_out = by_name["rci_quartiles"], by_name["paid_out_mean"]
    assert (quartiles.kind, quartiles.numerator) == (IndicatorKind.QUANTILE, by_name["rci_mean"].numerator)
    assert quartiles.probabilities == ("0.25", "0.5", "0.75") and quartiles.scale == by_name["rci_mean"].scale
    assert (paid_out.currency, paid_out.date, survey.currency) == ("remittance/received_currency", "", "USD")
    ratio = by_name["cost_months"]
    assert (ratio.kind, ratio.numerator, ratio.denominator) == (
        IndicatorKind.RATIO,
        "/data/cost/total",
        "/data/cost/earnings",
    )
    assert (by_name["cost_mean"].universe, by_name["cost_mean"].scale, by_name["cost_mean"].largest) == (
        "/data/cost/paid = 'yes'",
        0,
        600_000,
    )
    # A series is claimed for the one figure that is computed as the series is.
    assert {name: one.series for name, one in by_name.items() if one.series} == {"rci_mean": "SL_EMP_RCOST"}
    used = {name for table in survey.tables for name in table.indicators}
    assert used == set(by_name)


def test_tables(survey: SurveyDefinition) -> None:
    cells = {table.name: cells_of(table, survey) for table in survey.tables}
    assert cells == {
        "cost_by_country_sex": 22,
        "cost_by_channel_sex": 8,
        "status_by_country_sex": 110,
        "status_by_age_sex": 60,
        "destination_by_education": 99,
        "response": 1,
        "rci_by_corridor_sex": 242,
        "status_by_disability_sex": None,
        "skills_by_destination_sex": 22,
        "remittance_by_country_transfer": 88,
        "discrimination_by_country_sex": 22,
        "discrimination_by_ground_sex": 26,
        "protection_by_destination_sex": 22,
        "wellbeing_by_status_sex": 10,
        "members_by_age_sex": 42,
        "costs_by_kind_country": 154,
    }
    units = {table.name: table.unit for table in survey.tables if table.unit}
    assert units == {"members_by_age_sex": "member", "costs_by_kind_country": "cost/cost_item"}


def test_the_definition_survives_the_topic(survey: SurveyDefinition) -> None:
    assert SurveyDefinition.from_wire(survey.to_wire()) == survey
