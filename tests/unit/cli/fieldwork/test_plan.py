"""The same scenario gives the same plan, and a plan holds every kind of trouble it was asked for."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.fieldwork.faults import Fault
from cli.fieldwork.history import planned
from cli.fieldwork.plan import Interface, Scenario, make
from cli.fieldwork.submission import as_json, as_xml

SCENARIO = Scenario(seed=7, phones=12, submissions=600, timeouts=0.1)


def test_same_seed_same_plan_and_truth() -> None:
    first, second = make(SCENARIO), make(SCENARIO)
    assert first == second
    assert planned(first) == planned(second)


def test_another_seed_is_another_plan() -> None:
    assert make(SCENARIO).phones != make(replace(SCENARIO, seed=8)).phones


@settings(max_examples=30, deadline=None)
@given(
    st.builds(
        Scenario,
        seed=st.integers(0, 10**6),
        phones=st.integers(1, 9),
        submissions=st.integers(0, 60),
        duplicates=st.floats(0, 1),
        invalid=st.floats(0, 1),
        edits=st.floats(0, 1),
        refusals=st.floats(0, 1),
    )
)
def test_every_delivery_is_in_one_class_and_no_instance_on_two_phones(scenario: Scenario) -> None:
    plan = make(scenario)
    outcomes = planned(plan).outcomes
    classes = (len(outcomes.counted), outcomes.superseded, outcomes.duplicate, outcomes.rejected, outcomes.refused)
    assert sum(classes) == plan.deliveries
    owners = [{delivery.instance.id for delivery in phone.deliveries} for phone in plan.phones]
    assert sum(map(len, owners)) == len(set().union(*owners))
    interviews = {
        (phone.number, delivery.instance.id)
        for phone in plan.phones
        for delivery in phone.deliveries
        if delivery.instance.replaces is None
    }
    assert len(interviews) == scenario.submissions


def test_deliveries_are_in_the_order_of_their_time_and_some_phones_send_bursts() -> None:
    bursts = 0
    for phone in make(SCENARIO).phones:
        times = [delivery.at_s for delivery in phone.deliveries]
        assert times == sorted(times)
        bursts += max(Counter(times).values()) > 1
    assert bursts > 3


def test_a_plan_holds_every_kind_of_trouble() -> None:
    plan = make(SCENARIO)
    deliveries = [delivery for phone in plan.phones for delivery in phone.deliveries]
    assert {delivery.instance.fault for delivery in deliveries} == {None, *Fault}
    assert {phone.interface for phone in plan.phones} == set(Interface)
    assert any(not delivery.instance.respondent.consent for delivery in deliveries)
    assert any(delivery.lost_answers for delivery in deliveries)
    firsts = {delivery.instance.id: place for place, delivery in reversed(list(enumerate(deliveries)))}
    edits = [d.instance for d in deliveries if d.instance.replaces is not None]
    assert any(firsts[edit.id] < firsts[edit.replaces] for edit in edits if edit.replaces in firsts)


def test_duplicates_are_the_same_bytes() -> None:
    rendered: dict[str, set[bytes]] = {}
    deliveries = 0
    for phone in make(replace(SCENARIO, invalid=0, edits=0, duplicates=0.5)).phones:
        for delivery in phone.deliveries:
            deliveries += 1
            body = as_xml(delivery.instance) + as_json(delivery.instance)
            rendered.setdefault(delivery.instance.id, set()).add(body)
    assert deliveries > len(rendered)
    assert all(len(bodies) == 1 for bodies in rendered.values())


def test_a_plan_without_phones_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one phone"):
        make(Scenario(phones=0))
