"""The store of releases, once in memory and once on a real server: the same suite for both.

RS1 what is written is read back, by the view too. RS2 a release is made once. RS3 inputs go when somebody was erased,
memory with the next release, and both when they are let go. RS4 a process that dies in the middle of a write leaves
nothing that anybody can read, and the release can be made.
"""

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from pymongo import MongoClient

from deploy.local import plan
from deploy.local.stack import Stack
from schemas.survey.definition import (
    FieldDefinition,
    FieldType,
    Privacy,
    PrivacyKind,
    SurveyDefinition,
    TableDefinition,
)
from services.release.documents import cell_documents, release_document
from services.release.epoch import Moment
from services.release.inputs import Position
from services.release.live_table import Codes, LiveCell, LiveTable
from services.release.maker import key_check, made_of
from services.release.memory_store import MemoryStore
from services.release.mongo_store import MongoStore
from services.release.policy import Policy
from services.release.protect import Memory, Release
from services.release.provision import VIEW, provision
from services.release.store import Made, MadeElsewhere, Record, ReleaseStore, Unavailable
from services.release.stored_inputs import StoredInputs
from services.runtime.settings import MongoSettings

KEY = b"k" * 32
DEADLINE_S = 120.0
SURVEY = SurveyDefinition(
    survey="visit",
    version="1",
    title="Visit",
    root="data",
    xform="",
    fields=[
        FieldDefinition(
            path="profile/sex", type=FieldType.SELECT_ONE, privacy=Privacy(kind=PrivacyKind.KEEP), concept="SEX"
        )
    ],
    tables=[TableDefinition(name="by_sex", dimensions=["profile/sex"])],
)


def made(number: int, memory: Memory | None = None, women: int = 400, erased: int = 0) -> Made:
    cells: dict[Codes, LiveCell] = {("F",): LiveCell(women, women, women), ("M",): LiveCell(500, 500, 500)}
    table = LiveTable("by_sex", "", ("profile/sex",), (("F", "M", "_U"),), cells)
    inputs = StoredInputs((table,), Policy(every_ms=0), Moment(1_000 * number, 900, f"s/0:{number}"))
    release = made_of("visit", inputs, memory, KEY)
    assert isinstance(release, Release), release
    at, reasons = [Position(0, "s", 10 * number)], {"by_sex": {"minimum_frequency": 1}}
    record = Record(release.memory.last, release.memory.content, at, key_check(KEY), 900, erased, {}, 0, reasons)
    document = release_document(SURVEY, release, ["other"])
    cells_ = list(cell_documents(SURVEY, release))
    return Made("visit", number, document, cells_, record, release.memory, inputs)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    nowhere = {plan.KAFKA_ADDRESS: "127.0.0.1:1"}
    with Stack(tmp_path_factory.mktemp("database"), services=(), prepare=None, given=nowhere) as stack:
        yield stack


def new_settings(stack: Stack) -> MongoSettings:
    name = uuid.uuid4().hex[:8]
    names = {each: f"{name}-{each}" for each in ("ledger", "live", "released", "audit")}
    settings = MongoSettings(uri=SecretStr(stack.mongo_uri), **names)
    provision(settings)
    provision(settings)
    return settings


@pytest.fixture(params=["memory", "mongo"])
def store(request: pytest.FixtureRequest) -> Iterator[ReleaseStore]:
    opened: ReleaseStore
    opened = (
        MemoryStore() if request.param == "memory" else MongoStore(new_settings(request.getfixturevalue("database")))
    )
    yield opened
    opened.close()


def test_rs1_before_the_first_release_there_is_nothing(store: ReleaseStore) -> None:
    assert store.last("visit") is None and store.releases() == [] and store.cells("visit", 1) == []
    assert store.memory("visit", 1) is None and store.inputs("visit", 1) is None
    assert store.first_seen("visit", 5) == 5 and store.first_seen("visit", 9) == 5
    found = store.read("visit", None, None)
    assert (list(found.pages), list(found.runs), list(found.positions)) == ([], [], [])


def test_rs1_what_is_written_is_read_back(store: ReleaseStore) -> None:
    first = made(1)
    store.write(first)
    second = made(2, first.memory, women=700)
    store.write(second)
    assert [release["_id"] for release in store.releases("visit")] == ["visit/1", "visit/2"]
    assert store.releases()[0]["content"] == first.memory.content and store.releases("other") == []
    last = store.last("visit")
    assert last is not None and replace(last, positions=list(last.positions)) == second.record
    assert store.memory("visit", 2) == second.memory and store.memory("visit", 1) is None
    assert store.inputs("visit", 1) == first.inputs and store.inputs("visit", 2) == second.inputs
    assert store.cells("visit", 2) == second.cells and store.cells("visit", 1, "by_sex") == first.cells
    assert store.cells("visit", 1, "none") == [] and store.cells("visit", 3) == []


def test_rs2_a_release_is_made_once(store: ReleaseStore) -> None:
    first, rival = made(1), made(1, women=900)
    store.write(first)
    with pytest.raises(MadeElsewhere):
        store.write(rival)
    assert store.cells("visit", 1) == first.cells and store.memory("visit", 1) == first.memory


def test_rs3_inputs_go_when_somebody_was_erased(store: ReleaseStore) -> None:
    first = made(1)
    store.write(first)
    second = made(2, first.memory, women=390, erased=10)
    store.write(second)
    assert store.inputs("visit", 1) is None and store.inputs("visit", 2) == second.inputs


def test_rs3_exact_copies_are_let_go(store: ReleaseStore) -> None:
    first = made(1)
    store.write(first)
    second = made(2, first.memory, women=700)
    store.write(second)
    assert store.newest("visit") == 2 and store.newest("other") == 0 and store.erased_ms("visit") is None
    store.let_go("visit", 1_500, memory=False)
    assert store.inputs("visit", 1) is None and store.inputs("visit", 2) == second.inputs
    store.let_go("other", 9_000, memory=True)
    assert store.memory("visit", 2) == second.memory
    store.let_go("visit", 2_000, memory=True)
    assert store.inputs("visit", 2) is None and store.memory("visit", 2) is None
    assert store.last("visit") is not None and len(store.releases("visit")) == 2


def test_rs3_the_log_of_erasures_is_read(database: Stack) -> None:
    settings = new_settings(database)
    store = MongoStore(settings)
    try:
        with MongoClient[dict[str, object]](database.mongo_uri) as client:
            log = client[settings.ledger].erasures
            log.insert_many([{"_id": str(n), "survey": "visit", "done_ms": done} for n, done in enumerate((50, 70))])
            log.insert_one({"_id": "other", "survey": "other", "done_ms": None})
        assert store.erased_ms("visit") == 70 and store.erased_ms("other") is None
        assert store.read("visit", None, None).waiting_erasures == 1
    finally:
        store.close()


def test_rs1_the_release_from_its_inputs_is_the_same_again(store: ReleaseStore) -> None:
    first = made(1)
    store.write(first)
    store.write(made(2, first.memory, women=700))
    inputs = store.inputs("visit", 2)
    assert inputs is not None
    again = made_of("visit", inputs, first.memory, KEY)
    assert isinstance(again, Release) and again.manifest.content == store.releases()[1]["content"]


def test_rs1_analysts_find_the_last_release_in_the_view(database: Stack) -> None:
    settings = new_settings(database)
    store = MongoStore(settings)
    first = made(1)
    store.write(first)
    second = made(2, first.memory, women=700)
    store.write(second)
    store.close()
    with MongoClient[dict[str, object]](database.mongo_uri) as client:
        found = list(client[settings.released][VIEW].find({"survey": "visit", "codes.SEX": "F"}))
    assert found == [cell for cell in second.cells if cell["codes"] == {"SEX": "F"}]
    assert found[0]["labels"] == {"SEX": "F"} and found[0]["release"] == 2


DIES_IN_THE_MIDDLE = """
import os, sys, time
from pathlib import Path
from pydantic import SecretStr
from services.release import mongo_store
from services.runtime.settings import MongoSettings
from tests.contract.test_release_store import made
uri, name, flag = sys.argv[1:]
names = {each: f"{name}-{each}" for each in ("ledger", "live", "released", "audit")}
store = mongo_store.MongoStore(MongoSettings(uri=SecretStr(uri), **names))
def stop(*arguments):
    Path(flag).touch()
    time.sleep(600)
mongo_store.documents.record_document = stop
store.write(made(1, women=900))
"""


def test_rs4_a_process_that_dies_in_the_middle_leaves_no_half_release(database: Stack, tmp_path: Path) -> None:
    settings = new_settings(database)
    flag, name = tmp_path / "cells-are-written", settings.live.partition("-")[0]
    command = [sys.executable, "-c", DIES_IN_THE_MIDDLE, database.mongo_uri, name, str(flag)]
    dying = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    waiting = time.monotonic() + DEADLINE_S
    while not flag.exists():
        assert dying.poll() is None and time.monotonic() < waiting
        time.sleep(0.05)
    dying.kill()
    dying.wait()
    store = MongoStore(settings)
    try:
        assert store.releases() == [] and store.cells("visit", 1) == [] and store.last("visit") is None
        again = made(1)
        while True:
            try:
                store.write(again)
                break
            except Unavailable:
                # The server still holds what the dead one had begun.
                assert time.monotonic() < waiting
                time.sleep(0.5)
        assert store.cells("visit", 1) == again.cells and len(store.releases()) == 1
    finally:
        store.close()
