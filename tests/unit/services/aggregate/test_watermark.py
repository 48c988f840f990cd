"""AGG watermark: repetitions are skipped, gaps passed over, nothing is counted past a hole (design, 4, rule 3)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.outcome_class import OutcomeClass
from services.aggregate.gaps import OpenGaps
from services.aggregate.watermark import (
    Arrived,
    Gap,
    NotNext,
    NoWatermark,
    TopicChanged,
    Watermark,
    check_topics,
    plan,
    with_moves,
)


def marks(partitions: int = 1, responses: int = 0, submissions: int = 0) -> dict[int, Watermark]:
    return {p: Watermark(p, "r", "s", responses, submissions) for p in range(partitions)}


def arrived(sources: Sequence[int], first: int = 0) -> list[Arrived]:
    return [Arrived(0, first + place, 0, source, "s") for place, source in enumerate(sources)]


@given(st.lists(st.integers(0, 6), max_size=30), st.integers(1, 7))
def test_exactly_the_next_source_is_applied_however_batches_fall(sources: list[int], size: int) -> None:
    """Against a loop that looks at one record at a time."""
    expected, following = [], 0
    for place, source in enumerate(sources):
        if source == following:
            expected.append(place)
            following += 1
    current, found, passed, repeated = marks(), [], 0, 0
    for first in range(0, len(sources), size):
        planned = plan(current, arrived(sources[first : first + size], first))
        found += [first + place for place in planned.apply]
        passed += len(planned.gaps)
        repeated += planned.repeated
        current.update(planned.after)
    assert found == expected
    assert len(found) + passed + repeated == len(sources)
    assert (current[0].responses_next, current[0].submissions_next) == (len(sources), following)


def test_a_gap_names_what_is_missing_and_is_filled_later() -> None:
    planned = plan(marks(), arrived([0, 2, 3, 1, 2, 3]))
    assert planned.gaps == (Gap(0, 1, 2), Gap(0, 1, 3))
    assert planned.apply == (0, 3, 4, 5)


def test_partitions_are_apart() -> None:
    records = [Arrived(0, 0, 0, 0, "s"), Arrived(1, 0, 1, 0, "s"), Arrived(0, 1, 0, 1, "s")]
    planned = plan(marks(2), records)
    assert planned.apply == (0, 1, 2)
    assert {p: m.submissions_next for p, m in planned.after.items()} == {0: 2, 1: 1}
    assert set(plan(marks(2), records[1:2]).after) == {1}


@pytest.mark.parametrize(
    ("record", "fault", "says"),
    [
        (Arrived(0, 1, 0, 0, "s"), NotNext, "partition 0 of responses delivers 1, 0 comes next"),
        (Arrived(0, 0, 0, 0, "other"), TopicChanged, "responses 0:0 comes from .* id other, but s is counted"),
        (Arrived(0, 0, 1, 0, "s"), TopicChanged, "responses 0:0 names partition 1"),
        (Arrived(1, 0, 1, 0, "s"), NoWatermark, "partition 1 has no watermark: run `rihla up`"),
    ],
)
def test_what_cannot_be_stops_the_worker(record: Arrived, fault: type[Exception], says: str) -> None:
    with pytest.raises(fault, match=says):
        plan(marks(), [record])


def test_the_law_counts_from_where_submissions_began() -> None:
    assert Watermark(0, "r", "s", 9, 7, submissions_first=4).accounted == 3


def test_topics_made_anew_or_cut_short_stop_for_the_operator() -> None:
    mark = Watermark(2, "r", "s", 10, 20)
    check_topics(mark, "r", "s", {"responses": 10, "submissions": 20})
    with pytest.raises(TopicChanged, match="made anew"):
        check_topics(mark, "r2", "s", {"responses": 10, "submissions": 20})
    with pytest.raises(TopicChanged, match="made anew"):
        check_topics(mark, "r", "s2", {"responses": 10, "submissions": 20})
    with pytest.raises(TopicChanged, match="partition 2 ends at 9, but was counted up to 10") as caught:
        check_topics(mark, "r", "s", {"responses": 9, "submissions": 20})
    assert caught.value.exit_code == 78
    with pytest.raises(TopicChanged, match="Offsets 0 to 19"):
        check_topics(mark, "r", "s", {"responses": 10, "submissions": 0})


def test_moves_add_up_and_zero_is_left_out() -> None:
    counted, superseded = OutcomeClass.COUNTED, OutcomeClass.SUPERSEDED
    mark = with_moves(Watermark(0, "r", "s", 0, 0), {0: {counted: 2}, 1: {counted: -1, superseded: 1}})
    assert mark.classes == {0: {counted: 2}, 1: {counted: -1, superseded: 1}}
    assert with_moves(mark, {1: {counted: 1}}).classes == {0: {counted: 2}, 1: {superseded: 1}}


def test_open_gaps_are_told_once_and_close_when_they_are_filled() -> None:
    gaps = OpenGaps()
    after = {0: Watermark(0, "r", "s", 3, 1)}
    assert gaps.note([Gap(0, 1, 2), Gap(0, 1, 3)], after) == [Gap(0, 1, 2)]
    assert gaps.note([Gap(0, 1, 9)], after) == []
    assert gaps.first(0) == 1
    gaps.note([], {0: Watermark(0, "r", "s", 8, 5)})
    assert gaps.first(0) == 5
    gaps.note([], {0: Watermark(0, "r", "s", 14, 10)})
    assert gaps.first(0) == -1


def test_a_gap_that_its_own_batch_fills_is_not_told() -> None:
    assert OpenGaps().note([Gap(0, 1, 2)], {0: Watermark(0, "r", "s", 5, 3)}) == []
