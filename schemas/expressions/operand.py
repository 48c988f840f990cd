"""Pieces of a compiled expression: a closure, and what is known of its value before it runs."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from schemas.expressions.nodes import Raw
from schemas.expressions.reference import Context, Reference
from schemas.expressions.scope import Scope
from schemas.expressions.shape import Shape
from schemas.expressions.source import VARIABLE, Source, called, known, made
from schemas.expressions.tree import Node
from schemas.expressions.values import Value, as_bool, as_number, as_text

Run = Callable[[Scope], Value]


class Kind(Enum):
    """What a closure gives; ANY is known only when it runs."""

    NUMBER = auto()
    TEXT = auto()
    BOOLEAN = auto()
    MOMENT = auto()
    ANY = auto()


@dataclass(frozen=True, slots=True)
class Operand:
    """`run` gives one value. `raw` is set where the operand can be a node set: a path, or a function that passes one
    on. `constant` is the value of a literal. `reference` is that of a path. `field` is the path
    of a field of the own row, which one look into the answers reads. `is_code` is the path of such a field that is
    compared with these codes, and whether it has to be one of them or none; `limit` that of one compared with a number,
    the order, and the number. `column` gives the values of a path to all rows of a repeat without the nodes. `source`
    is the same as `run`, written out."""

    run: Run
    kind: Kind
    raw: Callable[[Scope], Raw] | None = None
    constant: Value | None = None
    reference: Reference | None = None
    field: str | None = None
    is_code: tuple[str, frozenset[str], bool] | None = None
    limit: tuple[str, Callable[[float, float], bool], float] | None = None
    column: Callable[[Scope], list[Value]] | None = None
    source: Source | None = None

    def boolean(self) -> Callable[[Scope], bool]:
        run = self.run
        if self.kind is Kind.BOOLEAN:
            return run  # type: ignore[return-value]
        return lambda scope: as_bool(run(scope))

    def number(self) -> Callable[[Scope], float]:
        run = self.run
        if self.constant is not None:
            constant = as_number(self.constant)
            return lambda scope: constant
        if self.kind is Kind.NUMBER:
            return run  # type: ignore[return-value]
        if self.field is not None:
            path = self.field

            def read(scope: Scope) -> float:
                value = scope.answers.get(path)
                if value.__class__ is float:
                    return value
                return math.nan if value is None else as_number(value)

            return read
        return lambda scope: as_number(run(scope))

    def text(self) -> Callable[[Scope], str]:
        run = self.run
        if self.kind is Kind.TEXT:
            return run  # type: ignore[return-value]
        if self.field is not None:
            path = self.field

            def read(scope: Scope) -> str:
                value = scope.answers.get(path, "")
                return value if value.__class__ is str else as_text(value)

            return read
        return lambda scope: as_text(run(scope))

    def as_source(self) -> Source:
        """Of `run`; the call of it where it is not written out."""
        return self.source or called(self.run)

    def boolean_source(self) -> Source | None:
        return self.as_source() if self.kind is Kind.BOOLEAN else made("{1}({0})", self.as_source(), known(as_bool))

    def number_source(self) -> Source | None:
        if self.constant is not None:
            return known(as_number(self.constant))
        if self.kind is Kind.NUMBER:
            return self.as_source()
        if self.field is not None:
            template = "({v} if ({v} := get({0})).__class__ is float else {1}({v}))"
            return made(template, known(self.field), known(number_or_nan), v=VARIABLE)
        return made("{1}({0})", self.as_source(), known(as_number))

    def text_source(self, otherwise: Callable[[Value], str] = as_text) -> Source | None:
        """`otherwise` makes a text of what is none."""
        if self.kind is Kind.TEXT:
            return self.as_source()
        read = made("get({0}, '')", known(self.field)) if self.field is not None else self.as_source()
        return made("({v} if ({v} := {0}).__class__ is str else {1}({v}))", read, known(otherwise), v=VARIABLE)

    def nodes(self) -> Callable[[Scope], Raw]:
        """The node set where it is one, else the value."""
        return self.raw or self.run


@dataclass(slots=True)
class Facts:
    """What is gathered while an expression is compiled: see compile.Expression. `own` is the node that once() looks at,
    `steps` counts conditions evaluated in one run."""

    paths: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    triggers: set[tuple[str | None, tuple[str, ...]]] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    instances: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    has_conditions: bool = False
    unstable: bool = False
    steps: list[int] = field(default_factory=lambda: [0])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of an expression stands: the context of its relative paths, and of current(). In a condition it is
    `nested`, and runs in a Frame. `phone` asks for JavaRosa's own answer where Rihla departs from it."""

    shape: Shape
    context: Context
    origin: Context
    facts: Facts
    compile: Callable[[Node, "Place"], Operand]
    nested: bool = False
    phone: bool = False

    @property
    def at(self) -> str:
        """The path of the context node below the root, "" for the root and in a secondary instance."""
        return "" if self.context.instance is not None else "/".join(self.context.names[1:])


def number(run: Callable[[Scope], float], source: Source | None = None) -> Operand:
    return Operand(run, Kind.NUMBER, source=source)


def text(run: Callable[[Scope], str], source: Source | None = None) -> Operand:
    return Operand(run, Kind.TEXT, source=source)


def boolean(run: Callable[[Scope], bool], source: Source | None = None) -> Operand:
    return Operand(run, Kind.BOOLEAN, source=source)


def number_or_nan(value: Value | None) -> float:
    return math.nan if value is None else as_number(value)


def constant(value: Value) -> Operand:
    kinds = {str: Kind.TEXT, float: Kind.NUMBER, bool: Kind.BOOLEAN, datetime: Kind.MOMENT}
    return Operand(lambda scope: value, kinds[type(value)], constant=value, source=known(value))
