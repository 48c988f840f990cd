"""Closures of the operators. Those for a node against a number are written out: they are most of all constraints."""

import math
import operator
from collections.abc import Callable

from schemas.expressions.operand import Kind, Operand, boolean, number
from schemas.expressions.scope import Scope
from schemas.expressions.values import equal, near

Order = Callable[[float, float], bool]

_ORDERS: dict[str, Order] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def chain(first: Operand, rest: list[tuple[str, Operand]]) -> Operand:
    """Operands of one precedence, from left to right."""
    operators = {sign for sign, _ in rest}
    if operators <= {"and", "or"}:
        return _logic([first, *(operand for _, operand in rest)], all_of=rest[0][0] == "and")
    if operators <= {"=", "!=", *_ORDERS}:
        result = first
        for sign, operand in rest:
            result = _compare(sign, result, operand)
        return result
    return _arithmetic(first, rest)


def negative(operand: Operand) -> Operand:
    run = operand.number()
    return number(lambda scope: -run(scope))


def _logic(operands: list[Operand], all_of: bool) -> Operand:
    """Stops early, as JavaRosa does (102)."""
    runs = [operand.boolean() for operand in operands]
    if len(runs) == 2:
        one, other = runs
        if all_of:
            return boolean(lambda scope: one(scope) and other(scope))
        return boolean(lambda scope: one(scope) or other(scope))

    def every(scope: Scope) -> bool:
        for run in runs:
            if run(scope) is not all_of:
                return not all_of
        return all_of

    return boolean(every)


def _compare(sign: str, left: Operand, right: Operand) -> Operand:
    if left.kind is Kind.MOMENT:
        right = right.as_dated()
    if right.kind is Kind.MOMENT:
        left = left.as_dated()
    if sign in _ORDERS:
        return boolean(_order(_ORDERS[sign], left, right))
    same = _equality(left, right)
    return boolean(same if sign == "=" else lambda scope: not same(scope))


def _order(order: Order, left: Operand, right: Operand) -> Callable[[Scope], bool]:
    """`<` and its like are always about numbers (89, 111)."""
    one, other = left.number(), right.number()
    if right.constant is not None and isinstance(right.constant, float):
        limit = right.constant
        return lambda scope: order(one(scope), limit)
    return lambda scope: order(one(scope), other(scope))


def _equality(left: Operand, right: Operand) -> Callable[[Scope], bool]:
    if left.kind in (Kind.NODE, Kind.TEXT) and right.kind in (Kind.NODE, Kind.TEXT):
        a, b = left.text(), right.text()
        if right.constant is not None:
            wanted = right.constant
            return lambda scope: a(scope) == wanted
        return lambda scope: a(scope) == b(scope)
    kinds = {left.kind, right.kind}
    if Kind.NUMBER in kinds and not kinds & {Kind.BOOLEAN, Kind.ANY}:
        x, y = left.number(), right.number()
        return lambda scope: near(x(scope), y(scope))
    one, other = left.run, right.run
    return lambda scope: equal(one(scope), other(scope))


def _arithmetic(first: Operand, rest: list[tuple[str, Operand]]) -> Operand:
    if any(operand.kind is Kind.MOMENT for operand in (first, *(operand for _, operand in rest))):
        first, rest = first.as_dated(), [(sign, operand.as_dated()) for sign, operand in rest]
    start = first.number()
    steps = [(_OPERATIONS[sign], operand.number()) for sign, operand in rest]
    if len(steps) == 1:
        operation, other = steps[0]
        return number(lambda scope: operation(start(scope), other(scope)))

    def run(scope: Scope) -> float:
        total = start(scope)
        for step, operand in steps:
            total = step(total, operand(scope))
        return total

    return number(run)


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    if left == 0 or left != left or right != right:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _modulo(left: float, right: float) -> float:
    """The remainder with the sign of the left side, as in Java."""
    if right == 0 or math.isinf(left):
        return math.nan
    return math.fmod(left, right)


_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": _divide,
    "mod": _modulo,
}
