"""Why no release came out. Expected outcomes, values with a stable code."""

from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """The message says what a person can do about it."""

    NOT_DUE = "REL-001"
    FEW_MOVES = "REL-002"
    CLOSED = "REL-003"
    NOT_SIGNED_OFF = "REL-010"
    MIXED_MODES = "REL-011"
    TOO_EXPOSED = "REL-012"
    STEP_TOO_FINE = "REL-013"
    RECODED = "REL-014"
    RECOVERABLE = "REL-020"
    DELTA = "REL-021"

    @property
    def message(self) -> str:
        return _MESSAGES[self]


_MESSAGES = {
    Problem.NOT_DUE: "The next release is not due yet.",
    Problem.FEW_MOVES: "Too few respondents moved since the last release; it comes out when more have.",
    Problem.CLOSED: "The survey is closed and its last release is out; releases are not made again.",
    Problem.NOT_SIGNED_OFF: "Mode none publishes exact numbers: somebody must sign these tables off by name.",
    Problem.MIXED_MODES: "These tables count the same unit and share margins: give them one mode.",
    Problem.TOO_EXPOSED: "One answer stands in so many cells that no rounding protects it: declare fewer or smaller "
    "tables, or let a release wait for more respondents.",
    Problem.STEP_TOO_FINE: "Numbers rounded to less than 3 are as good as exact: raise the rounding.",
    Problem.RECODED: "Tables with exact numbers cut one answer in different classes, and their difference is a table "
    "of the people in between: use one classification, or mode round.",
    Problem.RECOVERABLE: "Suppressed cells could be computed from what would be published; nothing comes out.",
    Problem.DELTA: "A number would change by too few respondents; nothing comes out.",
}


@dataclass(frozen=True, slots=True)
class NotReleased:
    """`detail` names tables or numbers of rules, never a figure of a cell."""

    problem: Problem
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.problem.value}: {self.problem.message}" + (f" ({self.detail})" if self.detail else "")
