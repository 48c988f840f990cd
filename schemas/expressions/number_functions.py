"""Functions that give numbers. Dates that are no node are counted with their time here, not as whole days."""

import math
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal

from schemas.expressions.moments import DAY_MS, from_days, milliseconds
from schemas.expressions.nodes import NodeSet
from schemas.expressions.operand import Kind, Operand, Place, constant, number
from schemas.expressions.scope import Scope
from schemas.expressions.source import known, made
from schemas.expressions.values import as_int, as_number, whole

MAX_PLACES = 30
"""round() to more places gives NaN (97)."""

_WIDE = Context(prec=400)
"""Digits enough for any double to 30 places."""
_STEPS = [Decimal(1).scaleb(-places) for places in range(MAX_PLACES + 1)]
_LONG = 2.0**63

Builder = Callable[[list[Operand], Place], Operand]


def number_(arguments: list[Operand], place: Place) -> Operand:
    return number(arguments[0].number(), arguments[0].number_source())


def int_(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].number()
    return number(lambda scope: whole(run(scope)))


def pi(arguments: list[Operand], place: Place) -> Operand:
    return constant(math.pi)


def round_(arguments: list[Operand], place: Place) -> Operand:
    run = arguments[0].number()
    if len(arguments) == 1:
        return number(lambda scope: _round(run(scope), 0))
    places = arguments[1].number()
    if arguments[1].constant is None:
        return number(lambda scope: _round(run(scope), as_int(places(scope))))
    fixed = as_int(as_number(arguments[1].constant))
    source = made("{1}({0}, {2})", arguments[0].number_source(), known(_round), known(fixed))
    return number(lambda scope: _round(run(scope), fixed), source)


def _round(value: float, places: int) -> float:
    """The decimal text is rounded and not the binary number; halves go up, below zero towards zero. To tens and
    hundreds a number below zero is cut once a half is added (97)."""
    if not math.isfinite(value):
        return value
    if abs(places) > MAX_PLACES:
        return math.nan
    written = repr(value)
    if places >= 0:
        if "e" not in written:
            more = len(written) - written.index(".") - 1 - places
            if more <= 0 or written.endswith(".0"):
                return value + 0.0
            if more > 1 or written[-1] != "5":
                # No half, so that the nearest to the text is the nearest to the number, as that has no shorter text.
                return round(value, places) + 0.0
        step, rounding = _STEPS[places], ROUND_HALF_DOWN if value < 0 else ROUND_HALF_UP
        return float(Decimal(written).quantize(step, rounding, _WIDE)) + 0.0
    exact = Decimal(written)
    scaled = float(exact.scaleb(places)) + 0.5
    rounded = float(math.trunc(max(-_LONG, min(_LONG, scaled))))
    return float(Decimal(repr(rounded)).scaleb(-places)) + 0.0


def of_one(function: Callable[[float], float]) -> Builder:
    def build(arguments: list[Operand], place: Place) -> Operand:
        run = _exact(arguments[0])
        return number(lambda scope: _guarded(function, run(scope)))

    return build


def of_two(function: Callable[[float, float], float]) -> Builder:
    def build(arguments: list[Operand], place: Place) -> Operand:
        first, second = _exact(arguments[0]), _exact(arguments[1])
        return number(lambda scope: _guarded(function, first(scope), second(scope)))

    return build


def _exact(operand: Operand) -> Callable[[Scope], float]:
    """A number, or the days of a date with their fraction since the local start of 1970."""
    if operand.kind in (Kind.NUMBER, Kind.TEXT, Kind.BOOLEAN):
        return operand.number()
    raw = operand.nodes()

    def read(scope: Scope) -> float:
        value = raw(scope)
        if isinstance(value, NodeSet):
            return as_number(value.value())
        if isinstance(value, datetime):
            zone = scope.form.now.tzinfo
            return (milliseconds(value, zone) - milliseconds(from_days(0), zone)) / DAY_MS
        return as_number(value)

    return read


def power(base: float, exponent: float) -> float:
    """Java's Math.pow, which differs from C where the exponent is NaN or infinite."""
    if exponent != exponent or (math.isinf(exponent) and abs(base) == 1):
        return math.nan
    try:
        return math.pow(base, exponent)
    except OverflowError:
        odd = exponent == math.trunc(exponent) and math.fmod(exponent, 2) != 0
        return -math.inf if base < 0 and odd else math.inf
    except ValueError:
        if base != 0:
            return math.nan
        odd = exponent == math.trunc(exponent) and math.fmod(exponent, 2) != 0
        return -math.inf if odd and math.copysign(1, base) < 0 else math.inf


def exp10(value: float) -> float:
    return power(10.0, value)


def logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: -math.inf if value == 0 else function(value)


def _guarded(function: Callable[..., float], *values: float) -> float:
    """Python raises where Java gives NaN or infinity."""
    try:
        return function(*values)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan
