"""What a withdrawal takes back, what it leaves, and what it says of both."""

from schemas.events import Reason
from schemas.outcome_class import OutcomeClass
from schemas.tables.contribution import Contribution
from services.aggregate.erasing import Taken
from services.aggregate.lineage import decide
from services.aggregate.slots import Arrival, Kind, Quarantined, Slot, State
from tests.unit.services.aggregate.test_overlay import Ledger


def arrival(kind: Kind, offset: int, instance: str, replaces: str | None = None, partition: int = 0) -> Arrival:
    waits = kind in (Kind.REJECTION, Kind.HELD)
    return Arrival(
        kind,
        partition,
        offset,
        5,
        "s",
        "1",
        instance,
        replaces,
        "f" if kind is Kind.RESPONSE else "",
        Contribution((("t", "x", (1,)),)) if kind is Kind.RESPONSE else None,
        b"{}",
        reasons=(Reason(code="VAL-001"),) if kind is Kind.REJECTION else (),
        sealed="c2VhbA" if waits else None,
        key_id="k" if waits else None,
    )


def withdrawn(slot: Slot) -> tuple[State, int, int, str | None, str | None, tuple[int, int] | None]:
    assert (slot.survey, slot.applied, slot.response, slot.fingerprint, slot.linked) == ("s", None, None, "", ())
    return slot.state, slot.partition, slot.offset, slot.replaces, slot.replaced_by, slot.taken


def test_all_versions_go_and_each_leaves_a_marker() -> None:
    decision = decide(
        [
            arrival(Kind.RESPONSE, 3, "a", partition=1),
            arrival(Kind.RESPONSE, 4, "e", "a", partition=1),
            arrival(Kind.WITHDRAWAL, 9, "a"),
        ],
        Ledger(),
    )
    assert {name: withdrawn(slot) for name, slot in decision.created.items()} == {
        "a": (State.WITHDRAWN, 0, 9, None, "e", None),
        # There was an answer of this interview in the cells since the first version came.
        "e": (State.WITHDRAWN, 0, 9, "a", None, (1, 3)),
    }
    assert decision.taken == {(0, 9): Taken(interviews=1, versions=2)}
    assert decision.erased == {("s", 1)}
    assert decision.moves[0] == {
        0: {OutcomeClass.CONTROL: 1},
        1: {OutcomeClass.COUNTED: -1, OutcomeClass.SUPERSEDED: -1, OutcomeClass.WITHDRAWN: 2},
    }
    assert (len(decision.added), len(decision.uncounted)) == (2, 2)


def test_a_version_that_came_after_its_edit_was_never_in_the_cells() -> None:
    history = [arrival(Kind.RESPONSE, 3, "e", "a"), arrival(Kind.RESPONSE, 4, "a"), arrival(Kind.WITHDRAWAL, 9, "e")]
    assert decide(history, Ledger()).created["e"].taken == (0, 3)
    # In two partitions the offsets do not say which came first.
    elsewhere = [history[0], arrival(Kind.RESPONSE, 4, "a", partition=1), history[2]]
    assert decide(elsewhere, Ledger()).created["e"].taken == (1, 4)


def test_the_way_to_the_first_version_leads_over_rejected_ones_and_ends_at_others() -> None:
    counted = arrival(Kind.RESPONSE, 7, "e", "r")
    history = [arrival(Kind.RESPONSE, 1, "a"), arrival(Kind.REJECTION, 2, "r", "a"), counted]
    decision = decide([*history, arrival(Kind.WITHDRAWAL, 9, "e")], Ledger())
    assert decision.created["e"].taken == (0, 1)
    refused = [arrival(Kind.REFUSAL, 1, "r"), counted, arrival(Kind.WITHDRAWAL, 9, "e")]
    assert decide(refused, Ledger()).created["e"].taken == (0, 7)


def test_what_is_not_here_leaves_a_marker_and_nothing_is_taken() -> None:
    decision = decide([arrival(Kind.WITHDRAWAL, 9, "a")], Ledger())
    assert withdrawn(decision.created["a"]) == (State.WITHDRAWN, 0, 9, None, None, None)
    assert decision.taken == {(0, 9): Taken()}
    assert (decision.erased, decision.uncounted, decision.purged) == (set(), [], set())


def test_payloads_go_from_the_quarantine_and_rejections_from_the_list() -> None:
    stored = Quarantined(1, 2, Kind.REJECTION, "s", "1", "r", "a", "k", "c2VhbA")
    ledger = Ledger(
        Slot("a", "s", State.SUPERSEDED, 1, 1, replaced_by="e"),
        Slot("r", "s", State.REJECTED, 1, 2, replaces="a", replaced_by="e"),
        Slot("e", "s", State.COUNTED, 1, 3, replaces="r", applied=b'[1,null,{},[["t","x",[1]]]]'),
        waiting=[stored],
    )
    beside = arrival(Kind.HELD, 8, "h", "e")
    decision = decide([beside, arrival(Kind.WITHDRAWAL, 9, "a")], ledger)
    assert {slot.state for slot in (*decision.created.values(), *decision.changed.values())} == {State.WITHDRAWN}
    assert decision.changed.keys() | decision.created.keys() == {"a", "r", "e", "h"}
    assert (decision.purged, decision.unrejected, decision.quarantined) == ({(1, 2)}, {(1, 2)}, [])
    assert decision.taken == {(0, 9): Taken(interviews=1, versions=4, payloads=2)}
    assert decision.moves[0][1] == {
        OutcomeClass.COUNTED: -1,
        OutcomeClass.SUPERSEDED: -1,
        OutcomeClass.REJECTED: -1,
        OutcomeClass.WITHDRAWN: 3,
    }
    assert +decision.moves[0][0] == {OutcomeClass.CONTROL: 1, OutcomeClass.WITHDRAWN: 1}
    assert decision.moves[0][0][OutcomeClass.HELD] == 0


def test_what_was_rejected_here_leaves_the_list_too() -> None:
    conflict = arrival(Kind.RESPONSE, 5, "f", "a", partition=1)
    history = [arrival(Kind.RESPONSE, 3, "a"), arrival(Kind.RESPONSE, 4, "e", "a"), conflict]
    decision = decide([*history, arrival(Kind.WITHDRAWAL, 9, "e")], Ledger())
    assert {slot.state for slot in decision.created.values()} == {State.WITHDRAWN}
    assert (decision.rejections, decision.unrejected) == ([], set())
    assert decision.erased == {("s", 0), ("s", 1)}
    assert decision.taken == {(0, 9): Taken(interviews=1, versions=3)}
    assert decision.moves[0][1] == {OutcomeClass.REJECTED: -1, OutcomeClass.WITHDRAWN: 1}


def test_a_marker_that_is_there_stays_as_it_is() -> None:
    marker = Slot("a", "s", State.WITHDRAWN, 4, 4, replaced_by="z")
    decision = decide([arrival(Kind.WITHDRAWAL, 9, "a")], Ledger(marker))
    assert (decision.created, decision.changed) == ({}, {})


def test_who_comes_later_is_withdrawn_with_what_it_names() -> None:
    marker = Slot("a", "s", State.WITHDRAWN, 4, 4)
    decision = decide([arrival(Kind.RESPONSE, 9, "e", "a"), arrival(Kind.HELD, 10, "h", "e")], Ledger(marker))
    assert {name: slot.state for name, slot in decision.created.items()} == {
        "e": State.WITHDRAWN,
        "h": State.WITHDRAWN,
    }
    assert (decision.created["e"].replaces, decision.created["h"].replaces) == ("a", "e")
    assert decision.outcomes == {(OutcomeClass.WITHDRAWN, ""): 2}
    assert (decision.added, decision.quarantined, decision.rejections) == ([], [], [])


APPLIED = b'[1,null,{},[["t","x",[1]]]]'


def test_a_marker_on_the_way_does_not_end_it() -> None:
    ledger = Ledger(
        Slot("e", "s", State.COUNTED, 0, 2, replaces="a", applied=APPLIED, linked=("m",)),
        Slot("a", "s", State.SUPERSEDED, 0, 1, replaced_by="e"),
        Slot("m", "s", State.WITHDRAWN, 4, 4),
    )
    decision = decide([arrival(Kind.WITHDRAWAL, 9, "e")], ledger)
    assert {name: slot.state for name, slot in decision.changed.items()} == {
        "e": State.WITHDRAWN,
        "a": State.WITHDRAWN,
    }


def test_the_first_version_is_looked_for_until_there_is_a_break() -> None:
    e = Slot("e", "s", State.COUNTED, 0, 7, replaces="r", applied=APPLIED)
    a = Slot("a", "s", State.SUPERSEDED, 0, 1, replaced_by="r")
    asked = [arrival(Kind.WITHDRAWAL, 9, "e")]
    refused = Slot("r", "s", State.REFUSED, 0, 3, replaces="a", replaced_by="e")
    assert decide(asked, Ledger(e, a, refused)).changed["e"].taken == (0, 7)
    assert decide(asked, Ledger(e)).changed["e"].taken == (0, 7)


def test_a_circle_of_rejected_ones_ends() -> None:
    ledger = Ledger(
        Slot("e", "s", State.COUNTED, 0, 7, replaces="q", applied=APPLIED),
        Slot("q", "s", State.REJECTED, 0, 3, replaces="r"),
        Slot("r", "s", State.REJECTED, 0, 4, replaces="q"),
    )
    assert decide([arrival(Kind.WITHDRAWAL, 9, "e")], ledger).changed["e"].taken == (0, 7)


def test_an_accepted_one_of_which_a_rejected_record_named_it_stays() -> None:
    """The id was sent twice: first as an edit of a, which was rejected, then as an interview of its own."""
    ledger = Ledger(
        Slot("a", "s", State.COUNTED, 0, 1, applied=APPLIED),
        Slot("h", "s", State.COUNTED, 0, 3, applied=APPLIED),
        waiting=[Quarantined(1, 2, Kind.HELD, "s", "1", "h", "a", "k", "c2VhbA")],
    )
    decision = decide([arrival(Kind.WITHDRAWAL, 9, "a")], ledger)
    assert decision.changed.keys() == {"a"}
    assert decision.purged == {(1, 2)}
