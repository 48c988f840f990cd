"""Whom an erasure concerns, and when all that it can concern is accounted for."""

import pytest

from schemas.erasure import ErasureKind
from services.aggregate.erasing import Erasure, Taken, concerning


def erasure(offset: int = 0, who: str = "p", survey: str = "s") -> Erasure:
    return Erasure((0, offset), survey, ErasureKind.RESPONDENT, 5, frozenset({who, "other"}), {0: 4, 1: 7})


@pytest.mark.parametrize(
    ("survey", "subjects", "record", "concerned"),
    [
        ("s", ["x", "p"], (0, 3), True),
        ("s", ["p"], (0, 4), False),
        ("s", ["p"], (1, 6), True),
        ("s", ["p"], (2, 0), False),
        ("s", ["p"], (2, -1), True),
        ("s", ["x"], (0, 3), False),
        ("s", [], (0, 3), False),
        ("t", ["p"], (0, 3), False),
    ],
)
def test_whom_it_concerns(survey: str, subjects: list[str], record: tuple[int, int], concerned: bool) -> None:
    one = erasure()
    assert one.concerns(survey, subjects, record) is concerned
    assert concerning([erasure(9, survey="u"), one, erasure(1)], survey, subjects, record) == (
        one if concerned else None
    )


@pytest.mark.parametrize(
    ("marks", "reached"),
    [({0: 4, 1: 7}, True), ({0: 5, 1: 9, 2: 0}, True), ({0: 3, 1: 7}, False), ({0: 4, 1: 6}, False), ({0: 4}, False)],
)
def test_it_waits_until_everything_before_it_is_accounted_for(marks: dict[int, int], reached: bool) -> None:
    assert erasure().reached(marks) is reached


def test_a_partition_without_records_before_it_keeps_nobody_waiting() -> None:
    assert Erasure((0, 0), "s", ErasureKind.RESPONDENT, 5, before={0: 0}).reached({})
    assert not Erasure((0, 0), "s", ErasureKind.RESPONDENT, 5, before={0: 1}).reached({})


def test_what_was_taken_adds_up() -> None:
    assert Taken(1, 2, 3) + Taken(10, 20, 30) == Taken(11, 22, 33)
