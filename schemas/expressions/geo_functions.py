"""area(), distance(), geofence() and intersects() over points, traces and shapes."""

from collections.abc import Callable

from schemas.expressions import geo
from schemas.expressions.errors import EvaluationError
from schemas.expressions.node_functions import node_set
from schemas.expressions.nodes import NodeSet
from schemas.expressions.operand import Operand, Place, boolean, number
from schemas.expressions.scope import Scope
from schemas.expressions.values import Value, as_text

MAX_POINTS = 10_000
"""Of a trace for intersects(), which compares all sides with each other."""


def area(arguments: list[Operand], place: Place) -> Operand:
    """Of a shape, or of the points of a repeat (109)."""
    nodes = node_set(arguments[0], "area()")
    return number(lambda scope: geo.area(_of_nodes(nodes(scope))))


def distance(arguments: list[Operand], place: Place) -> Operand:
    """Along a trace, the points of a repeat, a text, or the points that the arguments are."""
    if len(arguments) > 1:
        runs = [argument.run for argument in arguments]
        return number(lambda scope: geo.distance([_point(run(scope)) for run in runs]))
    raw = arguments[0].nodes()

    def run(scope: Scope) -> float:
        found = raw(scope)
        if isinstance(found, NodeSet):
            return geo.distance(_of_nodes(found))
        if not isinstance(found, str):
            raise EvaluationError("distance() takes a path or a text with points.")
        return geo.distance(_guarded(geo.read_points, found))

    return number(run)


def geofence(arguments: list[Operand], place: Place) -> Operand:
    """Whether a point lies in a shape, which is a path (109)."""
    point, nodes = arguments[0].run, node_set(arguments[1], "geofence()")
    return boolean(lambda scope: geo.is_within(_point(point(scope)), _of_nodes(nodes(scope))))


def intersects(arguments: list[Operand], place: Place) -> Operand:
    """Whether a trace or the edge of a shape crosses itself: a function of ODK Collect, not of JavaRosa."""
    place.facts.unstable = True
    run = arguments[0].text()

    def crosses(scope: Scope) -> bool:
        written = run(scope)
        points = _guarded(geo.read_points, written) if written else []
        if len(points) > MAX_POINTS:
            raise EvaluationError(f"intersects() of more than {MAX_POINTS} points.")
        return geo.crosses_itself(points)

    return boolean(crosses)


def _of_nodes(nodes: NodeSet) -> list[geo.Point]:
    values = nodes.values()
    if len(values) == 1:
        return _guarded(geo.read_points, as_text(values[0]))
    return [_point(value) for value in values]


def _point(value: Value) -> geo.Point:
    text = as_text(value)
    return _guarded(lambda written: [geo.read_point(written)], text)[0]


def _guarded(read: Callable[[str], list[geo.Point]], text: str) -> list[geo.Point]:
    try:
        return read(text)
    except ValueError as fault:
        raise EvaluationError("a value that is no place on the earth.") from fault
