"""The bound on what is in flight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.gate import Gate, Place


def test_full_by_count() -> None:
    gate = Gate(max_count=2, max_bytes=100)
    first, second = gate.enter(), gate.enter()
    assert first is not None
    assert second is not None
    assert gate.enter() is None
    first.leave()
    assert gate.enter() is not None


def test_full_by_bytes() -> None:
    gate = Gate(max_count=10, max_bytes=100)
    place = gate.enter()
    assert place is not None
    assert place.grow_to(60)
    assert place.grow_to(60)
    other = gate.enter()
    assert other is not None
    assert not other.grow_to(50)
    assert other.grow_to(40)
    assert gate.enter() is None
    place.leave()
    assert gate.bytes == 40


def test_what_is_handed_over_stays_until_it_is_given_back() -> None:
    gate = Gate(1, 100)
    place = gate.enter()
    assert place is not None
    place.grow_to(30)
    assert place.hand_over() == 30
    place.leave()
    assert (gate.count, gate.bytes) == (1, 30)
    gate.leave(30)
    assert (gate.count, gate.bytes) == (0, 0)


def test_leaving_twice_is_once_and_more_than_entered_is_a_bug() -> None:
    gate = Gate(2, 100)
    place = gate.enter()
    assert place is not None
    place.leave()
    place.leave()
    assert gate.count == 0
    with pytest.raises(ValueError, match="gate"):
        gate.leave(1)


@given(st.lists(st.tuples(st.sampled_from(["enter", "grow", "leave"]), st.integers(0, 60)), max_size=60))
def test_never_above_its_bounds_and_empty_when_all_have_left(moves: list[tuple[str, int]]) -> None:
    gate = Gate(3, 100)
    inside: list[Place] = []
    for move, value in moves:
        if move == "enter":
            place = gate.enter()
            if place is not None:
                inside.append(place)
        elif inside and move == "grow":
            inside[value % len(inside)].grow_to(value)
        elif inside:
            inside.pop(value % len(inside)).leave()
        assert gate.count == len(inside) <= 3
        assert gate.bytes == sum(place.size for place in inside) <= 100
    for place in inside:
        place.leave()
    assert (gate.count, gate.bytes) == (0, 0)
