"""Compiles a path: to one look into the answers where it can be, else to a walk over rows or items."""

from collections.abc import Callable
from dataclasses import replace

from schemas.expressions.conditions import inside
from schemas.expressions.errors import EvaluationError, NotSupported
from schemas.expressions.item_walk import item_walk
from schemas.expressions.nodes import NodeSet
from schemas.expressions.operand import Kind, Operand, Place
from schemas.expressions.reference import Context, Reference, contextualize, read_reference
from schemas.expressions.row_walk import Index, known_path, row_column, row_walk
from schemas.expressions.scope import Scope
from schemas.expressions.source import known, made
from schemas.expressions.tree import Path
from schemas.expressions.values import Value

Nodes = Callable[[Scope], NodeSet]


def compile_path(path: Path, place: Place) -> Operand:
    """The operand of a path. Raises NotSupported."""
    current = path.start == "current" and place.nested
    if current:
        place = replace(place, context=place.origin)
    reference = contextualize(read_reference(path), place.context)
    if reference is None:
        raise NotSupported("a path that climbs above the root of the form. Count its .. again.", path.position)
    if not reference.levels:
        place.facts.faults.append(f"at character {path.position}: the path leads to no node. Write the whole path.")
        return fails("a path that leads to no node.")
    operand = read(reference, place)
    if not current:
        return operand
    # Within a condition, current() is the row in which the whole expression began.
    outer, run = operand.raw or operand.run, operand.run
    return replace(
        operand,
        run=lambda scope: run(scope.origin),  # type: ignore[attr-defined]
        raw=lambda scope: outer(scope.origin),  # type: ignore[attr-defined]
        field=None,
        column=None,
        source=None,
    )


def fails(message: str) -> Operand:
    """What JavaRosa loads and then stops at."""

    def stop(scope: Scope) -> Value:
        raise EvaluationError(message)

    return Operand(stop, Kind.ANY)


def read(reference: Reference, place: Place, indexes: dict[int, Index] | None = None) -> Operand:
    """The operand of a contextualized reference. `indexes` are instances asked for by indexed-repeat()."""
    _remember(reference, place)
    root = reference.levels[0]
    for predicate in root.predicates:  # conditions on the root are read, but never evaluated
        place.compile(predicate, inside(Context((root.name,), reference.instance), place))
    if reference.instance is not None:
        nodes = item_walk(reference, place)
        return Operand(lambda scope: nodes(scope).value(), Kind.ANY, nodes, reference=reference)
    nodes = row_walk(reference, place, indexes or {})
    path = known_path(reference, place)
    if path is None or indexes:
        column = None if indexes else row_column(reference, place)
        return Operand(lambda scope: nodes(scope).value(), Kind.ANY, nodes, reference=reference, column=column)
    climb = len(place.shape.repeats_above(place.at)) - len(place.shape.repeats_above(path))
    if climb == 0:
        source = made("get({0}, '')", known(path))
        run = _look(path)
        return Operand(run, Kind.ANY, nodes, reference=reference, field=path, source=source)

    def above(scope: Scope) -> Value:
        row: Scope | None = scope
        for _ in range(climb):
            row = row.parent if row is not None else None
        return row.answers.get(path, "") if row is not None else ""

    return Operand(above, Kind.ANY, nodes, reference=reference)


def _look(path: str) -> Callable[[Scope], Value]:
    return lambda scope: scope.answers.get(path, "")


def _remember(reference: Reference, place: Place) -> None:
    facts = place.facts
    facts.triggers.add((reference.instance, reference.names))
    if reference.instance is not None:
        facts.instances.add(reference.instance)
    else:
        facts.paths.add("/".join(reference.names[1:]))


def own_value(place: Place) -> Operand:
    """The context node itself, as `.` reads it."""
    names = place.context.names
    reference = contextualize(Reference((), 0), Context(names, place.context.instance))
    assert reference is not None
    return read(reference, place)
