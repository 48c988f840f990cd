"""ATT the short form of `python -m tests.attack.run`: fewer populations, so what cannot be chance is refused."""

import numpy as np
import pytest

from services.release.live_table import Indicator
from services.release.moves_needed import GOAL
from tests.attack.curve import LEAST_CHANGED
from tests.attack.differencing import differencing
from tests.attack.groups import SCENARIOS, group_attribute, subtraction
from tests.attack.population import Scenario, histories, live, live_tables, rule
from tests.attack.residue import float_residue
from tests.attack.run import BROKEN
from tests.attack.scenarios import DIFFERENCING

POPULATIONS = 60
LARGE = 30
"""Combinations of traits from which a scenario has a third of the populations: each takes long."""
SUBTRACTED = 2
SHORT = [scenario for scenario in DIFFERENCING if len(scenario.sizes) < 4 or scenario.name == "linked_tables"]


@pytest.mark.parametrize("scenario", SHORT, ids=lambda scenario: f"{scenario.name}-{scenario.sizes}")
def test_knowing_when_somebody_moved_does_not_help(scenario: Scenario) -> None:
    rng = np.random.default_rng(11)
    number = POPULATIONS if np.prod(scenario.sizes) < LARGE else POPULATIONS // 3
    found = differencing(scenario, histories(scenario, number, rng))
    noise = found.upper - found.advantage
    assert found.advantage - 1.5 * noise <= GOAL


@pytest.mark.parametrize(
    "scenario",
    [scenario for scenario in DIFFERENCING if not scenario.closing],
    ids=lambda scenario: f"{scenario.name}-{scenario.sizes}",
)
def test_the_same_attack_reads_a_plain_live_table(scenario: Scenario) -> None:
    found = differencing(scenario, live(scenario, 60, np.random.default_rng(12)))
    assert found.informed >= BROKEN


@pytest.mark.parametrize(
    "scenario", SCENARIOS, ids=lambda scenario: f"{scenario.name}-{scenario.sizes}-{scenario.mode}"
)
def test_no_suppressed_cell_follows(scenario: Scenario) -> None:
    found = subtraction(scenario, SUBTRACTED, np.random.default_rng(13))
    assert found.suppressed > 0 and found.recovered == 0 and found.refused == 0
    assert found.plain_recovered > 0 or scenario.mode == "round"


@pytest.mark.parametrize("mode", ["round", "suppress"])
def test_what_all_of_a_group_answered_cannot_be_named(mode: str) -> None:
    found = group_attribute(mode, 4, np.random.default_rng(14))
    assert found.named == 0 and found.plain_named == found.groups


def test_a_weaker_grid_is_caught() -> None:
    """The suite can fail: with ten moved and rounding to 5, as most would do it, the adversary gains far too much."""
    from tests.attack.curve import interval

    advantage, half = interval((4,), 5, 10, 400, np.random.default_rng(15))
    assert advantage - half > 3 * GOAL


def test_nothing_is_left_of_who_was_erased() -> None:
    found = float_residue(np.random.default_rng(16))
    assert found.left == 0 and found.plain_left > found.cells / 2


def test_the_scenarios_follow_the_policy() -> None:
    for scenario in DIFFERENCING:
        step, moves = rule(scenario)
        assert step >= 50 and moves >= LEAST_CHANGED
        tables = live_tables(
            scenario, np.zeros(scenario.sizes, dtype=np.int64), np.zeros(scenario.sizes, dtype=np.int64)
        )
        assert all(isinstance(indicator, Indicator) for table in tables for indicator in table.indicators)
