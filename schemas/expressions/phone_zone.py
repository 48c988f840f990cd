"""The zone of the phone that made a submission, as far as the submission tells it.

A phone in a country with summer time writes each moment with the distance from UTC of that moment's own season, and
shows it with the clock of that season: asked in winter about a day in July, it says what the clock said in July. A
submission names no country; all that it tells are the distances in its times.
"""

from datetime import datetime, timedelta, tzinfo

SEASONS_APART = timedelta(hours=1)
"""Between winter and summer time it is an hour, on Lord Howe Island half of one."""
_DAY = timedelta(days=1)


class PhoneZone(tzinfo):
    """So far ahead of UTC at the submission's present, and in the other season as the first time of it says. A clock
    time of the other season has `fold` 1. For one submission: it learns."""

    __slots__ = ("_now", "_other")

    def __init__(self, now: timedelta) -> None:
        self._now = now
        self._other: timedelta | None = None

    def clock(self, moment: datetime, offset: timedelta) -> datetime:
        """What the phone shows of a moment that was written as this clock time, so far ahead of UTC. Raises
        OverflowError outside of the years 1 to 9999."""
        if offset == self._now:
            return moment
        if self._other is None and abs(offset - self._now) <= SEASONS_APART and abs(offset) < _DAY:
            self._other = offset
        return moment.replace(fold=1) if offset == self._other else moment - offset + self._now

    def utcoffset(self, when: datetime | None) -> timedelta:
        return self._other if when is not None and when.fold and self._other is not None else self._now

    def dst(self, when: datetime | None) -> None:
        return None

    def tzname(self, when: datetime | None) -> None:
        return None

    def fromutc(self, when: datetime) -> datetime:
        return when + self._now


def phone_clock(moment: datetime, offset: timedelta, zone: tzinfo | None) -> datetime:
    """A clock time that was written so far ahead of UTC, as a phone in this zone shows it; None is UTC. Raises
    OverflowError outside of the years 1 to 9999."""
    if isinstance(zone, PhoneZone):
        return zone.clock(moment, offset)
    shift = zone.utcoffset(moment) if zone is not None else None
    return moment - offset + (shift or timedelta())
