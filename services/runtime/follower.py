"""Follows a compacted topic with kafka-python: the newest value of each key, in memory, in a thread of its own."""

import threading
import time
from collections.abc import Callable

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from schemas.topics import MAX_MESSAGE_BYTES
from services.runtime.logs import logger
from services.runtime.settings import KafkaSettings

POLL_MS = 250
"""How long a poll waits for news; also the longest that `stop` waits."""

RETRY_S = 1.0
"""Between two attempts to follow."""

OnChange = Callable[[str, bytes | None], None]


class NotCaughtUp(Exception):
    """The end of the topic was not reached in time: the broker is away or slow. Recoverable: try again."""


class Follower:
    """`on_change(key, value or None)` is called in the follower's thread for each record, in order. A record that it
    fails at, or whose key is no text, is logged and passed over."""

    def __init__(self, settings: KafkaSettings, topic: str, on_change: OnChange) -> None:
        self._settings = settings
        self._partition = TopicPartition(settings.topic(topic), 0)
        self._on_change = on_change
        self._thread = threading.Thread(target=self._run, name=f"follow-{topic}", daemon=True)
        self._stopping = threading.Event()
        self._moved = threading.Condition()
        self._end_wanted = 0
        self._end_known = 0
        self.offset = -1
        """Of the record that `on_change` is being told of."""
        self.caught_up = threading.Event()
        """Set once the end of the topic, as it was at the start, has been reached."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def read_to_end(self, timeout: float) -> None:
        """Returns when everything that stood in the topic at the time of the call has been read.

        Blocks up to `timeout` seconds: call it from a thread. Raises `NotCaughtUp`.
        """
        deadline = time.monotonic() + timeout
        with self._moved:
            self._end_wanted += 1
            ticket = self._end_wanted
            while self._end_known < ticket:
                if not self._moved.wait(deadline - time.monotonic()):
                    raise NotCaughtUp(f"{self._partition.topic} could not be read to its end within {timeout:g} s")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except Exception as error:
                # Also what no client should raise: without this thread the process would wait for ever for surveys.
                lost = isinstance(error, KafkaError | OSError)
                event = "follower_lost_broker" if lost else "follower_failed"
                logger().warning(event, topic=self._partition.topic, error=type(error).__name__)
                self._stopping.wait(RETRY_S)

    def _follow(self) -> None:
        consumer = KafkaConsumer(
            bootstrap_servers=self._settings.bootstrap_servers.split(","),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=2 * MAX_MESSAGE_BYTES,
            fetch_max_bytes=4 * MAX_MESSAGE_BYTES,
            reconnect_backoff_max_ms=1000,
        )
        try:
            consumer.assign([self._partition])
            # After a lost broker everything is read again: records are idempotent, and a topic made anew is noticed.
            consumer.seek_to_beginning(self._partition)
            while not self._stopping.is_set():
                self._read_once(consumer)
        finally:
            consumer.close()

    def _take(self, record: ConsumerRecord) -> None:
        self.offset = record.offset
        try:
            self._on_change(record.key.decode(), record.value)
        except Exception as error:
            # Read again it would fail again, and nothing after it would ever be read.
            logger().error("record_passed_over", topic=record.topic, offset=record.offset, error=type(error).__name__)

    def _read_once(self, consumer: KafkaConsumer) -> None:
        asked = self._end_wanted
        end: int | None = None
        if asked > self._end_known or not self.caught_up.is_set():
            end = consumer.end_offsets([self._partition])[self._partition]
        while True:
            batches = consumer.poll(timeout_ms=POLL_MS if end is None else 50)
            for record in batches.get(self._partition, ()):
                self._take(record)
            if end is None or self._stopping.is_set():
                return
            if consumer.position(self._partition) >= end:
                break
        self.caught_up.set()
        with self._moved:
            self._end_known = max(self._end_known, asked)
            self._moved.notify_all()
