"""AGG codes: escaped names are legal in documents, and reversible."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.codes import ALL, escape, join, split, unescape

codes = st.text(max_size=8) | st.text("%|.$\x00A2FT_", max_size=6)


@given(codes)
def test_escape_is_reversible_and_legal(code: str) -> None:
    name = escape(code)
    assert unescape(name) == code
    assert name and not set(name) & set(".$|\x00")


@given(st.lists(codes, min_size=1, max_size=4))
def test_keys_give_their_codes_back(parts: list[str]) -> None:
    assert split(join(parts), len(parts)) == tuple(parts)


def test_readable_codes_stay_readable() -> None:
    assert join(["MDA", "Y15T24", "_N"]) == "MDA|Y15T24|_N"
    assert (join([]), split(ALL, 0)) == (ALL, ())
    assert escape("a.b") == "a%2Eb"
