"""The rows of a table from its published quantities. Pure."""

from collections.abc import Mapping

from services.release.cube import keys
from services.release.figures import figure
from services.release.identity import Identity, identity
from services.release.live_table import Codes, Indicator, LiveTable
from services.release.quantities import Quantities
from services.release.rows import SUPPRESSED, ConfStatus, Figure, ObsStatus, PublishedTable, Row
from services.release.units import Unit


def published(table: LiveTable, unit: Unit, quantities: Mapping[Identity, Quantities]) -> PublishedTable:
    """A row for each combination of codes and margins, whether anybody is in it or not."""
    rows = tuple(_row(table, unit, codes, quantities[identity(table, codes)]) for codes in keys(table))
    return PublishedTable(
        table.name, table.unit, table.dimensions, table.mode, unit.rounding.step("n"), table.signed_off, rows
    )


def _row(table: LiveTable, unit: Unit, codes: Codes, quantities: Quantities) -> Row:
    if not quantities.shown:
        hidden = {indicator.name: SUPPRESSED for indicator in table.indicators}
        return Row(codes, None, ObsStatus.SUPPRESSED, ConfStatus.CONFIDENTIAL, None, hidden)
    weight = quantities.values.get("w")
    return Row(
        codes,
        quantities.values["n"],
        ObsStatus.NORMAL,
        ConfStatus.FREE,
        None if weight is None else weight / table.weight_factor,
        {indicator.name: _figure(unit, quantities, indicator) for indicator in table.indicators},
    )


def _figure(unit: Unit, quantities: Quantities, indicator: Indicator) -> Figure:
    above, below = (unit.rounding.step(f"{indicator.name}:{part}") for part in ("above", "below"))
    return figure(quantities, indicator, above, below, exact=unit.treatment.mode == "none")
