"""The scope of a condition in square brackets: what a node at hand sees, beside the row where the expression began."""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from schemas.expressions.nodes import ItemNode
from schemas.expressions.scope import Form, Scope
from schemas.expressions.values import Value


class Frame:
    """A schemas.expressions.scope.Scope. One frame serves all nodes of a list, one after the other (`enter_row`,
    `enter_item`). `origin` is the row that current() means, `place` what position() gives, from 1."""

    __slots__ = ("absent", "answers", "form", "item", "number", "origin", "parent", "place", "relevant", "row")

    def __init__(self, origin: Scope, row: Scope) -> None:
        self.origin = origin
        self.form: Form = origin.form
        self.place = 1
        self.item: ItemNode | None = None
        self.row = row
        self.parent: Scope | None
        self.number: int
        self.relevant: bool
        self.answers: Mapping[str, Value]
        self.absent: Collection[str]
        self.enter_row(row, 1)

    def enter_row(self, row: Scope, place: int) -> None:
        self.row = row
        self.parent = row.parent
        self.number = row.number
        self.relevant = row.relevant
        self.answers = row.answers
        self.absent = row.absent
        self.place = place

    def enter_item(self, item: ItemNode, place: int) -> None:
        self.item = item
        self.place = place

    def rows(self, repeat: str) -> Sequence[Scope]:
        return self.row.rows(repeat)


def row_of(scope: Scope) -> Scope:
    """The row itself: frames move on to other rows."""
    return scope.row if isinstance(scope, Frame) else scope


def frame_of(scope: Scope) -> Frame:
    """The frame that a condition always runs in."""
    return cast(Frame, scope)
