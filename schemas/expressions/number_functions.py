"""Functions that give numbers."""

import math
from collections.abc import Callable, Iterable
from decimal import ROUND_FLOOR, Decimal

from schemas.expressions.errors import NotSupported
from schemas.expressions.nodesets import node_set
from schemas.expressions.operand import Operand, Place, number
from schemas.expressions.scope import Scope
from schemas.expressions.values import number_of

MAX_PLACES = 30
"""round() to more places gives NaN (97)."""

Builder = Callable[[list[Operand], Place], Operand]


def number_(arguments: list[Operand], place: Place) -> Operand:
    return number(arguments[0].number())


def int_(arguments: list[Operand], place: Place) -> Operand:
    """Towards zero (98)."""
    run = arguments[0].number()

    def cut(scope: Scope) -> float:
        value = run(scope)
        return float(math.trunc(value)) if math.isfinite(value) else value

    return number(cut)


def round_(arguments: list[Operand], place: Place) -> Operand:
    """Halves go up, also below zero; with places, the decimal text is rounded and not the binary number (97)."""
    run = arguments[0].number()
    if len(arguments) == 1:
        return number(lambda scope: _round(run(scope), 0))
    places = arguments[1].number()
    return number(lambda scope: _round(run(scope), places(scope)))


def _round(value: float, places: float) -> float:
    if places != places:
        places = 0.0  # as a cast of NaN to int in Java
    if abs(places) > MAX_PLACES:
        return math.nan
    if not math.isfinite(value):
        return value
    step = Decimal(1).scaleb(-int(places))
    halves = (Decimal(repr(value)) / step + Decimal("0.5")).to_integral_value(rounding=ROUND_FLOOR)
    return float(halves * step) + 0.0  # not -0.0


def of_one(function: Callable[[float], float]) -> Builder:
    def build(arguments: list[Operand], place: Place) -> Operand:
        run = arguments[0].number()
        return number(lambda scope: _guarded(function, run(scope)))

    return build


def of_two(function: Callable[[float, float], float]) -> Builder:
    def build(arguments: list[Operand], place: Place) -> Operand:
        first, second = arguments[0].number(), arguments[1].number()
        return number(lambda scope: _guarded(function, first(scope), second(scope)))

    return build


def _guarded(function: Callable[..., object], *values: float) -> float:
    """Python raises where Java gives NaN or infinity."""
    try:
        result = function(*values)
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        if function is math.log or function is math.log10:
            return -math.inf if values[0] == 0 else math.nan
        return math.inf if function is pow and values[0] == 0 else math.nan
    return result if isinstance(result, float) else math.nan  # pow(-8, 1 div 3) is complex


def sum_(arguments: list[Operand], place: Place) -> Operand:
    """Skips what is no number; of nothing 0 (100)."""
    nodes = node_set(arguments[0], place)

    def run(scope: Scope) -> float:
        figures = [number_of(text) for text in nodes(scope)]
        return math.fsum(figure for figure in figures if math.isfinite(figure))

    return number(run)


def extreme(choose: Callable[[Iterable[float]], float]) -> Builder:
    """max() and min(): of all nodes of one path, or of several arguments. NaN is skipped; of nothing NaN. The largest
    of negative numbers is right here, which it is not in JavaRosa (99)."""

    def build(arguments: list[Operand], place: Place) -> Operand:
        if len(arguments) == 1 and arguments[0].path is not None:
            nodes = node_set(arguments[0], place)
            return number(lambda scope: _best(choose, [number_of(text) for text in nodes(scope)]))
        runs = [argument.number() for argument in arguments]
        return number(lambda scope: _best(choose, [run(scope) for run in runs]))

    return build


def _best(choose: Callable[[Iterable[float]], float], figures: list[float]) -> float:
    known = [figure for figure in figures if figure == figure]
    return choose(known) if known else math.nan


def count(arguments: list[Operand], place: Place) -> Operand:
    nodes = node_set(arguments[0], place)
    return number(lambda scope: float(len(nodes(scope))))


def count_non_empty(arguments: list[Operand], place: Place) -> Operand:
    nodes = node_set(arguments[0], place)
    if arguments[0].path in place.repeats:
        raise NotSupported("count-non-empty() of a repeat. Use count().")
    return number(lambda scope: float(sum(1 for text in nodes(scope) if text)))
