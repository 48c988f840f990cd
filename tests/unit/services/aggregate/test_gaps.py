"""Gaps that are open: told once, followed until they are filled."""

from services.aggregate.gaps import OpenGaps
from services.aggregate.watermark import Gap, Watermark


def mark(partition: int, submissions: int) -> dict[int, Watermark]:
    return {partition: Watermark(partition, "r", "s", 99, submissions)}


def test_the_highest_that_was_passed_over_decides_when_it_is_closed() -> None:
    gaps = OpenGaps()
    assert gaps.note([Gap(0, 1, 9), Gap(0, 1, 3)], mark(0, 1)) == [Gap(0, 1, 9)]
    assert gaps.note([], mark(0, 9)) == []
    assert gaps.first(0) == 9
    assert gaps.note([], mark(0, 10)) == []
    assert gaps.first(0) == -1


def test_one_that_was_filled_in_the_same_batch_is_not_told() -> None:
    gaps = OpenGaps()
    assert gaps.note([Gap(0, 1, 2)], mark(0, 3)) == []
    assert gaps.first(0) == -1


def test_partitions_are_apart_and_forgotten_when_they_are_gone() -> None:
    gaps = OpenGaps()
    assert gaps.note([Gap(0, 1, 2), Gap(1, 5, 7)], {**mark(0, 1), **mark(1, 5)}) == [Gap(0, 1, 2), Gap(1, 5, 7)]
    gaps.forget([0, 4])
    assert (gaps.first(0), gaps.first(1)) == (-1, 5)
    # And what another worker has now is not followed here.
    assert gaps.note([], mark(0, 1)) == []
    assert gaps.first(1) == -1


def test_one_that_opens_again_is_told_again() -> None:
    gaps = OpenGaps()
    gaps.note([Gap(0, 1, 2)], mark(0, 1))
    gaps.note([], mark(0, 3))
    assert gaps.note([Gap(0, 3, 5)], mark(0, 3)) == [Gap(0, 3, 5)]
