"""The numbers of a cell as they may be published: each rounded on its own secret grid. Pure.

Whatever is published later is made of these alone: a share of a rounded numerator and a rounded denominator, never the
exact mean beside a count, from which the exact count would follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, log

from schemas.survey.definition import TOTAL, IndicatorKind
from services.release.cube import Cube
from services.release.grid import Grid, nice
from services.release.identity import Identity, offset
from services.release.live_table import Indicator, LiveCell, LiveTable
from services.release.policy import Policy, Treatment
from services.release.primary import Reason, concentrated

ERROR_RATIO = 1.25
"""Standard errors are rounded up on a geometric grid: to two digits they would give away the exact count."""
FINE = 1_000_000
"""Points on that grid between two steps, from which its secret origin is taken."""
BOUNDED = frozenset({IndicatorKind.SHARE, IndicatorKind.MEAN, IndicatorKind.RATIO})


@dataclass(frozen=True, slots=True)
class Quantities:
    """`values`: "n", "w", and for an indicator "name:n", "name:above", "name:below", "name:error" (the exponent on the
    grid of errors). Empty where nothing may be published of the cell; `reasons` says why a cell ("") or an indicator
    is not there."""

    values: Mapping[str, int]
    reasons: Mapping[str, Reason] = field(default_factory=dict)

    @property
    def shown(self) -> bool:
        return "n" in self.values


HIDDEN = Quantities({}, {"": Reason.FEW})
LATER = Quantities({}, {"": Reason.DEEP})


def scales(table: LiveTable, cube: Cube, known: Mapping[str, int]) -> dict[str, int]:
    """How much of each quantity one submission brings (a household: its persons), as a round number: a step is that
    many times the step in respondents. Found once, at the first release that has somebody; a scale that followed the
    data would tell of it.
    """
    found: dict[str, int] = {}
    whole = [cell for codes, cell in cube.items() if cell.units and TOTAL not in codes]
    units = sum(cell.units for cell in whole)
    weights = sum(cell.weight or 0 for cell in whole)
    if units:
        found["n"] = nice(units / max(1, sum(cell.submissions for cell in whole))) if table.unit else 1
        found["w"] = nice(weights / units) * found["n"]
    for indicator in table.indicators:
        amounts = [cell.amounts[indicator.name] for cell in whole if indicator.name in cell.amounts]
        number = sum(amount.n for amount in amounts)
        if not number:
            continue
        found[f"{indicator.name}:n"] = found["n"]
        below = nice(sum(abs(amount.below or 0) for amount in amounts) / number) * found["n"]
        above = nice(sum(abs(amount.above) for amount in amounts) / number) * found["n"]
        found[f"{indicator.name}:below"] = below
        # A share's numerator moves by all or nothing of what its denominator moves by.
        found[f"{indicator.name}:above"] = below if indicator.kind is IndicatorKind.SHARE else above
    return {**found, **known}


@dataclass(frozen=True)
class Rounding:
    """Makes quantities of the cells of a unit's tables. `exact_counts` (a closed survey in mode `suppress`) leaves
    the number of units as it is; all else is rounded to `figure_step` respondents."""

    secret: bytes
    survey: str
    treatment: Treatment
    policy: Policy
    scales: Mapping[str, int]
    figure_step: int

    def step(self, quantity: str) -> int:
        """Of the grid, in the unit of the quantity. Once the survey is closed nobody is told by what changes, so a
        count needs no more than the designer's step, whoever has it."""
        if quantity == "n":
            return self.treatment.step * (self.scales.get("n", 1) if self.treatment.moves else 1)
        return self.figure_step * self.scales.get(quantity, 1)

    def grid(self, cell: Identity, quantity: str) -> Grid:
        step = self.step(quantity)
        respondents = self.treatment.step if quantity == "n" else self.figure_step
        kind = quantity if quantity.endswith(":above") else "size"
        return Grid(step, offset(self.secret, self.survey, cell, kind, respondents, step))

    def quantities(self, at: Identity, cell: LiveCell, indicators: tuple[Indicator, ...]) -> Quantities:
        """Both units and submissions must reach the threshold: one household is not ten respondents."""
        if len(at[1]) > self.treatment.depth:
            return LATER
        counts = self.grid(at, "n")
        threshold = self.treatment.threshold
        if not counts.reaches(min(cell.units, cell.submissions), threshold):
            return HIDDEN
        values = {"n": counts.round(cell.units)}
        reasons: dict[str, Reason] = {}
        if cell.weight is not None:
            values["w"] = self.grid(at, "w").round(cell.weight)
        for indicator in indicators:
            reason = self._indicator(at, cell, indicator, values)
            if reason is not None:
                reasons[indicator.name] = reason
        return Quantities(values, reasons)

    def _indicator(self, at: Identity, cell: LiveCell, indicator: Indicator, values: dict[str, int]) -> Reason | None:
        name, amount = indicator.name, cell.amounts.get(indicator.name)
        if amount is None:
            return Reason.FEW
        number = self.grid(at, f"{name}:n")
        if not number.reaches(min(amount.n, cell.submissions), max(self.treatment.threshold, 1)):
            return Reason.FEW
        policy = self.policy
        if indicator.amount and concentrated(amount, policy.p_percent, policy.dominance_percent):
            return Reason.CONCENTRATED
        above = self.grid(at, f"{name}:above").round(amount.above)
        below = None if amount.below is None else self.grid(at, f"{name}:below").round(amount.below)
        if indicator.kind is IndicatorKind.SHARE and below is not None:
            # All alike, or all but a few: nobody of the cell could deny it.
            least = self.treatment.threshold * self.scales.get(f"{name}:below", 1) // self.scales.get("n", 1)
            if above < least or below - above < least:
                return Reason.ALIKE
        values[f"{name}:n"], values[f"{name}:above"] = number.round(amount.n), above
        if below is not None:
            values[f"{name}:below"] = below
        if amount.error is not None and amount.error > 0:
            origin = offset(self.secret, self.survey, at, f"{name}:error", FINE, FINE) / FINE
            values[f"{name}:error"] = ceil(log(amount.error, ERROR_RATIO) + origin)
        return None


def exact(cell: LiveCell, indicators: tuple[Indicator, ...]) -> Quantities:
    """Mode `none`: everything as it is, but for errors, which need no more than their grid."""
    values = {"n": cell.units}
    if cell.weight is not None:
        values["w"] = cell.weight
    for indicator in indicators:
        amount = cell.amounts.get(indicator.name)
        if amount is not None and amount.n:
            values[f"{indicator.name}:n"], values[f"{indicator.name}:above"] = amount.n, amount.above
            if amount.below is not None:
                values[f"{indicator.name}:below"] = amount.below
            if amount.error is not None and amount.error > 0:
                values[f"{indicator.name}:error"] = ceil(log(amount.error, ERROR_RATIO))
    return Quantities(values)
