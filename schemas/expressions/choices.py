"""The choices of a question that are looked up while the form is filled: an itemset."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import cast

from schemas.expressions.compile import Expression, compile_node, finish, place_at
from schemas.expressions.conditions import item_frame
from schemas.expressions.errors import EvaluationError, ExpressionError
from schemas.expressions.frame import row_of
from schemas.expressions.item_walk import root_of
from schemas.expressions.nodes import ItemNode, NodeSet, RowNode
from schemas.expressions.operand import Place, Run
from schemas.expressions.parser import parse
from schemas.expressions.reference import Context, Reference
from schemas.expressions.scope import Scope
from schemas.expressions.shape import Shape
from schemas.expressions.tree import Call, Path
from schemas.expressions.values import as_text


@dataclass(frozen=True, slots=True)
class Choices:
    """`nodeset` tells what the list depends on (its `run` is of no use here). `values` gives the codes that are offered
    in a row, `labels` their labels by code, the first of each. Both raise as an expression does."""

    nodeset: Expression
    values: Callable[[Scope], Collection[str]]
    labels: Callable[[Scope], dict[str, str]]


def compile_choices(nodeset: str, value: str, label: str, at: str, shape: Shape) -> Choices:
    """Compiles an itemset of the question `at`. `value` and `label` are paths from an item; a label that is
    `jr:itext(x)` is the text that x names. The order of randomize() is not looked at. Raises ExpressionError."""
    tree = parse(nodeset)
    if isinstance(tree, Call) and tree.name == "randomize" and tree.arguments:
        tree = tree.arguments[0]
    if not isinstance(tree, Path):
        raise ExpressionError("the choices of a question are a path, or randomize() of one.")
    place = place_at(at, shape)
    operand = compile_node(tree, place)
    nodes, reference = operand.raw, operand.reference
    if nodes is None or reference is None:
        raise ExpressionError("the choices of a question are a path into the form.")
    code = _reader(value, reference, place)
    named = _reader(label, reference, place)

    def offered(scope: Scope) -> Collection[str]:
        place.facts.steps[0] = 0
        return frozenset(_each(cast(NodeSet, nodes(scope)), code, scope))

    def labels(scope: Scope) -> dict[str, str]:
        place.facts.steps[0] = 0
        found = cast(NodeSet, nodes(scope))
        pairs = list(zip(_each(found, code, scope), _each(found, named, scope), strict=True))
        return dict(reversed(pairs))

    is_fixed = reference.instance is not None and not any(level.predicates for level in reference.levels)
    values = _remembered(offered, reference, value) if is_fixed else offered
    return Choices(finish(tree, nodeset, at, shape), values, labels)


def _remembered(
    offered: Callable[[Scope], Collection[str]], reference: Reference, value: str
) -> Callable[[Scope], Collection[str]]:
    """A list without a condition is the same for all submissions."""
    name, key = reference.instance or "", ("choices", reference.names, value)

    def values(scope: Scope) -> Collection[str]:
        memory = root_of(name, scope).element.memory
        found = memory.get(key)
        if found is None:
            found = memory[key] = offered(scope)
        return cast(Collection[str], found)

    return values


def _reader(text: str, reference: Reference, place: Place) -> Run:
    """What a path gives at an item, in a frame."""
    tree = parse(text)
    is_itext = isinstance(tree, Call) and tree.name == "jr:itext" and len(tree.arguments) == 1
    if isinstance(tree, Call) and is_itext:
        tree = tree.arguments[0]
    context = Context(reference.names, reference.instance)
    run = compile_node(tree, replace(place, context=context, origin=context)).run
    if not is_itext:
        return run
    return lambda scope: scope.form.itext(as_text(run(scope)))


def _each(found: NodeSet, run: Run, scope: Scope) -> list[str]:
    frame = item_frame(scope)
    read: list[str] = []
    for node in found.nodes:
        if isinstance(node, RowNode):
            frame.enter_row(row_of(node.row), 1)
        elif isinstance(node, ItemNode):
            frame.enter_item(node, 1)
        else:
            raise EvaluationError("the choices of a question are no attributes.")
        read.append(as_text(run(frame)))
    return read
