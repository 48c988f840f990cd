"""Pattern to state machine (Thompson's construction), for schemas.expressions.regex."""

import string
from dataclasses import dataclass, field

from schemas.expressions.errors import ExpressionError, NotSupported
from schemas.expressions.regex_characters import CONTROLS, LINE_ENDS, SETS, Test, property_test

MAX_STATES = 4_000
"""Of one pattern. `{m,n}` is unrolled, so `([a-z]{1,99}){1,99}` is refused."""
MAX_NESTING = 32


@dataclass(slots=True)
class State:
    """One of: a test of a character, a place in the text ("^" or "$"), or only ways on. The last state accepts."""

    test: Test | None = None
    place: str = ""
    next: list[int] = field(default_factory=list)


Piece = tuple[int, int]
"""First and last state of a part of the machine; the last one has no way on yet."""


class Builder:
    def __init__(self, pattern: str) -> None:
        self.states: list[State] = []
        self._any_case = pattern.startswith("(?i)")
        self._pattern = pattern.removeprefix("(?i)")
        self._at = 0
        self._depth = 0

    def build(self) -> Piece:
        piece = self._alternatives()
        if self._at < len(self._pattern):
            raise self._wrong("a closing bracket ) without an opening one")
        return piece

    def _wrong(self, what: str) -> ExpressionError:
        return ExpressionError(f"regular expression: {what}, at its character {self._at + 1}.")

    def _unknown(self, what: str) -> NotSupported:
        return NotSupported(f"regular expression: {what}, at its character {self._at + 1}.")

    def _peek(self, length: int = 1) -> str:
        return self._pattern[self._at : self._at + length]

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
        begin, first_state = self._at, len(self.states)
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
        if self._pattern[after : after + 1] in ("*", "{") or self._pattern[after : after + 1] == "+":
            raise self._wrong("a quantifier behind a quantifier")
        # Parsed once more for each copy: a piece of the machine cannot be shared.
        del self.states[first_state:]

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
        if character in ("*", "+", "?", "{"):
            raise self._wrong(f"{character} has nothing to repeat")
        if character == "[":
            self._at += 1
            return self._single(self._class())
        if character == ".":
            self._at += 1
            return self._single(lambda c: c not in LINE_ENDS)
        return self._single(self._folded(self._character()))

    def _single(self, test: Test | None = None, place: str = "") -> Piece:
        first, last = self._state(test, place), self._state()
        self._link(first, last)
        return first, last

    def _group(self) -> Piece:
        self._at += 1
        if self._peek() == "?":
            if self._peek(2) != "?:":
                raise self._unknown("a group that begins with (?")
            self._at += 2
        piece = self._alternatives()
        if self._peek() != ")":
            raise self._wrong("a closing bracket ) is missing")
        self._at += 1
        return piece

    def _character(self) -> Test | str:
        """One character, or a test for an escape like \\d."""
        character = self._peek()
        self._at += 1
        if character != "\\":
            return character
        escaped = self._peek()
        self._at += 1
        if escaped.lower() in SETS and escaped:
            members, negative = SETS[escaped.lower()], escaped.isupper()
            return lambda c: (c in members) is not negative
        if escaped in ("p", "P"):
            return self._property(escaped == "P")
        if escaped in CONTROLS:
            return CONTROLS[escaped]
        if escaped in ("u", "x"):
            length = 4 if escaped == "u" else 2
            digits = self._peek(length)
            if len(digits) != length or any(c not in string.hexdigits for c in digits):
                raise self._wrong(f"\\{escaped} needs {length} hexadecimal digits")
            self._at += length
            return chr(int(digits, 16))
        if escaped == "" or (escaped.isalnum() and escaped.isascii()):
            raise self._unknown(f"\\{escaped}")
        return escaped

    def _property(self, negative: bool) -> Test:
        close = self._pattern.find("}", self._at)
        if self._peek() != "{" or close < 0:
            raise self._unknown("\\p without {...}")
        name = self._pattern[self._at + 1 : close]
        self._at = close + 1
        test = property_test(name, negative)
        if test is None:
            raise self._unknown(f"\\p{{{name}}}")
        return test

    def _class(self) -> Test:
        negative = self._peek() == "^"
        self._at += negative
        tests: list[Test] = []
        while self._peek() != "]" or not tests:
            if self._peek() == "":
                raise self._wrong("a closing bracket ] is missing")
            if self._peek() == "[" or self._peek(2) == "&&":
                raise self._unknown("a class in a class")
            first = self._character()
            if isinstance(first, str) and self._peek() == "-" and self._peek(2) not in ("-]", "-"):
                self._at += 1
                last = self._character()
                if not isinstance(last, str) or last < first:
                    raise self._wrong("a range whose ends are in the wrong order")
                tests.append(self._range(first, last))
            else:
                tests.append(self._folded(first))
        self._at += 1
        return lambda c: any(test(c) for test in tests) is not negative

    def _range(self, first: str, last: str) -> Test:
        if self._any_case:
            return lambda c: first <= c <= last or first <= _other_case(c) <= last
        return lambda c: first <= c <= last

    def _folded(self, character: Test | str) -> Test:
        if not isinstance(character, str):
            return character
        literal = character
        if self._any_case:
            other = _other_case(literal)
            return lambda c: c in (literal, other)
        return lambda c: c == literal


def _other_case(character: str) -> str:
    return character.swapcase() if character.isascii() else character
