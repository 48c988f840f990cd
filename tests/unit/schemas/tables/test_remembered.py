"""AGG remembered: a value is computed once for each combination of answers, and never given for another one."""

import pytest

from schemas.events import Answer
from schemas.tables import remembered as module
from schemas.tables.remembered import remembered
from schemas.tables.unit_scope import Unit


class Computed:
    """Says the answers of a unit; remembers how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, unit: Unit) -> dict[str, Answer]:
        self.asked += 1
        return dict(unit.answers)


def unit(**answers: Answer) -> Unit:
    return Unit(answers, {}, 0)


@pytest.mark.parametrize(
    ("paths", "answers", "absent", "asked"),
    [
        # By one answer.
        (["a"], {"a": "x"}, True, 1),
        (["a"], {"a": "x"}, False, 1),
        (["a"], {}, True, 1),
        (["a"], {}, False, 2),
        (["a"], {"a": ["x"]}, True, 2),
        # By several.
        (["a", "b"], {"a": "x", "b": 1}, True, 1),
        (["a", "b"], {"a": "x", "b": 1}, False, 1),
        (["a", "b"], {"a": "x"}, True, 1),
        (["a", "b"], {"a": "x"}, False, 2),
        (["a", "b"], {"a": "x", "b": ["y"]}, True, 2),
        # By none: a constant.
        ([], {}, False, 1),
    ],
)
def test_what_is_asked_again(paths: list[str], answers: dict[str, Answer], absent: bool, asked: int) -> None:
    compute = Computed()
    find = remembered(compute, paths, absent)
    assert [find(unit(**answers)) for _ in range(2)] == [answers, answers]
    assert compute.asked == asked


@pytest.mark.parametrize("paths", [["a"], ["a", "b"]])
def test_other_answers_have_a_value_of_their_own(paths: list[str]) -> None:
    find = remembered(Computed(), paths, absent=True)
    units = [unit(a="x", b=1), unit(a="y", b=2), unit(b=2), unit(a="y"), unit()]
    kept = [{path: each.answers[path] for path in paths if path in each.answers} for each in units]
    for _ in range(2):
        found = [find(each) for each in units]
        assert [{path: value[path] for path in paths if path in value} for value in found] == kept


def test_a_constant_reads_no_answers() -> None:
    compute = Computed()
    find = remembered(compute, [], absent=False)
    assert (find(unit(a="x")), find(unit(a="y")), compute.asked) == ({"a": "x"}, {"a": "x"}, 1)


def test_it_begins_anew_when_as_many_are_known_as_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMBINATIONS", 2)
    compute = Computed()
    find = remembered(compute, ["a"], absent=True)
    for name in ("x", "y", "x", "y"):
        find(unit(a=name))
    assert compute.asked == 2
    find(unit(a="z"))
    find(unit(a="x"))
    assert compute.asked == 4
