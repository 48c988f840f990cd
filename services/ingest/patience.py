"""How long a request may take to arrive, and how large it may be.

A timer for each request costs more than everything else about reading it, so one task looks at all who wait.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.ingest import problems
from services.ingest.problems import Problem

T = TypeVar("T")


class _Wait:
    __slots__ = ("since", "task", "too_long")

    def __init__(self, since: float, task: "asyncio.Task[object] | None") -> None:
        self.since = since
        self.task = task
        self.too_long = False


class Patience:
    """`max_bytes` of a request in all; `idle_s` seconds in which nothing of it arrives, a quarter more or less."""

    def __init__(self, max_bytes: int, idle_s: float) -> None:
        self.max_bytes = max_bytes
        self._idle_s = idle_s
        self._waits: set[_Wait] = set()

    async def wait_for(self, receive: Callable[[], Awaitable[T]]) -> T | Problem:
        """What `receive` returns, or `TIMED_OUT`."""
        wait = _Wait(asyncio.get_running_loop().time(), asyncio.current_task())
        self._waits.add(wait)
        try:
            return await receive()
        except asyncio.CancelledError:
            if not wait.too_long or wait.task is None or wait.task.uncancel() > 0:
                raise
            return problems.TIMED_OUT.of(seconds=f"{self._idle_s:g}")
        finally:
            self._waits.discard(wait)

    async def run(self) -> None:
        """Runs for as long as the process takes requests."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._idle_s / 4)
            for wait in list(self._waits):
                if loop.time() - wait.since >= self._idle_s and not wait.too_long and wait.task is not None:
                    wait.too_long = True
                    wait.task.cancel()
