"""Tree to closures. Everything that can be known before the first submission is settled here."""

from collections.abc import Hashable
from dataclasses import dataclass

from schemas.expressions.functions import call
from schemas.expressions.node_functions import MAX_AND_MIN
from schemas.expressions.operand import Facts, Operand, Place, Run, constant
from schemas.expressions.operators import chain, negative
from schemas.expressions.parser import parse
from schemas.expressions.paths import compile_path, fails
from schemas.expressions.reference import Context
from schemas.expressions.scope import Scope
from schemas.expressions.shape import Shape
from schemas.expressions.source import Source
from schemas.expressions.tree import Call, Chain, Filter, Negative, Node, Number, Path, Text
from schemas.expressions.values import Value

_PRESENT = frozenset({"today", "now"})
_UNSTABLE = frozenset({"random", "uuid", "property"})
_NEVER_EQUAL = frozenset({"uuid", "random", "once", "now", "today"})
"""Calls of these are different from each other even if the text is the same."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. All paths are below the root.

    `paths` are those that it reads, conditions included; `awaits` are those that must have been decided before, all but
    its own node that once() looks at. `functions` are the names that it calls, `unknown` those of
    them that JavaRosa does not have, and `faults` say what stops the evaluation once it is reached, with what to write
    instead. `instances` are the secondary instances that it reads.
    `present` says that it asks for the present moment, `unstable` that a phone may say something else of the same
    answers at the same moment.
    Two expressions with equal `key` are one to JavaRosa wherever they stand (126).
    `phone` computes what JavaRosa does, where `run` departs from it because that is broken (99).
    `source` is `run` written out as Python, where it is made of what can be.
    """

    text: str
    at: str
    paths: frozenset[str]
    awaits: frozenset[str]
    functions: frozenset[str]
    unknown: frozenset[str]
    faults: tuple[str, ...]
    instances: frozenset[str]
    present: bool
    unstable: bool
    key: Hashable
    run: Run
    phone: Run | None = None
    source: Source | None = None

    def __call__(self, scope: Scope) -> Value:
        """The value in the row `scope`. Raises EvaluationError where JavaRosa stops."""
        return self.run(scope)


def compile_expression(text: str, at: str, shape: Shape) -> Expression:
    """Compiles ODK XPath. `at` is the path below the root of the node it belongs to, against which `.` and `../x`
    resolve; "" is the root itself. Raises ExpressionError for what JavaRosa does not load."""
    return finish(parse(text), text, at, shape)


def finish(tree: Node, text: str, at: str, shape: Shape) -> Expression:
    """Compiles a tree; `text` is what it was read from."""
    place = place_at(at, shape)
    operand, facts = compile_node(tree, place), place.facts
    phone: Run | None = None
    if facts.functions & MAX_AND_MIN:
        phone = _counted(compile_node(tree, place_at(at, shape, phone=True)).run, facts)
    return Expression(
        text=text,
        at=at,
        paths=frozenset(facts.paths | facts.own),
        awaits=frozenset(facts.paths),
        functions=frozenset(facts.functions),
        unknown=frozenset(facts.unknown),
        faults=tuple(facts.faults),
        instances=frozenset(facts.instances),
        present=bool(facts.functions & _PRESENT),
        unstable=facts.unstable or bool(facts.functions & _UNSTABLE),
        key=object() if facts.functions & _NEVER_EQUAL else (tree, frozenset(facts.triggers)),
        run=_counted(operand.run, facts),
        phone=phone,
        source=None if facts.has_conditions else operand.source,
    )


def place_at(at: str, shape: Shape, phone: bool = False) -> Place:
    context = Context((shape.root, *at.split("/")) if at else (shape.root,))
    return Place(shape, context, context, Facts(), compile_node, phone=phone)


def _counted(run: Run, facts: Facts) -> Run:
    """Counts conditions from 0 in each run."""
    if not facts.has_conditions:
        return run
    steps = facts.steps

    def counted(scope: Scope) -> Value:
        steps[0] = 0
        return run(scope)

    return counted


def compile_node(node: Node, place: Place) -> Operand:
    match node:
        case Number(value) | Text(value):
            return constant(value)
        case Path():
            return compile_path(node, place)
        case Negative(operand):
            return negative(compile_node(operand, place))
        case Chain(first, (("|", _), *_), position):
            place.facts.faults.append(f"at character {position}: | is not known to ODK. Use or, or two questions.")
            return fails("nodes joined by |.")
        case Chain(first, rest):
            return chain(compile_node(first, place), [(sign, compile_node(operand, place)) for sign, operand in rest])
        case Call(arguments=arguments):
            return call(node, [compile_node(argument, place) for argument in arguments], place)
        case Filter(position=position):
            place.facts.faults.append(f"at character {position}: a condition can stand behind a path only.")
            return fails("a condition behind a value that is no path.")
