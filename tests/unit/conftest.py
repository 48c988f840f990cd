"""A small survey of households and their members, in the shapes of design that estimates know."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from schemas.events import Answer, Response, Source
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

KEEP = Privacy(kind=PrivacyKind.KEEP)
MakeSurvey = Callable[..., SurveyDefinition]
MakeResponse = Callable[..., Response]


def _field(path: str, type_: FieldType, role: Role | None = None) -> FieldDefinition:
    choices = "codes" if type_ in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE) else None
    return FieldDefinition(path=path, type=type_, role=role, choices=choices, privacy=KEEP)


INDICATORS = [
    IndicatorDefinition(name="n", kind=IndicatorKind.COUNT),
    IndicatorDefinition(name="poor", kind=IndicatorKind.COUNT, universe="/data/cost < 100"),
    IndicatorDefinition(name="mean", kind=IndicatorKind.MEAN, numerator="/data/cost", scale=2),
    IndicatorDefinition(name="total", kind=IndicatorKind.TOTAL, numerator="/data/cost", scale=2),
    IndicatorDefinition(
        name="share", kind=IndicatorKind.SHARE, numerator="/data/borrowed = 'yes'", universe="/data/cost > 0"
    ),
    IndicatorDefinition(name="months", kind=IndicatorKind.RATIO, numerator="/data/cost", denominator="/data/pay"),
    IndicatorDefinition(name="years", kind=IndicatorKind.MEAN, numerator="/data/member/years", scale=0),
    IndicatorDefinition(name="median", kind=IndicatorKind.QUANTILE, numerator="/data/cost"),
]
TABLES = [
    TableDefinition(name="by_sex", dimensions=["sex"], indicators=["n", "poor", "mean", "total", "share", "months"]),
    TableDefinition(name="by_reason", dimensions=["sex", "reason"], indicators=["mean"]),
    TableDefinition(name="all", dimensions=[], indicators=["n", "median"]),
    TableDefinition(name="members", dimensions=["sex", "member/kin"], indicators=["years"], unit="member"),
]


@pytest.fixture(scope="session")
def make_survey() -> MakeSurvey:
    def make(
        roles: Sequence[Role] = (), tables: Sequence[TableDefinition] = TABLES, version: str = "1"
    ) -> SurveyDefinition:
        def role(wanted: Role) -> Role | None:
            return wanted if wanted in roles else None

        return SurveyDefinition(
            survey="homes",
            version=version,
            title="Homes",
            root="data",
            xform="",
            groups=[GroupDefinition(path="member", repeat=True)],
            choice_lists={"codes": [Choice(name=name) for name in ("F", "M", "work", "study", "yes", "no")]},
            fields=[
                _field("stratum", FieldType.STRING, role(Role.STRATUM)),
                _field("psu", FieldType.INT, role(Role.PSU)),
                _field("weight", FieldType.DECIMAL, role(Role.WEIGHT)),
                _field("sex", FieldType.SELECT_ONE),
                _field("reason", FieldType.SELECT_MULTIPLE),
                _field("cost", FieldType.DECIMAL),
                _field("pay", FieldType.INT),
                _field("borrowed", FieldType.SELECT_ONE),
                _field("member/kin", FieldType.SELECT_ONE),
                _field("member/years", FieldType.INT),
            ],
            indicators=INDICATORS,
            tables=list(tables),
        )

    return make


@pytest.fixture(scope="session")
def make_response() -> MakeResponse:
    def make(
        answers: Mapping[str, Answer],
        rows: Mapping[str, list[dict[str, Answer]]] | None = None,
        record_key: int = 7,
        instance: str = "i" * 22,
    ) -> Response:
        return Response(
            kind="response",
            source=Source(topic_id="s", partition=0, offset=0, at_ms=0),
            survey="homes",
            version="1",
            instance=instance,
            fingerprint="f",
            record_key=record_key,
            answers=dict(answers),
            rows=dict(rows or {}),
        )

    return make
