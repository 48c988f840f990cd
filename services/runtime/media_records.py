"""The files of surveys on the topic `surveys`, whose keys are their hashes. Only where each stands is kept in memory:
pictures and videos of many surveys would fill every service, and a service needs a few, once."""

import hashlib
import time

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from schemas.topics import MAX_MESSAGE_BYTES, SURVEYS
from services.runtime.follower import POLL_MS, NotCaughtUp
from services.runtime.logs import logger
from services.runtime.settings import KafkaSettings

READ_S = 10.0
"""Longest wait for one record: longer than a broker's leader takes to move."""


class MediaRecords:
    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._offsets: dict[str, int] = {}

    def stands_at(self, sha256: str, offset: int | None) -> None:
        """Told of each record with a file, in order; None when it was deleted."""
        if offset is None:
            self._offsets.pop(sha256, None)
        else:
            self._offsets[sha256] = offset

    def read(self, sha256: str) -> bytes | None:
        """None for a file that is not there, or whose content is not what its key says. Raises `NotCaughtUp` when the
        broker does not answer."""
        offset = self._offsets.get(sha256)
        if offset is None:
            return None
        record = self._record_at(offset)
        # Compaction may have removed this record since, after the same file was published again further on.
        value = record.value if record is not None and record.key == sha256.encode() else None
        if value is not None and hashlib.sha256(value).hexdigest() != sha256:
            logger().error("media_altered", offset=offset)
            return None
        return value

    def _record_at(self, offset: int) -> ConsumerRecord | None:
        """The record at an offset, or the next after it where it is gone."""
        partition = TopicPartition(self._settings.topic(SURVEYS), 0)
        deadline = time.monotonic() + READ_S
        try:
            consumer = KafkaConsumer(
                bootstrap_servers=self._settings.bootstrap_servers.split(","),
                enable_auto_commit=False,
                max_partition_fetch_bytes=MAX_MESSAGE_BYTES,
            )
            try:
                consumer.assign([partition])
                consumer.seek(partition, offset)
                while time.monotonic() < deadline:
                    for record in consumer.poll(timeout_ms=POLL_MS, max_records=1).get(partition, ()):
                        return record
            finally:
                consumer.close()
        except KafkaError as error:
            raise NotCaughtUp(f"a file of a survey could not be read ({type(error).__name__})") from None
        raise NotCaughtUp(f"a file of a survey could not be read within {READ_S:g} s")
