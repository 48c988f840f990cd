"""What a release is made of, as one consistent look at the databases gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.tables.cells import Page
from schemas.tables.generations import Generations
from services.release.moved import Moved


@dataclass(frozen=True, slots=True)
class Position:
    """Up to which record of a partition of `submissions` everything is in the cells (`next`), and where it began."""

    partition: int
    topic: str
    next: int
    first: int = 0


@dataclass(frozen=True)
class Inputs:
    """`pages` and `runs` are those of the survey's cells that are figures, by its `generations`. `waiting_erasures`
    counts those in the log that are not done, of all surveys. All of it stood in the databases at one moment."""

    pages: Sequence[Page]
    runs: Sequence[str]
    positions: Sequence[Position]
    moved: Moved
    waiting_erasures: int = 0
    generations: Generations | None = None


def watermark(positions: Sequence[Position]) -> str:
    """The same for the same inputs: "topic/partition:next,..."."""
    ordered = sorted(positions, key=lambda position: position.partition)
    return ",".join(f"{position.topic}/{position.partition}:{position.next}" for position in ordered)


def since(positions: Sequence[Position]) -> Mapping[int, int]:
    return {position.partition: position.next for position in positions}
