"""AGG batch sums: grouping by cell first gives what adding one contribution after the other gives."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.cells import Deltas
from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import Sums, gather
from services.aggregate.batch_sums import batch_sums

VERSIONS: list[tuple[str, dict[str, tuple[int, ...]]]] = [
    ("ab", {"a": (1, 0), "b": ()}),
    ("ac", {"a": (1, 0), "c": (2,)}),
]
"""Tables of two versions of a survey, and what they keep for PSUs: they share a."""

amounts = st.integers(-(2**70), 2**70)


@st.composite
def contributions(draw: st.DrawFn) -> Contribution:
    tables, places = draw(st.sampled_from(VERSIONS))
    cell = st.tuples(st.sampled_from(tables), st.sampled_from("xyz"), st.tuples(amounts, amounts, amounts))
    return Contribution(
        tuple(draw(st.lists(cell, max_size=5))), draw(st.sampled_from([None, "n|1", "n|2", "s|1"])), places
    )


@given(st.lists(contributions(), max_size=30))
def test_a_batch_is_the_sum_of_its_contributions(given_: list[Contribution]) -> None:
    deltas, sums = Deltas(), Sums()
    for contribution in given_:
        deltas.add(contribution)
        gather(sums, contribution)
    found = batch_sums(given_)
    assert found == (deltas, sums)
    assert list(found[0].cells) == list(deltas.cells), "in the order in which the cells were met"
