"""The laws of the truth: what changes nothing, what replaces, what is rejected, and that sums add up."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cli.fieldwork.plan import Scenario, make
from cli.fieldwork.respondents import Respondent
from cli.fieldwork.submission import Fault, Instance, again
from cli.fieldwork.truth import Outcomes, cells, outcomes

PEOPLE: list[Respondent] = [
    delivery.instance.respondent
    for phone in make(Scenario(seed=5, phones=4, submissions=120, duplicates=0, invalid=0, edits=0, refusals=0)).phones
    for delivery in phone.deliveries
]
A, B, C = PEOPLE[:3]


def _classes(result: Outcomes) -> tuple[int, int, int, int, int]:
    return (len(result.counted), result.superseded, result.duplicate, result.rejected, result.refused)


def test_duplicates_invalid_and_refused_change_no_cell() -> None:
    first = Instance("1", A)
    plain = outcomes([[first]])
    noisy = outcomes([[first, first, Instance("2", B, fault=Fault.TYPE), Instance("3", replace(C, profile=None))]])
    assert cells(noisy.counted.values()) == cells(plain.counted.values())
    assert _classes(noisy) == (1, 0, 1, 1, 1)


def test_a_refusal_holds_its_id() -> None:
    refusal = Instance("1", replace(A, profile=None))
    assert _classes(outcomes([[refusal, refusal, Instance("1", A)]])) == (0, 0, 1, 1, 1)


def test_an_edit_replaces_in_either_order() -> None:
    first = Instance("1", A)
    edit = again(first, "2", B)
    for queue in ([first, edit], [edit, first], [edit, first, edit, first]):
        assert outcomes([queue]).counted == {"2": B}
    assert _classes(outcomes([[edit, first, first]])) == (1, 1, 1, 0, 0)


def test_a_chain_of_edits_counts_its_end_alone() -> None:
    first = Instance("1", A)
    second = again(first, "2", B)
    third = again(second, "3", C)
    for queue in ([first, second, third], [third, second, first], [second, third, first]):
        result = outcomes([queue])
        assert result.counted == {"3": C}
        assert result.superseded == 2


def test_of_two_edits_the_first_stands() -> None:
    first = Instance("1", A)
    result = outcomes([[first, again(first, "2", B), again(first, "3", C)]])
    assert result.counted == {"2": B}
    assert _classes(result) == (1, 1, 0, 1, 0)


def test_other_answers_under_the_same_id_are_rejected() -> None:
    result = outcomes([[Instance("1", A), Instance("1", B)]])
    assert result.counted == {"1": A}
    assert result.rejected == 1


def test_a_rejected_one_does_not_hold_its_id() -> None:
    spoilt = Instance("1", A, fault=Fault.MISSING)
    assert outcomes([[spoilt, replace(spoilt, fault=None)]]).counted == {"1": A}


def test_an_edit_of_a_rejected_edit_reaches_the_original() -> None:
    first = Instance("1", A)
    spoilt = again(first, "2", B, fault=Fault.CODE)
    assert outcomes([[first, spoilt]]).counted == {"1": A}
    result = outcomes([[first, spoilt, again(spoilt, "3", C)]])
    assert result.counted == {"3": C}
    assert _classes(result) == (1, 1, 0, 1, 0)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(24)), st.integers(0, 24))
def test_cells_are_sums_over_people_in_any_order(order: list[int], cut: int) -> None:
    whole = cells(PEOPLE[place] for place in order)
    assert whole == cells(PEOPLE[:24])
    left, right = cells(PEOPLE[place] for place in order[:cut]), cells(PEOPLE[place] for place in order[cut:])
    for figure, found in whole.items():
        for cell, sums in found.items():
            halves = [part.get(figure, {}).get(cell, {}) for part in (left, right)]
            assert sums == {name: sum(half.get(name, 0) for half in halves) for name in sums}


def test_one_person_by_hand() -> None:
    person = next(
        person for person in PEOPLE if person.profile and person.profile.journey and person.profile.journey.cost
    )
    assert person.profile and person.profile.journey and person.profile.journey.cost
    cost = person.profile.journey.cost
    cell = ("cost_by_country_sex", (person.country, person.profile.sex))
    found = cells([person])
    area = (f"{person.country}-{person.area}", str(person.psu))
    assert found[""]["response", ()] == {"n": 1, "w": person.weight, "w2": person.weight**2}
    assert found["@psu"]["response", area] == {"w": person.weight}
    assert found["@psu"]["_registry", area] == {"n": 1}
    assert found["cost_mean"][cell] == {"n": 1, "w": person.weight, "wx": person.weight * cost.total}
    months = {"wy": person.weight * cost.total, "wx": person.weight * cost.earnings}
    assert found["cost_months"][cell] == {"n": 1, **months}
    assert found["cost_months@psu"][cell[0], cell[1] + area] == months
