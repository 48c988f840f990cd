"""Rules 3 and 4 and Identity of the design, section 4, by exhaustive search: 15 scenarios, about 210,000 states.

What is modelled, and what is not: docs/adr/0021-model-check.md. A mutation's trace: python -m tests.model.run NAME.
"""

from dataclasses import replace

import pytest

from tests.model.mutations import MADE_UP_FOR, MUTATIONS, Mutation
from tests.model.rules import PROTOCOL
from tests.model.scenario import Scenario
from tests.model.scenarios import SCENARIOS
from tests.model.search import search


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_every_state_that_can_be_reached_is_right(scenario: Scenario) -> None:
    found = search(scenario)
    assert found.broken == "", "\n".join([found.broken, *found.trace])
    assert found.states > 1_000 and found.ends >= 1


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_broken_rule_is_found(mutation: Mutation) -> None:
    found = search(mutation.scenario, mutation.rules)
    assert mutation.shows in found.broken and found.broken


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_it_is_the_rule_and_not_the_scenario(mutation: Mutation) -> None:
    assert search(mutation.scenario, replace(PROTOCOL, serial=False)).broken == ""


@pytest.mark.parametrize("mutation", MADE_UP_FOR, ids=lambda mutation: mutation.name)
def test_another_rule_makes_up_for_it(mutation: Mutation) -> None:
    assert search(mutation.scenario, mutation.rules).broken == ""


@pytest.mark.parametrize("name", ["an edit does not write the slot of its target", "a withdrawal does not write"])
def test_the_slot_of_the_target_matters_only_where_two_write(name: str) -> None:
    """Write skew: one worker alone, one after the other, would never show it."""
    [mutation] = [mutation for mutation in MUTATIONS if mutation.name.startswith(name)]
    alone = replace(mutation.scenario, assigned=(0, 0), crashes=1, losses=1)
    assert search(alone, mutation.rules).broken == ""
    assert search(mutation.scenario, mutation.rules).broken != ""
