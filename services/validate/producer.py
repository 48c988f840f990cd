"""Writes outcomes to `responses`: one idempotent aiokafka producer beside Faust, on the worker's loop.

Faust's own producer reaches 740 records a second, this one 3,300 (streaming.md, 9). Idempotence keeps the order in a
partition over retries. No transactions: their markers would leave holes in the offsets.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from schemas.topics import MAX_MESSAGE_BYTES, RESPONSES
from services.runtime.settings import KafkaSettings

LINGER_MS = 5
BATCH_BYTES = 131_072
REQUEST_TIMEOUT_MS = 120_000
"""Longer than a broker takes to come back: with 20 s the worker would start over and repeat 250 outcomes."""


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    partition: int
    key: bytes | None
    value: bytes


class OutcomeProducer:
    """Start it on the loop that uses it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._topic = settings.topic(RESPONSES)
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
        sent = [
            await self._producer.send(self._topic, record.value, key=record.key, partition=record.partition)
            for record in records
        ]
        await asyncio.gather(*sent)
