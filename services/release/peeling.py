"""What subtraction recovers: from what is published, the range in which each cell can lie. Pure.

The audit of the one who sees nothing but the release. A cell published as v on a grid of step s lies within s - 1 of
it (the origin is secret); an exact one is v; a suppressed one is anything from 0. Each equation then bounds each of
its members by the others, again and again until nothing more follows. On exact tables this is peeling by subtraction.
"""

from collections.abc import Iterable, Mapping

from services.release.equations import Equation
from services.release.identity import Identity

Range = tuple[float, float]
ANYTHING: Range = (0.0, float("inf"))
ROUNDS = 50
"""More than any table has dimensions to chain through; each round is a pass over all equations."""


def published_range(value: int | None, step: int) -> Range:
    if value is None:
        return ANYTHING
    return (max(0, value - step + 1), value + step - 1)


def narrowed(equations: Iterable[Equation], ranges: Mapping[Identity, Range]) -> dict[Identity, Range]:
    """The ranges that follow. Sound, not complete: linear programming (services.release.bounds) narrows as far as can
    be."""
    found = dict(ranges)
    equations = list(equations)
    for _ in range(ROUNDS):
        changed = False
        for equation in equations:
            parts = [found[part] for part in equation.parts]
            # Several suppressed parts can each be unbounded: count them instead of subtracting infinities.
            low, high = sum(low for low, _ in parts), sum(high for _, high in parts)
            finite = sum(high for _, high in parts if high != float("inf"))
            unbounded = sum(high == float("inf") for _, high in parts)
            total_low, total_high = found[equation.total]
            changed |= _narrow(found, equation.total, low, high)
            for part, (part_low, part_high) in zip(equation.parts, parts, strict=True):
                others_high = (
                    (high - part_high)
                    if not unbounded
                    else finite
                    if unbounded == 1 and part_high == float("inf")
                    else float("inf")
                )
                changed |= _narrow(found, part, total_low - others_high, total_high - (low - part_low))
        if not changed:
            break
    return found


def _narrow(found: dict[Identity, Range], at: Identity, low: float, high: float) -> bool:
    known_low, known_high = found[at]
    new = (max(known_low, low), min(known_high, high))
    if new == (known_low, known_high):
        return False
    found[at] = new
    return True


def recovered(ranges: Mapping[Identity, Range], suppressed: Iterable[Identity]) -> list[Identity]:
    """Suppressed cells that can be one whole number alone."""
    return [at for at in suppressed if ranges[at][1] - ranges[at][0] < 1]
