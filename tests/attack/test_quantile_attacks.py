"""ATT quantiles: the short form of what `python -m tests.attack.run` plays against them."""

import numpy as np
import pytest

from services.release.moves_needed import GOAL
from tests.attack.amounts import Amounts
from tests.attack.quantile_report import BROKEN, SCENARIOS, Quantiles, attacked

POPULATIONS = 8


@pytest.fixture(scope="module", params=SCENARIOS, ids=lambda scenario: f"{scenario.name}-{scenario.sizes}")
def found(request: pytest.FixtureRequest) -> Quantiles:
    scenario: Amounts = request.param
    return attacked(scenario, POPULATIONS, [17, SCENARIOS.index(scenario)])


def test_quantiles_tell_no_more_than_counts_do(found: Quantiles) -> None:
    noise = found.decided.measure.upper - found.decided.measure.advantage
    assert found.decided.measure.informed - 1.5 * noise <= found.decided.counted + GOAL


def test_one_person_seldom_moves_a_quantile_and_never_for_certain(found: Quantiles) -> None:
    assert found.decided.sure == 0 and 0 < found.decided.moved <= 1 / found.scenario.rounding


def test_no_class_says_what_all_of_a_cell_have(found: Quantiles) -> None:
    learned, noise = found.learned, found.learned.measure.upper - found.learned.measure.advantage
    assert learned.shown > 0 and learned.named == 0 and learned.measure.advantage - 1.5 * noise <= GOAL


def test_while_the_survey_runs_quantiles_tell_nothing(found: Quantiles) -> None:
    assert found.decided.running == 0


def test_the_same_attacks_read_exact_quantiles(found: Quantiles) -> None:
    if found.is_control:
        assert found.decided.plain >= BROKEN and found.learned.plain_named > 0
    assert np.isfinite(found.decided.plain)
