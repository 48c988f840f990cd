"""Outcomes as validate writes them, as many as wanted: the simulator's interviews, which repeat under new ids."""

import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import orjson

from bench.verdict import judge, letters
from schemas.events import BodyFormat, Response, read_outcome
from schemas.survey.definition import SurveyDefinition

INTERVIEWS = 2_000
"""Different ones: enough that cells and PSUs are touched as in fieldwork."""
DUPLICATES = 0.1
RETRIED_AFTER = 2_000
"""A phone sends again within so many submissions of others."""

Outcome = tuple[int, int, bytes]
"""Partition, offset and value."""


def interviews(survey: SurveyDefinition, number: int = INTERVIEWS) -> list[Response]:
    """Accepted ones of so many; a few refuse."""
    with tempfile.TemporaryDirectory() as folder:
        verdicts, sealer = judge(survey, Path(folder))
        outcomes = [read_outcome(verdicts(letter).wire) for letter in letters(sealer, BodyFormat.JSON, number)]
    return [outcome for outcome in outcomes if isinstance(outcome, Response)]


class OutcomeSource:
    """Endless outcomes of a topic `submissions` with this id, over `partitions`; one in ten is a duplicate.
    `counted` is how many different instances there were so far, `offsets` the next of each partition."""

    def __init__(self, survey: SurveyDefinition, topic_id: str, partitions: int) -> None:
        self._random = Random(1)
        self._found: list[dict[str, Any]] = [orjson.loads(one.to_wire()) for one in interviews(survey)]
        self._topic_id = topic_id
        self._recent: list[tuple[int, dict[str, Any], str, int]] = []
        self.offsets = [0] * partitions
        self.counted = 0

    def take(self, number: int) -> Iterator[Outcome]:
        for _ in range(number):
            partition, outcome, instance, record_key = self._next()
            offset = self.offsets[partition]
            self.offsets[partition] += 1
            source = {
                "topic_id": self._topic_id,
                "partition": partition,
                "offset": offset,
                "at_ms": round(time.time() * 1000),
            }
            changed = {"instance": instance, "record_key": record_key, "source": source}
            yield partition, offset, orjson.dumps({**outcome, **changed})

    def _next(self) -> tuple[int, dict[str, Any], str, int]:
        if self._recent and self._random.random() < DUPLICATES:
            return self._random.choice(self._recent)
        partition = self._random.randrange(len(self.offsets))
        new = (partition, self._random.choice(self._found), secrets.token_urlsafe(16), self._random.randrange(256))
        self.counted += 1
        if len(self._recent) < RETRIED_AFTER:
            self._recent.append(new)
        else:
            self._recent[self.counted % RETRIED_AFTER] = new
        return new
