"""What readers see of cells whose tables have generations: the complete one, under the table's id, and no other."""

import json

from schemas.tables.cells import Page
from schemas.tables.contribution import Contribution
from schemas.tables.generations import Drop, Fill, Generation, Generations, TableState
from schemas.tables.shown_cells import shown_contribution, shown_pages, shown_runs

ONE, TWO = Generation(1, ("1",)), Generation(2, ("1",))
CELLS = {"a": {"x": [1]}, "a@2": {"x": [2]}, "b": {"x": [3]}, "c": {"x": [4]}, "c@2": {"x": [5]}, "old": {"x": [6]}}
NOW = Generations(
    "s",
    5,
    ("1",),
    {"a": TableState(2, ONE, TWO), "b": TableState(1, None, ONE), "c": TableState(2, TWO)},
    Fill(4, 0, (0,)),
    Drop(("c",), (0,)),
)
SEEN = {"a": {"x": [1]}, "c": {"x": [5]}, "old": {"x": [6]}}


def test_pages_show_the_complete_generation_alone() -> None:
    page = Page("s", 0, "", 7, CELLS, {"a": {"x": 2}, "b": {"x": 1}})
    [shown] = shown_pages([page], NOW)
    assert (shown.tables, shown.moves, shown.revision) == (SEEN, {"a": {"x": 2}}, 7)
    assert shown_pages([page], None) == [page]


def test_runs_show_it_as_well_and_stay_exact() -> None:
    areas = {"a": {"x": {"s": [2**70]}}, "a@2": {"x": {"s": [9]}}, "b": {"x": {"s": [1]}}}
    [shown] = shown_runs([json.dumps(areas)], NOW)
    assert json.loads(shown) == {"a": {"x": {"s": [2**70]}}}


def test_contributions_show_it_as_well() -> None:
    cells = (("a", "x", (1,)), ("a@2", "x", (1,)), ("b", "x", (1,)), ("c", "x", (1,)), ("c@2", "x", (1,)))
    shown = shown_contribution(Contribution(cells, "s", {"a": (0,), "c@2": (0,), "b": (0,)}), NOW)
    assert shown == Contribution((("a", "x", (1,)), ("c", "x", (1,))), "s", {"a": (0,), "c": (0,)})


def test_what_is_plain_is_left_as_it_is() -> None:
    plain = Generations("s", 1, ("1",), {"a": TableState(1, ONE)})
    page = Page("s", 0, "", 7, {"a": {"x": [1]}}, {})
    assert plain.is_plain and shown_pages([page], plain)[0] is page
    assert not NOW.is_plain
