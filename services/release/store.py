"""The port to the databases: one look at what aggregate keeps, and releases that are written whole or not at all.

Two adapters: memory_store (tests) and mongo_store. One contract suite runs on both
(tests/contract/test_release_store.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.tables.contribution import Contribution
from schemas.tables.generations import Generations
from services.release.epoch import Last
from services.release.inputs import Inputs, Position
from services.release.protect import Memory
from services.release.stored_inputs import StoredInputs

Document = dict[str, Any]


class Unavailable(Exception):
    """The database does not answer. Nothing was written, or what was written is whole; recoverable: try again."""


class MadeElsewhere(Exception):
    """Another process has made the release of this number. Nothing was written."""


@dataclass(frozen=True)
class Record:
    """What `audit` keeps of a release for good: no figure of a cell. `key_check` tells the release key from another.
    `reasons`: by table, how many rows or figures were suppressed for which reason."""

    last: Last
    content: str
    positions: Sequence[Position]
    key_check: str
    moved: int
    erased: int
    kept: Mapping[str, int]
    recoverable_suppressed: int
    reasons: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Made:
    """A release as it is written: `release` and `cells` for everybody, the rest for `audit`."""

    survey: str
    number: int
    release: Document
    cells: Sequence[Document]
    record: Record
    memory: Memory
    inputs: StoredInputs


class ReleaseStore(Protocol):
    """Every method raises `Unavailable`."""

    def generations(self, survey: str) -> Generations | None:
        """Of its tables; None for a survey that has none."""
        ...

    def read(self, survey: str, since: Mapping[int, int] | None, each: Callable[[Contribution], None] | None) -> Inputs:
        """`since` is where the last release ended, by partition. `each` is told of every counted contribution; None
        where nobody needs them, which spares reading them. It may be told anew from the start of none: a look that
        fails raises."""
        ...

    def positions(self) -> Sequence[Position]: ...

    def last(self, survey: str) -> Record | None:
        """Of the last release."""
        ...

    def newest(self, survey: str) -> int:
        """The number of the last release that is out, as `released` knows it; 0 before the first."""
        ...

    def memory(self, survey: str, number: int) -> Memory | None: ...

    def inputs(self, survey: str, number: int) -> StoredInputs | None:
        """None where there never was such a release, or its inputs are gone because somebody was erased."""
        ...

    def write(self, made: Made) -> None:
        """All of it or nothing; the memory of earlier releases goes, and their inputs too if somebody was erased.
        Raises `MadeElsewhere`."""
        ...

    def erased_ms(self, survey: str) -> int | None:
        """When the last erasure in the log of the survey was done, epoch milliseconds."""
        ...

    def let_go(self, survey: str, until_ms: int, memory: bool) -> None:
        """Deletes the inputs of releases that were made until then, and with `memory` what is remembered of the
        last one."""
        ...

    def first_seen(self, survey: str, now_ms: int) -> int:
        """When the survey was first seen here, epoch milliseconds: now, if it never was."""
        ...

    def releases(self, survey: str | None = None) -> list[Document]:
        """As they were written, oldest first, by survey."""
        ...

    def cells(self, survey: str, number: int, table: str | None = None) -> list[Document]:
        """In the order in which they were written."""
        ...

    def close(self) -> None: ...
