"""The ledger's slot of one instance, and what a record of `responses` says about it, as lineage sees both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.events import Reason
from schemas.tables.contribution import Contribution
from services.aggregate.erasing import Erasure, Source


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
    `applied` is `Contribution.encode()` of what was added, and only there while it is counted. `subjects` are the
    pseudonyms of the respondents that its answers name; `origin` is the first source of a record that was replayed.
    A marker names the record that made it, and as `taken`, if a contribution was taken back for it, the source of
    the first version that was counted: whoever counts respondents that moved since a release wants both."""

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
    subjects: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    """Edits of it, or what it is an edit of, where one of both was rejected here: they are one interview all the same,
    and whoever withdraws it finds them."""
    origin: Source | None = None
    taken: Source | None = None
    epoch: int = 0
    """Of the survey's generations, for which `applied` was made (schemas.tables.generations)."""


class Kind(StrEnum):
    RESPONSE = "response"
    REFUSAL = "refusal"
    REJECTION = "rejection"
    HELD = "held"
    WITHDRAWAL = "withdrawal"
    ERASURE = "erasure"
    """Of a respondent: what is to be withdrawn must be looked for."""
    FOUND = "found"
    """No record: an instance that was found to be an erased respondent's. Partition and offset are of the erasure."""
    AGAIN = "again"
    """No record: an erasure that a restored database lacks. Partition and offset are where its record was."""
    LOST = "lost"
    """Gone before it was judged; nothing is known of it."""


NO_RECORDS = frozenset({Kind.FOUND, Kind.AGAIN})
WITHDRAWING = frozenset({Kind.WITHDRAWAL, *NO_RECORDS})
"""Whose instance is probably there."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One outcome of validate. `instance` is None for a record that could not be opened. `contribution` and `record`
    belong to a response; `reasons`, `sealed` and `key_id` to a rejection or a held one; `erasure` to an erasure."""

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
    origin: Source | None = None
    """The first of the records that were replayed one after the other; an offset of -1 where that is not known."""
    subjects: tuple[str, ...] = ()
    erasure: Erasure | None = None

    @property
    def source(self) -> Source:
        return self.partition, self.offset


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
    subjects: tuple[str, ...] = ()
    origin: Source | None = None


@dataclass(frozen=True, slots=True)
class RejectionEntry:
    """What staff see of a rejected submission (live.rejections). `source` is partition and offset; no answers."""

    partition: int
    offset: int
    at_ms: int
    survey: str | None
    version: str | None
    reasons: tuple[Mapping[str, object], ...]
