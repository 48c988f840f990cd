"""Which conditions JavaRosa 5.1 takes apart into a column of the item and a value beside it."""

from dataclasses import dataclass

from schemas.expressions.tree import Call, Chain, Filter, Negative, Node, Number, Path, Text

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_FUNCTIONS = frozenset(
    {
        "regex",
        "starts-with",
        "ends-with",
        "contains",
        "substr",
        "substring-before",
        "substring-after",
        "translate",
        "string-length",
        "normalize-space",
        "concat",
        "join",
        "boolean-from-string",
        "string",
    }
)
"""Functions whose value depends on nothing but their arguments, as far as JavaRosa says."""


@dataclass(frozen=True, slots=True)
class Sides:
    """`[column = value]`; `sign` is "" for a function of both. The column is a relative path, the value any other path
    or a literal."""

    sign: str
    column: Path
    value: Node


def sides(condition: Node) -> Sides | None:
    """The two sides of a condition, None where it is of another kind."""
    match condition:
        case Chain(first, ((sign, second),)) if sign in _COMPARISONS:
            return _sides(sign, first, second)
        case Call(name, (first, second)) if name in _FUNCTIONS and _is_idempotent(condition):
            return _sides("", first, second)
    return None


def _sides(sign: str, first: Node, second: Node) -> Sides | None:
    column: Path | None = None
    value: Node | None = None
    for side in (first, second):
        if isinstance(side, Path) and side.start == "":
            column = side
        elif isinstance(side, Path | Number | Text):
            value = side
    return Sides(sign, column, value) if column is not None and value is not None else None


def _is_idempotent(node: Node) -> bool:
    match node:
        case Path(start, steps):
            return start in ("/", "") and all(
                _is_idempotent(predicate) for step in steps for predicate in step.predicates
            )
        case Call(name, arguments):
            return name in _FUNCTIONS and all(_is_idempotent(argument) for argument in arguments)
        case Chain(first, rest):
            return all(_is_idempotent(operand) for operand in (first, *(operand for _, operand in rest)))
        case Negative(operand):
            return _is_idempotent(operand)
        case Filter():
            return False
    return True
