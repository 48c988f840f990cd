"""When tables are filled, and by whom: every worker the slots of its own partitions, between batches.

The worker that has partition 0 registers versions, begins fills and deletes leaves; whoever finishes last makes the
filled generations the current ones. Looking at the ledger and computing is done in a thread of its own; the stream
waits for the transactions alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from schemas.events import Response
from schemas.tables.contribution import Contribution
from schemas.tables.generations import Generations
from services.aggregate import dropping, generations, metrics
from services.aggregate.batch import BatchWriter
from services.aggregate.fill_steps import FillSteps, Rebuilds
from services.aggregate.filling import ContributionOf, Step, computed, write
from services.aggregate.generation_port import Counted, FillEnded
from services.aggregate.registering import Registrar
from services.aggregate.store import Store, Unavailable
from services.aggregate.targets import contributor_to, of_generations
from services.aggregate.watermark import Watermark
from services.runtime.faults import Fatal
from services.runtime.logs import logger

LOOK_S = 2.0
"""Between two looks at what there is to fill: an answer of a document for each survey."""
AGAIN_S = 60.0
"""Until a fill is tried again that met slots without a response: only an operator can mend that."""
STEP = 2_000
"""Slots in a transaction: as many cells as a batch touches at most, and a document for each 64 of them."""
LEADING_PARTITION = 0

Marks = Mapping[int, Watermark]
T = TypeVar("T")


class Worker(Protocol):
    writer: BatchWriter

    @property
    def marks(self) -> Marks: ...

    def between_batches(self, work: Callable[[Marks], Marks]) -> Awaitable[None]: ...


class Filler:
    """`surveys` are the names of those that are published. `clock`: epoch seconds."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        registrar: Registrar,
        surveys: Callable[[], list[str]],
        rebuilds: Rebuilds = dict,
        step: int = STEP,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._worker = worker
        self._registrar = registrar
        self._step = step
        self._clock = clock
        self._not_before: dict[str, float] = {}
        """Surveys whose fill waits, and until when."""
        self.steps = FillSteps(store, registrar, surveys, rebuilds, clock)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="filler")

    async def run(self) -> None:
        """Until it is cancelled. Raises what ends the process."""
        while True:
            try:
                await self.look()
            except Unavailable as error:
                logger().warning("filling_waits", reason=str(error))
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def look(self) -> None:
        """Does what there is to do for this worker now."""
        if not self._worker.marks:
            return
        known = {one.survey: one for one in await self._off(self._store.generations)}
        if self._leads:
            known |= await self._off(lambda: self.steps.heard(known))
        metrics.TABLES_FILLING.set(sum(one.fill is not None for one in known.values()))
        for survey, now in known.items():
            waits = self._clock() < self._not_before.get(survey, 0.0)
            if not waits and (now.is_busy or generations.spent(now)):
                await self._serve(survey)

    @property
    def _leads(self) -> bool:
        return LEADING_PARTITION in self._worker.marks

    def _advanced(self, survey: str) -> Generations | None:
        return self.steps.advanced(survey) if self._leads else next(iter(self._store.generations(survey)), None)

    async def _serve(self, survey: str) -> None:
        now = await self._off(lambda: self._advanced(survey))
        if now is None:
            return
        if now.drop is not None and now.drop.fenced:
            await self._drop(now)
        elif now.fill is not None and now.fill.fenced:
            await self._fill(now)

    async def _fill(self, now: Generations) -> None:
        """The partitions of this worker that are not done."""
        assert now.fill is not None
        fill = now.fill
        mine = sorted((set(fill.partitions) & self._worker.marks.keys()) - set(fill.done))
        if not mine or not self._knows(now):
            return
        began, slots, missing, number = time.monotonic(), 0, 0, 0
        looks = self._store.counted(now.survey, mine, self._step)
        # Heartbeats go on: a survey of many versions takes seconds.
        of = await self._off(lambda: self._contributions(now))
        following = self._ahead(looks, now, of)
        try:
            while (step := await following) is not None:
                following = self._ahead(looks, now, of)
                missing += step.missing
                slots += await self._between(step, f"fill{fill.number}-{min(self._worker.marks, default=0)}-{number}")
                number += 1
        except FillEnded:
            return
        finally:
            following.cancel()
        if missing:
            # Never shown: it would be a figure of those alone who can be counted.
            logger().error("fill_lacks_responses", survey=now.survey, slots=missing)
            self._not_before[now.survey] = self._clock() + AGAIN_S
            return
        held = [partition for partition in mine if partition in self._worker.marks]
        after = await self._off(lambda: self.steps.finish(now.survey, fill.number, held))
        seconds = round(time.monotonic() - began, 3)
        logger().info("filled", survey=now.survey, partitions=held, slots=slots, seconds=seconds, epoch=after)

    def _knows(self, now: Generations) -> bool:
        """Whether this worker has read every version. Another one may have heard of it first."""
        lacking = set(now.versions) - {one.version for one in self._registrar.versions(now.survey)}
        if lacking:
            logger().warning("fill_waits_for_versions", survey=now.survey, versions=sorted(lacking))
        return not lacking

    def _ahead(
        self, looks: Iterator[list[Counted]], now: Generations, of: ContributionOf
    ) -> "asyncio.Future[Step | None]":
        """The next step, read and computed while the one before is written."""

        def compute() -> Step | None:
            assert now.fill is not None
            found = next(looks, None)
            return None if found is None else computed(now.survey, now.fill.number, found, of)

        return asyncio.get_running_loop().run_in_executor(self._thread, compute)

    def _contributions(self, now: Generations) -> ContributionOf:
        versions = {one.version: one for one in self._registrar.versions(now.survey)}
        filling = frozenset(now.filling)
        known = {
            name: contributor_to(
                versions[name], versions.values(), of_generations(now.targets(name), filling), now.epoch
            )
            for name in now.versions
            if name in versions
        }

        def of(version: str, response: Response) -> Contribution:
            if version not in known:
                raise Fatal(
                    f"Survey {now.survey}, version {version!r} is not on the topic `surveys`: publish it again."
                )
            return known[version].bare(response)

        return of

    async def _between(self, step: Step, name: str) -> int:
        added: list[int] = []

        def work(marks: Marks) -> Marks:
            added.append(write(self._worker.writer, marks, step, name))
            return {}

        await self._worker.between_batches(work)
        metrics.FILLED_SLOTS.inc(added[-1])
        # So that a batch that waits for its turn gets it.
        await asyncio.sleep(0)
        return added[-1]

    async def _drop(self, now: Generations) -> None:
        assert now.drop is not None
        for partition in sorted(set(now.drop.partitions) & self._worker.marks.keys()):
            finished: list[bool] = []

            def work(marks: Marks, partition: int = partition, finished: list[bool] = finished) -> Marks:
                if partition not in marks:
                    finished.append(True)
                else:
                    finished.append(dropping.drop_some(self._worker.writer, marks, now.survey, partition))
                return {}

            while not finished or not finished[-1]:
                await self._worker.between_batches(work)

    async def _off(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
