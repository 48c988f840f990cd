"""Which published version is meant, and what is said where there is none."""

import pytest

from cli.published_form import choose
from deploy.local.failure import Failure
from schemas.survey.definition import SurveyDefinition


def published(survey: str, version: str, edition: int) -> SurveyDefinition:
    return SurveyDefinition(
        survey=survey, version=version, edition=edition, title=survey, root="data", xform="", fields=[]
    )


PUBLISHED = [published("a", "1", 1), published("a", "2", 2), published("b", "1", 1)]


def test_the_last_version_or_the_one_that_is_named() -> None:
    assert choose(PUBLISHED, "a", None).version == "2"
    assert choose(PUBLISHED, "a", "1").version == "1"


def test_what_is_not_published_is_answered_with_what_is() -> None:
    with pytest.raises(Failure, match=r"No survey c is published. There is: a, b."):
        choose(PUBLISHED, "c", None)
    with pytest.raises(Failure, match=r"Version 7 of a is not published. There is: 1, 2."):
        choose(PUBLISHED, "a", "7")
    with pytest.raises(Failure, match="rihla survey publish"):
        choose([], "a", None)
