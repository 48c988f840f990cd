"""AGG contributions: their text is read by later releases, and what is negated cancels."""

from schemas.tables.contribution import Contribution, filled_contributions

WHOLE = Contribution((("t", "x|F", (1, 2**80)), ("u", "_T", (3,))), "n|1", {"t": (0,)})


def test_the_text_is_stable() -> None:
    """The ledger keeps it for years."""
    text = b'[1,"n|1",{"t":[0]},[["t","x|F",[1,1208925819614629174706176]],["u","_T",[3]]]]'
    assert WHOLE.encode() == text
    assert Contribution.decode(text) == Contribution(WHOLE.cells, "n|1", {"t": [0]})


def test_a_text_that_is_known_is_what_is_kept() -> None:
    assert Contribution((), text=b"as it was").encode() == b"as it was"


def test_what_is_taken_back_is_the_same_with_the_other_sign() -> None:
    assert Contribution((("t", "x|F", (-1, -(2**80))), ("u", "_T", (-3,))), "n|1", {"t": (0,)}) == -WHOLE


def test_its_own_text_is_not_that_of_its_opposite() -> None:
    known = Contribution(WHOLE.cells, WHOLE.design, WHOLE.places, WHOLE.encode())
    assert (-known).encode() == (-WHOLE).encode()


def test_what_a_fill_added_is_read_without_those_that_were_taken_back() -> None:
    leaf = b'[{"t":[0]},{"a":["n|1",[["t","x",[1,2]],["u","_T",[3]]]],"gone":null,"b":[null,[]]}]'
    assert list(filled_contributions(leaf)) == [
        Contribution((("t", "x", (1, 2)), ("u", "_T", (3,))), "n|1", {"t": [0]}),
        Contribution((), None, {"t": [0]}),
    ]
