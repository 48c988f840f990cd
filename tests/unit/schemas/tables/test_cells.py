"""AGG cells: pages stay bounded, hold every cell once, and take back exactly."""

from operator import add

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tables.cells import (
    CELL_BYTES,
    NUMBER_BYTES,
    PAGE_BYTES,
    Deltas,
    Page,
    applied,
    bits,
    page_id,
    pages_of,
    retractions,
    size,
    summed,
)
from schemas.tables.contribution import Contribution


def apply_to(pages: dict[str, Page], deltas: Deltas) -> dict[str, Page]:
    """The pages of a shard after a batch, by prefix."""
    after = dict(pages)
    for prefix, part in pages_of(deltas, pages).items():
        page = after.pop(prefix, Page.empty("s", 0))
        after.update({new.prefix: new for new in applied(page, part)})
    return after


def add_all(pages: dict[str, Page], contributions: list[Contribution], back: bool = False) -> dict[str, Page]:
    deltas = Deltas()
    for contribution in contributions:
        deltas.add(-contribution if back else contribution, retraction=back)
    return apply_to(pages, deltas)


amounts = st.tuples(st.integers(0, 2**70), st.integers(-5, 5))
contributions = st.lists(
    st.builds(
        Contribution,
        st.lists(
            st.tuples(st.sampled_from("ab"), st.integers(0, 30).map(str), amounts),
            max_size=5,
            unique_by=lambda c: c[:2],
        ).map(tuple),
    ),
    max_size=12,
)


@given(contributions, contributions)
def test_taking_back_undoes_adding(first: list[Contribution], second: list[Contribution]) -> None:
    before = add_all({}, first)
    after = add_all(add_all(before, second), second, back=True)
    for table in "ab":
        assert summed(after.values(), table) == summed(before.values(), table)
        moved = retractions(after.values(), table)
        assert sum(moved.values()) == sum(cell[0] == table for one in second for cell in one.cells)


@given(contributions)
def test_what_is_taken_back_leaves_no_cell(given_: list[Contribution]) -> None:
    after = add_all(add_all({}, given_), given_, back=True)
    assert all(not page.tables for page in after.values())


@given(contributions, st.randoms())
def test_order_and_batches_do_not_matter(given_: list[Contribution], random: object) -> None:
    once = add_all({}, given_)
    shuffled = list(given_)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    pages: dict[str, Page] = {}
    for one in shuffled:
        pages = add_all(pages, [one])
    for table in "ab":
        assert summed(once.values(), table) == summed(pages.values(), table)


@settings(max_examples=10, deadline=None)
@given(st.integers(2_000, 6_000), st.integers(1, 3))
def test_pages_are_split_and_share_out_all_cells(cells: int, batches: int) -> None:
    pages: dict[str, Page] = {}
    for batch in range(batches):
        part = [Contribution((("t", f"MDA|{cell}|F", (1, cell)),)) for cell in range(batch, cells, batches)]
        pages = add_all(pages, part)
    assert len(pages) > 1
    assert all(size(page) <= PAGE_BYTES for page in pages.values())
    assert all(bits("t", cell).startswith(page.prefix) for page in pages.values() for cell in page.tables["t"])
    assert sum(2.0 ** -len(prefix) for prefix in pages) == 1.0, "prefixes share out all hashes"
    assert summed(pages.values(), "t") == {f"MDA|{cell}|F": [1, cell] for cell in range(cells)}


def test_pages_are_never_changed_in_place() -> None:
    """The cache keeps them, and a transaction may be tried again."""
    one = Contribution((("t", "x", (1, 2)),))
    before = add_all({}, [one])
    add_all(before, [one])
    assert summed(before.values(), "t") == {"x": [1, 2]}


def test_shards_add_up() -> None:
    pages = [Page("s", shard, "", 1, {"t": {"x": [1, shard]}}, {"t": {"x": 2}}) for shard in range(3)]
    assert summed(pages, "t") == {"x": list(map(add, [2, 2], [1, 1]))}
    assert retractions(pages, "t") == {"x": 6}


def test_the_hash_is_stable_for_ever() -> None:
    assert bits("c4b6ac0166559235", "MDA|F") == "10010111101000101100011011111000"


def test_a_page_begins_empty_and_is_a_revision_later_with_each_write() -> None:
    empty = Page.empty("s", 3)
    assert (empty, empty.id) == (Page("s", 3, "", 0, {}, {}), "s/3/")
    [page] = applied(empty, deltas_of(("t", "x", 1)))
    [page] = applied(page, deltas_of(("t", "y", 2)))
    assert page == Page("s", 3, "", 2, {"t": {"x": [1], "y": [2]}}, {})
    assert Page.empty("s", 3, "01").id == page_id("s", 3, "01") == "s/3/01"


def deltas_of(*cells: tuple[str, str, int], retraction: bool = False) -> Deltas:
    deltas = Deltas()
    for table, cell, amount in cells:
        deltas.add(Contribution(((table, cell, (amount,)),)), retraction)
    return deltas


def test_a_cell_is_taken_back_once_whatever_its_generations() -> None:
    deltas = Deltas()
    deltas.add(Contribution((("t", "x", (-1,)), ("t@2", "x", (-1,)), ("u", "x", (-1,)))), retraction=True)
    deltas.add(Contribution((("t", "x", (-1,)),)), retraction=True)
    deltas.add(Contribution((("t", "x", (5,)),)))
    assert deltas.retractions == {("t", "x"): 2, ("u", "x"): 1}
    assert deltas.cells == {("t", "x"): [3], ("t@2", "x"): [-1], ("u", "x"): [-1]}


def test_all_generations_of_a_cell_lie_in_one_page() -> None:
    assert bits("t@2", "x") == bits("t", "x") != bits("u", "x")
    assert len(bits("t", "x")) == 32


def test_tables_are_dropped_by_their_ids_and_their_moves_stay() -> None:
    page = Page("s", 3, "0", 4, {"t": {"x": [1]}, "t@2": {"x": [1]}, "u": {"x": [2]}}, {"t": {"x": 2}})
    assert page.without({"t", "u"}) == Page("s", 3, "0", 5, {"t@2": {"x": [1]}}, {"t": {"x": 2}})


def test_the_first_deltas_of_a_shard_are_its_first_page() -> None:
    deltas = deltas_of(("t", "x", 1))
    assert pages_of(deltas, []) == pages_of(deltas, [""]) == {"": deltas}


def test_cells_and_their_retractions_go_to_the_page_of_their_hash() -> None:
    cells = [("t", str(number), -1 - number) for number in range(20)]
    prefixes = ["0", "10", "11"]
    parts = pages_of(deltas_of(*cells, retraction=True), prefixes)
    assert set(parts) == set(prefixes)
    for prefix, part in parts.items():
        own = {(table, cell): amount for table, cell, amount in cells if bits(table, cell).startswith(prefix)}
        assert part.cells == {place: [amount] for place, amount in own.items()}
        assert part.retractions == dict.fromkeys(own, 1)


def test_what_becomes_zero_is_gone_and_was_moved() -> None:
    before = Page("s", 0, "", 1, {"t": {"x": [1]}, "u": {"x": [2], "y": [1]}}, {"t": {"x": 1}})
    back = deltas_of(("t", "x", -1), ("u", "y", -1), retraction=True)
    [after] = applied(before, back)
    assert after == Page("s", 0, "", 2, {"u": {"x": [2]}}, {"t": {"x": 2}, "u": {"y": 1}})


def test_a_cell_that_adds_up_to_zero_at_once_was_never_there() -> None:
    [page] = applied(Page.empty("s", 0), deltas_of(("t", "x", 1), ("t", "x", -1)))
    assert page.tables == {}


def test_the_size_of_a_page_is_that_of_its_cells_and_of_its_moves() -> None:
    page = Page("s", 0, "", 1, {"t": {"xyz": [1, 2]}, "u": {"x": [1]}}, {"t": {"xyz": 1, "v": 7}})
    assert size(page) == 4 * CELL_BYTES + 3 + 1 + 3 * NUMBER_BYTES + 3 + 1
    assert size(Page.empty("s", 0)) == 0


def page_of(size_: int) -> Page:
    """One of this size, of ten equal cells."""
    names = [f"{number:0{(size_ // 10) - CELL_BYTES - NUMBER_BYTES}d}" for number in range(10)]
    return Page("s", 0, "", 1, {"t": {name: [1] for name in names}}, {})


def test_a_page_of_just_the_largest_size_is_not_split() -> None:
    largest = page_of(PAGE_BYTES)
    assert size(largest) == PAGE_BYTES
    assert len(applied(largest, Deltas())) == 1
    assert len(applied(page_of(PAGE_BYTES + 10), Deltas())) == 2


def test_halves_share_out_cells_and_moves_and_keep_the_rest() -> None:
    whole = page_of(PAGE_BYTES + 10)
    names = list(whole.tables["t"])
    moves = {"t": dict.fromkeys(names[:3], 3), "gone": {"x": 1}}
    halves = applied(Page("s", 7, "", 4, whole.tables, moves), Deltas())
    assert [(half.survey, half.shard, half.prefix, half.revision) for half in halves] == [
        ("s", 7, "0", 5),
        ("s", 7, "1", 5),
    ]
    for half in halves:
        own = [name for name in names if bits("t", name).startswith(half.prefix)]
        assert half.tables == {"t": {name: [1] for name in own}}
        assert half.moves["t"] == {name: 3 for name in own if name in names[:3]}
    assert [half.prefix for half in halves if "gone" in half.moves] == [bits("gone", "x")[0]]


def test_a_page_that_cannot_be_halved_any_more_stays_whole() -> None:
    """All bits of the hash are used up: then it is larger than it should be, and nothing is lost."""
    whole = page_of(PAGE_BYTES + 10)
    longest = Page("s", 0, "0" * 32, 1, whole.tables, {})
    assert applied(longest, Deltas()) == [Page("s", 0, "0" * 32, 2, whole.tables, {})]
