"""A path over the submission: climb to the row that it shares with the context node, then down over all rows."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.expressions.conditions import Choose, compile_conditions
from schemas.expressions.errors import EvaluationError
from schemas.expressions.frame import row_of
from schemas.expressions.nodes import Node, NodeSet, RowNode
from schemas.expressions.operand import Place
from schemas.expressions.reference import WILDCARD, Context, Level, Reference
from schemas.expressions.scope import Scope
from schemas.expressions.values import Value

Index = Callable[[Scope], int]
"""Which instance of a repeat, from 1."""
Rows = Sequence[Scope]
Move = Callable[[Rows, Scope], Rows]
"""From rows to the rows below them; the scope is the one where the expression stands."""


def known_path(reference: Reference, place: Place) -> str | None:
    """The path of a node of which there is one only, in the own row or one above; None for any other."""
    if any(level.predicates or level.name == WILDCARD for level in reference.levels):
        return None
    repeats = place.shape.repeats
    for depth in range(1, len(reference.levels)):
        if not reference.levels[depth].bound and _path(reference, depth) in repeats:
            return None
    return sys.intern(_path(reference, len(reference.levels) - 1))


def _path(reference: Reference, depth: int) -> str:
    return "/".join(reference.names[1 : depth + 1])


def row_walk(reference: Reference, place: Place, indexes: dict[int, Index]) -> Callable[[Scope], NodeSet]:
    """The relevant nodes of a contextualized path."""
    shape, levels = place.shape, _without_wildcards(reference.levels, place)
    names = [level.step for level in levels]
    path = "/".join(names[1:])
    shared = 0  # the deepest level that is surely the context node's own
    while (
        shared + 1 < len(levels)
        and levels[shared + 1].bound
        and not levels[shared + 1].predicates
        and shared + 1 not in indexes
    ):
        shared += 1
    here = "/".join(names[1 : shared + 1])
    climb = len(shape.repeats_above(place.at)) - len(shape.repeats_above(here))
    moves = [
        move
        for depth in range(shared + 1, len(levels))
        if (move := _move(levels[depth], "/".join(names[1 : depth + 1]), depth, place, indexes)) is not None
    ]
    is_repeat, is_known = path in shape.repeats, shape.has(path)

    def walk(scope: Scope) -> NodeSet:
        start: Scope | None = row_of(scope)
        for _ in range(climb):
            start = start.parent if start is not None else None
        rows: Rows = (start,) if start is not None else ()
        for move in moves:
            rows = move(rows, scope)
        nodes: list[Node] = []
        for row in rows:
            if row.relevant and path not in row.absent and (is_known or path in row.answers):
                nodes.append(RowNode(row, path, is_repeat))
        return NodeSet(nodes)

    return walk


def row_column(reference: Reference, place: Place) -> Callable[[Scope], list[Value]] | None:
    """The values that `row_walk` gives for a path to a question in all instances of a repeat, which has no conditions
    and leads through no other repeat from where it stands; None for any other path."""
    shape, levels, names = place.shape, reference.levels, reference.names
    path = sys.intern("/".join(names[1:]))
    if any(level.predicates or level.name == WILDCARD for level in levels) or path not in shape.types:
        return None
    bound = [level.bound for level in levels[1:]]
    own = bound.index(False) if False in bound else len(bound)
    repeats = [above for depth in range(own + 1, len(levels)) if (above := _path(reference, depth)) in shape.repeats]
    if any(bound[own:]) or len(repeats) != 1:
        return None
    repeat = repeats[0]
    climb = len(shape.repeats_above(place.at)) - len(shape.repeats_above(_path(reference, own)))

    def beside(scope: Scope) -> list[Value]:
        """Most often the repeat hangs at the own row."""
        rows = row_of(scope).rows(repeat)
        return [row.answers.get(path, "") for row in rows if row.relevant and path not in row.absent] if rows else []

    def column(scope: Scope) -> list[Value]:
        start: Scope | None = row_of(scope)
        for _ in range(climb):
            start = start.parent if start is not None else None
        if start is None:
            return []
        return [row.answers.get(path, "") for row in start.rows(repeat) if row.relevant and path not in row.absent]

    return column if climb else beside


def _without_wildcards(levels: tuple[Level, ...], place: Place) -> tuple[Level, ...]:
    """`*` as the only name that it can stand for, where there is only one."""
    found: list[Level] = []
    for level in levels:
        if level.name == WILDCARD:
            names = place.shape.children("/".join(each.step for each in found[1:]))
            level = replace(level, name=names[0]) if len(names) == 1 else level
        found.append(level)
    return tuple(found)


def _several_names(rows: Rows, scope: Scope) -> Rows:
    if rows:
        raise EvaluationError("* stands for nodes of several names, at which JavaRosa stops.")
    return rows


def _move(level: Level, path: str, depth: int, place: Place, indexes: dict[int, Index]) -> Move | None:
    """The step onto one level, None where it leads to no other row."""
    context = Context(place.context.names[:1] + tuple(path.split("/")))
    choose = compile_conditions(level.predicates, context, place) if level.predicates else None
    if level.name == WILDCARD and place.shape.children(path.rpartition("/")[0]):
        return _several_names
    if path not in place.shape.repeats:
        if depth in indexes and choose is None:
            index = indexes[depth]
            return lambda rows, scope: rows if index(scope) == 1 else ()
        return None if choose is None else _filtered(path, choose, place.shape.has(path))
    if choose is not None:
        return _all_rows(path, choose)
    if depth in indexes:
        return _one_row(path, indexes[depth])
    if level.bound:
        return _one_row(path, _own_number(path, place))
    return _all_rows(path, None)


def _all_rows(path: str, choose: Choose | None) -> Move:
    def move(rows: Rows, scope: Scope) -> Rows:
        found: list[Scope] = []
        for row in rows:
            below = row.rows(path)
            if choose is None:
                found.extend(below)
            else:
                found.extend(node.row for node in choose([RowNode(each, path, True) for each in below], scope))
        return found

    return move


def _filtered(path: str, choose: Choose, is_known: bool) -> Move:
    """A condition on a node that stands once in its row."""

    def move(rows: Rows, scope: Scope) -> Rows:
        return [row for row in rows if (is_known or path in row.answers) and choose([RowNode(row, path, False)], scope)]

    return move


def _one_row(path: str, index: Index) -> Move:
    def move(rows: Rows, scope: Scope) -> Rows:
        number = index(scope)
        found: list[Scope] = []
        for row in rows:
            below = row.rows(path)
            if 1 <= number <= len(below):
                found.append(below[number - 1])
        return found

    return move


def _own_number(path: str, place: Place) -> Index:
    """The number of the context node's own instance of a repeat that stands around it."""
    climb = len(place.shape.repeats_above(place.at)) - len(place.shape.repeats_above(path))

    def number(scope: Scope) -> int:
        row: Scope | None = row_of(scope)
        for _ in range(climb):
            row = row.parent if row is not None else None
        return row.number if row is not None else 0

    return number
