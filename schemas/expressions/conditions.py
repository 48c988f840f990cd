"""Conditions in square brackets. A node stays if the condition is the boolean true: a number, a text or a node set
selects nothing (120, 121)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.expressions.errors import EvaluationError
from schemas.expressions.frame import Frame, row_of
from schemas.expressions.nodes import RowNode
from schemas.expressions.operand import Facts, Place
from schemas.expressions.reference import Context
from schemas.expressions.scope import Scope
from schemas.expressions.tree import Node as Tree

Choose = Callable[[Sequence[RowNode], Scope], list[RowNode]]

MAX_STEPS = 200_000
"""Conditions evaluated in one run of an expression. Conditions in conditions over long repeats grow as powers."""


def inside(context: Context, place: Place) -> Place:
    """The place of a condition on nodes of `context`."""
    place.facts.has_conditions = True
    return replace(place, context=context, nested=True)


def compile_conditions(predicates: tuple[Tree, ...], context: Context, place: Place) -> Choose:
    """Leaves those rows for which all conditions hold, one after the other: position() counts anew for each."""
    tests = [place.compile(predicate, inside(context, place)).nodes() for predicate in predicates]
    facts = place.facts

    def choose(nodes: Sequence[RowNode], scope: Scope) -> list[RowNode]:
        left = list(nodes)
        for test in tests:
            spend(facts, len(left), scope)
            frame = frame_at(scope)
            kept: list[RowNode] = []
            for number, node in enumerate(left, 1):
                frame.enter_row(row_of(node.row), number)
                if test(frame) is True:
                    kept.append(node)
            left = kept
        return left

    return choose


def frame_at(scope: Scope) -> Frame:
    """A frame for conditions of an expression that runs in `scope`."""
    return Frame(origin_of(scope), row_of(scope))


def item_frame(scope: Scope) -> Frame:
    """The same for conditions on items: absolute paths in it begin outside of all repeats."""
    row = row_of(scope)
    while row.parent is not None:
        row = row.parent
    return Frame(origin_of(scope), row)


def origin_of(scope: Scope) -> Scope:
    return scope.origin if isinstance(scope, Frame) else scope


def spend(facts: Facts, number: int, scope: Scope) -> None:
    """Counts conditions of one run, and has the form count those of all."""
    scope.form.spend(number)
    facts.steps[0] += number
    if facts.steps[0] > MAX_STEPS:
        raise EvaluationError(f"more than {MAX_STEPS} conditions are evaluated.")
