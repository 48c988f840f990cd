"""The port to the log of erasures, outside of a batch: what waits, whom it concerns, and that it is done."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from services.aggregate.erasing import Erasure, Source


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that names respondents: a slot, or a payload in the quarantine. `record` is the first source of what it
    holds."""

    instance: str
    survey: str
    subjects: tuple[str, ...]
    record: Source


class ErasureLog(Protocol):
    """All of it raises `Unavailable`, and blocks."""

    def all(self, survey: str | None = None) -> list[Erasure]:
        """In the order in which they were asked for."""
        ...

    def waiting(self) -> list[Erasure]: ...

    def of(self, sources: Collection[Source]) -> list[Erasure]:
        """Those that are in the log."""
        ...

    def kept_of(self, surveys: Collection[str], pseudonyms: Collection[str]) -> Iterable[Kept]:
        """What is kept of respondents, withdrawn ones left out. At least what was committed before the call."""
        ...

    def finish(self, sources: Collection[Source], now_ms: int) -> None:
        """Those that wait are done."""
        ...
