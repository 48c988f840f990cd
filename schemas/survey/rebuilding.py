"""A request to make tables of a survey anew from the ledger, as it stands on the topic `surveys` (key:
`survey@rebuild`). Aggregate does it beside the stream; a request that it has heard it does not hear again.
"""

from typing import Annotated

from pydantic import Field

from schemas.message import Message
from schemas.survey.definition import SURVEY_ID

REBUILD = "rebuild"
"""Stands in the key where a published survey has its version; so no version can have this name."""


class SurveyRebuild(Message):
    """`asked_ms` is epoch milliseconds, by the clock of who asks. `tables` are ids of tables; all, if none is named."""

    survey: Annotated[str, Field(pattern=SURVEY_ID)]
    asked_ms: Annotated[int, Field(ge=0)]
    tables: list[str] = []

    @property
    def key(self) -> str:
        return f"{self.survey}@{REBUILD}"
