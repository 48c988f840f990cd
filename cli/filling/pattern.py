"""Texts that fit a regular expression, found by walking through its state machine: whatever schemas.expressions can
match can be made here."""

import math
import string
from functools import lru_cache
from random import Random

from schemas.expressions import ExpressionError
from schemas.expressions.regex import Regex
from schemas.expressions.regex_characters import Test
from schemas.expressions.regex_parser import Builder, State

TRIES = 8
LONGEST = 40
"""Characters after which a walk takes the shortest way to the end: `.*` asks for no novel."""
LEAVES = 0.35
"""Share of the forks at which it takes the shortest way anyhow."""

_PLAIN = string.ascii_lowercase + string.ascii_uppercase + string.digits
_OTHERS = " -_.,:;/@+#'&()!?%*=\"$~^|<>[]{}\\`"
_LATIN = "".join(map(chr, range(0xA0, 0x250)))
_SCRIPTS = "".join(map(chr, (*range(0x370, 0x700), *range(0x900, 0xE80), *range(0x4E00, 0x4E80))))


class Pattern:
    """A compiled expression of which texts can be drawn. Raises ExpressionError."""

    def __init__(self, pattern: str) -> None:
        builder = Builder(pattern)
        self._start, self._end = builder.build()
        self._states: list[State] = builder.states
        self._left = _steps_left(self._states, self._end)
        self._characters: dict[Test, str] = {}
        self._regex = Regex(pattern)

    def draw(self, random: Random) -> str | None:
        """A text that fits; None if none was found."""
        for _ in range(TRIES):
            text = self._walk(random)
            if text is not None and self._regex.matches(text):
                return text
        return None

    def _walk(self, random: Random) -> str | None:
        text: list[str] = []
        state = self._states[self._start]
        while state is not self._states[self._end]:
            if state.test is not None:
                fitting = self._fitting(state.test)
                if not fitting:
                    return None
                text.append(random.choice(fitting))
            ways = [index for index in state.next if self._left[index] < math.inf]
            if not ways:
                return None
            if len(ways) > 1 and (len(text) >= LONGEST or random.random() < LEAVES):
                ways = [min(ways, key=self._left.__getitem__)]
            state = self._states[random.choice(ways)]
        return "".join(text)

    def _fitting(self, test: Test) -> str:
        """Plain letters and digits rather than signs, signs rather than other scripts."""
        found = self._characters.get(test)
        if found is None:
            ranges = (_PLAIN, _OTHERS, _LATIN, _SCRIPTS)
            found = next((fits for each in ranges if (fits := "".join(filter(test, each)))), "")
            self._characters[test] = found
        return found


def _steps_left(states: list[State], end: int) -> list[float]:
    """How many steps each state is from the end."""
    before: list[list[int]] = [[] for _ in states]
    for index, state in enumerate(states):
        for after in state.next:
            before[after].append(index)
    left = [math.inf] * len(states)
    left[end] = 0
    reached = [end]
    for index in reached:
        for each in before[index]:
            if left[each] == math.inf:
                left[each] = left[index] + 1
                reached.append(each)
    return left


@lru_cache(maxsize=500)
def pattern_of(text: str) -> Pattern | None:
    """None for what is no expression, or none that can be matched here."""
    try:
        return Pattern(text)
    except ExpressionError:
        return None
