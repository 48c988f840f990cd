"""Functions that give nodes: indexed-repeat() and randomize()."""

import hashlib
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from schemas.expressions.errors import EvaluationError
from schemas.expressions.node_functions import node_set
from schemas.expressions.nodes import NodeSet, Raw, unpack
from schemas.expressions.operand import Kind, Operand, Place
from schemas.expressions.paths import fails, read
from schemas.expressions.reference import Reference, contextualize, read_reference
from schemas.expressions.row_walk import Index
from schemas.expressions.scope import Scope
from schemas.expressions.tree import Call, Path
from schemas.expressions.values import Value, as_int, as_number

T = TypeVar("T")

_MODULUS = 2_147_483_647
_MULTIPLIER = 16_807
_LONG = 2**63


def indexed_repeat(call: Call, arguments: list[Operand], place: Place) -> Operand:
    """The field of the first argument, in the instances whose repeats and numbers the others give. A number below 1
    means the first (123)."""
    if len(arguments) not in (3, 5, 7, 9, 11):
        return fails("indexed-repeat() takes a field, then a repeat and a number, up to five times.")
    target = _reference(call.arguments[0], place)
    if target is None:
        return fails("indexed-repeat() takes the path of a field first.")
    indexes: dict[int, Index] = {}
    for repeat, number in zip(call.arguments[1::2], arguments[2::2], strict=True):
        above = _reference(repeat, place)
        if above is None or not _is_above(above, target):
            return fails("indexed-repeat() takes repeats around the field.")
        indexes[len(above.levels) - 1] = _index(number)
    operand = read(replace(target, instance=None), place, indexes)
    # Every number is computed, also one that the walk does not come to.
    first, raw = min(indexes), operand.nodes()
    is_met = first > 0 and all(level.bound or not level.predicates for level in target.levels[1 : first + 1])
    others = [index for depth, index in indexes.items() if depth != first or not is_met]
    if not others:
        return operand

    def nodes(scope: Scope) -> Raw:
        for index in others:
            index(scope)
        return raw(scope)

    return Operand(lambda scope: unpack(nodes(scope)), Kind.ANY, nodes)


def _reference(tree: object, place: Place) -> Reference | None:
    if not isinstance(tree, Path):
        return None
    return contextualize(read_reference(tree), place.context)


def _is_above(above: Reference, target: Reference) -> bool:
    """A group of the own instance is not above a path over all instances."""
    if not 0 < len(above.levels) < len(target.levels):
        return False
    pairs = zip(above.levels, target.levels, strict=False)
    return all(
        one.name == other.name and (depth == 0 or not one.bound or other.bound)
        for depth, (one, other) in enumerate(pairs)
    )


def _index(operand: Operand) -> Index:
    run = operand.number()
    return lambda scope: max(1, as_int(run(scope)))


def randomize(arguments: list[Operand], place: Place) -> Operand:
    """The nodes in another order: with a seed in the same order everywhere, else in a new one each time."""
    nodes = node_set(arguments[0], "randomize()")
    seed = arguments[1].run if len(arguments) == 2 else None
    if seed is None:
        place.facts.unstable = True

    def raw(scope: Scope) -> NodeSet:
        found = nodes(scope).nodes
        return NodeSet(shuffled(found, random.random if seed is None else park_miller(seed_of(seed(scope)))))

    return Operand(lambda scope: raw(scope).value(), Kind.ANY, raw)


def seed_of(value: Value) -> int:
    """A number cut to a whole one; the first 8 bytes of its SHA-256 for text that is no number."""
    figure = as_number(value)
    if figure == figure:
        return (
            int(max(-_LONG, min(_LONG - 1, figure))) if math.isfinite(figure) else (-_LONG if figure < 0 else _LONG - 1)
        )
    if not isinstance(value, str):
        raise EvaluationError("randomize() with a seed that is no number.")
    if not value:
        return 0
    return int.from_bytes(hashlib.sha256(value.encode("utf-8", "replace")).digest()[:8], "big", signed=True)


def park_miller(seed: int) -> Callable[[], float]:
    """The generator of Park and Miller, as JavaRosa has it: numbers from 0 to 1."""
    state = math.fmod(float(seed), _MODULUS)
    if state <= 0:
        state += _MODULUS - 1

    def following() -> float:
        nonlocal state
        state = math.fmod(state * _MULTIPLIER, _MODULUS)
        return (int(state) - 1) / (_MODULUS - 1)

    return following


def shuffled(nodes: Sequence[T], following: Callable[[], float]) -> list[T]:
    """The inside-out shuffle of Fisher and Yates."""
    order: list[T] = []
    for place, node in enumerate(nodes):
        chosen = int(following() * (place + 1))
        if chosen == place:
            order.append(node)
        else:
            order.append(order[chosen])
            order[chosen] = node
    return order
