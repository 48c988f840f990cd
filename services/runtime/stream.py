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
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import faust
from faust.transport.drivers.aiokafka import Consumer, Transport

from services.runtime.contiguity import Contiguity
from services.runtime.exit_codes import FATAL, OK
from services.runtime.faults import Fatal
from services.runtime.logs import logger
from services.runtime.settings import KafkaSettings

SESSION_TIMEOUT_S = 6.0
"""The least a broker allows by default: how long a killed worker keeps its partitions."""
HEARTBEAT_S = 1.0
COMMIT_INTERVAL_S = 1.0
MAX_POLL_INTERVAL_S = 60.0
STOP_S = 4.0
"""A worker that is told to stop leaves within this time: the whole stack has ten seconds."""
BUFFER_EVENTS = 4000
"""Records read ahead; more than one batch, or the agent waits for the broker between batches."""


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
    """Records a batch holds at most, and seconds it waits for them."""

    records: int
    within: float


Positions = Callable[[Mapping[int, int | None]], Awaitable[Mapping[int, int]]]
"""Partition -> committed offset (or None) of all that is assigned  ->  partition -> offset to start at."""

Handle = Callable[[Sequence[Record]], Awaitable[None]]
"""Does one batch, whole: returns when its effect is durable. Never called twice at a time."""


class Stream:
    """One topic, read by one consumer group. `assigned` is the partitions this worker has, empty before the first
    rebalance and while one is under way."""

    def __init__(
        self, kafka: KafkaSettings, group: str, topic: str, batching: Batching, positions: Positions, handle: Handle
    ) -> None:
        self._topic = kafka.topic(topic)
        self._batching = batching
        self._positions = positions
        self._handle = handle
        self._contiguity = Contiguity()
        self._busy = asyncio.Lock()
        self.assigned: frozenset[int] = frozenset()
        self.joined = False
        self._stopping = False
        self.app = _App(kafka, group, self)
        # Raw: a value that Faust's own decoding cannot read ends the agent in silence and leaves the process up.
        records = self.app.topic(self._topic, key_serializer="raw", value_serializer="raw")
        self.app.agent(records, concurrency=1, name=group)(self._agent)

    def run(self, on_start: Callable[[], Awaitable[None]], on_stop: Callable[[], Awaitable[None]]) -> NoReturn:
        """Runs until SIGTERM or SIGINT, then ends the process with 0. `on_start` runs on the worker's loop before the
        first record, `on_stop` after the last."""
        try:
            asyncio.run(self._main(on_start, on_stop))
        except BaseException as fault:
            end_process(fault)
        logging.shutdown()
        os._exit(OK)

    async def _main(self, on_start: Callable[[], Awaitable[None]], on_stop: Callable[[], Awaitable[None]]) -> None:
        asked_to_stop = asyncio.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, asked_to_stop.set)
        await on_start()
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

    async def start_at(self, committed: Mapping[int, int | None]) -> Mapping[int, int]:
        """Called through Faust's seek after each rebalance; waits for the batch that is under way."""
        try:
            async with self._busy:
                positions = await self._positions(committed)
                self._contiguity.restart(positions)
                self.assigned = frozenset(positions)
                self.joined = True
                return positions
        except asyncio.CancelledError:
            raise
        except BaseException as fault:
            end_process(fault)

    async def _agent(self, stream: Any) -> None:
        try:
            async for events in stream.noack_take(self._batching.records, within=self._batching.within):
                await self._do(stream, events)
        except asyncio.CancelledError:
            if self._stopping:
                raise
        except BaseException as fault:
            end_process(fault)
        # Faust would leave the process up, without anybody who reads.
        if not self._stopping:
            end_process(Fatal("the stream of records ended while the worker was to go on"))

    async def _do(self, stream: Any, events: Sequence[Any]) -> None:
        async with self._busy:
            current = [event for event in events if self._is_current(event)]
            after = self._contiguity.check((e.message.partition, e.message.offset) for e in current)
            if current:
                await self._handle([_record(event) for event in current])
                self._contiguity.advance(after)
        for event in current:
            await stream.ack(event)

    def _is_current(self, event: Any) -> bool:
        """False for what was read under an older assignment: it is read again from the position of the new one."""
        return bool(event.message.generation_id == self.app.consumer_generation_id)


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


def places(fault: BaseException, deepest: int = 8) -> list[str]:
    """File, line and function of the innermost calls, without any value."""
    found = []
    trace = fault.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-deepest:]


def _record(event: Any) -> Record:
    message = event.message
    return Record(
        message.partition,
        message.offset,
        round(message.timestamp * 1000),
        message.value if message.value is not None else b"",
        dict(message.headers or ()),
        message.key,
    )


class _SeekingConsumer(Consumer):  # type: ignore[misc]
    async def seek_to_committed(self) -> Mapping[Any, int]:
        committed = await super().seek_to_committed()
        by_partition = {tp.partition: offset for tp, offset in committed.items()}
        tps = {tp.partition: tp for tp in committed}
        positions = await self.app.stream_shell.start_at(by_partition)
        wanted = {tps[partition]: offset for partition, offset in positions.items()}
        await self.seek_wait(wanted)
        return wanted


class _SeekingTransport(Transport):  # type: ignore[misc]
    Consumer = _SeekingConsumer


class _App(faust.App):  # type: ignore[misc]
    def __init__(self, kafka: KafkaSettings, group: str, shell: Stream) -> None:
        self.stream_shell = shell
        servers = ";".join(f"kafka://{server}" for server in kafka.bootstrap_servers.split(","))
        super().__init__(
            kafka.prefix + group,
            broker=servers,
            store="memory://",
            # Faust makes this folder even without tables.
            datadir=str(Path(tempfile.gettempdir()) / f"faust-{os.getpid()}"),
            broker_session_timeout=SESSION_TIMEOUT_S,
            broker_heartbeat_interval=HEARTBEAT_S,
            broker_commit_interval=COMMIT_INTERVAL_S,
            broker_max_poll_interval=MAX_POLL_INTERVAL_S,
            stream_buffer_maxsize=BUFFER_EVENTS,
            stream_wait_empty=False,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            consumer_auto_offset_reset="earliest",
        )

    def _new_transport(self) -> Transport:
        return _SeekingTransport(self.conf.broker_consumer, self)
