"""What adds up in the tables of a release: a margin is the sum of the cells along one dimension. Pure.

Cells are known by identity, so tables that share margins share unknowns: linked tables are one system.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.survey.definition import TOTAL
from services.release.cube import keys
from services.release.identity import Identity, identity
from services.release.live_table import LiveTable


@dataclass(frozen=True, slots=True)
class Equation:
    """`total` is the sum of `parts`."""

    total: Identity
    parts: tuple[Identity, ...]

    @property
    def members(self) -> tuple[Identity, ...]:
        return (self.total, *self.parts)


def equations(tables: Iterable[LiveTable]) -> list[Equation]:
    """Each once. None over dimensions of which a unit may have several codes: they do not add up."""
    found: dict[Identity, dict[tuple[Identity, ...], None]] = {}
    for table in tables:
        for codes in keys(table):
            for at, code in enumerate(codes):
                if code == TOTAL:
                    parts = tuple(identity(table, (*codes[:at], part, *codes[at + 1 :])) for part in table.codes[at])
                    found.setdefault(identity(table, codes), {})[parts] = None
    return [Equation(total, parts) for total, lines in found.items() for parts in lines]
