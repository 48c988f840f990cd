"""One batch: from planned arrivals to one transaction. Runs in a thread; the store is the only I/O."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from schemas.tables.cells import Deltas
from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import Sums, gather, merge, sequence
from services.aggregate.batch_sums import batch_sums
from services.aggregate.cell_writer import CellWriter, Pages, Shard
from services.aggregate.generation_memory import GenerationMemory
from services.aggregate.lineage import decide
from services.aggregate.overlay import Decision
from services.aggregate.recent import Recent
from services.aggregate.slots import WITHDRAWING, Arrival
from services.aggregate.store import Exists, Stale, Store, Transaction
from services.aggregate.taking_back import taken_back
from services.aggregate.watermark import Watermark, with_moves

T = TypeVar("T", bound="HasPages")


@dataclass
class HasPages:
    """What a transaction did: the pages as they are now."""

    pages: Pages = field(default_factory=dict)


@dataclass
class Written(HasPages):
    """Of a batch: also the watermarks after it, and the decision."""

    watermarks: dict[int, Watermark] = field(default_factory=dict)
    decision: Decision = field(default_factory=Decision)
    received_ms: list[int] = field(default_factory=list)
    """When the broker acknowledged each source record, epoch milliseconds."""


class BatchWriter:
    """Applies batches for one worker. `cells` remembers the pages of its own shards between batches."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.cells = CellWriter()
        self._generations = GenerationMemory()
        self._recent = Recent()

    def forget(self) -> None:
        """The partitions have changed hands: nothing remembered can be relied on."""
        self.cells.forget()

    def apply(
        self, before: Mapping[int, Watermark], after: Mapping[int, Watermark], arrivals: Sequence[Arrival]
    ) -> Written:
        """Writes a batch whole. `before` are the watermarks of all partitions that this worker has, `after` those of
        the plan, `arrivals` what is new. Raises as `Store.transact`, and `StaleTables`: contributions are to be made
        again."""
        new = self._taken_for_new(arrivals)
        while True:
            try:
                written = self.transact(before, partial(self._work, before, after, arrivals, new))
            except Exists:
                new = frozenset()
                continue
            self._recent.add(written.decision.created)
            self._recent.add(arrival.instance for arrival in arrivals if arrival.instance is not None)
            return written

    def transact(self, own: Mapping[int, object], work: Callable[[Transaction], T]) -> T:
        """A transaction that writes cells. `own` are the partitions of this worker, whose pages are remembered."""
        while True:
            try:
                written = self._store.transact(work)
            except Stale:
                self.cells.forget()
                continue
            except Exists:
                raise
            except BaseException:
                self.cells.forget()
                raise
            self.cells.remember(written.pages, own)
            return written

    def _taken_for_new(self, arrivals: Sequence[Arrival]) -> frozenset[str]:
        """Instances that nothing is likely to be known of. What others in the batch name is looked up."""
        named = {arrival.replaces for arrival in arrivals}
        named.update(arrival.instance for arrival in arrivals if arrival.kind in WITHDRAWING)
        return frozenset(
            arrival.instance
            for arrival in arrivals
            if arrival.instance is not None and arrival.instance not in self._recent and arrival.instance not in named
        )

    def _work(
        self,
        before: Mapping[int, Watermark],
        after: Mapping[int, Watermark],
        arrivals: Sequence[Arrival],
        new: frozenset[str],
        tx: Transaction,
    ) -> Written:
        surveys = {arrival.survey for arrival in arrivals if arrival.survey is not None}
        known = self._generations.read(tx, surveys, arrivals)
        decision = decide(arrivals, tx, new, tx.ended(surveys).keys())
        marks = {partition: with_moves(mark, decision.moves.get(partition, {})) for partition, mark in after.items()}
        elsewhere = {slot.partition for slot in decision.uncounted} - before.keys()
        tx.swap([(before[partition], marks[partition]) for partition in sorted(marks)], elsewhere)
        self.cells.note_visits(tx.visits(before.keys()))
        tx.write_slots(list(decision.created.values()), list(decision.changed.values()))
        deltas, sums = _sum(decision, taken_back(tx, decision.uncounted, known))
        first = min(marks)
        name = sequence(first, marks[first].responses_next)
        pages = self.cells.write(tx, deltas, sums, decision.erased, name)
        if decision.unrejected:
            tx.unreject(decision.unrejected)
        if decision.rejections:
            tx.reject(decision.rejections)
        if decision.quarantined:
            tx.quarantine(decision.quarantined)
        if decision.purged:
            tx.purge(decision.purged)
        if decision.erasures or decision.taken:
            tx.note_erasures(decision.erasures, decision.taken, round(time.time() * 1000))
        return Written(pages, marks, decision, [arrival.at_ms for arrival in arrivals])


def _sum(
    decision: Decision, removed: Sequence[tuple[Shard, Contribution]]
) -> tuple[dict[Shard, Deltas], dict[Shard, Sums]]:
    deltas: dict[Shard, Deltas] = {}
    sums: dict[Shard, Sums] = {}
    added: dict[Shard, list[Contribution]] = {}
    for survey, shard, contribution in decision.added:
        added.setdefault((survey, shard), []).append(contribution)
    for place, contributions in added.items():
        deltas[place], sums[place] = batch_sums(contributions)
    for place, contribution in removed:
        opposite = -contribution
        deltas.setdefault(place, Deltas()).add(opposite, retraction=True)
        gather(sums.setdefault(place, {}), opposite)
    if removed:
        # What a batch adds and takes back leaves zeros.
        sums = {shard: kept for shard, found in sums.items() if (kept := merge((), found))}
    return deltas, {shard: found for shard, found in sums.items() if found}
