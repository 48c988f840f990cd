"""How the text of an answer becomes a value of its question's type (JavaRosa 5.1, measured).

What cannot be read JavaRosa makes empty in silence; no phone sends it, so it is a reason to refuse. Departures: what is
longer than any phone writes it, and dates outside of the years 1 to 9999, count as unreadable.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from schemas.expressions import Value
from schemas.survey.definition import FieldType
from services.validate.moments import read_date, read_datetime, read_time
from services.validate.numbers import java_text, read_decimal, read_int

Reader = Callable[[str], Value | None]
"""Trimmed text that is not empty -> the value, "" for one that is there but reads as empty, None for one that cannot
be read."""
TimedReader = Callable[[str, datetime], Value | None]
"""The same for what depends on the zone or the day of the present. Raises moments.Unopenable."""

_SPACE = " \t\r\n"
_POINT_NUMBERS = 4
"""Latitude, longitude, altitude, accuracy."""
MAX_POINT = 300
"""Characters: four numbers have at most 100."""
MAX_CODES = 100_000
"""Characters of a multiple choice: a thousand codes have 20,000."""
MAX_ANSWERS = 500
"""Answers to a multiple choice that are remembered. Six codes can be combined in 64 ways."""
LONGEST_ANSWER = 200
"""Characters of such an answer: all of them have 100 kB at most."""
SMALL = 2_100
"""Whole numbers below it are looked up. Most answers are ages, numbers of things, and years."""


def read_point(text: str) -> str | None:
    """As it is written back: four numbers, `` where all are 0 (27)."""
    if len(text) > MAX_POINT:
        return None
    numbers = [0.0] * _POINT_NUMBERS
    parts = [part for part in text.split(" ") if part]
    if len(parts) > _POINT_NUMBERS:
        return None
    for place, part in enumerate(parts):
        number = read_decimal(part)
        if number is None:
            return None
        numbers[place] = number
    return " ".join(java_text(number) for number in numbers) if any(numbers) else ""


def read_trace(text: str) -> str | None:
    """Points that are separated by semicolons; empty ones at the end do not count."""
    parts = text.split(";")
    while parts and not parts[-1]:
        parts.pop()
    points = [read_point(part.strip(_SPACE)) for part in parts]
    return None if None in points else "; ".join(point or "" for point in points)


def read_codes(text: str) -> str | None:
    """The codes of a multiple choice with one blank between them (36)."""
    if len(text) > MAX_CODES:
        return None
    return " ".join(code for code in text.split(" ") if code) if "  " in text else text


def one_of(codes: Collection[str]) -> Reader:
    return {code: code for code in codes}.get


def some_of(codes: Collection[str]) -> Reader:
    """None if any code is not in the list."""
    return _Answers(frozenset(codes)).__getitem__


class _Answers(dict[str, str | None]):
    """Answers to a multiple choice that were read: the few that are given again and again. No text that is not made of
    codes of the list alone."""

    def __init__(self, codes: frozenset[str]) -> None:
        super().__init__()
        self._codes = codes

    def __missing__(self, text: str) -> str | None:
        if len(text) > MAX_CODES:
            return None
        chosen = [code for code in text.split(" ") if code]
        if not self._codes.issuperset(chosen):
            return None
        value = " ".join(chosen)
        if len(self) < MAX_ANSWERS and len(text) <= LONGEST_ANSWER:
            self[text] = value
        return value


class _Integers(dict[str, float | None]):
    """Small numbers, ready: ages, years, amounts of things."""

    def __missing__(self, text: str) -> float | None:
        return read_int(text)


def read_boolean(text: str) -> bool:
    """`true` too is false (25)."""
    return text in ("1", "t")


READERS: dict[FieldType, Reader] = {
    FieldType.BOOLEAN: read_boolean,
    FieldType.INT: _Integers((str(number), float(number)) for number in range(SMALL)).__getitem__,
    FieldType.DECIMAL: read_decimal,
    FieldType.DATE: read_date,
    FieldType.GEOPOINT: read_point,
    FieldType.GEOTRACE: read_trace,
    FieldType.GEOSHAPE: read_trace,
    FieldType.SELECT_MULTIPLE: read_codes,
    FieldType.RANK: read_codes,
}
"""Types that are neither here nor below are read as the text that they are. A choice question with a list of its own is
read with that (`one_of`, `some_of`)."""

TIMED: dict[FieldType, TimedReader] = {FieldType.TIME: read_time, FieldType.DATETIME: read_datetime}
