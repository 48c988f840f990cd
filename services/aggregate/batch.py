"""One batch: from planned arrivals to one transaction. Runs in a thread; the store is the only I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.aggregate.cells import Deltas, Page, applied, page_id, pages_of
from services.aggregate.contribution import Contribution
from services.aggregate.lineage import decide
from services.aggregate.overlay import Decision
from services.aggregate.page_cache import PageCache
from services.aggregate.psu_runs import Sums, due, gather, merge, runs, sequence
from services.aggregate.slots import Arrival
from services.aggregate.store import Stale, Store, Transaction
from services.aggregate.watermark import Watermark, with_moves

Shard = tuple[str, int]
"""Survey and source partition."""


@dataclass
class Written:
    """What a transaction did: the watermarks after it, the decision, and the pages as they are now."""

    watermarks: dict[int, Watermark] = field(default_factory=dict)
    decision: Decision = field(default_factory=Decision)
    pages: dict[Shard, dict[str, Page | None]] = field(default_factory=dict)
    received_ms: list[int] = field(default_factory=list)
    """When the broker acknowledged each source record, epoch milliseconds."""


class BatchWriter:
    """Applies batches for one worker. `cache` remembers the pages of its own shards between batches."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache = PageCache()

    def forget(self) -> None:
        """The partitions have changed hands: nothing remembered can be relied on."""
        self._cache.clear()

    def apply(
        self, before: Mapping[int, Watermark], after: Mapping[int, Watermark], arrivals: Sequence[Arrival]
    ) -> Written:
        """Writes a batch whole. `before` are the watermarks of all partitions that this worker has, `after` those of
        the plan, `arrivals` what is new. Raises as `Store.transact`."""
        while True:
            try:
                written = self._store.transact(lambda tx: self._work(tx, before, after, arrivals))
            except Stale:
                self._cache.clear()
                continue
            except BaseException:
                self._cache.clear()
                raise
            for shard, pages in written.pages.items():
                if shard[1] in before:
                    self._cache.remember(shard, pages)
                else:
                    self._cache.forget(shard)
            return written

    def _work(
        self,
        tx: Transaction,
        before: Mapping[int, Watermark],
        after: Mapping[int, Watermark],
        arrivals: Sequence[Arrival],
    ) -> Written:
        decision = decide(arrivals, tx)
        marks = {partition: with_moves(mark, decision.moves.get(partition, {})) for partition, mark in after.items()}
        for partition in sorted(marks):
            tx.swap(before[partition], marks[partition])
        tx.write_slots(list(decision.created.values()), list(decision.changed.values()))
        deltas, sums = self._sum(decision)
        written = Written(marks, decision, received_ms=[arrival.at_ms for arrival in arrivals])
        for shard in sorted(deltas):
            written.pages[shard] = self._write_pages(tx, shard, deltas[shard])
        first = min(marks)
        name = sequence(first, marks[first].responses_next)
        for shard in sorted(sums.keys() | decision.erased):
            self._write_runs(tx, shard, sums.get(shard, {}), name, shard in decision.erased)
        if decision.rejections:
            tx.reject(decision.rejections)
        if decision.quarantined:
            tx.quarantine(decision.quarantined)
        if decision.purged:
            tx.purge(decision.purged)
        return written

    def _sum(self, decision: Decision) -> tuple[dict[Shard, Deltas], dict[Shard, Sums]]:
        deltas: dict[Shard, Deltas] = {}
        sums: dict[Shard, Sums] = {}
        for survey, shard, contribution in decision.added:
            deltas.setdefault((survey, shard), Deltas()).add(contribution)
            gather(sums.setdefault((survey, shard), {}), contribution)
        for survey, shard, text in decision.removed:
            opposite = -Contribution.decode(text)
            deltas.setdefault((survey, shard), Deltas()).add(opposite, retraction=True)
            gather(sums.setdefault((survey, shard), {}), opposite)
        if decision.removed:
            # What a batch adds and takes back leaves zeros.
            sums = {shard: kept for shard, found in sums.items() if (kept := merge((), found))}
        return deltas, {shard: found for shard, found in sums.items() if found}

    def _write_pages(self, tx: Transaction, shard: Shard, deltas: Deltas) -> dict[str, Page | None]:
        """Returns the pages of the shard after it, by prefix; None for those that were not looked at."""
        survey, partition = shard
        known = self._cache.get(shard)
        if known is None:
            known = {id_.rpartition("/")[2]: None for id_ in tx.page_ids(survey, partition)}
        pages = dict(known)
        parts = pages_of(deltas, pages)
        missing = [page_id(survey, partition, prefix) for prefix in parts if prefix in pages and not pages[prefix]]
        if missing:
            pages.update({page.prefix: page for page in tx.pages(missing)})
        old, new = [], []
        for prefix, part in parts.items():
            page = pages.pop(prefix, None)
            if page is not None:
                old.append(page)
            new.extend(applied(page or Page.empty(survey, partition), part))
        tx.replace_pages(old, new)
        pages.update({page.prefix: page for page in new})
        return pages

    def _write_runs(self, tx: Transaction, shard: Shard, sums: Sums, name: str, erase: bool) -> None:
        survey, partition = shard
        level, before = 0, []
        if erase:
            heads = tx.run_heads(survey, partition)
            before = [head.id for head in heads]
            level = max((head.level for head in heads), default=0)
        elif self._cache.count_run(shard):
            merging = due(tx.run_heads(survey, partition))
            if merging is not None:
                before, level = [head.id for head in merging[0]], merging[1]
        if before:
            sums = merge(tx.runs(before), sums)
        tx.replace_runs(before, runs(survey, partition, name, level, sums))
