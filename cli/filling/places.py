"""Positions that a phone may write: on land mostly, with an altitude and an accuracy in metres."""

from random import Random


def point(random: Random) -> str:
    """Latitude, longitude, altitude, accuracy."""
    return _point(random, random.uniform(-30, 55), random.uniform(-15, 110))


def line(random: Random, closed: bool) -> str:
    """A few points near each other; a closed one ends where it began."""
    latitude, longitude = random.uniform(-30, 55), random.uniform(-15, 110)
    points = [
        _point(random, latitude + random.uniform(-0.01, 0.01), longitude + random.uniform(-0.01, 0.01))
        for _ in range(random.randint(3, 6))
    ]
    return ";".join([*points, points[0]] if closed else points)


def _point(random: Random, latitude: float, longitude: float) -> str:
    return f"{latitude:.6f} {longitude:.6f} {random.randint(0, 2500)}.0 {random.randint(3, 20)}.0"
