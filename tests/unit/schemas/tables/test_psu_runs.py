"""AGG runs: however they are merged, their sum stays; documents stay bounded."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import (
    FAN_IN,
    NUMBER_BYTES,
    RUN_BYTES,
    SUMS_BYTES,
    TOP_LEVEL,
    Run,
    RunHead,
    Sums,
    due,
    gather,
    merge,
    put,
    runs,
    sequence,
)

contributions = st.lists(
    st.builds(
        Contribution,
        st.lists(
            st.tuples(
                st.sampled_from("ab"), st.sampled_from("xy"), st.tuples(st.integers(-3, 3), st.integers(0, 2**70))
            ),
            max_size=3,
        ).map(tuple),
        st.sampled_from(["n|1", "n|2", None]),
        st.just({"a": (1, 0)}),
    ),
    max_size=20,
)


@given(contributions, st.integers(1, 5))
def test_merging_keeps_the_sum(given_: list[Contribution], size: int) -> None:
    whole: Sums = {}
    texts = []
    for first in range(0, len(given_), size):
        part: Sums = {}
        for contribution in given_[first : first + size]:
            gather(part, contribution)
            gather(whole, contribution)
        texts += [run.sums for run in runs("s", 0, str(first), 0, merge((), part))]
    assert merge(texts) == merge((), whole)
    assert "b" not in merge(texts), "a table without design places keeps nothing for PSUs"


@given(contributions)
def test_taking_back_leaves_nothing(given_: list[Contribution]) -> None:
    sums: Sums = {}
    for contribution in given_:
        gather(sums, contribution)
        gather(sums, -contribution)
    assert merge((), sums) == {}


def test_documents_stay_under_64_kb() -> None:
    sums: Sums = {"t": {f"MDA|{cell}": {f"MDA-R|{psu}": [10**9, 10**13] for psu in range(40)} for cell in range(200)}}
    parts = runs("s", 3, "0-17", 2, sums)
    assert len(parts) > 1
    assert max(len(run.sums) for run in parts) < 60_000
    assert len({run.id for run in parts}) == len(parts)
    assert merge(run.sums for run in parts) == sums


def heads(level: int, number: int, parts: int = 1) -> list[RunHead]:
    made = [Run("s", 0, f"{level}-{run}", part, level, "{}") for run in range(number) for part in range(parts)]
    return [RunHead(run.id, run.level) for run in made]


def test_runs_of_a_level_are_merged_when_enough_are_there() -> None:
    assert due(heads(0, FAN_IN - 1, parts=3) + heads(1, 2)) is None
    merging = due(heads(0, FAN_IN, parts=3) + heads(1, FAN_IN))
    assert merging is not None
    assert (len(merging[0]), merging[1], {head.level for head in merging[0]}) == (3 * FAN_IN, 1, {0})
    assert due(heads(TOP_LEVEL, 3 * FAN_IN)) is None


def test_sums_are_text_that_anyone_can_read() -> None:
    [run] = runs("s", 0, "0-1", 0, {"t": {"x": {"n|1": [2**80]}}})
    assert json.loads(run.sums) == {"t": {"x": {"n|1": [2**80]}}}
    assert run.id == "s/0/0-1/0"


def test_the_name_of_the_runs_of_a_batch() -> None:
    """A repetition of the batch writes them under the same names."""
    assert sequence(3, 17) == "3-17"


def test_a_contribution_gives_its_psu_the_values_at_the_design_places() -> None:
    sums: Sums = {}
    contribution = Contribution(
        (("t", "x", (1, 20, 3)), ("bare", "x", (9,)), ("none", "x", (9,)), ("t", "y", (4, 50, 6))),
        "n|1",
        {"t": (2, 0), "none": ()},
    )
    gather(sums, contribution)
    assert sums == {"t": {"x": {"n|1": [3, 1]}, "y": {"n|1": [6, 4]}}}


def test_a_contribution_without_a_psu_gives_nothing() -> None:
    sums: Sums = {}
    gather(sums, Contribution((("t", "x", (1,)),), None, {"t": (0,)}))
    assert sums == {}


def test_sums_are_put_beside_others_and_added_to_their_own() -> None:
    sums: Sums = {}
    for table, cell, design in [("t", "x", "n|1"), ("t", "x", "n|2"), ("t", "y", "n|1"), ("t", "x", "n|1")]:
        put(sums, table, cell, design, [1, 10])
    assert sums == {"t": {"x": {"n|1": [2, 20], "n|2": [1, 10]}, "y": {"n|1": [1, 10]}}}


def test_runs_are_merged_cell_by_cell_and_zeros_left_out() -> None:
    first = '{"t":{"x":{"n|1":[1],"n|2":[5]},"z":{"n|1":[1]}},"u":{"x":{"n|1":[1]}}}'
    second = '{"t":{"x":{"n|1":[2],"n|3":[7]},"z":{"n|1":[-1]}},"u":{"x":{"n|1":[-1]}},"v":{"x":{"n|1":[3]}}}'
    assert merge([first, second]) == {"t": {"x": {"n|1": [3], "n|2": [5], "n|3": [7]}}, "v": {"x": {"n|1": [3]}}}
    assert merge([second], merge([first])) == merge([first, second])


def small(cells: int, psus: int, more: int = 0) -> Sums:
    """Cells of 100 estimated bytes for each PSU; the key of the first PSU is `more` longer."""
    key = 100 - NUMBER_BYTES - SUMS_BYTES
    return {
        "t": {
            f"c{cell}": {f"{psu:0{key + (more if cell == psu == 0 else 0)}d}": [1] for psu in range(psus)}
            for cell in range(cells)
        }
    }


def test_a_run_of_just_the_largest_size_is_one_document() -> None:
    whole = small(1, RUN_BYTES // 100)
    assert [run.part for run in runs("s", 1, "0-1", 2, whole)] == [0]
    # By one byte more it goes PSU by PSU, and the last one still goes into the same document.
    [run] = runs("s", 1, "0-1", 2, small(1, RUN_BYTES // 100, more=1))
    assert json.loads(run.sums) == small(1, RUN_BYTES // 100, more=1)


def test_parts_of_a_run_are_counted_and_say_to_what_they_belong() -> None:
    whole = small(3, RUN_BYTES // 200 + 1)
    found = runs("s", 1, "0-1", 2, whole)
    assert [(run.survey, run.shard, run.sequence, run.part, run.level) for run in found] == [
        ("s", 1, "0-1", 0, 2),
        ("s", 1, "0-1", 1, 2),
    ]
    assert merge(run.sums for run in found) == whole


def test_each_part_is_filled() -> None:
    """A document more costs the database more than a byte more: of the parts only the last is small."""
    for cells, psus in ((1, 2_000), (50, 40), (2_000, 1)):
        found = runs("s", 0, "0-1", 0, small(cells, psus))
        estimates = [sum(len(key) + NUMBER_BYTES + SUMS_BYTES for key in keys_of(run)) for run in found]
        assert all(RUN_BYTES * 0.85 < estimate <= RUN_BYTES + 100 for estimate in estimates[:-1])
        assert sum(estimates) == cells * psus * 100


FULL = RUN_BYTES // 100 + 1
"""PSUs of 100 bytes in a part: the one that goes beyond the size is the last."""


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        ([FULL], [FULL]),
        ([2 * FULL], [FULL, FULL]),
        ([FULL + 220, 300], [FULL, FULL - 1, 40]),
        ([FULL + 219, 261, 1], [FULL, FULL - 1, 1]),
    ],
)
@pytest.mark.parametrize("width", [1, 2])
def test_the_psu_that_goes_beyond_the_size_ends_the_part(cells: list[int], parts: list[int], width: int) -> None:
    key = 100 - width * NUMBER_BYTES - SUMS_BYTES
    sums: Sums = {
        "t": {f"c{cell}": {f"{psu:0{key}d}": [1] * width for psu in range(psus)} for cell, psus in enumerate(cells)}
    }
    assert [len(keys_of(run)) for run in runs("s", 0, "0-1", 0, sums)] == parts


def keys_of(run: Run) -> list[str]:
    return [key for cells in json.loads(run.sums).values() for designs in cells.values() for key in designs]


def test_nothing_is_no_run() -> None:
    assert runs("s", 0, "0-1", 0, {}) == []


def test_the_lowest_level_that_is_full_is_merged_first() -> None:
    full = due(heads(2, FAN_IN) + heads(1, FAN_IN))
    assert full is not None and (full[1], {head.level for head in full[0]}) == (2, {1})
    last = due(heads(TOP_LEVEL - 1, FAN_IN))
    assert last is not None and last[1] == TOP_LEVEL
    assert due([]) is None
