"""The compacted topic `erasures`: what was erased, for a database that is restored from an older backup."""

import time
from collections.abc import Iterable

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError
from pydantic import ValidationError

from schemas.erasure import ErasureNotice
from schemas.message import NewerMessage
from schemas.topics import ERASURES
from services.runtime.faults import OperatorStop
from services.runtime.publish import publish_all
from services.runtime.settings import KafkaSettings

POLL_MS = 100
READ_S = 60.0
"""How long the reading may take. Erasures are rare and their records small: the broker is away by then."""


class ErasureTopic:
    """Blocks; kafka.errors.KafkaError where the broker does not answer."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    def announce(self, notices: Iterable[ErasureNotice]) -> None:
        """Returns when all in-sync replicas have them. Twice is as good as once."""
        publish_all(self._settings, ERASURES, [(notice.key, notice.to_wire()) for notice in notices])

    def read(self) -> list[ErasureNotice]:
        """All, in the order of their last writing. Raises `OperatorStop` for a record that is none, or of a newer
        release: whoever passes it over would count somebody who was erased. KafkaTimeoutError after `READ_S`."""
        deadline = time.monotonic() + READ_S
        found: dict[bytes, bytes | None] = {}
        partition = TopicPartition(self._settings.topic(ERASURES), 0)
        consumer = KafkaConsumer(
            bootstrap_servers=self._settings.bootstrap_servers.split(","),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            reconnect_backoff_max_ms=1000,
        )
        try:
            consumer.assign([partition])
            consumer.seek_to_beginning(partition)
            end = consumer.end_offsets([partition])[partition]
            while consumer.position(partition) < end:
                if time.monotonic() > deadline:
                    raise KafkaTimeoutError(f"{ERASURES} could not be read to its end within {READ_S:g} s")
                for record in consumer.poll(timeout_ms=POLL_MS).get(partition, ()):
                    found.pop(record.key, None)
                    found[record.key] = record.value
        finally:
            consumer.close()
        return [_read(value) for value in found.values() if value is not None]


def _read(value: bytes) -> ErasureNotice:
    try:
        return ErasureNotice.from_wire(value)
    except NewerMessage as error:
        raise OperatorStop(f"the topic {ERASURES} was written by a newer release: {error}. Upgrade this one.") from None
    except ValidationError:
        raise OperatorStop(f"the topic {ERASURES} holds a record that is no erasure: remove it, start again.") from None
