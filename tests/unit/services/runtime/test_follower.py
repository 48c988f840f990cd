"""A follower goes on whatever a record holds or a client raises: without it, its process would wait for ever."""

from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition

from services.runtime import follower as follower_module
from services.runtime.follower import Follower
from services.runtime.settings import KafkaSettings

DEADLINE_S = 10.0


class Topic:
    """Stands for KafkaConsumer. `faults` are raised by the first polls, one each."""

    def __init__(self, records: list[tuple[bytes | None, bytes]], faults: list[Exception]) -> None:
        self.partition = TopicPartition("surveys", 0)
        self._records = [
            SimpleNamespace(topic="surveys", offset=offset, key=key, value=value)
            for offset, (key, value) in enumerate(records)
        ]
        self._faults = faults
        self._position = 0

    def __call__(self, **settings: object) -> "Topic":
        return self

    def assign(self, partitions: list[TopicPartition]) -> None: ...

    def seek_to_beginning(self, partition: TopicPartition) -> None:
        self._position = 0

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {self.partition: len(self._records)}

    def position(self, partition: TopicPartition) -> int:
        return self._position

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        if self._faults:
            raise self._faults.pop()
        found, self._position = self._records[self._position :], len(self._records)
        return {self.partition: found}

    def close(self) -> None: ...


def follow(monkeypatch: pytest.MonkeyPatch, topic: Topic) -> list[str]:
    """What a follower was told when it had read the topic to its end."""
    monkeypatch.setattr(follower_module, "KafkaConsumer", topic)
    monkeypatch.setattr(follower_module, "RETRY_S", 0.0)
    told: list[str] = []

    def change(key: str, value: bytes | None) -> None:
        if value == b"poison":
            raise ValueError(key)
        told.append(key)

    follower = Follower(KafkaSettings(), "surveys", change)
    follower.start()
    try:
        follower.read_to_end(DEADLINE_S)
    finally:
        follower.stop()
    return told


def test_a_record_that_nobody_can_read_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = Topic([(b"a", b""), (None, b""), (b"\xff", b""), (b"b", b"poison"), (b"c", b"")], [])
    assert follow(monkeypatch, topic) == ["a", "c"]


def test_a_fault_of_the_client_is_followed_by_another_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = Topic([(b"a", b"")], [AssertionError("of the client's own")])
    assert follow(monkeypatch, topic) == ["a"]
