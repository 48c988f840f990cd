"""The order of rules. OR1 a rule comes after all that decide what it reads. OR2 circles that JavaRosa refuses (61, 62,
127) are found, and named. OR3 what runs in no circle keeps its order. OR4 the same form always has the same order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.survey.definition import FieldDefinition, FieldType, GroupDefinition, SurveyDefinition
from schemas.survey.order import Cycle, Order, RuleKind, order_of


def form(fields: dict[str, dict[str, Any]], *groups: GroupDefinition) -> SurveyDefinition:
    return SurveyDefinition(
        survey="s",
        version="1",
        title="S",
        root="data",
        xform="",
        groups=list(groups),
        fields=[FieldDefinition(path=path, type=FieldType.STRING, **rules) for path, rules in fields.items()],
    )


def order(definition: SurveyDefinition) -> list[tuple[str, str]]:
    found = order_of(definition)
    assert isinstance(found, Order), found
    return [(rule.path, rule.kind.value) for rule in found.rules]


def circle(definition: SurveyDefinition) -> tuple[str, ...]:
    found = order_of(definition)
    assert isinstance(found, Cycle), found
    return found.paths


def test_or1_calculates_and_relevances_wait_for_what_they_read() -> None:
    found = order(
        form(
            {
                "a": {"relevant": "/data/b = 1"},
                "b": {"calculate": "/data/c + 1", "relevant": "/data/d = 'x'"},
                "c": {"calculate": "/data/d"},
                "d": {},
            }
        )
    )
    assert found.index(("c", "calculate")) < found.index(("b", "calculate")) < found.index(("a", "relevant"))
    assert found.index(("b", "relevant")) < found.index(("a", "relevant"))


def test_or1_the_relevance_of_a_group_decides_about_all_in_it() -> None:
    groups = [GroupDefinition(path="g", relevant="/data/on = 1"), GroupDefinition(path="g/r", repeat=True)]
    found = order(
        form({"t": {"calculate": "count(/data/g/r)"}, "on": {}, "g/r/a": {"relevant": "/data/t > 1"}}, *groups)
    )
    assert found == [("g", "relevant"), ("t", "calculate"), ("g/r/a", "relevant")]


def test_or1_true_and_false_are_no_rules() -> None:
    fields = {"a": {"relevant": "true()", "required": " false() "}, "b": {"required": "true()", "calculate": "true()"}}
    assert order(form(fields)) == [("b", "calculate")]


REPEAT = GroupDefinition(path="r", repeat=True)


@pytest.mark.parametrize(
    ("fields", "groups", "paths"),
    [
        ({"a": {"relevant": ". = 1"}}, [], {"a"}),
        ({"a": {"required": "/data/a = 1"}}, [], {"a"}),
        ({"a": {"calculate": "../a + 1"}}, [], {"a"}),
        ({"a": {"relevant": "/data/b = 1"}, "b": {"relevant": "/data/a = 1"}}, [], {"a", "b"}),
        ({"a": {"required": "/data/b = 1"}, "b": {"required": "/data/a = 1"}}, [], {"a", "b"}),
        ({"a": {"calculate": "/data/b"}, "b": {"relevant": "/data/a = 1"}}, [], {"a", "b"}),
        ({"g/a": {}}, [GroupDefinition(path="g", relevant="/data/g/a = 1")], {"g"}),
        ({"r/a": {}}, [GroupDefinition(path="r", repeat=True, relevant="/data/r/a = 1")], {"r"}),
        ({"r/a": {}}, [GroupDefinition(path="r", repeat=True, relevant="count(/data/r) < 3")], {"r"}),
        ({"g/a": {}, "b": {"calculate": "/data/g/a"}}, [GroupDefinition(path="g", relevant="/data/b = 1")], {"g", "b"}),
        (
            {"r/sum": {"calculate": "../n + indexed-repeat(/data/r/sum, /data/r, position(..) - 1)"}, "r/n": {}},
            [REPEAT],
            {"r/sum"},
        ),
        (
            {"r/m": {"calculate": "sum(/data/r[n > 1]/k)"}, "r/n": {"calculate": "../m"}, "r/k": {}},
            [REPEAT],
            {"r/m", "r/n"},
        ),
    ],
)
def test_or2_circles(fields: dict[str, Any], groups: list[GroupDefinition], paths: set[str]) -> None:
    found = circle(form(fields, *groups))
    assert set(found) == paths
    assert len(found) == len(paths)


def test_or2_constraints_and_once_may_read_their_own_node() -> None:
    assert order(form({"a": {"constraint": ". > 1"}, "b": {"calculate": "once(/data/a)"}})) == [("b", "calculate")]


def test_or2_once_depends_on_its_own_node_where_it_names_it() -> None:
    """Seen in JavaRosa: neither form loads."""
    for text in ("once(/data/a)", "concat(once(1), /data/a)", "once(../a)"):
        assert circle(form({"a": {"calculate": text}})) == ("a",)


def test_or3_what_waits_for_a_circle_is_left_out_and_the_rest_is_ordered() -> None:
    found = order_of(
        form(
            {
                "a": {"relevant": ". = 1"},
                "b": {"relevant": "/data/a = 1"},
                "c": {"relevant": "/data/d = 1"},
                "d": {"calculate": "1"},
                "e": {"calculate": "1 +"},
            }
        )
    )
    assert isinstance(found, Cycle)
    assert [rule.path for rule in found.rest.rules] == ["d", "c"]
    assert found.rest.failed == (("e", RuleKind.CALCULATE),)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_or1_or4_every_rule_stands_behind_what_it_reads(pairs: list[tuple[int, int]]) -> None:
    """Field n reads only fields with a lower number, in any order of the form: there is no circle."""
    reads: dict[int, set[int]] = {number: set() for number in range(10)}
    for one, other in pairs:
        if one != other:
            reads[max(one, other)].add(min(one, other))
    names = sorted(reads, key=lambda number: number * 7 % 10)
    fields = {f"f{n}": {"calculate": " + ".join(f"/data/f{low}" for low in sorted(reads[n])) or "1"} for n in names}
    definition = form(fields)
    found = [path for path, _ in order(definition)]
    assert len(found) == 10
    for number, below in reads.items():
        assert all(found.index(f"f{low}") < found.index(f"f{number}") for low in below)
    assert found == [path for path, _ in order(definition)]
