"""Writes submissions to the topic `submissions` with aiokafka and says when all in-sync replicas have them.

They linger together, are sealed in a row (services.ingest.tick), and go to aiokafka as whole batches: for each
partition at most one is on its way, and what arrives meanwhile becomes the next one, so the batches grow with the load
by themselves. With 64 senders that is a fifth to a quarter cheaper than a `producer.send` for each. Partitions do not
wait for each other: one may have lost its leader while others are well.

During an outage of the broker nothing is thrown away: the idempotent producer keeps trying, the gate bounds what
gathers, and senders are told to send again. An error that survives aiokafka's retries has broken the producer's
sequence of batches (or is a bug), so `on_fatal` is called and the process must end; the phones send again.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.partitioner import DefaultPartitioner

from schemas.topics import SUBMISSIONS
from services.ingest import metrics, problems
from services.ingest.gate import Gate
from services.ingest.groups import Group, PartitionQueue, Written, answer
from services.ingest.record import MAX_VALUE_BYTES, Draft, Envelopes
from services.ingest.settings import IngestSettings
from services.ingest.tick import Tick
from services.runtime.logs import logger
from services.runtime.settings import KafkaSettings

BATCH_BYTES = 131_072
REQUEST_TIMEOUT_MS = 120_000
"""Longer than a broker takes to come back (17 s). With 20 s batches failed that were in fact written."""
RETRY_START_S = 1.0
METADATA_AGE_MS = 10_000
GROW_S = 1.0
"""How soon partitions that were added are written to: after both. The look itself asks nobody."""
SWEEP_S = 0.25
"""How often deadlines are looked at: the precision of the acknowledgement time-out."""
CLOSE_S = 3.0


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A submission that lingers. `size` is what its place at the gate holds, `deadline` is loop time."""

    draft: Draft
    size: int
    written: Written
    deadline: float


class SubmissionLog:
    """One for each process. `write` may be called once `ready` is true."""

    def __init__(
        self,
        kafka: KafkaSettings,
        ingest: IngestSettings,
        envelopes: Envelopes,
        gate: Gate,
        on_fatal: Callable[[str], None],
    ) -> None:
        self._kafka = kafka
        self._topic = kafka.topic(SUBMISSIONS)
        self._max_submission_bytes = ingest.max_submission_bytes
        self._ack_timeout_s = ingest.ack_timeout_s
        self._envelopes = envelopes
        self._arrived: Tick[_Arrival] = Tick(ingest.linger_ms / 1000, self._seal)
        self._gate = gate
        self._on_fatal = on_fatal
        self._producer: AIOKafkaProducer | None = None
        self._partition_of = DefaultPartitioner()
        self._partitions: list[int] = []
        self._queues: dict[int, PartitionQueue] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._failed = False

    @property
    def ready(self) -> bool:
        return bool(self._partitions) and not self._failed

    def start(self) -> None:
        """Connects in the background, and tries again for as long as the broker is away."""
        self._tasks.append(asyncio.create_task(self._connect(), name="connect"))

    def write(self, draft: Draft, size: int) -> Written:
        """Takes over a place at the gate that holds `size` bytes. The answer comes within the time-out."""
        loop = asyncio.get_running_loop()
        written: Written = loop.create_future()
        self._arrived.add(_Arrival(draft, size, written, loop.time() + self._ack_timeout_s))
        return written

    def give_up(self) -> None:
        """Answers all who wait: the process ends before their acknowledgement can come."""
        self._arrived.ring()
        for queue in self._queues.values():
            for group in queue.groups():
                group.give_up(float("inf"), problems.NOT_ACKNOWLEDGED.of())

    async def close(self) -> None:
        """Ends in a few seconds, whether the broker answers or not."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.give_up()
        if self._producer is not None:
            await _stop(self._producer)

    async def _connect(self) -> None:
        while not self._partitions:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._kafka.bootstrap_servers.split(","),
                acks="all",
                enable_idempotence=True,
                linger_ms=0,  # the submissions have lingered already
                max_batch_size=BATCH_BYTES,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                metadata_max_age_ms=METADATA_AGE_MS,
            )
            try:
                await producer.start()
                partitions = sorted(await producer.partitions_for(self._topic))
            except (KafkaError, OSError) as error:
                logger().warning("kafka_not_reached", error=type(error).__name__, again_in_s=RETRY_START_S)
                await _stop(producer)
                await asyncio.sleep(RETRY_START_S)
            except asyncio.CancelledError:
                await _stop(producer)
                raise
            else:
                self._producer = producer
                self._begin(producer, partitions)
                self._tasks.append(asyncio.create_task(self._sweep(), name="deadlines"))
                self._tasks.append(asyncio.create_task(self._grow(producer), name="partitions"))

    def _begin(self, producer: AIOKafkaProducer, partitions: list[int]) -> None:
        for partition in partitions:
            queue = PartitionQueue(lambda: Group(producer.create_batch(), self._gate))
            self._queues[partition] = queue
            self._tasks.append(asyncio.create_task(self._send(producer, partition, queue), name=f"send-{partition}"))
        self._partitions = sorted({*self._partitions, *partitions})

    async def _grow(self, producer: AIOKafkaProducer) -> None:
        """Takes partitions that are added (`rihla partitions grow`). The key of an instance may lead to another one
        from then on, and nothing orders two partitions: the ledger's slots do not need it."""
        while True:
            await asyncio.sleep(GROW_S)
            with suppress(KafkaError):
                found = await producer.partitions_for(self._topic)
                new = sorted(found - set(self._partitions))
                if new:
                    self._begin(producer, new)
                    logger().info("partitions_added", partitions=new)

    async def _send(self, producer: AIOKafkaProducer, partition: int, queue: PartitionQueue) -> None:
        loop = asyncio.get_running_loop()
        while not self._failed:
            await queue.news()
            group = queue.take()
            began = loop.time()
            try:
                await (await producer.send_batch(group.batch, self._topic, partition=partition))
            except KafkaTimeoutError:
                # Raised before the batch was taken over: it will not be written, and no sequence is broken.
                group.settle(problems.LOG_UNAVAILABLE.of())
            except asyncio.CancelledError:
                group.settle(problems.NOT_ACKNOWLEDGED.of())
                raise
            except Exception as error:
                group.settle(problems.LOG_UNAVAILABLE.of())
                self._fail(type(error).__name__)
            else:
                metrics.ACK_SECONDS.observe(loop.time() - began)
                metrics.BATCH_RECORDS.observe(group.places)
                group.settle(None)
            queue.done()

    def _seal(self, arrivals: list[_Arrival]) -> None:
        for arrival in arrivals:
            record = self._envelopes.record(arrival.draft)
            if self._failed or len(record.value) > MAX_VALUE_BYTES:
                self._gate.leave(arrival.size)
                too_large = problems.TOO_LARGE.of(limit=self._max_submission_bytes)
                answer(arrival.written, problems.LOG_UNAVAILABLE.of() if self._failed else too_large)
                continue
            partition = self._partition_of(record.key, self._partitions, self._partitions)
            group = self._queues[partition].append(record.key, record.value, record.headers)
            group.add(arrival.written, arrival.deadline, arrival.size)

    def _fail(self, error: str) -> None:
        self._failed = True
        for queue in self._queues.values():
            for group in queue.groups():
                group.give_up(float("inf"), problems.LOG_UNAVAILABLE.of())
        self._on_fatal(error)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_S)
            now = loop.time()
            for queue in self._queues.values():
                for group in queue.groups():
                    group.give_up(now, problems.NOT_ACKNOWLEDGED.of())


async def _stop(producer: AIOKafkaProducer) -> None:
    """aiokafka waits for ever to flush to a broker that is away."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await producer.stop()
    except (TimeoutError, KafkaError, OSError) as error:
        logger().warning("producer_not_flushed", error=type(error).__name__)
