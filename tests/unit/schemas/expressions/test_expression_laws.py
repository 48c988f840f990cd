"""Laws of the expression engine, on generated input."""

import math
import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.expressions import ExpressionError, as_bool, as_number, as_text, compile_expression
from schemas.expressions.functions import FUNCTIONS
from schemas.expressions.regex import Regex
from schemas.expressions.values import number_of, number_text

MARKS = [".", "..", "/", "//", "(", ")", "[", "]", ",", "@", "$", "::", "|"]
OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "and", "or", "div", "mod"]
OPERANDS = ["'a'", '"b"', "1", "2.5", ".5", "age", "/data/x", "../y", "current()", "''", "'2024-02-30'"]
FAR = ["'2024-06-15T10:00:00.000+02:00'", "'9999999999999999999999'", "'-9999999999999'"]
PIECES = [*MARKS, *OPERATORS, *OPERANDS, *FAR, *(f"{name}(" for name in FUNCTIONS)]
texts = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)


class Anything:
    """Every node has the same text."""

    now = datetime(2024, 6, 15, tzinfo=UTC)

    def __init__(self, text: str) -> None:
        self._text = text

    def value(self, path: str) -> str:
        return self._text

    def values(self, path: str) -> list[str]:
        return [self._text, self._text]


@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)), st.text(max_size=12)
)
def test_any_text_compiles_or_is_refused_and_what_compiles_runs(text: str, answer: str) -> None:
    try:
        expression = compile_expression(text, "/data/age", {"/data/x": "date", "/data/age": "int"})
    except ExpressionError as fault:
        assert 1 <= fault.position <= len(text) + 1
        return
    result = expression(Anything(answer))
    assert isinstance(as_text(result), str)
    assert isinstance(as_number(result), float)
    assert as_bool(result) in (True, False)


numbers = st.integers(-999, 999).map(str) | st.decimals(-999, 999, places=2).map(lambda number: f"{number:f}")


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda left, sign, right, brackets: f"({left} {sign} {right})" if brackets else f"{left} {sign} {right}",
        parts,
        st.sampled_from(["+", "-", "*"]),
        parts,
        st.booleans(),
    )


@given(st.recursive(numbers, joined, max_leaves=12))
def test_arithmetic_is_that_of_python(text: str) -> None:
    as_floats = re.sub(r"\d+(\.\d+)?", lambda number: repr(float(number.group())), text)
    expected = eval(as_floats)  # of generated digits, signs and brackets
    assert as_number(compile_expression(text, "/data/age")(Anything(""))) == expected


@given(st.floats(-1e6, 1e6).filter(lambda number: number == 0 or abs(number) >= 1e-3))
def test_numbers_survive_being_written(number: float) -> None:
    assert math.isclose(number_of(number_text(number)), number, abs_tol=1e-12)


@given(st.text(alphabet="ab(){}|*+?[]^-.,\\d12$", max_size=12), st.text(alphabet="ab12-", max_size=8))
def test_a_pattern_matches_what_pythons_engine_matches(pattern: str, text: str) -> None:
    try:
        found = Regex(pattern).matches(text)
    except ExpressionError:
        return
    # Python differs in these: a brace that is no count, an empty class, $ before the last line break, \Z.
    try:
        expected = re.compile(pattern, re.ASCII).fullmatch(text) is not None
    except re.error:
        return
    assert found is expected


atoms = st.sampled_from(["a", "b", "1", ".", "[ab]", "[^a]", r"\d", r"\w", "(?:ab)", "(a|b1)", "(?:a*b)"])
quantified = st.builds(str.__add__, atoms, st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?"]))


@given(st.lists(quantified, max_size=5).map("".join), st.text(alphabet="ab1", max_size=10))
def test_well_formed_patterns_match_what_pythons_engine_matches(pattern: str, text: str) -> None:
    assert Regex(pattern).matches(text) is (re.fullmatch(pattern, text, re.ASCII) is not None)


def called(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A call of any function with the least number of arguments that it takes, or an operation."""
    calls = st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda name: st.lists(parts, min_size=FUNCTIONS[name].least, max_size=FUNCTIONS[name].least).map(
            lambda arguments: f"{name}({', '.join(arguments)})"
        )
    )
    return calls | st.tuples(parts, st.sampled_from(OPERATORS), parts).map(" ".join)


ANSWERS = ["", "5", "1e400", "a b", "٣"]


@given(st.recursive(st.sampled_from(OPERANDS + FAR), called, max_leaves=8), st.sampled_from(ANSWERS))
def test_no_function_raises_when_it_runs(text: str, answer: str) -> None:
    try:
        expression = compile_expression(text, "/data/age", {"/data/x": "date", "/data/age": "decimal"})
    except ExpressionError:
        return
    as_text(expression(Anything(answer)))
