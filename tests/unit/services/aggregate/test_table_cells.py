"""The cells that a unit is in: one for each combination of its codes, found once for the same answers."""

from collections.abc import Mapping

import pytest

from schemas.events import Answer
from schemas.tables.layout import Design, Layout
from services.aggregate import table_cells as module
from services.aggregate.table_cells import TableCells, code_of


def table(*dimensions: str) -> TableCells:
    return TableCells(Layout("t", "s", "t", "", "", dimensions, ("n",), (), False, 0, Design.SIMPLE, ()))


@pytest.mark.parametrize(
    ("answer", "code"), [("F", "F"), ("", "_U"), ([], "_U"), ("_U", "_U"), ("_N", "_N"), (0, "0"), ("XXXX", "XXXX")]
)
def test_an_answer_as_a_code(answer: Answer, code: str) -> None:
    assert code_of(answer) == code


@pytest.mark.parametrize(
    ("dimensions", "answers", "keys"),
    [
        ((), {"a": "x"}, ("_T",)),
        (("a",), {"a": "x"}, ("x",)),
        (("a",), {}, ("_U",)),
        (("a",), {"a": ""}, ("_U",)),
        (("a",), {"a": []}, ("_U",)),
        (("a",), {"a": ["x", "y", "x"]}, ("x", "y")),
        (("a", "b"), {"b": "y", "a": 3, "c": "z"}, ("3|y",)),
        (("a", "b"), {"a": ["x", "y"], "b": ["p", "q"]}, ("x|p", "x|q", "y|p", "y|q")),
        (("a", "b"), {"b": "y"}, ("_U|y",)),
        (("a", "b"), {"a": "x.1", "b": "y|2"}, ("x%2E1|y%7C2",)),
    ],
)
def test_the_cells_of_a_unit(dimensions: tuple[str, ...], answers: Mapping[str, Answer], keys: tuple[str, ...]) -> None:
    cells = table(*dimensions)
    assert [cells.keys(answers) for _ in range(2)] == [keys, keys]


def test_answers_that_can_be_a_key_are_remembered() -> None:
    one, two, none = table("a"), table("a", "b"), table()
    given: list[dict[str, Answer]] = [{"a": "x", "b": "y"}, {"a": ["x"], "b": "y"}, {"b": "y"}, {"a": "x", "b": "y"}]
    for answers in given:
        for cells in (one, two, none):
            cells.keys(answers)
    assert (one.known, two.known, none.known) == ({"x": ("x",)}, {("x", "y"): ("x|y",)}, {(): ("_T",)})


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEYS_REMEMBERED", 2)
    cells = table("a")
    assert [cells.keys({"a": name}) for name in "xyzz"] == [("x",), ("y",), ("z",), ("z",)]
    assert set(cells.known) == {"x", "y"}
