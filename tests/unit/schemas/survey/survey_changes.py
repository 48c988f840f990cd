"""A survey with one of everything that drift looks at, and ways to change it."""

from collections.abc import Callable
from functools import reduce
from typing import Any

from schemas.survey.definition import (
    Choice,
    FieldDefinition,
    FieldType,
    GroupDefinition,
    IndicatorDefinition,
    IndicatorKind,
    Itemset,
    Media,
    Privacy,
    PrivacyKind,
    Role,
    SurveyDefinition,
    TableDefinition,
)

KEEP = Privacy(kind=PrivacyKind.KEEP)
Change = Callable[[SurveyDefinition], SurveyDefinition]


def choice(name: str, english: str, french: str = "") -> Choice:
    return Choice(name=name, labels={"English (en)": english, "French (fr)": french or f"{english} fr"})


def places(digit: str) -> Media:
    return Media(name="places.csv", sha256=digit * 64, md5=digit * 32, size=3)


BASE = SurveyDefinition(
    survey="visit",
    version="7",
    title="Visit",
    root="data",
    languages=["English (en)", "French (fr)"],
    default_language="English (en)",
    xform="",
    media=[places("0")],
    groups=[
        GroupDefinition(path="cost", relevant="/data/status = 'back'"),
        GroupDefinition(path="member", repeat=True),
    ],
    choice_lists={
        "yes_no": [choice("yes", "Yes"), choice("no", "No")],
        "status": [choice("back", "Came back"), choice("never", "Never left"), choice("away", "Still away")],
        "area": [choice("u", "Urban"), choice("r", "Rural")],
    },
    fields=[
        FieldDefinition(path="consent", type=FieldType.SELECT_ONE, choices="yes_no", role=Role.CONSENT, privacy=KEEP),
        FieldDefinition(path="area", type=FieldType.SELECT_ONE, choices="area", privacy=KEEP),
        FieldDefinition(path="country", type=FieldType.STRING, role=Role.COUNTRY, privacy=KEEP),
        FieldDefinition(path="wave", type=FieldType.STRING, role=Role.PERIOD, privacy=KEEP),
        FieldDefinition(path="team", type=FieldType.STRING, role=Role.ENUMERATOR),
        FieldDefinition(path="weight", type=FieldType.DECIMAL, role=Role.WEIGHT, privacy=KEEP),
        FieldDefinition(path="psu", type=FieldType.INT, role=Role.PSU, privacy=KEEP),
        FieldDefinition(
            path="stratum",
            type=FieldType.STRING,
            asked=False,
            calculate="concat(/data/country, /data/area)",
            role=Role.STRATUM,
            privacy=KEEP,
        ),
        FieldDefinition(
            path="age",
            type=FieldType.INT,
            labels={"English (en)": "Your age?", "French (fr)": "Votre âge ?"},
            constraint=". < 120",
            privacy=Privacy(kind=PrivacyKind.BAND, argument="15,65"),
            concept="AGE",
        ),
        FieldDefinition(
            path="status",
            type=FieldType.SELECT_ONE,
            choices="status",
            itemset=Itemset(nodeset="instance('status')/root/item[ok = /data/area]"),
            choices_filtered=True,
            privacy=KEEP,
        ),
        FieldDefinition(path="cost/visa", type=FieldType.INT, relevant="/data/area = 'u'"),
        FieldDefinition(
            path="cost/total",
            type=FieldType.DECIMAL,
            asked=False,
            calculate="/data/cost/visa + 1",
            privacy=KEEP,
        ),
        FieldDefinition(path="member/works", type=FieldType.SELECT_ONE, choices="yes_no", privacy=KEEP),
        FieldDefinition(path="remarks", type=FieldType.STRING, labels={"English (en)": "Anything else?"}),
    ],
    indicators=[
        IndicatorDefinition(name="n", kind=IndicatorKind.COUNT),
        IndicatorDefinition(
            name="cost",
            kind=IndicatorKind.MEAN,
            numerator="/data/cost/total",
            universe="/data/status = 'back'",
            unit="USD",
        ),
        IndicatorDefinition(
            name="ratio", kind=IndicatorKind.RATIO, numerator="/data/cost/total", denominator="/data/psu", series="X_1"
        ),
    ],
    tables=[
        TableDefinition(name="by_age", dimensions=["age"], indicators=["n", "cost"]),
        TableDefinition(name="by_work", dimensions=["member/works"], indicators=["n"], unit="member"),
        TableDefinition(name="by_area_status", dimensions=["area", "status"], indicators=["n", "ratio"]),
    ],
)


def with_field(path: str, /, **update: Any) -> Change:
    def change(survey: SurveyDefinition) -> SurveyDefinition:
        fields = [each.model_copy(update=update) if each.path == path else each for each in survey.fields]
        assert fields != survey.fields
        return survey.model_copy(update={"fields": fields})

    return change


def without_field(path: str) -> Change:
    return lambda survey: survey.model_copy(update={"fields": [f for f in survey.fields if f.path != path]})


def with_list(name: str, *choices: Choice) -> Change:
    return lambda survey: survey.model_copy(update={"choice_lists": {**survey.choice_lists, name: list(choices)}})


def with_named(part: str, name: str, /, **update: Any) -> Change:
    def change(survey: SurveyDefinition) -> SurveyDefinition:
        parts = [each.model_copy(update=update) if each.name == name else each for each in getattr(survey, part)]
        assert parts != getattr(survey, part)
        return survey.model_copy(update={part: parts})

    return change


def with_(**update: Any) -> Change:
    return lambda survey: survey.model_copy(update=update)


def with_root(root: str) -> Change:
    def change(survey: SurveyDefinition) -> SurveyDefinition:
        text = survey.to_wire().decode().replace("/data/", f"/{root}/").replace('"root":"data"', f'"root":"{root}"')
        return SurveyDefinition.from_wire(text)

    return change


def in_turn(*changes: Change) -> Change:
    return lambda survey: reduce(lambda made, change: change(made), changes, survey)


def with_group(path: str, /, **update: Any) -> Change:
    return lambda survey: survey.model_copy(
        update={"groups": [g.model_copy(update=update) if g.path == path else g for g in survey.groups]}
    )
