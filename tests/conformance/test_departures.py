"""docs/departures.md and the comparison know the same departures."""

from tests.conformance.departures import Departure, documented


def test_every_departure_that_the_comparison_uses_is_documented_and_the_other_way_round() -> None:
    assert documented() == [departure.value for departure in Departure]
