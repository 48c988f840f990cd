"""What a constraint says of good answers: its comparisons, patterns and pieces of text, found in its tree.

They are hints only: each answer made from them is tried against the constraint itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from schemas.expressions import ExpressionError, Scope, Shape, Value
from schemas.expressions.compile import finish
from schemas.expressions.parser import parse
from schemas.expressions.tree import Call, Chain, Filter, Negative, Node, Number, Text

Run = Callable[[Scope], Value]

OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">="})


class Measure(Enum):
    """What of the answer is compared."""

    VALUE = auto()
    LENGTH = auto()
    COUNT = auto()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`, where the answer stands somewhere on one side or on both. `other` is the other side, where
    the answer stands alone on one."""

    measure: Measure
    operator: str
    left: Run
    right: Run
    other: Run | None = None


class Where(Enum):
    START = auto()
    END = auto()
    INSIDE = auto()
    AT = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that the answer holds, for AT from its character `at` on."""

    where: Where
    text: Run
    at: int = 0


@dataclass(frozen=True, slots=True)
class Hints:
    comparisons: tuple[Comparison, ...] = ()
    patterns: tuple[Run, ...] = ()
    pieces: tuple[Piece, ...] = ()
    codes: tuple[Run, ...] = ()
    """What selected() looks for in the answer."""
    texts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()


@dataclass
class _Finder:
    at: str
    shape: Shape
    comparisons: list[Comparison] = field(default_factory=list)
    patterns: list[Run] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    codes: list[Run] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)

    def visit(self, node: Node) -> None:
        match node:
            case Number(value):
                self.numbers.append(value)
            case Text(value):
                self.texts.append(value)
            case Chain(first, ((operator, second),)) if operator in OPERATORS:
                self._compared(first, operator, second)
            case Call("regex", (own, pattern)) if self._is_answer(own):
                self.patterns.append(self._run(pattern))
            case Call("selected", (own, code)) if self._is_answer(own):
                self.codes.append(self._run(code))
            case Call("starts-with" | "ends-with" | "contains" as name, (own, text)) if self._is_answer(own):
                where = {"starts-with": Where.START, "ends-with": Where.END, "contains": Where.INSIDE}[name]
                self.pieces.append(Piece(where, self._run(text)))
        for below in _below(node):
            self.visit(below)

    def _compared(self, left: Node, operator: str, right: Node) -> None:
        sides = [self._measured(left), self._measured(right)]
        for one, other in ((left, right), (right, left)):
            match one:
                case Call("substr", (own, Number(start), *_)) if operator == "=" and self._is_answer(own):
                    self.pieces.append(Piece(Where.AT, self._run(other), int(start)))
        measure = sides[0] or sides[1]
        if measure is not None:
            alone = self._is_answer(left), self._is_answer(right)
            free = right if alone[0] and sides[1] is None else left if alone[1] and sides[0] is None else None
            other_side = None if free is None else self._run(free)
            self.comparisons.append(Comparison(measure, operator, self._run(left), self._run(right), other_side))

    def _measured(self, node: Node) -> Measure | None:
        """What of the answer a side depends on; None if it does not."""
        if self.at not in finish(node, "", self.at, self.shape).paths:
            return None
        calls = {each.name for each in _all(node) if isinstance(each, Call)}
        if "string-length" in calls:
            return Measure.LENGTH
        return Measure.COUNT if "count-selected" in calls else Measure.VALUE

    def _is_answer(self, node: Node) -> bool:
        expression = finish(node, "", self.at, self.shape)
        return not isinstance(node, Call | Chain | Negative) and expression.paths == {self.at}

    def _run(self, node: Node) -> Run:
        return finish(node, "", self.at, self.shape).run


def hints_of(constraint: str, at: str, shape: Shape) -> Hints:
    """Empty for a constraint that does not compile."""
    finder = _Finder(at, shape)
    try:
        finder.visit(parse(constraint))
    except ExpressionError:
        return Hints()
    return Hints(
        tuple(finder.comparisons),
        tuple(finder.patterns),
        tuple(finder.pieces),
        tuple(finder.codes),
        tuple(dict.fromkeys(finder.texts)),
        tuple(dict.fromkeys(finder.numbers)),
    )


def _below(node: Node) -> tuple[Node, ...]:
    match node:
        case Chain(first, rest):
            return (first, *(operand for _, operand in rest))
        case Negative(operand):
            return (operand,)
        case Call(_, arguments):
            return arguments
        case Filter(inner):
            return (inner,)
    return ()


def _all(node: Node) -> Iterator[Node]:
    yield node
    for below in _below(node):
        yield from _all(below)
