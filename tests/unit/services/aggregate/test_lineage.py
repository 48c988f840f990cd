"""AGG-001 to AGG-004 by example: the codes, the classes, and what a slot remembers. Laws: test_lineage_histories."""

from collections.abc import Collection, Iterable, Mapping

import pytest

from schemas.events import Reason
from schemas.outcome_class import OutcomeClass
from schemas.tables.contribution import Contribution
from services.aggregate.erasing import Erasure
from services.aggregate.lineage import decide
from services.aggregate.overlay import WALK_LIMIT, Decision
from services.aggregate.recent import Recent
from services.aggregate.slots import Arrival, Kind, Quarantined, Slot, State


class Nothing:
    """An empty ledger. Counts how many slots were asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def slots(self, instances: Iterable[str]) -> Mapping[str, Slot]:
        self.asked += len(list(instances))
        return {}

    def quarantined(self, instances: Iterable[str]) -> Iterable[Quarantined]:
        return []

    def quarantined_at(self, sources: Iterable[tuple[int, int]]) -> Iterable[Quarantined]:
        return []

    def erasures(self, survey: str, pseudonyms: Collection[str]) -> Iterable[Erasure]:
        return []


def response(instance: str, replaces: str | None = None, content: str = "c", partition: int = 0) -> Arrival:
    contribution = Contribution((("t", "x", (1,)),))
    return Arrival(Kind.RESPONSE, partition, 0, 5, "s", "1", instance, replaces, content, contribution, record=b"{}")


def rejection(instance: str | None, replaces: str | None = None) -> Arrival:
    reasons = (Reason(code="VAL-033", path="age"),)
    return Arrival(Kind.REJECTION, 0, 0, 5, "s", "1", instance, replaces, reasons=reasons, sealed="c2VhbA", key_id="k")


def codes(decision: Decision) -> list[object]:
    return [reason["code"] for entry in decision.rejections for reason in entry.reasons]


def counted(decision: Decision) -> set[str]:
    return {name for name, slot in decision.created.items() if slot.state is State.COUNTED}


@pytest.mark.parametrize(
    ("arrivals", "code", "standing"),
    [
        ([response("a"), response("a", content="other")], "AGG-001", {"a"}),
        ([response("a"), response("b"), response("b", replaces="a")], "AGG-001", {"a", "b"}),
        ([response("a"), response("e", "a"), response("f", "a")], "AGG-002", {"e"}),
        ([response("e", "a"), response("f", "a"), response("a")], "AGG-002", {"e"}),
        ([response("a", "a")], "AGG-003", set()),
        ([response("a", "b"), response("b", "a")], "AGG-004", {"a"}),
        ([response("a", "b"), response("b", "c"), response("c", "a")], "AGG-004", {"a"}),
    ],
)
def test_codes(arrivals: list[Arrival], code: str, standing: set[str]) -> None:
    decision = decide(arrivals, Nothing())
    assert codes(decision) == [code]
    assert counted(decision) == standing
    assert decision.outcomes[OutcomeClass.REJECTED, code] == 1


def test_a_competitor_that_shows_late_is_taken_back_with_its_edits() -> None:
    """x was rejected and wanted o, which f has replaced: so e, an edit of x, competes with f, and so does g."""
    before = [response("o"), response("f", "o"), response("e", "x", partition=1), response("g", "e", partition=2)]
    decision = decide([*before, rejection("x", "o")], Nothing())
    assert codes(decision) == ["VAL-033", "AGG-002", "AGG-002"]
    assert counted(decision) == {"f"}
    assert decision.moves[0][1][OutcomeClass.REJECTED] == 1
    assert decision.moves[0][2] == {OutcomeClass.COUNTED: -1, OutcomeClass.REJECTED: 1}


def test_a_rejected_instance_does_not_hold_its_id() -> None:
    decision = decide([rejection("a"), response("a"), response("a")], Nothing())
    assert counted(decision) == {"a"}
    assert decision.outcomes[OutcomeClass.DUPLICATE, ""] == 1


def test_an_edit_moves_the_class_of_what_it_replaces() -> None:
    decision = decide([response("a", partition=0), response("e", "a", partition=1)], Nothing())
    assert decision.moves == {
        0: {0: {OutcomeClass.COUNTED: 1}},
        1: {1: {OutcomeClass.COUNTED: 1}, 0: {OutcomeClass.COUNTED: -1, OutcomeClass.SUPERSEDED: 1}},
    }
    assert [slot.partition for slot in decision.uncounted] == [0]


def test_a_record_that_could_not_be_opened_is_kept_and_concerns_no_slot() -> None:
    decision = decide([rejection(None)], Nothing())
    assert (decision.created, len(decision.quarantined), codes(decision)) == ({}, 1, ["VAL-033"])


def test_the_reasons_of_a_rejection_hold_no_more_than_code_and_place() -> None:
    [entry] = decide([rejection("a")], Nothing()).rejections
    assert entry.reasons == ({"code": "VAL-033", "path": "age"},)


def test_a_long_way_over_rejected_edits_ends_somewhere() -> None:
    chain = [rejection(f"r{number}", f"r{number - 1}") for number in range(1, 3 * WALK_LIMIT)]
    decision = decide([response("r0"), *chain, response("e", f"r{3 * WALK_LIMIT - 1}")], Nothing())
    assert counted(decision) == {"r0"}
    assert codes(decision)[-1] == "AGG-004"


def test_what_is_taken_for_new_is_not_looked_up_and_always_created() -> None:
    ledger = Nothing()
    decision = decide([response("a"), response("e", "b")], ledger, {"a", "e"})
    assert ledger.asked == 1
    assert set(decision.created) == {"a", "b", "e"}


def test_recent_forgets_the_oldest() -> None:
    recent = Recent(limit=2)
    for name in "abcdefg":
        recent.add([name])
    assert "g" in recent and "a" not in recent
