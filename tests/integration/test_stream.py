"""The Faust shell keeps records where Faust alone loses them (services/runtime/stream.py)."""

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.local.stack import Stack
from services.runtime.admin import connect, difference
from services.runtime.exit_codes import FATAL, OK
from services.runtime.faults import OperatorStop
from services.runtime.settings import KafkaSettings

WORKER = Path(__file__).with_name("stream_worker.py")
DEADLINE_S = 30.0


@dataclass
class Topic:
    settings: KafkaSettings
    file: Path
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def fill(self, records: int, partitions: int = 2) -> None:
        producer = KafkaProducer(bootstrap_servers=self.settings.bootstrap_servers)
        for number in range(records):
            # Not UTF-8 and not JSON: Faust's decoding would end the agent in silence.
            producer.send(self.settings.topic("submissions"), b"\xff\x00%d" % number, partition=number % partitions)
        producer.flush()
        producer.close()

    def worker(self, raises_at: int = -1, starts_at: str = "committed", hangs_at: int = -1) -> subprocess.Popen[str]:
        arguments = [self.settings.bootstrap_servers, self.settings.prefix, str(self.file)]
        arguments += [str(raises_at), starts_at, str(hangs_at)]
        worker = subprocess.Popen([sys.executable, str(WORKER), *arguments], stderr=subprocess.PIPE, text=True)
        self.workers.append(worker)
        return worker

    def seen(self) -> list[tuple[int, int]]:
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [(int(line.split()[0]), int(line.split()[1])) for line in lines]

    def wait_seen(self, records: set[tuple[int, int]]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not records <= set(self.seen()):
            assert time.monotonic() < deadline, f"{len(records - set(self.seen()))} records were not seen"
            time.sleep(0.05)

    def assignments(self) -> list[str]:
        file = self.file.with_suffix(".assigned")
        return file.read_text().split() if file.exists() else []

    def committed(self) -> dict[int, int]:
        consumer = KafkaConsumer(
            bootstrap_servers=self.settings.bootstrap_servers, group_id=f"{self.settings.prefix}group"
        )
        name = self.settings.topic("submissions")
        found = {partition: consumer.committed(TopicPartition(name, partition)) or 0 for partition in range(2)}
        consumer.close()
        return found

    def end(self, worker: subprocess.Popen[str]) -> int:
        worker.send_signal(signal.SIGTERM)
        return worker.wait(10)


@pytest.fixture
def topic(kafka_and_database: Stack, tmp_path: Path) -> Iterator[Topic]:
    settings = KafkaSettings(
        bootstrap_servers=kafka_and_database.kafka, prefix=f"stream-{uuid.uuid4().hex[:8]}.", partitions=2
    )
    with connect(settings) as admin:
        admin.apply(difference(settings, admin.existing()))
    topic = Topic(settings, tmp_path / "seen")
    yield topic
    for worker in topic.workers:
        worker.kill()
        worker.communicate()


def pairs(start: int, end: int) -> set[tuple[int, int]]:
    return {(partition, offset) for partition in range(2) for offset in range(start, end)}


def test_a_raising_batch_ends_the_process_and_loses_nothing(topic: Topic) -> None:
    topic.fill(400)
    worker = topic.worker(raises_at=120)
    _, log = worker.communicate(timeout=DEADLINE_S)
    assert worker.returncode == FATAL
    assert "ValueError" in log and "Canary-answer" not in log
    assert max(topic.committed().values()) <= 120, "nothing at or after the failed record may be committed"
    again = topic.worker()
    topic.wait_seen(pairs(0, 200))
    assert topic.end(again) == OK


def test_reading_starts_where_the_service_says_and_not_at_the_committed_offset(topic: Topic) -> None:
    topic.fill(200)
    first = topic.worker()
    topic.wait_seen(pairs(0, 100))
    assert topic.end(first) == OK
    assert topic.committed() == {0: 100, 1: 100}
    topic.file.unlink()
    second = topic.worker(starts_at="40")
    topic.wait_seen(pairs(40, 100))
    assert topic.end(second) == OK
    assert sorted(topic.seen()) == sorted(pairs(40, 100)), "each once, in order, and none before"


def test_offsets_come_in_order_within_a_partition(topic: Topic) -> None:
    topic.fill(1000)
    worker = topic.worker()
    topic.wait_seen(pairs(0, 500))
    assert topic.end(worker) == OK
    for partition in range(2):
        assert [offset for found, offset in topic.seen() if found == partition] == list(range(500))


def test_a_killed_worker_is_followed_by_another_that_sees_the_rest(topic: Topic) -> None:
    topic.fill(400)
    first, second = topic.worker(), topic.worker()
    topic.wait_seen(pairs(0, 200))
    first.kill()
    first.wait()
    topic.fill(400)
    topic.wait_seen(pairs(0, 400))
    assert topic.end(second) == OK


def test_a_batch_that_stays_in_a_thread_does_not_keep_the_worker_from_leaving(topic: Topic) -> None:
    topic.fill(1)
    worker = topic.worker(hangs_at=0)
    topic.wait_seen({(0, 0)})
    assert topic.end(worker) == OK
    assert topic.committed()[0] == 0


def test_a_worker_without_a_partition_is_told_so(topic: Topic) -> None:
    """Or it would never be ready, or go on to show what it knew of partitions that it has lost."""
    topic.fill(2)
    for _ in range(3):
        topic.worker()
    deadline = time.monotonic() + DEADLINE_S
    while "0" not in topic.assignments():
        assert time.monotonic() < deadline, f"assignments of {topic.assignments()} partitions, and never of none"
        time.sleep(0.05)


def test_a_topic_that_is_not_there_has_no_id(kafka_and_database: Stack) -> None:
    """Kafka describes it all the same, and the missing id must not pass for that of a topic made anew."""
    settings = KafkaSettings(bootstrap_servers=kafka_and_database.kafka, prefix="nobody.")
    with connect(settings) as admin, pytest.raises(OperatorStop, match=r"nobody\.submissions.*are not there"):
        admin.topic_ids()
