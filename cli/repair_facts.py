"""Reads what `rihla repair` judges by: the topics, validate's committed offsets, and the watermarks."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import orjson
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from cli.repair_plan import Facts, reaches, read_from
from deploy.local.failure import Failure
from schemas.topics import MAX_MESSAGE_BYTES, RESPONSES, SUBMISSIONS
from services.aggregate.mongo_store import MongoStore
from services.aggregate.watermark import Watermark
from services.runtime.admin import connect
from services.runtime.faults import Fatal
from services.runtime.settings import KafkaSettings, ServiceSettings
from services.validate.settings import Settings as ValidateSettings
from services.validate.start import Range
from services.validate.tail import Tail, read_tails

SILENCE_MS = 30_000
"""A broker that gives nothing for this time is in trouble."""


class CannotAsk(Failure):
    """The broker or the database does not answer, so it is not known whether anything is wrong."""


def group(settings: KafkaSettings) -> str:
    """Validate's consumer group, as it is called in the cluster."""
    return settings.prefix + ValidateSettings().validate_.group


def gather(settings: ServiceSettings) -> list[Facts]:
    """Of each partition that has a watermark. In an order in which whatever is written meanwhile makes nothing look
    wrong. Raises `CannotAsk`, and `OperatorStop` if a topic is not there."""
    try:
        committed = _committed(settings.kafka)
        with connect(settings.kafka) as admin:
            tails = dict(read_tails(settings.kafka, range(admin.partitions(RESPONSES))))
            marks = _watermarks(settings)
            ids = admin.topic_ids()
            firsts, ends = admin.start_offsets(RESPONSES), admin.end_offsets(RESPONSES)
            responses = {partition: Range(first, ends[partition]) for partition, first in firsts.items()}
            found = [
                Facts(
                    committed.get(mark.partition),
                    tails.get(mark.partition, Tail(False)).outcomes,
                    mark,
                    ids[RESPONSES],
                    responses.get(mark.partition, Range(0, 0)),
                    (),
                    ids[SUBMISSIONS],
                    Range(0, 0),
                )
                for mark in marks
            ]
            found = _with_outcomes(settings.kafka, found, {facts.mark.partition: read_from(facts) for facts in found})
            ends, firsts = admin.end_offsets(SUBMISSIONS), admin.start_offsets(SUBMISSIONS)
            found = [
                replace(facts, submissions=Range(firsts.get(partition, 0), ends.get(partition, 0)))
                for facts in found
                for partition in [facts.mark.partition]
            ]
        # What was passed over is of interest only where `submissions` cannot give it any more.
        short = [facts for facts in found if reaches(facts) < facts.submissions.first]
        whole = _with_outcomes(settings.kafka, short, {f.mark.partition: f.responses.first for f in short})
        by_partition = {facts.mark.partition: facts for facts in (*found, *whole)}
        return [by_partition[mark.partition] for mark in marks]
    except KafkaError as error:
        raise CannotAsk(f"The broker does not answer ({type(error).__name__}): see `rihla status`.") from None
    except Fatal as fault:
        if fault.exit_code == Fatal.exit_code:
            raise CannotAsk(f"{fault}.") from None
        raise


def _watermarks(settings: ServiceSettings) -> list[Watermark]:
    store = MongoStore(settings.mongodb)
    try:
        return store.watermarks()
    except PyMongoError as error:
        raise CannotAsk(f"The database does not answer ({type(error).__name__}): see `rihla status`.") from None
    finally:
        store.close()


def _committed(settings: KafkaSettings) -> dict[int, int]:
    client = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers.split(","), request_timeout_ms=15_000)
    try:
        found = client.list_group_offsets(group(settings))[group(settings)]
    finally:
        client.close()
    topic = settings.topic(SUBMISSIONS)
    return {tp.partition: meta.offset for tp, meta in found.items() if tp.topic == topic and meta.offset >= 0}


def _with_outcomes(settings: KafkaSettings, found: list[Facts], begins: Mapping[int, int]) -> list[Facts]:
    """With the outcomes from these offsets of `responses` on to the end that the facts name."""
    outcomes: dict[int, list[tuple[int, int]]] = {facts.mark.partition: [] for facts in found}
    topics = {facts.mark.partition: facts.mark.submissions_topic for facts in found}
    spans = {f.mark.partition: (begins[f.mark.partition], f.responses.end) for f in found}
    for partition, offset, value in read_records(settings, spans):
        source = source_of(value, topics[partition])
        if source is not None:
            outcomes[partition].append((offset, source))
    return [replace(facts, outcomes=tuple(outcomes[facts.mark.partition])) for facts in found]


def source_of(value: bytes | None, submissions_id: str) -> int | None:
    """The source offset of an outcome; None for what is none, or is of another topic."""
    try:
        source = orjson.loads(value or b"")["source"]
        return int(source["offset"]) if source["topic_id"] == submissions_id else None
    except (ValueError, TypeError, KeyError):
        return None


def read_records(
    settings: KafkaSettings, spans: Mapping[int, tuple[int, int]]
) -> Iterator[tuple[int, int, bytes | None]]:
    """Partition, offset and value of the records of `responses` between these offsets, in order within a partition.
    Raises kafka.errors.KafkaError, and `CannotAsk` when nothing comes any more."""
    topic = settings.topic(RESPONSES)
    left = {TopicPartition(topic, partition): span for partition, span in spans.items() if span[0] < span[1]}
    if not left:
        return
    consumer = KafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * MAX_MESSAGE_BYTES,
    )
    try:
        consumer.assign(list(left))
        for tp, (begin, _) in left.items():
            consumer.seek(tp, begin)
        while left:
            batches = consumer.poll(timeout_ms=SILENCE_MS)
            if not batches:
                raise CannotAsk(f"Of {topic} nothing came for {SILENCE_MS // 1000} s: look at the broker.")
            for tp, records in batches.items():
                for record in records:
                    if tp in left and record.offset < left[tp][1]:
                        yield tp.partition, record.offset, record.value
            for tp in [tp for tp, (_, end) in left.items() if consumer.position(tp) >= end]:
                del left[tp]
                consumer.pause(tp)
    finally:
        consumer.close()
