"""Writes what is added to cells and PSU sums: pages are replaced, runs inserted and merged (docs/adr/0012)."""

import secrets
from collections.abc import Collection, Mapping

from schemas.tables import exact_json
from schemas.tables.cells import Deltas, Page, applied, page_id, pages_of
from schemas.tables.psu_runs import Run, Sums, due, merge, rewritten, runs
from services.aggregate.page_cache import PageCache
from services.aggregate.store import Transaction

Shard = tuple[str, int]
"""Survey and source partition."""
Pages = dict[Shard, dict[str, Page | None]]
"""The pages of shards by prefix; None for one that is there and not known."""


class CellWriter:
    """Of one worker. Remembers the pages of its own shards."""

    def __init__(self) -> None:
        self._cache = PageCache()
        self._visits: dict[int, int] = {}

    def note_visits(self, visits: Mapping[int, int]) -> None:
        """Forgets the pages of partitions in which others have written since."""
        self._cache.forget_partitions({of for of, number in visits.items() if self._visits.get(of, number) != number})
        self._visits.update(visits)

    def forget(self) -> None:
        self._cache.clear()

    def remember(self, written: Pages, own: Mapping[int, object]) -> None:
        for shard, pages in written.items():
            if shard[1] in own:
                self._cache.remember(shard, pages)
            else:
                self._cache.forget(shard)

    def write(
        self,
        tx: Transaction,
        deltas: Mapping[Shard, Deltas],
        sums: Mapping[Shard, Sums],
        erased: Collection[Shard],
        name: str,
    ) -> Pages:
        """`erased` are shards in which no run may keep what is taken back; `name` begins that of the runs. Returns the
        pages after it."""
        pages = self._write_pages(tx, deltas)
        self._write_runs(tx, sums, erased, name)
        return pages

    def without(self, tx: Transaction, shard: Shard, ids: Collection[str], most: int) -> tuple[Pages, int]:
        """Takes cells out of some pages of a shard: those of tables under these ids. Returns the pages after it, and of
        how many; 0 when none is left."""
        pages = self._known_pages(tx, shard)
        missing = [page_id(*shard, prefix) for prefix, page in pages.items() if page is None]
        for page in tx.pages(missing):
            pages[page.prefix] = page
        old = [page for page in pages.values() if page is not None and not page.tables.keys().isdisjoint(ids)][:most]
        new = [page.without(ids) for page in old]
        pages.update({page.prefix: page for page in new})
        tx.replace_pages(old, new)
        return {shard: pages}, len(old)

    def without_in_runs(self, tx: Transaction, shard: Shard, ids: Collection[str], most: int) -> int:
        """Takes the sums of tables under these ids out of some documents of a shard's runs, which stay in their places.
        Returns of how many; 0 when none is left."""
        old: list[str] = []
        new: list[Run] = []
        heads = {head.id: head for head in tx.run_heads(*shard)}
        names = sorted(heads)
        for first in range(0, len(names), most):
            for id_, text in tx.runs(names[first : first + most]).items():
                sums = exact_json.loads(text)
                if sums.keys().isdisjoint(ids):
                    continue
                old.append(id_)
                if kept := {table: cells for table, cells in sums.items() if table not in ids}:
                    new.append(rewritten(heads[id_], kept))
            if len(old) >= most:
                break
        tx.replace_runs(old, new)
        return len(old)

    def _write_pages(self, tx: Transaction, deltas: Mapping[Shard, Deltas]) -> Pages:
        written: Pages = {}
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
            written[shard] = pages
        tx.replace_pages(old, new)
        return written

    def _known_pages(self, tx: Transaction, shard: Shard) -> dict[str, Page | None]:
        """The pages of a shard by prefix; None for those that are not remembered."""
        known = self._cache.get(shard)
        return dict(known) if known is not None else {id_.rpartition("/")[2]: None for id_ in tx.page_ids(*shard)}

    def _write_runs(self, tx: Transaction, sums: Mapping[Shard, Sums], erased: Collection[Shard], name: str) -> None:
        before: list[str] = []
        after: list[Run] = []
        own_name = _never_before(name)
        for shard in sorted({*sums, *erased}):
            own, level, merging = sums.get(shard, {}), 0, []
            if shard in erased:
                heads = tx.run_heads(*shard)
                merging, level = [head.id for head in heads], max((head.level for head in heads), default=0)
            elif self._cache.count_run(shard):
                found = due(tx.run_heads(*shard))
                if found is not None:
                    merging, level = [head.id for head in found[0]], found[1]
            if merging:
                # A copy: if this transaction is made again, the sums are those that it was given.
                own = merge(tx.runs(merging).values(), {table: _copied(cells) for table, cells in own.items()})
                before += merging
            after += runs(*shard, own_name, level, own)
        tx.replace_runs(before, after)


def _copied(cells: Mapping[str, Mapping[str, list[int]]]) -> dict[str, dict[str, list[int]]]:
    return {cell: dict(designs) for cell, designs in cells.items()}


def _never_before(name: str) -> str:
    """Offsets of `responses` come again when it is made anew or loses its end, and a fill counts its steps from 0 when
    it begins again: a run of that name may still be there."""
    return f"{name}-{secrets.token_hex(4)}"
