"""One indicator, compiled: what a unit adds to its linear sums, and the squares of a submission's sums."""

from collections.abc import Callable

from schemas.survey.definition import IndicatorDefinition, IndicatorKind
from services.aggregate.layout import Segment
from services.aggregate.measures import Compiler, Condition, Number, Unit

Amounts = tuple[int, ...]
Linear = Callable[[Unit, int], Amounts]
"""A unit and its scaled weight -> the linear sums of one indicator; zeros where it does not count."""
Expand = Callable[[Amounts], Amounts]
"""The linear sums of a submission in a cell -> the whole segment, squares included."""


def linear(indicator: IndicatorDefinition, compiler: Compiler, weighted: bool) -> Linear:
    """The linear sums of `layout.linear_sums`, in that order."""
    universe = compiler.condition(indicator.universe) if indicator.universe is not None else None
    kind, scale, largest = indicator.kind, indicator.scale, indicator.largest
    if kind is IndicatorKind.COUNT:
        if universe is None:
            return lambda unit, weight: ()
        counted = universe
        if weighted:
            return lambda unit, weight: (1, weight) if counted(unit) else (0, 0)
        return lambda unit, weight: (1,) if counted(unit) else (0,)
    if indicator.numerator is None:
        raise ValueError(f"indicator {indicator.name} has no numerator")
    if kind is IndicatorKind.SHARE:
        measure = _as_number(compiler.condition(indicator.numerator))
    else:
        measure = compiler.number(indicator.numerator, scale, largest)
    if kind is IndicatorKind.RATIO:
        if indicator.denominator is None:
            raise ValueError(f"indicator {indicator.name} has no denominator")
        below = compiler.number(indicator.denominator, scale, largest)

        def ratio(unit: Unit, weight: int) -> Amounts:
            if universe is not None and not universe(unit):
                return (0, 0, 0)
            y, x = measure(unit), below(unit)
            return (0, 0, 0) if y is None or x is None else (1, weight * y, weight * x)

        return ratio
    with_w = weighted and kind is not IndicatorKind.TOTAL
    nothing = (0, 0, 0) if with_w else (0, 0)

    def sums(unit: Unit, weight: int) -> Amounts:
        if universe is not None and not universe(unit):
            return nothing
        x = measure(unit)
        if x is None:
            return nothing
        return (1, weight, weight * x) if with_w else (1, weight * x)

    return sums


def expand(segment: Segment) -> Expand:
    squares = tuple(name for name in segment.sums if name.startswith("w2"))
    if not squares:
        return lambda amounts: amounts
    size = "w" if "w" in segment.sums else "n"
    # Which two linear sums make each product.
    factors = {
        "w2": (size, size),
        "w2x": (size, "wx"),
        "w2x2": ("wx", "wx"),
        "w2y2": ("wy", "wy"),
        "w2xy": ("wx", "wy"),
    }
    pairs = [tuple(segment.sums.index(name) for name in factors[square]) for square in squares]
    return lambda amounts: amounts + tuple([amounts[left] * amounts[right] for left, right in pairs])


def _as_number(condition: Condition) -> Number:
    def measure(unit: Unit) -> int | None:
        answer = condition(unit)
        return None if answer is None else int(answer)

    return measure
