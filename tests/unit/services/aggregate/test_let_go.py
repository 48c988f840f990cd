"""What was written again from the quarantine: its origin, and that erasures done before are found for it alone."""

from dataclasses import replace

import pytest

from schemas.outcome_class import OutcomeClass
from services.aggregate.erasing import Taken
from services.aggregate.lineage import decide
from services.aggregate.overlay import Overlay
from services.aggregate.replaying import let_go
from services.aggregate.slots import Arrival, Kind, State
from tests.unit.services.aggregate.test_overlay import Ledger, erasure, held
from tests.unit.services.aggregate.test_withdrawing import arrival


def again(**more: object) -> Arrival:
    return replace(arrival(Kind.RESPONSE, 20, "a"), replay_of=(1, 5), subjects=("p",), **more)  # type: ignore[arg-type]


def overlay_of(ledger: Ledger) -> Overlay:
    overlay = Overlay(ledger)
    overlay.now = again()
    return overlay


def test_what_repeats_nothing_stays_as_it_is() -> None:
    one = arrival(Kind.RESPONSE, 20, "a")
    assert let_go(overlay_of(Ledger()), one) is one


def test_of_what_is_gone_only_the_partition_is_known() -> None:
    assert let_go(overlay_of(Ledger()), again()).origin == (1, -1)
    overlay = overlay_of(Ledger(waiting=[held(5, "a")]))
    overlay.decision.purged.add((1, 5))
    assert let_go(overlay, again()).origin == (1, -1)
    assert overlay.settled == set()


@pytest.mark.parametrize("before", [None, (3, 2)])
def test_the_first_of_several_is_the_origin(before: tuple[int, int] | None) -> None:
    overlay = overlay_of(Ledger(waiting=[replace(held(5, "a"), origin=before)]))
    assert let_go(overlay, again()).origin == (before or (1, 5))
    assert (overlay.decision.purged, overlay.settled) == ({(1, 5)}, {(1, 5)})
    assert overlay.finish().moves == {0: {1: {OutcomeClass.HELD: -1, OutcomeClass.REPLAYED: 1}}}


def test_nothing_of_another_submission_is_let_go() -> None:
    overlay = overlay_of(Ledger(waiting=[held(5, "b")]))
    assert let_go(overlay, again()).origin == (1, -1)
    assert overlay.decision.purged == set()


def test_who_was_erased_before_is_withdrawn_when_it_comes_again() -> None:
    done = replace(erasure(7), before={1: 6})
    decision = decide([again()], Ledger(waiting=[held(5, "a")], erasures=[done]))
    assert decision.created["a"].state is State.WITHDRAWN
    assert decision.taken == {(0, 7): Taken(payloads=1)}


def test_erasures_are_looked_up_once_a_survey_for_what_comes_again_alone() -> None:
    ledger = Ledger()
    others = [replace(again(), instance="b", subjects=("q",)), replace(again(), instance="c", survey="t")]
    new = replace(arrival(Kind.RESPONSE, 21, "d"), subjects=("r",))
    decision = decide([again(), new, *others, replace(again(), instance="e", subjects=())], ledger)
    assert [asked for asked in ledger.asked if isinstance(asked, tuple)] == [("s", ["p", "q"]), ("t", ["p"])]
    assert decision.created["a"].origin == (1, -1)
    assert decision.created["d"].origin is None


def test_the_quarantine_is_looked_up_at_once_for_withdrawals_alone() -> None:
    ledger = Ledger()
    history = [arrival(Kind.RESPONSE, 1, "a"), arrival(Kind.WITHDRAWAL, 2, "w"), arrival(Kind.WITHDRAWAL, 3, "v")]
    decide(history, ledger)
    assert ledger.asked == [["a", "v", "w"], ["v", "w"]]
