"""The log of erasures of the store in memory."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from services.aggregate.erasing import Erasure, Source
from services.aggregate.erasure_log import Kept
from services.aggregate.slots import State

Stored = Callable[[str], list[Any]]
"""The documents of a collection."""
Write = Callable[[str, object, object], None]
"""Collection, id, document."""


class MemoryErasures:
    def __init__(self, stored: Stored, write: Write) -> None:
        self._stored = stored
        self._write = write

    def all(self, survey: str | None = None) -> list[Erasure]:
        found = [one for one in self._stored("erasures") if survey in (None, one.survey)]
        return sorted(found, key=lambda one: (one.asked_ms, one.source))

    def waiting(self) -> list[Erasure]:
        return [one for one in self.all() if one.done_ms is None]

    def of(self, sources: Collection[Source]) -> list[Erasure]:
        return [one for one in self.all() if one.source in sources]

    def kept_of(self, surveys: Collection[str], pseudonyms: Collection[str]) -> Iterable[Kept]:
        slots = [slot for slot in self._stored("slots") if slot.state is not State.WITHDRAWN]
        for one in [*slots, *self._stored("quarantine")]:
            if one.survey in surveys and one.instance is not None and not set(pseudonyms).isdisjoint(one.subjects):
                yield Kept(one.instance, one.survey, one.subjects, one.origin or (one.partition, one.offset))

    def finish(self, sources: Collection[Source], now_ms: int) -> None:
        for one in self.waiting():
            if one.source in sources:
                self._write("erasures", one.source, replace(one, done_ms=now_ms))
