"""The thin shell between the stream and a batch: positions from the watermarks, records in, one transaction out.

Blocking work runs in a thread of its own, so that heartbeats go on. Only two failures are waited out here: a database
or a broker that does not answer. Everything else ends the process, with nothing committed.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeVar

from kafka.errors import KafkaError

from schemas.outcome_class import OutcomeClass
from services.aggregate import metrics
from services.aggregate.batch import BatchWriter, Written
from services.aggregate.contributors import Contributors
from services.aggregate.erasure_memory import ErasureMemory
from services.aggregate.gaps import OpenGaps
from services.aggregate.generation_port import StaleTables
from services.aggregate.outcomes import arrival, read
from services.aggregate.provision import Topics
from services.aggregate.slots import Arrival
from services.aggregate.store import Contended, Store, Unavailable
from services.aggregate.watermark import NoWatermark, Plan, TopicChanged, Watermark, check_topics, plan
from services.runtime.follower import NotCaughtUp
from services.runtime.logs import logger
from services.runtime.stream import GaveWay, Record

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
"""Between two attempts at a database or broker that does not answer; a restart of either takes some seconds."""

LARGEST = 1 << 20
"""More records than any batch has."""
SHRINK = 4
"""A batch of 1,000 that is never let in becomes single records in five steps. Without this, a worker that had fallen
behind was kept out for as long as the other one went on (seen for minutes): its long batches never won."""

T = TypeVar("T")


class TopicReader(Protocol):
    def __call__(self) -> Topics: ...


class Agent:
    """One worker. `marks` are the watermarks of its partitions, as it wrote them last."""

    def __init__(
        self,
        store: Store,
        contributors: Contributors,
        topics: TopicReader,
        erasures: ErasureMemory,
        is_changing_hands: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._is_changing_hands = is_changing_hands
        self._erasures = erasures
        self._contributors = contributors
        self._topics = topics
        self.writer = self._writer = BatchWriter(store)
        """For whoever writes cells between batches: it remembers the pages."""
        self._gaps = OpenGaps()
        # Not asyncio's own: the loop would wait for a thread that waits for the database when it is told to stop.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="batch")
        self._turn = asyncio.Lock()
        """Held by whoever works with the watermarks: taking over, a batch, a step of a sweep."""
        self._most = LARGEST
        """Records to put into one transaction; fewer while it meets others."""
        self.marks: dict[int, Watermark] = {}

    async def positions(self, committed: Mapping[int, int | None]) -> Mapping[int, int]:
        """Takes the partitions over. Kafka's committed offsets do not matter: the watermarks say where to start."""
        async with self._turn:
            return await self._positions(committed)

    async def _positions(self, committed: Mapping[int, int | None]) -> Mapping[int, int]:
        gone = self.marks.keys() - committed.keys()
        self.marks = await self._wait_out(lambda: self._acquire(list(committed)))
        self._writer.forget()
        self._gaps.forget(gone)
        for partition in gone:
            for gauge in metrics.OF_A_PARTITION:
                gauge.remove(str(partition))
        self._show(self.marks)
        starts = {partition: mark.responses_next for partition, mark in self.marks.items()}
        logger().info("assigned", partitions={str(partition): offset for partition, offset in starts.items()})
        return starts

    async def handle(self, records: Sequence[Record]) -> None:
        """Returns when the batch is committed, in one transaction or, where it keeps meeting those of other workers,
        in several shorter ones. Raises what ends the process, and `GaveWay` where it meets them while partitions change
        hands: the other may be dead, and its transaction ends only when its partitions are taken over."""
        async with self._turn:
            while records:
                some = records[: self._most]
                try:
                    planned, written = await self._wait_out(partial(self._apply, some), self._may_split(len(some)))
                except Contended:
                    if self._is_changing_hands():
                        raise GaveWay from None
                    self._most = max(1, len(some) // SHRINK)
                    logger().warning("contended", records=len(some), next=self._most)
                    continue
                self._most = min(self._most + self._most // 4 + 1, LARGEST)
                self.marks.update(written.watermarks)
                self._observe(some, planned, written)
                records = records[len(some) :]

    async def between_batches(self, work: Callable[[Mapping[int, Watermark]], Mapping[int, Watermark]]) -> None:
        """Runs a bounded piece of work beside the stream, in the thread of the batches: it is given the watermarks of
        this worker and returns those that it wrote. Repeated while the database is away; raises what it raises. Where
        it keeps meeting other workers, the stream goes on between two attempts."""
        while True:
            async with self._turn:
                try:
                    self.marks.update(await self._wait_out(lambda: work(self.marks), lambda: True))
                    return
                except Contended:
                    metrics.RETRIES.labels("unavailable").inc()
            await asyncio.sleep(FIRST_PAUSE_S)

    def _acquire(self, partitions: list[int]) -> dict[int, Watermark]:
        if not partitions:
            return {}
        marks = self._store.acquire(partitions)
        # After the watermarks: what their last owner counted in between must not look like a topic that lost its end.
        topics = self._topics()
        for partition in partitions:
            if partition not in marks:
                raise NoWatermark(f"partition {partition} has no watermark: run `rihla up`, or provision the database")
            mark = marks[partition]
            check_topics(mark, topics.responses_id, topics.submissions_id, topics.ends(partition))
            first = topics.responses_start[partition]
            if first > mark.responses_next:
                raise TopicChanged(
                    f"responses, partition {partition}: offsets {mark.responses_next} to {first - 1} expired before "
                    f"they were counted; {mark.submissions_next} comes next of submissions. `rihla repair check` says "
                    "whether that can be judged again, or which offsets are lost."
                )
        return dict(self._erasures.recall(marks))

    def _apply(self, records: Sequence[Record]) -> tuple[Plan, Written]:
        planned, arrivals = self._read(records)
        if planned.apply:
            self._erasures.keep(arrivals, self.marks[arrivals[0].partition].submissions_topic)
        began = time.monotonic()
        while True:
            try:
                written = self._writer.apply(self.marks, planned.after, arrivals)
                break
            except StaleTables:
                # Other tables, or other generations, than these contributions were made for.
                self._contributors.forget()
                planned, arrivals = self._read(records)
        metrics.TRANSACTION_SECONDS.observe(time.monotonic() - began)
        return planned, written

    def _read(self, records: Sequence[Record]) -> tuple[Plan, list[Arrival]]:
        """By itself, so that the answers are let go before the batch is added up."""
        outcomes = [read(record.partition, record.offset, record.value) for record in records]
        planned = plan(self.marks, (arrived for arrived, _ in outcomes))
        return planned, [
            arrival(outcomes[place][1], records[place].value, self._contributors) for place in planned.apply
        ]

    def _may_split(self, records: int) -> Callable[[], bool]:
        """A single record waits, but not while partitions change hands."""
        return lambda: records > 1 or self._is_changing_hands()

    async def _wait_out(self, work: Callable[[], T], may_give_way: Callable[[], bool] = lambda: False) -> T:
        """Raises `Contended` only where the work can be made smaller, or others let in."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
            except (Unavailable, NotCaughtUp, KafkaError) as error:
                if isinstance(error, Contended) and may_give_way():
                    raise
                metrics.RETRIES.labels("unavailable").inc()
                logger().warning("waiting", fault=type(error).__name__, reason=str(error), seconds=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)

    def _observe(self, records: Sequence[Record], planned: Plan, written: Written) -> None:
        now_ms = time.time() * 1000
        metrics.BATCH_RECORDS.observe(len(records))
        metrics.REPETITIONS.inc(planned.repeated)
        metrics.PASSED_OVER.inc(len(planned.gaps))
        for (outcome, code), number in written.decision.outcomes.items():
            metrics.OUTCOMES.labels(outcome.value, code).inc(number)
        for erasure in written.decision.erasures:
            metrics.ERASURES.labels(erasure.kind.value).inc()
        for at_ms in written.received_ms:
            metrics.AGE_SECONDS.observe(max(0.0, (now_ms - at_ms) / 1000))
        for gap in self._gaps.note(planned.gaps, self.marks):
            logger().error("gap", partition=gap.partition, missing_from=gap.expected, found=gap.found)
        self._show(written.watermarks)

    def _show(self, marks: Mapping[int, Watermark]) -> None:
        for partition, mark in marks.items():
            metrics.RESPONSES_NEXT.labels(str(partition)).set(mark.responses_next)
            metrics.SUBMISSIONS_NEXT.labels(str(partition)).set(mark.submissions_next)
            metrics.GAP_FIRST_OFFSET.labels(str(partition)).set(self._gaps.first(partition))
            in_classes = sum(number for numbers in mark.classes.values() for number in numbers.values())
            metrics.CONSERVATION_OPEN_RECORDS.labels(str(partition)).set(mark.accounted - in_classes)
        classes: Counter[str] = Counter()
        for mark in self.marks.values():
            for numbers in mark.classes.values():
                classes.update({outcome.value: number for outcome, number in numbers.items()})
        # All of them: one that is gone with a partition must not stay.
        for of in OutcomeClass:
            metrics.CLASS_RECORDS.labels(of.value).set(classes[of.value])
