import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.contiguity import Contiguity, OffsetSkipped


def test_records_in_order_pass_and_advance() -> None:
    contiguity = Contiguity()
    contiguity.restart({0: 5, 1: 0})
    after = contiguity.check([(0, 5), (1, 0), (0, 6)])
    contiguity.advance(after)
    assert contiguity.positions == {0: 7, 1: 1}


@given(st.integers(0, 100), st.integers(0, 100))
def test_any_other_offset_is_a_fault_and_changes_nothing(expected: int, offset: int) -> None:
    contiguity = Contiguity()
    contiguity.restart({0: expected})
    if offset == expected:
        assert contiguity.check([(0, offset)]) == {0: offset + 1}
    else:
        with pytest.raises(OffsetSkipped):
            contiguity.check([(0, offset)])
    assert contiguity.positions == {0: expected}


def test_a_batch_that_failed_is_checked_against_the_same_position() -> None:
    contiguity = Contiguity()
    contiguity.restart({0: 5})
    contiguity.check([(0, 5), (0, 6)])
    assert contiguity.check([(0, 5)]) == {0: 6}


def test_a_partition_that_was_not_assigned_is_a_fault() -> None:
    contiguity = Contiguity()
    contiguity.restart({0: 0})
    with pytest.raises(OffsetSkipped):
        contiguity.check([(1, 0)])
    contiguity.restart({1: 0})
    with pytest.raises(OffsetSkipped):
        contiguity.check([(0, 0)])
