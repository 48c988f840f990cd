"""Mode `suppress`, once the survey is closed: which counts may be published exactly. Pure.

Before that the tables came out rounded. What those releases say of a cell still bounds it, so it goes into the audit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.release.complementary import complementary
from services.release.delta import Fresh
from services.release.equations import Equation
from services.release.identity import Identity
from services.release.live_table import LiveCell
from services.release.peeling import Range, published_range
from services.release.primary import Reason, alike


@dataclass(frozen=True, slots=True)
class Counted:
    """The cells, and what was last published of them on a grid of `step`."""

    cells: Mapping[Identity, LiveCell]
    before: Mapping[Identity, Fresh]
    step: int

    @property
    def counts(self) -> dict[Identity, int]:
        return {at: cell.units for at, cell in self.cells.items()}

    @property
    def known(self) -> dict[Identity, Range]:
        """As if nobody had moved since: what the most trusting adversary would take for certain. A range that would
        be wrong is widened to the truth, for the bounds must be about something."""
        found: dict[Identity, Range] = {}
        for at, cell in self.cells.items():
            if at in self.before and self.before[at].quantities.shown:
                low, high = published_range(self.before[at].quantities.values["n"], self.step)
                found[at] = (min(low, cell.units), max(high, cell.units))
        return found


def pattern(equations: Sequence[Equation], counted: Counted, threshold: int) -> dict[Identity, Reason] | None:
    """What to suppress, with the reason; None if no pattern passed the audit."""
    reasons: dict[Identity, Reason] = {
        at: Reason.FEW for at, cell in counted.cells.items() if min(cell.units, cell.submissions) < threshold
    }
    for equation in equations:
        if alike(part not in reasons for part in equation.parts):
            reasons.update({part: Reason.ALIKE for part in equation.parts if part not in reasons})
    large = {at for at, reason in reasons.items() if reason is Reason.ALIKE}
    found = complementary(equations, counted.counts, set(reasons), threshold, large, counted.known)
    if found is None:
        return None
    return {at: reasons.get(at, Reason.COMPLEMENT) for at in found}
