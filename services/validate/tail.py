"""Reads the ends of partitions of `responses`, to see which records of `submissions` have their outcome already."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson
from kafka import KafkaConsumer, TopicPartition

from schemas.topics import MAX_MESSAGE_BYTES, RESPONSES
from services.runtime.faults import Fatal
from services.runtime.settings import KafkaSettings
from services.validate.start import TailOutcome

TAIL_RECORDS = 2_000
"""Four batches: more than Faust's commits run ahead, or than a worker has under way when it dies."""
DEADLINE_S = 30.0
"""A broker that gives nothing for this time is in trouble; the worker starts over. Not the time for all of the tail:
2,000 rejections with their payloads are gigabytes, and it would start over for ever."""


@dataclass(slots=True)
class Tail:
    """`ever_written` is False if the partition never held a record."""

    ever_written: bool
    outcomes: list[TailOutcome] = field(default_factory=list)


def read_tails(settings: KafkaSettings, partitions: Iterable[int], records: int = TAIL_RECORDS) -> Mapping[int, Tail]:
    """The last outcomes of each partition, in order. Blocks: call it from a thread.

    Raises kafka.errors.KafkaError, and `Fatal` when nothing comes for `DEADLINE_S`.
    """
    topic = settings.topic(RESPONSES)
    wanted = [TopicPartition(topic, partition) for partition in partitions]
    consumer = KafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * MAX_MESSAGE_BYTES,
        max_poll_records=records,
    )
    try:
        consumer.assign(wanted)
        first, end = consumer.beginning_offsets(wanted), consumer.end_offsets(wanted)
        tails = {tp.partition: Tail(end[tp] > 0) for tp in wanted}
        for tp in wanted:
            consumer.seek(tp, max(first[tp], end[tp] - records))
        open_ = {tp for tp in wanted if first[tp] < end[tp]}
        deadline = time.monotonic() + DEADLINE_S
        while open_:
            if time.monotonic() > deadline:
                raise Fatal(f"of the end of {topic} nothing came for {DEADLINE_S:g} s; look at the broker")
            for tp, batch in consumer.poll(timeout_ms=500).items():
                deadline = time.monotonic() + DEADLINE_S
                tails[tp.partition].outcomes += [source for record in batch for source in _source(record.value)]
            open_ = {tp for tp in open_ if consumer.position(tp) < end[tp]}
        return tails
    finally:
        consumer.close()


def _source(value: bytes | None) -> list[TailOutcome]:
    """Where an outcome comes from; nothing for a record that is none (aggregate tells of those)."""
    try:
        source = orjson.loads(value or b"")["source"]
        return [TailOutcome(str(source["topic_id"]), int(source["offset"]))]
    except (ValueError, TypeError, KeyError):
        return []
