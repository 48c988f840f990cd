"""One batch: from planned arrivals to one transaction. Runs in a thread; the store is the only I/O."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from schemas.tables.cells import Deltas, Page, applied, page_id, pages_of
from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import Run, Sums, due, gather, merge, runs, sequence
from services.aggregate.batch_sums import batch_sums
from services.aggregate.lineage import decide
from services.aggregate.overlay import Decision
from services.aggregate.page_cache import PageCache
from services.aggregate.recent import Recent
from services.aggregate.slots import WITHDRAWING, Arrival
from services.aggregate.store import Exists, Stale, Store, Transaction
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
        self._recent = Recent()

    def forget(self) -> None:
        """The partitions have changed hands: nothing remembered can be relied on."""
        self._cache.clear()

    def apply(
        self, before: Mapping[int, Watermark], after: Mapping[int, Watermark], arrivals: Sequence[Arrival]
    ) -> Written:
        """Writes a batch whole. `before` are the watermarks of all partitions that this worker has, `after` those of
        the plan, `arrivals` what is new. Raises as `Store.transact`."""
        new = self._taken_for_new(arrivals)
        while True:
            try:
                written = self._store.transact(partial(self._work, before, after, arrivals, new))
            except Stale:
                self._cache.clear()
                continue
            except Exists:
                new = frozenset()
                continue
            except BaseException:
                self._cache.clear()
                raise
            for shard, pages in written.pages.items():
                if shard[1] in before:
                    self._cache.remember(shard, pages)
                else:
                    self._cache.forget(shard)
            self._recent.add(written.decision.created)
            self._recent.add(arrival.instance for arrival in arrivals if arrival.instance is not None)
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
        ended = tx.ended(survey for survey in {arrival.survey for arrival in arrivals} if survey is not None)
        decision = decide(arrivals, tx, new, ended.keys())
        marks = {partition: with_moves(mark, decision.moves.get(partition, {})) for partition, mark in after.items()}
        tx.swap([(before[partition], marks[partition]) for partition in sorted(marks)])
        tx.write_slots(list(decision.created.values()), list(decision.changed.values()))
        deltas, sums = self._sum(decision)
        written = Written(marks, decision, received_ms=[arrival.at_ms for arrival in arrivals])
        self._write_pages(tx, deltas, written)
        first = min(marks)
        self._write_runs(tx, sums, decision.erased, sequence(first, marks[first].responses_next))
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
        return written

    def _sum(self, decision: Decision) -> tuple[dict[Shard, Deltas], dict[Shard, Sums]]:
        deltas: dict[Shard, Deltas] = {}
        sums: dict[Shard, Sums] = {}
        added: dict[Shard, list[Contribution]] = {}
        for survey, shard, contribution in decision.added:
            added.setdefault((survey, shard), []).append(contribution)
        for place, contributions in added.items():
            deltas[place], sums[place] = batch_sums(contributions)
        for survey, shard, text in decision.removed:
            opposite = -Contribution.decode(text)
            deltas.setdefault((survey, shard), Deltas()).add(opposite, retraction=True)
            gather(sums.setdefault((survey, shard), {}), opposite)
        if decision.removed:
            # What a batch adds and takes back leaves zeros.
            sums = {shard: kept for shard, found in sums.items() if (kept := merge((), found))}
        return deltas, {shard: found for shard, found in sums.items() if found}

    def _write_pages(self, tx: Transaction, deltas: Mapping[Shard, Deltas], written: Written) -> None:
        old: list[Page] = []
        new: list[Page] = []
        for shard in sorted(deltas):
            pages = self._known_pages(tx, shard)
            parts = pages_of(deltas[shard], pages)
            missing = [page_id(*shard, prefix) for prefix in parts if prefix in pages and pages[prefix] is None]
            if missing:
                pages.update({page.prefix: page for page in tx.pages(missing)})
            for prefix, part in parts.items():
                page = pages.pop(prefix, None)
                if page is not None:
                    old.append(page)
                after = applied(page or Page.empty(*shard), part)
                pages.update({page.prefix: page for page in after})
                new.extend(after)
            written.pages[shard] = pages
        tx.replace_pages(old, new)

    def _known_pages(self, tx: Transaction, shard: Shard) -> dict[str, Page | None]:
        """The pages of a shard by prefix; None for those that are not remembered."""
        known = self._cache.get(shard)
        return dict(known) if known is not None else {id_.rpartition("/")[2]: None for id_ in tx.page_ids(*shard)}

    def _write_runs(self, tx: Transaction, sums: Mapping[Shard, Sums], erased: set[Shard], name: str) -> None:
        before: list[str] = []
        after: list[Run] = []
        for shard in sorted(sums.keys() | erased):
            own, level, merging = sums.get(shard, {}), 0, []
            if shard in erased:
                heads = tx.run_heads(*shard)
                merging, level = [head.id for head in heads], max((head.level for head in heads), default=0)
            elif self._cache.count_run(shard):
                found = due(tx.run_heads(*shard))
                if found is not None:
                    merging, level = [head.id for head in found[0]], found[1]
            if merging:
                own = merge(tx.runs(merging), own)
                before += merging
            after += runs(*shard, name, level, own)
        tx.replace_runs(before, after)
