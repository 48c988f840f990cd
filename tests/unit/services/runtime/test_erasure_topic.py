"""Reading the topic of erasures: it ends, also where the broker answers and gives no records."""

from types import SimpleNamespace

import pytest
from kafka.errors import KafkaTimeoutError

from services.runtime import erasure_topic
from services.runtime.settings import KafkaSettings


class GivesNothing:
    """A consumer whose broker knows an end and never gives a record, which no broker here can be brought to do."""

    closed = False

    def __init__(self, **settings: object) -> None: ...

    def assign(self, partitions: object) -> None: ...

    def seek_to_beginning(self, partition: object) -> None: ...

    def end_offsets(self, partitions: list[object]) -> dict[object, int]:
        return dict.fromkeys(partitions, 5)

    def position(self, partition: object) -> int:
        return 0

    def poll(self, timeout_ms: int) -> dict[object, list[object]]:
        return {}

    def close(self) -> None:
        type(self).closed = True


def test_a_topic_that_cannot_be_read_to_its_end_is_a_fault_that_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1_000_000, 20))
    monkeypatch.setattr(erasure_topic, "KafkaConsumer", GivesNothing)
    monkeypatch.setattr(erasure_topic, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with pytest.raises(KafkaTimeoutError):
        erasure_topic.ErasureTopic(KafkaSettings()).read()
    assert GivesNothing.closed
