"""Patterns that designers write, and patterns that are meant to hang."""

import time

import pytest

from schemas.expressions import ExpressionError, NotSupported
from schemas.expressions.regex import Regex

EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (EMAIL, "someone@mail.example.com", True),
        (EMAIL, "someone@mail", False),
        (r"^\+?\d{9,15}$", "+221771234567", True),
        (r"^\+?\d{9,15}$", "77 123 45 67", False),
        (r"(^a$|^b$)", "b", True),
        (r"a^b", "ab", False),
        (r"\p{L}+", "Ñandú", True),
        (r"\p{Lu}\p{Ll}*", "Sénégal", True),
        (r"\P{L}", "1", True),
        (r"[\w-]+", "a-b_1", True),
        (r"[^\s]+", "a b", False),
        (r"[a\-z]", "-", True),
        (r"\.\*\(", ".*(", True),
        (r"é", "é", True),
        (r".", "\n", False),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_whole_matches(pattern: str, text: str, matches: bool) -> None:
    assert Regex(pattern).matches(text) is matches


@pytest.mark.parametrize(
    "pattern", [r"(a)\1", r"(?<=a)b", r"\bword\b", "[a-z&&[^b]]", "a++", "(?x)a", r"(.{1,99}){1,99}"]
)
def test_refuses_what_it_does_not_know(pattern: str) -> None:
    with pytest.raises(NotSupported):
        Regex(pattern)


@pytest.mark.parametrize("pattern", ["(", "a)", "[a", "*a", "a**", "a{2,1}", "a{x}", "[z-a]"])
def test_refuses_what_is_wrong(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        Regex(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*a){20}b", "(a*)*b", "a?" * 50 + "a" * 50 + "b"]
)
def test_no_pattern_hangs(pattern: str) -> None:
    machine = Regex(pattern)
    began = time.process_time()
    assert not machine.matches("a" * 20_000)
    assert time.process_time() - began < 2.0  # a backtracking engine needs longer than the universe has
