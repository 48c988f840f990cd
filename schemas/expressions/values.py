"""Values of expressions and how one kind becomes another, as JavaRosa 5.1 does."""

import math
import re
from datetime import datetime
from decimal import Decimal

from schemas.expressions.moments import days

Value = str | float | bool | datetime | list[str]
"""A node set is the list of its texts. A date is a `datetime` at midnight."""

EQUAL_WITHIN = 1e-12
"""Numbers this near to each other are equal, and to 0 are false (85, 88)."""

_NUMBER = re.compile(r"-?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)")
_SPACE = "".join(map(chr, range(33)))
"""What Java's String.trim() takes away."""
_INT_MAX = 2_147_483_647


def number_of(text: str) -> float:
    """Text as a number: no exponent, no plus sign, a comma is a point (81 to 83). NaN for anything else."""
    if text.isdecimal() and text.isascii():
        return float(text)
    text = text.strip(_SPACE)
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else math.nan


def as_number(value: Value) -> float:
    if isinstance(value, str):
        return number_of(value)
    if isinstance(value, datetime):
        return days(value)
    if isinstance(value, list):
        return number_of(value[0]) if value else math.nan
    return float(value)


def as_bool(value: Value) -> bool:
    """Any text but "" is true, also 'false' and '0' (58). NaN is false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return abs(value) > EQUAL_WITHIN
    if isinstance(value, datetime):
        return True
    if isinstance(value, list):
        return bool(value and value[0])
    return value != ""


def as_text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"  # the date only, also of a dateTime (112a)
    return value[0] if value else ""


def number_text(number: float) -> str:
    """A number as string() and concat() write it: whole ones within 32 bits plainly, others as Java's Double (68 to
    70)."""
    if number != number:
        return "NaN"
    if abs(number) <= _INT_MAX and abs(number - int(number)) < EQUAL_WITHIN:
        return str(int(number))
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return _java(number)


def _java(number: float) -> str:
    """Java's Double.toString: decimal from 1e-3 to 1e7, else with an exponent."""
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    power = len(text) + int(exponent) - 1
    if -3 <= power < 7:
        plain = f"{abs(Decimal(repr(number))):f}"
        body = plain if "." in plain else f"{plain}.0"
    else:
        body = f"{text[0]}.{text[1:] or '0'}E{power}"
    return "-" + body if sign else body


def equal(left: Value, right: Value) -> bool:
    """`=`: as booleans if one is a boolean, else as numbers if one is a number, else as text (85 to 87)."""
    if isinstance(left, bool) or isinstance(right, bool):
        return as_bool(left) is as_bool(right)
    if isinstance(left, float) or isinstance(right, float):
        return near(as_number(left), as_number(right))
    return as_text(left) == as_text(right)


def near(left: float, right: float) -> bool:
    return left == right or abs(left - right) < EQUAL_WITHIN
