"""When a survey is looked at, and what of a look needs somebody. Pure."""

from services.release.epoch import Last
from services.release.policy import Policy
from services.release.problems import Problem

WAITING = frozenset({Problem.NOT_DUE, Problem.FEW_MOVES, Problem.CLOSED, Problem.JUST_CLOSED, Problem.INCOMPLETE})
"""Passes by itself, or is as it should be."""
NOTHING_WRONG = frozenset({Problem.NO_TABLES, Problem.MADE_ELSEWHERE})


def next_due_ms(last: Last | None, first_seen_ms: int, closed_ms: int | None, policy: Policy) -> int | None:
    """When the next release is due at the earliest; None if there will be none. The first waits as long as all
    others: made as soon as it may be, it would show the first few hundred for a week."""
    if last is not None and last.closing:
        return None
    if closed_ms is not None:
        return closed_ms
    return (first_seen_ms if last is None else last.at_ms) + policy.every_ms


def needs_somebody(problem: Problem) -> bool:
    return problem not in WAITING | NOTHING_WRONG
