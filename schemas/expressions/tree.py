"""The typed tree of an expression. Nodes that differ in `position` only are equal."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """`name`, `*`, `@name`, `.` or `..`, with its conditions in square brackets."""

    name: str
    predicates: tuple["Node", ...]
    attribute: bool
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Path:
    """`/data/age`, `../age`, `.`, `current()/../age`, `instance('x')/root/item`.

    `start` is "/", "" (relative), "current" or "instance", the name of which is in `instance`.
    """

    start: str
    steps: tuple[Step, ...]
    position: int = field(compare=False)
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Negative:
    operand: "Node"
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands of one precedence, from left to right: a - b + c has operators ("-", "+"). Flat, because a sum of 200
    questions must not become a recursion of 200 calls."""

    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Node", ...]
    position: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """`(a)[1]`, `f(x)[. = 2]`: JavaRosa reads it, and stops once it is to be evaluated."""

    inner: "Node"
    predicates: tuple["Node", ...]
    position: int = field(compare=False)


Node = Number | Text | Path | Negative | Chain | Call | Filter
