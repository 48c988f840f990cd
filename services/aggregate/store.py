"""The port to the database: what a batch may read and write inside one transaction.

Two adapters: memory_store (tests, trying things out) and mongo_store. One contract suite runs on both
(tests/contract/test_store_contract.py).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from schemas.tables.cells import Page
from schemas.tables.layout import Layout
from schemas.tables.psu_runs import Run, RunHead
from services.aggregate.erasing import Erasure, Source, Taken
from services.aggregate.erasure_log import ErasureLog
from services.aggregate.generation_port import GenerationStore, GenerationTransaction
from services.aggregate.retention import Ended
from services.aggregate.slots import Kind, Quarantined, RejectionEntry, Slot
from services.aggregate.watermark import Watermark

T = TypeVar("T")


class Unavailable(Exception):
    """The database does not answer, or asks to try again. Nothing was written; recoverable."""


class Contended(Unavailable):
    """Other transactions wrote what this one was about to write, each time it was tried. A shorter one may pass."""


class Transaction(GenerationTransaction, Protocol):
    """One transaction: all of it or nothing, on the state as it was when it began. If another transaction wrote what
    this one writes, it is tried again from the start, or fails in `Store.transact`."""

    def swap(self, watermarks: Sequence[tuple[Watermark, Watermark]], visited: Collection[int] = ()) -> None:
        """Compare and set, before and after, on both topic ids, both offsets and the owner. The first write of a
        transaction. `visited` are partitions of other workers whose cells this transaction is about to write: their
        watermarks are written too, without a change of what they say, so that two who want the same cells meet here,
        before the work, and not after it. Whoever meets another here waits for it.

        Raises `Fenced` if a stored watermark is not the one before or is owned by another worker.
        """
        ...

    def visits(self, partitions: Collection[int]) -> Mapping[int, int]:
        """How often others visited these partitions, `Store.fence` included, by partition. It never decreases."""
        ...

    def slots(self, instances: Iterable[str]) -> Mapping[str, Slot]: ...

    def quarantined(self, instances: Iterable[str]) -> Iterable[Quarantined]: ...

    def quarantined_at(self, sources: Iterable[tuple[int, int]]) -> Iterable[Quarantined]:
        """By source partition and offset."""
        ...

    def erasures(self, survey: str, pseudonyms: Collection[str]) -> Iterable[Erasure]:
        """Of respondents that one of these pseudonyms names."""
        ...

    def note_erasures(self, asked: Sequence[Erasure], taken: Mapping[Source, Taken], now_ms: int) -> None:
        """Adds to the log of erasures what it does not hold yet, and to its counts what was taken back. Erasures of
        instances are done with it, those of respondents wait."""
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

    def runs(self, ids: Collection[str]) -> Mapping[str, str]:
        """The sums of these documents by their ids."""
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

    # -- the end of a survey (services.aggregate.sweep) --------------------------------------------------------

    def ended(self, surveys: Iterable[str]) -> Mapping[str, Ended]:
        """Those of the surveys that ended."""
        ...

    def write_ended(self, ended: Ended) -> None: ...

    def drop_slots(self, instances: Collection[str]) -> None: ...

    def quarantined_of(self, survey: str, limit: int) -> list[Quarantined]:
        """Some of what is quarantined of a survey, without payloads."""
        ...

    def rejections_of(self, survey: str, limit: int) -> list[tuple[int, int]]:
        """Source partition and offset of some of its listed rejections."""
        ...

    def forget_erased(self, survey: str, limit: int, now_ms: int) -> int:
        """Takes from some erasures in the log what tells a respondent: pseudonyms, and how far the topic reached. One
        that waits is done with it. Returns of how many; none is left where it is 0."""
        ...


class Stale(Exception):
    """A page that was remembered is no longer the stored one. Forget what is remembered and begin again."""


class Exists(Exception):
    """A slot that was taken for new is there. Look it up and begin again."""


class Store(GenerationStore, Protocol):
    @property
    def erasure_log(self) -> ErasureLog: ...

    def acquire(self, partitions: Collection[int]) -> dict[int, Watermark]:
        """Makes this worker the owner of partitions: ends the session that the owner before may have left open, and
        returns the watermarks. Partitions without a watermark are missing from the answer. Raises `Unavailable`, also
        when another worker takes one of them over at the same moment (call again)."""
        ...

    def watermarks(self) -> list[Watermark]:
        """For tools: raises whatever the database raises."""
        ...

    def marks(self) -> list[Watermark]:
        """The same for a service, which waits: raises `Unavailable`."""
        ...

    def instances(self, survey: str, at_a_time: int) -> Iterator[list[str]]:
        """Every instance of a survey that is there from before the call to its end, in no order, but those of which
        nothing is left but that they were withdrawn. Raises `Unavailable`; then the look begins anew."""
        ...

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in a transaction and commits; its effect is durable on return. Blocks.

        `work` is run again when the database asks for it, so it must not keep anything from a run that did not end
        well. When it is not known whether a commit took place, the watermarks tell: they are read again, and if they
        are those that `work` wrote, it did.

        Raises `Fenced`; `Unavailable` when the database is away (call again), `Contended` among them; what
        `work` raises.
        """
        ...

    def fence(self) -> None:
        """Writes to every watermark, without a change of what it says. A batch that is under way either commits before
        or begins again, and then sees what was committed before this call. Blocks. Raises `Unavailable`."""
        ...

    def ended(self) -> list[Ended]:
        """Every survey that ended, by name. Raises `Unavailable`."""
        ...

    def declare(self, layouts: Collection[Layout]) -> None:
        """Describes tables for readers (live.tables). Idempotent. Raises `Unavailable`."""
        ...

    def quarantine(self, kinds: Collection[Kind], survey: str | None) -> Iterator[Quarantined]:
        """What waits now, with its sealed payload, of a survey or of all, in the order of its sources. For whoever
        writes the payloads to `submissions` again: what comes in while it is read is not part of it."""
        ...

    def live_pages(self, survey: str) -> list[Page]:
        """The cells of a survey that are figures, for estimates and checks (schemas.tables.shown_cells); a snapshot."""
        ...

    def live_runs(self, survey: str) -> list[str]:
        """The PSU sums of a survey that are figures."""
        ...

    def close(self) -> None: ...
