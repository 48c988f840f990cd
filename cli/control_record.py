"""Control messages: sealed here with the public key, as ingest seals what phones send, and written to `submissions`."""

from dataclasses import dataclass

from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.local.failure import Failure
from schemas.events import HEADER_KEY_ID, Erasure, Withdrawal
from schemas.topics import SUBMISSIONS
from services.runtime.keys import load_public
from services.runtime.sealing import Sealer
from services.runtime.settings import ServiceSettings

DELIVERY_MS = 120_000
"""As services.runtime.publish."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the broker put a record of `submissions`, and when (epoch milliseconds)."""

    partition: int
    offset: int
    at_ms: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


def send(settings: ServiceSettings, message: Withdrawal | Erasure) -> Placed:
    """Returns once all in-sync replicas have it. A withdrawal goes to the partition of its instance; an erasure, which
    concerns all, to any. Raises `Failure` if the cluster does not take it, `OperatorStop` without keys."""
    keys = load_public(settings.keys.folder)
    key = None
    if isinstance(message, Withdrawal):
        key = keys.instance_hash(message.survey, message.instance).encode("ascii")
    sealed = Sealer(keys.sealing_id, keys.sealing).seal(message.to_wire())
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers.split(","),
        acks="all",
        delivery_timeout_ms=DELIVERY_MS,
        reconnect_backoff_max_ms=1000,
    )
    try:
        topic = settings.kafka.topic(SUBMISSIONS)
        headers = [(HEADER_KEY_ID, keys.sealing_id.encode("ascii"))]
        placed = producer.send(topic, value=sealed, key=key, headers=headers).get(timeout=DELIVERY_MS / 1000)
        return Placed(placed.partition, placed.offset, placed.timestamp)
    except KafkaError as error:
        raise Failure(
            f"The cluster did not take it, or did not say so ({type(error).__name__}): ask again, twice does no harm."
        ) from None
    finally:
        producer.close(timeout=5)
