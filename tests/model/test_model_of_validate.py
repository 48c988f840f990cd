"""Rule 2 of the design, section 4, by exhaustive search (tests/model/validating.py): about 10,000 states."""

from collections.abc import Sequence

import pytest

from tests.model.validating import RECORDS, Start, explore, real_start


def test_source_offsets_are_contiguous_but_for_repetitions() -> None:
    states, broken = explore()
    assert (broken, states > 1_000) == ("", True)


def _at_the_commit(committed: int | None, tail: Sequence[int], ever: bool) -> int:
    return committed or 0


def _at_the_higher(committed: int | None, tail: Sequence[int], ever: bool) -> int:
    return max(committed or 0, real_start(None, tail, ever))


def _behind_the_end(committed: int | None, tail: Sequence[int], ever: bool) -> int:
    return min(max(tail, default=-1) + 2, RECORDS)


@pytest.mark.parametrize("start", [_at_the_commit, _at_the_higher, _behind_the_end])
def test_another_rule_of_the_start_leaves_a_hole(start: Start) -> None:
    _, broken = explore(start)
    assert "first that is missing" in broken


def test_without_the_watch_over_offsets_a_skipped_record_leaves_a_hole() -> None:
    _, broken = explore(contiguous=False)
    assert "first that is missing" in broken
