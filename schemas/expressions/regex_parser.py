"""Pattern to state machine (Thompson's construction), for schemas.expressions.regex."""

import re
from dataclasses import dataclass, field

from schemas.expressions.regex_atoms import AtomReader
from schemas.expressions.regex_characters import LINE_ENDS, Test

MAX_STATES = 4_000
"""Of one pattern. `{m,n}` is unrolled, so `([a-z]{1,99}){1,99}` is refused."""
MAX_NESTING = 32


@dataclass(slots=True)
class State:
    """One of: a test of a character, a place in the text ("^", "$", "b", "B" or the number of a look), or only ways on.
    The last state accepts."""

    test: Test | None = None
    place: str = ""
    next: list[int] = field(default_factory=list)


Piece = tuple[int, int]
"""First and last state of a part of the machine; the last one has no way on yet."""


@dataclass(frozen=True, slots=True)
class Look:
    """`(?=x)` and its like: whether a piece of the machine fits ahead of a place, or behind it. Its states stand from
    `first` on; a state that asks for it has its number as `place`."""

    first: int
    piece: Piece
    ahead: bool
    negative: bool


_LOOKS = {"(?=": (True, False), "(?!": (True, True), "(?<=": (False, False), "(?<!": (False, True)}
_FLAGS = re.compile(r"\(\?([isu]+)\)")
_NAMED = re.compile(r"\?<[A-Za-z][A-Za-z0-9]*>")
_PLACES = {"\\b": "b", "\\B": "B", "\\A": "^", "\\z": "$", "\\Z": "$"}


def _unquoted(pattern: str) -> str:
    """`\\Q...\\E` written out: every character in it means itself."""
    written, place = "", 0
    while place < len(pattern):
        if not pattern.startswith("\\Q", place):
            length = 2 if pattern[place] == "\\" else 1
            written += pattern[place : place + length]
            place += length
            continue
        quoted, _, rest = pattern[place + 2 :].partition("\\E")
        written += "".join(c if c.isalnum() or not c.isascii() else f"\\{c}" for c in quoted)
        place = len(pattern) - len(rest)
    return written


class Builder(AtomReader):
    def __init__(self, pattern: str) -> None:
        pattern = _unquoted(pattern)
        flags = _FLAGS.match(pattern)
        super().__init__(pattern[flags.end() :] if flags else pattern, flags is not None and "i" in flags.group(1))
        self._any_line = flags is not None and "s" in flags.group(1)
        self.states: list[State] = []
        self.looks: list[Look] = []
        self._depth = 0

    def build(self) -> Piece:
        piece = self._alternatives()
        if self._at < len(self._pattern):
            raise self._wrong("a closing bracket ) without an opening one")
        return piece

    def _state(self, test: Test | None = None, place: str = "") -> int:
        if len(self.states) >= MAX_STATES:
            raise self._unknown("too long once its counts are written out")
        self.states.append(State(test, place))
        return len(self.states) - 1

    def _link(self, before: int, after: int) -> None:
        self.states[before].next.append(after)

    def _alternatives(self) -> Piece:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self._unknown("too many groups in groups")
        branches = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence())
        self._depth -= 1
        if len(branches) == 1:
            return branches[0]
        first, last = self._state(), self._state()
        for start, end in branches:
            self._link(first, start)
            self._link(end, last)
        return first, last

    def _sequence(self) -> Piece:
        first = last = self._state()
        while self._peek() not in ("", "|", ")"):
            start, end = self._repeated()
            self._link(last, start)
            last = end
        return first, last

    def _repeated(self) -> Piece:
        begin, first_state, first_look = self._at, len(self.states), len(self.looks)
        piece = self._atom()
        end = self._at
        counts = self._counts()
        if counts is None:
            return piece
        low, high = counts
        after = self._at
        if self._peek() == "?":
            after += 1  # lazy: the same for a whole match
        elif self._peek() == "+":
            raise self._unknown("a possessive quantifier")
        if self._pattern[after : after + 1] in ("*", "+", "?") and after < len(self._pattern):
            raise self._wrong("a quantifier behind a quantifier")
        # Parsed once more for each copy: a piece of the machine cannot be shared.
        del self.states[first_state:]
        del self.looks[first_look:]

        def copy() -> Piece:
            self._at = begin
            made = self._atom()
            assert self._at == end
            return made

        first = last = self._state()
        for _ in range(low):
            start, stop = copy()
            self._link(last, start)
            last = stop
        if high is None:
            start, stop = copy()
            loop, out = self._state(), self._state()
            self._link(last, loop)
            self._link(loop, start)
            self._link(stop, loop)
            self._link(loop, out)
            last = out
        elif high > low:
            out = self._state()
            for _ in range(high - low):
                self._link(last, out)
                start, stop = copy()
                self._link(last, start)
                last = stop
            self._link(last, out)
            last = out
        self._at = after
        return first, last

    def _counts(self) -> tuple[int, int | None] | None:
        sign = self._peek()
        if sign in ("*", "+", "?") and sign:
            self._at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        if sign != "{":
            return None
        close = self._pattern.find("}", self._at)
        low, comma, high = self._pattern[self._at + 1 : close].partition(",")
        if close < 0 or not low.isdecimal() or not (high.isdecimal() or high == ""):
            raise self._wrong("a count is written {2}, {2,} or {2,5}")
        self._at = close + 1
        lowest, highest = int(low), int(high) if high else None if comma else int(low)
        if highest is not None and highest < lowest:
            raise self._wrong("a count whose first number is the larger")
        if max(lowest, highest or 0) > MAX_STATES:
            raise self._unknown("a count above 4000")
        return lowest, highest

    def _atom(self) -> Piece:
        character = self._peek()
        if character == "(":
            return self._group()
        if character in ("^", "$"):
            self._at += 1
            return self._single(place=character)
        if self._peek(2) in _PLACES:
            place = _PLACES[self._peek(2)]
            self._at += 2
            return self._single(place=place)
        if character in ("*", "+", "?"):
            raise self._wrong(f"{character} has nothing to repeat")
        if character == "{":
            return self._sequence_of_none()  # a count without a character repeats nothing in Java
        if character == "[":
            self._at += 1
            return self._single(self._class())
        if character == ".":
            self._at += 1
            return self._single((lambda c: True) if self._any_line else (lambda c: c not in LINE_ENDS))
        return self._single(self._folded(self._character()))

    def _sequence_of_none(self) -> Piece:
        first = self._state()
        return first, first

    def _single(self, test: Test | None = None, place: str = "") -> Piece:
        first, last = self._state(test, place), self._state()
        self._link(first, last)
        return first, last

    def _group(self) -> Piece:
        for sign, (ahead, negative) in _LOOKS.items():
            if self._pattern.startswith(sign, self._at):
                self._at += len(sign)
                first = len(self.states)
                self.looks.append(Look(first, self._inner(), ahead, negative))
                return self._single(place=str(len(self.looks) - 1))
        self._at += 1
        named = _NAMED.match(self._pattern, self._at)
        if named:
            self._at = named.end()
        elif self._peek() == "?":
            if self._peek(2) != "?:":
                raise self._unknown("a group that begins with (?")
            self._at += 2
        return self._inner()

    def _inner(self) -> Piece:
        piece = self._alternatives()
        if self._peek() != ")":
            raise self._wrong("a closing bracket ) is missing")
        self._at += 1
        return piece
