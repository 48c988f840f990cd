"""Patterns that designers write, and patterns that are meant to hang."""

import time

import pytest

from schemas.expressions import EvaluationError, ExpressionError, NotSupported
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
        (r"(?=.*\d)(?=.*[a-z])(?!.*\s).{8,}", "abcdefg1", True),
        (r"(?=.*\d)(?=.*[a-z])(?!.*\s).{8,}", "abcdefgh", False),
        (r"(?=.*\d)(?=.*[a-z])(?!.*\s).{8,}", "abc efg1", False),
        (r"(?!000)\d{3}", "000", False),
        (r"(?!000)\d{3}", "001", True),
        (r"(a(?=b)b|ac)*", "abacab", True),
        (r"(a(?=b(?!c))b|bc)*", "abab", True),
        (r"\w+(?<!x)", "abx", False),
        (r"\w+(?<=ab)", "xab", True),
        (r".*\bword\b.*", "a word here", True),
        (r".*\bword\b.*", "swords", False),
        (r"a\Bb", "ab", True),
        (r"[a-z&&[^aeiou]]+", "bcd", True),
        (r"[a-z&&[^aeiou]]+", "bad", False),
        (r"[a-c[x-z]]+", "axz", True),
        (r"\Qa.b*\E+", "a.b***", True),
        (r"(?<year>\d{4})-x", "2024-x", True),
        (r"\A\d\z", "5", True),
        (r"(?s)a.b", "a\nb", True),
        (r"(?is)A.B", "a\nb", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_whole_matches(pattern: str, text: str, matches: bool) -> None:
    assert Regex(pattern).matches(text) is matches


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?>a)b", r"(?<n>a)\k<n>", "a++", "(?x)a", r"(.{1,99}){1,99}"])
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


def test_a_pattern_that_looks_around_is_bounded() -> None:
    machine = Regex("(?=(a+)+b)" + "(a|aa)+" * 20)
    began = time.process_time()
    assert not machine.matches("a" * 1_000)
    with pytest.raises(EvaluationError):
        machine.matches("a" * 100_000)
    assert time.process_time() - began < 2.0


def test_a_long_text_of_many_different_characters_is_bounded_and_leaves_nothing_slow_behind() -> None:
    machine = Regex(".*[A-Za-z].*")
    different = "".join(map(chr, range(0x4E00, 0x9FFF))) * 40
    began = time.process_time()
    for _ in range(3):
        with pytest.raises(EvaluationError):
            machine.matches(different)
    assert machine.matches("a" * 800_000)
    assert time.process_time() - began < 2.0  # every step of it anew: 10 s


def test_a_long_text_in_an_alphabet_of_thousands_is_read() -> None:
    text = "".join(chr(0x4E00 + n * n % 3_000) for n in range(20_000))
    assert Regex(r"[^0-9]+").matches(text)
    assert Regex("([a-z]{1,20} ?){1,50}").matches("abcdefghij " * 49)
