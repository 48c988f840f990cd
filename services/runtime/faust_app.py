"""Faust, made to carry runs of records instead of single ones, and to start and commit where a service says.

Faust makes several tasks and objects for each event: 0.5 CPU seconds for 1,000 records, more than judging or counting
them. So one Faust event here is a run: consecutive records of one partition, as they came from the broker. Everything
below uses places that Faust leaves open (its scheduler setting, the consumer and transport classes).
"""

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import faust
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types.tuples import ConsumerMessage

from services.runtime.settings import KafkaSettings

SESSION_TIMEOUT_S = 6.0
"""The least a broker allows by default: how long a killed worker keeps its partitions."""
HEARTBEAT_S = 1.0
COMMIT_INTERVAL_S = 1.0
MAX_POLL_INTERVAL_S = 7 * 86_400.0
"""In effect never. A worker that waits for a database stops fetching when its buffer is full, and so does one that is
paused. Past this time aiokafka leaves the group and does not join again until something fetches, while Faust does not
fetch until it has joined: the worker would stand still for ever, and look well."""
METADATA_AGE_S = 10.0
"""For producers as well. One small request to the broker."""
RUN_RECORDS = 100
"""Longest run: the grain of batches, and of fairness between partitions."""
BUFFER_RUNS = 200
"""Runs read ahead: more than one batch, or the agent waits for the broker between batches."""


class Reader(Protocol):
    """Who decides where reading starts, and knows what is done."""

    def start_at(self, committed: Mapping[int, int | None]) -> Awaitable[Mapping[int, int]]: ...

    def done_until(self, partition: int) -> int | None:
        """The next offset after what was handled, or None for a partition that is not assigned."""
        ...


class FaustApp(faust.App):  # type: ignore[misc]
    """An application without tables, web server, leader topic and folders: their absence is what is safe here."""

    def __init__(self, kafka: KafkaSettings, group: str, reader: Reader) -> None:
        self.reader = reader
        super().__init__(
            kafka.prefix + group,
            broker=";".join(f"kafka://{server}" for server in kafka.bootstrap_servers.split(",")),
            store="memory://",
            broker_session_timeout=SESSION_TIMEOUT_S,
            broker_heartbeat_interval=HEARTBEAT_S,
            broker_commit_interval=COMMIT_INTERVAL_S,
            broker_max_poll_interval=MAX_POLL_INTERVAL_S,
            stream_buffer_maxsize=BUFFER_RUNS,
            stream_wait_empty=False,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            # A position that is out of range is set to the start of the topic by aiokafka, without a word. It is
            # noticed by whoever checks that offsets follow each other (contiguity), and where no record comes, by
            # whoever looks at the topic (topic_loss). "none" would raise inside of Faust, which then stops for reasons
            # of its own, also where a partition has never been committed.
            consumer_auto_offset_reset="earliest",
            # How soon partitions that were added are read.
            consumer_metadata_max_age_ms=round(METADATA_AGE_S * 1000),
            ConsumerScheduler=RunScheduler,
        )
        self.on_rebalance_complete.connect(self._tell_of_nothing)

    async def _tell_of_nothing(self, *_: object, **__: object) -> None:
        """Faust seeks, and so asks the reader, only where there are partitions; a worker may have got none."""
        if not self.consumer.assignment():
            await self.reader.start_at({})

    def _create_directories(self) -> None:
        """Faust's folders are for tables: a process that is killed would leave them behind."""

    def _new_transport(self) -> Transport:
        return RunTransport(self.conf.broker_consumer, self)


class RunScheduler:
    """Cuts what a fetch brought into runs, in turn between partitions."""

    def iterate(self, records: Mapping[Any, Sequence[Any]]) -> Iterator[tuple[Any, Sequence[Any]]]:
        longest = max((len(found) for found in records.values()), default=0)
        for first in range(0, longest, RUN_RECORDS):
            for tp, found in records.items():
                if run := found[first : first + RUN_RECORDS]:
                    yield tp, run


class RunMessage(ConsumerMessage):  # type: ignore[misc]
    """A run as Faust sees it: one message at the offset of its last record. `run` holds aiokafka's records."""

    run: Sequence[Any]


class RunConsumer(Consumer):  # type: ignore[misc]
    def _to_message(self, tp: Any, run: Sequence[Any]) -> RunMessage:
        last = run[-1]
        message = RunMessage(
            last.topic,
            last.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            None,
            None,
            None,
            None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )
        message.run = run
        return message

    async def seek_to_committed(self) -> Mapping[Any, int]:
        committed = await super().seek_to_committed()
        tps = {tp.partition: tp for tp in committed}
        positions = await self.app.reader.start_at({tp.partition: offset for tp, offset in committed.items()})
        wanted = {tps[partition]: offset for partition, offset in positions.items()}
        await self.seek_wait(wanted)
        return wanted

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Between two runs there is no gap, though their last offsets are apart; the reader looks for real ones."""

    def _new_offset(self, tp: Any) -> int | None:
        """What to commit: what the reader has done, and not what Faust concludes from acknowledgements."""
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        done: int | None = self.app.reader.done_until(tp.partition)
        return done


class RunTransport(Transport):  # type: ignore[misc]
    Consumer = RunConsumer
