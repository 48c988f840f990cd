"""Mode `round`: what is hidden after rounding. Pure.

Both rules look at what would be published and at nothing else, so they give nothing away that rounding does not.
"""

from collections.abc import Iterable, Mapping, Sequence

from services.release.equations import Equation
from services.release.identity import Identity
from services.release.peeling import narrowed, published_range, recovered
from services.release.primary import Reason, alike
from services.release.quantities import Quantities


def hidden_alike(equations: Sequence[Equation], cells: Mapping[Identity, Quantities]) -> dict[Identity, Quantities]:
    """The cells after the group attribute rule: of a line with one published category, that one is hidden too, until
    no such line is left."""
    found = dict(cells)
    again = True
    while again:
        again = False
        for equation in equations:
            shown = [found[part].shown for part in equation.parts]
            if alike(shown):
                found[equation.parts[shown.index(True)]] = Quantities({}, {"": Reason.ALIKE})
                again = True
    return found


def without_recoverable(
    equations: Sequence[Equation], cells: Mapping[Identity, Quantities], step: int, threshold: int
) -> dict[Identity, Quantities] | None:
    """The cells without those from which a suppressed one follows. Margins are rounded by themselves, so an exact
    number hardly ever follows; but that a cell hidden by the group attribute rule is the large one of its line often
    does. Where it does, something goes from each equation that says so: the smallest part that is there, else the
    total. None if that does not come to an end."""
    found = dict(cells)
    for _ in range(len(found) + 1):
        ranges = narrowed(equations, {at: published_range(own.values.get("n"), step) for at, own in found.items()})
        hidden = [at for at, own in found.items() if not own.shown]
        open_cells = set(recovered(ranges, hidden)) | {
            at for at in hidden if found[at].reasons.get("") is Reason.ALIKE and ranges[at][0] >= threshold
        }
        if not open_cells:
            return found
        lines = [equation for equation in equations if open_cells.intersection(equation.members)]
        going = [cell for equation in lines if (cell := _next(equation.members, equation.total, found)) is not None]
        if not going:
            # What closes them in is further away: any number beside a hidden one.
            beside = {
                cell for equation in equations if set(hidden) & set(equation.members) for cell in equation.members
            }
            further = _next(beside, None, found)
            if further is None:
                return None
            going = [further]
        found.update({cell: Quantities({}, {"": Reason.COMPLEMENT}) for cell in going})
    return None


def _next(members: Iterable[Identity], total: Identity | None, found: Mapping[Identity, Quantities]) -> Identity | None:
    """Which of these goes next: the smallest that is shown, the total last; None if none is."""
    shown = [member for member in members if found[member].shown]
    return min(shown, key=lambda at: (at == total, found[at].values["n"], at), default=None)
