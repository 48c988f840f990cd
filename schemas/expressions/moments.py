"""Dates and times as JavaRosa 5.1 reads them.

A date and a date with time are both a `datetime`, a date at midnight. Both count as whole days in comparisons. Zones:
a value with a zone is moved to the zone of `now`; where either has none, the clock time on paper is taken.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

_DATE = r"(?P<year>\d{1,4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_ZONE = r"(?P<zone>Z|[+-]\d{2}:\d{2})?"
_MOMENT = re.compile(rf"{_DATE}(?:T{_TIME}{_ZONE})?", re.ASCII)
_EPOCH = date(1970, 1, 1).toordinal()
_DAY_SECONDS = 86_400
_PLAIN_FORMATS = re.compile(r"(?:[^%]|%[YymndeHhMS3%])*")


def read_moment(text: str, zone: tzinfo | None) -> datetime | None:
    """`2024-06-15`, `2024-06-15T10:00:00.000+02:00`; None for what JavaRosa cannot read. The result has no zone."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    part = found.groupdict(default="0")
    try:
        moment = datetime(  # noqa: DTZ001 the clock time on paper
            int(part["year"]),
            int(part["month"]),
            int(part["day"]),
            int(part["hour"]),
            int(part["minute"]),
            int(part["second"]),
            int(part["fraction"].ljust(6, "0")[:6]),
        )
        if part["zone"] != "0" and zone is not None:
            moment = moment.replace(tzinfo=_zone(part["zone"])).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return moment


def _zone(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)


def days(moment: datetime) -> float:
    """Whole days since 1970-01-01."""
    return float(moment.toordinal() - _EPOCH)


def exact_days(moment: datetime, zone: tzinfo | None) -> float:
    """Days with their fraction, in UTC (112d)."""
    moment = moment.replace(tzinfo=zone or UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=_DAY_SECONDS)


def from_days(number: float, zone: tzinfo | None) -> datetime | None:
    """The moment so many days after 1970-01-01 in UTC, as a clock in `zone` shows it; None outside of the years 1 to
    9999, and for what is no number."""
    if number != number:
        return None
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)
        return moment.astimezone(zone or UTC).replace(tzinfo=None)
    except OverflowError:
        return None


def can_format(pattern: str) -> bool:
    """False for names of months and days, which follow the language of the phone, and for unknown letters."""
    return _PLAIN_FORMATS.fullmatch(pattern) is not None


def format_moment(moment: datetime, pattern: str) -> str:
    """format-date and format-date-time of a pattern that `can_format` accepts."""
    parts = {
        "Y": f"{moment.year:04}",
        "y": f"{moment.year % 100:02}",
        "m": f"{moment.month:02}",
        "n": str(moment.month),
        "d": f"{moment.day:02}",
        "e": str(moment.day),
        "H": f"{moment.hour:02}",
        "h": str(moment.hour),
        "M": f"{moment.minute:02}",
        "S": f"{moment.second:02}",
        "3": f"{moment.microsecond // 1000:03}",
        "%": "%",
    }
    return re.sub(r"%(.)", lambda found: parts[found.group(1)], pattern)
