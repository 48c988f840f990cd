"""The files of surveys that phones ask for, kept for a while: a team that starts its day downloads the same few."""

import asyncio
import time
from collections import OrderedDict
from typing import Protocol

from services.ingest import problems
from services.ingest.problems import Problem
from services.runtime.follower import NotCaughtUp

MAX_BYTES = 64 * 1024 * 1024
"""In memory: eight of the largest files there can be."""


class Contents(Protocol):
    """Where files are read from (services.runtime.surveys)."""

    def media(self, sha256: str) -> bytes | None:
        """Blocks. Raises `NotCaughtUp` when the broker does not answer."""
        ...


class MediaShelf:
    def __init__(self, contents: Contents, max_bytes: int = MAX_BYTES) -> None:
        self._contents = contents
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._reading = asyncio.Lock()
        self._failed = float("-inf")

    async def get(self, sha256: str) -> bytes | Problem | None:
        """None for a file that is not on the topic."""
        asked = time.monotonic()
        found: bytes | Problem | None = self._held.get(sha256)
        if found is None:
            # One reads at a time: a hundred phones that ask for one file cost one reading and its memory once.
            async with self._reading:
                found = self._held.get(sha256)
                if found is None:
                    if self._failed >= asked:
                        # The broker was away while this one waited: a hundred phones do not wait for it in turn.
                        return problems.FILE_UNAVAILABLE.of()
                    found = await self._read(sha256)
        if isinstance(found, bytes) and sha256 in self._held:
            self._held.move_to_end(sha256)
        return found

    async def _read(self, sha256: str) -> bytes | Problem | None:
        try:
            found = await asyncio.to_thread(self._contents.media, sha256)
        except NotCaughtUp:
            self._failed = time.monotonic()
            return problems.FILE_UNAVAILABLE.of()
        if found is not None:
            self._held[sha256] = found
            self._size += len(found)
            while self._size > self._max_bytes:
                self._size -= len(self._held.popitem(last=False)[1])
        return found
