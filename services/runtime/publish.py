"""Writes records to a compacted topic (surveys, collectors) and waits until they are safe in the cluster."""

from collections.abc import Iterable

from kafka import KafkaProducer

from schemas.topics import MAX_MESSAGE_BYTES
from services.runtime.settings import KafkaSettings

DELIVERY_MS = 120_000
"""kafka-python's idempotent producer does not come back after an outage longer than this, so it is generous."""


def publish(settings: KafkaSettings, topic: str, key: str, value: bytes | None) -> None:
    """`value` None deletes the key. Raises kafka.errors.KafkaError when the cluster does not take it."""
    publish_all(settings, topic, [(key, value)])


def publish_all(settings: KafkaSettings, topic: str, records: Iterable[tuple[str, bytes | None]]) -> None:
    """As `publish`, for several, one after the other: where one fails, the earlier ones are there."""
    producer = KafkaProducer(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        acks="all",
        delivery_timeout_ms=DELIVERY_MS,
        max_request_size=MAX_MESSAGE_BYTES,
        reconnect_backoff_max_ms=1000,
    )
    try:
        for key, value in records:
            producer.send(settings.topic(topic), key=key.encode(), value=value).get(timeout=DELIVERY_MS / 1000)
    finally:
        producer.close(timeout=5)
