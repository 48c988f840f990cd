"""Regular expressions with Java's meaning, in linear time: a pattern becomes a state machine, so that no pattern and no
answer can make it hang. Whole-text matches only, which is all that ODK's regex() asks.

Known: literals, `.`, classes, `\\d \\w \\s` and their opposites (ASCII, as in Java), `\\p{L}` and other Unicode
categories, groups, `|`, `* + ? {m,n}` (lazy ones too: it makes no difference for a whole match), `^`, `$`, a leading
`(?i)`. Not known: look-around, back references, `\\b`, class intersections, possessive quantifiers.
"""

from collections.abc import Iterable

from schemas.expressions.regex_parser import Builder

MAX_MEMORY = 2_000
"""Steps remembered for one pattern; beyond, they are computed anew."""


class Regex:
    """A compiled pattern: `Regex(pattern).matches(text)`. Raises ExpressionError, NotSupported."""

    def __init__(self, pattern: str) -> None:
        builder = Builder(pattern)
        self._states = builder.states
        self._start, self._end = builder.build()
        self._first = self._reach([self._start], "^")
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def matches(self, text: str) -> bool:
        """True if the whole text fits."""
        here = self._first
        for character in text:
            after = self._steps.get((here, character))
            if after is None:
                after = self._step(here, character)
            if not after:
                return False
            here = after
        return self._end in self._reach(here, "$" if text else "^$")

    def _step(self, here: frozenset[int], character: str) -> frozenset[int]:
        reached: list[int] = []
        for index in here:
            state = self._states[index]
            if state.test is not None and state.test(character):
                reached.extend(state.next)
        after = self._reach(reached, "")
        if len(self._steps) < MAX_MEMORY:
            self._steps[(here, character)] = after
        return after

    def _reach(self, start: Iterable[int], places: str) -> frozenset[int]:
        """States reached without reading a character, at the places of the text that `places` names."""
        seen = set(start)
        todo = list(seen)
        while todo:
            state = self._states[todo.pop()]
            if state.test is None and (not state.place or state.place in places):
                for index in state.next:
                    if index not in seen:
                        seen.add(index)
                        todo.append(index)
        return frozenset(seen)
