"""REL policy: exposure, steps, epochs."""

from dataclasses import replace

import pytest

from schemas.survey.definition import IndicatorKind
from services.release.epoch import Last, Moment, epoch
from services.release.exposure import affordable, exposure, offers, shown
from services.release.live_table import Indicator, LiveTable
from services.release.moves_needed import CLOSING_STEP, MOVES_NEEDED, moves_needed, steps
from services.release.policy import DAY_MS, Policy, Treatment, treatments
from services.release.problems import NotReleased, Problem

POLICY = Policy()


def table(*dimensions: str, **more: object) -> LiveTable:
    made = LiveTable("-".join(dimensions), "", dimensions, tuple(("x", "y") for _ in dimensions), {})
    return replace(made, **more)  # type: ignore[arg-type]


SHARE = (Indicator("share", IndicatorKind.SHARE),)


def treated(tables: list[LiveTable], closing: bool, policy: Policy = POLICY) -> Treatment:
    found = treatments(tables, policy, closing)
    assert isinstance(found, dict), found
    return found[""]


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ([table("a")], 1),
        ([table("a", "b")], 2),
        ([table("a", "b"), table("b", "a")], 2),
        ([table("a", "b"), table("a", "c")], 3),
        ([table("a", "b", "c", "d")], 8),
        ([table("a", "b", indicators=SHARE)], 8),
        ([table("a", "b", indicators=SHARE, answers={"share": ("a",)})], 10),
        ([table("a", "b", indicators=(Indicator("n", IndicatorKind.COUNT),), answers={"n": ()})], 2),
        ([table("a", "b", indicators=(Indicator("n", IndicatorKind.COUNT),), answers={"n": ()}, weight_factor=10)], 4),
        ([table("a", "b"), table("a", "c", answers={"c": ("b",)})], 4),
        ([table("a", "b", several=frozenset({"b"}))], 2),
        ([table("a"), table("a", unit="member")], 2),
    ],
)
def test_exposure_counts_the_numbers_that_tell_of_one_answer(tables: list[LiveTable], expected: int) -> None:
    assert exposure(offers(tables)) == expected


def test_what_is_afforded_keeps_to_the_budget_and_begins_with_what_is_shallow_and_declared_first() -> None:
    tables = [table("a", "b", indicators=SHARE), table("a", "c", "d", indicators=SHARE)]
    everything = offers(tables)
    for most in (1, 2, 4, 8, 16):
        taken = affordable(everything, most)
        assert exposure(taken) <= most
        found = shown(taken, "")
        assert all(frozenset({name}) in found for name in "abcd")
    assert shown(affordable(everything, 2), "")[frozenset()] == {"share"}
    four = shown(affordable(everything, 4), "")
    assert four[frozenset("a")] == {"share"} and four[frozenset("b")] == frozenset()
    assert affordable(everything, 100) and len(affordable(everything, 100)) == len(everything)


def test_a_coarser_step_never_needs_more_moves_and_more_exposure_never_fewer() -> None:
    for row in MOVES_NEEDED.values():
        needed = [row[step] for step in sorted(row)]
        assert needed == sorted(needed, reverse=True)
    for step in (150, 200, 400):
        needed = [row[step] for _, row in sorted(MOVES_NEEDED.items()) if step in row]
        assert needed == sorted(needed)
    assert moves_needed(3, 150) == moves_needed(4, 150)
    assert moves_needed(17, 400) is None and steps(17) == []
    assert moves_needed(1, CLOSING_STEP[1] - 1) is None


def test_progress_is_coarse_in_every_mode_and_the_closing_release_as_designed() -> None:
    for mode in ("round", "suppress"):
        found = treated([table("a", "b", mode=mode)], closing=False)
        assert (found.mode, found.step, found.moves) == ("round", 100, moves_needed(2, 100))
    closing = treated([table("a", "b", mode="suppress")], closing=True)
    assert (closing.mode, closing.step, closing.shown) == ("suppress", 1, None)
    assert treated([table("a", "b", rounding=5), table("a", rounding=10)], closing=True).step == 10


def test_what_a_survey_cannot_afford_waits_for_its_end() -> None:
    found = treated([table("a", "b", "c", "d")], closing=False)
    assert found.shown is not None and frozenset("abcd") not in found.shown
    assert (found.step, found.moves) == (150, 200)
    assert treated([table("a", "b", "c", "d")], closing=True).shown is None


def test_the_number_of_all_has_the_mode_of_the_other_tables_and_rounding_goes_before_suppression() -> None:
    everybody = table(codes=(), dimensions=())
    assert treated([everybody, table("a", mode="suppress")], closing=True).mode == "suppress"
    assert treated([table("b"), table("a", mode="suppress")], closing=True).mode == "round"


def test_one_answer_cut_in_different_classes_is_not_suppressed_but_rounded() -> None:
    cut = table("a", "c", mode="suppress", answers={"c": ("b",)})
    assert treated([table("a", "b", mode="suppress"), cut], closing=True).mode == "round"


@pytest.mark.parametrize(
    ("tables", "closing", "problem"),
    [
        ([table("a", mode="none")], False, Problem.NOT_SIGNED_OFF),
        ([table("a"), table("b", mode="none", signed_off="A")], False, Problem.MIXED_MODES),
        ([table("a", rounding=1)], True, Problem.STEP_TOO_FINE),
    ],
)
def test_refusals_have_a_code_and_say_what_to_do(tables: list[LiveTable], closing: bool, problem: Problem) -> None:
    found = treatments(tables, POLICY, closing)
    assert isinstance(found, NotReleased) and found.problem is problem
    assert str(found).startswith(f"{problem.value}: ") and len(problem.message) > 20


def test_a_policy_that_allows_no_safe_step_releases_nothing() -> None:
    found = treatments([table("a")], replace(POLICY, largest_step=20), closing=False)
    assert isinstance(found, NotReleased) and found.problem is Problem.TOO_EXPOSED


def test_no_threshold_below_three() -> None:
    assert treated([table("a", threshold=1)], closing=True).threshold == 3


def test_a_release_waits_for_its_day_and_its_respondents_and_the_closing_one_for_nobody() -> None:
    last = Last(4, 0, False)

    def asked(moment: Moment, before: Last | None = last) -> int | Problem:
        found = epoch(before, moment, 50, POLICY)
        return found.problem if isinstance(found, NotReleased) else found

    week = 7 * DAY_MS
    assert asked(Moment(week - 1, 100, "")) is Problem.NOT_DUE
    assert asked(Moment(week, 49, "")) is Problem.FEW_MOVES
    assert asked(Moment(week, 50, "")) == 5
    assert asked(Moment(0, 50, ""), None) == 1
    assert asked(Moment(0, 49, ""), None) is Problem.FEW_MOVES
    assert asked(Moment(1, 0, "", closing=True)) == 5
    assert asked(Moment(week, 500, ""), replace(last, closing=True)) is Problem.CLOSED
