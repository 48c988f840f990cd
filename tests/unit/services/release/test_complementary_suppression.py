"""REL suppression: complementary cells, peeling, bounds by linear programming."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.release.bounds import bounds
from services.release.complementary import complementary, exposed
from services.release.cube import cube
from services.release.equations import equations
from services.release.identity import Identity, identity
from services.release.live_table import Codes, LiveCell, LiveTable
from services.release.peeling import narrowed, published_range, recovered

THRESHOLD = 10


def table(name: str, dimensions: tuple[str, str], counts: list[list[int]]) -> LiveTable:
    codes = tuple(tuple(str(n) for n in range(size)) for size in (len(counts), len(counts[0])))
    cells: dict[Codes, LiveCell] = {
        (str(row), str(column)): LiveCell(number, number, number)
        for row, line in enumerate(counts)
        for column, number in enumerate(line)
    }
    return LiveTable(name, "", dimensions, codes, cells)


def counted(*tables: LiveTable) -> dict[Identity, int]:
    return {identity(each, codes): cell.units for each in tables for codes, cell in cube(each).items()}


def small(counts: dict[Identity, int]) -> set[Identity]:
    return {at for at, count in counts.items() if count < THRESHOLD}


def test_one_small_cell_beside_its_margins_follows_by_subtraction_and_three_more_hide_it() -> None:
    own = table("t", ("region", "work"), [[4, 30, 25], [40, 35, 50], [60, 45, 55]])
    known, counts = equations([own]), counted(own)
    hidden = small(counts)
    ranges = {at: published_range(None if at in hidden else count, 1) for at, count in counts.items()}
    assert recovered(narrowed(known, ranges), hidden) == list(hidden)
    suppressed = complementary(known, counts, hidden, THRESHOLD)
    assert suppressed is not None and len(suppressed) == 4
    ranges = {at: published_range(None if at in suppressed else count, 1) for at, count in counts.items()}
    assert recovered(narrowed(known, ranges), suppressed) == []


def test_linear_programming_sees_what_peeling_does_not() -> None:
    """Each line has two hidden cells, and yet one is known: a 2 x 2 block whose margins leave no room."""
    own = table("t", ("region", "work"), [[0, 9, 50], [0, 8, 50], [40, 40, 40]])
    known, counts = equations([own]), counted(own)
    corner = {identity(own, codes) for codes in [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")]}
    found = exposed(known, counts, corner, corner, THRESHOLD)
    assert found == sorted(corner)


def test_a_cell_that_linked_tables_share_is_hidden_in_both() -> None:
    first = table("a", ("region", "work"), [[4, 30], [40, 35]])
    second = table("b", ("region", "sex"), [[20, 14], [40, 35]])
    known, counts = equations([first, second]), counted(first, second)
    suppressed = complementary(known, counts, small(counts), THRESHOLD)
    assert suppressed is not None
    assert exposed(known, counts, suppressed, small(counts), THRESHOLD) == []


def test_what_an_earlier_release_said_counts_as_known() -> None:
    own = table("t", ("region", "work"), [[4, 30, 25], [40, 35, 50], [60, 45, 55]])
    known, counts = equations([own]), counted(own)
    alone = complementary(known, counts, small(counts), THRESHOLD)
    assert alone is not None
    told = {at: (float(counts[at]) - 1, float(counts[at]) + 1) for at in alone - small(counts)}
    wiser = complementary(known, counts, small(counts), THRESHOLD, known=told)
    assert wiser is not None and len(wiser) > len(alone)


def test_nothing_suppressed_needs_no_bounds() -> None:
    own = table("t", ("region", "work"), [[40, 30], [40, 35]])
    assert bounds(equations([own]), counted(own), []) == {}
    assert complementary(equations([own]), counted(own), set(), THRESHOLD) == set()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=4))
def test_every_small_cell_ends_up_wide_open(numbers: list[list[int]]) -> None:
    own = table("t", ("region", "work"), numbers)
    known, counts = equations([own]), counted(own)
    hidden = small(counts)
    suppressed = complementary(known, counts, hidden, THRESHOLD)
    assert suppressed is not None and hidden <= suppressed
    published = {at: count for at, count in counts.items() if at not in suppressed}
    for at, (low, high) in bounds(known, published, suppressed).items():
        assert low - 1e-6 <= counts[at] <= high + 1e-6
        assert high - low >= (THRESHOLD if at in hidden else 1) - 1e-5


@pytest.mark.parametrize(("value", "step", "expected"), [(25, 5, (21, 29)), (3, 5, (0, 7)), (12, 1, (12, 12))])
def test_what_a_rounded_number_tells(value: int, step: int, expected: tuple[int, int]) -> None:
    assert published_range(value, step) == expected
