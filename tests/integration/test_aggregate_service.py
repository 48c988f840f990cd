"""aggregate as a process on a real broker and database: outcomes in, cells out, whatever dies.

AS1 every kind of outcome, over partitions. AS2 SIGKILL at any time. AS3 a gap is passed over, shown, and filled. AS4 a
fault in the agent ends the process with 70 and loses nothing. AS5 what an operator must
see to ends it with 78. AS6 a worker stopped beyond the session time-out writes nothing when it goes on.
"""

import signal
import urllib.request
from random import Random

import pytest
from kafka import KafkaAdminClient
from pymongo import MongoClient

from schemas.events import Held, Reason, Refusal, Rejection, Withdrawn
from schemas.outcome_class import OutcomeClass
from schemas.topics import RESPONSES, SURVEYS
from services.runtime.provision import provision
from services.runtime.publish import publish
from tests.integration.aggregate_bench import DEADLINE_S, SURVEY, Bench, bench, free_port, instance

__all__ = ["bench"]  # fixture

FAULTY = """
import sys
from pathlib import Path
from services.aggregate import app, batch
decide = batch.decide
def faulty(arrivals, *others):
    flag = Path(sys.argv[1])
    if any(arrival.offset == 30 for arrival in arrivals) and not flag.exists():
        flag.touch()
        raise {fault}
    return decide(arrivals, *others)
batch.decide = faulty
app.main()
"""


def test_as1_every_kind_of_outcome_over_partitions(bench: Bench) -> None:
    port = free_port()
    worker = bench.start(RIHLA_WATCH__PORT=str(port))
    sealed = {"key_id": "k", "sealed": "Q2FuYXJ5"}
    reasons = [Reason(code="VAL-033", path="age")]
    bench.send(*(bench.response(number, number % 2) for number in range(40)))
    bench.send(
        bench.response(2, 0),  # a retry
        bench.response(3, 1, age=99),  # the same id with other content
        bench.response(101, 1, replaces=100),  # an edit that comes before what it replaces
        bench.response(100, 0),
        bench.response(102, 0, replaces=4, age=50),
        bench.response(103, 0, replaces=4, age=51),  # competes with the edit before it
        Refusal(kind="refusal", source=bench.source(0), survey="visit", version="1", instance=instance(104)),
        Rejection(kind="rejection", source=bench.source(1), survey="visit", version="1", reasons=reasons, **sealed),
        Held(kind="held", source=bench.source(1), survey="visit", version="1", instance=instance(105), **sealed),
        Withdrawn(kind="withdrawn", source=bench.source(1), survey="visit", instance=instance(6)),
    )
    bench.wait_for(50)
    # A late retry of what was withdrawn: sent now, for nothing orders two partitions.
    bench.send(bench.response(6, 0))
    bench.wait_for(51)
    counted = {number: 30 for number in range(40) if number not in (4, 6)} | {101: 30, 102: 50}
    bench.check(counted)
    assert bench.classes() == {
        OutcomeClass.COUNTED: len(counted),
        OutcomeClass.DUPLICATE: 1,
        OutcomeClass.REJECTED: 3,
        OutcomeClass.SUPERSEDED: 2,
        OutcomeClass.REFUSED: 1,
        OutcomeClass.HELD: 1,
        OutcomeClass.CONTROL: 1,
        OutcomeClass.WITHDRAWN: 2,
    }
    with MongoClient[dict[str, object]](bench.settings.mongodb.uri.get_secret_value()) as client:
        live, ledger = client[bench.settings.mongodb.live], client[bench.settings.mongodb.ledger]
        codes = [entry["reasons"] for entry in live.rejections.find().sort("_id", 1)]
        assert sorted(str(reasons) for reasons in codes) == [
            "[{'code': 'AGG-001'}]",
            "[{'code': 'AGG-002'}]",
            "[{'code': 'VAL-033', 'path': 'age'}]",
        ]
        assert ledger.quarantine.count_documents({}) == 2
        rows = {row["codes"][0]: row for row in live.cells_flat.find({"table": "by_sex"})}  # type: ignore[index]
        assert rows["M"]["n"] == bench.cells()["M"][0]
        [shown] = rows["M"]["indicators"]  # type: ignore[misc]
        assert shown["name"] == "age" and shown["estimate"] == pytest.approx(30)  # type: ignore[has-type]
        marker = ledger.slots.find_one({"_id": instance(6)}, {"_id": 0, "writes": 0, "offset": 0})
        assert marker is not None
        # Unless the withdrawal, on another partition, was there first: then there was nothing to take back.
        assert marker.pop("taken", [0, 3]) == [0, 3]
        assert marker == {"survey": "visit", "state": "withdrawn", "partition": 1, "version": ""}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    assert 'rihla_aggregate_outcomes_total{code="AGG-002",outcome="rejected"} 1.0' in text
    assert "rihla_aggregate_age_seconds_count 51.0" in text
    for place in (text, bench.log()):
        assert "Canary" not in place and instance(6) not in place
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=20) == 0
    bench.send(bench.response(200, 0))
    bench.start()
    bench.wait_for(52)
    bench.check(counted | {200: 30})


def test_as2_kills_lose_nothing_and_repeat_nothing(bench: Bench) -> None:
    random = Random(3)
    worker = bench.start(RIHLA_AGGREGATE__BATCH_RECORDS="40", RIHLA_AGGREGATE__BATCH_WITHIN_S="0.05")
    ages: dict[int, int] = {}
    sent = 0
    for round_ in range(3):
        outcomes = []
        for _ in range(400):
            number = random.randrange(sent + 1) if random.random() < 0.1 and sent else sent
            age = ages.setdefault(number, random.randrange(15, 99))
            outcomes.append(bench.response(number, number % 2, age=age))
            sent = max(sent, number + 1)
        bench.send(*outcomes)
        bench.wait_for(round_ * 400 + random.randrange(40, 300))
        worker.kill()
        worker.wait()
        worker = bench.start(RIHLA_AGGREGATE__BATCH_RECORDS="40")
    bench.wait_for(1200)
    bench.check(ages)
    assert sum(bench.classes().values()) == 1200


def test_as3_a_gap_is_passed_over_and_filled(bench: Bench) -> None:
    port = free_port()
    bench.start(RIHLA_WATCH__PORT=str(port))
    first = [bench.response(number, 0) for number in range(16)]
    bench.send(*first[:10], *first[12:])
    bench.until(lambda: bench.store.watermarks()[0].responses_next == 14)
    assert bench.store.watermarks()[0].submissions_next == 10
    bench.check(dict.fromkeys(range(10), 30))

    def shown() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        return (
            'rihla_aggregate_gap_first_offset{partition="0"} 10.0' in text
            and "rihla_aggregate_passed_over_total 4.0" in text
        )

    bench.until(shown)
    assert '"missing_from": 10' in bench.log()
    bench.send(*first[8:])
    bench.wait_for(16)
    bench.check(dict.fromkeys(range(16), 30))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert 'rihla_aggregate_gap_first_offset{partition="0"} -1.0' in answer.read().decode()


@pytest.mark.parametrize("fault", ["KeyError('Canary')", "BaseException('Canary')"])
def test_as4_a_fault_in_the_agent_loses_nothing(bench: Bench, fault: str) -> None:
    code = FAULTY.format(fault=fault)
    bench.send(*(bench.response(number, 0) for number in range(25)))
    worker = bench.start(code)
    bench.wait_for(25)
    bench.send(*(bench.response(number, 0) for number in range(25, 100)))
    assert worker.wait(timeout=DEADLINE_S) == 70
    # The worker fails at offset 30, in the second or a later batch: whole batches stay, and nothing else.
    assert 25 <= bench.accounted() <= 30
    bench.check(dict.fromkeys(range(bench.accounted()), 30))
    assert "Canary" not in bench.log()
    bench.start(code)
    bench.wait_for(100)
    bench.check(dict.fromkeys(range(100), 30))


def test_as5_what_is_no_outcome_stops_for_the_operator(bench: Bench) -> None:
    bench.send(bench.response(0))
    bench.send_raw([(0, b'{"kind": "Canary"}')])
    assert bench.start().wait(timeout=DEADLINE_S) == 78
    assert "is no outcome" in bench.log() and "Canary" not in bench.log()


def test_as5_an_unknown_survey_stops_and_is_counted_once_it_is_there(bench: Bench) -> None:
    later = bench.response(0).model_copy(update={"survey": "later"})
    bench.send(later)
    assert bench.start().wait(timeout=DEADLINE_S) == 70
    assert "later" in bench.log()
    definition = SURVEY.model_copy(update={"survey": "later"})
    publish(bench.settings.kafka, SURVEYS, definition.key, definition.to_wire())
    bench.start()
    bench.wait_for(1)
    assert bench.classes() == {OutcomeClass.COUNTED: 1}


def test_as5_a_topic_made_anew_stops_for_the_operator(bench: Bench) -> None:
    bench.send(bench.response(0))
    worker = bench.start()
    bench.wait_for(1)
    worker.kill()
    worker.wait()
    topic = bench.settings.kafka.topic(RESPONSES)
    admin = KafkaAdminClient(bootstrap_servers=bench.settings.kafka.bootstrap_servers.split(","))
    admin.delete_topics([topic])
    bench.until(lambda: topic not in admin.list_topics())
    admin.close()
    provision(bench.settings)
    assert bench.start().wait(timeout=DEADLINE_S) == 78
    assert "made anew" in bench.log()


def test_as6_a_worker_that_was_stopped_too_long_writes_nothing(bench: Bench) -> None:
    ages = dict.fromkeys(range(600), 30)
    settings = {"RIHLA_AGGREGATE__BATCH_RECORDS": "10", "RIHLA_AGGREGATE__BATCH_WITHIN_S": "0.05"}
    stopped = bench.start(**settings)
    bench.send(*(bench.response(number, number % 2) for number in range(400)))
    bench.wait_for(30)
    stopped.send_signal(signal.SIGSTOP)
    try:
        bench.start(**settings)
        bench.wait_for(400)
    finally:
        stopped.send_signal(signal.SIGCONT)
    bench.send(*(bench.response(number, number % 2) for number in range(400, 600)))
    bench.wait_for(600)
    bench.check(ages)
    assert sum(bench.classes().values()) == bench.accounted() == 600
