"""The comparison sees every integer that differs, on either side, and nothing else."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from cli.compare import Difference, differences, integers

FIGURES = {"": {"response": {"n": 3, "w": 9}, "sex|F": {"n": 1}}, "cost": {"sex|F": {"n": 1, "wx": 40}}}


def test_equal_figures_have_no_differences() -> None:
    assert differences(FIGURES, copy.deepcopy(FIGURES)) == []
    assert integers(FIGURES) == 5


def test_zero_need_not_be_there() -> None:
    assert differences(FIGURES, FIGURES | {"share": {"sex|M": {"n": 0}}}) == []


@given(st.integers(-5, 5).filter(bool), st.booleans())
def test_one_integer_off_is_seen_from_both_sides(by: int, missing: bool) -> None:
    other = copy.deepcopy(FIGURES)
    if missing:
        del other["cost"]["sex|F"]["wx"]
        wrong = 0
    else:
        wrong = other["cost"]["sex|F"]["wx"] = 40 + by
    assert differences(FIGURES, other) == [Difference("cost", "sex|F", "wx", 40, wrong)]
    assert differences(other, FIGURES) == [Difference("cost", "sex|F", "wx", wrong, 40)]


def test_a_difference_reads_as_a_line() -> None:
    line = str(Difference("", "response", "n", 3, 2))
    assert line == "response all.n: 2 shown, 3 expected"
