"""The reference survey, as every other part relies on it."""

from pathlib import Path

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
    assert (survey.key, survey.root) == ("household-migration@1", "data")
    assert survey.languages == ["English (en)", "French (fr)", "Spanish (es)"]


def test_roles(survey: SurveyDefinition) -> None:
    roles = {role: field.path for role in Role if (field := survey.with_role(role))}
    assert roles == {
        Role.COUNTRY: "interview/country",
        Role.PSU: "interview/psu",
        Role.STRATUM: "interview/stratum",
        Role.WEIGHT: "interview/weight",
        Role.ENUMERATOR: "interview/enumerator",
        Role.CONSENT: "interview/consent",
    }


def test_names_and_telephones_do_not_leave(survey: SurveyDefinition) -> None:
    dropped = {field.path for field in survey.fields if field.privacy.kind is PrivacyKind.DROP}
    assert dropped == {"start", "end", "today", "profile/name", "profile/phone"}


def test_age(survey: SurveyDefinition) -> None:
    age = survey.field("profile/age")
    assert age is not None
    assert (age.type, age.concept, age.required) == (FieldType.INT, "AGE", "true()")
    assert age.constraint == ". >= 15 and . <= 99"
    assert age.message == "/data/profile/age:jr:constraintMsg"
    assert codes(survey, age) == ["Y_LT15", "Y15T24", "Y25T34", "Y35T44", "Y45T64", "Y_GE65"]


def test_every_question_has_a_label_in_every_language(survey: SurveyDefinition) -> None:
    for field in survey.fields:
        if field.asked:
            assert sorted(field.labels) == survey.languages, field.path
    for name, choices in survey.choice_lists.items():
        for choice in choices:
            assert sorted(choice.labels) == survey.languages, (name, choice.name)


def test_all_after_the_interview_asks_for_consent(survey: SurveyDefinition) -> None:
    conditions = {group.path: group.relevant for group in survey.groups}
    assert conditions.pop("interview") is None
    assert set(conditions) == {"profile", "migration", "cost"}
    assert {" ".join((text or "").split()) for text in conditions.values()} == {"/data/interview/consent = 'yes'"}


def test_choices(survey: SurveyDefinition) -> None:
    names = {name: [choice.name for choice in choices] for name, choices in survey.choice_lists.items()}
    assert len(names["country"]) == 11 and names["yes_no"] == ["yes", "no"] and names["sex"] == ["M", "F"]
    assert names["education"] == [f"E{level}" for level in range(9)]
    assert names["status"] == ["never", "abroad", "returnee", "intending", "immigrant"]
    reason = survey.field("migration/reason")
    assert reason is not None and reason.type is FieldType.SELECT_MULTIPLE and reason.choices == "reason"


def test_cost_is_a_calculated_number(survey: SurveyDefinition) -> None:
    total = survey.field("cost/total")
    assert total is not None and total.calculate is not None and not total.asked
    assert total.type is FieldType.INT and total.calculate.count("+") == 4


def test_indicators(survey: SurveyDefinition) -> None:
    by_name = {indicator.name: indicator for indicator in survey.indicators}
    assert list(by_name) == ["n", "cost_mean", "earnings_mean", "cost_months", "borrowed_share"]
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


def test_tables(survey: SurveyDefinition) -> None:
    cells = {table.name: cells_of(table, survey) for table in survey.tables}
    assert cells == {
        "cost_by_country_sex": 22,
        "cost_by_channel_sex": 8,
        "status_by_country_sex": 110,
        "status_by_age_sex": 60,
        "destination_by_education": 99,
        "response": 1,
    }


def test_the_definition_survives_the_topic(survey: SurveyDefinition) -> None:
    assert SurveyDefinition.from_wire(survey.to_wire()) == survey
