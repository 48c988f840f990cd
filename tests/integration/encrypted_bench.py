"""The three services as processes on a real broker and database, a form that encrypts, and all that is left behind."""

import os
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import bson
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from pydantic import SecretStr
from pymongo import MongoClient

from cli.accounts import Accounts, wait_until_closed
from deploy.local import ports
from deploy.local.stack import Stack
from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    IndicatorDefinition,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    SurveyDefinition,
    TableDefinition,
)
from schemas.topics import RESPONSES, SUBMISSIONS
from services.aggregate import provision as database
from services.aggregate.mongo_store import MongoStore
from services.runtime import keys
from services.runtime.admin import connect
from services.runtime.settings import MongoSettings
from tests.encrypting_phone import Encrypted, encrypt, form
from tests.integration.ingest_process import FORM, PARTITIONS, TOKEN, IngestBench, IngestProcess, Reply
from tests.integration.ingest_process import form as body_of

CLOSED_S = 60.0
CANARY = f"Canary{uuid.uuid4().hex}"
"""Stands in every encrypted file."""
KEEP = Privacy(kind=PrivacyKind.KEEP)
VISIT = SurveyDefinition(
    survey="visit",
    version="7",
    title="Visit",
    root="data",
    xform="",
    form_key=form().public,
    fields=[
        FieldDefinition(path="name", type=FieldType.STRING),
        FieldDefinition(path="age", type=FieldType.INT, constraint=". < 120", privacy=KEEP),
    ],
    indicators=[IndicatorDefinition(name="age", kind=IndicatorKind.MEAN, numerator="/data/age", scale=0)],
    tables=[TableDefinition(name="all", dimensions=[], indicators=["age"])],
)


def interview(instance: str, age: int) -> str:
    return (
        f'<data id="visit" version="7"><name>{CANARY}</name><age>{age}</age>'
        f"<meta><instanceID>{instance}</instanceID></meta></data>"
    )


def encrypted(instance: str, age: int, key: str = "first") -> Encrypted:
    media = [("photo.jpg", CANARY.encode() * 100), ("voice.mp3", b"2")]
    return encrypt(form(key), interview(instance, age), survey="visit", version="7", instance=instance, media=media)


class EncryptedBench(IngestBench):
    """The three services as processes, with topics, databases and keys of their own."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        super().__init__(stack.kafka, folder)
        name = self.settings.kafka.prefix
        mongodb = MongoSettings(uri=SecretStr(stack.mongo_uri), ledger=f"{name}ledger", live=f"{name}live")
        self.settings = self.settings.model_copy(update={"mongodb": mongodb})
        self.publish(VISIT)
        keys.create_survey_secret(self.settings.keys.folder, "visit")
        with connect(self.settings.kafka) as admin:
            database.provision(mongodb, database.topics(admin))
        self.env = {
            "RIHLA_KAFKA__BOOTSTRAP_SERVERS": stack.kafka,
            "RIHLA_KAFKA__PREFIX": name,
            "RIHLA_KAFKA__PARTITIONS": str(PARTITIONS),
            "RIHLA_KEYS__FOLDER": str(self.settings.keys.folder),
            "RIHLA_MONGODB__URI": stack.mongo_uri,
            "RIHLA_MONGODB__LEDGER": mongodb.ledger,
            "RIHLA_MONGODB__LIVE": mongodb.live,
        }
        self.log = folder / "workers.log"
        self.store = MongoStore(mongodb)
        self.posted = 0
        self.answers: list[Reply] = []
        self.phone: IngestProcess
        self.ports = ports.choose({"validate": None, "aggregate": None}, {}, {})
        self.workers = [self._start(name) for name in self.ports]

    def _start(self, name: str) -> "subprocess.Popen[bytes]":
        env = {**os.environ, **self.env, "RIHLA_WATCH__PORT": str(self.ports[name])}
        with self.log.open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", f"services.{name}.app"], env=env, stderr=log)

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.store.close()

    def post(self, xml: str, files: dict[str, bytes], record: bool = True) -> None:
        reply = self.phone.request("POST", f"/key/{TOKEN}/submission", body_of(xml.encode(), files), FORM)
        self.answers.append(reply)
        assert reply.status == 201, reply.body
        self.posted += record

    def accounts(self) -> Accounts:
        found = wait_until_closed(self.settings, self.posted, CLOSED_S)
        assert found.closed, (str(found), self.log.read_text()[-2000:])
        assert found.accepted == self.posted
        return found

    def metrics(self) -> Iterator[bytes]:
        """Of all three services."""
        yield self.phone.get("/metrics").body
        for port in self.ports.values():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
                yield page.read()

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Whatever the services have left behind, by where it is."""
        for topic in (SUBMISSIONS, RESPONSES):
            consumer = KafkaConsumer(bootstrap_servers=self.settings.kafka.bootstrap_servers.split(","))
            places = [TopicPartition(self.settings.kafka.topic(topic), number) for number in range(PARTITIONS)]
            consumer.assign(places)
            consumer.seek_to_beginning(*places)
            wanted = sum(consumer.end_offsets(places).values())
            found: list[ConsumerRecord] = []
            while len(found) < wanted:
                for records in consumer.poll(timeout_ms=200).values():
                    found += records
            consumer.close()
            for record in found:
                yield topic, (record.key or b"") + record.value + repr(record.headers).encode()
        uri = self.settings.mongodb.uri.get_secret_value()
        with MongoClient[dict[str, object]](uri) as client:
            for name in (self.settings.mongodb.ledger, self.settings.mongodb.live):
                for collection in client[name].list_collection_names():
                    for document in client[name][collection].find():
                        yield f"{name}.{collection}", bson.encode(document)
        yield "workers' log", self.log.read_bytes()
        yield "ingest's log", self.phone.log().encode()
        for page in self.metrics():
            yield "metrics", page
        for reply in self.answers:
            yield "answers", reply.body + repr(reply.headers).encode()
