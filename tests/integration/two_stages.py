"""validate and aggregate as processes on topics and databases of their own, and the `rihla` command beside them."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from pydantic import SecretStr
from pymongo import MongoClient

from cli.accounts import account
from cli.log_ends import LogReader
from deploy.local.stack import Stack
from schemas.events import HEADER_KEY_ID, BodyFormat, Submission, Withdrawal
from schemas.outcome_class import OutcomeClass
from schemas.survey.definition import (
    Choice,
    FieldDefinition,
    FieldType,
    IndicatorDefinition,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    SurveyDefinition,
    TableDefinition,
)
from schemas.tables.cells import summed
from schemas.tables.layout import layouts
from schemas.topics import RESPONSES, SUBMISSIONS, SURVEYS
from services.aggregate import provision as database
from services.aggregate.mongo_store import MongoStore
from services.runtime import keys
from services.runtime.admin import connect
from services.runtime.provision import provision
from services.runtime.publish import publish
from services.runtime.sealing import Sealer
from services.runtime.settings import KafkaSettings, KeySettings, MongoSettings, ServiceSettings

Document = dict[str, Any]
Backup = dict[tuple[str, str], list[Document]]
DEADLINE_S = 90.0
"""A worker needs 2 s to its first batch on an idle machine, and the machine is not idle."""
KEEP = Privacy(kind=PrivacyKind.KEEP)
SURVEY = SurveyDefinition(
    survey="visit",
    version="1",
    title="Visit",
    root="data",
    xform="",
    choice_lists={"sexes": [Choice(name="F"), Choice(name="M")]},
    fields=[
        FieldDefinition(path="sex", type=FieldType.SELECT_ONE, choices="sexes", privacy=KEEP),
        FieldDefinition(path="age", type=FieldType.INT, privacy=KEEP),
    ],
    indicators=[IndicatorDefinition(name="age", kind=IndicatorKind.MEAN, numerator="/data/age", scale=0)],
    tables=[TableDefinition(name="by_sex", dimensions=["sex"], indicators=["age"])],
)
[BY_SEX] = [layout for layout in layouts(SURVEY) if layout.name == "by_sex"]


@dataclass(frozen=True)
class Answer:
    """Of the `rihla` command."""

    code: int
    text: str


@dataclass
class TwoStages:
    stack: Stack
    folder: Path
    partitions: int = 1
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = uuid.uuid4().hex[:8]
        kafka = KafkaSettings(bootstrap_servers=self.stack.kafka, prefix=f"{name}-", partitions=self.partitions)
        mongodb = MongoSettings(uri=SecretStr(self.stack.mongo_uri), ledger=f"{name}-ledger", live=f"{name}-live")
        self.settings = ServiceSettings(kafka=kafka, mongodb=mongodb, keys=KeySettings(folder=self.folder / "keys"))
        provision(self.settings)
        self.provision_database()
        public = keys.load_public(self.settings.keys.folder)
        keys.create_survey_secret(self.settings.keys.folder, SURVEY.survey)
        self.hash = public.instance_hash
        self.sealer = Sealer(public.sealing_id, public.sealing)
        self.store = MongoStore(mongodb)
        publish(kafka, SURVEYS, SURVEY.key, SURVEY.to_wire())
        self.env = {
            **os.environ,
            "RIHLA_KAFKA__BOOTSTRAP_SERVERS": self.stack.kafka,
            "RIHLA_KAFKA__PREFIX": kafka.prefix,
            "RIHLA_KAFKA__PARTITIONS": str(self.partitions),
            "RIHLA_KEYS__FOLDER": str(self.settings.keys.folder),
            "RIHLA_MONGODB__URI": self.stack.mongo_uri,
            "RIHLA_MONGODB__LEDGER": mongodb.ledger,
            "RIHLA_MONGODB__LIVE": mongodb.live,
            "RIHLA_WATCH__PORT": "0",
        }

    def provision_database(self) -> None:
        with connect(self.settings.kafka) as admin:
            database.provision(self.settings.mongodb, database.topics(admin))

    # -- what phones send --------------------------------------------------------------------------------------

    def send(
        self, numbers: Iterable[int], age: int = 30, replaces: Callable[[int], int | None] = lambda n: None
    ) -> None:
        """Interviews, by number, with the key that ingest gives them."""
        producer = KafkaProducer(bootstrap_servers=self.stack.kafka.split(","), acks="all")
        topic = self.settings.kafka.topic(SUBMISSIONS)
        headers = [(HEADER_KEY_ID, self.sealer.key_id.encode())]
        sent = []
        for number in numbers:
            before = replaces(number)
            named = None if before is None else f"uuid:{before}"
            record = Submission(
                kind="submission",
                survey=SURVEY.survey,
                version="1",
                instance=f"uuid:{number}",
                replaces=named,
                format=BodyFormat.JSON,
                body=json.dumps({"answers": {"sex": "FM"[number % 2], "age": age}}),
                collector="test",
                received_ms=1,
            )
            key = self.hash(SURVEY.survey, named or record.instance).encode()
            sent.append(producer.send(topic, value=self.sealer.seal(record.to_wire()), key=key, headers=headers))
        for future in sent:
            future.get(timeout=30)
        producer.close()

    def withdraw(self, *numbers: int) -> None:
        producer = KafkaProducer(bootstrap_servers=self.stack.kafka.split(","), acks="all")
        topic = self.settings.kafka.topic(SUBMISSIONS)
        headers = [(HEADER_KEY_ID, self.sealer.key_id.encode())]
        for number in numbers:
            message = Withdrawal(kind="withdrawal", survey=SURVEY.survey, instance=f"uuid:{number}")
            key = self.hash(SURVEY.survey, message.instance).encode()
            producer.send(topic, value=self.sealer.seal(message.to_wire()), key=key, headers=headers)
        producer.flush()
        producer.close()

    # -- processes ---------------------------------------------------------------------------------------------

    def start(self, *names: str, **env: str) -> None:
        for name in names:
            command = [sys.executable, "-m", f"services.{name.partition('-')[0]}.app"]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.workers[name] = subprocess.Popen(command, env={**self.env, **env}, stderr=log)

    def kill(self, *names: str) -> None:
        for name in names:
            self.workers[name].kill()
            self.workers[name].wait()

    def ends_with(self, name: str) -> int:
        return self.workers[name].wait(timeout=DEADLINE_S)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def rihla(self, *arguments: str) -> Answer:
        program = "from cli.app import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments, "--data", str(self.folder / "none")],
            env=self.env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=DEADLINE_S,
            check=False,
        )
        return Answer(done.returncode, done.stdout + done.stderr)

    # -- what is there -----------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], bool], what: str = "") -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            logs = {name: self.log(name)[-1500:] for name in self.workers}
            assert time.monotonic() < deadline, f"{what}: {self.accounts()} {logs}"
            time.sleep(0.05)

    def accounts(self) -> str:
        with LogReader(self.settings.kafka) as log:
            return str(account(log.ends(), self.store.watermarks()))

    def settle(self) -> None:
        """Until everything that was accepted is in a class; the law must hold then."""

        def closed() -> bool:
            with LogReader(self.settings.kafka) as log:
                found = account(log.ends(), self.store.watermarks())
            assert found.balanced, str(found)
            return found.closed

        self.until(closed, "not all is accounted for")

    def classes(self) -> Counter[OutcomeClass]:
        total: Counter[OutcomeClass] = Counter()
        for mark in self.store.watermarks():
            for numbers in mark.classes.values():
                total.update(numbers)
        return Counter({of: number for of, number in total.items() if number})

    def check(self, ages: dict[int, int]) -> None:
        """The cells are those of these interviews, each once."""
        expected: dict[str, tuple[int, int]] = {}
        for number, age in ages.items():
            n, total = expected.get("FM"[number % 2], (0, 0))
            expected["FM"[number % 2]] = (n + 1, total + age)
        places = BY_SEX.place("n"), BY_SEX.segments[0].place("wx")
        assert places[0] is not None and places[1] is not None
        found = summed(self.store.live_pages(SURVEY.survey), BY_SEX.id)
        assert {sex: (sums[places[0]], sums[places[1]]) for sex, sums in found.items()} == expected
        assert self.classes()[OutcomeClass.COUNTED] == len(ages)

    # -- what is done to the cluster ---------------------------------------------------------------------------

    def admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(bootstrap_servers=self.stack.kafka.split(","))

    def delete_records(self, topic: str, before: dict[int, int]) -> None:
        admin = self.admin()
        name = self.settings.kafka.topic(topic)
        admin.delete_records({TopicPartition(name, partition): offset for partition, offset in before.items()})
        admin.close()

    def make_anew(self, topic: str) -> None:
        admin = self.admin()
        name = self.settings.kafka.topic(topic)
        admin.delete_topics([name])
        self.until(lambda: name not in admin.list_topics())
        admin.close()
        provision(self.settings)

    def backup(self) -> Backup:
        """The database as it is now."""
        with MongoClient[Document](self.stack.mongo_uri) as client:
            return {
                (name, collection): list(client[name][collection].find())
                for name in (self.settings.mongodb.ledger, self.settings.mongodb.live)
                for collection in client[name].list_collection_names(filter={"type": "collection"})
            }

    def restore(self, backup: Backup) -> None:
        with MongoClient[Document](self.stack.mongo_uri) as client:
            for (name, collection), documents in backup.items():
                client[name][collection].delete_many({})
                if documents:
                    client[name][collection].insert_many(documents)

    def ends(self, topic: str = RESPONSES) -> dict[int, int]:
        with connect(self.settings.kafka) as admin:
            return admin.end_offsets(topic)

    def close(self) -> None:
        for worker in self.workers.values():
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        self.store.close()
