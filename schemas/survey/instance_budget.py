"""How much data a form may bring along. Data files come from designers, but a file that is all separators makes a node
of each byte."""

from schemas.expressions.elements import Element

MAX_NODES = 500_000
"""Nodes of one secondary instance, about 80 MB in memory. The wards of Nigeria with four columns are 45,000."""

NO_ATTRIBUTES: dict[str, str] = {}
"""Shared by all nodes without attributes: an empty dict for each would be half of their memory."""


class UnreadableInstance(Exception):
    """A data file that cannot be read as what its name says. The message is for the designer."""


class Budget:
    """Counts the nodes of one instance."""

    def __init__(self) -> None:
        self._left = MAX_NODES

    def node(self, name: str, text: str = "", children: tuple[Element, ...] = ()) -> Element:
        """Raises UnreadableInstance when there are too many."""
        self._left -= 1
        if self._left < 0:
            raise UnreadableInstance(f"it has more than {MAX_NODES} cells. Keep only what the form needs")
        return Element(name, text, children, NO_ATTRIBUTES)
