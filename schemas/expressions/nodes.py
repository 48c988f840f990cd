"""Nodes that a path gives: of the submission (`RowNode`), of a secondary instance (`ItemNode`), or an attribute."""

from collections.abc import Sequence
from typing import cast

from schemas.expressions.elements import Element
from schemas.expressions.errors import EvaluationError
from schemas.expressions.reference import WILDCARD
from schemas.expressions.scope import Scope
from schemas.expressions.values import Value

ATTRIBUTE_PLACE = -3
"""What position() of an attribute gives in JavaRosa."""


class RowNode:
    """A field, group or repeat instance at `path` (below the root) in a row of answers."""

    __slots__ = ("is_repeat", "path", "row")

    def __init__(self, row: Scope, path: str, is_repeat: bool) -> None:
        self.row = row
        self.path = path
        self.is_repeat = is_repeat

    @property
    def value(self) -> Value:
        return self.row.answers.get(self.path, "")

    @property
    def place(self) -> int:
        """Among the nodes of the same name beside it, from 1."""
        if self.is_repeat:
            return self.row.number
        return ATTRIBUTE_PLACE if "@" in self.path else 1


class ItemNode:
    """An element, with the element around it."""

    __slots__ = ("element", "parent", "place")

    def __init__(self, element: Element, parent: "ItemNode | None", place: int) -> None:
        self.element = element
        self.parent = parent
        self.place = place

    @property
    def value(self) -> Value:
        return self.element.text

    def named(self, name: str) -> Sequence["ItemNode"]:
        """Its children of one name; made once."""
        memory = self.element.memory
        found = memory.get(name)
        if found is None:
            children = [child for child in self.element.children if name in (WILDCARD, child.name)]
            if name == WILDCARD and len({child.name for child in children}) > 1:
                raise EvaluationError("* stands for nodes of several names, at which JavaRosa stops.")
            found = memory[name] = [ItemNode(child, self, place) for place, child in enumerate(children, 1)]
        return cast(Sequence[ItemNode], found)


class AttributeNode:
    __slots__ = ("place", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self.place = ATTRIBUTE_PLACE


Node = RowNode | ItemNode | AttributeNode


class NodeSet:
    """What a path gives: nodes in the order of the document."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes

    def value(self) -> Value:
        """The value of the only node; "" if there is none. Raises EvaluationError for several (119)."""
        nodes = self.nodes
        if not nodes:
            return ""
        if len(nodes) > 1:
            raise EvaluationError("one value is wanted of several. Use indexed-repeat(), sum() or the like.")
        return nodes[0].value

    def values(self) -> list[Value]:
        return [node.value for node in self.nodes]


Raw = Value | NodeSet


def unpack(raw: Raw) -> Value:
    return raw.value() if isinstance(raw, NodeSet) else raw
