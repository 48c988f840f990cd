"""Submissions that wait together for one acknowledgement: written as one batch, resolved as one."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from services.ingest.gate import Gate
from services.ingest.problems import Problem

Written = asyncio.Future[Problem | None]
"""None once all in-sync replicas have the record; a problem if that is not known in time or never happened."""


class Batch(Protocol):
    """A Kafka record batch in the making (aiokafka's BatchBuilder)."""

    def append(
        self, *, timestamp: int | None, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> object | None:
        """None if the batch is full."""


@dataclass(slots=True)
class Group:
    """The waiters of one batch, oldest first, with their deadlines (loop time)."""

    batch: Batch
    gate: Gate
    waiters: deque[tuple[float, Written]] = field(default_factory=deque)
    places: int = 0
    size: int = 0

    def add(self, written: Written, deadline: float, size: int) -> None:
        """The group takes over a place at the gate and its bytes, and gives them back when it is settled."""
        self.waiters.append((deadline, written))
        self.places += 1
        self.size += size

    def give_up(self, now: float, problem: Problem) -> None:
        """Answers those whose deadline has passed. Their records stay on their way, and so do their places."""
        while self.waiters and self.waiters[0][0] <= now:
            answer(self.waiters.popleft()[1], problem)

    def settle(self, result: Problem | None) -> None:
        """The batch is written, or never will be."""
        while self.waiters:
            answer(self.waiters.popleft()[1], result)
        self.gate.leave(self.size, self.places)
        self.places = self.size = 0


def answer(written: Written, result: Problem | None) -> None:
    """Nothing if the sender has hung up."""
    if not written.done():
        written.set_result(result)


class PartitionQueue:
    """The groups of one partition that are not settled, in order of arrival; the last one is open for more."""

    def __init__(self, new_group: Callable[[], Group]) -> None:
        self._new_group = new_group
        self._waiting: deque[Group] = deque()
        self._on_its_way: Group | None = None
        self._news = asyncio.Event()

    def append(self, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Group:
        """Puts a record into the open group, or into a new one if that is full."""
        if self._waiting:
            group = self._waiting[-1]
            if group.batch.append(timestamp=None, key=key, value=value, headers=headers) is not None:
                return group
        group = self._new_group()
        if group.batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            raise ValueError("a record did not fit into an empty batch")
        self._waiting.append(group)
        self._news.set()
        return group

    async def news(self) -> None:
        """Returns when a group waits."""
        await self._news.wait()

    def take(self) -> Group:
        """The oldest group, closed; it is on its way until the next is taken or `done` is called."""
        self._on_its_way = self._waiting.popleft()
        if not self._waiting:
            self._news.clear()
        return self._on_its_way

    def done(self) -> None:
        self._on_its_way = None

    @property
    def empty(self) -> bool:
        return self._on_its_way is None and not self._waiting

    def groups(self) -> list[Group]:
        """All that are not settled."""
        return [*([self._on_its_way] if self._on_its_way is not None else []), *self._waiting]
