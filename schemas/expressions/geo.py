"""Points on the earth and what JavaRosa 5.1 computes of them. Angles are in degrees, results in metres."""

import math
import re
from functools import lru_cache
from itertools import pairwise

Point = tuple[float, float]
"""Latitude, longitude."""

_RADIUS = 6_378_100.0
_CIRCUMFERENCE = 2 * _RADIUS * math.pi
_MAX_PARTS = 4
_BLANKS = "".join(map(chr, range(33)))
_DECIMAL = re.compile(r"[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)", re.ASCII)


def read_point(text: str) -> Point:
    """`latitude longitude altitude accuracy`; what is left out is 0 (26). Raises ValueError."""
    parts = [part for part in text.split(" ") if part]
    if len(parts) > _MAX_PARTS:
        raise ValueError("more than four numbers in a point")
    numbers = [_decimal(part) for part in parts] + [0.0, 0.0]
    return numbers[0], numbers[1]


@lru_cache(maxsize=2)
def read_points(text: str) -> list[Point]:
    """Points with `;` between them; one at the end is allowed. Raises ValueError. Nobody changes the list: a fence that
    stands outside of a repeat is read once for all its rows."""
    pieces = text.split(";")
    while len(pieces) > 1 and not pieces[-1]:
        pieces.pop()
    if len(pieces) == 1 and not pieces[0] and ";" in text:
        return []
    return [read_point(piece) for piece in pieces]


def _decimal(text: str) -> float:
    text = text.strip(_BLANKS)
    if not _DECIMAL.fullmatch(text):
        raise ValueError("no number")
    if text.lstrip("+-") not in ("NaN", "Infinity"):
        text = text.rstrip("fFdD")
    return float(text.replace("Infinity", "inf"))


def area(points: list[Point]) -> float:
    """Square metres within a ring of points."""
    if len(points) < 3:
        return 0.0
    latitude, longitude = points[0]
    y = [(point[0] - latitude) * _CIRCUMFERENCE / 360.0 for point in points[1:]]
    x = [(point[1] - longitude) * _CIRCUMFERENCE * _cosine(math.radians(point[0])) / 360.0 for point in points[1:]]
    total = 0.0
    for i in range(1, len(x)):
        total += (y[i - 1] * x[i] - x[i - 1] * y[i]) / 2
    return abs(total)


def distance(points: list[Point]) -> float:
    """Metres along the points."""
    total = 0.0
    for one, other in pairwise(points):
        total += _between(one, other)
    return total


def _between(one: Point, other: Point) -> float:
    turn = math.radians(one[1] - other[1])
    first, second = math.radians(one[0]), math.radians(other[0])
    cosine = _sine(first) * _sine(second) + _cosine(first) * _cosine(second) * _cosine(turn)
    return math.acos(cosine) * _RADIUS if -1 <= cosine <= 1 else math.nan


def _sine(angle: float) -> float:
    return math.sin(angle) if math.isfinite(angle) else math.nan


def _cosine(angle: float) -> float:
    return math.cos(angle) if math.isfinite(angle) else math.nan


def is_within(point: Point, ring: list[Point]) -> bool:
    """Whether a point lies in a closed ring: an odd number of its sides cross the line to the east of it."""
    y, x = point
    inside = False
    for (y1, x1), (y2, x2) in pairwise(ring):
        if (y2 > y) != (y1 > y) and x < (x1 - x2) * (y - y2) / (y1 - y2) + x2:
            inside = not inside
    return inside


def crosses_itself(points: list[Point]) -> bool:
    """Whether two sides that are not neighbours meet, or a trace of two sides turns back on itself (intersects() of
    ODK Collect 2025; its versions differ in what sides that touch mean)."""
    sides = [(one, other) for one, other in pairwise(points) if one != other]
    if len(sides) == 2:
        (a, b), (c, d) = sides
        return (_turn(a, c, d) == 0 and _on(c, d, a)) or (_turn(d, a, b) == 0 and _on(a, b, d))
    closed = len(points) > 1 and points[0] == points[-1]
    for first in range(len(sides)):
        for second in range(first + 2, len(sides)):
            if closed and first == 0 and second == len(sides) - 1:
                continue
            if _meet(*sides[first], *sides[second]):
                return True
    return False


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    turns = [_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)]
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    corners = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _on(*corner) for turn, corner in zip(turns, corners, strict=True))


def _turn(a: Point, b: Point, c: Point) -> int:
    value = (b[1] - a[1]) * (c[0] - b[0]) - (b[0] - a[0]) * (c[1] - b[1])
    return (value > 0) - (value < 0)


def _on(start: Point, end: Point, point: Point) -> bool:
    return min(start[0], end[0]) <= point[0] <= max(start[0], end[0]) and min(start[1], end[1]) <= point[1] <= max(
        start[1], end[1]
    )
