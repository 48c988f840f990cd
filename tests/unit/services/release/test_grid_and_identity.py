"""REL grid: rounding with a secret origin, and which cells share one."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.release.cube import cube, keys
from services.release.grid import Grid, nice
from services.release.identity import identity, offset
from services.release.live_table import Codes, LiveCell, LiveTable

SECRET = b"s" * 32


def two_way(name: str, first: str, second: str) -> LiveTable:
    cells: dict[Codes, LiveCell] = {(a, b): LiveCell(10, 10, 10) for a in "xy" for b in "pq"}
    return LiveTable(name, "", (first, second), (("x", "y"), ("p", "q")), cells)


@given(st.integers(0, 10**6), st.integers(1, 500))
def test_rounding_is_unbiased_over_the_origin_and_moves_by_one_person_once_in_a_step(value: int, step: int) -> None:
    rounded = [Grid(step, origin).round(value) for origin in range(step)]
    assert sum(rounded) == value * step
    assert sum(Grid(step, origin).round(value + 1) != Grid(step, origin).round(value) for origin in range(step)) == 1


@given(st.integers(0, 60), st.integers(1, 60), st.integers(1, 30))
def test_nothing_is_published_below_the_threshold_and_the_first_to_be_is_where_the_grid_has_a_point(
    value: int, step: int, threshold: int
) -> None:
    for origin in range(step):
        grid = Grid(step, origin)
        if grid.reaches(value, threshold):
            assert value >= threshold and grid.round(value) >= threshold
            if not grid.reaches(value - 1, threshold):
                assert grid.round(value - 1) != grid.round(value)


def test_origins_are_uniform_and_differ_by_cell_quantity_survey_and_secret() -> None:
    table = two_way("t", "region", "work")
    cells = [identity(table, codes) for codes in keys(table)]
    found = Counter(offset(bytes([n]) * 32, "s", cell, "n", 5, 5) for n in range(250) for cell in cells)
    assert len(found) == 5 and max(found.values()) < 1.2 * min(found.values())
    one = offset(SECRET, "s", cells[0], "n", 7, 10**9)
    others = [
        offset(SECRET, "s", cells[1], "n", 7, 10**9),
        offset(SECRET, "s", cells[0], "w", 7, 10**9),
        offset(SECRET, "other", cells[0], "n", 7, 10**9),
        offset(b"t" * 32, "s", cells[0], "n", 7, 10**9),
    ]
    others.append(offset(SECRET, "s", cells[0], "n", 8, 10**9))
    assert one not in others and offset(SECRET, "s", cells[0], "n", 7, 1000) == one * 1000 // 10**9
    assert one == offset(SECRET, "s", cells[0], "n", 7, 10**9)


def test_a_margin_that_two_tables_share_is_one_cell_whatever_the_order_of_the_dimensions() -> None:
    first, second = two_way("a", "region", "work"), two_way("b", "region", "sex")
    assert identity(first, ("x", "_T")) == identity(second, ("x", "_T"))
    turned = LiveTable("c", "", ("work", "region"), (("p", "q"), ("x", "y")), {})
    assert identity(first, ("x", "p")) == identity(turned, ("p", "x"))
    assert identity(first, ("x", "p")) != identity(second, ("x", "p"))


def test_margins_are_sums_but_a_household_in_two_cells_is_one_submission() -> None:
    cells: dict[Codes, LiveCell] = {("x",): LiveCell(6, 3, 3), ("y",): LiveCell(4, 2, 2)}
    persons = cube(LiveTable("t", "member", ("region",), (("x", "y"),), cells))
    assert (persons["_T",].units, persons["_T",].submissions) == (10, 3)
    submissions = cube(LiveTable("t", "", ("region",), (("x", "y"),), cells))
    assert submissions["_T",].submissions == 5


def test_no_margin_over_a_multiple_choice() -> None:
    table = LiveTable("t", "", ("region", "help"), (("x",), ("p", "q")), {}, several=frozenset({"help"}))
    assert keys(table) == [("x", "p"), ("x", "q"), ("_T", "p"), ("_T", "q")]


def test_scales_are_round_numbers() -> None:
    assert [nice(value) for value in (0, 0.3, 1, 1.5, 7, 10, 11, 4000)] == [1, 1, 1, 2, 10, 10, 20, 5000]
