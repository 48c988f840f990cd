"""The end of a survey, as it stands on the topic `surveys` (key: `survey@closed`).

Nothing new is taken in after it; what was taken in is counted, and one last release is made of it. Withdrawals and
erasures still pass. A survey is not opened again: its last release is nearly exact, and a later one beside it would
tell of those who came in between.
"""

from typing import Annotated

from pydantic import Field

from schemas.message import Message
from schemas.survey.definition import SURVEY_ID

CLOSED = "closed"
"""Stands in the key where a published survey has its version; so no version can have this name."""


class SurveyClosing(Message):
    """`closed_ms` is epoch milliseconds, by the clock of who closed it. Retention counts from it."""

    survey: Annotated[str, Field(pattern=SURVEY_ID)]
    closed_ms: Annotated[int, Field(ge=0)]

    @property
    def key(self) -> str:
        return closing_key(self.survey)


def closing_key(survey: str) -> str:
    """Key of the record on `surveys`."""
    return f"{survey}@{CLOSED}"
