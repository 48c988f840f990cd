"""Laws of the expression engine, on generated input."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.expressions import (
    Element,
    EvaluationError,
    ExpressionError,
    Scope,
    Shape,
    Value,
    as_bool,
    as_number,
    as_text,
    compile_expression,
)
from schemas.expressions.functions import FUNCTIONS
from schemas.expressions.number_functions import _round
from schemas.expressions.regex import Regex
from schemas.expressions.sequence_functions import park_miller, shuffled
from schemas.expressions.values import number_of, number_text

MARKS = [".", "..", "/", "//", "(", ")", "[", "]", ",", "@", "$", "::", "|"]
OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "and", "or", "div", "mod"]
OPERANDS = [
    "'a'",
    '"b"',
    "1",
    "2.5",
    ".5",
    "age",
    "/data/x",
    "../y",
    "current()/.",
    "/data/r/n",
    "/data/r[n = 1]",
    "''",
]
FAR = ["'2024-06-15T10:00:00.000+02:00'", "'9999999999999999999999'", "'-9999999999999'"]
PIECES = [*MARKS, *OPERATORS, *OPERANDS, *FAR, *(f"{name}(" for name in FUNCTIONS)]
texts = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)


SHAPE = Shape("data", {"age": "int", "x": "date", "y": "string", "r/n": "string"}, frozenset({"r"}))


class Anything:
    """A form and a row in one: every field holds the same, the repeat r has two instances."""

    now = datetime(2024, 6, 15, tzinfo=UTC)
    parent: Scope | None = None
    number = 1
    relevant = True
    absent = frozenset[str]()

    def __init__(self, value: Value, depth: int = 0) -> None:
        self.form = self
        self.answers: Mapping[str, Value] = {path: value for path in SHAPE.types} if value != "" else {}
        self._value = value
        self._depth = depth

    def rows(self, repeat: str) -> Sequence[Scope]:
        return [Anything(self._value, 1), Anything(self._value, 1)] if self._depth == 0 and repeat == "r" else []

    def instance(self, name: str) -> Element | None:
        return None

    def spend(self, conditions: int) -> None:
        pass

    def choice_label(self, path: str, value: str) -> str:
        return path

    def itext(self, name: str) -> str:
        return name

    def property(self, name: str) -> str:
        return name


values = st.text(max_size=12) | st.floats() | st.booleans() | st.datetimes()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(texts, values)
def test_any_text_compiles_or_is_refused_and_what_compiles_runs_or_stops(text: str, answer: Value) -> None:
    try:
        expression = compile_expression(text, "age", SHAPE)
    except ExpressionError as fault:
        assert 1 <= fault.position <= len(text) + 1
        return
    try:
        result = expression(Anything(answer))
    except EvaluationError as fault:
        assert fault.message
        return
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
    assert as_number(compile_expression(text, "age", SHAPE)(Anything(""))) == expected


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


looks = st.builds(
    lambda sign, inside: f"({sign}{inside})",
    st.sampled_from(["?=", "?!"]),
    st.lists(quantified, max_size=3).map("".join),
) | st.sampled_from(["(?<=a)", "(?<!ab)", r"\b", r"\B", "(?=(?!b)a)"])


@given(st.lists(quantified | looks, max_size=6).map("".join), st.text(alphabet="ab1 ", min_size=1, max_size=10))
def test_patterns_that_look_around_match_what_pythons_engine_matches(pattern: str, text: str) -> None:
    assert Regex(pattern).matches(text) is (re.fullmatch(pattern, text, re.ASCII) is not None)


def called(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A call of any function with the least number of arguments that it takes, or an operation."""
    calls = st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda name: st.lists(parts, min_size=FUNCTIONS[name].least, max_size=FUNCTIONS[name].least).map(
            lambda arguments: f"{name}({', '.join(arguments)})"
        )
    )
    return calls | st.tuples(parts, st.sampled_from(OPERATORS), parts).map(" ".join)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(st.sampled_from(OPERANDS + FAR), called, max_leaves=8), values)
def test_functions_give_values_or_stop(text: str, answer: Value) -> None:
    try:
        as_text(compile_expression(text, "age", SHAPE)(Anything(answer)))
    except ExpressionError:
        return


@given(st.lists(st.integers(), max_size=30), st.integers(-(2**63), 2**63 - 1))
def test_a_shuffle_keeps_everything_and_depends_on_the_seed_alone(items: list[int], seed: int) -> None:
    once = shuffled(items, park_miller(seed))
    assert sorted(once) == sorted(items)
    assert once == shuffled(items, park_miller(seed))


@given(
    st.lists(st.sampled_from(["a", "b", "1", "1.0", "", "x"]), max_size=12),
    st.sampled_from(["'a'", "1", "'1.0'", "''"]),
)
def test_the_index_of_a_list_finds_what_a_search_finds(names: list[str], wanted: str) -> None:
    """[name = x] is looked up; not(name != x) is the same and is gone through."""
    items = tuple(Element("item", "", (Element("name", name), Element("at", str(at)))) for at, name in enumerate(names))
    form = Anything("")
    form.instance = lambda name: Element("instance", "", (Element("root", "", items),))  # type: ignore[method-assign]

    def found(condition: str) -> Value:
        return compile_expression(f"join(' ', instance('l')/root/item[{condition}]/at)", "age", SHAPE)(form)

    assert found(f"name = {wanted}") == found(f"not(name != {wanted})")
    assert found(f"name = {wanted} and at > 3") == found(f"not(name != {wanted}) and at > 3")


CODES = st.sampled_from(["'a'", "'1'", "'1.0'", "''", "'true'"])
ANSWERS = st.sampled_from(["", "a", "1", "01", 1.0, 1.5, math.nan, math.inf, True, False, datetime(1970, 1, 2)])  # noqa: DTZ001


@given(st.lists(CODES, min_size=1, max_size=4), st.sampled_from(["=", "!="]), st.sampled_from(["or", "and"]), ANSWERS)
def test_codes_that_are_looked_up_at_once_are_those_compared_one_by_one(
    codes: list[str], sign: str, word: str, answer: Value
) -> None:
    def found(test: str) -> Value:
        return compile_expression(f" {word} ".join(test.format(code) for code in codes), "age", SHAPE)(Anything(answer))

    assert found(f". {sign} {{}}") is found(f"string({{}}) {sign} .")


@given(st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["<", "<=", ">", ">="]), ANSWERS, st.integers(0, 2))
def test_two_limits_at_once_are_both(one: str, other: str, answer: Value, limit: int) -> None:
    def found(text: str) -> Value:
        return compile_expression(text, "age", SHAPE)(Anything(answer))

    assert found(f". {one} {limit} and . {other} 1") is found(f"(. + 0) {one} {limit} and (. + 0) {other} 1")


@pytest.mark.parametrize("text", [f"{name}({', '.join(['.'] * FUNCTIONS[name].least)})" for name in FUNCTIONS])
def test_every_function_has_a_value_or_stops(text: str) -> None:
    for answer in ("", "a", 1.5, True, datetime(2024, 2, 29, 12)):  # noqa: DTZ001 a clock of the phone
        try:
            result = compile_expression(text, "age", SHAPE)(Anything(answer))
        except EvaluationError:
            continue
        assert isinstance(result, str | float | bool | datetime)


HALVES = st.builds(
    lambda digits, places: (10 * digits + 5) / 10**places, st.integers(-(10**6), 10**6), st.integers(1, 6)
)


@given(st.floats(-1e15, 1e15) | HALVES | HALVES.map(lambda half: math.nextafter(half, math.inf)), st.integers(0, 20))
def test_rounding_is_that_of_the_decimal_text(number: float, places: int) -> None:
    way = ROUND_HALF_DOWN if number < 0 else ROUND_HALF_UP
    exact = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), way, Context(prec=400))
    assert repr(_round(number, places)) == repr(float(exact) + 0.0)
