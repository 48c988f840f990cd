"""What each kind of record leaves in the slots, the quarantine, the list of rejections and the classes, in full."""

from dataclasses import replace

import pytest

from schemas.events import Reason
from schemas.outcome_class import SEALED_BY_FORM, OutcomeClass
from schemas.tables.contribution import Contribution
from services.aggregate.lineage import decide
from services.aggregate.overlay import WALK_LIMIT, Decision
from services.aggregate.slots import Kind, Quarantined, RejectionEntry, Slot, State
from tests.unit.services.aggregate.test_overlay import Ledger, awaited, rejected
from tests.unit.services.aggregate.test_replacing import counted
from tests.unit.services.aggregate.test_withdrawing import arrival

SUPERSEDED = Slot("a", "s", State.SUPERSEDED, 0, 1, replaced_by="f")


def written(decision: Decision) -> dict[str, Slot]:
    return {**decision.created, **decision.changed}


# -- accepted --------------------------------------------------------------------------------------------------


def test_the_slot_of_a_counted_response() -> None:
    contribution = Contribution((("t", "x", (1,)),), epoch=3)
    one = replace(arrival(Kind.RESPONSE, 9, "e"), contribution=contribution, subjects=("p",), origin=(1, 4))
    decision = decide([one], Ledger(awaited("e", linked=("x",))))
    assert decision.changed["e"] == Slot(
        "e",
        "s",
        State.COUNTED,
        0,
        9,
        "1",
        "f",
        applied=contribution.encode(),
        response=b"{}",
        subjects=("p",),
        linked=("x",),
        origin=(1, 4),
        epoch=3,
    )
    assert decision.added == [("s", 0, contribution)]


def test_a_version_that_comes_after_its_edit_is_superseded_and_adds_nothing() -> None:
    late = replace(arrival(Kind.RESPONSE, 9, "a"), version=None, origin=(1, 4))
    decision = decide([late], Ledger(awaited("a", replaced_by="e"), counted("e", "a")))
    # No respondent is named: so it is of no use where the record was first.
    assert decision.changed == {"a": Slot("a", "s", State.SUPERSEDED, 0, 9, "", "f", replaced_by="e")}
    assert (decision.added, decision.outcomes) == ([], {(OutcomeClass.SUPERSEDED, ""): 1})


def test_a_refusal_is_kept_and_adds_nothing() -> None:
    decision = decide([arrival(Kind.REFUSAL, 9, "a")], Ledger())
    assert decision.created == {"a": Slot("a", "s", State.REFUSED, 0, 9, "1")}
    assert (decision.added, decision.outcomes) == ([], {(OutcomeClass.REFUSED, ""): 1})


def test_a_response_without_its_contribution_is_a_fault() -> None:
    with pytest.raises(ValueError, match=r"^a response arrived without its contribution$"):
        decide([replace(arrival(Kind.RESPONSE, 9, "a"), contribution=None)], Ledger())


def test_the_same_content_under_another_kind_is_a_conflict() -> None:
    refused = Slot("a", "s", State.REFUSED, 0, 1, "1", "f")
    decision = decide([arrival(Kind.RESPONSE, 9, "a")], Ledger(refused))
    assert decision.outcomes == {(OutcomeClass.REJECTED, "AGG-001"): 1}
    # The record alone is rejected; who holds the id stays.
    assert written(decision) == {}


def test_a_duplicate_writes_nothing() -> None:
    decision = decide([arrival(Kind.RESPONSE, 9, "a")], Ledger(counted("a")))
    assert (written(decision), decision.rejections) == ({}, [])
    assert decision.outcomes == {(OutcomeClass.DUPLICATE, ""): 1}


def test_an_edit_of_what_was_rejected_and_named_the_edit_stands_for_itself() -> None:
    decision = decide([arrival(Kind.RESPONSE, 9, "e", "r")], Ledger(rejected("r", "e")))
    assert (decision.created["e"].state, decision.created["e"].replaced_by) == (State.COUNTED, None)
    assert decision.changed["r"].replaced_by == "e"


def test_as_many_rejected_ones_as_the_limit_says_are_passed_over() -> None:
    chain = [rejected(f"r{number}", f"r{number - 1}") for number in range(1, WALK_LIMIT + 1)]
    decision = decide([arrival(Kind.RESPONSE, 9, "e", f"r{WALK_LIMIT}")], Ledger(counted("r0"), *chain))
    assert (decision.created["e"].state, decision.changed["r0"].replaced_by) == (State.COUNTED, "e")


def test_an_original_that_already_waits_for_this_edit_is_no_conflict() -> None:
    decision = decide([arrival(Kind.RESPONSE, 9, "e", "a")], Ledger(replace(SUPERSEDED, replaced_by="e")))
    assert decision.created["e"].state is State.COUNTED


# -- accepted by validate, rejected here -----------------------------------------------------------------------


def test_an_edit_of_itself_keeps_who_edits_it() -> None:
    ledger = Ledger(awaited("a", replaced_by="e", linked=("x",)), counted("e", "a"))
    decision = decide([arrival(Kind.RESPONSE, 9, "a", "a")], ledger)
    assert decision.changed == {"a": Slot("a", "s", State.REJECTED, 0, 9, "1", replaced_by="e", linked=("x",))}


def test_a_circle_keeps_who_edits_it_and_links_both() -> None:
    ledger = Ledger(awaited("a", replaced_by="e", linked=("x",)), counted("e", "a"))
    decision = decide([arrival(Kind.RESPONSE, 9, "a", "e")], ledger)
    a = Slot("a", "s", State.REJECTED, 0, 9, "1", replaced_by="e", linked=("x", "e"))
    assert written(decision) == {"a": a, "e": replace(ledger.stored["e"], linked=("a",))}
    assert decision.outcomes == {(OutcomeClass.REJECTED, "AGG-004"): 1}


def test_a_competitor_remembers_what_it_wanted_and_is_found_from_there() -> None:
    ledger = Ledger(SUPERSEDED, awaited("e", linked=("x",)))
    decision = decide([arrival(Kind.RESPONSE, 9, "e", "a")], ledger)
    e = Slot("e", "s", State.REJECTED, 0, 9, "1", replaces="a", linked=("x", "a"))
    assert written(decision) == {"e": e, "a": replace(SUPERSEDED, linked=("e",))}
    assert decision.rejections == [RejectionEntry(0, 9, 5, "s", "1", ({"code": "AGG-002"},))]


def test_a_competitor_over_a_rejected_one_writes_all_on_the_way() -> None:
    ledger = Ledger(SUPERSEDED, rejected("r", "a"))
    decision = decide([replace(arrival(Kind.RESPONSE, 9, "e", "r"), version=None)], ledger)
    e = Slot("e", "s", State.REJECTED, 0, 9, replaces="r", linked=("r",))
    assert written(decision) == {"e": e, "a": SUPERSEDED, "r": replace(rejected("r", "a"), linked=("e",))}


# -- not accepted by validate ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "outcome", "code", "state"),
    [
        (Kind.HELD, OutcomeClass.HELD, SEALED_BY_FORM, State.HELD),
        (Kind.REJECTION, OutcomeClass.REJECTED, "VAL-001", State.REJECTED),
    ],
)
def test_what_is_not_accepted(kind: Kind, outcome: OutcomeClass, code: str, state: State) -> None:
    one = replace(arrival(kind, 9, "x", "a"), subjects=("p",), origin=(1, 4))
    decision = decide([one], Ledger())
    assert decision.outcomes == {(outcome, code): 1}
    x = Slot("x", "s", state, 0, 9, "1", replaces="a")
    assert decision.created == {"x": x, "a": awaited("a")}
    assert decision.quarantined == [
        Quarantined(0, 9, kind, "s", "1", "x", "a", "k", "c2VhbA", subjects=("p",), origin=(1, 4))
    ]
    listed = [RejectionEntry(0, 9, 5, "s", "1", ({"code": "VAL-001"},))]
    assert decision.rejections == ([] if kind is Kind.HELD else listed)


def test_one_without_an_id_is_told_by_its_code() -> None:
    one = replace(arrival(Kind.REJECTION, 9, ""), instance=None, reasons=(Reason(code="VAL-003"), Reason(code="VAL-9")))
    decision = decide([one], Ledger())
    assert decision.outcomes == {(OutcomeClass.REJECTED, "VAL-003"): 1}
    assert decision.rejections == [RejectionEntry(0, 9, 5, "s", "1", ({"code": "VAL-003"}, {"code": "VAL-9"}))]
    assert decision.created == {}


def test_one_of_a_survey_that_nobody_knows_has_a_slot_all_the_same() -> None:
    one = replace(arrival(Kind.REJECTION, 9, "x"), survey=None, version=None)
    decision = decide([one], Ledger())
    assert decision.created == {"x": Slot("x", "", State.REJECTED, 0, 9)}
    assert decision.rejections == [RejectionEntry(0, 9, 5, None, None, ({"code": "VAL-001"},))]


def test_without_a_payload_nothing_is_put_into_the_quarantine() -> None:
    assert decide([replace(arrival(Kind.HELD, 9, "x"), sealed=None)], Ledger()).quarantined == []


def test_a_rejection_that_names_nothing_looks_up_itself_alone() -> None:
    ledger = Ledger()
    assert set(decide([arrival(Kind.REJECTION, 9, "x")], ledger).created) == {"x"}
    assert ledger.asked == [["x"]]


def test_a_rejection_of_itself_wants_nothing() -> None:
    assert decide([arrival(Kind.REJECTION, 9, "x", "x")], Ledger()).created == {
        "x": Slot("x", "s", State.REJECTED, 0, 9, "1")
    }


def test_the_original_is_written_also_past_a_rejected_one() -> None:
    """So that a withdrawal of the original beside this batch cannot miss what is now in the quarantine."""
    decision = decide([arrival(Kind.HELD, 9, "x", "r")], Ledger(rejected("r", "a")))
    assert decision.created["a"] == awaited("a")
    assert decision.changed == {"r": rejected("r", "a")}


def test_a_rejection_under_an_id_that_is_held_leaves_its_slot_and_writes_it() -> None:
    decision = decide([arrival(Kind.REJECTION, 9, "b", "a")], Ledger(counted("b")))
    assert written(decision) == {"b": counted("b"), "a": awaited("a")}
    assert len(decision.quarantined) == 1


def test_a_rejection_does_not_change_the_way_of_an_edit_that_reached_past_it() -> None:
    """x was rejected once and wanted a; e was accepted past it. Now x comes again, and names b."""
    ledger = Ledger(SUPERSEDED, replace(rejected("x", "a"), replaced_by="f", linked=("y",)), counted("f", "x"))
    decision = decide([arrival(Kind.REJECTION, 9, "x", "b")], ledger)
    assert decision.changed["x"] == Slot(
        "x", "s", State.REJECTED, 0, 9, "1", replaces="a", replaced_by="f", linked=("y",)
    )


def test_a_rejection_that_names_nothing_any_more_keeps_what_it_wanted() -> None:
    decision = decide([arrival(Kind.REJECTION, 9, "x")], Ledger(rejected("x", "a")))
    assert decision.changed["x"].replaces == "a"


def test_a_rejection_that_nobody_edits_may_want_something_else() -> None:
    decision = decide([arrival(Kind.REJECTION, 9, "x", "b")], Ledger(rejected("x", "a")))
    assert decision.changed["x"].replaces == "b"
