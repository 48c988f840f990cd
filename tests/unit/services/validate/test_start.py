"""Where reading starts: ST1 never past a record without an outcome. ST2 another topic stops. ST3 expired or truncated
records stop. ST4 a fresh partition starts at its first record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.exit_codes import OPERATOR
from services.runtime.faults import OperatorStop
from services.validate.start import Range, TailOutcome, first_missing, start_of

ID = "topic-1"


def tail(*offsets: int, topic_id: str = ID) -> list[TailOutcome]:
    return [TailOutcome(topic_id, offset) for offset in offsets]


def start(
    committed: int | None, outcomes: list[TailOutcome], first: int = 0, end: int = 100, written: bool = True
) -> int:
    return start_of(2, committed, outcomes, written, Range(first, end), ID)


@pytest.mark.parametrize(
    ("committed", "offsets", "expected"),
    [
        (8, (5, 6, 7), 8),
        (20, (5, 6, 7), 8),
        (6, (5, 6, 7), 6),
        (None, (5, 6, 7), 8),
        (-1, (5, 6, 7), 8),
        (20, (5, 6, 8, 9), 7),
        (20, (5, 6, 5, 6, 7), 8),
        (20, (7, 6, 5), 8),
        (20, (), 20),
        (None, (), 0),
    ],
)
def test_st1_examples(committed: int | None, offsets: tuple[int, ...], expected: int) -> None:
    assert start(committed, tail(*offsets)) == expected


@given(st.none() | st.integers(0, 100), st.lists(st.integers(0, 99), min_size=1))
def test_st1_no_record_of_the_tail_window_is_passed_over(committed: int | None, offsets: list[int]) -> None:
    found = start(committed, tail(*offsets))
    assert set(range(min(offsets), found)) <= set(offsets)
    assert committed is None or found <= committed
    assert first_missing(tail(*offsets)) not in offsets


def test_st1_a_commit_without_any_outcome_ran_ahead() -> None:
    assert start(40, [], first=3, written=False) == 3


def test_st2_another_topic_stops() -> None:
    with pytest.raises(OperatorStop, match=r"made anew.*") as raised:
        start(5, tail(1, 2) + tail(3, topic_id="topic-0"))
    assert raised.value.exit_code == OPERATOR


def test_st3_records_that_expired_unread_stop_with_their_offsets() -> None:
    with pytest.raises(OperatorStop, match="Partition 2: offsets 8 to 49"):
        start(20, tail(5, 6, 7), first=50)


def test_st3_a_truncated_topic_stops() -> None:
    with pytest.raises(OperatorStop, match="ends at offset 6"):
        start(8, tail(5, 6, 7), end=6)


def test_st4_a_fresh_partition_starts_at_its_first_record() -> None:
    assert start(None, [], first=17, written=False) == 17
    assert start(None, [], first=17, written=True) == 17
