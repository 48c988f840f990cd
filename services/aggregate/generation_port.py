"""The port to the database, continued: what is read and written of generations and their filling (see store.py)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from schemas.tables.generations import Generations
from services.aggregate.leaves import Leaf


class FillEnded(Exception):
    """The fill to which something was to be added is over, or was given up."""


class StaleTables(Exception):
    """A contribution was made for other generations than those that are stored. Read them and begin again."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A counted instance as a fill reads it."""

    instance: str
    partition: int
    offset: int
    version: str
    epoch: int
    response: bytes | None = field(default=None, repr=False)


class GenerationTransaction(Protocol):
    """Part of `Transaction`."""

    def epochs(self, surveys: Iterable[str]) -> Mapping[str, int]:
        """Of those surveys that have generations."""
        ...

    def generations(self, survey: str) -> Generations | None: ...

    def write_generations(self, generations: Generations) -> None:
        """Also says it to readers (live.tables)."""
        ...

    def has_cells(self, survey: str) -> bool:
        """Whether something was ever counted."""
        ...

    def leaves(self, ids: Collection[str]) -> list[Leaf]:
        """Those that exist."""
        ...

    def leaf_ids(self, survey: str, fill: int | None, limit: int) -> list[str]:
        """Some of a fill, or of all."""
        ...

    def replace_leaves(self, before: Collection[str], after: Collection[Leaf]) -> None:
        """Raises `Stale` if one of `after` that is not in `before` is there."""
        ...

    def begin_filling(self, survey: str, fill: int, partitions: Collection[int]) -> None: ...

    def note_filled(self, survey: str, fill: int, partition: int, number: int) -> None:
        """Counts slots that were filled. Raises `FillEnded`."""
        ...

    def end_filling(self, survey: str) -> None: ...


class GenerationStore(Protocol):
    """Part of `Store`."""

    def generations(self, survey: str | None = None) -> list[Generations]:
        """Of one survey or of all, as they are now. Raises `Unavailable`."""
        ...

    def filled(self, survey: str) -> Mapping[int, int]:
        """Slots that the fill that is under way has filled, by partition."""
        ...

    def counted(self, survey: str, partitions: Collection[int], at_a_time: int) -> Iterator[list[Counted]]:
        """Every counted slot whose source is in these partitions, in no order; one that is counted from before the call
        to its end is there, others may be. Raises `Unavailable`."""
        ...
