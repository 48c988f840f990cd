"""The typed tree of an expression."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    position: int


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Path:
    """`/data/age` (absolute), `../age`, `.`, `current()/../age`. Steps are names, "." and ".."."""

    steps: tuple[str, ...]
    absolute: bool
    position: int


@dataclass(frozen=True, slots=True)
class Negative:
    operand: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands of one precedence, from left to right: a - b + c has operators ("-", "+"). Flat, because a sum of 200
    questions must not become a recursion of 200 calls."""

    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Node", ...]
    position: int


Node = Number | Text | Path | Negative | Chain | Call
