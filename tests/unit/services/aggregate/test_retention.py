"""When a survey's data have to go: counted from its closing, and a sweep that began goes on."""

from schemas.survey.definition import SurveyDefinition
from schemas.topics import DAY_MS
from services.aggregate.retention import Closing, Ended, closings, overdue


def published(survey: str, days: int) -> SurveyDefinition:
    return SurveyDefinition(
        survey=survey, version="1", title="t", root="data", xform="<x/>", fields=[], retention_days=days
    )


def test_only_what_is_closed_ends_and_by_the_version_published_last() -> None:
    found = closings([published("open", 3), published("shut", 5)], {"shut": 7_000, "gone": 1})
    assert found == [Closing("shut", 7_000, 5)]
    assert found[0].due_ms == 7_000 + 5 * DAY_MS


def test_the_longest_overdue_comes_first_and_what_is_due_this_moment_is() -> None:
    now = 10 * DAY_MS
    late, due, early = Closing("late", 0, 2), Closing("due", 0, 10), Closing("early", 1, 10)
    same = Closing("a", 0, 10)
    assert overdue([due, early, same, late], {}, now) == [late, same, due]


def test_a_sweep_that_began_goes_on_and_one_that_is_done_does_not_begin_again() -> None:
    begun = Ended("begun", 5, 2, began_ms=9)
    done = Ended("done", 5, 2, began_ms=9, done_ms=10)
    ended = {one.survey: one for one in (begun, done)}
    later = [Closing("begun", 5, 900), Closing("done", 5, 2)]
    assert overdue(later, ended, 10 * DAY_MS) == [Closing("begun", 5, 2)]
    assert overdue([], ended, 0) == [Closing("begun", 5, 2)]
