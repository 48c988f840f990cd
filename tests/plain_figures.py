"""Figures of the answers themselves, by the textbook: fractions and loops, none of the project's arithmetic.

What aggregate keeps is compared with this."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import sqrt


@dataclass(frozen=True)
class Counted:
    """A unit in a cell: what it is of (`cluster` is its submission), its weight, and y over x."""

    submission: str
    stratum: str
    psu: str
    weight: Fraction
    y: Fraction
    x: Fraction


def number(answer: object, places: int) -> Fraction | None:
    """Rounded, halves to the even one. A blank is none."""
    return None if answer in (None, "", "_U", "_N") else round(Fraction(str(answer)), places)


def in_dollars(
    answer: object, currency: object, day: str, rates: Sequence[tuple[str, str, str]], places: int
) -> Fraction | None:
    """By walking through the rates, the last that fits wins."""
    if answer in (None, "", "_U", "_N"):
        return None
    rate = Fraction(1) if currency == "USD" else None
    for code, since, text in sorted(rates, key=lambda one: one[1]):
        if code == currency and date.fromisoformat(since) <= date.fromisoformat(day):
            rate = Fraction(text)
    return None if rate is None else round(Fraction(str(answer)) * rate, places)


def quantile(units: Sequence[Counted], part: Fraction) -> Fraction | None:
    """The least amount at or below which this part of the weight lies."""
    whole = sum((unit.weight for unit in units), Fraction(0))
    for y in sorted({unit.y for unit in units if unit.weight}):
        if sum((unit.weight for unit in units if unit.y <= y), Fraction(0)) >= part * whole:
            return y
    return None


def ratio(units: Sequence[Counted]) -> Fraction | None:
    below = sum((unit.weight * unit.x for unit in units), Fraction(0))
    return sum((unit.weight * unit.y for unit in units), Fraction(0)) / below if below else None


def total(units: Sequence[Counted]) -> Fraction:
    return sum((unit.weight * unit.y for unit in units), Fraction(0))


def error(
    units: Sequence[Counted], everyone: Sequence[tuple[str, str]], is_total: bool, value: Fraction
) -> float | None:
    """Taylor linearisation. `everyone` are stratum and PSU of all submissions, also those without a unit here. None
    where a stratum with an amount has one PSU alone."""
    below = Fraction(1) if is_total else sum((unit.weight * unit.x for unit in units), Fraction(0))
    z: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for unit in units:
        z[unit.stratum, unit.psu] += unit.weight * (unit.y - (0 if is_total else value * unit.x)) / below
    variance = Fraction(0)
    for stratum in {unit.stratum for unit in units if unit.weight and (unit.y or (unit.x and not is_total))}:
        psus = {psu for own, psu in everyone if own == stratum}
        if len(psus) < 2:
            return None
        mean = sum((z[stratum, psu] for psu in psus), Fraction(0)) / len(psus)
        squares = sum(((z[stratum, psu] - mean) ** 2 for psu in psus), Fraction(0))
        variance += Fraction(len(psus), len(psus) - 1) * squares
    return sqrt(variance)
