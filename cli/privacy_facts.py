"""What a record of processing says, as data. No answer, no id of a person: names of fields, numbers, times."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cli.holdings import Held
from cli.key_table import KeyRow
from schemas.survey.definition import SurveyDefinition
from services.aggregate.retention import Closing, Ended


@dataclass(frozen=True)
class TopicFacts:
    """`retention_ms` is None for a topic that keeps the newest record of each key for ever. A segment is deleted whole,
    so that a record can lie `segment_ms` longer than the retention. Times are epoch milliseconds, None without records.
    """

    name: str
    records: int
    oldest_ms: int | None
    newest_ms: int | None
    retention_ms: int | None
    segment_ms: int


@dataclass(frozen=True)
class FieldFacts:
    """A field of which something leaves the validator. `part` as in services.release.risk.roles."""

    name: str
    privacy: str
    leaves: str
    part: str
    special: bool


@dataclass(frozen=True)
class Events:
    """How many there were, and when the last."""

    number: int = 0
    last_ms: int | None = None


@dataclass(frozen=True)
class SurveyFacts:
    """`definition` is the version published last. `oldest_ms` and `newest_ms` are of the counted submissions."""

    definition: SurveyDefinition
    fields: Sequence[FieldFacts]
    closing: Closing | None
    ended: Ended | None
    held: Held
    oldest_ms: int | None
    newest_ms: int | None
    erasures: Events
    releases: Events

    @property
    def dropped(self) -> int:
        """Fields of which nothing leaves."""
        return len(self.definition.fields) - len(self.fields)


@dataclass(frozen=True)
class Facts:
    """`analysts` is None where they cannot be listed. `nameless` is what is quarantined and could not be opened, so
    that nobody knows of which survey it is."""

    at_ms: int
    surveys: Sequence[SurveyFacts]
    topics: Sequence[TopicFacts]
    keys: Sequence[KeyRow] = field(default_factory=list)
    analysts: Sequence[str] | None = None
    nameless: int = 0
