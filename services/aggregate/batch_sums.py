"""What a batch adds to one shard of one survey: its contributions grouped by cell first, then summed. Pure.

Many of a batch stand in the same cells; summing a cell at once costs a third of adding one contribution to another.
"""

from collections.abc import Iterable, Sequence
from operator import add

from schemas.tables.cells import Deltas
from schemas.tables.contribution import Amounts, Contribution
from schemas.tables.places import picker
from schemas.tables.psu_runs import Sums

Entries = tuple[list[str | None], list[Amounts]]
"""Strata and PSUs, and vectors, of the submissions in a cell."""


def batch_sums(contributions: Iterable[Contribution]) -> tuple[Deltas, Sums]:
    """The same as `Deltas.add` and `psu_runs.gather` of one after the other.

    All must be of this release, not from the ledger: then a table's id says which of its places a PSU keeps.
    """
    entries: dict[tuple[str, str], Entries] = {}
    places: dict[str, Sequence[int]] = {}
    for contribution in contributions:
        design = contribution.design
        for table, cell, amounts in contribution.cells:
            key = (table, cell)
            known = entries.get(key)
            if known is None:
                entries[key] = [design], [amounts]
                places[table] = contribution.places.get(table, ())
            else:
                known[0].append(design)
                known[1].append(amounts)
    deltas = Deltas()
    sums: Sums = {}
    for key, (designs, vectors) in entries.items():
        table, cell = key
        deltas.cells[key] = list(map(sum, zip(*vectors, strict=False)))
        by_design = _by_design(designs, vectors, tuple(places[table]))
        if by_design:
            sums.setdefault(table, {})[cell] = by_design
    return deltas, sums


def _by_design(designs: list[str | None], vectors: list[Amounts], places: tuple[int, ...]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    if not places:
        return found
    pick = picker(places)
    for design, amounts in zip(designs, vectors, strict=True):
        if design is not None:
            known = found.get(design)
            found[design] = list(pick(amounts)) if known is None else list(map(add, known, pick(amounts)))
    return found
