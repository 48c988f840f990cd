"""Dates and times as JavaRosa 5.1 reads them.

A date and a date with time are both a naive `datetime` of the phone's clock, to the millisecond; a date stands at
midnight. Both count as whole days in comparisons. A text with a zone is moved to the zone of the
phone (schemas/expressions/phone_zone.py).
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from schemas.expressions.phone_zone import phone_clock

_EPOCH = date(1970, 1, 1).toordinal()
_START = datetime(1970, 1, 1, tzinfo=UTC)
_GREGORIAN = -141_427
"""15 October 1582 in days since 1970."""
_JULIAN_EPOCH = 2_440_588
"""1970-01-01 as a Julian day number."""
_MS = timedelta(milliseconds=1)
DAY_MS = 86_400_000

_INTEGER = re.compile(r"[+-]?\d+")
_SECONDS = re.compile(r"[\d.]*")
_INT_LIMIT = 2**31


def read_moment(text: str, zone: tzinfo | None) -> datetime | None:
    """`2024-06-15`, `2024-6-5T10:00:00.000+02:00`; None for what JavaRosa cannot read. The result has no zone.
    Raises OverflowError outside of the years 1 to 9999, which Python cannot count."""
    day, mark, clock = text.partition("T")
    found = _day(day)
    if found is None:
        return None
    if not mark:
        return datetime(*found)  # noqa: DTZ001 the clock time on paper
    return _with_time(found, clock, zone)


def _integer(text: str) -> int | None:
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if -_INT_LIMIT <= number < _INT_LIMIT else None


def _day(text: str) -> tuple[int, int, int] | None:
    pieces = [_integer(piece) for piece in text.split("-")]
    if len(pieces) != 3:
        return None
    year, month, day = pieces
    if year is None or month is None or day is None or not 1 <= month <= 12:
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 30 if month in (4, 6, 9, 11) else 28 + leap if month == 2 else 31
    if not 1 <= day <= length:
        return None
    if not 1 <= year <= 9999:
        raise OverflowError("a year outside of 1 to 9999")
    return year, month, day


def _with_time(day: tuple[int, int, int], clock: str, zone: tzinfo | None) -> datetime | None:
    offset: timedelta | None = None
    if clock.endswith("Z"):
        clock, offset = clock[:-1], timedelta()
    elif "+" in clock or "-" in clock:
        # Between the signs stands the offset; a second sign and what follows it are not looked at.
        sign = 1 if "+" in clock else -1
        clock, behind = clock.split("+" if sign > 0 else "-")[:2]
        hours, mark, rest = behind.partition(":")
        hour, minute = _integer(hours), _integer(rest.partition(":")[0]) if mark else 0
        if hour is None or minute is None:
            return None
        offset = sign * timedelta(hours=hour, minutes=minute)  # +0530 is 530 hours (22)
    time = _time(clock)
    if time is None:
        return None
    moment = datetime(*day, *time[:3], time[3] * 1000)  # noqa: DTZ001 the clock time on paper
    if offset is None:
        return moment
    return phone_clock(moment, offset, zone)


def _time(text: str) -> tuple[int, int, int, int] | None:
    """Hour, minute, second, millisecond. What stands behind the digits of the seconds is not looked at."""
    pieces = text.split(":")
    if len(pieces) not in (2, 3):
        return None
    hour, minute, second, thousandths = _integer(pieces[0]), _integer(pieces[1]), 0, 0
    if len(pieces) == 3:
        found = _SECONDS.match(pieces[2])
        digits = found.group() if found else ""
        before, _, behind = digits.partition(".")
        if digits in ("", ".") or (before and _integer(before) is None) or (behind and _integer(behind) is None):
            return None
        exact = float(digits)
        second = int(exact)
        thousandths = int(1000.0 * exact - 1000.0 * second)
    if hour is None or minute is None or not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return None
    return hour, minute, second, thousandths


def days(moment: datetime) -> float:
    """Whole days since 1970-01-01 (110)."""
    return float(_day_number(moment))


def _day_number(moment: datetime) -> int:
    number = moment.toordinal() - _EPOCH
    return number if number >= _GREGORIAN else _julian_number(moment.year, moment.month, moment.day)


def _julian_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a day of the Julian calendar, in which Java counts before 15 October 1582."""
    late = month > 2
    years = year + 4800 - (not late)
    months = month - 3 if late else month + 9
    return day + (153 * months + 2) // 5 + 365 * years + years // 4 - 32_083 - _JULIAN_EPOCH


def milliseconds(moment: datetime, zone: tzinfo | None) -> int:
    """Since 1970 in UTC, of a clock time in `zone`."""
    shift = _day_number(moment) - (moment.toordinal() - _EPOCH)
    return (moment.replace(tzinfo=zone or UTC) - _START) // _MS + shift * DAY_MS


def from_milliseconds(number: int, zone: tzinfo | None) -> datetime:
    """The other way. Raises OverflowError outside of the years 1 to 9999."""
    moment = (_START + number * _MS).astimezone(zone or UTC).replace(tzinfo=None)
    return datetime.combine(from_days(moment.toordinal() - _EPOCH), moment.time())


def from_days(number: int) -> datetime:
    """Midnight so many days after 1970-01-01. Raises OverflowError outside of the years 1 to 9999."""
    ordinal = _EPOCH + number
    if number < _GREGORIAN:
        for shift in range(-12, 3):  # the calendars are so many days apart
            there = ordinal + shift
            if there >= 1 and _julian_number(*_civil(there)) == number:
                ordinal = there
                break
    if not 1 <= ordinal <= date.max.toordinal():
        raise OverflowError("a year outside of 1 to 9999")
    return datetime.combine(date.fromordinal(ordinal), datetime.min.time())


def _civil(ordinal: int) -> tuple[int, int, int]:
    day = date.fromordinal(ordinal)
    return day.year, day.month, day.day


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def week_of_year(moment: datetime) -> int:
    """`%W`: Java's week for English: weeks begin on Sunday, the week of 1 January is week 1 (112e)."""
    first = date(moment.year, 1, 1)
    before = first.isoweekday() % 7  # days of the first week that lie in the year before
    week = (moment.timetuple().tm_yday - 1 + before) // 7 + 1
    saturday = moment.day + 6 - moment.isoweekday() % 7
    if moment.month == 12 and saturday > 31:
        return 1  # the week of 1 January
    return week


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

LOCAL_LETTERS = frozenset("abW")
"""What these give follows the language of the phone; here it is English."""


def format_moment(moment: datetime, pattern: str) -> str:
    """format-date and format-date-time. Raises ValueError for a letter that is not known."""
    written: list[str] = []
    place = 0
    while place < len(pattern):
        letter = pattern[place]
        if letter == "%":
            place += 1
            if place == len(pattern):
                raise ValueError("the pattern ends with %")
            written.append(_part(moment, pattern[place]))
        else:
            written.append(letter)
        place += 1
    return "".join(written)


def _part(moment: datetime, letter: str) -> str:
    match letter:
        case "%":
            return "%"
        case "Y":
            return f"{moment.year:04}"
        case "y":
            return f"{moment.year:04}"[2:]
        case "m":
            return f"{moment.month:02}"
        case "n":
            return str(moment.month)
        case "b":
            return _MONTHS[moment.month - 1]
        case "d":
            return f"{moment.day:02}"
        case "e":
            return str(moment.day)
        case "H":
            return f"{moment.hour:02}"
        case "h":
            return str(moment.hour)
        case "M":
            return f"{moment.minute:02}"
        case "S":
            return f"{moment.second:02}"
        case "3":
            return f"{moment.microsecond // 1000:03}"
        case "a":
            return _WEEKDAYS[moment.weekday()]
        case "W":
            return str(week_of_year(moment))
    raise ValueError(f"%{letter} is not known in a date pattern")
