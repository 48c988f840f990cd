"""On which older versions a newer table can be computed: where all that it reads exists and means the same."""

from typing import Any

import pytest

from schemas.survey.definition import (
    Choice,
    FieldDefinition,
    FieldType,
    GroupDefinition,
    IndicatorDefinition,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    Role,
    SurveyDefinition,
    TableDefinition,
)
from schemas.tables.applicable import applicable
from schemas.tables.layout import layouts

KEEP = Privacy(kind=PrivacyKind.KEEP)
SEX = FieldDefinition(path="sex", type=FieldType.SELECT_ONE, privacy=KEEP, choices="sex")
AGE = FieldDefinition(path="age", type=FieldType.INT, privacy=KEEP, calculate="/data/a  + 1")
KIN = FieldDefinition(path="kin/sex", type=FieldType.SELECT_ONE, privacy=KEEP, choices="sex")
WEIGHT = FieldDefinition(path="weight", type=FieldType.DECIMAL, privacy=KEEP, role=Role.WEIGHT)
MEDIAN = IndicatorDefinition(name="age", kind=IndicatorKind.QUANTILE, numerator="/data/age", scale=0)
KINSHIP = IndicatorDefinition(name="kin", kind=IndicatorKind.MEAN, numerator="count(/data/kin)", scale=0)
TABLE = TableDefinition(name="new", dimensions=["sex"], indicators=["age"])


def survey(**changes: Any) -> SurveyDefinition:
    fields = changes.pop("fields", [SEX, AGE, WEIGHT])
    lists = {"sex": [Choice(name="F", labels={"en": "Woman", "fr": "Femme"}), Choice(name="M", labels={"en": "Man"})]}
    values: dict[str, Any] = {
        "survey": "s",
        "version": "1",
        "title": "t",
        "root": "data",
        "xform": "",
        "fields": fields,
    }
    return SurveyDefinition(**{**values, "choice_lists": lists, **changes})


NEWER = survey(version="2", indicators=[MEDIAN], tables=[TABLE])


def test_a_table_and_its_histogram_have_the_same_ids_on_both() -> None:
    found = applicable(survey(), NEWER)
    assert [layout.id for layout in found.layouts] == [layout.id for layout in layouts(NEWER)[1:]]
    assert found.refused == {} and len(found.layouts) == 2


def other(field: FieldDefinition, **changes: Any) -> list[FieldDefinition]:
    changed = field.model_copy(update=changes)
    return [changed if one is field else one for one in (SEX, AGE, WEIGHT)]


@pytest.mark.parametrize(
    ("older", "why"),
    [
        ({"fields": [AGE, WEIGHT]}, "there is no field sex"),
        ({"fields": [SEX, WEIGHT]}, "there is no field age"),
        ({"fields": [SEX, AGE]}, "there is no field weight"),
        ({"fields": other(AGE, type=FieldType.DECIMAL)}, "field age has another type"),
        ({"fields": other(AGE, privacy=Privacy(kind=PrivacyKind.ROUND, argument="5"))}, "age has another privacy"),
        ({"fields": other(AGE, calculate="/data/b")}, "field age has another calculation"),
        ({"fields": other(SEX, concept="SEX")}, "field sex has another concept"),
        ({"choice_lists": {"sex": [Choice(name="F", labels={"en": "Farm"})]}}, "another label for the choice F"),
        ({"root": "other"}, "the root of the form"),
        ({"weight_scale": 2}, "weights"),
    ],
)
def test_what_is_not_the_same_is_said(older: dict[str, Any], why: str) -> None:
    found = applicable(survey(**older), NEWER)
    assert not found.layouts
    assert why in found.refused["new"]


@pytest.mark.parametrize(
    "older",
    [
        {"choice_lists": {"sex": [Choice(name="F", labels={"en": " woman."}), Choice(name="X", labels={"en": "x"})]}},
        {"choice_lists": {"sex": [Choice(name="F", labels={"fr": "Femme"})]}},
        {"fields": other(AGE, calculate="/data/a + 1", required="true()", labels={"": "Age?"})},
        {"weight_scale": 6, "title": "other"},
    ],
)
def test_what_says_the_same_is_the_same(older: dict[str, Any]) -> None:
    assert len(applicable(survey(**older), NEWER).layouts) == 2


def test_what_is_counted_of_a_repeat_needs_the_repeat() -> None:
    kin = [GroupDefinition(path="kin", repeat=True)]
    rows = TableDefinition(name="rows", dimensions=["kin/sex"], unit="kin")
    counts = TableDefinition(name="counts", dimensions=[], indicators=["kin"])
    newer = survey(version="2", groups=kin, fields=[SEX, KIN], indicators=[KINSHIP], tables=[rows, counts])
    assert {layout.name for layout in applicable(survey(groups=kin, fields=[SEX, KIN]), newer).layouts} == {
        "rows",
        "counts",
    }
    refused = applicable(survey(fields=[SEX]), newer).refused
    assert set(refused) == {"rows", "counts"}
