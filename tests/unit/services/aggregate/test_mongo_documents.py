"""AGG documents: sums of any size are stored exactly."""

from bson.decimal128 import Decimal128
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.cells import Page
from services.aggregate.mongo_documents import page, page_document
from services.release.mongo_documents import page as released_from


@given(st.lists(st.integers(), min_size=1, max_size=5))
def test_sums_come_back_as_they_were(amounts: list[int]) -> None:
    stored = Page("s", 0, "", 1, {"t": {"c": amounts}}, {})
    document = page_document(stored)
    assert document["tables"]["t"]["c"] == " ".join(str(n) for n in amounts)
    assert page(document) == released_from(document) == stored


def test_pages_of_before_are_read() -> None:
    stored = Page("s", 0, "", 1, {"t": {"c": [0, -(2**63), 2**63, 10**33]}}, {})
    document = page_document(stored)
    document["tables"]["t"]["c"] = [0, -(2**63), Decimal128(str(2**63)), Decimal128(str(10**33))]
    assert page(document) == released_from(document) == stored
