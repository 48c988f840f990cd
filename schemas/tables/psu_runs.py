"""Sums for each stratum and PSU, from which variances come, as runs: small sorted logs that are merged. Pure.

Each submission touches a PSU of its own in each of its cells, so updating them where they lie would cost one update a
submission. Instead a batch writes its sums as one new run for each survey and shard, and once FAN_IN runs of a level
are there, they are merged into one of the next level: each sum is rewritten a few times in its life, however many
there are. The sum over all runs is what counts; a run by itself means nothing.

After a withdrawal all runs of the shard are merged at once, or what the person added would still stand in one run,
with its opposite in another.

    {_id: "survey/shard/sequence/part", survey, shard, level, sums: JSON {table: {cell: {stratum|psu: [sums]}}}}
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import add

from schemas.tables import exact_json
from schemas.tables.contribution import Contribution
from schemas.tables.places import picker

FAN_IN = 16
"""Runs of one level that are merged: each sum is rewritten log16(batches) times, and a reader sees a few dozen runs."""
RUN_BYTES = 48_000
"""Text of one document of a run, well under 64 kB."""
NUMBER_BYTES, SUMS_BYTES = 12, 10
"""Estimated text of one sum, and of the rest around the sums of a PSU."""
TOP_LEVEL = 5
"""Runs of this level (16**5 batches) are not merged any further, which bounds what a batch may have to rewrite."""

Sums = dict[str, dict[str, dict[str, list[int]]]]
"""Table -> cell -> stratum and PSU -> sums at the table's design places."""


@dataclass(frozen=True, slots=True)
class RunHead:
    """A document of a run, without its sums."""

    id: str
    level: int


@dataclass(frozen=True, slots=True)
class Run:
    """One document of a run."""

    survey: str
    shard: int
    sequence: str
    part: int
    level: int
    sums: str

    @property
    def id(self) -> str:
        return f"{self.survey}/{self.shard}/{self.sequence}/{self.part}"


def sequence(partition: int, responses_next: int) -> str:
    """What the name of the runs of the batch up to this offset of a partition begins with."""
    return f"{partition}-{responses_next}"


def gather(sums: Sums, contribution: Contribution) -> None:
    """Adds what a contribution (negated, if it is taken back) gives its PSU."""
    design, places = contribution.design, contribution.places
    if design is None:
        return
    for table, cell, amounts in contribution.cells:
        own = places.get(table)
        if own:
            put(sums, table, cell, design, list(picker(tuple(own))(amounts)))


def put(sums: Sums, table: str, cell: str, design: str, amounts: list[int]) -> None:
    cells = sums.get(table)
    if cells is None:
        cells = sums[table] = {}
    designs = cells.get(cell)
    if designs is None:
        cells[cell] = {design: amounts}
        return
    known = designs.get(design)
    designs[design] = amounts if known is None else list(map(add, known, amounts))


def merge(texts: Iterable[str], into: Sums | None = None) -> Sums:
    """The sum of runs, and of `into`, which must not be used any more. What became zero is left out."""
    total: Sums = into if into is not None else {}
    for text in texts:
        for table, cells in exact_json.loads(text).items():
            own = total.setdefault(table, {})
            for cell, designs in cells.items():
                known = own.get(cell)
                if known is None:
                    own[cell] = designs
                    continue
                for design, amounts in designs.items():
                    before = known.get(design)
                    known[design] = amounts if before is None else list(map(add, before, amounts))
    return {
        table: kept_cells
        for table, cells in total.items()
        if (
            kept_cells := {
                cell: kept
                for cell, designs in cells.items()
                if (kept := {design: amounts for design, amounts in designs.items() if any(amounts)})
            }
        )
    }


def runs(survey: str, shard: int, name: str, level: int, sums: Sums) -> list[Run]:
    """A run as documents of bounded size."""
    found: list[Run] = []
    part: Sums = {}
    length = 0
    for table, cells in sums.items():
        for cell, designs in cells.items():
            whole = sum(map(len, designs)) + sum(map(len, designs.values())) * NUMBER_BYTES + len(designs) * SUMS_BYTES
            if length + whole <= RUN_BYTES:
                part.setdefault(table, {})[cell] = designs
                length += whole + len(cell)
                continue
            for design, amounts in designs.items():
                put(part, table, cell, design, amounts)
                length += len(design) + NUMBER_BYTES * len(amounts) + SUMS_BYTES
                if length > RUN_BYTES:
                    found.append(_run(survey, shard, name, len(found), level, part))
                    part, length = {}, 0
            length += len(cell)
    if part:
        found.append(_run(survey, shard, name, len(found), level, part))
    return found


def rewritten(head: RunHead, sums: Sums) -> Run:
    """The same document with other sums, no more than it had."""
    survey, shard, name, part = head.id.rsplit("/", 3)
    return Run(survey, int(shard), name, int(part), head.level, exact_json.dumps(sums).decode())


def due(heads: Sequence[RunHead]) -> tuple[list[RunHead], int] | None:
    """The runs to merge now and the level of the result, or None. Documents of one run count as one."""
    by_level: dict[int, dict[str, list[RunHead]]] = {}
    for head in heads:
        run = head.id.rpartition("/")[0]
        by_level.setdefault(head.level, {}).setdefault(run, []).append(head)
    for level in sorted(by_level):
        if len(by_level[level]) >= FAN_IN and level < TOP_LEVEL:
            return [head for parts in by_level[level].values() for head in parts], level + 1
    return None


def _run(survey: str, shard: int, name: str, part: int, level: int, sums: Sums) -> Run:
    return Run(survey, shard, name, part, level, exact_json.dumps(sums).decode())
