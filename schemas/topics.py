"""The one table of topics: `rihla up` and production make their topics from it, and services take their names from it.

Both data topics are append-only logs whose offsets must be contiguous: no compaction and no transactional producer,
because a hole in the offsets is how Rihla recognises a lost record (design, section 4, rules 2 and 3).
"""

from dataclasses import dataclass, field
from enum import StrEnum

SURVEYS = "surveys"
COLLECTORS = "collectors"
SUBMISSIONS = "submissions"
RESPONSES = "responses"
ERASURES = "erasures"

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Largest record value. ODK forms with long repeats stay under 1 MB; attached media of a survey reach 8 MB."""


class Scope(StrEnum):
    """Whether a topic is split by instance (`data`) or read whole by everyone (`shared`)."""

    DATA = "data"
    SHARED = "shared"


@dataclass(frozen=True)
class Topic:
    """A topic as it must be in the cluster. `config` holds Kafka's own names and text values."""

    name: str
    scope: Scope
    config: dict[str, str] = field(default_factory=dict)


_DATA_CONFIG = {
    "cleanup.policy": "delete",
    "retention.ms": str(7 * DAY_MS),
    # Retention works on closed segments: with Kafka's default of a week to a segment, "7 days" would be 14.
    "segment.ms": str(HOUR_MS),
    # The broker's clock: phones' clocks are wrong, and the age of a record is counted from its acknowledgement.
    "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
}
_SHARED_CONFIG = {
    "cleanup.policy": "compact",
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
}

TOPICS: tuple[Topic, ...] = (
    Topic(SURVEYS, Scope.SHARED, _SHARED_CONFIG),
    Topic(COLLECTORS, Scope.SHARED, _SHARED_CONFIG),
    Topic(SUBMISSIONS, Scope.DATA, _DATA_CONFIG),
    Topic(RESPONSES, Scope.DATA, _DATA_CONFIG),
    Topic(ERASURES, Scope.SHARED, _SHARED_CONFIG),
)
