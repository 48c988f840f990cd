"""Writes outcomes to `responses`: one idempotent aiokafka producer beside Faust, on the worker's loop.

Faust's own producer reaches 740 records a second. Records are handed over as whole batches, because a `send` for each
costs as much as parsing it. Idempotence keeps the order in a partition over retries. No transactions: their markers
would leave holes in the offsets.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.topics import MAX_MESSAGE_BYTES, RESPONSES
from services.runtime.faults import OperatorStop
from services.runtime.settings import KafkaSettings

LINGER_MS = 0  # the batches are whole already
BATCH_BYTES = 131_072
REQUEST_TIMEOUT_MS = 120_000
"""Longer than a broker takes to come back: with 20 s the worker would start over and repeat 250 outcomes."""
NEW_PARTITION_S = 30.0
NEW_PARTITION_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    partition: int
    key: bytes | None
    value: bytes


class OutcomeProducer:
    """Start it on the loop that uses it. A benchmark names another topic."""

    def __init__(self, settings: KafkaSettings, topic: str = RESPONSES) -> None:
        self._settings = settings
        self._topic = settings.topic(topic)
        self._producer: AIOKafkaProducer | None = None

    @property
    def started(self) -> bool:
        return self._producer is not None

    async def start(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.bootstrap_servers.split(","),
            acks="all",
            enable_idempotence=True,
            linger_ms=LINGER_MS,
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_MESSAGE_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        await producer.start()
        self._producer = producer

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def write(self, records: Sequence[OutcomeRecord]) -> None:
        """Returns when all in-sync replicas have all of them. Raises kafka errors of aiokafka: the caller ends."""
        assert self._producer is not None
        by_partition: dict[int, list[OutcomeRecord]] = {}
        for record in records:
            by_partition.setdefault(record.partition, []).append(record)
        sent = []
        for partition, found in by_partition.items():
            await self._know(partition)
            for batch in _batches(self._producer, found):
                sent.append(await self._producer.send_batch(batch, self._topic, partition=partition))
        await asyncio.gather(*sent)

    async def _know(self, partition: int) -> None:
        """A partition that was added since the last look at the cluster is looked for."""
        assert self._producer is not None
        if partition in await self._producer.partitions_for(self._topic):
            return
        try:
            async with asyncio.timeout(NEW_PARTITION_S):
                while partition not in await self._producer.partitions_for(self._topic):
                    await self._producer.client.force_metadata_update()
                    await asyncio.sleep(NEW_PARTITION_PAUSE_S)
        except TimeoutError:
            raise OperatorStop(
                f"`{RESPONSES}` has no partition {partition}, but `submissions` has: they were not added by Rihla. "
                f"`rihla partitions grow {partition + 1}` adds what is missing; then start validate again."
            ) from None


def _batches(producer: AIOKafkaProducer, records: Sequence[OutcomeRecord]) -> Iterator[BatchBuilder]:
    """Whole batches, in order. A record that is larger than a batch gets one for itself."""
    batch = producer.create_batch()
    for record in records:
        if batch.append(key=record.key, value=record.value, timestamp=None) is None:
            yield batch
            batch = producer.create_batch()
            if batch.append(key=record.key, value=record.value, timestamp=None) is None:
                raise ValueError("an outcome does not fit into a batch of its own")
    yield batch
