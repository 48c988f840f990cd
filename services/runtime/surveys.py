"""The published surveys, as followed from the topic `surveys`."""

import threading
import time

from pydantic import ValidationError

from schemas.message import NewerMessage
from schemas.survey.attached import is_data
from schemas.survey.closing import CLOSED, SurveyClosing
from schemas.survey.definition import SurveyDefinition
from schemas.survey.rebuilding import REBUILD, SurveyRebuild
from schemas.topics import SURVEYS
from services.runtime.follower import Follower
from services.runtime.logs import logger
from services.runtime.media_records import MediaRecords
from services.runtime.settings import KafkaSettings

READ_TO_END_S = 10.0
"""Longest wait for the end of `surveys`: longer than a broker's leader takes to move."""


class SurveyCatalogue:
    """Every published version. `latest` is the one that was first published last: a revision of an older version does
    not make it the newest."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._versions: dict[str, dict[str, SurveyDefinition]] = {}
        self.closed: dict[str, int] = {}
        """Survey -> when it was closed, epoch milliseconds."""
        self.rebuilds: dict[str, tuple[int, tuple[str, ...]]] = {}
        """Survey -> the newest request to make tables anew: when, and which (all, if none is named)."""
        self._media = MediaRecords(settings)
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

    def versions(self, survey: str) -> list[SurveyDefinition]:
        """In the order in which they were first published."""
        return list(self._versions.get(survey, {}).values())

    def names(self) -> list[str]:
        """Of all surveys."""
        return sorted(self._versions)

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

    def media(self, sha256: str) -> bytes | None:
        """The content of a file of a survey; None if it is not on the topic. Read from the broker each time, since a
        service needs few of them, and those once. Blocks: call from a thread. Raises `NotCaughtUp`."""
        return self._media.read(sha256)

    def data_files(self, definition: SurveyDefinition) -> dict[str, bytes]:
        """The files that rules of a survey may read (CSV, XML, GeoJSON), by name. As `media`."""
        contents = {media.name: self.media(media.sha256) for media in definition.media if is_data(media.name)}
        return {name: content for name, content in contents.items() if content is not None}

    def _change(self, key: str, value: bytes | None) -> None:
        survey, at, version = key.partition("@")
        if not at:
            self._media.stands_at(key, None if value is None else self.follower.offset)
            return
        if version == CLOSED:
            self._close(key, survey, value)
            return
        if version == REBUILD:
            self._rebuild(key, survey, value)
            return
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
            held = versions.get(version)
            if held is not None and held.revision > definition.revision:
                # After a lost broker the topic is read from its beginning: nobody judges by older rules meanwhile.
                definition = held
            versions[version] = definition
            # Compaction puts a revised version behind those published after it.
            versions = dict(sorted(versions.items(), key=lambda item: item[1].edition))
        # Replaced as a whole: readers in other threads see the old or the new one, never half of it.
        if versions:
            self._versions[survey] = versions
        else:
            self._versions.pop(survey, None)

    def _close(self, key: str, survey: str, value: bytes | None) -> None:
        if value is None:
            self.closed.pop(survey, None)
            return
        try:
            self.closed[survey] = SurveyClosing.from_wire(value).closed_ms
        except (NewerMessage, ValidationError) as error:
            # Closed all the same: to take more in would be the worse mistake.
            logger().error("closing_unreadable", survey=key, error=type(error).__name__)
            self.closed.setdefault(survey, 0)

    def _rebuild(self, key: str, survey: str, value: bytes | None) -> None:
        if value is None:
            self.rebuilds.pop(survey, None)
            return
        try:
            asked = SurveyRebuild.from_wire(value)
        except (NewerMessage, ValidationError) as error:
            logger().error("rebuild_unreadable", survey=key, error=type(error).__name__)
            return
        self.rebuilds[survey] = asked.asked_ms, tuple(asked.tables)
