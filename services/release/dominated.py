"""Figures hidden so that a sum that hardly more than one contributor makes does not follow from others. Pure.

A margin less the cells beside a hidden one is what is hidden, up to the grid. Counts are all alike, so the grid hides
one person's; an amount can be a hundred times the usual, and the grid is made for the usual. So in each line with such
a sum at least two figures are hidden, what is hidden together passes the rules of concentration itself, and the same
holds for the lines of those that keep it company: else they would follow, and it from them.
"""

from collections.abc import Mapping

from services.release.cube import merged
from services.release.equations import Equation
from services.release.identity import Identity
from services.release.live_table import Amount
from services.release.policy import Policy
from services.release.primary import Reason, concentrated
from services.release.quantities import Quantities
from services.release.units import Unit


def without_dominated(unit: Unit, cells: Mapping[Identity, Quantities], policy: Policy) -> dict[Identity, Quantities]:
    """The cells without the figures from which such a sum follows. Comes to an end: figures are only ever hidden."""
    found = dict(cells)
    for name in sorted({one.name for own in unit.indicators.values() for one in own if one.amount}):
        for at in _Company(unit, cells, name, policy).further():
            found[at] = found[at].without(name, Reason.COMPLEMENT)
    return found


class _Company:
    """Of one indicator: what is hidden, and which of it would tell of a sum that few make."""

    def __init__(self, unit: Unit, cells: Mapping[Identity, Quantities], name: str, policy: Policy) -> None:
        self._unit, self._name, self._policy = unit, name, policy
        steps = [
            unit.rounding.steps(unit.cells[at], one)["above"]
            for at, quantities in cells.items()
            if quantities.shows(name)
            for one in unit.indicators[at]
            if one.name == name
        ]
        self._step = min(steps, default=0)
        self._hidden = {at for at, quantities in cells.items() if not quantities.shows(name)}
        self._telling = {at for at in self._hidden if self._is_dominated([at])}

    def further(self) -> set[Identity]:
        """Which more to hide."""
        before = set(self._hidden)
        again = bool(self._telling)
        while again:
            again = any([self._widened(equation) for equation in self._unit.equations])
        return self._hidden - before

    def _widened(self, equation: Equation) -> bool:
        if self._telling.isdisjoint(equation.members):
            return False
        hidden = [at for at in equation.members if at in self._hidden and self._amount(at) is not None]
        parts = [at for at in hidden if at != equation.total]
        told = equation.total not in self._hidden and self._is_dominated(parts)
        if len(hidden) < 2 or told:
            shown = [at for at in equation.members if at not in self._hidden and self._amount(at) is not None]
            if shown:
                going = min(shown, key=lambda at: (at == equation.total, self._unit.cells[at].units, at))
                self._hidden.add(going)
                self._telling.add(going)
                return True
        new = set(hidden) - self._telling
        self._telling |= new
        return bool(new)

    def _is_dominated(self, cells: list[Identity]) -> bool:
        amounts = [amount for at in cells if (amount := self._amount(at)) is not None]
        if not amounts:
            return False
        together = merged(amounts)
        if 100 * self._step >= self._policy.p_percent * together.largest[0] > 0:
            return False  # the grid by itself leaves as much open as the rule asks
        return concentrated(together, self._policy.p_percent, self._policy.dominance_percent)

    def _amount(self, at: Identity) -> Amount | None:
        amount = self._unit.cells[at].amounts.get(self._name)
        return amount if amount is not None and amount.above else None
