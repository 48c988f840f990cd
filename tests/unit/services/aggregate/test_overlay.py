"""A batch being decided, step by step: what is written for whom, what is looked up, and where walks end."""

from collections.abc import Collection, Iterable, Mapping

import pytest

from schemas.erasure import ErasureKind
from schemas.outcome_class import OutcomeClass
from services.aggregate.erasing import Erasure, Taken
from services.aggregate.overlay import LINKS, WALK_LIMIT, Overlay
from services.aggregate.slots import Arrival, Kind, Quarantined, Slot, State


class Ledger:
    """Stored slots; remembers what was asked for."""

    def __init__(self, *slots: Slot, waiting: Iterable[Quarantined] = (), erasures: Iterable[Erasure] = ()) -> None:
        self.stored = {slot.instance: slot for slot in slots}
        self.waiting = list(waiting)
        self.log = list(erasures)
        self.asked: list[object] = []

    def slots(self, instances: Iterable[str]) -> Mapping[str, Slot]:
        wanted = sorted(instances)
        self.asked.append(wanted)
        return {name: self.stored[name] for name in wanted if name in self.stored}

    def quarantined(self, instances: Iterable[str]) -> Iterable[Quarantined]:
        self.asked.append(sorted(instances))
        return self.waiting

    def quarantined_at(self, sources: Iterable[tuple[int, int]]) -> Iterable[Quarantined]:
        wanted = list(sources)
        return [entry for entry in self.waiting if (entry.partition, entry.offset) in wanted]

    def erasures(self, survey: str, pseudonyms: Collection[str]) -> Iterable[Erasure]:
        self.asked.append((survey, sorted(pseudonyms)))
        return self.log


def awaited(name: str, **more: object) -> Slot:
    return Slot(name, "s", State.AWAITED, **more)  # type: ignore[arg-type]


def rejected(name: str, replaces: str | None) -> Slot:
    return Slot(name, "s", State.REJECTED, 0, 1, replaces=replaces)


def held(offset: int, instance: str, replaces: str | None = None) -> Quarantined:
    return Quarantined(1, offset, Kind.HELD, "s", "1", instance, replaces, "k", "c2VhbA")


def erasure(offset: int, survey: str = "s", who: str = "p") -> Erasure:
    return Erasure((0, offset), survey, ErasureKind.RESPONDENT, 5, frozenset({who}), {0: 9})


def test_a_touched_slot_is_made_if_it_is_not_there_and_else_stays_as_it_is() -> None:
    there = rejected("b", "a")
    overlay = Overlay(Ledger(there))
    for name in "ab":
        overlay.touch(name, "s")
    decision = overlay.finish()
    assert (decision.created, decision.changed) == ({"a": awaited("a")}, {"b": there})


def test_links_go_both_ways_once() -> None:
    overlay = Overlay(Ledger(rejected("b", None)))
    for _ in range(2):
        overlay.link("a", "b", "s")
    decision = overlay.finish()
    assert decision.created == {"a": awaited("a", linked=("b",))}
    assert decision.changed["b"].linked == ("a",) and decision.changed["b"].state is State.REJECTED


def test_links_are_bounded_and_who_has_all_is_written_all_the_same() -> None:
    full = awaited("a", linked=tuple(f"x{number}" for number in range(LINKS - 1)))
    overlay = Overlay(Ledger(full))
    overlay.link("a", "b", "s")
    overlay.link("a", "c", "s")
    decision = overlay.finish()
    assert decision.changed["a"].linked == (*full.linked, "b")
    assert decision.created["c"].linked == ("a",)


def test_each_slot_is_looked_up_once() -> None:
    ledger = Ledger(awaited("b"))
    overlay = Overlay(ledger, taken_for_new=["n"])
    overlay.prefetch(["a", "b", "n"])
    overlay.prefetch(["b", "c"])
    assert [overlay.get(name) for name in "abcn"] == [None, awaited("b"), None, None]
    assert overlay.get("d") is None
    assert ledger.asked == [["a", "b"], ["c"], ["d"]]


def test_the_quarantine_is_looked_up_once_and_without_what_is_purged() -> None:
    own, edit, other = held(1, "a"), held(2, "e", "a"), held(3, "b")
    ledger = Ledger(waiting=[own, edit, other])
    overlay = Overlay(ledger)
    overlay.prefetch_quarantine(["b", "a"])
    assert overlay.stored_quarantine("a") == [own, edit]
    overlay.decision.purged.add((1, 1))
    assert overlay.stored_quarantine("a") == [edit]
    assert overlay.stored_quarantine("b") == [other]
    assert ledger.asked == [["a", "b"]]
    assert overlay.stored_at((1, 3)) == [other]


def test_erasures_are_those_of_the_survey_and_of_this_batch() -> None:
    stored, own = erasure(1), erasure(2)
    ledger = Ledger(erasures=[stored])
    overlay = Overlay(ledger)
    assert overlay.erasures("s", ["p"]) == []
    overlay.prefetch_erasures("s", ["p"])
    overlay.decision.erasures += [own, erasure(3, survey="t"), erasure(4, who="q")]
    assert overlay.erasures("s", ["p"]) == [stored, own]
    assert overlay.erasures("t", ["p"]) == [erasure(3, survey="t")]
    assert ledger.asked == [("s", ["p"])]


def test_what_is_taken_adds_up_by_its_erasure() -> None:
    overlay = Overlay(Ledger())
    for taken in (Taken(1, 2, 3), Taken(0, 1, 1)):
        overlay.note_taken((0, 7), taken)
    assert overlay.decision.taken == {(0, 7): Taken(1, 3, 4)}


def test_only_what_is_counted_is_taken_back() -> None:
    overlay = Overlay(Ledger())
    overlay.take_back(Slot("a", "s", State.SUPERSEDED, 1))
    overlay.take_back(Slot("b", "s", State.COUNTED, 2, applied=b"[]"))
    assert [slot.instance for slot in overlay.decision.uncounted] == ["b"]


def test_moves_are_kept_by_who_caused_them_and_those_without_effect_are_left_out() -> None:
    overlay = Overlay(Ledger())
    overlay.now = Arrival(Kind.RESPONSE, 0, 3, 5)
    overlay.class_now(OutcomeClass.REJECTED, "AGG-001")
    overlay.class_now(OutcomeClass.REJECTED, "AGG-001")
    overlay.move(1, OutcomeClass.COUNTED, OutcomeClass.SUPERSEDED)
    overlay.move(2, OutcomeClass.COUNTED, OutcomeClass.REJECTED)
    overlay.move(2, OutcomeClass.REJECTED, OutcomeClass.COUNTED)
    decision = overlay.finish()
    assert decision.moves == {
        0: {0: {OutcomeClass.REJECTED: 2}, 1: {OutcomeClass.COUNTED: -1, OutcomeClass.SUPERSEDED: 1}}
    }
    assert decision.outcomes == {(OutcomeClass.REJECTED, "AGG-001"): 2}


@pytest.mark.parametrize(
    ("slots", "passed", "target"),
    [
        ([], [], "a"),
        ([rejected("a", "b")], ["a"], "b"),
        ([rejected("a", "b"), rejected("b", "c")], ["a", "b"], "c"),
        ([rejected("a", None)], [], "a"),
        ([awaited("a", replaces="b")], [], "a"),
        ([rejected("a", "e")], ["a"], None),
        ([rejected("a", "b"), rejected("b", "a")], ["a", "b"], None),
    ],
)
def test_an_edit_reaches_past_what_is_not_accepted(slots: list[Slot], passed: list[str], target: str | None) -> None:
    assert Overlay(Ledger(*slots)).resolve("a", "e") == (passed, target)


def test_a_walk_ends_at_its_limit() -> None:
    chain = [rejected(str(number), str(number + 1)) for number in range(3 * WALK_LIMIT)]
    passed, target = Overlay(Ledger(*chain)).resolve("0", "e")
    assert (len(passed), target) == (WALK_LIMIT + 1, str(WALK_LIMIT + 1))


def test_edits_after_an_instance_end_also_in_a_circle() -> None:
    chain = [awaited("a", replaced_by="b"), awaited("b", replaced_by="c"), awaited("c", replaced_by="b")]
    overlay = Overlay(Ledger(*chain))
    assert overlay.edits_after("a") == {"b", "c"}
    assert overlay.edits_after("z") == set()
