"""AGG cells: pages stay bounded, hold every cell once, and take back exactly."""

from operator import add

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tables.cells import (
    PAGE_BYTES,
    Deltas,
    Page,
    applied,
    bits,
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
