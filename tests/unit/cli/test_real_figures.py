"""How `rihla real` sets the tables against the count of the files."""

from collections import Counter

from cli.compare import differences
from cli.independent_count import MISSING
from cli.real import comparable


def test_not_asked_and_left_empty_compare_as_one() -> None:
    counted = {"town": Counter({"A": 3, MISSING: 5})}
    assert differences(comparable(counted), comparable({"town": Counter({"A": 3, "_N": 1, "_U": 4})})) == []


def test_a_form_may_have_the_code_of_unknown_among_its_own() -> None:
    assert (
        differences(comparable({"age": Counter({"_U": 3, MISSING: 1})}), comparable({"age": Counter({"_U": 4})})) == []
    )


def test_a_code_or_a_table_that_is_not_right_is_seen() -> None:
    counted = {"town": Counter({"A": 3}), "sex": Counter({"F": 2})}
    assert len(differences(comparable(counted), comparable({"town": Counter({"A": 3})}))) == 1
    shown = {"town": Counter({"A": 2, "B": 1}), "sex": Counter({"F": 2})}
    assert [(d.cell, d.expected, d.shown) for d in differences(comparable(counted), comparable(shown))] == [
        ("town|A", 3, 2),
        ("town|B", 0, 1),
    ]
