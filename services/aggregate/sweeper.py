"""When surveys are swept, and by whom: a look at the clock now and then, by the worker that has partition 0.

Every worker says how many surveys are overdue, so that it shows also where nobody sweeps.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from services.aggregate import metrics
from services.aggregate.retention import Closing, Ended, overdue
from services.aggregate.store import Store, Unavailable
from services.aggregate.sweep import Marks, Sweep
from services.runtime.logs import logger

LOOK_S = 30.0
"""Retention is counted in days; but whoever waits for `rihla retention apply` does not want to wait for minutes."""
SWEEPING_PARTITION = 0
"""Whoever has it sweeps: one worker at any time, without a word between them."""

Closings = Callable[[], Iterable[Closing]]
Clock = Callable[[], float]
"""Epoch seconds."""


class Worker(Protocol):
    @property
    def marks(self) -> Mapping[int, object]: ...

    def between_batches(self, work: Callable[[Marks], Marks]) -> Awaitable[None]: ...


class Sweeper:
    """`closings` are the surveys that are closed, with the retention that they promised."""

    def __init__(self, store: Store, worker: Worker, closings: Closings, clock: Clock = time.time) -> None:
        self._store = store
        self._worker = worker
        self._closings = closings
        self._clock = clock
        # Of its own: the thread of the batches is not to wait for a look at the list of ended surveys.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="retention")

    async def run(self) -> None:
        """Until it is cancelled. Raises what ends the process."""
        while True:
            try:
                await self.look()
            except Unavailable as error:
                logger().warning("retention_waits", reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Sweeps what is overdue, if it is on this worker to do so."""
        known = await asyncio.get_running_loop().run_in_executor(self._thread, self._store.ended)
        waiting = overdue(self._closings(), {ended.survey: ended for ended in known}, self._now_ms())
        metrics.RETENTION_OVERDUE_SURVEYS.set(len(waiting))
        for closing in waiting:
            if SWEEPING_PARTITION not in self._worker.marks:
                return
            if await self._sweep(closing):
                metrics.RETENTION_OVERDUE_SURVEYS.dec()

    async def _sweep(self, closing: Closing) -> bool:
        """Whether it was swept to the end: this worker may lose its partition on the way."""
        sweep, began = Sweep(self._store, closing), time.monotonic()
        reached: list[Ended] = []

        def step(marks: Marks) -> Marks:
            if SWEEPING_PARTITION not in marks:
                return {}
            ended, changed = sweep.advance(marks, self._now_ms())
            reached.append(ended)
            return changed

        while True:
            before = len(reached)
            await self._worker.between_batches(step)
            if len(reached) == before:
                return False
            if (ended := reached[-1]).done_ms is not None:
                logger().info(
                    "retention_applied",
                    survey=ended.survey,
                    slots=ended.slots,
                    markers=ended.markers,
                    quarantined=ended.quarantined,
                    rejections=ended.rejections,
                    erasures=ended.erasures,
                    seconds=round(time.monotonic() - began, 3),
                )
                return True

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
