"""The port to the database: what a batch may read and write inside one transaction.

Two adapters: memory_store (tests, trying things out) and mongo_store. One contract suite runs on both
(tests/contract/test_store_contract.py).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from schemas.tables.cells import Page
from schemas.tables.layout import Layout
from schemas.tables.psu_runs import Run, RunHead
from services.aggregate.slots import Kind, Quarantined, RejectionEntry, Slot
from services.aggregate.watermark import Watermark

T = TypeVar("T")


class Unavailable(Exception):
    """The database does not answer, or asks to try again. Nothing was written; recoverable."""


class Transaction(Protocol):
    """One transaction: all of it or nothing, on the state as it was when it began. If another transaction wrote what
    this one writes, it is tried again from the start, or fails in `Store.transact`."""

    def swap(self, watermarks: Sequence[tuple[Watermark, Watermark]]) -> None:
        """Compare and set, before and after, on both topic ids, both offsets and the owner. The first write of a
        transaction.

        Raises `Fenced` if a stored watermark is not the one before or is owned by another worker.
        """
        ...

    def slots(self, instances: Iterable[str]) -> Mapping[str, Slot]: ...

    def quarantined(self, instances: Iterable[str]) -> Iterable[Quarantined]: ...

    def quarantined_at(self, sources: Iterable[tuple[int, int]]) -> Iterable[Quarantined]:
        """By source partition and offset."""
        ...

    def write_slots(self, created: Collection[Slot], changed: Collection[Slot]) -> None:
        """`created` are new ids. A changed slot keeps the stored response if it stays counted.

        Raises `Exists` if one of `created` is there.
        """
        ...

    def page_ids(self, survey: str, shard: int) -> list[str]: ...

    def pages(self, ids: Collection[str]) -> list[Page]: ...

    def replace_pages(self, before: Collection[Page], after: Collection[Page]) -> None:
        """Puts the pages `after` in the place of `before`, which were read here or in a transaction before.

        Raises `Stale` if one of them has another revision by now.
        """
        ...

    def run_heads(self, survey: str, shard: int) -> list[RunHead]: ...

    def runs(self, ids: Collection[str]) -> list[str]:
        """The sums of these documents."""
        ...

    def replace_runs(self, before: Collection[str], after: Collection[Run]) -> None: ...

    def reject(self, entries: Sequence[RejectionEntry]) -> None: ...

    def quarantine(self, entries: Sequence[Quarantined]) -> None: ...

    def purge(self, sources: Collection[tuple[int, int]]) -> None:
        """Deletes quarantined payloads by source partition and offset."""
        ...

    def unreject(self, sources: Collection[tuple[int, int]]) -> None:
        """Takes rejections off the list that staff see: another record stands for them now."""
        ...


class Stale(Exception):
    """A page that was remembered is no longer the stored one. Forget what is remembered and begin again."""


class Exists(Exception):
    """A slot that was taken for new is there. Look it up and begin again."""


class Store(Protocol):
    def acquire(self, partitions: Collection[int]) -> dict[int, Watermark]:
        """Makes this worker the owner of partitions: ends the session that the owner before may have left open, and
        returns the watermarks. Partitions without a watermark are missing from the answer. Raises `Unavailable`, also
        when another worker takes one of them over at the same moment (call again)."""
        ...

    def watermarks(self) -> list[Watermark]: ...

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in a transaction and commits; its effect is durable on return. Blocks.

        `work` is run again when the database asks for it, so it must not keep anything from a run that did not end
        well. When it is not known whether a commit took place, the watermarks tell: they are read again, and if they
        are those that `work` wrote, it did.

        Raises `Fenced`; `Unavailable` when the database is away (call again); what `work` raises.
        """
        ...

    def declare(self, layouts: Collection[Layout]) -> None:
        """Describes tables for readers (live.tables). Idempotent. Raises `Unavailable`."""
        ...

    def quarantine(self, kinds: Collection[Kind], survey: str | None) -> Iterator[Quarantined]:
        """What waits now, with its sealed payload, of a survey or of all, in the order of its sources. For whoever
        writes the payloads to `submissions` again: what comes in while it is read is not part of it."""
        ...

    def live_pages(self, survey: str) -> list[Page]:
        """All cells of a survey, for estimates and checks; a snapshot."""
        ...

    def live_runs(self, survey: str) -> list[str]:
        """All PSU sums of a survey."""
        ...

    def close(self) -> None: ...
