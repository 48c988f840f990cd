"""What one accepted submission adds to the tables of its survey, as the ledger holds it. Pure.

Contributions form an abelian group under addition, cell by cell and sum by sum, all in exact integers: taking one
back leaves exactly what was there before, in any order. The ledger stores `encode()` of what was applied, and that
very text is taken back later, also by a release that would compute it differently.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from schemas.tables.exact_json import dumps, loads

Amounts = tuple[int, ...]

FORMAT = 1
"""Of the text. The generation of a cell is part of its table's id (schemas.tables.generations)."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """`cells` holds (table id, cell key, vector as its layout says). `design` is the key of stratum and PSU in a
    survey that has them; `places` then says which places of a table's vectors count for that PSU too."""

    cells: tuple[tuple[str, str, Amounts], ...]
    design: str | None = None
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)
    text: bytes | None = field(default=None, compare=False, repr=False)
    """What `encode` gives, if it is known."""
    epoch: int = field(default=0, compare=False)
    """Of the survey's generations, for which it was made; 0 for a survey that has none."""

    def __neg__(self) -> "Contribution":
        cells = tuple((table, cell, tuple(-amount for amount in amounts)) for table, cell, amounts in self.cells)
        return Contribution(cells, self.design, self.places)

    def encode(self) -> bytes:
        """JSON: [format, design, places, cells]. Integers of any size."""
        return self.text if self.text is not None else encoded(self.cells, self.design, self.places)

    @classmethod
    def decode(cls, text: bytes) -> Self:
        _, design, places, cells = loads(text)
        return cls(tuple((table, cell, tuple(amounts)) for table, cell, amounts in cells), design, places)


def encoded(
    cells: tuple[tuple[str, str, Amounts], ...], design: str | None, places: Mapping[str, Sequence[int]]
) -> bytes:
    """The text of a contribution (`Contribution.encode`)."""
    return dumps([FORMAT, design, places, cells])


def filled_contributions(content: bytes) -> Iterator[Contribution]:
    """Those of a leaf (services.aggregate.leaves): [places, {instance: [design, cells] or null}]."""
    places, entries = loads(content)
    for entry in entries.values():
        if entry is not None:
            design, cells = entry
            yield Contribution(tuple((table, cell, tuple(sums)) for table, cell, sums in cells), design, places)
