"""Expressions that no phone loads, that stop a phone once they are reached, or that are too large."""

from collections.abc import Callable

import pytest

from schemas.expressions import (
    EvaluationError,
    ExpressionError,
    NotSupported,
    Shape,
    Value,
    as_text,
    compile_expression,
)

Ask = Callable[[str, str], Value]
AT = "profile/age"


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("1 +", 4),
        ("1e3", 2),
        ("(1", 3),
        ("1)", 2),
        ("'open", 1),
        ("= 1", 1),
        ("a && b", 3),
        ("“a”", 1),
        ("a b", 3),
        ("/data/", 7),
        (".[1]", 2),
        ("a[1", 4),
        ("foo::a", 1),
        ("/data/名", 7),
        ("a/b(1)", 3),
    ],
)
def test_errors_name_their_place(text: str, position: int) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression(text, AT, Shape("data"))
    assert not isinstance(raised.value, NotSupported)
    assert raised.value.position == position


@pytest.mark.parametrize(
    "text",
    [
        "//n",
        "a//n",
        "preceding-sibling::a",
        "a/text()",
        "/../x",
        "./a[1]",
        "foo()/x",
        "(a)/x",
        "instance(name)/root/item",
        "../../../../x",
        "/data/r[../../../x]",
        "regex(., '(a)\\1')",
    ],
)
def test_what_no_phone_loads_is_refused(text: str) -> None:
    with pytest.raises(NotSupported):
        compile_expression(text, AT, Shape("data"))


STOPS = [
    ("date('x')", "112c"),
    ("date('2024-02-30')", "112c"),
    ("date('2024-06-15T')", "112c"),
    ("date(1 div 0)", "112c"),
    ("date(true())", "112c"),
    ("decimal-time('12:00')", "112c"),
    ("format-date(today(), '%Q')", "112e"),
    ("format-date(today(), '%')", "112e"),
    ("sum('5')", "100"),
    ("count(5)", "100"),
    ("position('a')", "122"),
    ("selected(5, 'a')", "103"),
    ("selected(/data/born, 'a')", "103"),
    ("selected(/data/items, 1)", "103"),
    ("count-selected(/data/profile/age)", "105"),
    ("area('0 0;0 1;1 1')", "109"),
    ("geofence('0 0', '0 0;0 1;1 1')", "109"),
    ("distance('a b')", "109"),
    ("jr:itext('nothing')", "108"),
    ("/data/r/n", "119"),
    ("string(/data/r/n)", "119"),
    ("current()", "a call without a path"),
    ("instance('list')", "a call without a path"),
    ("instance('nothing')/root/item", "an instance that is not there"),
    ("(5)[1]", "a condition behind a value"),
    ("a | b", "128"),
    ("/", "no node"),
    ("digest('a', 'CRC32')", "an algorithm"),
    ("digest('a', 'MD5', 'octal')", "an encoding"),
    ("randomize('a')", "no nodes"),
    ("if(1, 2)", "101"),
    ("true(1)", "101"),
    ("substr('a')", "101"),
    ("weighted-checklist(1, 2, 3)", "101"),
    ("regex(., '(')", "a wrong pattern"),
    ("regex(., concat('[', 'a'))", "a wrong pattern"),
    ("indexed-repeat(/data/r/n, /data/q, 1)", "a repeat that is not around the field"),
    ("indexed-repeat('n', /data/r, 1)", "no path"),
    ("indexed-repeat(/data/r/n, /data/r)", "101"),
    ("floor(1.5)", "96"),
    ("nowhere(1)", "130"),
]


@pytest.mark.parametrize("text", [text for text, _ in STOPS])
def test_what_stops_a_phone_stops_here(ask: Ask, text: str) -> None:
    with pytest.raises(EvaluationError):
        ask(AT, text)


def test_what_is_not_reached_does_not_stop(ask: Ask) -> None:
    """101, 102."""
    assert ask(AT, "true() or floor(1.5)") is True
    assert ask(AT, "false() and nowhere()") is False
    assert ask(AT, "if(true(), 'a', date('x'))") == "a"
    assert ask(AT, "coalesce('a', date('x'))") == "a"


def test_faults_say_what_to_write() -> None:
    expression = compile_expression("floor(1.5) + foo(2) + round()", AT, Shape("data"))
    assert expression.unknown == {"floor", "foo"}
    assert [fault.partition(": ")[2] for fault in expression.faults] == [
        "ODK has no floor(). Use int(), or round(x - 0.5).",
        "ODK has no foo().",
        "round() takes 1 to 2 arguments, not 0.",
    ]


def test_a_long_sum_is_not_a_deep_one(ask: Ask) -> None:
    assert ask(AT, " + ".join(["1"] * 2000)) == 2000
    assert ask(AT, " = ".join(["1"] * 2000)) is True
    assert ask(AT, " and ".join(["1"] * 2000)) is True


def test_depth_is_bounded(ask: Ask) -> None:
    with pytest.raises(ExpressionError, match="nested"):
        ask(AT, "(" * 100 + "1" + ")" * 100)
    assert ask(AT, "(" * 60 + "1" + ")" * 60) == 1


def test_length_is_bounded(ask: Ask) -> None:
    with pytest.raises(ExpressionError, match="longer"):
        ask(AT, "1 " + " " * 40_000)
    with pytest.raises(ExpressionError, match="words"):
        ask(AT, "1+" * 6_000 + "1")


def test_text_is_bounded(ask: Ask) -> None:
    large = "concat(" + ", ".join(["'" + "x" * 1000 + "'"] * 20) + ")"
    assert len(as_text(ask(AT, large))) == 20_000
    with pytest.raises(EvaluationError, match="characters"):
        ask(AT, f"join({large}, " + ", ".join(["''"] * 60) + ")")
