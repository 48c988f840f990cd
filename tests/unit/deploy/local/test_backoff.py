from hypothesis import given
from hypothesis import strategies as st

from deploy.local.backoff import Backoff

BACKOFF = Backoff(first_s=0.25, cap_s=30.0, well_s=10.0)


def test_the_wait_doubles_up_to_the_cap() -> None:
    assert [BACKOFF.wait_s(deaths) for deaths in (1, 2, 3, 7, 8, 9)] == [0.25, 0.5, 1.0, 16.0, 30.0, 30.0]


def test_a_part_that_was_well_starts_from_the_first_wait() -> None:
    assert BACKOFF.deaths(before=6, ready_for_s=10.0) == 1
    assert BACKOFF.deaths(before=6, ready_for_s=9.9) == 7


@given(st.integers(1, 10**9))
def test_the_wait_is_never_above_the_cap_and_never_shrinks(deaths: int) -> None:
    assert BACKOFF.first_s <= BACKOFF.wait_s(deaths) <= BACKOFF.wait_s(deaths + 1) <= BACKOFF.cap_s
