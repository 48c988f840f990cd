"""Writes one record to a compacted topic (a survey, a collector) and waits until it is safe in the cluster."""

from kafka import KafkaProducer

from schemas.topics import MAX_MESSAGE_BYTES
from services.runtime.settings import KafkaSettings

DELIVERY_MS = 120_000
"""kafka-python's idempotent producer does not come back after an outage longer than this, so it is generous."""


def publish(settings: KafkaSettings, topic: str, key: str, value: bytes | None) -> None:
    """`value` None deletes the key. Raises kafka.errors.KafkaError when the cluster does not take it."""
    producer = KafkaProducer(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        acks="all",
        delivery_timeout_ms=DELIVERY_MS,
        max_request_size=MAX_MESSAGE_BYTES,
        reconnect_backoff_max_ms=1000,
    )
    try:
        producer.send(settings.topic(topic), key=key.encode(), value=value).get(timeout=DELIVERY_MS / 1000)
    finally:
        producer.close(timeout=5)
