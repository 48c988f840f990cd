"""The Faust shell of validate and aggregate: batches in order, positions of our own, and an end before any loss.

Faust 0.15 acknowledges an event whose agent raised, drains a topic behind a broken `take`, commits one offset too
many on acknowledgements out of order, and seeks to its committed offsets after every rebalance. Four rules keep
records safe in spite of it, and all of them are here:

1. `noack_take` alone, one agent, acknowledgement in order, after the batch is done.
2. Where reading starts is decided by the service (`positions`), in the hook through which Faust seeks.
3. Every record must be the one that follows the last (`Contiguity`); events of an older assignment are put aside.
4. No exception leaves the agent: whatever is not cancellation ends the process at once, with nothing committed.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import uvloop

from services.runtime import garbage
from services.runtime.contiguity import Contiguity, OffsetSkipped
from services.runtime.exit_codes import FATAL, OK
from services.runtime.faults import Fatal
from services.runtime.faust_app import BUFFER_RUNS, FaustApp
from services.runtime.logs import logger, places
from services.runtime.settings import KafkaSettings

BATCH_BYTES = 4 * 1024 * 1024
"""A batch is closed with the run that fills it. What aggregate makes of one has to fit into a transaction: with 40 MB
the embedded database refuses it, and the same batch would come again for ever."""
EXPLAIN_S = 10.0
FINISH_S = 8.0
"""How long partitions that change hands wait for the batch that is under way. Heartbeats go on meanwhile."""
STOP_S = 4.0
"""A worker that is told to stop leaves within this time: the whole stack has ten seconds."""


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record. `at_ms` is the broker's append time, epoch milliseconds."""

    partition: int
    offset: int
    at_ms: int
    value: bytes
    headers: Mapping[str, bytes]
    key: bytes | None = None


@dataclass(frozen=True)
class Batching:
    """Records a batch holds (a run of `faust_app.RUN_RECORDS` more at most), and seconds it waits for them. Large
    records make it shorter (`BATCH_BYTES`)."""

    records: int
    within: float


Positions = Callable[[Mapping[int, int | None]], Awaitable[Mapping[int, int]]]
"""Partition -> committed offset (or None) of all that is assigned  ->  partition -> offset to start at."""

Handle = Callable[[Sequence[Record]], Awaitable[None]]
"""Does one batch, whole: returns when its effect is durable. Never called twice at a time. May raise `GaveWay`."""

Undone = Callable[[int], int | None]
"""The first offset of a partition whose effect is not durable though its batch was handled, or None."""

Explain = Callable[[], Awaitable[None]]
"""Called when a record does not follow the last. Raises what ends the process if it knows why; it is not waited for
beyond `EXPLAIN_S`."""


class GaveWay(Exception):
    """Raised by a handle that waits for other workers while partitions change hands: of the rest of the batch nothing
    was done, and whoever has its partitions next reads it again."""


class Stream:
    """One topic, read by one consumer group. `assigned` is the partitions this worker has, empty before the first
    rebalance and while one is under way."""

    def __init__(
        self,
        kafka: KafkaSettings,
        group: str,
        topic: str,
        batching: Batching,
        positions: Positions,
        handle: Handle,
        undone: Undone = lambda partition: None,
        explain: Explain | None = None,
    ) -> None:
        self._topic = kafka.topic(topic)
        self._batching = batching
        self._positions = positions
        self._handle = handle
        self._undone = undone
        self._explain = explain
        self._contiguity = Contiguity()
        self._busy = asyncio.Lock()
        self._settled = asyncio.Event()
        """Not set while partitions change hands."""
        self.assigned: frozenset[int] = frozenset()
        self.joined = False
        self._stopping = False
        self._pauses = garbage.Pauses()
        self.app = FaustApp(kafka, group, self)
        self.app.on_partitions_revoked.connect(self._finish_batch)
        # Raw: what Faust's own decoding cannot read ends the agent in silence and leaves the process up.
        records = self.app.topic(self._topic, key_serializer="raw", value_serializer="raw")
        self.app.agent(records, concurrency=1, name=group)(self._agent)

    def run(self, on_start: Callable[[], Awaitable[None]], on_stop: Callable[[], Awaitable[None]]) -> NoReturn:
        """Runs until SIGTERM or SIGINT, then ends the process with 0. `on_start` runs on the worker's loop before the
        first record, `on_stop` after the last."""
        try:
            uvloop.run(self._main(on_start, on_stop))
        except BaseException as fault:
            end_process(fault)

    async def _main(self, on_start: Callable[[], Awaitable[None]], on_stop: Callable[[], Awaitable[None]]) -> NoReturn:
        asked_to_stop = asyncio.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, asked_to_stop.set)
        await on_start()
        garbage.settle(garbage.OBJECTS_OF_BATCHES)
        self.app.finalize()
        await self.app.start()
        await self.app.wait(asked_to_stop.wait())
        if not asked_to_stop.is_set():
            raise Fatal("the Faust application stopped by itself; its own log line above says why")
        self._stopping = True
        try:
            async with asyncio.timeout(STOP_S):
                await self.app.stop()
                await on_stop()
        except TimeoutError:
            # Nothing is lost by leaving: what was not acknowledged is read again from its stored position.
            logger().warning("stopped_without_goodbye", seconds=STOP_S)
        # Here, because the end of the loop waits for whatever asyncio.to_thread has still to do.
        logging.shutdown()
        os._exit(OK)

    async def start_at(self, committed: Mapping[int, int | None]) -> Mapping[int, int]:
        """Called through Faust's seek after each rebalance; waits for the batch that is under way."""
        try:
            async with self._busy:
                positions = await self._positions(committed)
                self._contiguity.restart(positions)
                self.assigned = frozenset(positions)
                self.joined = True
                self._settled.set()
                return positions
        except asyncio.CancelledError:
            raise
        except BaseException as fault:
            end_process(fault)

    @property
    def is_changing_hands(self) -> bool:
        """Whether partitions do: no batch begins, and one that cannot go on is not to hold it up (`GaveWay`)."""
        return not self._settled.is_set()

    @property
    def positions(self) -> Mapping[int, int]:
        """Partition -> the next offset after what was handled."""
        return self._contiguity.positions

    def done_until(self, partition: int) -> int | None:
        done, undone = self._contiguity.positions.get(partition), self._undone(partition)
        return done if done is None or undone is None else min(done, undone)

    async def _agent(self, stream: Any) -> None:
        try:
            async for events in stream.noack_take(BUFFER_RUNS, within=self._batching.within):
                for batch in batches(events, self._batching.records):
                    await self._do(stream, batch)
        except asyncio.CancelledError:
            if self._stopping:
                raise
        except BaseException as fault:
            end_process(fault)
        # Faust would leave the process up, without anybody who reads.
        if not self._stopping:
            end_process(Fatal("the stream of records ended while the worker was to go on"))

    async def _finish_batch(self, *_: object, **__: object) -> None:
        """Before partitions change hands. Their next owner would take them over in the middle of the batch: this
        worker would end, fenced, and be missed for a session time-out. While workers are behind there is always a batch
        under way, and each that comes back would end the other."""
        self._settled.clear()
        try:
            async with asyncio.timeout(FINISH_S), self._busy:
                return
        except TimeoutError:
            logger().warning("batch_not_finished", seconds=FINISH_S)

    async def _do(self, stream: Any, events: Sequence[Any]) -> None:
        await self._settled.wait()
        async with self._busy:
            current = [event for event in events if self._is_current(event)]
            records = [_record(found) for event in current for found in event.message.run]
            try:
                after = self._contiguity.check((record.partition, record.offset) for record in records)
            except OffsetSkipped:
                await self._ask_why()
                raise
            if records:
                try:
                    await self._handle(records)
                except GaveWay:
                    if not self.is_changing_hands:
                        raise
                    return
                self._contiguity.advance(after)
        for event in current:
            await stream.ack(event)
        self._pauses.collect()

    async def _ask_why(self) -> None:
        if self._explain is not None:
            try:
                async with asyncio.timeout(EXPLAIN_S):
                    await self._explain()
            except TimeoutError:
                logger().warning("topic_not_asked", seconds=EXPLAIN_S)

    def _is_current(self, event: Any) -> bool:
        """False for what was read under an older assignment: it is read again from the position of the new one."""
        return bool(event.message.generation_id == self.app.consumer_generation_id)


def batches(events: Sequence[Any], records: int) -> Iterator[Sequence[Any]]:
    """Whole runs, as many as it takes to reach a number of records or `BATCH_BYTES`."""
    batch: list[Any] = []
    count = size = 0
    for event in events:
        batch.append(event)
        count += len(event.message.run)
        size += sum(len(found.value or b"") for found in event.message.run)
        if count >= records or size >= BATCH_BYTES:
            yield batch
            batch, count, size = [], 0, 0
    if batch:
        yield batch


def end_process(fault: BaseException) -> NoReturn:
    """Ends the process without commit or clean-up, with the exit code of the fault.

    The text of a fault of our own is meant for operators. Of any other exception only its type and the place are
    logged: its text may quote an answer.
    """
    if isinstance(fault, Fatal):
        logger().critical("stopped", fault=type(fault).__name__, reason=str(fault), exit_code=fault.exit_code)
        code = fault.exit_code
    else:
        logger().critical("stopped", fault=type(fault).__name__, at=places(fault), exit_code=FATAL)
        code = FATAL
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


def _record(found: Any) -> Record:
    """From aiokafka's record."""
    return Record(found.partition, found.offset, found.timestamp, found.value or b"", dict(found.headers), found.key)
