"""Gathers what arrives within some milliseconds and hands it over all at once.

Work of one kind done in a row is cheaper than the same work in between other work: the code and tables of the sealing
fill a processor's first-level cache. In a row a submission takes 76 microseconds, with cold caches 122 to 156.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Tick(Generic[T]):
    """`take` is called in the event loop, `linger_s` after the first item, with the items in order of arrival."""

    def __init__(self, linger_s: float, take: Callable[[list[T]], None]) -> None:
        self._linger_s = linger_s
        self._take = take
        self._items: list[T] = []

    def add(self, item: T) -> None:
        if not self._items:
            asyncio.get_running_loop().call_later(self._linger_s, self.ring)
        self._items.append(item)

    def ring(self) -> None:
        """Hands over what is there, if anything."""
        items, self._items = self._items, []
        if items:
            self._take(items)
