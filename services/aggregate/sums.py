"""The sums of indicators, compiled: what a unit adds to the linear ones, and the whole vector with its squares.

Everything is worked out for a weight of 1 first, once for each unit. Then all sums of a submission are laid out in one
row, and each table picks its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import mul

from schemas.survey.definition import IndicatorDefinition, IndicatorKind
from schemas.tables.contribution import Amounts
from schemas.tables.conversion import Number
from schemas.tables.layout import Layout
from schemas.tables.measures import Compiler, Condition
from schemas.tables.places import Pick, picker
from schemas.tables.remembered import remembered
from schemas.tables.unit_scope import Unit

Linear = Callable[[Unit], Amounts]
"""A unit -> the linear sums of one indicator at a weight of 1; zeros where it does not count."""

BASE = ("n", "s", "k", "w", "w2")

_FACTORS = {
    "w2": ("w", "w"),
    "w2x": ("w", "wx"),
    "w2x2": ("wx", "wx"),
    "w2y2": ("wy", "wy"),
    "w2xy": ("wx", "wy"),
}
"""Which two linear sums make each product. Where an indicator has no w, n is the same."""


def base_values(units: int, weight: int, record_key: int) -> Amounts:
    """What a base is made of. `weight` is the sum over the units; without weights it is their number."""
    return (units, 1, record_key, weight, weight * weight)


def linear(indicator: IndicatorDefinition, compiler: Compiler, weighted: bool, repeat: str = "") -> Linear:
    """Those of `indicator_sums.linear_sums`, in that order. `repeat` is what is counted, "" for submissions."""
    compute = _linear(indicator, compiler, weighted, repeat)
    if indicator.is_converted:
        return compute
    texts = [text for text in (indicator.universe, indicator.numerator, indicator.denominator) if text is not None]
    paths: set[str] = set()
    for text in texts:
        own = compiler.reads(text, repeat)
        if own is None or compiler.has_numbers(own):
            return compute
        paths.update(own)
    return remembered(compute, sorted(paths), absent=not repeat)


def _linear(indicator: IndicatorDefinition, compiler: Compiler, weighted: bool, repeat: str) -> Linear:
    universe = compiler.condition(indicator.universe, repeat) if indicator.universe is not None else None
    kind = indicator.kind
    if kind is IndicatorKind.COUNT:
        if universe is None:
            return lambda unit: ()
        counted, one, none = universe, (1, 1) if weighted else (1,), (0, 0) if weighted else (0,)
        return lambda unit: one if counted(unit) else none
    if indicator.numerator is None:
        raise ValueError(f"indicator {indicator.name} has no numerator")
    if kind is IndicatorKind.SHARE:
        measure = _as_number(compiler.condition(indicator.numerator, repeat))
    else:
        measure = compiler.measure(indicator, indicator.numerator, indicator.currency, repeat)
    if kind is IndicatorKind.RATIO:
        if indicator.denominator is None:
            raise ValueError(f"indicator {indicator.name} has no denominator")
        below = compiler.measure(indicator, indicator.denominator, indicator.denominator_currency, repeat)

        def ratio(unit: Unit) -> Amounts:
            if universe is not None and not universe(unit):
                return (0, 0, 0)
            y = measure(unit)
            x = None if y is None else below(unit)
            return (0, 0, 0) if y is None or x is None else (1, y, x)

        return ratio
    with_w = weighted and kind is not IndicatorKind.TOTAL
    nothing = (0, 0, 0) if with_w else (0, 0)

    def sums(unit: Unit) -> Amounts:
        if universe is not None and not universe(unit):
            return nothing
        x = measure(unit)
        if x is None:
            return nothing
        return (1, 1, x) if with_w else (1, x)

    return sums


class Row:
    """All sums of some indicators (name -> sums as their segments have them), side by side: the base, then the linear
    sums of each indicator, then their squares."""

    def __init__(self, indicators: Mapping[str, Sequence[str]]) -> None:
        self._places = {("", name): place for place, name in enumerate(BASE)}
        weights: list[int] = []
        for indicator, names in indicators.items():
            for name in names:
                if name not in _FACTORS:
                    self._places[indicator, name] = len(self._places)
                    weights.append(name.startswith("w"))
        self._weights = picker(tuple(weights))
        self._is_bare = not weights
        self._squares: list[tuple[int, int]] = []
        for indicator, names in indicators.items():
            for name in names:
                if name in _FACTORS:
                    left, right = (self._linear(indicator, factor) for factor in _FACTORS[name])
                    self._places[indicator, name] = len(self._places)
                    self._squares.append((left, right))

    def picker(self, layout: Layout) -> Pick:
        """Picks the vector of a table from the row."""
        names = [("", name) for name in layout.base]
        names += [(segment.name, name) for segment in layout.segments for name in segment.sums]
        return picker(tuple([self._places[name] for name in names]))

    def __call__(self, base: Amounts, amounts: Iterable[int], weight: int) -> list[int]:
        """`amounts` are the linear sums of all indicators at a weight of 1, of one unit or of several."""
        if self._is_bare:
            return list(base)
        row = [*base, *map(mul, amounts, self._weights((1, weight)))]
        if self._squares:
            row += [row[left] * row[right] for left, right in self._squares]
        return row

    def _linear(self, indicator: str, name: str) -> int:
        return self._places[indicator, name if (indicator, name) in self._places else "n"]


def _as_number(condition: Condition) -> Number:
    def measure(unit: Unit) -> int | None:
        answer = condition(unit)
        return None if answer is None else int(answer)

    return measure
