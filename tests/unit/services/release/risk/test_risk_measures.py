"""The measures of the risk report, against their definitions, against brute force, and against pycanon's answers.

pycanon pins numpy, typer and others to single versions, so it cannot live in one environment with us: its answers to
300 random data sets are kept in pycanon_answers.json, which tests/oracles/ask_pycanon.py writes from an environment
of its own.
"""

import json
import math
import random
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.release.risk.classes import anonymity, reidentification
from services.release.risk.coarse import Figure, coarse
from services.release.risk.coarser import halved, halved_shares
from services.release.risk.diversity import diversity
from services.release.risk.expected import chances, equal_shares, share_below
from services.release.risk.singling_out import SinglingOut

ANSWERS = json.loads((Path(__file__).parent / "pycanon_answers.json").read_text())

code = st.sampled_from("abc")
records = st.lists(st.tuples(code, code, code, code), min_size=1, max_size=25)


@pytest.mark.parametrize("part", range(10))
def test_k_and_l_are_those_of_pycanon(part: int) -> None:
    asked = ANSWERS["sets"][part::10]
    assert len(asked) >= 30
    for each in asked:
        width, rows = each["keys"], [tuple(row) for row in each["rows"]]
        keys, answers = [row[:width] for row in rows], [row[width] for row in rows]
        found = diversity(keys, answers)
        assert anonymity(keys).k == each["k"]
        assert found.distinct == each["l"]
        # pycanon gives the whole part; its exp() may fall just short of a whole number, as may ours.
        assert abs(math.floor(found.entropy + 1e-9) - each["entropy_l"]) == 0 or (
            abs(found.entropy - round(found.entropy)) < 1e-9 and each["entropy_l"] == round(found.entropy) - 1
        )


def test_the_answers_tell_things_apart() -> None:
    for name in ("k", "l", "entropy_l"):
        assert len({each[name] for each in ANSWERS["sets"]}) >= 3, name


@given(records)
def test_classes_by_definition(rows: list[tuple[str, ...]]) -> None:
    found = anonymity(rows)
    sizes = [sum(other == row for other in rows) for row in rows]
    assert found.k == min(sizes)
    assert found.uniques == sum(size == 1 for size in sizes)
    assert found.below == {level: sum(size < level for size in sizes) for level in (3, 5, 10)}
    assert sum(found.distribution) == found.records == len(rows)
    chance = reidentification(rows)
    assert chance is not None
    risks = [Fraction(1, size) for size in sizes]
    assert (chance.prosecutor_highest, chance.prosecutor_mean) == (max(risks), sum(risks) / len(rows))
    assert chance.marketer == Fraction(len(set(rows)), len(rows))


@given(records, st.integers(1, 100))
def test_a_journalist_knows_less_than_a_prosecutor(rows: list[tuple[str, ...]], population: int) -> None:
    found = reidentification(rows, population=population)
    weighted = reidentification(rows, [3_000_000] * len(rows))
    assert found is not None and found.journalist_highest is not None and found.journalist_mean is not None
    assert weighted is not None
    assert found.journalist_highest <= found.prosecutor_highest
    assert found.journalist_mean <= found.prosecutor_mean
    if population <= len(rows):
        assert found.journalist_mean == found.prosecutor_mean
    assert weighted.journalist_mean == weighted.prosecutor_mean / 3


def minimal(rows: list[tuple[str, ...]], largest: int) -> list[set[tuple[int, ...]]]:
    """Of each record, by trying every combination of fields."""

    def unique(row: tuple[str, ...], places: tuple[int, ...]) -> bool:
        return sum(all(other[place] == row[place] for place in places) for other in rows) == 1

    every = [places for size in range(1, largest + 1) for places in combinations(range(4), size)]
    found = []
    for row in rows:
        alone = {places for places in every if unique(row, places)}
        found.append({places for places in alone if not any(set(part) < set(places) for part in alone)})
    return found


@given(records, st.integers(1, 3))
def test_minimal_uniques_by_brute_force(rows: list[tuple[str, ...]], largest: int) -> None:
    expected, found = minimal(rows, largest), SinglingOut(rows, largest)
    assert found.records == sum(map(bool, expected))
    assert found.combinations == Counter(places for each in expected for places in each)
    assert found.by_size() == {
        size: sum(bool(each) and min(map(len, each)) == size for each in expected) for size in range(1, largest + 1)
    }
    for place in range(4):
        assert found.needing(place) == sum(any(place in places for places in each) for each in expected)
        narrow = [row[:place] + row[place + 1 :] for row in rows]
        assert found.without(place) == SinglingOut(narrow, largest).records
        pairs = halved(["a", "b", "c"])
        merged = [(*row[:place], pairs[row[place]], *row[place + 1 :]) for row in rows]
        assert found.with_fewer(place, pairs, rows) == SinglingOut(merged, largest).records


def test_nobody_is_nothing() -> None:
    assert SinglingOut([]).records == 0
    assert (anonymity([]).k, reidentification([])) == (0, None)
    assert diversity([], []).distinct == 0


# -- before fieldwork -------------------------------------------------------------------------------------------------


def test_expected_uniques_are_those_of_the_formula() -> None:
    found = chances([equal_shares(4), equal_shares(5)])
    assert found == {0.05: 20}
    for interviews in (1, 2, 30):
        assert share_below(found, interviews, 2) == pytest.approx(0.95 ** (interviews - 1))
    assert share_below(found, 30, 1) == 0
    assert share_below(found, 3, 5) == 1
    assert share_below(chances([[1.0]]), 30, 5) == 0
    assert share_below(chances([equal_shares(10**6)]), 10**6, 5) == pytest.approx(0.981, abs=0.001)


def test_expected_shares_are_those_of_many_drawn_samples() -> None:
    draw = random.Random(5)
    keys = [[0.7, 0.2, 0.1], [0.5, 0.3, 0.15, 0.05]]
    interviews, rounds = 60, 800
    totals: Counter[int] = Counter()
    for _ in range(rounds):
        rows = list(zip(*(draw.choices(range(len(each)), each, k=interviews) for each in keys), strict=True))
        found = anonymity(rows)
        totals.update({2: found.uniques} | found.below)
    for level, total in totals.items():
        share = share_below(chances(keys), interviews, level)
        assert total / rounds / interviews == pytest.approx(share, abs=0.01), level


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=1, max_size=6), min_size=1, max_size=4))
def test_chances_sum_to_one(shares: list[list[float]]) -> None:
    keys = [[share / sum(each) for share in each] for each in shares]
    assert sum(p * number for p, number in chances(keys).items()) == pytest.approx(1)


def test_many_different_chances_are_taken_together_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(7)
    keys = []
    for _ in range(5):
        raw = [draw.random() for _ in range(6)]
        keys.append([each / sum(raw) for each in raw])
    exact = chances(keys)
    monkeypatch.setattr("services.release.risk.expected.MANY", 300)
    rounded = chances(keys)
    assert len(rounded) < len(exact) / 2
    assert sum(p * n for p, n in rounded.items()) == pytest.approx(1)
    assert sum(rounded.values()) == sum(exact.values()) == 6**5
    for level in (2, 5):
        assert share_below(rounded, 1000, level) == pytest.approx(share_below(exact, 1000, level), abs=0.001)


def test_half_the_codes() -> None:
    assert halved(["a", "b", "c"]) == {"a": "a", "b": "a", "c": "c"}
    assert halved_shares([0.5, 0.3, 0.2]) == [0.8, 0.2]


# -- what is shown ----------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_figure_holds_the_count_and_does_not_tell_it(count: int, more: int) -> None:
    figure = coarse(count, count + more)
    assert figure.least <= count <= figure.most
    assert count == 0 or figure.most - figure.least >= 2
    assert figure.of % 5 == 0


def test_figures_in_words() -> None:
    words = [str(coarse(count, 200)) for count in (0, 1, 4, 5, 7, 8, 198)]
    assert words == [
        "0",
        "1 to 4 (under 3 %)",
        "1 to 4 (under 3 %)",
        "about 5 (2 %)",
        "about 5 (2 %)",
        "about 10 (5 %)",
        "about 200 (100 %)",
    ]
    assert {coarse(count, 200) for count in range(1, 5)} == {Figure(1, 4, 200)}
