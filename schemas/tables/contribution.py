"""What one accepted submission adds to the tables of its survey, as the ledger holds it. Pure.

Contributions form an abelian group under addition, cell by cell and sum by sum, all in exact integers: taking one
back leaves exactly what was there before, in any order. The ledger stores `encode()` of what was applied, and that
very text is taken back later, also by a release that would compute it differently.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import orjson

Amounts = tuple[int, ...]

GENERATION = 1
"""Of the cells that contributions go to; a rebuild of a table fills the next one (a later issue)."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """`cells` holds (table id, cell key, vector as its layout says). `design` is the key of stratum and PSU in a
    survey that has them; `places` then says which places of a table's vectors count for that PSU too."""

    cells: tuple[tuple[str, str, Amounts], ...]
    design: str | None = None
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)
    text: bytes | None = field(default=None, compare=False, repr=False)
    """What `encode` gives, if it is known."""

    def __neg__(self) -> "Contribution":
        cells = tuple((table, cell, tuple(-amount for amount in amounts)) for table, cell, amounts in self.cells)
        return Contribution(cells, self.design, self.places)

    def encode(self) -> bytes:
        """JSON: [generation, design, places, cells]. Integers of any size."""
        return self.text if self.text is not None else encoded(self.cells, self.design, self.places)

    @classmethod
    def decode(cls, text: bytes) -> Self:
        # Not with orjson, which reads an integer beyond 64 bits as a float.
        _, design, places, cells = json.loads(text)
        return cls(tuple((table, cell, tuple(amounts)) for table, cell, amounts in cells), design, places)


def encoded(
    cells: tuple[tuple[str, str, Amounts], ...], design: str | None, places: Mapping[str, Sequence[int]]
) -> bytes:
    """The text of a contribution (`Contribution.encode`)."""
    content = [GENERATION, design, places, cells]
    try:
        return orjson.dumps(content)
    except TypeError:  # beyond 64 bits
        return json.dumps(content, separators=(",", ":")).encode()
