"""The checker can fail: a lost, a doubled and a wrong one are each seen, and only what is certain is called wrong."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from cli.fieldwork import plan as planning
from cli.fieldwork.history import planned
from cli.fieldwork.plan import Scenario
from tests.chaos.checker import Shown, check
from tests.chaos.history import Expected, Played, Recorder, withdrawable


@pytest.fixture
def expected() -> Expected:
    return Expected(
        acknowledged=10,
        unanswered=2,
        counted={"a", "b", "c", "d"},
        exact=Counter(counted=4, superseded=1, refused=1),
        at_least=Counter(duplicate=1, rejected=1, withdrawn=1, control=1),
        figures={"": {"sex|F": {"n": 3}, "sex|M": {"n": 1}}},
    )


@pytest.fixture
def shown(expected: Expected) -> Shown:
    return Shown(10, 10, dict(expected.exact + expected.at_least), set(expected.counted), expected.figures)


def test_what_is_as_it_must_be_is_good(expected: Expected, shown: Shown) -> None:
    assert check(expected, shown).good


def test_a_lost_one_is_seen(expected: Expected, shown: Shown) -> None:
    found = check(expected, replace(shown, counted=set(shown.counted) - {"a"}))
    assert (found.lost, found.double, found.good) == (1, 0, False)


def test_one_that_is_in_no_class_is_seen(expected: Expected, shown: Shown) -> None:
    found = check(expected, replace(shown, classes={**shown.classes, "duplicate": 0}, accounted=9))
    assert found.lost == 1
    assert found.law == ("10 records were accepted, 9 are accounted for",)


def test_one_that_is_counted_and_must_not_be_is_seen(expected: Expected, shown: Shown) -> None:
    found = check(expected, replace(shown, counted={*shown.counted, "withdrawn"}))
    assert (found.lost, found.double, found.good) == (0, 1, False)


def test_one_that_is_counted_twice_is_seen_in_its_class_and_its_cell(expected: Expected, shown: Shown) -> None:
    classes, figures = {**shown.classes, "counted": 5}, {"": {"sex|F": {"n": 4}, "sex|M": {"n": 1}}}
    found = check(expected, replace(shown, classes=classes, figures=figures, accounted=11, records=11))
    assert (found.lost, found.double) == (0, 1)
    assert [str(difference) for difference in found.wrong] == ["sex|F all.n: 4 shown, 3 expected"]


@pytest.mark.parametrize("n", [0, 2])
def test_a_wrong_cell_is_seen(expected: Expected, shown: Shown, n: int) -> None:
    found = check(expected, replace(shown, figures={"": {"sex|F": {"n": 3}, "sex|M": {"n": n}}}))
    assert (found.lost, found.double, len(found.wrong), found.good) == (0, 0, 1, False)


def test_an_attempt_without_an_answer_may_be_there_once_more_and_no_other(expected: Expected, shown: Shown) -> None:
    def with_more(number: int) -> Shown:
        classes = {**shown.classes, "duplicate": 1 + number}
        return replace(shown, classes=classes, records=10 + number, accounted=10 + number)

    assert check(expected, with_more(2)).good
    found = check(expected, with_more(3))
    assert found.double == 1
    assert found.law == ("13 records are there, and it must be 10 to 12",)


def test_classes_that_do_not_add_up_break_the_law(expected: Expected, shown: Shown) -> None:
    found = check(expected, replace(shown, accounted=11, records=11))
    assert found.law == ("the classes add up to 10, the watermarks to 11",)


def test_a_class_that_nothing_must_be_in_breaks_the_law(expected: Expected, shown: Shown) -> None:
    classes = {**shown.classes, "held": 1}
    found = check(expected, replace(shown, classes=classes, records=11, accounted=11))
    assert found.law == ("records are in classes in which none must be: held",)


def played(seed: int, told: list[str]) -> tuple[Recorder, planning.Plan]:
    plan = planning.make(Scenario(seed=seed, phones=3, submissions=60, edits=0.2, invalid=0.2, duplicates=0.2))
    history = Recorder.watching(plan, lambda one: told.append(one.instance))
    for phone in plan.phones:
        for delivery in phone.deliveries:
            history.begin(phone.number, delivery)
            history.acknowledge(phone.number)
    return history, plan


def test_waves_add_up_to_the_truth_of_each_but_for_what_was_withdrawn() -> None:
    expected = Expected()
    for seed in (1, 2):
        history, plan = played(seed, [])
        expected.add(Played(history), lambda name: name)
        truth = planned(plan)
        assert truth.outcomes.counted.keys() <= expected.counted
    sums = [planned(played(seed, [])[1]).figures[""]["response"]["n"] for seed in (1, 2)]
    assert expected.figures[""]["response"]["n"] == sum(sums) == expected.exact["counted"]

    history, _ = played(3, [])
    before = expected.exact["counted"]
    withdrawn = withdrawable(history, Random(1), 0.1)
    assert withdrawn == withdrawable(history, Random(1), 0.1)
    expected.add(Played(history, frozenset(each.id for each in withdrawn)), lambda name: name)
    assert not {each.id for each in withdrawn} & expected.counted
    assert expected.at_least["withdrawn"] == len(withdrawn) > 0
    assert expected.exact["counted"] == len(expected.counted) > before


def test_only_a_first_and_sound_submission_proves_that_the_pipeline_moves() -> None:
    told: list[str] = []
    history, _ = played(4, told)
    assert len(told) == len(set(told)) > 0
    sound = {
        each.id
        for phone in history.phones.values()
        for each in phone.acknowledged
        if each.fault is None and each.replaces is None
    }
    assert set(told) <= sound
