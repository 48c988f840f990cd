"""Closures of the operators. Those for a field of the own row against codes or numbers are written out: they are most
of all relevances and constraints."""

import math
import operator
from collections.abc import Callable

from schemas.expressions.operand import Kind, Operand, boolean, number, number_or_nan
from schemas.expressions.scope import Scope
from schemas.expressions.source import VARIABLE, Source, known, made
from schemas.expressions.values import Value, as_number, equal, near

Order = Callable[[float, float], bool]

_ORDERS: dict[str, Order] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_SIGNS = {order: sign for sign, order in _ORDERS.items()}


def chain(first: Operand, rest: list[tuple[str, Operand]]) -> Operand:
    """Operands of one precedence, from left to right."""
    operators = {sign for sign, _ in rest}
    if operators <= {"and", "or"}:
        return _logic([first, *(operand for _, operand in rest)], all_of=rest[0][0] == "and")
    if operators <= {"=", "!=", *_ORDERS}:
        sign, second = rest[0]
        return _compare(sign, first, second) if len(rest) == 1 else _comparisons(first, rest)
    return _arithmetic(first, rest)


def negative(operand: Operand) -> Operand:
    run = operand.number()
    return number(lambda scope: -run(scope), made("(-{0})", operand.number_source()))


def _logic(operands: list[Operand], all_of: bool) -> Operand:
    """Stops early, as JavaRosa does (102)."""
    simple = _codes(operands, all_of) or _between(operands, all_of)
    if simple is not None:
        return simple
    runs = [operand.boolean() for operand in operands]
    holes = " and " if all_of else " or "
    template = holes.join(f"{{{place}}}" for place in range(len(runs)))
    source = made(f"({template})", *(operand.boolean_source() for operand in operands))
    if len(runs) == 2:
        one, other = runs
        if all_of:
            return boolean(lambda scope: one(scope) and other(scope), source)
        return boolean(lambda scope: one(scope) or other(scope), source)

    def every(scope: Scope) -> bool:
        for run in runs:
            if run(scope) is not all_of:
                return not all_of
        return all_of

    return boolean(every, source)


def _codes(operands: list[Operand], all_of: bool) -> Operand | None:
    """a = 'x' or a = 'y', and a != 'x' and a != 'y'."""
    codes: frozenset[str] = frozenset()
    paths = set()
    for operand in operands:
        if operand.is_code is None or operand.is_code[2] is all_of:
            return None
        paths.add(operand.is_code[0])
        codes |= operand.is_code[1]
    return _is_code(paths.pop(), codes, not all_of) if len(paths) == 1 else None


def _is_code(path: str, codes: frozenset[str], wanted: bool) -> Operand:
    def run(scope: Scope) -> bool:
        value = scope.answers.get(path, "")
        if value.__class__ is str:
            return (value in codes) is wanted
        return any(equal(value, code) for code in codes) is wanted

    def otherwise(value: Value) -> bool:
        return any(equal(value, code) for code in codes) is wanted

    if len(codes) == 1:
        sign, to = "==" if wanted else "!=", known(min(codes))
    else:
        sign, to = "in" if wanted else "not in", known(codes)
    template = "({v} {sign} {1} if ({v} := get({0}, '')).__class__ is str else {2}({v}))"
    source = made(template, known(path), to, known(otherwise), v=VARIABLE, sign=sign)
    return Operand(run, Kind.BOOLEAN, is_code=(path, codes, wanted), source=source)


def _between(operands: list[Operand], all_of: bool) -> Operand | None:
    """. >= 1 and . <= 40."""
    if not all_of or len(operands) != 2:
        return None
    one, other = operands[0].limit, operands[1].limit
    if one is None or other is None or one[0] != other[0]:
        return None
    path, after, low = one
    _, before, high = other

    def run(scope: Scope) -> bool:
        value = scope.answers.get(path, "")
        if value.__class__ is not float:
            value = as_number(value)
        return after(value, low) and before(value, high)

    template = "(({v} if ({v} := get({0})).__class__ is float else ({v} := {1}({v}))) {one} {2} and {v} {other} {3})"
    parts = (known(path), known(number_or_nan), known(low), known(high))
    return boolean(run, made(template, *parts, v=VARIABLE, one=_SIGNS[after], other=_SIGNS[before]))


def _compare(sign: str, left: Operand, right: Operand) -> Operand:
    if left.field is not None and isinstance(right.constant, str) and sign in ("=", "!="):
        return _is_code(left.field, frozenset({right.constant}), sign == "=")
    if left.field is not None and isinstance(right.constant, float) and sign in _ORDERS:
        return _limit(left.field, _ORDERS[sign], right.constant)
    if sign in _ORDERS:
        source = made("({0} {sign} {1})", left.number_source(), right.number_source(), sign=sign)
        return boolean(_order(_ORDERS[sign], left, right), source)
    same = _equality(left, right)
    if sign == "=":
        return boolean(same, _equality_source(left, right))
    return boolean(lambda scope: not same(scope), made("(not {0})", _equality_source(left, right)))


def _comparisons(first: Operand, rest: list[tuple[str, Operand]]) -> Operand:
    """a = b = c compares the boolean a = b with c."""
    start = first.run
    steps = [(sign, operand.run) for sign, operand in rest]

    def run(scope: Scope) -> bool:
        value = start(scope)
        for sign, operand in steps:
            other = operand(scope)
            if sign in _ORDERS:
                value = _ORDERS[sign](as_number(value), as_number(other))
            else:
                value = equal(value, other) is (sign == "=")
        return bool(value)

    return boolean(run)


def _limit(path: str, order: Order, limit: float) -> Operand:
    def run(scope: Scope) -> bool:
        value = scope.answers.get(path, "")
        return order(value if value.__class__ is float else as_number(value), limit)

    template = "(({v} if ({v} := get({0})).__class__ is float else {1}({v})) {sign} {2})"
    source = made(template, known(path), known(number_or_nan), known(limit), v=VARIABLE, sign=_SIGNS[order])
    return Operand(run, Kind.BOOLEAN, limit=(path, order, limit), source=source)


def _order(order: Order, left: Operand, right: Operand) -> Callable[[Scope], bool]:
    """`<` and its like are always about numbers (89, 111)."""
    one, other = left.number(), right.number()
    if right.constant is not None and isinstance(right.constant, float):
        limit = right.constant
        return lambda scope: order(one(scope), limit)
    return lambda scope: order(one(scope), other(scope))


def _equality(left: Operand, right: Operand) -> Callable[[Scope], bool]:
    one, other = left.run, right.run
    if isinstance(right.constant, str):
        wanted = right.constant
        return lambda scope: equal(one(scope), wanted)
    if _are_numbers(left, right):
        x, y = left.number(), right.number()
        return lambda scope: near(x(scope), y(scope))
    return lambda scope: equal(one(scope), other(scope))


def _are_numbers(left: Operand, right: Operand) -> bool:
    kinds = {left.kind, right.kind}
    return Kind.NUMBER in kinds and not kinds & {Kind.BOOLEAN, Kind.ANY}


def _equality_source(left: Operand, right: Operand) -> Source | None:
    if not isinstance(right.constant, str) and _are_numbers(left, right):
        return made("{2}({0}, {1})", left.number_source(), right.number_source(), known(near))
    return made("{2}({0}, {1})", left.as_source(), right.as_source(), known(equal))


def _arithmetic(first: Operand, rest: list[tuple[str, Operand]]) -> Operand:
    start = first.number()
    steps = [(_OPERATIONS[sign], operand.number()) for sign, operand in rest]
    source = first.number_source()
    for sign, operand in rest:
        part = operand.number_source()
        if sign in "+-*":
            source = made("({0} {sign} {1})", source, part, sign=sign)
        else:
            source = made("{2}({0}, {1})", source, part, known(_OPERATIONS[sign]))
    if len(steps) == 1:
        operation, other = steps[0]
        return number(lambda scope: operation(start(scope), other(scope)), source)

    def run(scope: Scope) -> float:
        total = start(scope)
        for step, operand in steps:
            total = step(total, operand(scope))
        return total

    return number(run, source)


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
