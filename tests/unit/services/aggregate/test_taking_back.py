"""What is taken back of an instance: all that its slot and the leaves say, once, and nothing that is dead."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import cast

import pytest

from schemas.tables.contribution import Contribution
from schemas.tables.generations import Fill, Generation, Generations, TableState
from services.aggregate.leaves import Entry, Leaf
from services.aggregate.slots import Slot, State
from services.aggregate.store import Transaction
from services.aggregate.taking_back import taken_back, together

GENERATIONS = Generations(
    "visit",
    7,
    ("1",),
    {"t": TableState(2, Generation(1, ("1",)), Generation(2, ("1",))), "u": TableState(1, Generation(1, ("1",)))},
    filled=((4, ("u",)),),
)
UNDER_WAY = Generations("visit", 7, ("1",), GENERATIONS.tables, Fill(6, 0, (1,)), filled=GENERATIONS.filled)


@dataclass
class Leaves:
    """The leaves of a transaction; remembers what was asked for and written."""

    stored: Collection[Leaf] = ()
    asked: list[set[str]] = field(default_factory=list)
    written: list[tuple[list[str], list[Leaf]]] = field(default_factory=list)

    def leaves(self, ids: Collection[str]) -> list[Leaf]:
        self.asked.append(set(ids))
        return [leaf for leaf in self.stored if leaf.id in ids]

    def replace_leaves(self, before: Collection[str], after: Collection[Leaf]) -> None:
        self.written.append((list(before), list(after)))


def slot(instance: str, offset: int = 3, survey: str = "visit", epoch: int = 0) -> Slot:
    applied = Contribution((("t", "x", (1,)), ("gone", "x", (1,))), "n|1", {"t": (0,), "gone": (0,)}).encode()
    return Slot(instance, survey, State.SUPERSEDED, 1, offset, applied=applied, epoch=epoch)


def entry(*tables: str) -> Entry:
    return ["n|1", [[table, "x", [1]] for table in tables]]


def back(leaves: Leaves, slots: Collection[Slot], known: Generations | None) -> list[tuple[tuple[str, int], list[str]]]:
    """By shard the tables that are taken back."""
    found = taken_back(cast(Transaction, leaves), list(slots), {} if known is None else {"visit": known})
    return [(shard, [table for table, _, _ in one.cells]) for shard, one in found]


def test_of_a_survey_without_generations_it_is_what_the_slot_says() -> None:
    leaves = Leaves()
    assert back(leaves, [slot("a", survey="other")], GENERATIONS) == [(("other", 1), ["t", "gone"])]
    assert back(leaves, [], GENERATIONS) == []
    assert (leaves.asked, leaves.written) == ([], [])


def test_what_a_fill_added_goes_with_it_and_the_others_of_the_leaf_stay() -> None:
    leaf = Leaf("visit", 1, 0, 4, {"a": entry("u"), "b": entry("u")}, {"u": [0]})
    leaves = Leaves([leaf])
    assert back(leaves, [slot("a")], GENERATIONS) == [(("visit", 1), ["t", "u"])]
    assert leaves.asked == [{leaf.id}]
    assert leaves.written == [([leaf.id], [leaf.without("a", under_way=False)])]


def test_both_of_one_leaf_leave_nothing_of_it() -> None:
    leaf = Leaf("visit", 1, 0, 4, {"a": entry("u"), "b": entry("u")})
    leaves = Leaves([leaf])
    assert len(back(leaves, [slot("a"), slot("b")], GENERATIONS)) == 2
    assert leaves.written == [([leaf.id], [])]


def test_while_a_fill_is_under_way_a_mark_is_left_where_it_has_not_been_yet() -> None:
    leaves = Leaves()
    assert back(leaves, [slot("a")], UNDER_WAY) == [(("visit", 1), ["t"])]
    assert leaves.written == [([], [Leaf("visit", 1, 0, 6, {"a": None})])]


def test_while_a_fill_is_under_way_a_mark_stands_for_what_it_had_added() -> None:
    begun, before = Leaf("visit", 1, 0, 6, {"a": entry("t@2")}), Leaf("visit", 1, 0, 4, {"a": entry("u")})
    leaves = Leaves([begun, before])
    assert back(leaves, [slot("a")], UNDER_WAY) == [(("visit", 1), ["t", "u", "t@2"])]
    [(ids, after)] = leaves.written
    assert set(ids) == {begun.id, before.id}
    assert after == [Leaf("visit", 1, 0, 6, {"a": None})]


def test_who_was_counted_since_is_in_no_leaf() -> None:
    leaves = Leaves()
    assert back(leaves, [slot("a", epoch=6)], UNDER_WAY) == [(("visit", 1), ["t"])]
    assert (leaves.asked, leaves.written) == ([], [])


def test_a_leaf_that_says_nothing_of_it_is_not_written() -> None:
    leaves = Leaves([Leaf("visit", 1, 0, 4, {"b": entry("u")})])
    assert back(leaves, [slot("a")], GENERATIONS) == [(("visit", 1), ["t"])]
    assert leaves.written == []


def test_slots_of_several_surveys_are_taken_back_each_by_its_own() -> None:
    leaves = Leaves([Leaf("visit", 1, 0, 4, {"b": entry("u")})])
    assert back(leaves, [slot("a", survey="other"), slot("b")], GENERATIONS) == [
        (("other", 1), ["t", "gone"]),
        (("visit", 1), ["t", "u"]),
    ]
    assert leaves.asked == [{"visit/1/0/4"}]


def test_a_slot_that_contributed_nothing_is_a_fault() -> None:
    with pytest.raises(AssertionError):
        back(Leaves(), [Slot("a", "visit", State.SUPERSEDED, 1, 3)], GENERATIONS)


def test_parts_are_one_contribution_of_what_is_alive() -> None:
    first = Contribution((("t", "x", (1,)), ("gone", "x", (9,))), "n|1", {"t": (0,)})
    second = Contribution((("t@2", "x", (2,)),), "n|1", {"t@2": (1,)})
    assert together([first, second], {"t", "t@2"}) == Contribution(
        (("t", "x", (1,)), ("t@2", "x", (2,))), "n|1", {"t": (0,), "t@2": (1,)}
    )
