"""What a fill added, kept apart: where it lies, what it gives back, and what is left when somebody is taken back."""

from dataclasses import replace

from schemas.tables.contribution import Contribution
from services.aggregate.leaves import BLOCK, Leaf, block_of, leaves_of
from services.aggregate.slots import Slot, State

LEAF = Leaf(
    "visit",
    1,
    5,
    6,
    {"a": ["n|1", [["t@2", "x", [1, 2**70]], ["u", "_T", [3]]]], "gone": None, "b": [None, []]},
    {"t@2": [0]},
)
OF_A = Contribution((("t@2", "x", (1, 2**70)), ("u", "_T", (3,))), "n|1", {"t@2": [0]})
OF_B = Contribution((), None, {"t@2": [0]})


def counted(instance: str, offset: int, epoch: int = 0) -> Slot:
    return Slot(instance, "visit", State.COUNTED, 1, offset, epoch=epoch)


def test_a_leaf_is_found_from_a_slot_alone() -> None:
    assert Leaf.of(counted("a", 5 * BLOCK), 6) == Leaf("visit", 1, 5, 6)
    assert Leaf.of(counted("a", 6 * BLOCK - 1), 6).id == LEAF.id == "visit/1/5/6"
    assert block_of(6 * BLOCK) == 6


def test_it_is_read_back_as_it_was() -> None:
    assert Leaf.read(LEAF.id, LEAF.content()) == LEAF
    # The name of a survey may hold slashes.
    assert Leaf.read("a/b/1/5/6", b"[{},{}]") == Leaf("a/b", 1, 5, 6)


def test_it_gives_what_each_contributes() -> None:
    assert list(LEAF.contributions()) == [OF_A, OF_B]
    assert (LEAF.contribution("a"), LEAF.contribution("b")) == (OF_A, OF_B)
    assert LEAF.contribution("gone") is LEAF.contribution("stranger") is None


def test_who_is_taken_back_is_taken_out_and_leaves_a_mark_only_while_the_fill_is_under_way() -> None:
    left = {name: LEAF.entries[name] for name in ("gone", "b")}
    assert LEAF.without("a", under_way=False) == replace(LEAF, entries=left)
    assert LEAF.without("a", under_way=True) == replace(LEAF, entries={**left, "a": None})
    assert LEAF.without("c", under_way=True).entries["c"] is None


def test_what_was_counted_in_an_epoch_knew_of_the_fills_that_had_begun() -> None:
    slots = [counted("a", 0, epoch=4), counted("b", BLOCK, epoch=0), counted("c", 0, epoch=9)]
    assert [leaf.id for leaf in leaves_of(slots, [4, 6])] == ["visit/1/0/6", "visit/1/1/4", "visit/1/1/6"]
