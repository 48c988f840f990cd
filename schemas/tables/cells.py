"""Cells as they lie in documents: pages. Pure.

What a batch costs in the database is the number of updates, then the number of paths in each (measured:
docs/adr/0012-cell-pages.md). So the cells of a survey lie together in a few documents, and a batch replaces each page
that it touches as a whole, by the sums worked out here. Workers do not meet: the pages of a shard (a source
partition) belong to the worker that has the partition, and only taking something back reaches into another's.

A page holds the cells whose hash begins with its prefix of bits. A shard begins with one page (prefix ""); a page
that grows past PAGE_BYTES is split into the two prefixes one bit longer, so documents stay bounded however many cells
there are. The cell of a table is the sum of its vectors over the shards.

    {_id: "survey/shard/prefix", survey, shard, revision, tables: {table: {cell: "3 14 15"}}, moves: {table: {cell: n}}}

The sums of a cell are stored as one text: a page is written whole for the few cells of it that a batch touches, and so
each costs a value, not one for each sum (docs/adr/0022-sums-as-text.md).

`moves` counts retractions, outside the group: it never decreases, and stays when a cell has become zero and is
removed. Additions minus retractions is what the cell holds, so moves of a cell = submissions in it + 2 * retractions.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import add
from typing import Self
from zlib import crc32

from schemas.tables.contribution import Contribution
from schemas.tables.generation_ids import table_of

PAGE_BYTES = 40_000
"""Estimated size from which a page is split: well under the 64 kB that a document may have, as a batch can add many
cells at once."""
NUMBER_BYTES = 8
"""Estimated text of one sum: most are counts, a few have twenty digits and more."""
CELL_BYTES = 16
"""Of one cell beside its key and its sums."""
HASH_BITS = 32

Cells = dict[str, dict[str, list[int]]]
"""Table -> cell -> sums."""


@dataclass
class Deltas:
    """What a batch adds to one shard of one survey, summed. `retractions` counts those among it, by cell: once, under
    the id of the table, whatever the generations in which the cell is."""

    cells: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    retractions: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, contribution: Contribution, retraction: bool = False) -> None:
        """Adds a contribution; one that is taken back comes already negated."""
        cells = self.cells
        for table, cell, amounts in contribution.cells:
            key = (table, cell)
            known = cells.get(key)
            cells[key] = list(amounts) if known is None else list(map(add, known, amounts))
        if retraction:
            for table, cell in {(table_of(table), cell) for table, cell, _ in contribution.cells}:
                self.retractions[table, cell] = self.retractions.get((table, cell), 0) + 1


@dataclass(frozen=True, slots=True)
class Page:
    """One document of cells. `revision` rises with each write of it."""

    survey: str
    shard: int
    prefix: str
    revision: int
    tables: Mapping[str, Mapping[str, list[int]]]
    moves: Mapping[str, Mapping[str, int]]

    @property
    def id(self) -> str:
        return page_id(self.survey, self.shard, self.prefix)

    def without(self, ids: Collection[str]) -> Self:
        """A revision later, without the cells of tables under these ids. Their moves stay."""
        tables = {table: cells for table, cells in self.tables.items() if table not in ids}
        return replace(self, revision=self.revision + 1, tables=tables)

    @classmethod
    def empty(cls, survey: str, shard: int, prefix: str = "") -> Self:
        return cls(survey, shard, prefix, 0, {}, {})


def sums_text(sums: Iterable[int]) -> str:
    """As a document has them."""
    return " ".join(map(str, sums))


def read_sums(stored: str | Iterable[object]) -> list[int]:
    """Also those of a page that was written before sums were text: integers, and beyond 64 bits Decimal128."""
    return list(map(int, stored.split(" "))) if isinstance(stored, str) else [int(str(n)) for n in stored]


def page_id(survey: str, shard: int, prefix: str) -> str:
    return f"{survey}/{shard}/{prefix}"


@lru_cache(maxsize=100_000)
def bits(table: str, cell: str) -> str:
    """The hash of a cell's place, as bits: stable for ever, for stored pages are found by it. All generations of a
    cell lie in the same page."""
    return f"{crc32(f'{table_of(table)}/{cell}'.encode()):0{HASH_BITS}b}"


def pages_of(deltas: Deltas, prefixes: Iterable[str]) -> dict[str, Deltas]:
    """The deltas by the prefix of the page that they belong to. `prefixes` are those of the pages of the shard, which
    share out all hashes; none means that the shard is still empty."""
    known = set(prefixes) or {""}
    if known == {""}:
        return {"": deltas}
    lengths = sorted({len(prefix) for prefix in known})
    found: dict[str, Deltas] = {}

    def part(key: tuple[str, str]) -> Deltas:
        hashed = bits(*key)
        prefix = next(hashed[:length] for length in lengths if hashed[:length] in known)
        return found.setdefault(prefix, Deltas())

    for key, amounts in deltas.cells.items():
        part(key).cells[key] = amounts
    for key, number in deltas.retractions.items():
        part(key).retractions[key] = number
    return found


def applied(page: Page, deltas: Deltas) -> list[Page]:
    """The page after these deltas: itself a revision later, or the pages into which it is split."""
    tables: Cells = {table: dict(cells) for table, cells in page.tables.items()}
    moves = {table: dict(cells) for table, cells in page.moves.items()}
    for (table, cell), amounts in deltas.cells.items():
        cells = tables.setdefault(table, {})
        known = cells.get(cell)
        total = list(amounts) if known is None else list(map(add, known, amounts))
        if any(total):
            cells[cell] = total
            continue
        # What became zero is removed: a zero would still say that somebody had been there.
        cells.pop(cell, None)
        if not cells:
            del tables[table]
    for (table, cell), retractions in deltas.retractions.items():
        kept = moves.setdefault(table, {})
        kept[cell] = kept.get(cell, 0) + retractions
    return _split(Page(page.survey, page.shard, page.prefix, page.revision + 1, tables, moves))


def size(page: Page) -> int:
    """Estimated bytes of the document."""
    cells = sum(
        CELL_BYTES + len(cell) + NUMBER_BYTES * len(amounts)
        for table in page.tables.values()
        for cell, amounts in table.items()
    )
    return cells + sum(CELL_BYTES + len(cell) for table in page.moves.values() for cell in table)


def _split(page: Page) -> list[Page]:
    if size(page) <= PAGE_BYTES or len(page.prefix) >= HASH_BITS:
        return [page]
    return [half for bit in "01" for half in _split(_half(page, page.prefix + bit))]


def _half(page: Page, prefix: str) -> Page:
    tables = {
        table: part
        for table, cells in page.tables.items()
        if (part := {cell: sums for cell, sums in cells.items() if bits(table, cell).startswith(prefix)})
    }
    moves = {
        table: kept
        for table, cells in page.moves.items()
        if (kept := {cell: n for cell, n in cells.items() if bits(table, cell).startswith(prefix)})
    }
    return Page(page.survey, page.shard, prefix, page.revision, tables, moves)


def summed(pages: Iterable[Page], table: str) -> dict[str, list[int]]:
    """The cells of a table, summed over the shards."""
    total: dict[str, list[int]] = {}
    for cell, amounts in _cells(pages, table):
        known = total.get(cell)
        total[cell] = list(amounts) if known is None else list(map(add, known, amounts))
    return {cell: amounts for cell, amounts in total.items() if any(amounts)}


def retractions(pages: Iterable[Page], table: str) -> dict[str, int]:
    """How often something was taken out of a cell, over all shards."""
    total: dict[str, int] = {}
    for page in pages:
        for cell, number in page.moves.get(table, {}).items():
            total[cell] = total.get(cell, 0) + number
    return total


def _cells(pages: Iterable[Page], table: str) -> Iterator[tuple[str, list[int]]]:
    for page in pages:
        yield from page.tables.get(table, {}).items()
