"""The local stack on real parts: Apache Kafka and the embedded database, killed and started again."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from pymongo import MongoClient

from deploy.local import processes, state
from deploy.local.failure import Failure
from deploy.local.plan import Service
from deploy.local.stack import Stack
from deploy.local.state import Condition, Phase, StackState

STANDING = Path(__file__).with_name("standing_service.py")
SERVICES = (Service("standing", (sys.executable, str(STANDING)), "RIHLA_WATCH__PORT", 9101, instances=2),)

TOPIC = "letters"
RESTART_S = 45.0
"""A killed broker is back within 13 s on an idle machine."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("data")
    program = "import os, pathlib; pathlib.Path(os.environ['RIHLA_STACK'], 'prepared').touch()"
    with Stack(folder, services=SERVICES, prepare=(sys.executable, "-c", program)) as running:
        yield running


def put(address: str, uri: str) -> None:
    """One record and one document, both acknowledged."""
    admin = KafkaAdminClient(bootstrap_servers=address)
    admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=address, acks="all")
    producer.send(TOPIC, b"hello").get(timeout=20)
    producer.close()
    with MongoClient[dict[str, Any]](uri) as client, client.start_session() as session, session.start_transaction():
        client.post.letters.insert_one({"_id": "hello"}, session=session)


def found(address: str, uri: str) -> tuple[list[bytes], list[str]]:
    """What of it is there."""
    consumer = KafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest", enable_auto_commit=False)
    consumer.assign([TopicPartition(TOPIC, 0)])
    records = consumer.poll(timeout_ms=20_000)
    consumer.close()
    with MongoClient[dict[str, Any]](uri) as client:
        documents = [str(document["_id"]) for document in client.post.letters.find()]
    return [record.value for batch in records.values() for record in batch], documents


def test_everything_starts_in_order_and_says_where_it_is(stack: Stack) -> None:
    assert stack.state.phase is Phase.READY
    assert [part.name for part in stack.state.parts] == ["kafka", "database", "standing-1", "standing-2"]
    assert {part.condition for part in stack.state.parts} == {Condition.READY}
    assert (stack.folder / "prepared").exists()
    assert state.read(stack.folder) == stack.state


def test_a_second_stack_on_the_folder_is_refused(stack: Stack) -> None:
    with pytest.raises(Failure, match=rf"already runs on .* \(process {os.getpid()}\)"):
        Stack(stack.folder, services=()).start()
    assert stack.state.phase is Phase.READY


def test_what_is_killed_comes_back_with_what_it_had_acknowledged(stack: Stack) -> None:
    put(stack.kafka, stack.mongo_uri)
    before = {name: stack.pid(name) for name in ("kafka", "database", "standing-2")}
    for name in before:
        stack.kill(name)
    for name, pid in before.items():
        stack.wait_ready(name, RESTART_S, after_pid=pid)
    assert found(stack.kafka, stack.mongo_uri) == ([b"hello"], ["hello"])
    assert {part.name: part.restarts for part in stack.state.parts} == {
        "kafka": 1,
        "database": 1,
        "standing-1": 0,
        "standing-2": 1,
    }


def test_stopping_leaves_no_process_within_ten_seconds(stack: Stack) -> None:
    stack.pause("standing-1")  # it cannot even hear that it should end
    began = time.monotonic()
    stack.stop()
    assert time.monotonic() - began < 10
    assert processes.orphans(stack.folder, StackState()) == []
    assert state.read(stack.folder).phase is Phase.STOPPED


def administrator(running: StackState, folder: Path) -> str:
    """Address of the database, with the password of who may do everything."""
    return f"mongodb://root:{(folder / 'credentials/root').read_text()}@{running.part('database').address}/"


def rihla(*arguments: str, expect: int = 0) -> str:
    """Runs the command; returns what it prints."""
    command = [sys.executable, "-c", "from cli.app import main; main()", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == expect, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    return re.sub(r"\s+", " ", answer.stdout + answer.stderr)


def test_a_killed_supervisor_is_noticed_and_data_survives(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.stop()
    monkeypatch.chdir(tmp_path)
    data = ("--data", "data")
    try:
        rihla("up", "--no-services", *data)
        first = state.read(tmp_path / "data")
        put(first.part("kafka").address, administrator(first, tmp_path / "data"))
        assert f"process {first.supervisor}" in rihla("up", *data, expect=1)
        rihla("status", *data)

        assert first.supervisor is not None
        os.kill(first.supervisor, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(first.supervisor)], timeout=10)
        assert "A stack was killed here" in rihla("status", *data, expect=1)

        said = rihla("up", "--no-services", *data)
        assert f"kafka ({first.part('kafka').pid})" in said
        assert f"database ({first.part('database').pid})" in said
        second = state.read(tmp_path / "data")
        assert second.ports == first.ports
        written = found(second.part("kafka").address, administrator(second, tmp_path / "data"))
        assert written == ([b"hello"], ["hello"])
    finally:
        rihla("down", *data)
    assert processes.orphans(tmp_path / "data", StackState()) == []
    assert "No stack runs" in rihla("status", *data, expect=1)
