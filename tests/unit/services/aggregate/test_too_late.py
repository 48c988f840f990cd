"""Records of a survey whose retention is over: in a class, and nothing of them is kept."""

import pytest

from schemas.erasure import ErasureKind
from schemas.outcome_class import OutcomeClass
from services.aggregate.erasing import Erasure
from services.aggregate.lineage import decide
from services.aggregate.overlay import Decision
from services.aggregate.slots import Arrival, Kind
from tests.unit.services.aggregate.test_overlay import Ledger
from tests.unit.services.aggregate.test_withdrawing import arrival


def decided(one: Arrival) -> Decision:
    return decide([one], Ledger(), ended={"s"})


@pytest.mark.parametrize("kind", [Kind.RESPONSE, Kind.REFUSAL, Kind.REJECTION, Kind.HELD])
def test_what_is_sent_is_rejected_and_not_listed(kind: Kind) -> None:
    decision = decided(arrival(kind, 3, "a"))
    assert decision.outcomes == {(OutcomeClass.REJECTED, "AGG-005"): 1}
    assert (decision.created, decision.rejections, decision.quarantined, decision.added) == ({}, [], [], [])


@pytest.mark.parametrize(
    ("kind", "of"), [(Kind.WITHDRAWAL, ErasureKind.INSTANCE), (Kind.ERASURE, ErasureKind.RESPONDENT)]
)
def test_an_erasure_finds_nothing_and_is_done(kind: Kind, of: ErasureKind) -> None:
    decision = decided(arrival(kind, 3, "a"))
    assert decision.outcomes == {(OutcomeClass.CONTROL, ""): 1}
    assert decision.erasures == [Erasure((0, 3), "s", of, 5, done_ms=5)]
    assert decision.created == {}


@pytest.mark.parametrize("kind", [Kind.FOUND, Kind.AGAIN])
def test_what_is_no_record_has_no_class(kind: Kind) -> None:
    decision = decided(arrival(kind, 3, "a"))
    assert (decision.moves, decision.created) == ({}, {})


def test_other_surveys_go_on() -> None:
    assert set(decide([arrival(Kind.RESPONSE, 3, "a")], Ledger(), ended={"t"}).created) == {"a"}
