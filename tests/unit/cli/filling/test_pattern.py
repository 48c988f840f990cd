"""Texts that are drawn for a pattern fit it, by our engine and by Python's."""

import re
from random import Random

import pytest

from cli.filling.pattern import LONGEST, pattern_of

PATTERNS = [
    r"[A-Z]{3}-[0-9]{4}-[0-9]{2}",
    r"^\d{3,9}$",
    r"[^\s@]+@[^\s@]+\.[a-z]{2,}",
    r"(yes|no|don't know)",
    r".{2,20}",
    r"\w+( \w+)*",
    r"\+?[0-9]{7,15}",
    r"(ab?c)*|x{3}",
    r"[\u0600-\u06FF]{2,5}",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_drawn_fits(pattern: str) -> None:
    drawn = pattern_of(pattern)
    assert drawn is not None
    texts = {drawn.draw(Random(seed)) for seed in range(50)}
    assert None not in texts
    assert all(re.fullmatch(pattern, text or "") for text in texts)
    assert len(texts) > 2 or pattern.startswith("(yes")


def test_an_endless_pattern_ends() -> None:
    drawn = pattern_of(".*")
    assert drawn is not None
    assert max(len(drawn.draw(Random(seed)) or "") for seed in range(200)) <= LONGEST


@pytest.mark.parametrize("pattern", ["a$b", "[z&&a]", "("])
def test_what_nothing_fits_or_nobody_can_read_gives_nothing(pattern: str) -> None:
    drawn = pattern_of(pattern)
    assert drawn is None or drawn.draw(Random(1)) is None
