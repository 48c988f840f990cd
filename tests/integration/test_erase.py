"""`rihla erase` on the real services, and a database that is restored from a copy older than the erasure.

RE1 an instance and a person are taken back, whole lineages of them; the command says how many, and until when what is
left. RE2 the value stands nowhere: topics, databases, logs, metrics, terminal. RE3 what the command cannot do it says.
RE4 a restored database lacks the erasure, says so before aggregate runs, and is mended by it at its start.
"""

import io
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from deploy.local.stack import Stack
from schemas.outcome_class import OutcomeClass
from schemas.survey.definition import FieldDefinition, FieldType, Privacy, PrivacyKind, SurveyDefinition
from services.aggregate.mongo_store import MongoStore
from services.aggregate.slots import State
from services.release.erasures import unapplied_erasures
from services.runtime import keys
from services.runtime.erasure_topic import ErasureTopic
from tests.contract.stores import Server
from tests.integration.encrypted_bench import EncryptedBench
from tests.integration.ingest_process import TOKEN, wait_until
from tests.integration.test_encrypted_forms import rihla

C = OutcomeClass
KEEP = Privacy(kind=PrivacyKind.KEEP)
BY_CARD = Privacy(kind=PrivacyKind.PSEUDONYM, argument="card")
PEOPLE = SurveyDefinition(
    survey="people",
    version="1",
    title="People",
    root="data",
    xform="",
    fields=[
        FieldDefinition(path="card", type=FieldType.STRING, privacy=BY_CARD),
        FieldDefinition(path="age", type=FieldType.INT, constraint=". < 120", privacy=KEEP),
    ],
)
CARDS = {"A": "Canary-4711", "B": "Canary-4712", "C": "Canary-4713"}


@dataclass(frozen=True)
class Servers:
    """What an `EncryptedBench` asks of a stack; the database is a copy's, not the session's."""

    kafka: str
    mongo_uri: str


class Bench(EncryptedBench):
    def interview(self, instance: str, person: str, age: int = 30, replaces: str = "") -> None:
        edits = f"<deprecatedID>{replaces}</deprecatedID>" if replaces else ""
        self.post(
            f'<data id="people" version="1"><card>{CARDS[person]}</card><age>{age}</age>'
            f"<meta><instanceID>{instance}</instanceID>{edits}</meta></data>",
            {},
        )

    def states(self) -> dict[str, State]:
        found = {}
        for number in range(1, 9):
            name = self.hash(f"uuid:{number}")
            slot = self.store.transact(lambda tx, name=name: tx.slots([name])).get(name)  # type: ignore[misc]
            if slot is not None:
                found[str(number)] = slot.state
        return found

    def hash(self, instance: str) -> str:
        return keys.load_public(self.settings.keys.folder).instance_hash("people", instance)

    def stop_aggregate(self) -> None:
        self.workers[1].send_signal(signal.SIGTERM)
        assert self.workers[1].wait(timeout=30) == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "database").mkdir()
    server = Server(tmp_path / "database")
    yield server
    server.close()


@pytest.fixture
def bench(
    kafka_and_database: Stack, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    servers = Servers(kafka_and_database.kafka, server.database.whole_uri())
    bench = Bench(cast(Stack, servers), tmp_path)
    bench.publish(PEOPLE)
    bench._collector(TOKEN, "people")
    keys.create_survey_secret(bench.settings.keys.folder, "people")
    for name, value in bench.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    try:
        with bench.ingest() as bench.phone:
            wait_until(lambda: bench.phone.get(f"/key/{TOKEN}/formList").status == 200)
            yield bench
    finally:
        bench.close()


def test_erase_and_restore(
    bench: Bench,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench.interview("uuid:1", "A")
    bench.interview("uuid:2", "A", 31, replaces="uuid:1")
    bench.interview("uuid:3", "A", 999)
    bench.interview("uuid:4", "B")
    bench.interview("uuid:5", "C")
    bench.interview("uuid:6", "C", 999, replaces="uuid:5")
    assert +bench.accounts().classes == {C.COUNTED: 3, C.SUPERSEDED: 1, C.REJECTED: 2}
    bench.stop_aggregate()
    server.kill()
    shutil.copytree(server.database.folder, tmp_path / "yesterday")
    server.start()
    bench.workers[1] = bench._start("aggregate")

    # RE3
    for arguments in (
        ["--survey", "people"],
        ["--survey", "nothing", "--instance", "uuid:1"],
        ["--survey", "visit", "--respondent", "x"],
        ["--survey", "people", "--respondent", "x", "--subject", "phone"],
        ["--survey", "people", "--instance", "uuid:1", "--respondent", "x"],
    ):
        assert rihla(monkeypatch, "erase", *arguments) == 1
    said = capsys.readouterr().err
    assert "no survey nothing" in said and "it has card" in said and "Survey visit keeps nothing" in said
    assert rihla(monkeypatch, "erase", "--log") == 0
    assert "Nothing was erased" in capsys.readouterr().out

    # RE1: the id is that of a rejected edit; the value comes from a pipe.
    assert rihla(monkeypatch, "erase", "--survey", "people", "--instance", "uuid:6", "--wait") == 0
    assert "Done" in (said := capsys.readouterr().out)
    assert "1 interview taken back" in said and "2 versions and 1 waiting payload" in said and "UTC" in said
    monkeypatch.setattr("sys.stdin", io.StringIO(f" {CARDS['A'].upper()}\n"))
    assert rihla(monkeypatch, "erase", "--survey", "people", "--respondent", "-", "--wait") == 0
    assert "1 interview taken back" in (said := capsys.readouterr().out) and "3 versions" in said
    bench.posted += 2
    bench.interview("uuid:2", "A", 31, replaces="uuid:1")
    bench.interview("uuid:7", "A")
    expected = {C.COUNTED: 2, C.WITHDRAWN: 6, C.CONTROL: 2}
    assert +bench.accounts().classes == expected
    gone = dict.fromkeys("12356", State.WITHDRAWN)
    assert bench.states() == {**gone, "4": State.COUNTED, "7": State.COUNTED}
    assert unapplied_erasures(bench.settings) == 0
    assert rihla(monkeypatch, "erase", "--log") == 0
    log = capsys.readouterr().out
    assert "instance" in log and "respondent" in log

    # RE2
    leaks = {where for where, data in bench.everything() if b"Canary-47" in data or b"uuid:6" in data}
    assert not leaks and "Canary-47" not in said + log

    # RE4
    bench.stop_aggregate()
    bench.store.close()
    server.kill()
    shutil.rmtree(server.database.folder)
    shutil.copytree(tmp_path / "yesterday", server.database.folder)
    server.start()
    bench.store = MongoStore(bench.settings.mongodb)
    assert bench.states() == {
        "1": State.SUPERSEDED,
        "2": State.COUNTED,
        "3": State.REJECTED,
        "4": State.COUNTED,
        "5": State.COUNTED,
        "6": State.REJECTED,
    }
    notices = ErasureTopic(bench.settings.kafka).read()
    assert len(notices) == 2 and bench.store.erasure_log.all() == []
    assert unapplied_erasures(bench.settings) == 2
    bench.workers[1] = bench._start("aggregate")
    assert +bench.accounts().classes == expected
    wait_until(lambda: len(bench.store.erasure_log.all()) == 2 and not bench.store.erasure_log.waiting())
    assert bench.states() == {**gone, "4": State.COUNTED, "7": State.COUNTED}
    assert unapplied_erasures(bench.settings) == 0
