"""What an expression may see of a submission."""

from datetime import datetime
from typing import Protocol


class Scope(Protocol):
    """The answers around one node. Paths are absolute, as in the XForm: "/data/profile/age"."""

    @property
    def now(self) -> datetime:
        """The moment that now() and today() mean, in the phone's time zone."""
        ...

    def value(self, path: str) -> str:
        """Text of one node, in the row of the current repeat instance if the path lies in the same repeat; "" if the
        node is missing, empty or irrelevant."""
        ...

    def values(self, path: str) -> list[str]:
        """Texts of all relevant nodes with this path, over all instances of its repeats, empty ones included; for the
        path of a repeat, one item an instance."""
        ...
