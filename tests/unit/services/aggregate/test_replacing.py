"""What an edit does to the slots of what it names, passes and competes with."""

import pytest

from services.aggregate.lineage import decide
from services.aggregate.replacing import may_replace
from services.aggregate.slots import Kind, RejectionEntry, Slot, State
from tests.unit.services.aggregate.test_overlay import Ledger, awaited, rejected
from tests.unit.services.aggregate.test_withdrawing import arrival

APPLIED = b'[1,null,{},[["t","x",[1]]]]'


def counted(name: str, replaces: str | None = None, partition: int = 0) -> Slot:
    return Slot(name, "s", State.COUNTED, partition, 2, "1", "f", replaces, applied=APPLIED, subjects=("p",))


@pytest.mark.parametrize(
    ("own", "replaced_by", "may"),
    [
        (None, None, True),
        (None, "e", True),
        (None, "f", False),
        (awaited("e", replaced_by="f"), "f", True),
        (awaited("e", replaced_by="g"), "f", False),
        (awaited("e"), "f", False),
    ],
)
def test_who_may_replace(own: Slot | None, replaced_by: str | None, may: bool) -> None:
    assert may_replace("e", own, awaited("a", replaced_by=replaced_by)) is may


def test_a_counted_one_is_taken_back_and_says_who_replaced_it() -> None:
    decision = decide([arrival(Kind.RESPONSE, 9, "e", "a")], Ledger(counted("a", partition=1)))
    a = decision.changed["a"]
    assert (a.state, a.replaced_by, a.applied, a.response) == (State.SUPERSEDED, "e", None, None)
    assert [slot.instance for slot in decision.uncounted] == ["a"]


def test_one_that_is_not_here_is_awaited() -> None:
    decision = decide([arrival(Kind.RESPONSE, 9, "e", "a")], Ledger())
    assert decision.created["a"] == awaited("a", replaced_by="e")


def test_rejected_ones_on_the_way_say_it_too() -> None:
    decision = decide([arrival(Kind.RESPONSE, 9, "e", "r")], Ledger(rejected("r", "a"), counted("a")))
    assert {name: slot.replaced_by for name, slot in decision.changed.items()} == {"r": "e", "a": "e"}
    assert decision.changed["r"].state is State.REJECTED


def test_an_edit_that_turns_out_to_compete_is_taken_back_whole() -> None:
    """r was awaited, and e its edit; now r is rejected and names a, which f has replaced."""
    ledger = Ledger(
        Slot("a", "s", State.SUPERSEDED, 0, 1, replaced_by="f"),
        counted("f", "a"),
        awaited("r", replaced_by="e"),
        counted("e", "r", partition=1),
    )
    decision = decide([arrival(Kind.REJECTION, 9, "r", "a")], ledger)
    e = decision.changed["e"]
    assert (e.state, e.fingerprint, e.applied, e.response, e.subjects) == (State.REJECTED, "", None, None, ())
    assert (e.replaces, e.linked) == ("r", ("r",))
    r = decision.changed["r"]
    assert (r.state, r.replaces, r.replaced_by, r.linked) == (State.REJECTED, "a", None, ("e",))
    # Written without a change: who edits a beside this batch must meet it.
    assert decision.changed["a"] == ledger.stored["a"]
    assert decision.rejections[1] == RejectionEntry(1, 2, 5, "s", "1", ({"code": "AGG-002"},))
    assert [slot.instance for slot in decision.uncounted] == ["e"]
    assert decision.created == {}


def test_an_edit_whose_way_now_leads_to_a_marker_is_withdrawn() -> None:
    ledger = Ledger(
        Slot("a", "s", State.WITHDRAWN, 0, 1), awaited("r", replaced_by="e"), counted("e", "r"), rejected("q", "a")
    )
    decision = decide([arrival(Kind.REJECTION, 9, "r", "q")], ledger)
    assert decision.changed["e"].state is State.WITHDRAWN


def test_an_edit_that_was_here_first_now_reaches_the_original() -> None:
    ledger = Ledger(counted("a", partition=1), awaited("r", replaced_by="e"), counted("e", "r"))
    decision = decide([arrival(Kind.REJECTION, 9, "r", "a")], ledger)
    assert (decision.changed["a"].state, decision.changed["a"].replaced_by) == (State.SUPERSEDED, "e")
    assert (decision.changed["r"].replaces, decision.changed["r"].replaced_by) == ("a", "e")
    assert "e" not in decision.changed


def test_a_rejected_one_that_names_its_own_edit_changes_nothing_of_it() -> None:
    ledger = Ledger(awaited("r", replaced_by="e"), counted("e", "r"))
    decision = decide([arrival(Kind.REJECTION, 9, "r", "e")], ledger)
    assert decision.uncounted == []
    assert decision.changed["r"].replaced_by == "e"


def test_an_edit_that_was_passed_over_and_is_accepted_now_takes_its_place_on_the_way() -> None:
    ledger = Ledger(
        Slot("a", "s", State.SUPERSEDED, 0, 1, replaced_by="f"),
        Slot("r", "s", State.REJECTED, 0, 2, replaces="a", replaced_by="f"),
        Slot("e", "s", State.REJECTED, 0, 3, replaces="r", replaced_by="f"),
        counted("f", "e"),
    )
    decision = decide([arrival(Kind.RESPONSE, 9, "e", "r")], ledger)
    assert {name: slot.replaced_by for name, slot in decision.changed.items()} == {"a": "e", "r": "e", "e": "f"}
    assert (decision.changed["e"].state, decision.uncounted) == (State.SUPERSEDED, [])


def test_the_original_may_still_be_awaited() -> None:
    decision = decide([arrival(Kind.REJECTION, 9, "r", "a")], Ledger(awaited("r", replaced_by="e"), counted("e", "r")))
    assert decision.created["a"] == awaited("a", replaced_by="e")
    assert decision.uncounted == []


@pytest.mark.parametrize("there", [[], [rejected("e", "r")], [awaited("e")]])
def test_an_edit_that_is_not_accepted_reaches_nothing(there: list[Slot]) -> None:
    ledger = Ledger(awaited("r", replaced_by="e"), counted("a"), *there)
    decision = decide([arrival(Kind.REJECTION, 9, "r", "a")], ledger)
    assert decision.changed["a"] == ledger.stored["a"]
    assert "e" not in decision.changed


def test_an_edit_that_competes_leaves_no_trace_on_the_whole_way_that_it_had_taken() -> None:
    e = Slot("e", "s", State.COUNTED, 1, 2, "1", "f", "q", applied=APPLIED, subjects=("p",), origin=(1, 1))
    ledger = Ledger(
        Slot("a", "s", State.SUPERSEDED, 0, 1, replaced_by="f"),
        awaited("r", replaced_by="e"),
        Slot("q", "s", State.REJECTED, 0, 2, replaces="r", replaced_by="e"),
        e,
    )
    decision = decide([arrival(Kind.REJECTION, 9, "r", "a")], ledger)
    assert {name: slot.replaced_by for name, slot in decision.changed.items()} == {
        "a": "f",
        "r": None,
        "q": None,
        "e": None,
    }
    assert (decision.changed["e"].state, decision.changed["e"].origin) == (State.REJECTED, None)


def test_an_edit_that_competes_is_rejected_also_where_what_it_named_is_not_there() -> None:
    ledger = Ledger(
        Slot("a", "s", State.SUPERSEDED, 0, 1, replaced_by="f"), awaited("r", replaced_by="e"), counted("e", "z")
    )
    decision = decide([arrival(Kind.REJECTION, 9, "r", "a")], ledger)
    assert decision.changed["e"].state is State.REJECTED
    assert decision.created["z"] == awaited("z", linked=("e",))


def test_a_rejected_one_that_names_an_edit_of_its_edit_changes_nothing_of_both() -> None:
    e = Slot("e", "s", State.SUPERSEDED, 0, 1, replaces="r", replaced_by="g")
    ledger = Ledger(awaited("r", replaced_by="e"), e, counted("g", "e"))
    decision = decide([arrival(Kind.REJECTION, 9, "r", "g")], ledger)
    assert decision.uncounted == []


def test_an_edit_whose_own_edit_had_reached_the_original_comes_before_it() -> None:
    ledger = Ledger(
        Slot("a", "s", State.SUPERSEDED, 0, 1, replaced_by="f"),
        awaited("r", replaced_by="e"),
        Slot("e", "s", State.SUPERSEDED, 0, 2, replaces="r", replaced_by="f"),
        counted("f", "e"),
    )
    decision = decide([arrival(Kind.REJECTION, 9, "r", "a")], ledger)
    assert decision.changed["a"].replaced_by == "e"
    assert "e" not in decision.changed
