"""Keys that change while ingest and validate run: KR1 both follow a rotation of the sealing key, and the old key opens
what it sealed; the topic tells which keys it needs. KR2 a destruction is followed within a second."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.public import SealedBox

from cli.key_prune import sealed_in_topic
from deploy.local.stack import Stack
from schemas.events import Rejection, Response
from services.runtime import keys, survey_keys
from services.runtime.sealing import Sealer
from tests.integration.ingest_process import IngestBench, form, wait_until, xml
from tests.integration.test_validate_service import Bench

SECONDS = 2.5
"""Longer than validate waits between two looks at the folder."""


@pytest.fixture
def bench(kafka_and_database: Stack, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(kafka_and_database, tmp_path)
    yield bench
    bench.stop()


def test_kr1_a_running_validate_opens_what_is_sealed_for_a_newer_key(bench: Bench) -> None:
    bench.publish_survey()
    bench.start()
    bench.send(0, [bench.sealer.seal(bench.submission(number)) for number in range(3)])
    bench.outcomes(3)
    folder = bench.settings.keys.folder
    key_id = keys.new_sealing_key(folder)
    new = Sealer(key_id, keys.load_public(folder).sealing)
    bench.send(0, [new.seal(bench.submission(number)) for number in range(3, 6)], key_id)
    bench.send(0, [bench.sealer.seal(bench.submission(number)) for number in range(6, 9)])
    found = bench.outcomes(9)[0]
    assert [type(outcome) for outcome in found] == [Response] * 9
    assert sealed_in_topic(bench.settings.kafka) == {key_id, bench.sealer.key_id}


def test_kr2_a_running_validate_follows_a_destruction(bench: Bench) -> None:
    bench.publish_survey()
    bench.start()
    bench.send(0, [bench.sealer.seal(bench.submission(1))])
    bench.outcomes(1)
    survey_keys.destroy(bench.settings.keys.folder, "visit")
    threading.Event().wait(SECONDS)
    bench.send(0, [bench.sealer.seal(bench.submission(number)) for number in (2, 3)])
    first, *others = bench.outcomes(3)[0]
    assert isinstance(first, Response)
    for each in others:
        assert isinstance(each, Rejection)
        assert ([reason.code for reason in each.reasons], each.sealed) == (["VAL-007"], "")
    assert bench.workers[0].poll() is None, "it runs on"


def test_kr1_a_running_ingest_seals_for_the_newest_key(kafka_and_database: Stack, tmp_path: Path) -> None:
    bench = IngestBench(kafka_and_database.kafka, tmp_path)
    folder = bench.settings.keys.folder
    old = keys.load_public(folder).sealing_id
    with bench.ingest() as ingest:
        assert ingest.post(form(xml("uuid:1"))).status == 201
        key_id = keys.new_sealing_key(folder)
        wait_until(lambda: "sealing_key_changed" in ingest.log(), ingest.log)
        assert ingest.post(form(xml("uuid:2"))).status == 201
    first, second = bench.records()
    assert [dict(record.headers)["key-id"].decode() for record in (first, second)] == [old, key_id]
    assert bench.open(first).instance
    private = keys.load_private(folder).sealing
    assert json.loads(SealedBox(private[key_id]).decrypt(second.value))["kind"] == "submission"
