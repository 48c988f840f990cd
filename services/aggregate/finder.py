"""When respondents are looked for, and by whom: the worker that has the partition of their erasure."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from services.aggregate import metrics
from services.aggregate.batch import BatchWriter
from services.aggregate.erasing import Erasure
from services.aggregate.finding import Marks, find, steps, take_back
from services.aggregate.store import Store, Unavailable
from services.runtime.logs import logger

LOOK_S = 1.0
"""Between two looks at what waits: an empty answer from an index."""
EARLY_S = 30.0
"""An erasure that waits for longer than a burst lasts is applied to what is there, and once more when it may be done:
somebody must not stay counted because one partition stands still."""

T = TypeVar("T")


class Worker(Protocol):
    @property
    def marks(self) -> Mapping[int, object]: ...

    def between_batches(self, work: Callable[[Marks], Marks]) -> Awaitable[None]: ...


class Finder:
    """`clock`: epoch seconds."""

    def __init__(self, store: Store, worker: Worker, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._worker = worker
        self._clock = clock
        self._writer = BatchWriter(store)
        self._early: set[tuple[int, int]] = set()
        # Of its own: a search through many slots is not to stop the batches.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="finder")

    async def run(self) -> None:
        """Until it is cancelled. Raises what ends the process."""
        while True:
            try:
                await self.look()
            except Unavailable as error:
                logger().warning("erasures_wait", reason=str(error))
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def look(self) -> None:
        """Applies what waits on this worker's partitions and may be applied."""
        waiting = await self._off(self._store.erasure_log.waiting)
        mine = [erasure for erasure in waiting if erasure.source[0] in self._worker.marks]
        now_ms = round(self._clock() * 1000)
        metrics.ERASURES_WAITING.set(len(mine))
        oldest_ms = min((erasure.asked_ms for erasure in mine), default=now_ms)
        metrics.ERASURE_WAIT_SECONDS.set(max(0.0, (now_ms - oldest_ms) / 1000))
        if not mine:
            return
        next_ = {mark.partition: mark.submissions_next for mark in await self._off(self._store.marks)}
        reached = [erasure for erasure in mine if erasure.reached(next_)]
        if reached:
            await self._off(self._store.fence)
            await self._take_back(reached)
            await self._off(lambda: self._store.erasure_log.finish([one.source for one in reached], now_ms))
            self._early.difference_update(one.source for one in reached)
            logger().info("erased", erasures=len(reached), seconds=round(self._clock() - now_ms / 1000, 3))
        late = [one for one in mine if one not in reached and now_ms - one.asked_ms > EARLY_S * 1000]
        if late := [one for one in late if one.source not in self._early]:
            await self._take_back(late)
            self._early.update(one.source for one in late)

    async def _take_back(self, erasures: Sequence[Erasure]) -> None:
        """Until a search finds nothing, or its rest belongs to another worker by now."""
        while found := await self._off(lambda: find(self._store, erasures)):
            if any(one.erasure.source[0] not in self._worker.marks for one in found):
                raise Unavailable("a partition changed hands during the search")
            for some in steps(found):
                await self._worker.between_batches(lambda marks, some=some: take_back(self._writer, marks, some))  # type: ignore[misc]

    async def _off(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
