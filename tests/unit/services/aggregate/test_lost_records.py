"""A record that was accepted as lost has its class, and nothing else is known of it."""

from schemas.events import Lost, Source, read_outcome
from schemas.outcome_class import OutcomeClass
from services.aggregate.contributor import Contributor
from services.aggregate.lineage import decide
from services.aggregate.memory_store import MemoryDatabase, MemoryStore
from services.aggregate.outcomes import arrival, read
from services.aggregate.provision import Topics
from services.aggregate.topic_guard import expired
from services.aggregate.watermark import Watermark


def no_survey(survey: str, version: str) -> Contributor:
    raise AssertionError("a lost record names no survey")


def test_a_lost_record_is_accounted_for_in_a_class_of_its_own() -> None:
    wire = Lost(kind="lost", source=Source(topic_id="s", partition=1, offset=7, at_ms=5)).to_wire()
    arrived, outcome = read(1, 40, wire)
    assert (arrived.source_partition, arrived.source_offset, arrived.source_topic) == (1, 7, "s")
    assert read_outcome(wire) == outcome
    tx = MemoryStore(MemoryDatabase()).begin()
    decision = decide([arrival(outcome, wire, no_survey)], tx)
    assert decision.moves == {1: {1: {OutcomeClass.LOST: 1}}}
    assert decision.outcomes == {(OutcomeClass.LOST, ""): 1}
    assert not (decision.created or decision.changed or decision.rejections or decision.quarantined)


def topics(responses_end: int, submissions_start: int) -> Topics:
    return Topics("r", "s", {0: 0}, {0: submissions_start}, {0: responses_end}, {0: 90})


def test_records_have_expired_once_nothing_can_bring_them() -> None:
    mark = Watermark(0, "r", "s", 40, 50)
    assert expired(mark, topics(40, 50)) == 0
    assert expired(mark, topics(40, 60)) == 10
    assert expired(mark, topics(45, 60)) == 0, "their outcomes may be on their way"
    assert expired(Watermark(3, "r", "s", 0, 0), topics(40, 60)) == 0, "a partition that is not there yet"
