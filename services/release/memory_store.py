"""The store in memory, for tests: what `ledger` and `live` hold is set from outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.tables.cells import Page
from schemas.tables.contribution import Contribution
from schemas.tables.generations import Generations
from schemas.tables.shown_cells import shown_contribution, shown_pages, shown_runs
from services.release.inputs import Inputs, Position
from services.release.moved import Mark, moved
from services.release.protect import Memory
from services.release.store import Made, MadeElsewhere, Record
from services.release.stored_inputs import StoredInputs

Document = dict[str, Any]


@dataclass
class Kept:
    """What aggregate keeps of one survey."""

    pages: list[Page] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    contributions: list[Contribution] = field(default_factory=list)
    generations: Generations | None = None


class MemoryStore:
    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.at: list[Position] = []
        self.erased: dict[str, int] = {}
        self._made: dict[tuple[str, int], Made] = {}
        self._memories: dict[str, tuple[int, Memory]] = {}
        self._inputs: dict[tuple[str, int], StoredInputs] = {}
        self._seen: dict[str, int] = {}

    def read(self, survey: str, since: Mapping[int, int] | None, each: Callable[[Contribution], None] | None) -> Inputs:
        kept = self.kept.get(survey, Kept())
        for contribution in kept.contributions if each is not None else ():
            assert each is not None
            each(shown_contribution(contribution, kept.generations))
        now = kept.generations
        pages, runs = shown_pages(kept.pages, now), shown_runs(kept.runs, now)
        return Inputs(pages, runs, list(self.at), moved(kept.marks, since), generations=now)

    def generations(self, survey: str) -> Generations | None:
        return self.kept.get(survey, Kept()).generations

    def positions(self) -> Sequence[Position]:
        return list(self.at)

    def last(self, survey: str) -> Record | None:
        found = [made for (name, _), made in sorted(self._made.items()) if name == survey]
        return found[-1].record if found else None

    def newest(self, survey: str) -> int:
        return max((number for name, number in self._made if name == survey), default=0)

    def memory(self, survey: str, number: int) -> Memory | None:
        kept, found = self._memories.get(survey, (0, None))
        return found if kept == number else None

    def inputs(self, survey: str, number: int) -> StoredInputs | None:
        return self._inputs.get((survey, number))

    def write(self, made: Made) -> None:
        if (made.survey, made.number) in self._made:
            raise MadeElsewhere
        if made.record.erased:
            self._inputs = {at: inputs for at, inputs in self._inputs.items() if at[0] != made.survey}
        self._made[made.survey, made.number] = made
        self._memories[made.survey] = made.number, made.memory
        self._inputs[made.survey, made.number] = made.inputs

    def erased_ms(self, survey: str) -> int | None:
        return self.erased.get(survey)

    def let_go(self, survey: str, until_ms: int, memory: bool) -> None:
        for (name, number), made in self._made.items():
            if name == survey and made.record.last.at_ms <= until_ms:
                self._inputs.pop((name, number), None)
        if memory:
            self._memories.pop(survey, None)

    def first_seen(self, survey: str, now_ms: int) -> int:
        return self._seen.setdefault(survey, now_ms)

    def releases(self, survey: str | None = None) -> list[Document]:
        return [made.release for (name, _), made in sorted(self._made.items()) if survey in (None, name)]

    def cells(self, survey: str, number: int, table: str | None = None) -> list[Document]:
        made = self._made.get((survey, number))
        found = [] if made is None else [cell for cell in made.cells if table in (None, cell["table"])]
        return sorted(found, key=lambda cell: (str(cell["table"]), int(cell["place"])))

    def close(self) -> None:
        """Nothing is open."""
