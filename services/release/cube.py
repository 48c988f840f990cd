"""A table with all its margins: every combination of codes and `_T`, empty ones included. Pure."""

from collections.abc import Iterable, Mapping
from itertools import product

from schemas.survey.definition import TOTAL
from services.release.distribution import together
from services.release.live_table import Amount, Codes, LiveCell, LiveTable

EMPTY = LiveCell(0, 0, 0)

Cube = Mapping[Codes, LiveCell]


def cube(table: LiveTable) -> dict[Codes, LiveCell]:
    """A margin that the table does not give is summed from its inner cells. Where the unit is not the submission, one
    submission can be in several cells, so that their number is known to be the largest of the parts and no more: the
    thresholds must not take one household for ten respondents."""
    inner = {codes: cell for codes, cell in table.cells.items() if TOTAL not in codes}
    parts: dict[Codes, list[LiveCell]] = {}
    for codes, cell in inner.items():
        for key in product(*[(code, TOTAL) for code in codes]):
            parts.setdefault(key, []).append(cell)
    return {
        codes: table.cells.get(codes) or _together(parts.get(codes, ()), distinct=not table.unit)
        for codes in keys(table)
    }


def keys(table: LiveTable) -> list[Codes]:
    """All cells that a release of the table has a row for, in the order of the codes, margins last."""
    return list(
        product(
            *[
                codes if dimension in table.several else (*codes, TOTAL)
                for dimension, codes in zip(table.dimensions, table.codes, strict=True)
            ]
        )
    )


def _together(cells: Iterable[LiveCell], distinct: bool) -> LiveCell:
    cells = list(cells)
    if len(cells) < 2:
        return cells[0] if cells else EMPTY
    names = dict.fromkeys(name for cell in cells for name in cell.amounts)
    weights = [cell.weight for cell in cells if cell.weight is not None]
    return LiveCell(
        units=sum(cell.units for cell in cells),
        submissions=(sum if distinct else max)(cell.submissions for cell in cells),
        moves=(sum if distinct else max)(cell.moves for cell in cells),
        weight=sum(weights) if weights else None,
        amounts={name: merged([cell.amounts[name] for cell in cells if name in cell.amounts]) for name in names},
        distributions={
            name: together([cell.distributions[name] for cell in cells if name in cell.distributions], distinct)
            for name in dict.fromkeys(name for cell in cells for name in cell.distributions)
        },
    )


def merged(amounts: list[Amount]) -> Amount:
    """The errors do not add up: a margin that is to have one comes from the caller."""
    belows = [amount.below for amount in amounts if amount.below is not None]
    first, second, *_ = [*sorted((one for amount in amounts for one in amount.largest), reverse=True), 0, 0]
    return Amount(
        n=sum(amount.n for amount in amounts),
        above=sum(amount.above for amount in amounts),
        below=sum(belows) if belows else None,
        largest=(first, second),
    )
