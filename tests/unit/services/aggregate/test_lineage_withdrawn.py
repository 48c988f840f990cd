"""What is withdrawn when it arrives, and what erasures leave in the slots and the log, in full."""

from dataclasses import replace

import pytest

from schemas.erasure import ErasureKind
from schemas.outcome_class import OutcomeClass
from services.aggregate.erasing import Erasure, Taken
from services.aggregate.lineage import decide
from services.aggregate.slots import Arrival, Kind, Slot, State
from tests.unit.services.aggregate.test_lineage_slots import written
from tests.unit.services.aggregate.test_overlay import Ledger, erasure, held
from tests.unit.services.aggregate.test_replacing import counted
from tests.unit.services.aggregate.test_withdrawing import arrival

MARKER = Slot("a", "s", State.WITHDRAWN, 0, 1)


@pytest.mark.parametrize("kind", [Kind.RESPONSE, Kind.REFUSAL, Kind.REJECTION, Kind.HELD])
def test_what_comes_after_its_withdrawal_is_withdrawn_and_not_kept(kind: Kind) -> None:
    decision = decide([arrival(kind, 9, "a")], Ledger(MARKER))
    assert decision.outcomes == {(OutcomeClass.WITHDRAWN, ""): 1}
    assert (written(decision), decision.quarantined, decision.rejections) == ({}, [], [])


def test_what_comes_after_its_withdrawal_withdraws_what_it_names_as_well() -> None:
    decision = decide([arrival(Kind.RESPONSE, 9, "a", "o")], Ledger(MARKER, counted("o", partition=1)))
    assert decision.changed["a"] == replace(MARKER, replaces="o")
    assert decision.changed["o"].state is State.WITHDRAWN
    assert decision.erased == {("s", 1)}


def test_a_marker_keeps_what_it_named_first() -> None:
    decision = decide([arrival(Kind.RESPONSE, 9, "a", "b")], Ledger(replace(MARKER, replaces="o")))
    assert "a" not in decision.changed
    assert (decision.created["b"].state, decision.created["b"].survey) == (State.WITHDRAWN, "s")


def test_one_that_names_itself_and_is_withdrawn_names_nothing() -> None:
    assert written(decide([arrival(Kind.RESPONSE, 9, "a", "a")], Ledger(MARKER))) == {}


@pytest.mark.parametrize("kind", [Kind.RESPONSE, Kind.REJECTION])
def test_an_edit_of_what_is_withdrawn_is_withdrawn(kind: Kind) -> None:
    decision = decide([arrival(kind, 9, "e", "a")], Ledger(MARKER))
    assert decision.created == {"e": Slot("e", "s", State.WITHDRAWN, 0, 9, replaces="a")}
    assert decision.outcomes == {(OutcomeClass.WITHDRAWN, ""): 1}


def test_a_rejection_under_a_held_id_that_names_something_withdrawn_takes_nothing_with_it() -> None:
    decision = decide([arrival(Kind.REJECTION, 9, "b", "a")], Ledger(MARKER, counted("b")))
    assert decision.outcomes == {(OutcomeClass.WITHDRAWN, ""): 1}
    assert (written(decision), decision.quarantined, decision.rejections) == ({}, [], [])


def test_a_replayed_record_of_somebody_who_was_erased_counts_as_taken_with_its_versions() -> None:
    done = replace(erasure(7), before={1: 6})
    again = replace(arrival(Kind.RESPONSE, 20, "e", "o"), replay_of=(1, 5), subjects=("p",))
    decision = decide([again], Ledger(counted("o"), waiting=[held(5, "e", "o")], erasures=[done]))
    assert decision.taken == {(0, 7): Taken(interviews=1, versions=1, payloads=1)}
    assert {name: slot.state for name, slot in written(decision).items()} == {
        "e": State.WITHDRAWN,
        "o": State.WITHDRAWN,
    }


def test_what_an_erased_person_sends_later_counts_also_in_the_same_batch() -> None:
    asked = replace(arrival(Kind.ERASURE, 9, ""), instance=None, erasure=erasure(9))
    later = replace(arrival(Kind.RESPONSE, 10, "e"), subjects=("p",))
    assert decide([asked, later], Ledger()).created["e"].state is State.COUNTED


def test_what_an_erased_person_sent_before_is_withdrawn_when_it_is_replayed_in_the_same_batch() -> None:
    asked = replace(arrival(Kind.ERASURE, 9, ""), instance=None, erasure=replace(erasure(9), before={1: 6}))
    again = replace(arrival(Kind.RESPONSE, 20, "e"), replay_of=(1, 5), subjects=("p",))
    decision = decide([asked, again], Ledger(waiting=[held(5, "e")]))
    assert (decision.created["e"].state, decision.taken) == (State.WITHDRAWN, {(0, 9): Taken(payloads=1)})


def test_a_replayed_record_that_names_nobody_is_not_looked_for_among_erasures() -> None:
    again = replace(arrival(Kind.RESPONSE, 20, "e"), replay_of=(1, 5))
    decision = decide([again], Ledger(erasures=[replace(erasure(7), before={1: 6})]))
    assert decision.created["e"].state is State.COUNTED


# -- erasures --------------------------------------------------------------------------------------------------


def test_a_withdrawal_is_noted_with_its_kind_and_its_time() -> None:
    decision = decide([arrival(Kind.WITHDRAWAL, 9, "a")], Ledger())
    assert decision.erasures == [Erasure((0, 9), "s", ErasureKind.INSTANCE, 5)]
    assert decision.outcomes == {(OutcomeClass.CONTROL, ""): 1}
    assert decision.taken == {(0, 9): Taken()}
    assert decision.created == {"a": Slot("a", "s", State.WITHDRAWN, 0, 9)}


def test_an_erasure_of_a_respondent_is_noted_for_whoever_looks_for_interviews() -> None:
    decision = decide([replace(arrival(Kind.ERASURE, 9, ""), instance=None, erasure=erasure(9))], Ledger())
    assert (decision.erasures, decision.outcomes) == ([erasure(9)], {(OutcomeClass.CONTROL, ""): 1})
    assert decision.created == {}


def test_what_was_found_is_withdrawn_for_its_erasure_and_is_no_record() -> None:
    decision = decide([arrival(Kind.FOUND, 9, "a")], Ledger(counted("a")))
    assert decision.taken == {(0, 9): Taken(interviews=1, versions=1)}
    assert (decision.changed["a"].state, decision.outcomes) == (State.WITHDRAWN, {})


def test_what_was_found_and_is_gone_leaves_a_marker_of_the_survey() -> None:
    decision = decide([arrival(Kind.FOUND, 9, "a")], Ledger())
    assert decision.created == {"a": Slot("a", "s", State.WITHDRAWN, 0, 9)}


def again_erased(instance: str | None) -> Arrival:
    return replace(arrival(Kind.AGAIN, 9, ""), instance=instance, erasure=erasure(9))


def test_an_erasure_that_a_restored_database_lacks_is_noted_and_its_instance_withdrawn() -> None:
    decision = decide([again_erased("a")], Ledger(counted("a")))
    assert (decision.erasures, decision.taken) == ([erasure(9)], {(0, 9): Taken(interviews=1, versions=1)})
    assert (decision.changed["a"].state, decision.outcomes) == (State.WITHDRAWN, {})


def test_an_erasure_of_a_respondent_that_a_restored_database_lacks_is_noted() -> None:
    decision = decide([again_erased(None)], Ledger())
    assert (decision.erasures, decision.taken, decision.created) == ([erasure(9)], {}, {})


def test_a_withdrawal_drops_its_own_payloads_of_the_batch_and_leaves_those_of_others() -> None:
    history = [arrival(Kind.HELD, 3, "a"), arrival(Kind.HELD, 4, "b"), arrival(Kind.WITHDRAWAL, 9, "a")]
    decision = decide(history, Ledger())
    assert [entry.instance for entry in decision.quarantined] == ["b"]
