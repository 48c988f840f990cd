"""AGG runs: however they are merged, their sum stays; documents stay bounded."""

import json

from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import FAN_IN, TOP_LEVEL, Run, RunHead, Sums, due, gather, merge, runs

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
