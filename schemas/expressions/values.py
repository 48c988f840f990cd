"""Values of expressions and how one kind becomes another, as JavaRosa 5.1 does."""

import math
import re
from datetime import datetime
from decimal import Decimal

from schemas.expressions.moments import days

Value = str | float | bool | datetime
"""A date and a date with time are both a naive local `datetime`, a time is one on the day of now."""

EQUAL_WITHIN = 1e-12
"""Numbers this near to each other are equal, and to 0 are false (85, 88)."""

SPACE = "".join(map(chr, range(33)))
"""What Java's String.trim() takes away."""
INT_MAX = 2_147_483_647
INT_MIN = -2_147_483_648
_LONG = 2.0**63

_NUMBER = re.compile(r"-?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)")


def number_of(text: str) -> float:
    """Text as a number: no exponent, no plus sign, a comma is a point (81 to 83). NaN for anything else."""
    if text.isdecimal() and text.isascii():
        return float(text)
    if not text:
        return math.nan
    text = text.strip(SPACE)
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else math.nan


def as_number(value: Value) -> float:
    if value.__class__ is float:
        return value
    if isinstance(value, str):
        return number_of(value)
    if isinstance(value, datetime):
        return days(value)
    return float(value)


def as_bool(value: Value) -> bool:
    """Any text but "" is true, also 'false' and '0' (58). NaN is false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return abs(value) > EQUAL_WITHIN
    return isinstance(value, datetime) or value != ""


def as_text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    return f"{value.year}-{value.month:02}-{value.day:02}"  # the date only, also of a dateTime (112a)


def as_int(value: float) -> int:
    """Java's cast of a double to an int: towards zero, NaN is 0, the ends of 32 bits hold the rest."""
    if value != value:
        return 0
    return int(max(INT_MIN, min(INT_MAX, value)))


def whole(value: float) -> float:
    """int(): towards zero (98)."""
    return float(math.trunc(value)) if abs(value) < _LONG else value


def number_text(number: float) -> str:
    """A number as string() and concat() write it: whole ones within 32 bits plainly, others as Java's Double (68 to
    70)."""
    if number != number:
        return "NaN"
    if abs(number) < EQUAL_WITHIN:
        return "0"
    if INT_MIN <= number <= INT_MAX and abs(number - int(number)) < EQUAL_WITHIN:
        return str(int(number))
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return java_double(number)


def java_double(number: float) -> str:
    """Java's Double.toString of a finite number: decimal from 1e-3 to 1e7, else with an exponent."""
    if number == 0:
        return "-0.0" if math.copysign(1, number) < 0 else "0.0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    power = len(text) + int(exponent) - 1
    if -3 <= power < 7:
        plain = f"{abs(Decimal(repr(number))):f}"
        body = plain if "." in plain else f"{plain}.0"
    else:
        body = f"{text[0]}.{text[1:] or '0'}E{power}"
    return "-" + body if sign else body


def is_empty(value: Value) -> bool:
    """What coalesce() passes over: "" and NaN; a blank is not empty (101)."""
    return value == "" or value != value


def equal(left: Value, right: Value) -> bool:
    """`=`: as booleans if one is a boolean, else as numbers if one is a number, else as text (85 to 87)."""
    if isinstance(left, bool) or isinstance(right, bool):
        return as_bool(left) is as_bool(right)
    if isinstance(left, float) or isinstance(right, float):
        return near(as_number(left), as_number(right))
    return as_text(left) == as_text(right)


def near(left: float, right: float) -> bool:
    """Infinity is not equal to itself here."""
    return abs(left - right) < EQUAL_WITHIN
