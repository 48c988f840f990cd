"""Writes sealed payloads of the quarantine to `submissions` again, as ingest wrote them: same key, same partition rule.

Nothing is taken out of the quarantine here. Each record names the one that it repeats, and aggregate lets that go in
the transaction in which it applies the new one (services.aggregate.replaying). So whatever is interrupted, a payload is
never in neither place. What was written twice is harmless: the same content under the same id is a duplicate.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.local.failure import Failure
from schemas.events import HEADER_KEY_ID, HEADER_REPLAY_OF, Replayed
from schemas.topics import MAX_MESSAGE_BYTES, SUBMISSIONS
from services.aggregate.slots import Quarantined
from services.runtime.settings import KafkaSettings

DELIVERY_MS = 120_000
"""As services.runtime.publish."""
UNCONFIRMED_BYTES = 2 * MAX_MESSAGE_BYTES
"""On their way at a time: two of the largest records."""


@dataclass(frozen=True)
class Resent:
    """`without_payload` were too large for the quarantine, or never sealed: only whoever sent them has them."""

    written: int = 0
    without_payload: int = 0


def resend(kafka: KafkaSettings, entries: Iterable[Quarantined]) -> Resent:
    """Returns when all in-sync replicas have all of them. Raises `Failure` if the cluster does not take them."""
    topic = kafka.topic(SUBMISSIONS)
    written = without_payload = waiting_bytes = 0
    waiting = []
    producer = KafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers.split(","),
        acks="all",
        delivery_timeout_ms=DELIVERY_MS,
        max_request_size=MAX_MESSAGE_BYTES,
        reconnect_backoff_max_ms=1000,
    )
    try:
        for entry in entries:
            if not entry.sealed or not entry.key_id:
                without_payload += 1
                continue
            value = base64.b64decode(entry.sealed)
            waiting.append(producer.send(topic, value=value, key=_key(entry), partition=_partition(entry), headers=[
                (HEADER_KEY_ID, entry.key_id.encode("ascii")), (HEADER_REPLAY_OF, str(_place(entry)).encode("ascii")),
            ]))  # fmt: skip
            waiting_bytes += len(value)
            if waiting_bytes >= UNCONFIRMED_BYTES:
                written += _confirmed(waiting)
                waiting, waiting_bytes = [], 0
        return Resent(written + _confirmed(waiting), without_payload)
    except KafkaError as error:
        raise Failure(
            f"The cluster did not take all of it ({type(error).__name__}); {written} are confirmed, nothing is "
            "lost. See `rihla status`, then call it again: what was written already is counted once."
        ) from None
    finally:
        producer.close(timeout=5)


def _confirmed(waiting: list) -> int:  # type: ignore[type-arg]
    for future in waiting:
        future.get(timeout=DELIVERY_MS / 1000)
    return len(waiting)


def _key(entry: Quarantined) -> bytes | None:
    """As ingest's: the instance whose slot it concerns first. None for a record that could not be opened."""
    concerns = entry.replaces or entry.instance
    return None if concerns is None else concerns.encode("ascii")


def _partition(entry: Quarantined) -> int | None:
    """By the key, or where it was."""
    return entry.partition if _key(entry) is None else None


def _place(entry: Quarantined) -> Replayed:
    return Replayed(partition=entry.partition, offset=entry.offset)
