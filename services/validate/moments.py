"""Dates and times of answers, as JavaRosa 5.1 reads and writes them. A date is a datetime at midnight; all are clock
times of the phone, without a zone.

Departures: a zone `+0530` means what it says (old versions of Collect wrote it; JavaRosa reads 530 hours), and a year
is one of 1 to 9999.
"""

import re
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from schemas.expressions.phone_zone import phone_clock
from services.validate.numbers import java_int

_SECONDS = re.compile(r"[\d.]*")
_HOURS_MINUTES = re.compile(r"\d\d\d\d", re.ASCII)
MAX_LENGTH = 64
"""Characters of a date or time. The longest that a phone writes has 29."""
_DATE_LENGTH = len("2024-06-15")
_WITH_SECONDS = len("2024-06-15T10:00:00.000")
_IN_UTC = len("2024-06-15T10:00:00.000Z")
_WITH_OFFSET = len("2024-06-15T10:00:00.000+05:45")


class Unopenable(Exception):
    """A value at which JavaRosa stops, so that nothing of the submission can be opened."""


def read_date(text: str) -> datetime | None:
    """`2024-6-5`; no time and no zone."""
    if len(text) > MAX_LENGTH:
        return None
    if len(text) == _DATE_LENGTH and text[4] == "-" == text[7]:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    parts = [java_int(part) for part in text.split("-")]
    return _made(parts[0], parts[1], parts[2], 0, 0, 0.0) if len(parts) == 3 else None


def read_datetime(text: str, now: datetime) -> datetime | None:
    """A date, or a date and a time with or without a zone. Raises Unopenable."""
    if len(text) in (_IN_UTC, _WITH_OFFSET) and text[4] == "-" == text[7] and text[10] == "T" and text[19] == ".":
        try:
            clock, offset = datetime.fromisoformat(text[:_WITH_SECONDS]), _offset_of(text[_WITH_SECONDS:])
            if offset is not None and clock.tzinfo is None:
                return phone_clock(clock, offset, now.tzinfo)
        except (ValueError, OverflowError):
            pass
    if len(text) > MAX_LENGTH:
        return None
    before, t, after = text.partition("T")
    day = read_date(before)
    if day is None or not t:
        return day
    return _at(day, after, now.tzinfo)


@lru_cache(maxsize=256)
def _offset_of(zone: str) -> timedelta | None:
    """Of a zone such as `Z` or `+05:45`. Raises ValueError for what is none."""
    return datetime.fromisoformat(f"2000-01-01T00:00:00.000{zone}").utcoffset()


def read_time(text: str, now: datetime) -> datetime | None:
    """The time on the day of `now`. Raises Unopenable."""
    if len(text) > MAX_LENGTH:
        return None
    return _at(now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None), text, now.tzinfo)


def _at(day: datetime, text: str, zone: tzinfo | None) -> datetime | None:
    """A day at a time that is written with or without a zone, as a phone in `zone` shows it."""
    clock, offset = _offset(text)
    parts = clock.split(":")
    if len(parts) not in (2, 3):
        return None
    seconds = _seconds(parts[2]) if len(parts) == 3 else 0.0
    if seconds is None:
        return None
    made = _made(day.year, day.month, day.day, java_int(parts[0]), java_int(parts[1]), seconds)
    if made is None or offset is None:
        return made
    try:
        return phone_clock(made, offset, zone)
    except OverflowError:
        return None


def _offset(text: str) -> tuple[str, timedelta | None]:
    """The time before a zone, and how far that is ahead of UTC; None for no zone."""
    if not text:
        raise Unopenable
    if text[-1] == "Z":
        return text[:-1], timedelta()
    sign = 1 if "+" in text else -1
    clock, mark, zone = text.partition("+" if sign > 0 else "-")
    if not mark:
        return text, None
    zone = zone.partition("+" if sign > 0 else "-")[0]
    if _HOURS_MINUTES.fullmatch(zone):
        return clock, sign * timedelta(hours=int(zone[:2]), minutes=int(zone[2:]))
    hours, colon, rest = zone.partition(":")
    whole, minutes = java_int(hours), java_int(rest.partition(":")[0]) if colon else 0
    if whole is None or minutes is None:
        raise Unopenable
    return clock, sign * timedelta(hours=whole, minutes=minutes)


def _seconds(text: str) -> float | None:
    """The digits and points at the beginning; what follows is not looked at."""
    found = _SECONDS.match(text)
    text = found.group() if found is not None else ""
    whole, point, fraction = text.partition(".")
    if (whole and java_int(whole) is None) or (point and fraction and java_int(fraction) is None):
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _made(
    year: int | None, month: int | None, day: int | None, hour: int | None, minute: int | None, seconds: float
) -> datetime | None:
    if year is None or month is None or day is None or hour is None or minute is None:
        return None
    try:
        milliseconds = int(1000.0 * seconds - 1000.0 * int(seconds))
        return datetime(year, month, day, hour, minute, int(seconds), milliseconds * 1000)  # noqa: DTZ001 a clock time
    except (ValueError, OverflowError):
        return None


def date_text(moment: datetime) -> str:
    return f"{moment.year}-{moment.month:02}-{moment.day:02}"


def time_text(moment: datetime, zone: tzinfo | None) -> str:
    """With milliseconds and zone."""
    clock = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"
    shift = zone.utcoffset(moment) if zone is not None else None
    if not shift:
        return f"{clock}Z"
    minutes = int(abs(shift).total_seconds()) // 60
    return f"{clock}{'+' if shift > timedelta() else '-'}{minutes // 60:02}:{minutes % 60:02}"


def datetime_text(moment: datetime, zone: tzinfo | None) -> str:
    return f"{date_text(moment)}T{time_text(moment, zone)}"
