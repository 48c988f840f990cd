"""When the exact copies in `audit` have to go: of people who were erased, and of surveys whose retention is over. Pure.

What is remembered for the next release is needed until that is out; after the last one it is not needed any more.
"""

from dataclasses import dataclass

from schemas.survey.definition import SurveyDefinition
from schemas.topics import DAY_MS
from services.release.epoch import Last

MARGIN_MS = 600_000
"""A release bears the moment after its look at the databases, which takes a minute at most, and an erasure that of
another machine's clock. Inputs that go without need can be spared."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The inputs of releases made until then, and with `memory` what is remembered of the last."""

    until_ms: int
    memory: bool


def ends_ms(survey: SurveyDefinition, closed_ms: int | None) -> int | None:
    """When the retention of a survey is over; None while it is open."""
    return None if closed_ms is None else closed_ms + survey.retention_days * DAY_MS


def let_go(last: Last, erased_ms: int | None, ends_ms: int | None, now_ms: int) -> Gone | None:
    """`erased_ms` is when the last erasure of the survey was done."""
    if ends_ms is not None and now_ms >= ends_ms:
        return Gone(now_ms, last.closing)
    if erased_ms is None:
        return None
    until_ms = erased_ms + MARGIN_MS
    return Gone(until_ms, last.closing and last.at_ms <= until_ms)
