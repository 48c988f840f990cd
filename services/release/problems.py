"""Why no release came out. Expected outcomes, values with a stable code."""

from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """The message says what a person can do about it."""

    NOT_DUE = "REL-001"
    FEW_MOVES = "REL-002"
    CLOSED = "REL-003"
    JUST_CLOSED = "REL-004"
    INCOMPLETE = "REL-005"
    NOT_CLOSED = "REL-006"
    ERASURES = "REL-007"
    NOT_SIGNED_OFF = "REL-010"
    MIXED_MODES = "REL-011"
    TOO_EXPOSED = "REL-012"
    STEP_TOO_FINE = "REL-013"
    RECOVERABLE = "REL-020"
    DELTA = "REL-021"
    NO_TABLES = "REL-030"
    NO_KEY = "REL-031"
    OTHER_KEY = "REL-032"
    TOO_LARGE = "REL-033"
    MADE_ELSEWHERE = "REL-034"
    AUDIT_BEHIND = "REL-035"
    FAULT = "REL-050"

    @property
    def message(self) -> str:
        return _MESSAGES[self]


_MESSAGES = {
    Problem.NOT_DUE: "The next release is not due yet.",
    Problem.FEW_MOVES: "Too few respondents moved since the last release; it comes out when more have.",
    Problem.CLOSED: "The survey is closed and its last release is out; releases are not made again.",
    Problem.JUST_CLOSED: "The survey was closed a moment ago; what was on its way then is waited for.",
    Problem.INCOMPLETE: "Not everything that came in before the closing is counted yet; the last release waits for it.",
    Problem.NOT_CLOSED: "The survey is open: close it first (`rihla survey close`), and its last release follows.",
    Problem.ERASURES: "Erasures are known that the database does not have, as after a restore: nothing comes out "
    "before aggregate has applied them.",
    Problem.NOT_SIGNED_OFF: "Mode none publishes exact numbers: somebody must sign these tables off by name.",
    Problem.MIXED_MODES: "These tables count the same unit and share margins, and only some of them are to be exact: "
    "give them one mode.",
    Problem.TOO_EXPOSED: "Nothing is safe on a grid this fine with so few respondents who moved: allow a larger step, "
    "or let a release wait for more respondents.",
    Problem.STEP_TOO_FINE: "Numbers rounded to less than 3 are as good as exact: raise the rounding.",
    Problem.RECOVERABLE: "Suppressed cells could be computed from what would be published; nothing comes out.",
    Problem.DELTA: "A number would change by too few respondents; nothing comes out.",
    Problem.NO_TABLES: "The survey has no table that can be released.",
    Problem.NO_KEY: "The release key of the survey is not here. Restore it from the backup of keys; if there never was "
    "one, publish the same form again.",
    Problem.OTHER_KEY: "The release key is not the one that the releases before were made with, and another one would "
    "tell the exact numbers. Restore it from the backup of keys.",
    Problem.TOO_LARGE: "The tables have more cells than one release can hold: declare fewer or smaller tables.",
    Problem.MADE_ELSEWHERE: "Another process has just made this release.",
    Problem.AUDIT_BEHIND: "Releases are out of which `audit` knows nothing, as after a restore of an older backup: "
    "what the next one must be compared with is missing. Restore `audit` as it was when the last release came out.",
    Problem.FAULT: "The service failed at this survey, and nothing came out. Read its log and report it.",
}


@dataclass(frozen=True, slots=True)
class NotReleased:
    """`detail` names tables or numbers of rules, never a figure of a cell."""

    problem: Problem
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.problem.value}: {self.problem.message}" + (f" ({self.detail})" if self.detail else "")
