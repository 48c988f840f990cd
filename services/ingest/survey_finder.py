"""Finds the survey that a submission names, and never says "unknown" before `surveys` was read to its present end."""

import asyncio
import time

from schemas.survey.definition import SurveyDefinition
from services.ingest import problems
from services.ingest.problems import Problem
from services.runtime.follower import NotCaughtUp
from services.runtime.surveys import READ_TO_END_S, SurveyCatalogue

LOOK_EVERY_S = 0.5
"""At most one look at the topic in this time, whatever is asked for: unknown names cannot be used as a load."""


class SurveyFinder:
    def __init__(self, catalogue: SurveyCatalogue) -> None:
        self._catalogue = catalogue
        self._looking = asyncio.Lock()
        self._began = float("-inf")

    async def find(self, survey: str, version: str) -> SurveyDefinition | Problem:
        """A closed survey is a problem too: withdrawals and erasures do not come this way."""
        if survey in self._catalogue.closed:
            return problems.SURVEY_CLOSED.of(survey=survey)
        found = self._catalogue.get(survey, version)
        if found is None:
            if not await self._look(time.monotonic()):
                return problems.LOG_UNAVAILABLE.of()
            found = self._catalogue.get(survey, version)
        if found is not None:
            return found
        if self._catalogue.latest(survey) is None:
            return problems.UNKNOWN_SURVEY.of(survey=survey)
        return problems.UNKNOWN_VERSION.of(survey=survey, version=version)

    async def _look(self, asked: float) -> bool:
        """True once the topic was read to an end that lies after `asked`. One look serves all who wait for it."""
        async with self._looking:
            if self._began >= asked:
                return True
            await asyncio.sleep(self._began + LOOK_EVERY_S - time.monotonic())
            began = time.monotonic()
            try:
                await asyncio.to_thread(self._catalogue.follower.read_to_end, READ_TO_END_S)
            except NotCaughtUp:
                return False
            self._began = began
            return True
