"""Text to tokens, with the rule of XPath 1.0 (section 3.7) for names that are also operators, as JavaRosa has it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from schemas.expressions.errors import ExpressionError

MAX_LENGTH = 32_768
"""Characters of an expression. The longest in published forms have about 8,000."""
MAX_TOKENS = 10_000


class Kind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    OPERATOR = "operator"
    MARK = "mark"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`position` counts characters from 1."""

    kind: Kind
    text: str
    position: int


_TOKEN = re.compile(
    r"""
    (?P<space>[ \n\t\f\r]+)
  | (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
  | (?P<text>'[^']*'|"[^"]*")
  | (?P<operator><=|>=|!=|[=<>+*|-])
  | (?P<mark>\.\.|::|//|[./()\[\],@])
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"and|or|div|mod")
_PART = r"[^\W\d][\w.\-]*"
_NAME = re.compile(rf"{_PART}(?::{_PART})?")
_AFTER_OPERAND = {Kind.NUMBER, Kind.TEXT, Kind.NAME}
_CLOSING = {")", "]", ".", "..", "*"}


def tokens(text: str) -> list[Token]:
    """All tokens, with one of kind END at last. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters. Split it over several calculations.")
    found: list[Token] = []
    place = 0
    while place < len(text):
        token, place = _next(text, place, found)
        if token is not None:
            found.append(token)
        if len(found) > MAX_TOKENS:
            raise ExpressionError(f"more than {MAX_TOKENS} words and signs. Split it over several calculations.")
    found.append(Token(Kind.END, "", len(text) + 1))
    return found


def _next(text: str, place: int, before: list[Token]) -> tuple[Token | None, int]:
    after_operand = bool(before) and (before[-1].kind in _AFTER_OPERAND or _closes(before[-1]))
    match = _TOKEN.match(text, place)
    if match is not None:
        if match.lastgroup is None or match.lastgroup == "space":
            return None, match.end()
        kind, found = Kind(match.lastgroup), match.group()
        if kind is Kind.TEXT:
            found = found[1:-1]
        elif found == "*" and not after_operand:
            kind = Kind.MARK
        return Token(kind, found, place + 1), match.end()
    # Behind an operand stands an operator, which needs no blank after it; elsewhere these words are names.
    word = (_WORD if after_operand else _NAME).match(text, place)
    if word is None:
        raise _unreadable(text, place, after_operand)
    name = word.group()
    if not after_operand:
        _refuse_letters(name, place)
    return Token(Kind.OPERATOR if after_operand else Kind.NAME, name, place + 1), word.end()


def _closes(token: Token) -> bool:
    return token.kind is Kind.MARK and token.text in _CLOSING


def _refuse_letters(name: str, place: int) -> None:
    """JavaRosa reads letters that have a case: a name in Arabic or Chinese letters does not load."""
    for offset, character in enumerate(name):
        if character.isalpha() and not (character.islower() or character.isupper()):
            raise ExpressionError(
                f"JavaRosa cannot read the letter {character!r} in a name. Name the question in Latin letters.",
                place + offset + 1,
            )


def _unreadable(text: str, place: int, after_operand: bool) -> ExpressionError:
    character = text[place]
    if character in "'\"":
        return ExpressionError(f"the text that begins with {character} has no end.", place + 1)
    if character in "‘’“”":
        return ExpressionError("a typographic quotation mark. Write ' or \" instead.", place + 1)
    if text.startswith("&&", place):
        return ExpressionError("write and, or.", place + 1)
    if after_operand and _NAME.match(text, place):
        name = _NAME.match(text, place)
        return ExpressionError(
            f"{name.group() if name else character!r} stands where an operator or the end should be.", place + 1
        )
    return ExpressionError(f"{character!r} has no meaning here.", place + 1)
