"""What an expression may see of a submission.

Paths here are below the root of the form ("profile/sex"), as everywhere in a survey definition.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from schemas.expressions.elements import Element
from schemas.expressions.values import Value


class Form(Protocol):
    """What is one for a whole submission."""

    @property
    def now(self) -> datetime:
        """The moment that now() and today() mean, in the phone's time zone (aware)."""
        ...

    def instance(self, name: str) -> Element | None:
        """A secondary instance of the form, None if the form has none of this name. Raises ExpressionError if its file
        is not here."""
        ...

    def choice_label(self, path: str, value: str) -> str:
        """The label of a choice of the question at `path` in the form's default language; "" if it is none."""
        ...

    def itext(self, name: str) -> str:
        """A text of the form in its default language. Raises ExpressionError if there is none."""
        ...

    def spend(self, conditions: int) -> None:
        """Told before so many conditions in brackets are evaluated. Raises what it likes once they are too many."""
        ...

    def property(self, name: str) -> str:
        """What the phone says of itself (deviceid, username, ...); "" if it is not known."""
        ...


class Scope(Protocol):
    """One row of answers: what stands outside of all repeats, or one instance of a repeat."""

    @property
    def form(self) -> Form: ...

    @property
    def parent(self) -> "Scope | None":
        """The row around this instance of a repeat; None for the row outside of all repeats."""
        ...

    @property
    def number(self) -> int:
        """The place among the instances of its repeat in `parent`, from 1, irrelevant ones counted; 1 at the top."""
        ...

    @property
    def relevant(self) -> bool:
        """False for an instance of a repeat that is irrelevant as a whole."""
        ...

    @property
    def answers(self) -> Mapping[str, Value]:
        """What is read of the fields of this row, by path, as their types say: numbers are floats, dates naive local
        datetimes, times such on the day of now. A field that is empty, missing or irrelevant is not in it; one that
        holds what reads as empty, as the position 0 0 0 0 does (27), is in it with ""."""
        ...

    @property
    def absent(self) -> Collection[str]:
        """Paths of the fields and groups of this row that are missing or irrelevant: left out of node sets."""
        ...

    def rows(self, repeat: str) -> "Sequence[Scope]":
        """All instances, in order, of a repeat that stands directly in this row (its path below the root)."""
        ...
