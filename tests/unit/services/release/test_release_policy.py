"""REL policy: exposure, steps, epochs."""

from dataclasses import replace

import pytest

from schemas.survey.definition import IndicatorKind
from services.release.epoch import Last, Moment, epoch
from services.release.exposure import exposure
from services.release.live_table import Indicator, LiveTable
from services.release.moves_needed import CLOSING_STEP, MOVES_NEEDED, moves_needed, steps
from services.release.policy import DAY_MS, Policy, Treatment, treatment
from services.release.problems import NotReleased, Problem

POLICY = Policy()


def table(*dimensions: str, **more: object) -> LiveTable:
    made = LiveTable("-".join(dimensions), "", dimensions, tuple(("x", "y") for _ in dimensions), {})
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tables", "depth", "expected"),
    [
        ([table("a")], 4, 1),
        ([table("a", "b")], 4, 2),
        ([table("a", "b"), table("b", "a")], 4, 2),
        ([table("a", "b"), table("a", "c")], 4, 3),
        ([table("a", "b", "c", "d")], 4, 8),
        ([table("a", "b", "c", "d")], 2, 4),
        ([table("a", "b", "c", "d")], 1, 1),
        ([table("a", "b", indicators=(Indicator("share", IndicatorKind.SHARE),))], 4, 4),
        ([table("a", "b"), table("a", "c", answers={"c": "b"})], 4, 4),
        ([table("a", "b", several=frozenset({"b"}))], 4, 2),
    ],
)
def test_exposure_counts_the_cells_that_tell_of_one_answer(tables: list[LiveTable], depth: int, expected: int) -> None:
    assert exposure(tables, depth) == expected


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
        found = treatment([table("a", "b", mode=mode)], POLICY, closing=False)
        assert isinstance(found, Treatment)
        assert (found.mode, found.step, found.moves) == ("round", 100, moves_needed(2, 100))
    closing = treatment([table("a", "b", mode="suppress")], POLICY, closing=True)
    assert isinstance(closing, Treatment) and (closing.mode, closing.step) == ("suppress", 1)
    rounded = treatment([table("a", "b", rounding=5), table("a", rounding=10)], POLICY, closing=True)
    assert isinstance(rounded, Treatment) and rounded.step == 10


def test_tables_too_deep_show_their_margins_while_the_survey_runs() -> None:
    found = treatment([table("a", "b", "c", "d")], POLICY, closing=False)
    assert isinstance(found, Treatment) and found.depth == 2


@pytest.mark.parametrize(
    ("tables", "closing", "problem"),
    [
        ([table("a", mode="none")], False, Problem.NOT_SIGNED_OFF),
        ([table("a"), table("b", mode="suppress")], False, Problem.MIXED_MODES),
        ([table("a", rounding=1)], True, Problem.STEP_TOO_FINE),
        ([table("a", "b", mode="suppress"), table("a", "c", mode="suppress", answers={"c": "b"})],
         True, Problem.RECODED),
        ([table("a", indicators=tuple(Indicator(f"i{n}", IndicatorKind.SHARE) for n in range(20)),
                answers={f"i{n}": "a" for n in range(20)})], False, Problem.TOO_EXPOSED),
    ],
)  # fmt: skip
def test_refusals_have_a_code_and_say_what_to_do(tables: list[LiveTable], closing: bool, problem: Problem) -> None:
    found = treatment(tables, POLICY, closing)
    assert isinstance(found, NotReleased) and found.problem is problem
    assert str(found).startswith(f"{problem.value}: ") and len(problem.message) > 20


def test_no_threshold_below_three() -> None:
    found = treatment([table("a", threshold=1)], POLICY, closing=True)
    assert isinstance(found, Treatment) and found.threshold == 3


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
