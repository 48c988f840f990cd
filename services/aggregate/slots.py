"""The ledger's slot of one instance, and what a record of `responses` says about it, as lineage sees both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.events import Reason
from schemas.tables.contribution import Contribution


class State(StrEnum):
    """What an instance is. The first three hold its id: other content under the same id is a conflict."""

    COUNTED = "counted"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """A marker: nothing else is kept, and whatever comes later under this id, or replaces it, is withdrawn as well."""
    REJECTED = "rejected"
    HELD = "held"
    AWAITED = "awaited"
    """Not here yet: something that names it arrived first."""


HOLDING = frozenset({State.COUNTED, State.SUPERSEDED, State.REFUSED})
PASSED_OVER = frozenset({State.REJECTED, State.HELD})
"""Not accepted: an edit of such an instance is an edit of what that one wanted to replace."""


@dataclass(frozen=True, slots=True)
class Slot:
    """`partition` and `offset` are the source of the record that holds the id; its contribution stands in the shard
    of this partition. `replaces` is what it named (also if it was rejected); `replaced_by` the accepted edit of it.
    `applied` is `Contribution.encode()` of what was added, and only there while it is counted."""

    instance: str
    survey: str
    state: State
    partition: int = -1
    offset: int = -1
    version: str = ""
    fingerprint: str = ""
    replaces: str | None = None
    replaced_by: str | None = None
    applied: bytes | None = None
    response: bytes | None = field(default=None, repr=False)
    """The record of `responses` as it was, from which a new table can be filled; only there while it is counted.
    Written and never read by the worker: a slot that was read does not hold it."""


class Kind(StrEnum):
    RESPONSE = "response"
    REFUSAL = "refusal"
    REJECTION = "rejection"
    HELD = "held"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One outcome of validate. `instance` is None for a record that could not be opened. `contribution` and `record`
    belong to a response; `reasons`, `sealed` and `key_id` to a rejection or a held one."""

    kind: Kind
    partition: int
    offset: int
    at_ms: int
    survey: str | None = None
    version: str | None = None
    instance: str | None = None
    replaces: str | None = None
    fingerprint: str = ""
    contribution: Contribution | None = None
    record: bytes | None = None
    reasons: tuple[Reason, ...] = ()
    sealed: str | None = None
    key_id: str | None = None
    replay_of: tuple[int, int] | None = None
    """Source partition and offset of the quarantined record that this one stands for."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A sealed payload that is kept until it can be judged, or its survey ends. `sealed` is base64; empty where it was
    not read, or was too large to be kept."""

    partition: int
    offset: int
    kind: Kind
    survey: str | None
    version: str | None
    instance: str | None
    replaces: str | None
    key_id: str | None
    sealed: str


@dataclass(frozen=True, slots=True)
class RejectionEntry:
    """What staff see of a rejected submission (live.rejections). `source` is partition and offset; no answers."""

    partition: int
    offset: int
    at_ms: int
    survey: str | None
    version: str | None
    reasons: tuple[Mapping[str, object], ...]
