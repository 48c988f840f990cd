"""Numbers and days as they leave: what an answer is worth to statistics, and the one text of a number.

Stricter than services.validate.readers, which reads what ODK Collect's engine reads: here a number is finite and has no
type suffix. The text is trimmed.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from services.validate.numbers import MAX_NUMBER_LENGTH, java_int

MAX_EXPONENT = 308
"""Of a double, as phones hold decimals."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"([0-9]{1,4})-([0-9]{1,2})-([0-9]{1,2})")


whole = java_int
"""A whole number of 32 bits, in any script's digits, or None."""


def decimal(text: str) -> Decimal | None:
    """A finite decimal number within a double's range, or None."""
    if len(text) > MAX_NUMBER_LENGTH or _DECIMAL.fullmatch(text) is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if -MAX_EXPONENT <= value.adjusted() <= MAX_EXPONENT or not value else None


def canonical(value: Decimal) -> str:
    """The one text of a number: no exponent up to 30 places, no zeros that say nothing, no sign on zero."""
    if not value:
        return "0"
    if not -30 <= value.adjusted() <= 30:
        sign, digits, exponent = value.as_tuple()
        text = "".join(map(str, digits)).rstrip("0")
        shift = int(exponent) + len(digits) - len(text)
        return f"{'-' if sign else ''}{text}E{shift:+d}"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(text: str) -> date | None:
    """The calendar day of a date or of a date-time, as the phone wrote it, or None."""
    match = _DATE.match(text)
    if match is None or (match.end() < len(text) and text[match.end()] != "T"):
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
