"""AGG places: values of a vector by their places, always as a tuple."""

import pytest

from schemas.tables.places import picker


@pytest.mark.parametrize(("places", "picked"), [((), ()), ((1,), (20,)), ((2, 0), (30, 10)), ((0, 0), (10, 10))])
def test_what_is_picked_is_a_tuple_in_the_order_of_the_places(places: tuple[int, ...], picked: tuple[int, ...]) -> None:
    assert picker(places)([10, 20, 30]) == picked
