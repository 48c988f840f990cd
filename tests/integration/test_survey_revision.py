"""`rihla survey` against a real broker and validate as a process: what is published, revised, refused and judged.

SR1 a submission that broke a rule is judged by revision 0, the next by revision 1 of the same version, which phones
never see. SR2 neither the first file nor a revision of an older version sets anything back. SR3 a break is refused."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from typer.testing import CliRunner, Result

from cli.survey import app
from cli.survey_publishing import published_surveys
from cli.where import settings_from
from deploy.local.failure import Failure
from deploy.local.stack import Stack
from schemas.events import HEADER_KEY_ID, AnyOutcome, BodyFormat, Rejection, Response, Submission, read_outcome
from schemas.topics import RESPONSES, SUBMISSIONS
from services.runtime import keys
from services.runtime.provision import provision
from services.runtime.sealing import Sealer

DEADLINE_S = 60.0
"""A worker needs 2 s to its first batch on an idle machine, and the machine is not idle."""

FORM = """
| survey |
| | type | name | label | constraint | bind::rihla:privacy |
| | integer | age | Age? | . < {oldest} | band:{bands} |
| settings |
| | form_id | version | namespaces |
| | visit | {version} | rihla="https://rihla.example/xforms" |
"""


class Bench:
    """A prefix of its own on the broker, with keys and topics; the command, and validate as a process."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.env = stack.env | {
            "RIHLA_KAFKA__PREFIX": f"{uuid.uuid4().hex[:8]}-",
            "RIHLA_KAFKA__PARTITIONS": "1",
            "RIHLA_KEYS__FOLDER": str(folder / "keys"),
            "RIHLA_WATCH__PORT": "0",
        }
        self.settings = settings_from(self.env)
        self.folder = folder
        provision(self.settings)
        public = keys.load_public(self.settings.keys.folder)
        self.sealer = Sealer(public.sealing_id, public.sealing)
        self.worker: subprocess.Popen[bytes] | None = None

    def form(self, version: str = "1", oldest: int = 100, bands: str = "15,65") -> str:
        file = self.folder / f"form-{version}-{oldest}-{bands}.md"
        file.write_text(FORM.format(version=version, oldest=oldest, bands=bands))
        return str(file)

    def survey(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--data", str(self.folder)])

    def done(self, *arguments: str) -> str:
        result = self.survey(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "services.validate.app"], env={**os.environ, **self.env}, stderr=log
            )

    def submit(self, number: int, age: int) -> None:
        plain = Submission(
            kind="submission",
            survey="visit",
            version="1",
            instance=f"uuid:{number}",
            format=BodyFormat.JSON,
            body=json.dumps({"answers": {"age": age}}),
            collector="test",
            received_ms=1,
        ).to_wire()
        producer = KafkaProducer(bootstrap_servers=self.settings.kafka.bootstrap_servers.split(","), acks="all")
        headers = [(HEADER_KEY_ID, self.sealer.key_id.encode())]
        topic = self.settings.kafka.topic(SUBMISSIONS)
        producer.send(topic, value=self.sealer.seal(plain), key=b"k", partition=0, headers=headers).get(timeout=30)
        producer.close()

    def outcomes(self, count: int) -> list[AnyOutcome]:
        part = TopicPartition(self.settings.kafka.topic(RESPONSES), 0)
        consumer = KafkaConsumer(bootstrap_servers=self.settings.kafka.bootstrap_servers.split(","))
        consumer.assign([part])
        consumer.seek_to_beginning(part)
        found: list[AnyOutcome] = []
        deadline = time.monotonic() + DEADLINE_S
        try:
            while len(found) < count:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()[-3000:]
                for records in consumer.poll(timeout_ms=200).values():
                    found += [read_outcome(record.value) for record in records]
        finally:
            consumer.close()
        return found

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()


@pytest.fixture
def bench(kafka_and_database: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(kafka_and_database, tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    for name, value in bench.env.items():
        monkeypatch.setenv(name, value)
    yield bench
    bench.stop()


def test_sr1_a_rule_is_mended_in_the_middle_of_fieldwork(bench: Bench) -> None:
    bench.done("publish", bench.form())
    [first] = published_surveys(bench.settings.kafka)
    bench.start()
    bench.submit(1, age=104)
    [rejection] = bench.outcomes(1)
    assert isinstance(rejection, Rejection)
    assert (rejection.revision, [each.code for each in rejection.reasons]) == (0, ["VAL-033"])

    said = bench.done("revise", bench.form(oldest=120))
    assert "age: constraint was . < 100 and is . < 120" in said
    assert "Revised visit@1: revision 1." in said and "rihla replay --rejected" in said
    [second] = published_surveys(bench.settings.kafka)
    assert (second.revision, second.xform_hash, second.xform) == (1, first.xform_hash, first.xform)

    # Validate follows the topic on its own: until it has read on, it judges by the rules that it knows.
    number = 1
    while True:
        number += 1
        bench.submit(number, age=104)
        outcome = bench.outcomes(number)[-1]
        if isinstance(outcome, Response):
            break
        assert isinstance(outcome, Rejection) and outcome.revision == 0 and number < 100
    assert (outcome.version, outcome.revision, outcome.answers) == ("1", 1, {"age": "Y_GE65"})
    bench.submit(number + 1, age=121)
    rejection = bench.outcomes(number + 1)[-1]
    assert isinstance(rejection, Rejection) and rejection.revision == 1


def test_sr2_nothing_is_set_back(bench: Bench) -> None:
    assert "Published visit@1" in bench.done("publish", bench.form())
    assert "Nothing to do" in bench.done("publish", bench.form())
    assert "Published visit@2" in bench.done("publish", bench.form(version="2"))
    bench.done("revise", bench.form(oldest=120))
    assert "Nothing to do" in bench.done("revise", bench.form(oldest=120))
    assert "judged by its revision 1" in bench.done("publish", bench.form())
    assert "same content" in bench.done("publish", bench.form(oldest=120))

    refused = bench.survey("publish", bench.form(oldest=130))
    assert isinstance(refused.exception, Failure) and "rihla survey revise" in str(refused.exception)
    refused = bench.survey("revise", bench.form(oldest=130, bands="15,60"))
    assert isinstance(refused.exception, Failure) and "not revised" in str(refused.exception)
    assert "question age: privacy was band:15,65 and is band:15,60" in refused.output
    refused = bench.survey("revise", bench.form(version="3"))
    assert isinstance(refused.exception, Failure) and "is not published" in str(refused.exception)

    held = [(each.version, each.revision, each.edition) for each in published_surveys(bench.settings.kafka)]
    assert held == [("1", 1, 1), ("2", 0, 2)]
    rows = [line.split()[:4] for line in bench.done("list").splitlines()]
    assert rows == [
        ["survey", "version", "revision", "title"],
        ["visit", "1", "1", "visit"],
        ["visit", "2", "0", "visit"],
    ]


def test_sr3_a_break_is_refused_and_can_be_forced(bench: Bench) -> None:
    alone = bench.survey("compare", bench.form())
    assert isinstance(alone.exception, Failure) and "nothing to compare with" in str(alone.exception)
    bench.done("publish", bench.form())
    assert "Comparable with visit@1." in bench.done("compare", bench.form(version="2", oldest=110))

    broken = bench.form(version="2", bands="18,65")
    compared = bench.survey("compare", broken)
    assert compared.exit_code == 1 and "(SUR-104)" in compared.output
    refused = bench.survey("publish", broken)
    assert isinstance(refused.exception, Failure) and "would break its statistics" in str(refused.exception)
    assert "break: age: what leaves of it was band:15,65 in version 1 and is band:18,65" in refused.output
    assert [each.version for each in published_surveys(bench.settings.kafka)] == ["1"]

    forced = bench.done("publish", broken, "--force")
    assert "break, overridden: age:" in forced and "Published visit@2" in forced
    assert [each.version for each in published_surveys(bench.settings.kafka)] == ["1", "2"]
