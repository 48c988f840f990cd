"""Pieces of a compiled expression: a closure, and what is known of its value before it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from schemas.expressions.moments import read_moment
from schemas.expressions.scope import Scope
from schemas.expressions.values import Value, as_bool, as_number, as_text, number_of

Run = Callable[[Scope], Value]


class Kind(Enum):
    """What a closure gives. NODE is the text of a node whose type is not known; ANY is known only when it runs."""

    NUMBER = auto()
    TEXT = auto()
    BOOLEAN = auto()
    MOMENT = auto()
    NODE = auto()
    ANY = auto()


@dataclass(frozen=True, slots=True)
class Operand:
    """`constant` is the value of a literal. `path` is the absolute path if it is a node; `numeric` says that the node
    holds a number by its type, so that its text may have an exponent."""

    run: Run
    kind: Kind
    constant: Value | None = None
    path: str | None = None
    relative: bool = False

    def boolean(self) -> Callable[[Scope], bool]:
        if self.kind is Kind.BOOLEAN:
            return self.run  # type: ignore[return-value]
        run = self.run
        return lambda scope: as_bool(run(scope))

    def number(self) -> Callable[[Scope], float]:
        run = self.run
        if self.constant is not None:
            constant = as_number(self.constant)
            return lambda scope: constant
        if self.kind is Kind.NUMBER:
            return run  # type: ignore[return-value]
        if self.kind is Kind.NODE and self.path is not None:
            path = self.path
            return lambda scope: number_of(scope.value(path))
        return lambda scope: as_number(run(scope))

    def text(self) -> Callable[[Scope], str]:
        run = self.run
        if self.kind in (Kind.TEXT, Kind.NODE):
            return run  # type: ignore[return-value]
        return lambda scope: as_text(run(scope))

    def moment(self) -> Callable[[Scope], Value]:
        """The value, with text that is a date read as one."""
        run = self.run

        def dated(scope: Scope) -> Value:
            value = run(scope)
            if isinstance(value, str):
                return read_moment(value, scope.now.tzinfo) or value
            return value

        return dated if self.kind in (Kind.NODE, Kind.TEXT, Kind.ANY) else run

    def as_dated(self) -> "Operand":
        """A node of unknown type next to a date: read as a date where it is one."""
        return Operand(self.moment(), Kind.ANY) if self.kind is Kind.NODE else self


@dataclass(slots=True)
class Place:
    """Where an expression stands. `at` is the absolute path of its node; `types` and `repeats` say what is known of
    the form (absolute paths). `paths` collects what the expression reads."""

    at: str
    types: Mapping[str, str] = field(default_factory=dict)
    repeats: frozenset[str] = frozenset()
    paths: set[str] = field(default_factory=set)


def number(run: Callable[[Scope], float]) -> Operand:
    return Operand(run, Kind.NUMBER)


def text(run: Callable[[Scope], str]) -> Operand:
    return Operand(run, Kind.TEXT)


def boolean(run: Callable[[Scope], bool]) -> Operand:
    return Operand(run, Kind.BOOLEAN)


def constant(value: Value) -> Operand:
    kinds = {str: Kind.TEXT, float: Kind.NUMBER, bool: Kind.BOOLEAN, datetime: Kind.MOMENT}
    return Operand(lambda scope: value, kinds[type(value)], constant=value)
