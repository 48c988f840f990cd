"""The schedule is a function of the seed, has as many faults as asked for, and hurts nothing in two ways at once."""

from collections import Counter

import pytest

from tests.chaos.nemeses.all_kinds import BY_KIND, NEMESES
from tests.chaos.schedule import schedule


@pytest.mark.parametrize("faults", [1, 17, len(NEMESES), 500])
def test_it_has_as_many_faults_as_asked_for(faults: int) -> None:
    episodes = schedule(3, faults, 10_000, NEMESES)
    assert sum(len(episode.faults) for episode in episodes) == faults
    moments = [episode.after for episode in episodes]
    assert moments == sorted(moments)
    assert 0 <= moments[0] <= moments[-1] < 10_000


def test_the_same_seed_gives_the_same_faults_and_another_one_others() -> None:
    assert schedule(5, 100, 10_000, NEMESES) == schedule(5, 100, 10_000, NEMESES)
    assert schedule(5, 100, 10_000, NEMESES) != schedule(6, 100, 10_000, NEMESES)


def test_each_kind_comes_in_a_round_that_has_room_for_it() -> None:
    episodes = schedule(1, len(NEMESES), 10_000, NEMESES)
    found = Counter(fault.kind for episode in episodes for fault in episode.faults)
    assert set(found) == set(BY_KIND)


def test_faults_that_strike_together_touch_nothing_in_common() -> None:
    pairs = [episode.faults for episode in schedule(2, 500, 10_000, NEMESES) if len(episode.faults) == 2]
    assert len(pairs) > 50
    for one, other in pairs:
        assert not BY_KIND[one.kind].touches & BY_KIND[other.kind].touches


def test_each_fault_draws_from_a_seed_of_its_own() -> None:
    seeds = [fault.seed for episode in schedule(2, 500, 10_000, NEMESES) for fault in episode.faults]
    assert len(set(seeds)) == 500
