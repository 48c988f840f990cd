"""Partitions are added in the middle of fieldwork, and every figure stays exact.

From then on the key of an instance leads to another partition. Retries, edits, edits that compete, edits that come
before what they replace, and withdrawals cross the change here.
"""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from schemas.outcome_class import OutcomeClass
from schemas.topics import RESPONSES, SUBMISSIONS
from services.runtime.admin import connect
from services.runtime.provision import provision
from tests.integration.ingest_process import IngestBench, form, wait_until, xml
from tests.integration.two_stages import TwoStages


@pytest.fixture
def bench(kafka_and_database: Stack, tmp_path: Path) -> Iterator[TwoStages]:
    bench = TwoStages(kafka_and_database, tmp_path, partitions=4)
    yield bench
    bench.close()


def test_growing_in_the_middle_of_fieldwork(bench: TwoStages) -> None:
    bench.start("validate-1", "validate-2", "aggregate-1", "aggregate-2")
    bench.send(range(200))
    bench.send(range(1000, 1100, 10), age=40, replaces=lambda number: number - 1000)

    def fieldwork() -> None:
        for first in range(200, 600, 20):
            bench.send(range(first, first + 20))

    phones = threading.Thread(target=fieldwork)
    phones.start()
    grown = bench.rihla("partitions", "grow", "8")
    phones.join()
    assert grown.code == 0, grown.text
    assert len(bench.ends(RESPONSES)) == len(bench.ends(SUBMISSIONS)) == 8
    bench.settle()

    bench.send(range(200))  # retries, most of them in other partitions than the first time
    bench.send(range(1000, 1100, 10), age=40, replaces=lambda number: number - 1000)
    bench.send(range(2000, 2050, 10), age=50, replaces=lambda number: number - 2000)  # the earlier edit stands
    bench.send(range(1100, 1200, 10), age=41, replaces=lambda number: number - 1000)
    bench.send(range(3000, 3010), age=42, replaces=lambda number: number + 2000)  # before what they replace
    bench.send(range(5000, 5010))
    bench.withdraw(5, 15, 1000)
    bench.settle()
    bench.send([5, 15, 0])  # late retries of what was withdrawn
    bench.settle()

    gone = {5, 15, 0, *range(0, 200, 10)}
    ages = {number: 30 for number in range(600) if number not in gone}
    ages |= dict.fromkeys(range(1010, 1100, 10), 40) | dict.fromkeys(range(1100, 1200, 10), 41)
    ages |= dict.fromkeys(range(3000, 3010), 42)
    bench.check(ages)
    assert bench.classes()[OutcomeClass.REJECTED] == 4 and bench.classes()[OutcomeClass.CONTROL] == 3
    assert min(bench.ends(SUBMISSIONS).values()) > 0, "a partition that is not written to"
    assert bench.ends(RESPONSES) == bench.ends(SUBMISSIONS)

    assert bench.rihla("repair", "check").code == 0
    assert bench.rihla("partitions", "grow", "8").text.strip() == "There are 8 partitions already."
    shrunk = bench.rihla("partitions", "grow", "4")
    assert shrunk.code == 1 and "do not shrink" in shrunk.text
    assert len(bench.rihla("partitions", "list").text.strip().splitlines()) == 9
    # The settings still say 4: a later start changes nothing and refuses nothing.
    assert provision(bench.settings) == []
    bench.provision_database()


def test_ingest_writes_to_partitions_that_were_added(kafka_and_database: Stack, tmp_path: Path) -> None:
    bench = IngestBench(kafka_and_database.kafka, tmp_path)
    posted = itertools.count()
    with bench.ingest() as ingest:

        def written(partition: int) -> bool:
            assert ingest.post(form(xml(f"uuid:{next(posted)}"))).status == 201
            with connect(bench.settings.kafka) as admin:
                return admin.end_offsets(SUBMISSIONS).get(partition, 0) > 0

        wait_until(lambda: written(0) and written(1))
        with connect(bench.settings.kafka) as admin:
            for topic in (RESPONSES, SUBMISSIONS):
                admin.grow(topic, 4)
        wait_until(lambda: written(2) and written(3), ingest.log)
        with connect(bench.settings.kafka) as admin:
            assert sum(admin.end_offsets(SUBMISSIONS).values()) == next(posted)
        assert '"partitions": [2, 3]' in ingest.log()
