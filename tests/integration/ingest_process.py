"""Ingest as a process on a real broker, with surveys, collectors and topics of its own, and the phones that post."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from deploy.local.stack import Stack
from schemas.events import Collector, Submission, read_sealed
from schemas.survey.definition import FieldDefinition, FieldType, SurveyDefinition
from schemas.topics import COLLECTORS, SUBMISSIONS, SURVEYS
from services.runtime import keys
from services.runtime.collectors import token_hash
from services.runtime.provision import provision
from services.runtime.publish import publish
from services.runtime.sealing import Opener
from services.runtime.settings import KafkaSettings, KeySettings, ServiceSettings

PARTITIONS = 2
DEADLINE_S = 60.0
TOKEN = "token-of-the-visit-team"
OTHER_TOKEN = "token-of-another-team"
BOUNDARY = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def survey(name: str = "visit", version: str = "1") -> SurveyDefinition:
    return SurveyDefinition(
        survey=name,
        version=version,
        title=f"Survey {name} & more",
        root="/data",
        xform=f"<h:html>{name} {version} ñ</h:html>",
        fields=[
            FieldDefinition(path="name", type=FieldType.STRING),
            FieldDefinition(path="photo", type=FieldType.BINARY),
            FieldDefinition(path="voice", type=FieldType.BINARY),
        ],
    )


NO_FILES = ("", "")


def xml(
    instance: str, *, name: str = "visit", version: str = "1", answer: str = "a", files: tuple[str, str] = NO_FILES
) -> bytes:
    return (
        f'<data id="{name}" version="{version}" xmlns:orx="http://openrosa.org/xforms"><name>{answer}</name>'
        f"<photo>{files[0]}</photo><voice>{files[1]}</voice>"
        f"<orx:meta><orx:instanceID>{instance}</orx:instanceID></orx:meta></data>"
    ).encode()


def form(xml_part: bytes | None, files: Mapping[str, bytes] = {}, fields: Mapping[str, str] = {}) -> bytes:
    """A body as OkHttp writes it."""
    parts = [(f'name="{name}"', "", value.encode()) for name, value in fields.items()]
    if xml_part is not None:
        parts.append(('name="xml_submission_file"; filename="visit.xml"', "Content-Type: text/xml\r\n", xml_part))
    parts += [
        (f'name="{name}"; filename="{name}"', "Content-Type: image/jpeg\r\n", data) for name, data in files.items()
    ]
    pieces = [
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n".encode() + data + b"\r\n"
        for disposition, kind, data in parts
    ]
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "X-OpenRosa-Version": "1.0"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The problem's code, in whichever format it came."""
        found = re.search(rb"ING-\d{3}", self.body)
        return found[0].decode() if found else ""


class IngestProcess:
    """`with` starts it and waits until it is ready; the end of it is SIGKILL unless it has ended already."""

    def __init__(self, command: list[str], env: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, env=dict(env), stderr=out)
        self.port = 0

    def __enter__(self) -> "IngestProcess":
        try:
            self.port = wait_until(self._listening, self.log)
            wait_until(lambda: self.get("/readyz").status == 200, self.log)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def log(self) -> str:
        return self._log.read_text()

    def _listening(self) -> int:
        assert self.process.poll() is None, self.log()
        return next((json.loads(line)["port"] for line in self.log().splitlines() if '"listening"' in line), 0)

    def request(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, headers: Mapping[str, str] = {}
    ) -> Reply:
        """An iterator as body is sent with chunked transfer encoding."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers), encode_chunked=not isinstance(body, bytes | None))
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Reply:
        return self.request("GET", path, None, headers)

    def post(
        self, body: bytes | Iterator[bytes], path: str = "/submission", headers: Mapping[str, str] = BEARER
    ) -> Reply:
        return self.request("POST", path, body, {**FORM, **headers})

    def begin(self, body: bytes) -> socket.socket:
        """A phone with a bad connection: the head and half of the body have been sent."""
        head = (
            f"POST /key/{TOKEN}/submission HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        phone = socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)
        phone.sendall(head.encode() + body[: len(body) // 2])
        return phone


class IngestBench:
    """A prefix of its own on a broker, with keys, topics, surveys and collectors."""

    def __init__(self, bootstrap_servers: str, folder: Path) -> None:
        kafka = KafkaSettings(
            bootstrap_servers=bootstrap_servers, prefix=f"{uuid.uuid4().hex[:8]}-", partitions=PARTITIONS
        )
        self.settings = ServiceSettings(kafka=kafka, keys=KeySettings(folder=folder / "keys"))
        self._folder = folder
        provision(self.settings)
        for name in ("visit", "other"):
            self.publish(survey(name))
        self._collector(TOKEN, "visit")
        self._collector(OTHER_TOKEN, "other")
        self._opener = Opener(keys.load_private(self.settings.keys.folder).sealing)

    def publish(self, definition: SurveyDefinition) -> None:
        publish(self.settings.kafka, SURVEYS, definition.key, definition.to_wire())

    def _collector(self, token: str, name: str) -> None:
        collector = Collector(name=f"{name} team", surveys=[name], created_ms=1)
        publish(self.settings.kafka, COLLECTORS, token_hash(token), collector.to_wire())

    def ingest(self, **env: str) -> IngestProcess:
        base = {
            **os.environ,
            "RIHLA_KAFKA__BOOTSTRAP_SERVERS": self.settings.kafka.bootstrap_servers,
            "RIHLA_KAFKA__PREFIX": self.settings.kafka.prefix,
            "RIHLA_KEYS__FOLDER": str(self.settings.keys.folder),
            "RIHLA_INGEST__PORT": "0",
        }
        log = self._folder / f"ingest-{uuid.uuid4().hex[:6]}.log"
        return IngestProcess([sys.executable, "-m", "services.ingest.app"], {**base, **env}, log)

    def written(self) -> int:
        """Records in `submissions`."""
        with self._consumer() as consumer:
            return sum(consumer.end_offsets(self._partitions()).values())

    def records(self, since: int = 0) -> list[ConsumerRecord]:
        """The records of `submissions` but for the `since` oldest, by time of arrival."""
        found: list[ConsumerRecord] = []
        with self._consumer() as consumer:
            consumer.assign(self._partitions())
            consumer.seek_to_beginning(*self._partitions())
            wanted = sum(consumer.end_offsets(self._partitions()).values())
            deadline = time.monotonic() + DEADLINE_S
            while len(found) < wanted:
                assert time.monotonic() < deadline
                for records in consumer.poll(timeout_ms=200).values():
                    found += records
        return sorted(found, key=lambda record: record.timestamp)[since:]

    def open(self, record: ConsumerRecord) -> Submission:
        [(_, key_id)] = record.headers
        opened = read_sealed(self._opener.open(key_id.decode(), record.value))
        assert isinstance(opened, Submission)
        return opened

    def _partitions(self) -> list[TopicPartition]:
        topic = self.settings.kafka.topic(SUBMISSIONS)
        return [TopicPartition(topic, number) for number in range(PARTITIONS)]

    @contextlib.contextmanager
    def _consumer(self) -> Iterator[KafkaConsumer]:
        consumer = KafkaConsumer(
            bootstrap_servers=self.settings.kafka.bootstrap_servers.split(","), enable_auto_commit=False
        )
        try:
            yield consumer
        finally:
            consumer.close()


T = TypeVar("T")


def wait_until(look: Callable[[], T], say: Callable[[], str] = str) -> T:
    """What `look` returns as soon as it is true."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        with contextlib.suppress(OSError):
            found = look()
            if found:
                return found
        assert time.monotonic() < deadline, say()[-3000:]
        threading.Event().wait(0.05)


@pytest.fixture(scope="module")
def bench(kafka_and_database: Stack, tmp_path_factory: pytest.TempPathFactory) -> IngestBench:
    return IngestBench(kafka_and_database.kafka, tmp_path_factory.mktemp("ingest"))


@pytest.fixture(scope="module")
def ingest(bench: IngestBench) -> Iterator[IngestProcess]:
    with bench.ingest(RIHLA_INGEST__MAX_SUBMISSION_BYTES="20000", RIHLA_INGEST__MAX_BATCH_LINES="50") as process:
        yield process
