"""The rows of a table from its published quantities. Pure."""

from collections.abc import Mapping

from schemas.survey.definition import TOTAL
from services.release.cube import keys
from services.release.figures import figure
from services.release.identity import Identity, identity
from services.release.live_table import Codes, Indicator, LiveCell, LiveTable
from services.release.primary import Reason
from services.release.quantities import Quantities
from services.release.rows import NOT_YET, SUPPRESSED, ConfStatus, Figure, ObsStatus, PublishedTable, Row
from services.release.units import Unit


def published(table: LiveTable, unit: Unit, quantities: Mapping[Identity, Quantities]) -> PublishedTable:
    """A row for each combination of codes and margins, whether anybody is in it or not. Of a dimension whose codes
    nobody can know from the form, those of which something is shown: that there is such a code is an answer."""
    return PublishedTable(
        table.name,
        table.unit,
        table.dimensions,
        unit.treatment.mode,
        unit.rounding.step("n"),
        table.signed_off if unit.treatment.mode == "none" else "",
        tuple(_row(table, unit, codes, quantities[identity(table, codes)]) for codes in listed(table, quantities)),
    )


def listed(table: LiveTable, quantities: Mapping[Identity, Quantities]) -> list[Codes]:
    """The codes of the rows that a release of the table has."""
    found = keys(table)
    hidden = [at for at, dimension in enumerate(table.dimensions) if dimension in table.unlisted]
    if not hidden:
        return found
    told = {(at, codes[at]) for codes in found if quantities[identity(table, codes)].shown for at in hidden}
    return [codes for codes in found if all(codes[at] == TOTAL or (at, codes[at]) in told for at in hidden)]


def _row(table: LiveTable, unit: Unit, codes: Codes, quantities: Quantities) -> Row:
    if not quantities.shown:
        later = quantities.reasons.get("") is Reason.DEEP
        hidden = {indicator.name: NOT_YET if later else SUPPRESSED for indicator in table.indicators}
        status = ConfStatus.NOT_YET if later else ConfStatus.CONFIDENTIAL
        return Row(codes, None, ObsStatus.SUPPRESSED, status, None, hidden)
    weight = quantities.values.get("w")
    cell = unit.cells[identity(table, codes)]
    return Row(
        codes,
        quantities.values["n"],
        ObsStatus.NORMAL,
        ConfStatus.FREE,
        None if weight is None else weight / table.weight_factor,
        {indicator.name: _figure(unit, cell, quantities, indicator) for indicator in table.indicators},
    )


def _figure(unit: Unit, cell: LiveCell, quantities: Quantities, indicator: Indicator) -> Figure:
    steps = unit.rounding.steps(cell, indicator)
    spread = unit.rounding.scales.get(f"{indicator.name}:spread")
    return figure(quantities, indicator, steps, spread, exact=unit.treatment.mode == "none")
