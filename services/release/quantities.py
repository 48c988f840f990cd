"""The numbers of a cell as they may be published: each rounded on its own secret grid. Pure.

Whatever is published later is made of these alone: a share of a rounded numerator and a rounded denominator, never the
exact mean beside a count, from which the exact count would follow. While the survey runs a figure is one rounded
number: what it would be among the rounded number of people, on the grid of their count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import floor, log

from schemas.survey.definition import IndicatorKind
from services.release.grid import Grid, nice
from services.release.identity import Identity, offset
from services.release.live_table import Amount, Indicator, LiveCell
from services.release.policy import Policy, Treatment
from services.release.primary import Reason, concentrated
from services.release.quantile_classes import exact_rank, quantile_class
from services.release.scales import ERROR_MARGIN, ERROR_RATIO, FINE, varying


@dataclass(frozen=True, slots=True)
class Quantities:
    """`values`: "n", "w", and for an indicator "name:n", then "name:above", "name:below" and "name:error" (the exponent
    on the grid of errors), or "name:level" (the figure times FINE times "name:n"), or "name:from" and "name:to" (the
    buckets between which a quantile is). Empty where nothing may be published
    of the cell; `reasons` says why a cell ("") or an indicator is not there."""

    values: Mapping[str, int]
    reasons: Mapping[str, Reason] = field(default_factory=dict)

    @property
    def shown(self) -> bool:
        return "n" in self.values

    @property
    def waits(self) -> bool:
        """For the closing release, by its definition and nothing else."""
        return self.reasons.get("") is Reason.DEEP

    def shows(self, name: str) -> bool:
        """The figure of an indicator."""
        return any(f"{name}:{part}" in self.values for part in ("above", "level", "from"))

    def without(self, name: str, reason: Reason) -> "Quantities":
        """The same without the figure of an indicator."""
        values = {key: value for key, value in self.values.items() if not key.startswith(f"{name}:")}
        return replace(self, values=values, reasons={**self.reasons, name: reason})


HIDDEN = Quantities({}, {"": Reason.FEW})
LATER = Quantities({}, {"": Reason.DEEP})


@dataclass(frozen=True)
class Rounding:
    """Makes quantities of the cells of a unit's tables. Where the treatment's step is 1 (a closed survey in mode
    `suppress`) the number of units is as it is; all else is rounded to `figure_step` respondents."""

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
            return self.treatment.step * (self.scales.get("n", 1) if self.treatment.is_progress else 1)
        return self.figure_step * self.scales.get(quantity, 1)

    def steps(self, cell: LiveCell, indicator: Indicator) -> dict[str, int]:
        """Of the parts of a figure. Once the survey is closed they follow the cell's own size, of which the figure
        tells more: amounts in one country can be a thousandth of those in another, and so can weights."""
        name, amount = indicator.name, cell.amounts.get(indicator.name)
        found = {part: self.step(f"{name}:{part}") for part in ("above", "below", "level")}
        if self.treatment.is_progress or amount is None or not amount.n:
            return found
        each = self.figure_step * self.scales.get("n", 1)
        found["below"] = each * nice(abs(amount.below or 0) / amount.n)
        if indicator.kind is IndicatorKind.SHARE:
            found["above"] = found["below"]
        else:
            found["above"] = each * nice(abs(amount.above) / amount.n * varying(indicator, amount))
        return found

    def weight_step(self, cell: LiveCell) -> int:
        return self.figure_step * self.scales.get("n", 1) * nice((cell.weight or 0) / max(1, cell.units))

    def grid(self, cell: Identity, quantity: str, kind: str = "size", step: int | None = None) -> Grid:
        """Quantities of one kind share their origin."""
        step = self.step(quantity) if step is None else step
        respondents = self.treatment.step if quantity == "n" else self.figure_step
        return Grid(step, offset(self.secret, self.survey, cell, kind, respondents, step))

    def quantities(self, at: Identity, cell: LiveCell, indicators: tuple[Indicator, ...]) -> Quantities:
        """Both units and submissions must reach the threshold: one household is not ten respondents."""
        told = {indicator.name for indicator in indicators}
        if self.treatment.shown is not None:
            group = frozenset(dimension for dimension, _ in at[1])
            if group not in self.treatment.shown:
                return LATER
            told = set(self.treatment.shown[group])
        counts = self.grid(at, "n")
        if not counts.reaches(min(cell.units, cell.submissions), self.treatment.threshold):
            return HIDDEN
        values = {"n": counts.round(cell.units)}
        reasons = {indicator.name: Reason.DEEP for indicator in indicators if indicator.name not in told}
        if cell.weight is not None and not self.treatment.is_progress:
            values["w"] = self.grid(at, "w", step=self.weight_step(cell)).round(cell.weight)
        for indicator in indicators:
            if indicator.name in told:
                is_quantile = indicator.kind is IndicatorKind.QUANTILE
                reason = (self._quantile if is_quantile else self._indicator)(at, cell, indicator, values)
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
        if indicator.kind in (IndicatorKind.MEAN, IndicatorKind.RATIO) and amount.error == 0.0:
            return Reason.ALIKE
        if amount.below is not None and self.treatment.is_progress:
            return self._figure(at, indicator, amount, number, values)
        steps = self.steps(cell, indicator)
        kind = "size" if indicator.kind is IndicatorKind.COUNT else f"{name}:above"
        above = self.grid(at, f"{name}:above", kind, steps["above"]).round(amount.above)
        if amount.below is not None:
            below = self.grid(at, f"{name}:below", step=steps["below"]).round(amount.below)
            least = self.treatment.threshold * abs(amount.below) // max(1, amount.n)
            if indicator.kind is IndicatorKind.SHARE and _alike(above, below, least):
                return Reason.ALIKE
            values[f"{name}:below"] = below
        values[f"{name}:above"] = above
        if not self.treatment.is_progress:
            values[f"{name}:n"] = number.round(amount.n)
            if amount.error is not None and amount.error > 0:
                origin = offset(self.secret, self.survey, at, f"{name}:error", FINE, FINE) / FINE
                values[f"{name}:error"] = floor(log(amount.error, ERROR_RATIO) + ERROR_MARGIN + origin)
        return None

    def _quantile(self, at: Identity, cell: LiveCell, indicator: Indicator, values: dict[str, int]) -> Reason | None:
        """Of a closed survey (services.release.quantile_classes). The rank stands on a grid of its own for each
        quantile; whether as many have their amounts in a class as they must, on that of the number."""
        found, respondents = cell.distributions.get(indicator.of), self.scales.get("n", 1)
        if found is None or not found.weight:
            return Reason.FEW
        number = self.grid(at, f"{indicator.of}:n", step=self.figure_step * respondents)
        enough = partial(number.reaches, threshold=max(self.treatment.threshold, 1))
        step = max(1, self.figure_step * respondents * found.weight // found.units)
        rank = self.grid(at, "", f"{indicator.name}:rank", step)
        if not enough(min(found.units, found.submissions)):
            return Reason.FEW
        told = quantile_class(found, Fraction(indicator.probability), rank, enough)
        if isinstance(told, Reason):
            return told
        values[f"{indicator.name}:n"] = number.round(found.units)
        values[f"{indicator.name}:from"], values[f"{indicator.name}:to"] = told
        return None

    def _figure(
        self, at: Identity, indicator: Indicator, amount: Amount, number: Grid, values: dict[str, int]
    ) -> Reason | None:
        """Of a progress release. What is not known to be safe (how much one answer can move it) is suppressed like
        what is too small: that it waits would say that a definition decides, and this is the data."""
        name = indicator.name
        if not amount.below or f"{name}:level" not in self.scales:
            return Reason.FEW
        rounded = number.round(amount.n)
        level = self.grid(at, f"{name}:level", f"{name}:level").round(
            floor(Fraction(amount.above, amount.below) * rounded * FINE)
        )
        if indicator.kind is IndicatorKind.SHARE and _alike(level, rounded * FINE, self.treatment.threshold * FINE):
            return Reason.ALIKE
        values[f"{name}:n"], values[f"{name}:level"] = rounded, level
        return None


def _alike(above: int, below: int, least: int) -> bool:
    """All alike, or all but a few: nobody of the cell could deny it."""
    return above < least or below - above < least


def exact(cell: LiveCell, indicators: tuple[Indicator, ...]) -> Quantities:
    """Mode `none`: everything as it is, but for errors, which need no more than their grid."""
    values = {"n": cell.units}
    if cell.weight is not None:
        values["w"] = cell.weight
    for indicator in indicators:
        amount, found = cell.amounts.get(indicator.name), cell.distributions.get(indicator.of)
        if found is not None and (bucket := found.bucket_at(exact_rank(found, indicator.probability))) is not None:
            values[f"{indicator.name}:n"] = found.units
            values[f"{indicator.name}:from"] = values[f"{indicator.name}:to"] = bucket
        if amount is not None and amount.n:
            values[f"{indicator.name}:n"], values[f"{indicator.name}:above"] = amount.n, amount.above
            if amount.below is not None:
                values[f"{indicator.name}:below"] = amount.below
            if amount.error is not None and amount.error > 0:
                values[f"{indicator.name}:error"] = round(log(amount.error, ERROR_RATIO) + ERROR_MARGIN)
    return Quantities(values)
