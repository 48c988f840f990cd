"""AGG indicators: every kind, weighted or not, in every design, of submissions and of rows, with universes, several
categories and conversion, after adds, edits and withdrawals in any order: the figures of the answers themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from schemas.survey.figure_definitions import Rate, figure_name
from schemas.tables.estimates import Cell, Missing
from schemas.tables.live_cells import cells
from services.aggregate.batch import BatchWriter
from services.aggregate.contributor import Contributor
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.slots import Arrival, Kind, State
from services.aggregate.watermark import Watermark
from tests import plain_figures as plain

SURVEY = "oracle"
RATES = [("BDT", "2026-01-10", "0.0082"), ("BDT", "2026-02-01", "0.00811"), ("PHP", "2026-01-20", "0.017")]
DESIGNS = [
    (),
    (Role.WEIGHT,),
    (Role.STRATUM,),
    (Role.WEIGHT, Role.STRATUM),
    (Role.PSU,),
    (Role.WEIGHT, Role.STRATUM, Role.PSU),
]
KEEP, DAY = Privacy(kind=PrivacyKind.KEEP), Privacy(kind=PrivacyKind.PERIOD, argument="day")
PARTS = ["0.1", "0.5", "0.9"]

K = IndicatorKind
INDICATORS = [
    IndicatorDefinition(name="n", kind=K.COUNT),
    IndicatorDefinition(name="poor", kind=K.COUNT, universe="/data/cost < 100"),
    IndicatorDefinition(name="share", kind=K.SHARE, numerator="/data/borrowed = 'yes'", universe="/data/cost > 0"),
    IndicatorDefinition(name="mean", kind=K.MEAN, numerator="/data/cost", scale=2),
    IndicatorDefinition(name="total", kind=K.TOTAL, numerator="/data/cost", scale=2),
    IndicatorDefinition(name="ratio", kind=K.RATIO, numerator="/data/cost", denominator="/data/pay", scale=2),
    IndicatorDefinition(name="usd", kind=K.MEAN, numerator="/data/cost", currency="currency", date="day", scale=3),
    IndicatorDefinition(
        name="usd_total", kind=K.TOTAL, numerator="/data/cost * 2", currency="currency", date="day", scale=1
    ),
    IndicatorDefinition(
        name="usd_ratio",
        kind=K.RATIO,
        numerator="/data/cost",
        denominator="/data/pay",
        currency="currency",
        denominator_currency="currency",
        date="day",
    ),
    IndicatorDefinition(name="spread", kind=K.QUANTILE, numerator="/data/cost", quantiles=PARTS, scale=2),
    IndicatorDefinition(name="change", kind=K.QUANTILE, numerator="/data/cost - /data/pay", quantiles=PARTS, scale=2),
    IndicatorDefinition(
        name="usd_spread",
        kind=K.QUANTILE,
        numerator="/data/cost",
        universe="/data/borrowed = 'yes'",
        currency="currency",
        date="day",
        quantiles=PARTS,
        scale=2,
    ),
]
OF_JOBS = [
    IndicatorDefinition(name="jobs", kind=K.COUNT),
    IndicatorDefinition(name="wage", kind=K.MEAN, numerator="/data/job/wage", scale=1),
    IndicatorDefinition(name="wage_total", kind=K.TOTAL, numerator="/data/job/wage", scale=1),
    IndicatorDefinition(name="wage_spread", kind=K.QUANTILE, numerator="/data/job/wage", quantiles=PARTS, scale=1),
    IndicatorDefinition(
        name="wage_usd", kind=K.QUANTILE, numerator="/data/job/wage", currency="job/money", date="day", quantiles=PARTS
    ),
    IndicatorDefinition(name="high", kind=K.SHARE, numerator="/data/job/wage > 500", universe="/data/borrowed = 'yes'"),
]


def survey(roles: tuple[Role, ...]) -> SurveyDefinition:
    def field(path: str, type_: FieldType, role: Role | None = None, privacy: Privacy = KEEP) -> FieldDefinition:
        choices = "codes" if type_ in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE) else None
        own = role if role in roles else None
        return FieldDefinition(path=path, type=type_, role=own, choices=choices, privacy=privacy)

    names = [one.name for one in INDICATORS]
    return SurveyDefinition(
        survey=SURVEY,
        version="1",
        title="Oracle",
        root="data",
        xform="",
        groups=[GroupDefinition(path="job", repeat=True)],
        choice_lists={"codes": [Choice(name=name) for name in ("F", "M", "work", "study", "yes", "no")]},
        fields=[
            field("stratum", FieldType.STRING, Role.STRATUM),
            field("psu", FieldType.INT, Role.PSU),
            field("weight", FieldType.DECIMAL, Role.WEIGHT),
            field("sex", FieldType.SELECT_ONE),
            field("reason", FieldType.SELECT_MULTIPLE),
            field("cost", FieldType.DECIMAL),
            field("pay", FieldType.INT),
            field("currency", FieldType.SELECT_ONE),
            field("day", FieldType.DATE, privacy=DAY),
            field("borrowed", FieldType.SELECT_ONE),
            field("job/kind", FieldType.SELECT_ONE),
            field("job/wage", FieldType.DECIMAL),
            field("job/money", FieldType.SELECT_ONE),
        ],
        indicators=[*INDICATORS, *OF_JOBS],
        tables=[
            TableDefinition(name="by_sex_reason", dimensions=["sex", "reason"], indicators=names),
            TableDefinition(name="all", dimensions=[], indicators=names),
            TableDefinition(
                name="by_kind", dimensions=["sex", "job/kind"], indicators=[one.name for one in OF_JOBS], unit="job"
            ),
        ],
        currency="USD",
        rates=[Rate(currency=code, since=date.fromisoformat(since), rate=rate) for code, since, rate in RATES],
    )


def interview(random: Random) -> tuple[dict[str, Answer], list[dict[str, Answer]]]:
    """Answers, some of them missing, and the jobs."""

    def money() -> str:
        return random.choice(["0", "-3.5", f"{random.uniform(0.01, 40):.3f}", f"{random.lognormvariate(5, 1.5):.2f}"])

    reasons: list[Answer] = [["work"], ["study", "work"], "_N", ["work", "study", "work"]]
    answers: dict[str, Answer] = {
        "stratum": random.choice(["N", "S.1"]),
        "psu": random.randint(1, 3),
        "weight": random.choice(["1", "0.5", "2.250001", "_U", "17"]),
        "sex": random.choice(["F", "M"]),
        "reason": random.choice(reasons),
        "cost": random.choice([money(), money(), "_N"]),
        "pay": random.randint(1, 900),
        "currency": random.choice(["USD", "BDT", "PHP", "EUR", "_U"]),
        "day": random.choice(["2026-01-05", "2026-01-10", "2026-01-31", "2026-02-01", "2026-03-03"]),
        "borrowed": random.choice(["yes", "no", "_U"]),
    }
    jobs: list[dict[str, Answer]] = [
        {
            "job/kind": random.choice(["work", "study"]),
            "job/wage": random.choice([money(), "_U"]),
            "job/money": random.choice(["USD", "BDT", "EUR"]),
        }
        for _ in range(random.choice([0, 1, 1, 2, 4]))
    ]
    return {path: answer for path, answer in answers.items() if random.random() > 0.05 or path == "day"}, jobs


def is_known(answer: object) -> bool:
    return answer not in (None, "", "_U", "_N")


def raw(answer: object) -> Fraction:
    return Fraction(str(answer))


def dollars(amount: object, currency: object, day: object, places: int) -> Fraction | None:
    return plain.in_dollars(amount, currency, str(day), RATES, places)


def measured(name: str, a: Mapping[str, Answer]) -> tuple[Fraction, Fraction] | None:
    """y and x of a unit, None if it does not count: each indicator once more, by hand."""
    one, cost, pay = Fraction(1), a.get("cost"), a.get("pay")
    wage, day, borrowed = a.get("job/wage"), a.get("day"), a.get("borrowed")
    y: Fraction | None = None
    x: Fraction | None = one
    match name:
        case "n" | "jobs":
            y = one
        case "poor":
            y = one if is_known(cost) and raw(cost) < 100 else None
        case "share" if is_known(cost) and raw(cost) > 0 and is_known(borrowed):
            y = Fraction(borrowed == "yes")
        case "mean" | "total" | "spread":
            y = plain.number(cost, 2)
        case "ratio":
            y, x = plain.number(cost, 2), plain.number(pay, 2)
        case "usd":
            y = dollars(cost, a.get("currency"), day, 3)
        case "usd_total" if is_known(cost):
            y = dollars(raw(cost) * 2, a.get("currency"), day, 1)
        case "usd_ratio":
            y, x = dollars(cost, a.get("currency"), day, 2), dollars(pay, a.get("currency"), day, 2)
        case "change" if is_known(cost) and is_known(pay):
            y = round(raw(cost) - raw(pay), 2)
        case "usd_spread" if borrowed == "yes":
            y = dollars(cost, a.get("currency"), day, 2)
        case "wage" | "wage_total" | "wage_spread":
            y = plain.number(wage, 1)
        case "wage_usd":
            y = dollars(wage, a.get("job/money"), day, 2)
        case "high" if borrowed == "yes" and is_known(wage):
            y = Fraction(raw(wage) > 500)
    return None if y is None or x is None else (y, x)


class Fieldwork:
    """Submissions, edits and withdrawals as records, in batches, on two partitions."""

    def __init__(self, definition: SurveyDefinition) -> None:
        self.contributor = Contributor(definition)
        self.answers: dict[str, tuple[dict[str, Answer], list[dict[str, Answer]]]] = {}
        self.database = MemoryDatabase([Watermark(partition, "r", "s", 0, 0) for partition in range(2)])
        self.store = MemoryStore(self.database)
        self._writer = BatchWriter(self.store)
        self._marks = self.store.acquire(range(2))

    def apply(self, arrivals: list[Arrival]) -> None:
        after, placed = dict(self._marks), []
        for arrival in arrivals:
            partition = sum(map(ord, arrival.replaces or str(arrival.instance))) % 2
            mark = after[partition]
            placed.append(replace(arrival, partition=partition, offset=mark.submissions_next))
            after[partition] = replace(
                mark, responses_next=mark.responses_next + 1, submissions_next=mark.submissions_next + 1
            )
        touched = {partition: mark for partition, mark in after.items() if mark != self._marks[partition]}
        self._marks.update(self._writer.apply(self._marks, touched, placed).watermarks)

    def response(
        self,
        random: Random,
        instance: str,
        replaces: str | None,
        made: tuple[dict[str, Answer], list[dict[str, Answer]]],
    ) -> Arrival:
        self.answers[instance] = made
        response = Response(
            kind="response",
            source=Source(topic_id="s", partition=0, offset=0, at_ms=0),
            survey=SURVEY,
            version="1",
            instance=instance.ljust(22, "i"),
            fingerprint=instance,
            record_key=random.randrange(256),
            answers=made[0],
            rows={"job": made[1]} if made[1] else {},
        )
        return Arrival(
            Kind.RESPONSE, 0, 0, 0, SURVEY, "1", instance, replaces, instance, self.contributor(response), b"{}"
        )

    def counted(self) -> list[str]:
        documents = self.database.documents.items()
        return [key for (collection, key), slot in documents if collection == "slots" and slot.state is State.COUNTED]

    def cells(self, table: str) -> dict[str, Cell]:
        layouts = self.contributor.layouts
        layout = next(one for one in layouts if one.name == table)
        return cells(layout, self.store.live_pages(SURVEY), self.store.live_runs(SURVEY), layouts)


def run(roles: tuple[Role, ...], seed: int, submissions: int) -> Fieldwork:
    """Lineages with edits and withdrawals, shuffled."""
    random = Random(seed)
    work = Fieldwork(survey(roles))
    arrivals: list[Arrival] = []
    for number in range(submissions):
        links = [f"{number}-{link}" for link in range(random.choice([1, 1, 1, 2, 3]))]
        for link, name in enumerate(links):
            arrivals.append(work.response(random, name, links[link - 1] if link else None, interview(random)))
        if random.random() < 0.15:
            arrivals.append(Arrival(Kind.WITHDRAWAL, 0, 0, 0, SURVEY, "1", random.choice(links)))
    random.shuffle(arrivals)
    while arrivals:
        size = random.randint(1, 9)
        work.apply(arrivals[:size])
        arrivals = arrivals[size:]
    return work


def units(
    work: Fieldwork, roles: tuple[Role, ...], rows: bool
) -> Iterator[tuple[tuple[str, str, Fraction, str], dict[str, Answer]]]:
    """Stratum, PSU, weight and id of the submission, with the answers of each unit."""
    for name in work.counted():
        answers, jobs = work.answers[name]
        weight = Fraction(1)
        if Role.WEIGHT in roles:
            text = answers.get("weight", "_U")
            weight = raw(text) if is_known(text) else Fraction(0)
        stratum = str(answers.get("stratum", "_U")) if Role.STRATUM in roles else ""
        psu = str(answers.get("psu", "_U")) if Role.PSU in roles else name
        for unit in [{**answers, **job} for job in jobs] if rows else [answers]:
            yield (stratum, psu, weight, name), unit


def in_cells(unit: Mapping[str, Answer], dimensions: tuple[str, ...]) -> set[tuple[str, ...]]:
    codes = []
    for path in dimensions:
        answer = unit.get(path, "_U")
        codes.append(sorted(set(answer)) if isinstance(answer, list) else [str(answer)])
    return set(product(*codes))


def compare(work: Fieldwork, roles: tuple[Role, ...], table: str, indicators: list[IndicatorDefinition]) -> int:
    """The number of figures that were compared."""
    rows = table == "by_kind"
    found = work.cells(table)
    everyone = [(stratum, psu) for (stratum, psu, *_), _ in units(work, roles, rows=False)]
    dimensions = next(iter(found.values())).layout.dimensions if found else ()
    expected: dict[tuple[str, ...], list[tuple[tuple[str, str, Fraction, str], dict[str, Answer]]]] = {}
    for about, unit in units(work, roles, rows):
        for codes in in_cells(unit, dimensions):
            expected.setdefault(codes, []).append((about, unit))
    assert {tuple(key.split("|")) if dimensions else () for key in found} == set(expected)
    compared = 0
    for codes, members in expected.items():
        cell = found["|".join(codes) or "_T"]
        for indicator in indicators:
            own = [
                plain.Counted(name, stratum, psu, weight, *values)
                for (stratum, psu, weight, name), unit in members
                if (values := measured(indicator.name, unit)) is not None
            ]
            compared += _compared(cell, indicator, own, everyone)
    return compared


def _compared(
    cell: Cell, indicator: IndicatorDefinition, own: list[plain.Counted], everyone: list[tuple[str, str]]
) -> int:
    segments = {segment.name: segment for segment in cell.layout.segments}
    if indicator.kind is K.QUANTILE:
        for part in indicator.probabilities:
            result = cell.estimate(segments[figure_name(indicator.name, part)])
            exact = plain.quantile(own, Fraction(part))
            assert result.n == len(own)
            assert (result.value is None) == (exact is None)
            if exact is not None and result.value is not None:
                assert abs(Fraction(result.value) - exact) <= Fraction(2001, 100_000) * abs(exact)
                assert result.low is None or result.high is None or result.low <= float(exact) <= result.high
        return len(indicator.probabilities)
    result = cell.estimate(segments[indicator.name])
    assert result.n == len(own)
    is_total = indicator.kind in (K.COUNT, K.TOTAL)
    value = plain.total(own) if is_total and own else plain.ratio(own) if own else None
    assert (result.value is None) == (value is None)
    if value is None:
        return 1
    assert result.value == pytest.approx(float(value), rel=1e-12, abs=1e-12)
    if result.reason in (Missing.ONE_PSU, Missing.ONE_SUBMISSION):
        assert plain.error(own, everyone, is_total, value) is None
    else:
        assert result.standard_error == pytest.approx(plain.error(own, everyone, is_total, value), rel=1e-7, abs=1e-9)
    return 1


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(DESIGNS), st.integers(0, 2**32), st.integers(1, 40))
def test_all_figures_are_those_of_the_answers(roles: tuple[Role, ...], seed: int, submissions: int) -> None:
    work = run(roles, seed, submissions)
    compare(work, roles, "by_sex_reason", INDICATORS)
    compare(work, roles, "all", INDICATORS)
    compare(work, roles, "by_kind", OF_JOBS)


@pytest.mark.parametrize("roles", DESIGNS, ids=str)
def test_all_figures_of_a_larger_survey(roles: tuple[Role, ...]) -> None:
    work = run(roles, 5, 250)
    assert compare(work, roles, "by_sex_reason", INDICATORS) > 90
    assert compare(work, roles, "all", INDICATORS) == 9 + 3 * len(PARTS)
    assert compare(work, roles, "by_kind", OF_JOBS) > 40


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(DESIGNS), st.integers(0, 2**32))
def test_when_everybody_is_withdrawn_nothing_is_left(roles: tuple[Role, ...], seed: int) -> None:
    work = run(roles, seed, 8)
    work.apply([Arrival(Kind.WITHDRAWAL, 0, 0, 0, SURVEY, "1", name) for name in sorted(work.answers)])
    assert work.counted() == []
    assert all(not page.tables for page in work.store.live_pages(SURVEY))
    assert all(not work.cells(table) for table in ("by_sex_reason", "all", "by_kind"))
