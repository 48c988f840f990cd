"""Workers of aggregate as processes, on topics and databases of their own."""

import os
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer
from pydantic import SecretStr

from deploy.local.stack import Stack
from schemas.events import AnyOutcome, Response, Source
from schemas.outcome_class import OutcomeClass
from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    IndicatorDefinition,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    Role,
    SurveyDefinition,
    TableDefinition,
)
from schemas.tables.cells import summed
from schemas.tables.layout import layouts
from schemas.tables.psu_runs import merge
from schemas.topics import RESPONSES, SUBMISSIONS, SURVEYS
from services.aggregate import provision as database
from services.aggregate.mongo_store import MongoStore
from services.runtime.admin import connect
from services.runtime.provision import provision
from services.runtime.publish import publish
from services.runtime.settings import KafkaSettings, KeySettings, MongoSettings, ServiceSettings

PARTITIONS = 2
DEADLINE_S = 90.0
"""A worker needs 2 s to its first batch on an idle machine, and the machine is not idle."""
KEEP = Privacy(kind=PrivacyKind.KEEP)

SURVEY = SurveyDefinition(
    survey="visit",
    version="1",
    title="Visit",
    root="data",
    xform="",
    fields=[
        FieldDefinition(path="sex", type=FieldType.SELECT_ONE, privacy=KEEP),
        FieldDefinition(path="age", type=FieldType.INT, privacy=KEEP),
        FieldDefinition(path="area", type=FieldType.INT, role=Role.PSU, privacy=KEEP),
    ],
    indicators=[IndicatorDefinition(name="age", kind=IndicatorKind.MEAN, numerator="/data/age", scale=0)],
    tables=[TableDefinition(name="by_sex", dimensions=["sex"], indicators=["age"])],
)
[_, BY_SEX] = layouts(SURVEY)


class Bench:
    """Topics and databases of its own on the shared servers, and workers as processes."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        name = uuid.uuid4().hex[:8]
        kafka = KafkaSettings(bootstrap_servers=stack.kafka, prefix=f"{name}-", partitions=PARTITIONS)
        mongodb = MongoSettings(uri=SecretStr(stack.mongo_uri), ledger=f"{name}-ledger", live=f"{name}-live")
        self.settings = ServiceSettings(kafka=kafka, mongodb=mongodb, keys=KeySettings(folder=folder / "keys"))
        self.folder = folder
        provision(self.settings)
        with connect(kafka) as admin:
            self.ids = admin.topic_ids()
            database.provision(mongodb, database.topics(admin))
        self.offsets = [0] * PARTITIONS
        self.workers: list[subprocess.Popen[bytes]] = []
        self.store = MongoStore(mongodb)
        self._producer = KafkaProducer(bootstrap_servers=stack.kafka.split(","), acks="all")
        self.env = {
            **os.environ,
            "RIHLA_KAFKA__BOOTSTRAP_SERVERS": stack.kafka,
            "RIHLA_KAFKA__PREFIX": kafka.prefix,
            "RIHLA_MONGODB__URI": stack.mongo_uri,
            "RIHLA_MONGODB__LEDGER": mongodb.ledger,
            "RIHLA_MONGODB__LIVE": mongodb.live,
            "RIHLA_WATCH__PORT": "0",
        }
        publish(kafka, SURVEYS, SURVEY.key, SURVEY.to_wire())

    def source(self, partition: int, offset: int | None = None) -> Source:
        """The next record of `submissions`, which is written as well, or the one that is named."""
        if offset is None:
            offset = self.offsets[partition]
            self.offsets[partition] += 1
            self._producer.send(self.settings.kafka.topic(SUBMISSIONS), value=b"sealed", partition=partition)
        at_ms = round(time.time() * 1000)
        return Source(topic_id=self.ids[SUBMISSIONS], partition=partition, offset=offset, at_ms=at_ms)

    def response(
        self, number: int, partition: int = 0, offset: int | None = None, replaces: int | None = None, age: int = 30
    ) -> Response:
        return Response(
            kind="response",
            source=self.source(partition, offset),
            survey=SURVEY.survey,
            version="1",
            instance=instance(number),
            replaces=None if replaces is None else instance(replaces),
            fingerprint=f"{number}-{age}",
            record_key=number % 256,
            answers={"sex": "FM"[number % 2], "age": age, "area": number % 7},
        )

    def send(self, *outcomes: AnyOutcome) -> None:
        self.send_raw([(outcome.source.partition, outcome.to_wire()) for outcome in outcomes])

    def send_raw(self, records: list[tuple[int, bytes]]) -> None:
        topic = self.settings.kafka.topic(RESPONSES)
        sent = [self._producer.send(topic, value=value, partition=partition) for partition, value in records]
        for future in sent:
            future.get(timeout=30)
        self._producer.flush()

    def start(self, code: str | None = None, **env: str) -> subprocess.Popen[bytes]:
        command = ["-m", "services.aggregate.app"] if code is None else ["-c", code, str(self.folder / "flag")]
        with (self.folder / "log").open("ab") as log:
            worker = subprocess.Popen([sys.executable, *command], env={**self.env, **env}, stderr=log)
        self.workers.append(worker)
        return worker

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def accounted(self) -> int:
        return sum(mark.accounted for mark in self.store.watermarks())

    def wait_for(self, records: int) -> None:
        self.until(lambda: self.accounted() >= records)

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, self.log()[-3000:]
            time.sleep(0.05)

    def classes(self) -> Counter[OutcomeClass]:
        total: Counter[OutcomeClass] = Counter()
        for mark in self.store.watermarks():
            for numbers in mark.classes.values():
                total.update(numbers)
        return Counter({of: number for of, number in total.items() if number})

    def cells(self) -> dict[str, tuple[int, int]]:
        """By sex: units and the sum of their ages."""
        places = BY_SEX.place("n"), BY_SEX.segments[0].place("wx")
        assert places[0] is not None and places[1] is not None
        found = summed(self.store.live_pages("visit"), BY_SEX.id)
        return {sex: (sums[places[0]], sums[places[1]]) for sex, sums in found.items()}

    def check(self, ages: dict[int, int]) -> None:
        """The cells are those of these respondents, each once, and so are the sums by area."""
        expected: dict[str, tuple[int, int]] = {}
        for number, age in ages.items():
            n, total = expected.get("FM"[number % 2], (0, 0))
            expected["FM"[number % 2]] = (n + 1, total + age)
        assert self.cells() == expected
        areas = Counter(f"%|{number % 7}" for number in ages)
        registry = merge(self.store.live_runs("visit"))["_registry"]["_T"]
        assert {area: sums[0] for area, sums in registry.items()} == dict(areas)
        assert self.classes()[OutcomeClass.COUNTED] == len(ages)

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        self._producer.close()
        self.store.close()


def instance(number: int) -> str:
    return f"instance{number:014d}"


@pytest.fixture
def bench(kafka_and_database: Stack, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(kafka_and_database, tmp_path)
    yield bench
    bench.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
