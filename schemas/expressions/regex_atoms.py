"""Single characters and classes of a Java pattern, for schemas.expressions.regex_parser."""

import string

from schemas.expressions.errors import ExpressionError, NotSupported
from schemas.expressions.regex_characters import CONTROLS, SETS, Test, property_test

_CASELESS = {"Lu": "LC", "Ll": "LC", "Lt": "LC", "Lower": "Alpha", "Upper": "Alpha"}
"""With (?i) these mean any letter that has a case."""


class AtomReader:
    """Reads one character or class at a time. `_at` is the place in the pattern."""

    def __init__(self, pattern: str, any_case: bool) -> None:
        self._pattern = pattern
        self._any_case = any_case
        self._at = 0

    def _wrong(self, what: str) -> ExpressionError:
        return ExpressionError(f"regular expression: {what}, at its character {self._at + 1}.")

    def _unknown(self, what: str) -> NotSupported:
        return NotSupported(f"regular expression: {what}, at its character {self._at + 1}.")

    def _peek(self, length: int = 1) -> str:
        return self._pattern[self._at : self._at + length]

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
        if self._any_case:
            name = _CASELESS.get(name, name)
        test = property_test(name, negative)
        if test is None:
            raise self._unknown(f"\\p{{{name}}}")
        return test

    def _class(self) -> Test:
        """Behind the opening bracket. `&&` joins unions of characters, ranges and inner classes."""
        negative = self._peek() == "^"
        self._at += negative
        unions: list[list[Test]] = [[]]
        while self._peek() != "]" or not unions[-1]:
            if self._peek() == "":
                raise self._wrong("a closing bracket ] is missing")
            if self._peek(2) == "&&":
                self._at += 2
                unions.append([])
                continue
            unions[-1].append(self._member())
        self._at += 1
        if len(unions) == 1:
            tests = unions[0]
            return lambda c: any(test(c) for test in tests) is not negative
        return lambda c: all(any(test(c) for test in union) for union in unions) is not negative

    def _member(self) -> Test:
        if self._peek() == "[":
            self._at += 1
            return self._class()
        first = self._character()
        if not isinstance(first, str) or self._peek() != "-" or self._peek(2) in ("-]", "-", "-[", "-&"):
            return self._folded(first)
        self._at += 1
        last = self._character()
        if not isinstance(last, str) or last < first:
            raise self._wrong("a range whose ends are in the wrong order")
        return self._range(first, last)

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
