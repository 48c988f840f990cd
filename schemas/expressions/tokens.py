"""Text to tokens. XPath 1.0's lexical rules, section 3.7, with its rule for names that are also operators."""

import re
from dataclasses import dataclass
from enum import StrEnum

from schemas.expressions.errors import ExpressionError

MAX_LENGTH = 32_768
"""Characters of an expression. The longest in published forms have about 8,000."""


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
    (?P<space>\s+)
  | (?P<number>\d+(?:\.\d*)?|\.\d+)
  | (?P<text>'[^']*'|"[^"]*")
  | (?P<operator><=|>=|!=|[=<>+*|-])
  | (?P<mark>\.\.|::|//|[./()\[\],@$])
  | (?P<name>[^\W\d][\w.\-]*(?::(?!:)[^\W\d][\w.\-]*)?)
    """,
    re.VERBOSE,
)
_WORDS = {"and", "or", "div", "mod"}
_OPENING = {"(", "[", ",", "/", "//", "@", "::", "$"}


def tokens(text: str) -> list[Token]:
    """All tokens, with one of kind END at last. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters. Split it over several calculations.")
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _unreadable(text, place)
        if match.lastgroup is not None and match.lastgroup != "space":
            found.append(_token(Kind(match.lastgroup), match.group(), place + 1, found))
        place = match.end()
    found.append(Token(Kind.END, "", len(text) + 1))
    return found


def _token(kind: Kind, text: str, position: int, before: list[Token]) -> Token:
    # "If there is a preceding token and it is none of @, ::, (, [, a comma or an operator, then * is the multiply
    # operator and a name is an operator name." A slash counts as one of them here: div can be a node.
    last = before[-1] if before else None
    after_operand = last is not None and last.kind is not Kind.OPERATOR and last.text not in _OPENING
    if kind is Kind.NAME and text in _WORDS and after_operand:
        kind = Kind.OPERATOR
    elif text == "*" and not after_operand:
        kind = Kind.MARK
    elif kind is Kind.TEXT:
        text = text[1:-1]
    return Token(kind, text, position)


def _unreadable(text: str, place: int) -> ExpressionError:
    character = text[place]
    if character in "'\"":
        return ExpressionError(f"the text that begins with {character} has no end.", place + 1)
    if character in "‘’“”":
        return ExpressionError("a typographic quotation mark. Write ' or \" instead.", place + 1)
    if text.startswith("&&", place) or text.startswith("||", place):
        return ExpressionError("write and, or.", place + 1)
    return ExpressionError(f"{character!r} has no meaning here.", place + 1)
