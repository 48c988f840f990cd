"""Amounts of money in one currency, by the rates that travel with a survey: exact, and never a guess. Pure.

An amount times its rate is computed in whole numbers and rounded once, at the scale of the indicator, halves to the
even one. Where the currency is not told, the day is not, or no rate held on it, the amount is missing.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from fractions import Fraction

from schemas.survey.definition import UNKNOWN
from schemas.survey.figure_definitions import Rate
from schemas.tables.unit_scope import MISSING, Unit

Number = Callable[[Unit], int | None]
"""A measure at its scale, or None if it is missing."""

AMOUNT_SCALE = 12
"""Decimal places of an amount before it is converted: more than any currency or answer has."""
LARGEST_AMOUNT = 10**15
"""In whatever currency; the largest banknotes of the weakest make billions a usual income, not this."""

_PERIOD = re.compile(r"(\d{4})(?:-Q([1-4])|-(\d\d)(?:-(\d\d))?|-W(\d\d))?")


class Rates:
    """The rates of a survey. `currency` is the one that all are in; its own rate is 1."""

    def __init__(self, currency: str, rates: Iterable[Rate]) -> None:
        self._currency = currency
        self._since: dict[str, list[date]] = defaultdict(list)
        self._rates: dict[str, list[Fraction]] = defaultdict(list)
        for rate in sorted(rates, key=lambda rate: rate.since):
            self._since[rate.currency].append(rate.since)
            self._rates[rate.currency].append(Fraction(rate.rate))

    def on(self, currency: str, day: date) -> Fraction | None:
        """The latest rate that began on the day or before; None before the first, and of a currency without any."""
        if currency == self._currency:
            return Fraction(1)
        if currency not in self._since:
            return None
        place = bisect_right(self._since[currency], day)
        return self._rates[currency][place - 1] if place else None


def first_day(period: str) -> date | None:
    """Of what leaves of a date: `2026`, `2026-Q1`, `2026-02`, `2026-W08`, `2026-02-20`. None of anything else."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        return None
    year, quarter, month, day, week = (None if part is None else int(part) for part in found.groups())
    assert year is not None
    try:
        if week is not None:
            return date.fromisocalendar(year, week, 1)
        return date(year, 3 * quarter - 2 if quarter else month or 1, day or 1)
    except ValueError:
        return None


def converted(amount: Number, rates: Rates, currency: str, day: str, scale: int, largest: int) -> Number:
    """`amount` gives it at AMOUNT_SCALE. `currency` and `day` are paths of fields; without `day` it is the one on
    which the submission was received. `largest` is of the converted amount."""

    def convert(unit: Unit) -> int | None:
        x = amount(unit)
        if x is None:
            return None
        at = _day(unit, day)
        rate = None if at is None else rates.on(_text(unit, currency), at)
        if rate is None:
            return None
        exact = Fraction(x * rate.numerator, rate.denominator * 10**AMOUNT_SCALE)
        return round(exact * 10**scale) if abs(exact) <= largest else None

    return convert


def _day(unit: Unit, path: str) -> date | None:
    return first_day(_text(unit, path)) if path else datetime.fromtimestamp(unit.at_ms / 1000, UTC).date()


def _text(unit: Unit, path: str) -> str:
    answer = unit.answers.get(path)
    return UNKNOWN if isinstance(answer, list) or answer in MISSING else str(answer)
