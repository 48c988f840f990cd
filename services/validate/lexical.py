"""Whether a text is a value of a question's type, and how a number is written for good.

What ODK Collect's engine reads is accepted (JavaRosa 5.1, measured); what it would silently make empty is refused, for
no phone sends it. Departures, all towards what a phone can write: a date-time zone `+0530` or `+05` is taken as such
(old versions of Collect wrote it; the engine misreads or refuses it), and a decimal has no `NaN`, `Infinity`,
hexadecimal or type suffix. The text is trimmed and not empty.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from schemas.survey.definition import FieldType

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
MAX_NUMBER_LENGTH = 64
"""Characters of a number. A double needs 24; a number of a megabyte is an attack on the conversion."""
MAX_EXPONENT = 308
"""Of a double, as phones hold decimals."""

_INT = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"([0-9]{1,4})-([0-9]{1,2})-([0-9]{1,2})")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?")
_POINT_NUMBERS = 4
"""Latitude, longitude, altitude, accuracy."""

Check = Callable[[str], bool]


def whole(text: str) -> int | None:
    """A whole number of 32 bits, in any script's digits, or None."""
    if len(text) > MAX_NUMBER_LENGTH or _INT.fullmatch(text) is None:
        return None
    value = int(text)
    return value if INT_MIN <= value <= INT_MAX else None


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


def is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None and day(text) is not None


def is_time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    return match is not None and int(match[1]) < 24 and int(match[2]) < 60 and int(match[3] or 0) < 60


def is_datetime(text: str) -> bool:
    before, t, after = text.partition("T")
    return is_date(before) and (not t or is_time(after))


def is_point(text: str) -> bool:
    numbers = [number for number in text.split(" ") if number]
    return 1 <= len(numbers) <= _POINT_NUMBERS and all(decimal(number) is not None for number in numbers)


def is_trace(text: str) -> bool:
    points = [point.strip() for point in text.split(";")]
    if not points[-1]:
        points.pop()
    return bool(points) and all(is_point(point) for point in points)


CHECKS: dict[FieldType, Check] = {
    FieldType.INT: lambda text: whole(text) is not None,
    FieldType.DECIMAL: lambda text: decimal(text) is not None,
    FieldType.DATE: is_date,
    FieldType.TIME: is_time,
    FieldType.DATETIME: is_datetime,
    FieldType.GEOPOINT: is_point,
    FieldType.GEOTRACE: is_trace,
    FieldType.GEOSHAPE: is_trace,
}
"""Types that are not here (text, barcode, file names) take any text; choices are checked against their list."""
