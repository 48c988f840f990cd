"""Tree to closures. Everything that can be known before the first submission is settled here."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.expressions.errors import NotSupported
from schemas.expressions.functions import call
from schemas.expressions.moments import read_moment
from schemas.expressions.operand import Kind, Operand, Place, Run, constant
from schemas.expressions.operators import chain, negative
from schemas.expressions.parser import parse
from schemas.expressions.scope import Scope
from schemas.expressions.tree import Call, Chain, Negative, Node, Number, Path, Text
from schemas.expressions.values import Value

_NUMBERS = ("int", "decimal")
_DATES = ("date", "dateTime")


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `paths` are the absolute paths that it reads, its own node among them."""

    text: str
    at: str
    paths: frozenset[str]
    run: Run

    def __call__(self, scope: Scope) -> Value:
        """The value for these answers. Does not raise: what JavaRosa stops at (a date that is none) gives "" or NaN."""
        return self.run(scope)


def compile_expression(
    text: str, at: str, types: Mapping[str, str] | None = None, repeats: frozenset[str] = frozenset()
) -> Expression:
    """Compiles ODK XPath. `at` is the absolute path of the node it belongs to, against which `.` and `../x` resolve.

    `types` gives the data type of nodes by absolute path (values of FieldType); an int is then read as a number and a
    date as a date, as JavaRosa does. `repeats` are the absolute paths of the repeats. Without them a node is text that
    is read as the operator beside it wants.

    Raises ExpressionError, NotSupported.
    """
    place = Place(at, types or {}, repeats)
    operand = _compile(parse(text), place)
    return Expression(text, at, frozenset(place.paths), operand.run)


def _compile(node: Node, place: Place) -> Operand:
    match node:
        case Number(value) | Text(value):
            return constant(value)
        case Path():
            return _read(node, place)
        case Negative(operand):
            return negative(_compile(operand, place))
        case Chain(first, rest):
            return chain(_compile(first, place), [(sign, _compile(operand, place)) for sign, operand in rest])
        case Call(name, arguments, position):
            return call(name, [_compile(argument, place) for argument in arguments], place, position)


def _read(node: Path, place: Place) -> Operand:
    path = resolve(node, place.at)
    place.paths.add(path)
    kind = place.types.get(path)
    relative = not node.absolute
    if kind in _NUMBERS:
        return Operand(lambda scope: _figure(scope.value(path)), Kind.ANY, path=path, relative=relative)
    if kind in _DATES:
        return Operand(
            lambda scope: read_moment(scope.value(path), scope.now.tzinfo) or "", Kind.ANY, path=path, relative=relative
        )
    if kind == "time":
        raise NotSupported("a question of type time: JavaRosa compares its day only.", node.position)
    return Operand(lambda scope: scope.value(path), Kind.TEXT if kind else Kind.NODE, path=path, relative=relative)


def _figure(text: str) -> Value:
    """An answer of type int or decimal: a number (also one with an exponent), or "" if there is none."""
    try:
        return float(text)
    except ValueError:
        return ""


def resolve(path: Path, at: str) -> str:
    """The absolute path that a path means at a node."""
    steps = [] if path.absolute else at.strip("/").split("/")
    for step in path.steps:
        if step == "..":
            if len(steps) < 1:
                raise NotSupported("a path that leaves the form.", path.position)
            steps.pop()
        elif step != ".":
            steps.append(step)
    if not steps:
        raise NotSupported("the path /. Write the whole path.", path.position)
    return "/" + "/".join(steps)
