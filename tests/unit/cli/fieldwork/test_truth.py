"""The laws of the truth: what changes nothing, what replaces, what is rejected, and that sums add up."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cli.fieldwork.faults import Fault
from cli.fieldwork.household import Member
from cli.fieldwork.outcomes import Outcomes, outcomes
from cli.fieldwork.plan import Scenario, make
from cli.fieldwork.recruitment import Cost, Loan, Payment, Recruitment
from cli.fieldwork.respondents import Person, Respondent
from cli.fieldwork.submission import Instance, again
from cli.fieldwork.truth import TABLES, Figures, cells
from cli.fieldwork.units import MEMBER_BANDS, band

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
    noisy = outcomes([[first, first, Instance("2", B, fault=Fault.TYPE), Instance("3", replace(C, person=None))]])
    assert cells(noisy.counted.values()) == cells(plain.counted.values())
    assert _classes(noisy) == (1, 0, 1, 1, 1)


def test_a_refusal_holds_its_id() -> None:
    refusal = Instance("1", replace(A, person=None))
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


PAID = Recruitment(
    recruiter="agency", job_before="yes", contract="dk", promised="less", earnings=400,
    payment=Payment((Cost("visa", 900, 0, "no"), Cost("visa", 101, 1, "yes")), "no", Loan(500, "bank")),
)  # fmt: skip


def _mover() -> tuple[Respondent, Person]:
    """Somebody who left for work and a wage in 2024, for two years or more."""
    found = next(person for person in PEOPLE if person.person and person.person.journey)
    assert found.person and found.person.journey
    journey = replace(found.person.journey, year=2024, stay="M24T59", reasons=("family", "work"), recruitment=PAID)
    person = replace(found.person, journey=journey)
    return replace(found, person=person), person


def _cells_of(figures: Figures, figure: str, table: str) -> dict[tuple[str, ...], dict[str, int]]:
    return {codes: sums for (name, codes), sums in figures[figure].items() if name == table}


def test_one_person_by_hand() -> None:
    respondent, person = _mover()
    assert person.journey
    cell = ("cost_by_country_sex", (respondent.country, person.profile.sex))
    found = cells([respondent])
    w = respondent.weight
    area = (f"{respondent.country}-{respondent.area}", str(respondent.psu))
    assert found[""]["response", ()] == {"n": 1, "w": w, "w2": w * w}
    assert found["@psu"]["response", area] == {"w": w}
    assert found["@psu"]["_registry", area] == {"n": 1}
    assert found["cost_mean"][cell] == {"n": 1, "w": w, "wx": w * 1001}
    months = {"wy": w * 1001, "wx": w * 400}
    assert found["cost_months"][cell] == {"n": 1, **months}
    assert found["cost_months@psu"][cell[0], cell[1] + area] == months
    corridor = ("rci_by_corridor_sex", (respondent.country, person.journey.destination, person.profile.sex))
    # 1000 borne over 400 earned are two and a half months.
    assert found["rci_mean"][corridor] == {"n": 1, "w": w, "wx": w * 250}
    assert found["rci_over_1"][corridor] == {"n": 1, "w": w, "wx": w}


def test_who_is_outside_the_universe_of_10_7_1_is_not_in_it() -> None:
    respondent, person = _mover()
    assert person.journey
    for change in ({"year": 2022}, {"year": None}, {"stay": "M3T11"}, {"reasons": ("family",)}, {"recruitment": None}):
        other = replace(respondent, person=replace(person, journey=replace(person.journey, **change)))
        assert "rci_mean" not in cells([other]), change
    free = replace(person.journey, recruitment=replace(PAID, payment=None))
    found = cells([replace(respondent, person=replace(person, journey=free))])
    assert [sums["wx"] for sums in found["rci_mean"].values()] == [0]
    assert "cost_mean" not in found


def test_members_and_costs_of_one_cell_are_one_cluster() -> None:
    respondent, person = _mover()
    child = Member("Ion", "F", 4, "child", None, "here", None)
    twins = replace(respondent, person=replace(person, members=(child, child, replace(child, age=5))))
    found, w = cells([twins]), respondent.weight
    assert _cells_of(found, "", "members_by_age_sex") == {
        ("Y_LT5", "F", "here"): {"n": 2, "s": 1, "w": 2 * w, "w2": 4 * w * w},
        ("Y5T14", "F", "here"): {"n": 1, "s": 1, "w": w, "w2": w * w},
    }
    kind = ("visa", respondent.country)
    assert _cells_of(found, "", "costs_by_kind_country") == {kind: {"n": 2, "s": 1, "w": 2 * w, "w2": 4 * w * w}}
    assert _cells_of(found, "amount_mean", "costs_by_kind_country") == {kind: {"n": 2, "w": 2 * w, "wx": 1001 * w}}
    assert _cells_of(found, "reimbursed_ratio", "costs_by_kind_country") == {kind: {"n": 2, "wy": w, "wx": 1001 * w}}


def test_every_table_and_figure_is_reached_by_the_simulated_people() -> None:
    respondents = [
        delivery.instance.respondent
        for phone in make(Scenario(seed=1, phones=20, submissions=1000, refusals=0)).phones
        for delivery in phone.deliveries
    ]
    found = cells(respondents)
    for table in TABLES:
        assert _cells_of(found, "", table.name), table.name
        for figure in table.figures:
            assert _cells_of(found, figure, table.name), (table.name, figure)


def test_bands_at_their_edges() -> None:
    ages = (0, 4, 5, 14, 15, 64, 65, 99)
    assert [band(age, MEMBER_BANDS) for age in ages] == [
        "Y_LT5", "Y_LT5", "Y5T14", "Y5T14", "Y15T24", "Y45T64", "Y_GE65", "Y_GE65"
    ]  # fmt: skip
