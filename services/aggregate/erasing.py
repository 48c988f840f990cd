"""Erasures: what was asked for, whom it concerns, and when it is done. Pure.

The instance that an erasure names is withdrawn in the transaction that applies it (services.aggregate.withdrawing).
A respondent's interviews must be looked for, by the pseudonyms in their slots: services.aggregate.finding says how,
and why none escapes.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from schemas.erasure import ErasureKind

Source = tuple[int, int]
"""Partition and offset in `submissions`."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken back: interviews that were counted, versions of them of which something was kept, and sealed
    payloads that waited in the quarantine."""

    interviews: int = 0
    versions: int = 0
    payloads: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(self.interviews + other.interviews, self.versions + other.versions, self.payloads + other.payloads)


@dataclass(frozen=True)
class Erasure:
    """What the ledger keeps of an erasure. `source` is its record, `asked_ms` when the broker acknowledged that.

    Of a respondent also, until the survey ends: `pseudonyms`, because a payload in the quarantine that only a key or a
    mended form can open may turn out to be theirs; and `before`, by partition the end of `submissions` at the moment
    of erasure, because what the same person sends later counts. `done_ms` is None while it waits.
    """

    source: Source
    survey: str
    kind: ErasureKind
    asked_ms: int
    pseudonyms: frozenset[str] = field(default=frozenset(), repr=False)
    before: Mapping[int, int] = field(default_factory=dict)
    taken: Taken = Taken()
    done_ms: int | None = None

    def names(self, subjects: Collection[str]) -> bool:
        return not self.pseudonyms.isdisjoint(subjects)

    def covers(self, record: Source) -> bool:
        """Whether a record was accepted before the erasure."""
        partition, offset = record
        return offset < self.before.get(partition, 0)

    def concerns(self, survey: str, subjects: Collection[str], record: Source) -> bool:
        return survey == self.survey and self.names(subjects) and self.covers(record)

    def reached(self, submissions_next: Mapping[int, int]) -> bool:
        """Whether everything that was accepted before it is accounted for, by these watermarks of all partitions."""
        return all(submissions_next.get(partition, 0) >= offset for partition, offset in self.before.items())


def concerning(erasures: Iterable[Erasure], survey: str, subjects: Collection[str], record: Source) -> Erasure | None:
    """The first of the erasures that takes a record of these subjects away."""
    return next((one for one in erasures if one.concerns(survey, subjects, record)), None)
