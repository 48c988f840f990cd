"""Between which numbers an answer must lie, as the comparisons of its constraint say in the row where it stands."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cli.filling.hints import Comparison, Measure
from schemas.expressions import EvaluationError, ExpressionError, Value, as_number
from services.validate.row import Row

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 dates of forms have no zone
NUDGE = 1e-9
"""A root this near to a whole number is that number."""

Probe = Callable[[float], Value]
"""An answer for which the measure of a comparison is a number: that many letters, codes, days."""


@dataclass(slots=True)
class Bounds:
    """`low` and `high` may be infinite, and `low` above `high`. `exact` are the values that an `=` asks for, `edges`
    all at which a comparison changes its mind."""

    low: float = -math.inf
    high: float = math.inf
    exact: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()


def as_day(number: float) -> Value:
    return EPOCH + timedelta(days=number)


def as_length(number: float) -> Value:
    return "x" * int(number)


def as_codes(number: float) -> Value:
    return " ".join("x" * int(number))


def bounds(
    comparisons: Iterable[Comparison], measure: Measure, probe: Probe, row: Row, path: str, step: float
) -> Bounds:
    """`step` is the least difference between two answers: how far `<` is from `<=`. Each side of a comparison is taken
    for a straight line in the answer, which two probes tell."""
    found = Bounds()
    exact: list[float] = []
    edges: list[float] = []
    had = row.answers.get(path)
    for comparison in comparisons:
        if comparison.measure is not measure:
            continue
        first, second = (_difference(comparison, probe(x), row, path) for x in (1.0, 2.0))
        slope = second - first
        if not math.isfinite(slope) or abs(slope) < NUDGE:
            continue
        root = 1.0 - first / slope
        if abs(root - round(root)) < NUDGE:
            root = float(round(root))
        edges.append(root)
        operator = comparison.operator
        if operator == "=":
            exact.append(root)
        elif operator != "!=":
            strict = step if len(operator) == 1 else 0.0
            if (operator[0] == "<") == (slope > 0):
                found.high = min(found.high, _last(root, strict, step))
            else:
                found.low = max(found.low, -_last(-root, strict, step))
    if had is None:
        row.answers.pop(path, None)
    else:
        row.answers[path] = had
    found.exact, found.edges = tuple(exact), tuple(edges)
    return found


def _last(root: float, strict: float, step: float) -> float:
    """The largest answer that is not above the root, or below it if it is excluded."""
    if step < 1:
        return root - strict
    below = math.floor(root + NUDGE)
    return below - step if strict and below == root else below


def _difference(comparison: Comparison, answer: Value, row: Row, path: str) -> float:
    row.answers[path] = answer
    try:
        return as_number(comparison.left(row)) - as_number(comparison.right(row))
    except (EvaluationError, ExpressionError, OverflowError):
        return math.nan
