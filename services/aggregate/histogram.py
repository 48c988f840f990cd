"""One quantile indicator of one unit, compiled: the bucket that a unit is in, and the cells of it. Pure."""

from collections.abc import Callable, Iterable, Sequence

from schemas.survey.definition import IndicatorDefinition
from schemas.tables.contribution import Amounts
from schemas.tables.layout import Layout
from schemas.tables.log_buckets import bucket_of
from schemas.tables.measures import Compiler
from schemas.tables.places import picker
from schemas.tables.unit_scope import Unit
from services.aggregate.sums import BASE, base_values

Bucket = Callable[[Unit], str | None]
"""The bucket of a unit as a code; None where its amount is missing or it is not in the universe."""
Counted = tuple[str, Amounts]
"""Key of a cell, and its vector."""


def bucket(indicator: IndicatorDefinition, compiler: Compiler, repeat: str = "") -> Bucket:
    """`repeat` is what is counted, "" for submissions."""
    if indicator.numerator is None:
        raise ValueError(f"indicator {indicator.name} has no numerator")
    universe = compiler.condition(indicator.universe, repeat) if indicator.universe is not None else None
    amount = compiler.measure(indicator, indicator.numerator, indicator.currency, repeat)

    def find(unit: Unit) -> str | None:
        if universe is not None and not universe(unit):
            return None
        x = amount(unit)
        return None if x is None else str(bucket_of(x))

    return find


class HistogramCells:
    """The cells of a histogram, made from those of the table that it stands beside."""

    def __init__(self, layout: Layout) -> None:
        self.id = layout.id
        self._is_alone = len(layout.dimensions) == 1
        self._pick = picker(tuple(BASE.index(name) for name in layout.base))

    def of_one(self, keys: Iterable[str], bucket: str | None, weight: int) -> list[Counted]:
        """Of a unit that is in these cells of the table, once each. `weight` is scaled."""
        if bucket is None:
            return []
        amounts = self._pick(base_values(1, weight, 0))
        return [(self._key(key, bucket), amounts) for key in keys]

    def of_rows(self, rows: Iterable[tuple[Sequence[str], str | None]], weight: int) -> list[Counted]:
        """Of the units of one submission: for each the cells that it is in, and its bucket."""
        found: dict[str, int] = {}
        for keys, code in rows:
            if code is not None:
                for key in keys:
                    cell = self._key(key, code)
                    found[cell] = found.get(cell, 0) + 1
        return [(cell, self._pick(base_values(number, number * weight, 0))) for cell, number in found.items()]

    def _key(self, key: str, bucket: str) -> str:
        """A bucket needs no escape: digits, and a minus. A table without dimensions has no codes before it."""
        return bucket if self._is_alone else f"{key}|{bucket}"
