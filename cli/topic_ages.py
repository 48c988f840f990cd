"""How many records a topic holds, and the times of its oldest and its newest. Reads no value but to pass over it."""

from collections.abc import Iterable

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from cli.privacy_facts import TopicFacts
from deploy.local.failure import Failure
from schemas.topics import TOPICS, Scope
from services.runtime.admin import Existing, connect
from services.runtime.settings import KafkaSettings

POLL_MS = 10_000


def topic_facts(settings: KafkaSettings) -> list[TopicFacts]:
    """Of each topic of ours that is there. Raises `Failure` if the broker does not answer."""
    try:
        with connect(settings) as admin:
            existing = admin.existing()
        consumer = KafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers.split(","), enable_auto_commit=False, max_poll_records=1
        )
        try:
            return [
                _facts(consumer, topic.name, settings.topic(topic.name), existing[settings.topic(topic.name)])
                for topic in sorted(TOPICS, key=lambda topic: topic.scope is not Scope.DATA)
                if settings.topic(topic.name) in existing
            ]
        finally:
            consumer.close()
    except KafkaError as error:
        raise Failure(f"The broker does not answer ({type(error).__name__}): see `rihla status`.") from None


def _facts(consumer: KafkaConsumer, name: str, in_cluster: str, found: Existing) -> TopicFacts:
    partitions = [TopicPartition(in_cluster, number) for number in range(found.partitions)]
    starts, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    filled = [tp for tp in partitions if ends[tp] > starts[tp]]
    oldest = _times(consumer, ((tp, starts[tp]) for tp in filled))
    # Of a compacted topic the last offset may be gone: what is newest is then not known.
    newest = _times(consumer, ((tp, ends[tp] - 1) for tp in filled))
    kept = found.config.get("cleanup.policy", "delete") == "delete"
    return TopicFacts(
        name,
        sum(ends[tp] - starts[tp] for tp in filled),
        min(oldest, default=None),
        max(newest, default=None),
        int(found.config["retention.ms"]) if kept else None,
        int(found.config.get("segment.ms", 0)),
    )


def _times(consumer: KafkaConsumer, places: Iterable[tuple[TopicPartition, int]]) -> list[int]:
    times = []
    for partition, offset in places:
        consumer.assign([partition])
        consumer.seek(partition, offset)
        records = [record for found in consumer.poll(timeout_ms=POLL_MS).values() for record in found]
        times += [int(records[0].timestamp)] if records else []
    return times
