"""SO1 an expression that is written out gives what its closure gives, or stops where that stops. SO2 nothing that a
form's author wrote is in its text. SO3 what is too deep calls closures. SO4 what evaluates conditions is not written
out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.expressions import EvaluationError, Expression, Scope, Shape, Value, compile_expression

TYPES = {"number": "int", "text": "string", "one": "select_one", "many": "select_multiple", "day": "date"}
SHAPE = Shape("data", {**TYPES, "r/n": "int"}, frozenset({"r"}))
LEAVES = ["/data/number", "/data/text", "/data/one", "/data/many", "/data/day", "'a'", "''", "'5'", "0", "2.5"]
LEAVES += ["today()", "sum(/data/r/n)", "/data/one = 'a'", "/data/one != 'b'", "/data/number >= 2", "/data/number < 5"]
SIGNS = ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod", "and", "or"]
CALLS = ["not({})", "boolean({})", "number({})", "string-length({})", "count-selected({})", "-({})", "round({}, 1)"]
PAIRS = ["coalesce({}, {})", "concat({}, {})", "selected({}, 'a')", "selected('a b', {})", "if({}, {}, 'z')"]


def _grown(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(st.sampled_from(PAIRS), below, below).map(lambda parts: parts[0].format(*parts[1:]))
    calls = st.tuples(st.sampled_from(CALLS), below).map(lambda parts: parts[0].format(parts[1]))
    joined = st.tuples(st.sampled_from(SIGNS), st.lists(below, min_size=2, max_size=4))
    return pairs | calls | joined.map(lambda parts: f"({f' {parts[0]} '.join(parts[1])})")


expressions = st.recursive(st.sampled_from(LEAVES), _grown, max_leaves=12)
values: st.SearchStrategy[Value] = (
    st.sampled_from(["a", "b", "a b", "5", "", "-1,5", "2024-06-15"])
    | st.floats()
    | st.booleans()
    | st.datetimes(datetime(1583, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 clock times
)
answers = st.dictionaries(st.sampled_from(sorted(TYPES)), values)


class OneRow:
    """A form and its only row."""

    now = datetime(2024, 6, 15, tzinfo=UTC)
    parent = None
    number = 1
    relevant = True
    absent = frozenset[str]()

    def __init__(self, given_: Mapping[str, Value]) -> None:
        self.answers = given_
        self.form = self

    def rows(self, repeat: str) -> tuple[()]:
        return ()


def outcome(run: Any, *given_: object) -> object:
    try:
        found = run(*given_)
    except EvaluationError as stop:
        return str(stop)
    return (type(found), repr(found))


def run_written(expression: Expression, scope: Scope) -> object:
    source = expression.source
    assert source is not None
    written = eval(f"lambda row, get: {source.text}", dict(source.names))
    return outcome(written, scope, scope.answers.get)


@given(expressions, answers)
def test_so1_written_out_or_not_is_the_same(text: str, given_: dict[str, Value]) -> None:
    expression = compile_expression(text, "text", SHAPE)
    scope = cast(Scope, OneRow(given_))
    if expression.source is not None:
        assert run_written(expression, scope) == outcome(expression, scope)


@given(expressions)
def test_so2_the_text_holds_nothing_of_the_form(text: str) -> None:
    source = compile_expression(text, "text", SHAPE).source
    if source is not None:
        words = set(re.findall(r"\w+", source.text)) - set(source.names)
        assert {word for word in words if word != "v"} <= {
            *("get", "row", "if", "else", "and", "or", "not", "in", "is", "__class__", "str", "float", "strip", "len"),
        }


def test_so2_a_hostile_text_is_a_value() -> None:
    expression = compile_expression("/data/text = \"'+__import__('os').getcwd()+'\"", "text", SHAPE)
    assert expression.source is not None
    assert "import" not in expression.source.text


@pytest.mark.parametrize("deep", [50, 400])
def test_so3_what_is_deep_still_comes_out_right(deep: int) -> None:
    text = " + ".join(["/data/number"] * deep)
    expression = compile_expression(f"{text} = {2 * deep}", "text", SHAPE)
    assert expression(cast(Scope, OneRow({"number": 2.0}))) is True
    if expression.source is not None:
        assert len(expression.source.text) < 1_000


def test_so4_what_counts_its_conditions_is_called() -> None:
    assert compile_expression("count(/data/r[n > 1]) > 0", "text", SHAPE).source is None
