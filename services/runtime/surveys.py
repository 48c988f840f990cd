"""The published surveys, as followed from the topic `surveys`."""

import threading
import time

from pydantic import ValidationError

from schemas.message import NewerMessage
from schemas.survey.definition import SurveyDefinition
from schemas.topics import SURVEYS
from services.runtime.follower import Follower
from services.runtime.logs import logger
from services.runtime.settings import KafkaSettings

READ_TO_END_S = 10.0
"""Longest wait for the end of `surveys`: longer than a broker's leader takes to move."""


class SurveyCatalogue:
    """Every published version. `latest` is the one published last."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._versions: dict[str, dict[str, SurveyDefinition]] = {}
        self._lock = threading.Lock()
        self._read_began = float("-inf")
        self.follower = Follower(settings, SURVEYS, self._change)

    def start(self) -> None:
        self.follower.start()

    def stop(self) -> None:
        self.follower.stop()

    @property
    def ready(self) -> bool:
        return self.follower.caught_up.is_set()

    def get(self, survey: str, version: str) -> SurveyDefinition | None:
        return self._versions.get(survey, {}).get(version)

    def latest(self, survey: str) -> SurveyDefinition | None:
        versions = self._versions.get(survey)
        return next(reversed(versions.values())) if versions else None

    def all_latest(self) -> list[SurveyDefinition]:
        return [next(reversed(versions.values())) for _, versions in sorted(self._versions.items())]

    def all(self) -> list[SurveyDefinition]:
        return [definition for _, versions in sorted(self._versions.items()) for definition in versions.values()]

    def find(self, survey: str, version: str) -> SurveyDefinition | None:
        """As `get`, but on an unknown version first reads `surveys` to its present end. Blocks: call from a thread.

        Raises `NotCaughtUp` when the broker does not answer.
        """
        found = self.get(survey, version)
        if found is not None:
            return found
        asked = time.monotonic()
        with self._lock:
            # One look at the topic serves all who asked before it began: unknown names cannot be used as a load.
            if self._read_began < asked:
                began = time.monotonic()
                self.follower.read_to_end(READ_TO_END_S)
                self._read_began = began
        return self.get(survey, version)

    def _change(self, key: str, value: bytes | None) -> None:
        survey, _, version = key.partition("@")
        versions = dict(self._versions.get(survey, {}))
        if value is None:
            versions.pop(version, None)
        else:
            try:
                definition = SurveyDefinition.from_wire(value)
            except NewerMessage as error:
                logger().error("survey_of_newer_release", survey=key, error=str(error))
                return
            except ValidationError:
                logger().error("survey_unreadable", survey=key)
                return
            versions.pop(version, None)
            versions[version] = definition
        # Replaced as a whole: readers in other threads see the old or the new one, never half of it.
        if versions:
            self._versions[survey] = versions
        else:
            self._versions.pop(survey, None)
