"""AGG quantiles: the interval of an estimate, and why there is none. Values are in test_indicators_oracle."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from schemas.survey.definition import IndicatorKind
from schemas.tables.estimate import Missing, Quality
from schemas.tables.layout import BUCKET, Design, Layout, Segment
from schemas.tables.log_buckets import bucket_of
from schemas.tables.quantiles import Histogram, at_rank, cell_and_bucket

LAYOUT = Layout(
    id="h",
    survey="s",
    name="t:cost",
    label="",
    unit="",
    dimensions=("sex", BUCKET),
    base=("n",),
    segments=(),
    weighted=False,
    weight_scale=0,
    design=Design.SIMPLE,
    design_places=(),
    indicator="cost",
)


def segment(probability: str) -> Segment:
    return Segment("cost", IndicatorKind.QUANTILE, 0, 0, (), probability=probability, histogram="h")


def histogram(amounts: list[int], **more: object) -> Histogram:
    buckets: dict[int, list[int]] = {}
    for amount in amounts:
        buckets.setdefault(bucket_of(amount), [0])[0] += 1
    return Histogram(replace(LAYOUT, **more), buckets, {}, {"": len(amounts)})  # type: ignore[arg-type]


@pytest.mark.parametrize(("probability", "normal"), [("0.25", -0.67449), ("0.5", 0.0), ("0.9", 1.28155)])
def test_the_interval_holds_the_quantile_as_often_as_it_says(probability: str, normal: float) -> None:
    random, times = Random(3), 300
    truth = 2.718281828 ** (8 + 0.9 * normal)
    held = 0
    for _ in range(times):
        found = histogram([round(random.lognormvariate(8, 0.9)) for _ in range(200)]).estimate(segment(probability))
        assert found.low is not None and found.high is not None and found.standard_error is not None
        held += found.low <= truth <= found.high
    assert 0.92 * times <= held <= 0.995 * times


def test_an_interval_of_clusters_is_wider_where_these_are_alike() -> None:
    random = Random(4)
    amounts = {f"s|{psu}": [round(random.lognormvariate(8 + psu / 8, 0.1)) for _ in range(30)] for psu in range(12)}
    by_psu: dict[int, dict[str, list[int]]] = {}
    for psu, own in amounts.items():
        for amount in own:
            by_psu.setdefault(bucket_of(amount), {}).setdefault(psu, [0])[0] += 1
    alone = histogram([amount for own in amounts.values() for amount in own])
    layout = replace(LAYOUT, design=Design.CLUSTERS, design_places=(0,))
    clustered = Histogram(layout, alone.buckets, by_psu, dict.fromkeys(amounts, 30)).estimate(segment("0.5"))
    simple = alone.estimate(segment("0.5"))
    assert clustered.value == simple.value
    assert clustered.standard_error is not None and simple.standard_error is not None
    assert clustered.standard_error > 2.5 * simple.standard_error


def test_what_cannot_be_had_is_none_with_a_reason() -> None:
    nobody = histogram([])
    assert (nobody.estimate(segment("0.5")).value, nobody.estimate(segment("0.5")).reason) == (None, Missing.NO_UNITS)
    alike = histogram([20] * 9).estimate(segment("0.5"))
    assert (alike.value, alike.standard_error, alike.reason) == (20.0, None, Missing.NO_VARIATION)
    tail = histogram([*range(1, 9)]).estimate(segment("0.9"))
    assert tail.value == 8.0 and tail.low is None and tail.reason is Missing.FEW_BEYOND
    rows = histogram([*range(1, 99)], unit="member").estimate(segment("0.5"))
    assert rows.value is not None and rows.low is None and rows.reason is Missing.SEVERAL_UNITS
    alone = histogram([5, 900]).estimate(segment("0.5"))
    assert alone.n == 2 and alone.quality in (None, Quality.UNRELIABLE)


def test_the_quantile_is_the_least_amount_that_reaches_its_part() -> None:
    sizes = {-3: 1, 0: 2, 5: 1}
    found = [at_rank(sizes, Fraction(part)) for part in ("0.25", "0.26", "0.75", "0.76")]
    assert found == [-3, 0, 0, 5]
    assert at_rank({}, Fraction("0.5")) is None and at_rank({1: 0}, Fraction("0.5")) is None


def test_keys_of_cells_and_buckets() -> None:
    assert cell_and_bucket("F|BGD|-12") == ("F|BGD", -12)
    assert cell_and_bucket("0") == ("_T", 0)
