"""Functions over node sets. What is no node set where one is wanted stops JavaRosa, and so Rihla (100)."""

import math
from collections.abc import Callable

from schemas.expressions.errors import EvaluationError
from schemas.expressions.frame import Frame, frame_of
from schemas.expressions.nodes import Node, NodeSet, Raw, RowNode, unpack
from schemas.expressions.operand import Kind, Operand, Place, number, text
from schemas.expressions.scope import Scope
from schemas.expressions.source import known, made
from schemas.expressions.text_functions import MAX_TEXT, bounded
from schemas.expressions.values import Value, as_number, as_text

MAX_AND_MIN = frozenset({"max", "min"})
_LARGEST = 1.7976931348623157e308
_SMALLEST = 4.9e-324


def node_set(operand: Operand, name: str) -> Callable[[Scope], NodeSet]:
    raw = operand.nodes()

    def read(scope: Scope) -> NodeSet:
        found = raw(scope)
        if not isinstance(found, NodeSet):
            raise EvaluationError(f"{name} takes a path to questions.")
        return found

    return read


def each_value(arguments: list[Operand]) -> Callable[[Scope], list[Value]]:
    """The values of all arguments, or of all nodes where there is one argument and it is a node set."""
    runs = [argument.run for argument in arguments]
    if len(arguments) != 1 or arguments[0].raw is None:
        return lambda scope: [run(scope) for run in runs]
    raw, column = arguments[0].raw, arguments[0].column
    if column is not None:
        return column

    def read(scope: Scope) -> list[Value]:
        found = raw(scope)
        return found.values() if isinstance(found, NodeSet) else [found]

    return read


def sum_(arguments: list[Operand], place: Place) -> Operand:
    """Skips what is no number; of nothing 0 (100)."""
    nodes, column = node_set(arguments[0], "sum()"), arguments[0].column

    def run(scope: Scope) -> float:
        total = 0.0
        for value in nodes(scope).values() if column is None else column(scope):
            figure = value if value.__class__ is float else as_number(value)
            if figure == figure:
                total += figure
        return total

    return number(run)


def largest(arguments: list[Operand], place: Place) -> Operand:
    """Of all nodes of one path, or of several arguments. NaN is skipped; of nothing NaN. Right for negative numbers,
    where JavaRosa gives the smallest positive one (99)."""
    values, least = each_value(arguments), _SMALLEST if place.phone else -math.inf
    return number(lambda scope: _best(max, values(scope), least))


def smallest(arguments: list[Operand], place: Place) -> Operand:
    values, most = each_value(arguments), _LARGEST if place.phone else math.inf
    return number(lambda scope: _best(min, values(scope), most))


def _best(choose: Callable[[float, float], float], values: list[Value], start: float) -> float:
    figures = [figure for figure in map(as_number, values) if figure == figure]
    if not figures:
        return math.nan
    for figure in figures:
        start = choose(start, figure)
    return start


def count(arguments: list[Operand], place: Place) -> Operand:
    nodes = node_set(arguments[0], "count()")
    return number(lambda scope: float(len(nodes(scope).nodes)))


def count_non_empty(arguments: list[Operand], place: Place) -> Operand:
    """Groups and repeats hold something as soon as they have questions."""
    nodes, shape = node_set(arguments[0], "count-non-empty()"), place.shape

    def is_filled(node: Node) -> bool:
        if not isinstance(node, RowNode):
            raise EvaluationError("count-non-empty() of a secondary instance. Use count().")
        is_group = node.path not in shape.types and shape.has(node.path)
        return is_group or node.path in node.row.answers

    return number(lambda scope: float(sum(map(is_filled, nodes(scope).nodes))))


def join(arguments: list[Operand], place: Place) -> Operand:
    """Between all nodes of one path, empty ones too (124), or between arguments."""
    between, values = arguments[0].text(), each_value(arguments[1:])
    return text(lambda scope: bounded(between(scope), [as_text(value) for value in values(scope)]))


def concat(arguments: list[Operand], place: Place) -> Operand:
    values = each_value(arguments)

    def joined(scope: Scope) -> str:
        return bounded("", [as_text(value) for value in values(scope)])

    if len(arguments) == 1 or any(each.field is None and not isinstance(each.constant, str) for each in arguments):
        return text(joined)
    parts = [(argument.field, argument.constant or "") for argument in arguments]

    def simple(scope: Scope) -> str:
        """Of fields of the own row and written texts, which are found at no path. Most often all of it is text."""
        get: Callable[[str | None, Value], Value] = scope.answers.get  # type: ignore[assignment]
        try:
            whole = "".join([get(field, known) for field, known in parts])  # type: ignore[misc]
        except TypeError:
            return joined(scope)
        return whole if len(whole) <= MAX_TEXT else joined(scope)

    template = "".join(f"{{{place}}}, " for place in range(1, len(arguments) + 1))
    sources = (argument.text_source() for argument in arguments)
    return text(simple, made(f"{{0}}(({template}))", known(_joined), *sources))


def _joined(pieces: tuple[str, ...]) -> str:
    whole = "".join(pieces)
    return whole if len(whole) <= MAX_TEXT else bounded("", list(pieces))


def position(arguments: list[Operand], place: Place) -> Operand:
    """The number of the first node among its like (122); without an argument, of the node at hand in a condition."""
    if arguments:
        nodes = node_set(arguments[0], "position()")

        def of_first(scope: Scope) -> float:
            found = nodes(scope).nodes
            return float(found[0].place) if found else 0.0

        return number(of_first)
    if place.nested:
        return number(lambda scope: float(frame_of(scope).place))
    if place.context.instance is not None:
        return number(_place_of_item)
    if place.at in place.shape.repeats:
        return number(lambda scope: float(scope.number))
    return number(lambda scope: 1.0)


def _place_of_item(scope: Scope) -> float:
    item = scope.item if isinstance(scope, Frame) else None
    return float(item.place) if item is not None else 1.0


def depend(arguments: list[Operand], place: Place) -> Operand:
    """The first argument; the others are evaluated as well."""
    first, others = arguments[0], [argument.nodes() for argument in arguments[1:]]
    if not others:
        return first
    first_nodes = first.nodes()

    def raw(scope: Scope) -> Raw:
        value = first_nodes(scope)
        for other in others:
            other(scope)
        return value

    return Operand(lambda scope: unpack(raw(scope)), Kind.ANY, raw)
