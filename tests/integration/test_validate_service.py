"""validate as a process on a real broker: one outcome for each record, in order, whatever the records and faults.

VS1 one outcome a record, same partition, in order; poison records included. VS2 a fault in the agent
ends the process with 70 and loses nothing. VS3 a run of records that cannot be opened ends it with 78 and
writes none of them. VS4 a commit that ran ahead loses nothing. VS5 a survey published after its submissions is found.
VS6 a topic made anew stops it with 78. VS7 a broken record at a quiet hour is let go after a while.
"""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from nacl.public import PrivateKey

from deploy.local.stack import Stack
from schemas.events import (
    HEADER_KEY_ID,
    AnyOutcome,
    BodyFormat,
    Refusal,
    Rejection,
    Response,
    Submission,
    Withdrawal,
    Withdrawn,
    read_outcome,
)
from schemas.survey.definition import (
    Choice,
    FieldDefinition,
    FieldType,
    Privacy,
    PrivacyKind,
    Role,
    SurveyDefinition,
)
from schemas.topics import RESPONSES, SUBMISSIONS, SURVEYS
from services.runtime import keys
from services.runtime.provision import provision
from services.runtime.publish import publish
from services.runtime.sealing import Sealer
from services.runtime.settings import KafkaSettings, KeySettings, ServiceSettings

PARTITIONS = 2
DEADLINE_S = 60.0
"""A worker needs 2 s to its first batch on an idle machine, and the machine is not idle."""

KEEP = Privacy(kind=PrivacyKind.KEEP)
YES_NO = [Choice(name="yes"), Choice(name="no")]


def definition(version: str = "1") -> SurveyDefinition:
    return SurveyDefinition(
        survey="visit",
        version=version,
        title="Visit",
        root="/data",
        xform="",
        choice_lists={"yes_no": YES_NO},
        fields=[
            FieldDefinition(
                path="consent", type=FieldType.SELECT_ONE, choices="yes_no", role=Role.CONSENT, privacy=KEEP
            ),
            FieldDefinition(path="age", type=FieldType.INT, constraint=". < 120", privacy=KEEP),
            FieldDefinition(path="name", type=FieldType.STRING, privacy=KEEP),
        ],
    )


FAULTY = """
import sys
from pathlib import Path
from services.validate import app, verdict
judge = verdict.Verdicts.__call__
def faulty(self, letter):
    flag = Path(sys.argv[1])
    if letter.offset == 30 and not flag.exists():
        flag.touch()
        raise {fault}
    return judge(self, letter)
verdict.Verdicts.__call__ = faulty
app.main()
"""


class Bench:
    """A prefix of its own on the broker, with keys and topics, and the worker as a process."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        kafka = KafkaSettings(bootstrap_servers=stack.kafka, prefix=f"{uuid.uuid4().hex[:8]}-", partitions=PARTITIONS)
        self.settings = ServiceSettings(kafka=kafka, keys=KeySettings(folder=folder / "keys"))
        self.folder = folder
        provision(self.settings)
        public = keys.load_public(self.settings.keys.folder)
        keys.create_survey_secret(self.settings.keys.folder, "visit")
        self.sealer = Sealer(public.sealing_id, public.sealing)
        self.workers: list[subprocess.Popen[bytes]] = []
        self.env = {
            **os.environ,
            "RIHLA_KAFKA__BOOTSTRAP_SERVERS": stack.kafka,
            "RIHLA_KAFKA__PREFIX": kafka.prefix,
            "RIHLA_KEYS__FOLDER": str(self.settings.keys.folder),
            "RIHLA_WATCH__PORT": "0",
            "RIHLA_VALIDATE__DLQ_LIMIT": "20",
        }

    def publish_survey(self, version: str = "1") -> None:
        found = definition(version)
        publish(self.settings.kafka, SURVEYS, found.key, found.to_wire())

    def submission(self, number: int, **answers: object) -> bytes:
        body = json.dumps({"answers": {"consent": "yes", "age": 30, "name": f"Canary-{number}", **answers}})
        return Submission(
            kind="submission",
            survey="visit",
            version="1",
            instance=f"uuid:{number}",
            format=BodyFormat.JSON,
            body=body,
            collector="test",
            received_ms=1,
        ).to_wire()

    def send(self, partition: int, boxes: list[bytes], key_id: str | None = None) -> None:
        producer = KafkaProducer(bootstrap_servers=self.settings.kafka.bootstrap_servers.split(","), acks="all")
        headers = [(HEADER_KEY_ID, (key_id or self.sealer.key_id).encode())]
        topic = self.settings.kafka.topic(SUBMISSIONS)
        sent = [producer.send(topic, value=box, key=b"k", partition=partition, headers=headers) for box in boxes]
        for future in sent:
            future.get(timeout=30)
        producer.close()

    def start(self, code: str | None = None, **env: str) -> subprocess.Popen[bytes]:
        command = ["-m", "services.validate.app"] if code is None else ["-c", code, str(self.folder / "flag")]
        with (self.folder / "log").open("ab") as log:
            worker = subprocess.Popen([sys.executable, *command], env={**self.env, **env}, stderr=log)
        self.workers.append(worker)
        return worker

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def outcomes(self, count: int) -> dict[int, list[AnyOutcome]]:
        """All outcomes by partition, as soon as there are `count`."""
        topic = self.settings.kafka.topic(RESPONSES)
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer = KafkaConsumer(
            bootstrap_servers=self.settings.kafka.bootstrap_servers.split(","),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        found: dict[int, list[AnyOutcome]] = {number: [] for number in range(PARTITIONS)}
        deadline = time.monotonic() + DEADLINE_S
        try:
            while sum(map(len, found.values())) < count:
                assert time.monotonic() < deadline, self.log()[-3000:]
                for part, records in consumer.poll(timeout_ms=200).items():
                    found[part.partition] += [read_outcome(record.value) for record in records]
        finally:
            consumer.close()
        return found

    def written(self) -> int:
        """Records in `responses`."""
        topic = self.settings.kafka.topic(RESPONSES)
        consumer = KafkaConsumer(bootstrap_servers=self.settings.kafka.bootstrap_servers.split(","))
        ends = consumer.end_offsets([TopicPartition(topic, number) for number in range(PARTITIONS)])
        consumer.close()
        return sum(ends.values())

    def stop(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


@pytest.fixture
def bench(kafka_and_database: Stack, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(kafka_and_database, tmp_path)
    yield bench
    bench.stop()


def offsets(outcomes: list[AnyOutcome]) -> list[int]:
    return [outcome.source.offset for outcome in outcomes]


def first_of_each(outcomes: list[AnyOutcome]) -> list[int]:
    """Source offsets without repetitions: what aggregate applies."""
    return list(dict.fromkeys(offsets(outcomes)))


def seal(bench: Bench, plain: list[bytes]) -> list[bytes]:
    return [bench.sealer.seal(each) for each in plain]


def test_vs1_one_outcome_for_each_record_in_order(bench: Bench) -> None:
    bench.publish_survey()
    good = seal(bench, [bench.submission(number) for number in range(300)])
    mixed = [
        bench.sealer.seal(bench.submission(1000)),
        b"not a box",
        bench.sealer.seal(b"not json"),
        bench.sealer.seal(bench.submission(1001, age=130)),
        bench.sealer.seal(bench.submission(1002, consent="no")),
        bench.sealer.seal(Withdrawal(kind="withdrawal", survey="visit", instance="uuid:1000").to_wire()),
        bench.sealer.seal(bench.submission(1003)),
    ]
    bench.send(0, good)
    bench.send(1, mixed)
    worker = bench.start()
    found = bench.outcomes(307)
    assert offsets(found[0]) == list(range(300))
    assert offsets(found[1]) == list(range(7))
    kinds = [type(outcome) for outcome in found[1]]
    assert kinds == [Response, Rejection, Rejection, Rejection, Refusal, Withdrawn, Response]
    codes = [outcome.reasons[0].code for outcome in found[1] if isinstance(outcome, Rejection)]
    assert codes == ["VAL-001", "VAL-002", "VAL-033"]
    assert {outcome.source.partition for outcome in found[1]} == {1}
    assert all(outcome.source.at_ms > 1_600_000_000_000 for outcome in found[1])
    text = b"".join(outcome.to_wire() for outcomes in found.values() for outcome in outcomes)
    assert b"Canary" not in text
    assert "Canary" not in bench.log()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=20) == 0
    # The log was read to its end before: a new worker has nothing to repeat.
    bench.send(0, seal(bench, [bench.submission(2000)]))
    bench.start()
    assert offsets(bench.outcomes(308)[0]) == list(range(301))


@pytest.mark.parametrize("fault", ["KeyboardInterrupt", "SystemError('Canary')", "BaseException('Canary')"])
def test_vs2_a_fault_in_the_agent_loses_nothing(bench: Bench, fault: str) -> None:
    bench.publish_survey()
    bench.send(0, seal(bench, [bench.submission(number) for number in range(100)]))
    code = FAULTY.format(fault=fault)
    assert bench.start(code, RIHLA_VALIDATE__BATCH_RECORDS="8").wait(timeout=DEADLINE_S) == 70
    assert "Canary" not in bench.log()
    assert bench.written() < 100
    bench.start(code)
    assert first_of_each(bench.outcomes(100)[0]) == list(range(100))


def test_vs3_a_run_of_records_that_cannot_be_opened_stops_for_the_operator(bench: Bench) -> None:
    bench.publish_survey()
    foreign = PrivateKey.generate()
    sealer = Sealer(bench.sealer.key_id, foreign.public_key)
    bench.send(0, seal(bench, [bench.submission(number) for number in range(40)]))
    bench.send(0, [sealer.seal(bench.submission(number)) for number in range(100, 150)])
    worker = bench.start(RIHLA_VALIDATE__BATCH_RECORDS="7")
    assert worker.wait(timeout=DEADLINE_S) == 78
    assert bench.written() == 40
    assert "records in a row could not be opened" in bench.log()
    # Mended: here the limit is raised. Every record gets its outcome.
    bench.start(RIHLA_VALIDATE__DLQ_LIMIT="1000")
    found = bench.outcomes(90)[0]
    assert offsets(found) == list(range(90))
    assert [type(outcome) for outcome in found[40:]] == [Rejection] * 50


def test_vs4_a_commit_that_ran_ahead_loses_nothing(bench: Bench) -> None:
    bench.publish_survey()
    bench.send(0, seal(bench, [bench.submission(number) for number in range(50)]))
    worker = bench.start()
    bench.outcomes(50)
    worker.kill()
    worker.wait()
    bench.send(0, seal(bench, [bench.submission(number) for number in range(50, 80)]))
    commit_ahead(bench, 77)
    bench.start()
    assert first_of_each(bench.outcomes(80)[0]) == list(range(80))


def commit_ahead(bench: Bench, offset: int) -> None:
    group = f"{bench.settings.kafka.prefix}validate"
    partition = TopicPartition(bench.settings.kafka.topic(SUBMISSIONS), 0)
    admin = KafkaAdminClient(bootstrap_servers=bench.settings.kafka.bootstrap_servers.split(","))
    try:

        def committed() -> bool:
            # The group takes new offsets only once the broker has noticed that its member is gone.
            admin.alter_group_offsets(group, {partition: OffsetAndMetadata(offset, "", -1)})
            found = admin.list_group_offsets([group])[group][partition]
            return int(found.offset) == offset

        until(committed)
    finally:
        admin.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            if condition():
                return
        except Exception:
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_vs5_a_survey_that_ingest_knew_earlier_is_not_a_reason_to_reject(bench: Bench) -> None:
    worker = bench.start()
    bench.send(0, [bench.sealer.seal(bench.submission(0))])
    assert [outcome.reasons[0].code for outcome in rejections(bench.outcomes(1)[0])] == ["VAL-005"]
    bench.publish_survey()
    bench.send(0, [bench.sealer.seal(bench.submission(1))])
    assert isinstance(bench.outcomes(2)[0][1], Response)
    assert worker.poll() is None


def rejections(outcomes: list[AnyOutcome]) -> list[Rejection]:
    return [outcome for outcome in outcomes if isinstance(outcome, Rejection)]


def test_vs6_a_topic_made_anew_stops_for_the_operator(bench: Bench) -> None:
    bench.publish_survey()
    bench.send(0, seal(bench, [bench.submission(number) for number in range(5)]))
    worker = bench.start()
    bench.outcomes(5)
    worker.kill()
    worker.wait()
    admin = KafkaAdminClient(bootstrap_servers=bench.settings.kafka.bootstrap_servers.split(","))
    topic = bench.settings.kafka.topic(SUBMISSIONS)
    admin.delete_topics([topic])
    until(lambda: topic not in admin.list_topics())
    admin.close()
    provision(bench.settings)
    assert bench.start().wait(timeout=DEADLINE_S) == 78
    assert "made anew" in bench.log()


def test_vs7_a_broken_record_at_a_quiet_hour_is_let_go(bench: Bench) -> None:
    bench.publish_survey()
    bench.start()
    bench.send(0, [b"broken"])
    assert [outcome.reasons[0].code for outcome in rejections(bench.outcomes(1)[0])] == ["VAL-001"]
