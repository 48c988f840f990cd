"""How many respondents must have moved since the last release, by exposure and step. Measured, not chosen.

`python -m tests.attack.curve` gives the advantage of one who knows when a person arrived over one who does not, for
each exposure (services.release.exposure), step and number m of respondents who moved. For every shape of that exposure
(uniform shares, which are the worst) the smallest m stands here from which on the upper end of the 95 % interval stays
at or under CURVE_BOUND for all larger m tried; a step without an entry never got there. docs/privacy.md has the curve.
"""

GOAL = 0.02
"""Advantage over guessing that no attack on a release may have."""
CURVE_BOUND = 0.016
"""What the curve must stay under: attacks that look at more than one release do a little better than it."""

MOVES_NEEDED: dict[int, dict[int, int]] = {
    1: {10: 1000, 20: 1000, 25: 500, 30: 200, 40: 100, 50: 100, 75: 10, 100: 10, 150: 10, 200: 10},
    2: {100: 200, 150: 10, 200: 10, 300: 10, 400: 10},
    4: {150: 200, 200: 200, 300: 10, 400: 10},
    8: {300: 1000, 400: 100},
    16: {400: 1000},
}
"""Exposure -> step -> respondents who moved. Populations for each number: 2500 at exposure 1, 1500 at 2, 800 at 4,
600 at 8 and 16, and more where few moved."""

CLOSING_STEP: dict[int, int] = {1: 50, 2: 75, 4: 150, 8: 300, 16: 400}
"""The finest step of the releases before a closing one, by exposure: that one is exact or nearly so and waits for
nobody, so what a progress release rounds away must be enough by itself, were it but one who moved in between. From the
second curve; at 8 and 16 the steps of the first, which are larger than the rule that it suggests (37 for each)."""

LEAST_MOVES = 30
"""Never fewer, however large the step."""


def moves_needed(exposure: int, step: int) -> int | None:
    """None if no number of moves makes this step safe at this exposure."""
    bound = _row(exposure)
    found = None if bound is None or step < CLOSING_STEP[bound] else MOVES_NEEDED[bound].get(step)
    return None if found is None else max(found, LEAST_MOVES)


def steps(exposure: int) -> list[int]:
    """Steps that are safe at some number of moves, smallest first."""
    bound = _row(exposure)
    return [] if bound is None else [step for step in sorted(MOVES_NEEDED[bound]) if step >= CLOSING_STEP[bound]]


def _row(exposure: int) -> int | None:
    """The measured exposure that stands for this one: the next larger."""
    return min((bound for bound in MOVES_NEEDED if bound >= exposure), default=None)
