"""The tables of one unit of analysis as one set of cells: they share margins, so they are treated together. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.release.cube import Cube, cube
from services.release.equations import Equation, equations
from services.release.identity import Identity, identity
from services.release.live_table import Indicator, LiveCell, LiveTable
from services.release.policy import Policy, Treatment
from services.release.quantities import Quantities, Rounding, exact
from services.release.scales import scales


@dataclass(frozen=True)
class Unit:
    """`cells` and `indicators` by identity: of a cell that several tables have, the indicators of all of them."""

    name: str
    treatment: Treatment
    rounding: Rounding
    cells: Mapping[Identity, LiveCell]
    indicators: Mapping[Identity, tuple[Indicator, ...]]
    equations: Sequence[Equation]

    def quantities(self) -> dict[Identity, Quantities]:
        if self.treatment.mode == "none":
            return {at: exact(cell, self.indicators[at]) for at, cell in self.cells.items()}
        return {at: self.rounding.quantities(at, cell, self.indicators[at]) for at, cell in self.cells.items()}


def together(
    survey: str,
    tables: Sequence[LiveTable],
    treatment: Treatment,
    policy: Policy,
    known_scales: Mapping[str, int],
    secret: bytes,
) -> Unit:
    """Tables that count different people in one cell are a fault of the caller: ValueError."""
    cells: dict[Identity, LiveCell] = {}
    indicators: dict[Identity, dict[str, Indicator]] = {}
    found_scales = known_scales
    for table in tables:
        cells_of_table: Cube = cube(table)
        found_scales = scales(table, cells_of_table, found_scales)
        for codes, cell in cells_of_table.items():
            at = identity(table, codes)
            known = cells.setdefault(at, cell)
            if known.units != cell.units:
                raise ValueError(f"table {table.name} counts other people than another table in a cell they share")
            cells[at] = replace(
                known,
                amounts={**cell.amounts, **known.amounts},
                distributions={**cell.distributions, **known.distributions},
            )
            indicators.setdefault(at, {}).update({indicator.name: indicator for indicator in table.indicators})
    # Where counts are exact, other sums are not: each is a table with small cells of its own.
    figure_step = treatment.step if treatment.step > 1 else max(table.rounding for table in tables)
    return Unit(
        tables[0].unit,
        treatment,
        Rounding(secret, survey, treatment, policy, found_scales, figure_step),
        cells,
        {at: tuple(found.values()) for at, found in indicators.items()},
        equations(tables),
    )
