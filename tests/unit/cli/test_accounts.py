"""The conservation law as it is shown: sums over partitions, and what is in flight."""

from cli.accounts import account
from cli.log_ends import LogEnds
from schemas.outcome_class import OutcomeClass
from services.aggregate.watermark import Watermark

COUNTED, SUPERSEDED = OutcomeClass.COUNTED, OutcomeClass.SUPERSEDED
ENDS = LogEnds({0: 5, 1: 7}, {0: 5, 1: 8})
"""One outcome of partition 1 was written twice."""

MARKS = [
    Watermark(0, "r", "s", 5, 5, 0, {0: {COUNTED: 5}, 1: {COUNTED: -1, SUPERSEDED: 1}}),
    Watermark(1, "r", "s", 7, 6, 0, {1: {COUNTED: 6}}),
]


def test_a_record_that_another_partition_moved_is_still_one_record() -> None:
    found = account(ENDS, MARKS)
    assert (found.accepted, found.accounted, found.in_flight) == (12, 11, 1)
    assert (found.counted, found.superseded) == (10, 1)
    assert found.balanced and not found.closed
    assert str(found) == "12 accepted = 10 counted + 1 superseded + 1 in flight"


def test_classes_that_do_not_add_up_are_said_so() -> None:
    found = account(ENDS, MARKS[1:])
    assert found.balanced
    wrong = account(ENDS, [*MARKS, Watermark(2, "r", "s", 0, 1, 0, {})])
    assert not wrong.balanced
    assert "add up to 11, not 12" in str(wrong)


def test_what_was_there_before_the_watermark_is_not_accounted_for() -> None:
    mark = Watermark(0, "r", "s", 5, 5, 3, {0: {COUNTED: 2}})
    found = account(LogEnds({0: 5}, {0: 5}), [mark])
    assert found.accepted == 2
    assert found.closed
