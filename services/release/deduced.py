"""Figures hidden so that one that is hidden because all answered alike does not follow from others. Pure.

A share of all or of none is not published; but a margin less the other cells of the line is what is hidden. So a second
figure of the line goes, one of that one's other lines, and so on, until linear programming finds that what is published
leaves the hidden one open: as many as the threshold may have answered otherwise. That the published numbers are rounded
is not relied on: rounding hides one answer, and here it is hundreds that are alike.
"""

from collections.abc import Mapping
from itertools import count
from math import inf

from schemas.survey.definition import IndicatorKind
from services.release.bounds import SLACK, Unsolved, bounds
from services.release.equations import Equation
from services.release.identity import Identity
from services.release.live_table import Amount, Indicator
from services.release.peeling import Range, narrowed
from services.release.primary import Reason
from services.release.quantities import Quantities
from services.release.units import Unit

NOTHING = Amount(0, 0)
"""Of a cell in which nobody is."""
LARGE = 50_000
"""Watched figures times hidden ones, about three seconds. Beyond it each line is subtracted, again and again, as for
counts that are rounded; a program for each figure could take hours."""
GENTLE = 4
"""Passes in which one more is hidden for each that is known too well; then one in each of its lines, to be quick."""


def without_deduced(unit: Unit, cells: Mapping[Identity, Quantities]) -> dict[Identity, Quantities]:
    """The cells without the figures from which a share of all or none, or a mean of equal answers follows. Comes to an
    end: figures are only ever hidden. Where the solver fails, all figures of the indicator go."""
    found = dict(cells)
    indicators = {one.name: one for own in unit.indicators.values() for one in own}
    for name in sorted({name for own in cells.values() for name, reason in own.reasons.items() if _is_alike(reason)}):
        # A quantile adds up to nothing.
        if name in indicators and indicators[name].kind is not IndicatorKind.QUANTILE:
            for at in _Lines(unit, found, indicators[name]).further():
                found[at] = found[at].without(name, Reason.COMPLEMENT)
    return found


def _is_alike(reason: Reason) -> bool:
    return reason is Reason.ALIKE


class _Lines:
    """Of one indicator: what is shown, what is hidden, and what adds up."""

    def __init__(self, unit: Unit, cells: Mapping[Identity, Quantities], indicator: Indicator) -> None:
        self._unit, self._indicator, name = unit, indicator, indicator.name
        # What waits for the closing release closes nothing in: a line with it says nothing of the others.
        counting = {
            at
            for at, own in cells.items()
            if not own.waits
            and own.reasons.get(name) is not Reason.DEEP
            and any(one.name == name for one in unit.indicators[at])
        }
        self._amounts = {at: unit.cells[at].amounts.get(name, NOTHING) for at in counting}
        self._equations = [equation for equation in unit.equations if counting.issuperset(equation.members)]
        self._shown = {at for at in counting if cells[at].shows(name)}
        self._alike = {at for at in counting if cells[at].reasons.get(name) is Reason.ALIKE}
        self._watched = set(self._alike)
        number = max(1, sum(amount.n for amount in self._amounts.values()))
        self._whole = sum(abs(amount.above) for amount in self._amounts.values())
        below = sum(abs(amount.below or 0) for amount in self._amounts.values())
        self._mean = max(1.0, self._whole / number)
        # Respondents are the unit of the program: the solver's tolerance is absolute.
        self._one = max(1.0, below / number) if self._is_share else self._mean

    @property
    def _is_share(self) -> bool:
        return self._indicator.kind is IndicatorKind.SHARE

    def further(self) -> set[Identity]:
        """Which more to hide."""
        before, guarded = set(self._shown), set(self._alike)
        for passed in count():
            self._complete(guarded)
            try:
                going = {cell for at in self._open() for cell in self._beside(at, passed >= GENTLE)}
            except Unsolved:
                going = set(self._shown)
            if not going:
                break
            self._shown -= going
            guarded |= going
        return before - self._shown

    def _complete(self, guarded: set[Identity]) -> None:
        """Hides a second one wherever one alone is hidden that must not follow, until there is no such line."""
        again = True
        while again:
            again = False
            for equation in self._equations:
                hidden = [at for at in equation.members if at not in self._shown and self._amounts[at].n]
                if len(hidden) == 1 and hidden[0] in guarded:
                    cell = self._smallest(equation)
                    if cell is not None:
                        self._shown.discard(cell)
                        guarded.add(cell)
                        again = True

    def _open(self) -> list[Identity]:
        """Figures hidden as alike of which too much is known. The program is about the distance from the truth, so it
        always has a solution."""
        if not self._shown or not self._watched:
            return []
        near = self._component()
        unknown = sorted({at for equation in near for at in equation.members if at not in self._shown})
        limits = {at: self._limits(at) for at in unknown}
        if len(self._watched) * len(unknown) > LARGE:
            exact = {at: (0.0, 0.0) for equation in near for at in equation.members}
            found = narrowed(near, exact | limits)
        else:
            found = bounds(near, dict.fromkeys(self._shown, 0), unknown, limits, self._is_safe)
        still = [at for at in unknown if not self._is_safe(at, found[at])]
        # The more is hidden the more is open: what was found safe stays so.
        self._watched.intersection_update(still)
        return still

    def _component(self) -> list[Equation]:
        """The lines that say something of a figure hidden as alike, be it through others that are hidden."""
        reached, left, found = set(self._watched), list(self._equations), list[Equation]()
        again = True
        while again:
            near = [equation for equation in left if not reached.isdisjoint(equation.members)]
            left = [equation for equation in left if reached.isdisjoint(equation.members)]
            found += near
            reached |= {at for equation in near for at in equation.members if at not in self._shown}
            again = bool(near)
        return found

    def _limits(self, at: Identity) -> Range:
        """How far it can be from the truth, as everybody knows: a share is between none and all, and most amounts are
        not negative."""
        amount = self._amounts[at]
        if not amount.n:
            return (0.0, 0.0)
        most = abs(amount.below or 0) if self._is_share else self._whole
        least = 0 if amount.above >= 0 else -self._whole
        return ((least - amount.above) / self._one, max(0.0, (most - amount.above) / self._one))

    def _is_safe(self, at: Identity, found: Range) -> bool:
        """Of a share: at least the threshold may have the property, and as many may not. Of a mean: the sum may differ
        by what as many bring."""
        if at not in self._watched:
            return True
        amount, threshold = self._amounts[at], self._unit.treatment.threshold
        low, high = (amount.above + end * self._one if abs(end) < inf else end for end in found)
        slack = SLACK * self._one * max(1, amount.n)
        if not self._is_share:
            return high - low >= threshold * (abs(amount.above) / max(1, amount.n) or self._mean) - slack
        below = abs(amount.below or 0)
        least = threshold * below // max(1, amount.n)
        return high >= least - slack and low <= below - least + slack

    def _beside(self, at: Identity, every: bool) -> list[Identity]:
        """Which go next for one that is known too well: one of its own lines, else of those that are linked with them
        by what is hidden; or one of `every` such line."""
        own = [cell for line in self._equations if at in line.members if (cell := self._smallest(line)) is not None]
        near = own or [cell for line in self._component() if (cell := self._smallest(line)) is not None]
        return near if every else sorted(near, key=self._harm)[:1]

    def _smallest(self, equation: Equation) -> Identity | None:
        shown = [at for at in equation.members if at in self._shown]
        return min(shown, key=self._harm, default=None)

    def _harm(self, at: Identity) -> tuple[int, int, Identity]:
        """The most detailed, then the smallest."""
        return -len(at[1]), self._unit.cells[at].units, at
