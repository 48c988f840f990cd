"""The difference to the last release is itself a table: sticky cells. Pure.

A published number may stay, or change by what at least `least_changed` respondents did. If fewer did it, the old
number stays. What was kept back comes out with a later change, so the count goes on from when the number was last
true. Analysts are not told which cells were kept: a flag on the cell would say that somebody, but hardly anybody,
moved in it, which is what keeping it back hides. All tables say that cells may stand as they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.release.identity import Identity
from services.release.live_table import LiveCell
from services.release.primary import Reason
from services.release.quantities import HIDDEN, Quantities


@dataclass(frozen=True, slots=True)
class Fresh:
    """A cell as it was last published, and what it held when that number was last true."""

    quantities: Quantities
    submissions: int
    moves: int


NOBODY = Fresh(HIDDEN, 0, 0)


def respondents_moved(before: Fresh | None, cell: LiveCell) -> int:
    """How many respondents changed the cell, at least. Additions and retractions are known only as a sum: each pair
    of one and one may be the edit of one respondent, and counts once."""
    if before is None:
        return cell.submissions
    net = abs(cell.submissions - before.submissions)
    return net + max(0, cell.moves - before.moves - net) // 2


def settle(
    before: Mapping[Identity, Fresh], now: Mapping[Identity, tuple[LiveCell, Quantities]], least_changed: int
) -> tuple[dict[Identity, Fresh], set[Identity]]:
    """The cells as they may be published, and those that were kept back. A cell of which nothing was known before was
    suppressed with nobody in it."""
    settled: dict[Identity, Fresh] = {}
    kept: set[Identity] = set()
    for at, (cell, quantities) in now.items():
        old = before.get(at)
        published = old.quantities.values if old else {}
        if quantities.values != published and respondents_moved(old, cell) < least_changed:
            kept.add(at)
            settled[at] = replace(old, quantities=_as_defined(old.quantities, quantities)) if old else NOBODY
        else:
            settled[at] = Fresh(quantities, cell.submissions, cell.moves)
    return settled, kept


def _as_defined(old: Quantities, now: Quantities) -> Quantities:
    """The old numbers, with those figures waiting for the closing release that wait now. Which these are is a matter of
    definitions: a cell that had others than the cells beside it would be seen to be kept back."""
    later = {name for name, reason in now.reasons.items() if reason is Reason.DEEP}
    found = old
    for name in later:
        found = found.without(name, Reason.DEEP)
    fewer = {name: reason for name, reason in found.reasons.items() if reason is Reason.DEEP and name not in later}
    return replace(found, reasons={**found.reasons, **dict.fromkeys(fewer, Reason.FEW)}) if fewer else found


def violations(
    before: Mapping[Identity, Fresh],
    published: Mapping[Identity, Quantities],
    cells: Mapping[Identity, LiveCell],
    least_changed: int,
) -> list[Identity]:
    """The audit of what `settle` made, by other means: cells of which a published number changed by too few
    respondents. Numbers that are hidden now are no change: they are hidden for what stands beside them."""

    def changed(at: Identity, values: Mapping[str, int]) -> bool:
        old = before[at].quantities.values if at in before else {}
        return any(old.get(quantity) != value for quantity, value in values.items())

    return [
        at
        for at, quantities in published.items()
        if changed(at, quantities.values) and respondents_moved(before.get(at), cells[at]) < least_changed
    ]
