"""Numbers of answers as Java reads them (JavaRosa 5.1, measured), and as it writes them."""

import math
import re

from schemas.expressions.values import java_double

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1
MAX_NUMBER_LENGTH = 64
"""Characters of a number. A double needs 24; a number of a megabyte is an attack on the conversion."""
MAX_FAST = 9
"""Digits of a whole number that surely fits 32 bits."""
WHOLE_WITHIN = 1e-9
"""A result less than this above a whole number is stored as that (71)."""

_DIGITS = "0123456789"
_DIGITS_AND_POINT = "0123456789."
"""Nothing is left of a text once these are stripped if it is made of them alone."""
_INT = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)")
_HEXADECIMAL = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[fFdD]?")
_BEYOND_16_BITS = "\uffff"


def java_int(text: str) -> int | None:
    """Integer.parseInt: 32 bits, in the digits of any script, or None."""
    if len(text) <= MAX_FAST and text.isdecimal() and text.isascii():
        return int(text)
    if len(text) > MAX_NUMBER_LENGTH or _INT.fullmatch(text) is None or max(text) > _BEYOND_16_BITS:
        return None
    value = int(text)
    return value if INT_MIN <= value <= INT_MAX else None


def read_int(text: str) -> float | None:
    if 0 < len(text) <= MAX_FAST and not text.strip(_DIGITS):
        return float(text)
    value = java_int(text)
    return None if value is None else float(value)


def read_decimal(text: str) -> float | None:
    """Double.parseDouble, so also `1d`, `0x1p3`, `NaN` and `Infinity`, which no phone writes."""
    if len(text) > MAX_NUMBER_LENGTH:
        return None
    if not text.strip(_DIGITS_AND_POINT):
        try:
            return float(text)
        except ValueError:
            return None  # more than one point, or nothing else
    if _DECIMAL.fullmatch(text):
        return float(text.rstrip("fFdD") if text[-1] in "fFdD" else text)
    if _HEXADECIMAL.fullmatch(text):
        try:
            return float.fromhex(text.rstrip("fFdD") if text[-1] in "fFdD" else text)
        except OverflowError:
            return math.inf
    return None


def java_text(number: float) -> str:
    """Double.toString."""
    if 1e-3 <= number < 1e7 or 1e-3 <= -number < 1e7:
        return repr(number)
    if math.isfinite(number):
        return java_double(number)
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


def stored_number(number: float) -> tuple[float, str]:
    """What is left of a result that is a number and not NaN, and its text (68, 70, 71)."""
    if math.isfinite(number):
        whole = int(number)
        if LONG_MIN <= whole <= LONG_MAX and abs(number - whole) < WHOLE_WITHIN:
            return float(whole), str(whole)
    return number, java_text(number)


def stored_int(number: float) -> tuple[float, str]:
    """Cut, and held within 32 bits (72)."""
    whole = INT_MAX if number >= INT_MAX else INT_MIN if number <= INT_MIN else int(number)
    return float(whole), str(whole)
