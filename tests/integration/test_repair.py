"""What happens to the topics and to the database beside the workers is told, mended, and never counted wrongly.

RP1 a gap is named, rewound and filled. RP2 records deleted from `submissions` before they were judged stop validate,
are named, and stay counted as lost once accepted. RP3 records deleted from `responses` stop aggregate; validate judges
again. RP4 topics made anew under the reader are told; `responses` can be adopted. RP5 a restored database is brought up
to date, with what was withdrawn. RP6 where both topics have forgotten, what is lost is named and accepted. RP7 what
cannot be mended, and what cannot be asked, is said.
"""

import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import OffsetAndMetadata, TopicPartition
from pymongo import MongoClient

from deploy.local.stack import Stack
from schemas.outcome_class import OutcomeClass
from schemas.topics import RESPONSES, SUBMISSIONS
from services.runtime.exit_codes import OPERATOR
from tests.integration.two_stages import TwoStages

FETCH_WAIT_S = 2.0
"""Faust's requests for records are held for 1.5 s by the broker where there are none."""


@pytest.fixture
def bench(kafka_and_database: Stack, tmp_path: Path) -> Iterator[TwoStages]:
    bench = TwoStages(kafka_and_database, tmp_path)
    yield bench
    bench.close()


def fine(bench: TwoStages) -> bool:
    return bench.rihla("repair", "check").code == 0


def test_rp1_a_gap_is_named_rewound_and_filled(bench: TwoStages) -> None:
    bench.send(range(60))
    bench.start("validate", "aggregate")
    bench.settle()
    assert fine(bench)
    bench.kill("validate")
    bench.send(range(60, 100))
    commit(bench, 90)
    # Without outcomes in which it would see that the commit ran ahead.
    bench.delete_records(RESPONSES, bench.ends())
    bench.start("validate")
    bench.send(range(100, 110))
    bench.until(lambda: bench.ends()[0] >= 80)
    found = bench.rihla("repair", "check")
    assert found.code == 1
    assert "validate has to judge `submissions` again from offset 60 on" in found.text
    refused = bench.rihla("repair", "rewind", "--yes")
    assert refused.code == 1 and "Validate runs" in refused.text
    bench.kill("validate")
    assert "--yes" in bench.rihla("repair", "rewind").text
    assert bench.rihla("repair", "rewind", "--yes").code == 0
    bench.start("validate")
    bench.settle()
    bench.check(dict.fromkeys(range(110), 30))
    assert fine(bench)


def commit(bench: TwoStages, offset: int) -> None:
    """As if validate had got so far."""
    group = f"{bench.settings.kafka.prefix}validate"
    partition = TopicPartition(bench.settings.kafka.topic(SUBMISSIONS), 0)
    admin = bench.admin()

    def committed() -> bool:
        admin.alter_group_offsets(group, {partition: OffsetAndMetadata(offset, "", -1)})
        return int(admin.list_group_offsets([group])[group][partition].offset) == offset

    # The group takes new offsets only once the broker has noticed that its member is gone.
    bench.until(committed)
    admin.close()


def test_rp2_deleted_before_they_were_judged(bench: TwoStages) -> None:
    """While validate runs, with nothing that comes after: the client resets itself without a word."""
    bench.start("validate", "aggregate")
    bench.send(range(30))
    bench.settle()
    bench.kill("validate")
    bench.send(range(30, 80))
    bench.delete_records(SUBMISSIONS, {0: 70})
    bench.start("validate")
    assert bench.ends_with("validate") == OPERATOR
    assert "offsets 30 to 69 of `submissions` expired before they were validated" in bench.log("validate")
    found = bench.rihla("repair", "check")
    assert found.code == 1
    assert "lost: offsets 30 to 69 of `submissions` (40 records)" in found.text
    assert "rihla repair accept --lost 40" in found.text
    assert bench.rihla("repair", "rewind", "--yes").code == 1
    wrong = bench.rihla("repair", "accept", "--lost", "39")
    assert wrong.code == 1 and "40 records are lost, and not 39" in wrong.text
    assert bench.rihla("repair", "accept", "--lost", "40").code == 0
    bench.start("validate")
    bench.send(range(80, 90))
    bench.settle()
    bench.check(dict.fromkeys([*range(30), *range(70, 90)], 30))
    assert bench.classes()[OutcomeClass.LOST] == 40
    assert "40 lost" in bench.accounts()
    assert fine(bench)
    with MongoClient[dict[str, object]](bench.settings.mongodb.uri.get_secret_value()) as client:
        [noted] = client[bench.settings.mongodb.ledger].repairs.find()
    assert noted["command"] == "accept" and "@" in str(noted["by"])
    assert noted["partitions"]["0"]["lost"] == [[30, 70]]  # type: ignore[index]


@pytest.mark.parametrize("more", [True, False], ids=["records_follow", "nothing_follows"])
def test_rp2_deleted_under_the_reader(bench: TwoStages, more: bool) -> None:
    bench.start("validate", "aggregate")
    bench.send(range(30))
    bench.settle()
    stop_reading(bench, "validate")
    bench.send(range(30, 60))
    bench.delete_records(SUBMISSIONS, {0: 60})
    if more:
        bench.send(range(60, 70))
    bench.workers["validate"].send_signal(signal.SIGCONT)
    assert bench.ends_with("validate") == OPERATOR
    first = first_deleted(bench.log("validate"), "to 59 of `submissions` were deleted before they were read")
    assert bench.rihla("repair", "accept", "--lost", str(60 - first)).code == 0
    bench.start("validate")
    bench.send(range(70, 80))
    bench.settle()
    bench.check(dict.fromkeys([*range(first), *(range(60, 70) if more else ()), *range(70, 80)], 30))
    assert bench.classes()[OutcomeClass.LOST] == 60 - first


def stop_reading(bench: TwoStages, name: str) -> None:
    """For less than the session, so that it keeps its partition. Its request for records is answered before anything is
    sent, or it would have got them in time."""
    bench.workers[name].send_signal(signal.SIGSTOP)
    threading.Event().wait(FETCH_WAIT_S)


def first_deleted(log: str, text: str) -> int:
    """A request for records may be under way when the reader is stopped, so it may have got some in time."""
    found = re.findall(rf"offsets (\d+) {re.escape(text)}", log)
    assert found and 30 <= int(found[-1]) < 60, log[-3000:]
    return int(found[-1])


@pytest.mark.parametrize("more", [True, False], ids=["records_follow", "nothing_follows"])
def test_rp3_outcomes_deleted_under_the_reader(bench: TwoStages, more: bool) -> None:
    bench.start("validate", "aggregate")
    bench.send(range(30))
    bench.settle()
    stop_reading(bench, "aggregate")
    bench.send(range(30, 60))
    bench.until(lambda: bench.ends()[0] >= 60)
    bench.delete_records(RESPONSES, {0: 60})
    if more:
        bench.send(range(60, 70))
    bench.workers["aggregate"].send_signal(signal.SIGCONT)
    assert bench.ends_with("aggregate") == OPERATOR
    first_deleted(bench.log("aggregate"), "to 59 of `responses` were deleted before they were read")
    bench.start("aggregate")
    assert bench.ends_with("aggregate") == OPERATOR
    first_deleted(bench.log("aggregate"), "to 59 expired before they were counted")
    bench.kill("validate")
    assert bench.rihla("repair", "rewind", "--yes").code == 0
    bench.start("validate", "aggregate")
    bench.settle()
    bench.check(dict.fromkeys([*range(60), *(range(60, 70) if more else ())], 30))
    assert fine(bench)


def test_rp4_responses_made_anew_under_the_reader(bench: TwoStages) -> None:
    bench.start("validate", "aggregate")
    bench.send(range(30))
    bench.settle()
    bench.make_anew(RESPONSES)
    assert bench.ends_with("aggregate") == OPERATOR
    # It may have looked while there was none.
    assert re.search("made anew|responses are not there", bench.log("aggregate"))
    bench.start("aggregate")
    assert bench.ends_with("aggregate") == OPERATOR
    assert re.search("made anew.*rihla repair adopt", bench.log("aggregate"))
    bench.send(range(30, 60))
    bench.kill("validate")
    assert bench.rihla("repair", "rewind", "--yes").code == 1
    found = bench.rihla("repair", "check")
    assert found.code == 1 and "mended by: rihla repair adopt" in found.text
    assert bench.rihla("repair", "adopt", "--yes").code == 0
    bench.start("validate", "aggregate")
    bench.settle()
    bench.check(dict.fromkeys(range(60), 30))
    assert bench.classes() == {OutcomeClass.COUNTED: 60}
    assert fine(bench)


def test_rp4_submissions_made_anew_under_the_reader(bench: TwoStages) -> None:
    bench.start("validate", "aggregate")
    bench.send(range(30))
    bench.settle()
    bench.make_anew(SUBMISSIONS)
    for name in ("validate", "aggregate"):
        assert bench.ends_with(name) == OPERATOR
        assert re.search("made anew|submissions are not there", bench.log(name))
    found = bench.rihla("repair", "check")
    assert found.code == 1 and "`submissions` was made anew" in found.text
    assert bench.rihla("repair", "adopt", "--yes").code == 1
    bench.check(dict.fromkeys(range(30), 30))


def days_after_a_backup(bench: TwoStages) -> None:
    """The database is that of offset 30; another 31 records followed, the 40th a withdrawal of what it counts."""
    bench.start("validate", "aggregate")
    bench.send(range(30))
    bench.settle()
    backup = bench.backup()
    bench.send(range(30, 40))
    bench.withdraw(5)
    bench.send(range(40, 60))
    bench.send([31], age=50, replaces=lambda number: None)
    bench.settle()
    # Else validate would begin before them, and judge them again unasked.
    bench.until(lambda: committed(bench) == bench.ends(SUBMISSIONS)[0], "validate does not commit")
    bench.kill("validate", "aggregate")
    bench.restore(backup)


def committed(bench: TwoStages) -> int | None:
    """What validate has committed of partition 0."""
    group = f"{bench.settings.kafka.prefix}validate"
    admin = bench.admin()
    try:
        found = admin.list_group_offsets([group])[group]
        own = found.get(TopicPartition(bench.settings.kafka.topic(SUBMISSIONS), 0))
        return None if own is None else int(own.offset)
    finally:
        admin.close()


def test_rp5_a_restored_database_catches_up(bench: TwoStages) -> None:
    days_after_a_backup(bench)
    assert fine(bench)
    bench.start("validate", "aggregate")
    bench.settle()
    bench.check({number: 30 for number in range(60) if number != 5})
    assert bench.classes() == {
        OutcomeClass.COUNTED: 59,
        OutcomeClass.WITHDRAWN: 1,
        OutcomeClass.CONTROL: 1,
        OutcomeClass.REJECTED: 1,
    }


def test_rp5_outcomes_that_expired_meanwhile_are_judged_again(bench: TwoStages) -> None:
    days_after_a_backup(bench)
    bench.delete_records(RESPONSES, {0: 45})
    bench.start("validate", "aggregate")
    assert bench.ends_with("aggregate") == OPERATOR
    assert "offsets 30 to 44 expired before they were counted; 30 comes next" in bench.log("aggregate")
    bench.kill("validate")
    found = bench.rihla("repair", "check")
    assert found.code == 1 and "from offset 30 on" in found.text
    assert bench.rihla("repair", "rewind", "--yes").code == 0
    bench.start("validate", "aggregate")
    bench.settle()
    bench.check({number: 30 for number in range(60) if number != 5})
    assert fine(bench)


def test_rp6_what_both_topics_have_forgotten_is_lost_and_no_more(bench: TwoStages) -> None:
    """Outcomes that are there are used, also those whose record has expired; and a withdrawal is not forgotten."""
    days_after_a_backup(bench)
    bench.delete_records(RESPONSES, {0: 45})
    bench.delete_records(SUBMISSIONS, {0: 50})
    bench.start("aggregate")
    assert bench.ends_with("aggregate") == OPERATOR
    found = bench.rihla("repair", "check")
    assert found.code == 1 and "lost: offsets 30 to 44 of `submissions` (15 records)" in found.text
    assert bench.rihla("repair", "accept", "--lost", "15").code == 0
    bench.start("validate", "aggregate")
    bench.settle()
    bench.check({number: 30 for number in [*range(30), *range(44, 60)] if number != 5} | {31: 50})
    assert bench.classes()[OutcomeClass.LOST] == 15
    assert fine(bench)


def test_rp7_what_cannot_be_asked(bench: TwoStages) -> None:
    bench.env["RIHLA_KAFKA__BOOTSTRAP_SERVERS"] = "127.0.0.1:9"
    assert bench.rihla("repair", "check").code == 2
