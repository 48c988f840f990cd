"""REL quantiles: from the histograms beside a table to what is published of it.

Q1 a margin is the table without the dimension. Q2 nothing before the closing, a class of amounts in it. Q3 in a class
as many as the threshold, and as many outside, whatever the amounts and the key. Q4 one person hardly moves it. Q5
buckets are in nothing that is published.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Answer, Response
from schemas.survey.definition import (
    TOTAL,
    IndicatorDefinition,
    IndicatorKind,
    Role,
    SurveyDefinition,
    TableDefinition,
)
from schemas.tables.log_buckets import bucket_of, middle_of, range_of
from services.release.distribution import Distribution
from services.release.documents import cell_documents, release_document
from services.release.epoch import Moment
from services.release.grid import Grid
from services.release.live_table import Indicator, LiveCell, LiveTable
from services.release.live_tables import live_tables, plans
from services.release.policy import Policy
from services.release.primary import Reason
from services.release.protect import Release, protect
from services.release.quantile_classes import WIDTHS, class_of, quantile_class
from services.release.rows import MISSING, NOT_YET, SUPPRESSED, Figure
from services.release.single_contributions import SingleContributions
from services.release.stored_inputs import StoredInputs
from tests.counted import Counted

MakeSurvey = Callable[..., SurveyDefinition]
MakeResponse = Callable[..., Response]

MEDIAN = IndicatorDefinition(name="cost", kind=IndicatorKind.QUANTILE, numerator="/data/cost", quantiles=["0.5"])
YEARS = IndicatorDefinition(name="age", kind=IndicatorKind.QUANTILE, numerator="/data/member/years", scale=0)
SMALL = {"threshold": 3}
TABLES = [
    TableDefinition(name="two", dimensions=["sex", "borrowed"], indicators=["cost"], **SMALL),
    TableDefinition(name="one", dimensions=["sex"], indicators=["cost"], **SMALL),
    TableDefinition(name="none", dimensions=[], indicators=["cost"], **SMALL),
    TableDefinition(name="kin", dimensions=["sex", "member/kin"], indicators=["age"], unit="member", **SMALL),
    TableDefinition(name="members", dimensions=["sex"], indicators=["age"], unit="member", **SMALL),
]
THRESHOLD = 10


def survey(make_survey: MakeSurvey, roles: list[Role]) -> SurveyDefinition:
    return make_survey(roles, TABLES).model_copy(update={"indicators": [MEDIAN, YEARS]})


def tables_of(counted: Counted) -> dict[str, LiveTable]:
    planned = plans([counted.survey])
    single = SingleContributions(
        ((plan.layout, plan.several()) for plan in planned),
        ((histogram, plan.several()) for plan in planned for histogram in plan.histograms),
    )
    for contribution in counted.contributions:
        single.add(contribution)
    return {table.name: table for table in live_tables(planned, counted.pages, counted.runs, single)}


people = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {
                "sex": st.sampled_from(["F", "M"]),
                "borrowed": st.sampled_from(["yes", "no", "_N"]),
                "cost": st.sampled_from(["0", "12.34", "99.99", "250", "-3.5", "_N"]),
                "weight": st.sampled_from(["1", "0.5", "2.25"]),
            }
        ),
        st.lists(
            st.fixed_dictionaries({"member/kin": st.sampled_from(["F", "M"]), "member/years": st.integers(0, 90)}),
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=30,
)


@pytest.mark.parametrize("roles", [[], [Role.WEIGHT], [Role.WEIGHT, Role.PSU]], ids=str)
def test_q1_a_margin_is_the_table_without_the_dimension(
    roles: list[Role], make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    definition = survey(make_survey, roles)

    @settings(max_examples=25, deadline=None)
    @given(people)
    def holds(asked: list[tuple[dict[str, Answer], list[dict[str, Answer]]]]) -> None:
        counted = Counted(definition).count(make_response(given, {"member": members}) for given, members in asked)
        found = tables_of(counted)
        for wide, narrow in (("two", "one"), ("one", "none"), ("kin", "members")):
            fewer = len(found[narrow].dimensions)
            for codes, cell in found[wide].cells.items():
                if all(code == TOTAL for code in codes[fewer:]):
                    own = list(found[narrow].cells[codes[:fewer]].distributions.values())
                    assert list(cell.distributions.values()) == own, (wide, codes)
        for codes, cell in found["kin"].cells.items():
            for one in cell.distributions.values():
                assert one.submissions <= cell.submissions and one.units <= cell.units, codes

    holds()


def test_q1_a_household_counts_once_in_the_bucket_of_its_smallest_amount(
    make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    rows: list[dict[str, Answer]] = [{"member/kin": "F", "member/years": years} for years in (7, 70, 7)]
    counted = Counted(survey(make_survey, []))
    counted.count(make_response({"sex": "F"}, {"member": rows}) for _ in range(3))
    [found] = tables_of(counted)["members"].cells["F",].distributions.values()
    assert found == Distribution(((7, 6, 6, 3), (bucket_of(70), 3, 3, 0)))


def test_inputs_are_stored_with_their_distributions(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    counted = Counted(survey(make_survey, [Role.WEIGHT]))
    counted.count(make_response({"sex": "F", "cost": cost, "weight": "2"}) for cost in range(5))
    stored = StoredInputs(tuple(tables_of(counted).values()), Policy(), Moment(0, 5, ""))
    assert StoredInputs.decode(stored.encode()) == stored
    assert any(cell.distributions for table in stored.tables for cell in table.cells.values())


def of_amounts(amounts: list[int]) -> Distribution:
    buckets = [bucket_of(amount) for amount in amounts]
    numbers = [(bucket, buckets.count(bucket)) for bucket in sorted(set(buckets))]
    return Distribution(tuple((bucket, number, number, number) for bucket, number in numbers))


PARTS = ("0.25", "0.5", "0.75")
INDICATORS = tuple(
    Indicator(f"cost_p{part[2:]:0<2}", IndicatorKind.QUANTILE, 100, probability=part, of="cost") for part in PARTS
)


def live(cells: dict[str, list[int]], **more: object) -> LiveTable:
    made = LiveTable(
        "work",
        "",
        ("work",),
        (tuple(cells),),
        {
            (code,): LiveCell(len(amounts), len(amounts), len(amounts), None, {}, {"cost": of_amounts(amounts)})
            for code, amounts in cells.items()
        },
        INDICATORS,
        threshold=THRESHOLD,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def figures(table: LiveTable, closing: bool, key: bytes = b"k" * 32) -> dict[str, dict[str, Figure]]:
    made = protect("homes", [table], Policy(), None, Moment(0, 10**6, "0:0", closing), key)
    assert isinstance(made, Release), made
    return {row.codes[0]: dict(row.figures) for row in made.tables[0].rows}


SPREAD = [100 * place * place for place in range(1, 400)]


def test_q2_nothing_before_the_closing_and_a_class_then() -> None:
    table = live({"paid": SPREAD, "own": [3 * amount for amount in SPREAD]})
    for row in figures(table, closing=False).values():
        assert set(row.values()) == {NOT_YET}
    for code, factor in (("paid", 1), ("own", 3)):
        for part, figure in zip(PARTS, figures(table, closing=True)[code].values(), strict=True):
            exact = factor * SPREAD[round(float(part) * len(SPREAD))] / 100
            assert figure.low is not None and figure.high is not None and figure.obs_value is not None
            assert figure.low <= figure.obs_value <= figure.high <= 1.6 * figure.low
            assert figure.low / 1.1 <= exact <= figure.high * 1.1
            assert figure.standard_error is None and figure.quality is None


def test_q2_few_are_suppressed_and_so_are_those_who_are_alike() -> None:
    found = figures(live({"few": SPREAD[:9], "alike": [5_000] * 300, "apart": SPREAD}), closing=True)
    assert set(found["few"].values()) == set(found["alike"].values()) == {SUPPRESSED}
    nearly = figures(live({"nearly": [5_000] * 300 + [9_000] * 4, "apart": SPREAD}), closing=True)
    assert set(nearly["nearly"].values()) == {SUPPRESSED}


def test_q2_what_is_about_institutions_is_told_to_its_bucket() -> None:
    table = live({"paid": [100, 200, 90_000], "own": []}, mode="none", signed_off="Office")
    found = figures(table, closing=False)
    assert [figure.obs_value for figure in found["paid"].values()] == [
        float(f"{float(middle_of(bucket, bucket)) / 100:.3g}") for bucket in map(bucket_of, (100, 200, 90_000))
    ]
    assert set(found["own"].values()) == {MISSING}


amounts = st.lists(st.integers(-300, 300) | st.integers(0, 10**6) | st.just(0), min_size=20, max_size=90)


@settings(max_examples=150, deadline=None)
@given(amounts, st.sampled_from(PARTS), st.integers(0, 4))
def test_q3_as_many_inside_and_outside_as_the_threshold_asks(given: list[int], part: str, origin: int) -> None:
    grid, found = Grid(5, origin), of_amounts(given)
    told = quantile_class(found, Fraction(part), grid, lambda number: number >= THRESHOLD)
    if isinstance(told, Reason):
        return
    low, high = range_of(told[0])[0], range_of(told[1])[1]
    inside = sum(low <= amount <= high for amount in given)
    assert inside >= THRESHOLD and len(given) - inside >= THRESHOLD
    assert any(class_of(told[0], width) == told for width in WIDTHS)
    # The rank is moved by less than a step of its grid.
    below, beyond = sum(amount < low for amount in given), sum(amount > high for amount in given)
    assert below <= Fraction(part) * len(given) + 1 and beyond <= (1 - Fraction(part)) * len(given) + 5


@pytest.mark.parametrize("width", WIDTHS)
def test_q3_classes_share_out_all_amounts(width: int) -> None:
    classes = sorted({class_of(bucket, width) for bucket in range(-200, 201)})
    assert all(class_of(bucket, width)[0] <= bucket <= class_of(bucket, width)[1] for bucket in range(-200, 201))
    assert all(first[1] + 1 == second[0] for first, second in pairwise(classes)) and (0, 0) in classes


def test_q4_one_person_hardly_moves_it() -> None:
    """Whoever knows all other amounts, and that the one she asks about is either among the smallest or the largest:
    over populations and keys, how often does a quantile come out otherwise? A count that is rounded to 5 comes out
    otherwise once in 5 for one person more."""
    random, populations, keys = Random(1), 60, 10
    moved = dict.fromkeys((one.name for one in INDICATORS), 0)
    for number in range(populations):
        others = [round(random.lognormvariate(9, 0.8)) for _ in range(random.randrange(60, 300))]
        tables = [live({"paid": [*others, amount], "own": SPREAD}) for amount in (min(others), max(others))]
        for turn in range(keys):
            key = hashlib.sha256(f"{number} {turn}".encode()).digest()
            one, two = (figures(table, closing=True, key=key)["paid"] for table in tables)
            for name in moved:
                moved[name] += one[name] != two[name]
    assert 0 < max(moved.values()) <= populations * keys * 0.2, moved


def test_q5_buckets_are_in_nothing_that_is_published(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    definition = survey(make_survey, [])
    counted = Counted(definition)
    counted.count(
        make_response({"sex": "FM"[number % 2], "borrowed": "yes", "cost": str(number * number)})
        for number in range(1, 200)
    )
    tables = list(tables_of(counted).values())
    made = protect("homes", tables, Policy(), None, Moment(0, 10**6, "0:0", True), b"k" * 32)
    assert isinstance(made, Release), made
    document = release_document(definition, made, [])
    cells = list(cell_documents(definition, made))
    assert {cell["table"] for cell in cells} == {table.name for table in TABLES}
    by_name = {table["name"]: table for table in document["tables"]}
    assert [one["name"] for one in by_name["two"]["indicators"]] == ["cost_p50"]
    assert [one["label"] for one in by_name["kin"]["indicators"]] == [
        "age: lower quartile",
        "age: median",
        "age: upper quartile",
    ]
    published = [cell for cell in cells if cell["table"] == "one" and cell["figures"]["cost_p50"]["obs_value"]]
    assert len(published) == 3
    text = json.dumps([document, cells], default=str)
    assert "bucket" not in text and "two:cost" not in text
