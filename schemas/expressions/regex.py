"""Regular expressions with Java's meaning, in linear time: a pattern becomes a state machine, so that no pattern and no
answer can make it hang. Whole-text matches only, which is all that ODK's regex() asks.

Known: literals, `.`, classes with classes in them and `&&`, `\\d \\w \\s` and their opposites (ASCII, as in Java),
`\\p{L}` and other Unicode categories, groups, `|`, `* + ? {m,n}` (lazy ones too: it makes no difference for a whole
match), `^`, `$`, `\\b`, looks ahead and behind, `\\Q...\\E`, a leading `(?i)` or `(?s)`. Not known: back references,
possessive quantifiers and groups.
"""

from collections.abc import Collection, Iterable

from schemas.expressions.errors import EvaluationError
from schemas.expressions.regex_parser import Builder, Look

MAX_MEMORY = 10_000
"""Steps remembered for one pattern. Beyond, all are forgotten: a text of 20,000 different characters must not make the
pattern slow for all that come after it."""
MAX_NEW = 80_000
"""States gone through in one text by steps that are not remembered: 0.1 s. A text of 5,000 different characters needs
less."""
MAX_WORK = 300_000
"""States times characters of a pattern that looks around itself: 0.1 s, or a text of 20,000 characters."""


SHORT = 1_000
"""Characters that any pattern may go through, however many states it has: that is for the designer to say."""


class _Reached:
    """States reached together, and by which character one comes where from there; None is nowhere."""

    __slots__ = ("next", "states")

    def __init__(self, states: frozenset[int]) -> None:
        self.states = states
        self.next: dict[str, _Reached | None] = {}


class Regex:
    """A compiled pattern: `Regex(pattern).matches(text)`. Raises ExpressionError, NotSupported."""

    def __init__(self, pattern: str) -> None:
        builder = Builder(pattern)
        self._start, self._end = builder.build()
        self._states, self._looks = builder.states, builder.looks
        self._is_plain = not any(state.place not in ("", "^", "$") for state in self._states)
        self._first = _Reached(self._reach([self._start], "^"))
        self._known = {self._first.states: self._first}
        self._steps = 0

    def matches(self, text: str) -> bool:
        """True if the whole text fits. Raises EvaluationError for a text that would take too long."""
        if not self._is_plain:
            return self._matches_looking(text)
        here, left = self._first, MAX_NEW + SHORT * len(self._states)
        for character in text:
            try:
                after = here.next[character]
            except KeyError:
                left -= len(here.states)
                if left < 0:
                    raise EvaluationError("a text too long for a regular expression.") from None
                after = self._step(here, character)
            if after is None:
                return False
            here = after
        return self._end in self._reach(here.states, "$" if text else "^$")

    def _step(self, here: _Reached, character: str) -> _Reached | None:
        states = self._reach(self._after(here.states, character), "")
        if self._steps >= MAX_MEMORY:
            for each in self._known.values():
                each.next = {}
            self._known, self._steps = {self._first.states: self._first}, 0
        after = self._known.setdefault(states, _Reached(states)) if states else None
        here.next[character] = after
        self._steps += 1
        return after

    def _matches_looking(self, text: str) -> bool:
        if len(text) > SHORT and len(self._states) * len(text) > MAX_WORK:
            raise EvaluationError("a text too long for a regular expression with looks ahead or behind.")
        places = [_places(text, at) for at in range(len(text) + 1)]
        for number, look in enumerate(self._looks):  # an inner one comes before the one around it
            fits = self._ahead(look, text, places) if look.ahead else self._behind(look, text, places)
            for at, fit in enumerate(fits):
                if fit is not look.negative:
                    places[at].add(str(number))
        here = self._reach([self._start], places[0])
        for at, character in enumerate(text):
            here = self._reach(self._after(here, character), places[at + 1])
        return self._end in here

    def _after(self, here: Iterable[int], character: str) -> list[int]:
        reached: list[int] = []
        for index in here:
            state = self._states[index]
            if state.test is not None and state.test(character):
                reached.extend(state.next)
        return reached

    def _behind(self, look: Look, text: str, places: list[set[str]]) -> list[bool]:
        """For each place whether the piece fits text that ends there."""
        start, end = look.piece
        here = self._reach([start], places[0])
        fits = [end in here]
        for at, character in enumerate(text):
            here = self._reach([start, *self._after(here, character)], places[at + 1])
            fits.append(end in here)
        return fits

    def _ahead(self, look: Look, text: str, places: list[set[str]]) -> list[bool]:
        """For each place whether the piece fits text that begins there: from the end of the text to its beginning, the
        states from which the piece can still be finished."""
        start, end = look.piece
        states = range(look.first, max(start, end) + 1)
        before: dict[int, list[int]] = {}
        for index in states:
            for following in self._states[index].next:
                before.setdefault(following, []).append(index)
        fits = [False] * (len(text) + 1)
        good: set[int] = set()
        for at in range(len(text), -1, -1):
            now = {end}
            if at < len(text):
                for following in good:
                    for index in before.get(following, ()):
                        test = self._states[index].test
                        if test is not None and test(text[at]):
                            now.add(index)
            todo = list(now)
            while todo:
                for index in before.get(todo.pop(), ()):
                    state = self._states[index]
                    if index not in now and state.test is None and (not state.place or state.place in places[at]):
                        now.add(index)
                        todo.append(index)
            fits[at] = start in now
            good = now
        return fits

    def _reach(self, start: Iterable[int], places: Collection[str]) -> frozenset[int]:
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


def _places(text: str, at: int) -> set[str]:
    """What a place in the text is: its beginning, its end, the edge of a word or not."""
    found = set()
    if at == 0:
        found.add("^")
    if at == len(text):
        found.add("$")
    inside = at > 0 and _is_word(text[at - 1])
    found.add("b" if inside is not (at < len(text) and _is_word(text[at])) else "B")
    return found


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()
