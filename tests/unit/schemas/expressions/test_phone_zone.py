"""The zone of a phone, learnt from the times of a submission."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest

from schemas.expressions.moments import DAY_MS, midnight, milliseconds
from schemas.expressions.phone_zone import PhoneZone, phone_clock

clock = datetime.fromisoformat
HOUR = timedelta(hours=1)
NIGHT = clock("2026-01-15T23:30:00")


def _ms(text: str) -> int:
    return int(clock(text).timestamp() * 1000)


def test_a_time_of_the_other_season_keeps_its_clock_and_its_moment() -> None:
    summer = PhoneZone(2 * HOUR)
    winter_night = phone_clock(NIGHT, HOUR, summer)
    assert winter_night == NIGHT
    assert milliseconds(winter_night, summer) == _ms("2026-01-15T23:30:00+01:00")
    assert milliseconds(midnight(winter_night), summer) == _ms("2026-01-15T00:00:00+01:00")
    summer_night = phone_clock(clock("2026-07-01T23:30:00"), 2 * HOUR, summer)
    assert milliseconds(summer_night, summer) == _ms("2026-07-01T23:30:00+02:00")


def test_days_without_a_zone_stand_in_that_of_the_present() -> None:
    zone = PhoneZone(2 * HOUR)
    phone_clock(NIGHT, HOUR, zone)
    assert milliseconds(clock("2026-01-15"), zone) % DAY_MS == _ms("2026-01-15T00:00:00+02:00") % DAY_MS


@pytest.mark.parametrize(
    ("offset", "shown"),
    [
        (timedelta(minutes=90), "2026-01-15T23:30:00"),
        (timedelta(minutes=180), "2026-01-15T23:30:00"),
        (timedelta(minutes=59), "2026-01-16T00:31:00"),
        (-timedelta(hours=5), "2026-01-16T06:30:00"),
        (timedelta(), "2026-01-16T01:30:00"),
    ],
)
def test_what_is_farther_than_a_season_is_moved(offset: timedelta, shown: str) -> None:
    assert phone_clock(NIGHT, offset, PhoneZone(2 * HOUR)) == clock(shown)


def test_there_are_two_seasons() -> None:
    zone = PhoneZone(2 * HOUR)
    assert phone_clock(NIGHT, HOUR, zone) == NIGHT
    assert phone_clock(NIGHT, 3 * HOUR, zone) == NIGHT - HOUR
    assert phone_clock(NIGHT, HOUR, zone) == NIGHT


@pytest.mark.parametrize("zone", [UTC, None, timezone(timedelta())])
def test_in_a_fixed_zone_all_times_are_moved(zone: tzinfo | None) -> None:
    assert phone_clock(NIGHT, HOUR, zone) == NIGHT - HOUR


def test_no_zone_is_a_day_ahead() -> None:
    """An offset that Python cannot hold as one."""
    zone = PhoneZone(timedelta(hours=23, minutes=59))
    assert phone_clock(NIGHT, timedelta(hours=24), zone) == NIGHT - timedelta(minutes=1)
    assert milliseconds(NIGHT, zone) == _ms("2026-01-15T23:30:00+23:59")


def test_the_present_can_be_moved_into_it() -> None:
    """What receives a submission without a date does so."""
    assert datetime.fromtimestamp(_ms("2026-01-15T23:30:00+00:00") / 1000, PhoneZone(HOUR)).hour == 0
