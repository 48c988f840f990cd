"""Pages that this worker wrote last, so that the next batch need not read them. A hint: revisions are compared."""

from collections import Counter, OrderedDict
from collections.abc import Collection, Mapping

from schemas.tables.cells import Page
from schemas.tables.psu_runs import FAN_IN

Shard = tuple[str, int]
"""Survey and source partition."""

CACHED_PAGES = 512
"""At 40 kB a page and about 100 bytes of Python for 12 of BSON, at most 200 MB, and that only with huge tables."""


class PageCache:
    """For each shard the prefixes of all its pages, with the page where it is remembered."""

    def __init__(self, limit: int = CACHED_PAGES) -> None:
        self._limit = limit
        self._shards: OrderedDict[Shard, dict[str, Page | None]] = OrderedDict()
        self._runs: Counter[Shard] = Counter()

    def clear(self) -> None:
        self._shards.clear()

    def get(self, shard: Shard) -> Mapping[str, Page | None] | None:
        return self._shards.get(shard)

    def remember(self, shard: Shard, pages: Mapping[str, Page | None]) -> None:
        self._shards[shard] = dict(pages)
        self._shards.move_to_end(shard)
        while sum(map(len, self._shards.values())) > self._limit and len(self._shards) > 1:
            self._shards.popitem(last=False)
        if len(pages) > self._limit:
            self._shards[shard] = dict.fromkeys(pages)

    def forget(self, shard: Shard) -> None:
        self._shards.pop(shard, None)

    def forget_partitions(self, partitions: Collection[int]) -> None:
        if partitions:
            for shard in [shard for shard in self._shards if shard[1] in partitions]:
                del self._shards[shard]

    def count_run(self, shard: Shard) -> bool:
        """Counts a run that is written to a shard; True when it is time to look whether some should be merged."""
        self._runs[shard] += 1
        return self._runs[shard] % FAN_IN == 0
