"""Learning an amount to 20 % from the quantiles of a closing release.

learn: he knows in which cell the target is, and guesses her amount: the middles of the classes of her cell and of its
margins, against the best guess of one who knows the true distribution of her cell and no release.

named: how often a published class says of all respondents of a cell, or all but fewer than the threshold, what they
have to 20 %.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from schemas.tables.log_buckets import middle_of
from services.release.live_table import Codes
from tests.attack.amounts import Amounts, People, Shown, closed, people
from tests.attack.differencing import Measure
from tests.attack.evidence import Floats
from tests.attack.ladder import HIDDEN, NEAR, SPAN
from tests.attack.quantile_games import measured

LOOKED = 200
"""Places at which a true distribution is looked at."""


@dataclass(frozen=True)
class Learned:
    """`shown` of `figures` are published and `named` of them say too much, as `plain_named` of the exact ones do."""

    measure: Measure
    figures: int
    shown: int
    named: int
    plain_named: int


def learn(scenario: Amounts, populations: int, rng: np.random.Generator) -> Learned:
    """The best way of guessing is chosen where it is judged: against ourselves."""
    ways, guesses, totals = list[list[float]](), list[float](), np.zeros(4, dtype=int)
    trials = 0
    for _ in range(populations):
        found = people(scenario, rng)
        exact = replace(found, scenario=replace(scenario, mode="none"))
        shown, plain = closed(found, rng), closed(exact, rng)
        own = found.exact(found.cell, found.part)
        blind = _blind(found)
        guesses.append(float(_near(own, blind).mean()))
        ways.append([float(_near(own, guess).mean()) for guess in _guesses(found, shown, blind)])
        totals += (
            sum(len(of.classes) for of in shown.values()),
            *_named(found, own, shown),
            _named(found, own, plain)[1],
        )
        trials += len(own)
    best = max(np.array(ways).T, key=lambda way: float(way.mean()))
    return Learned(measured(scenario, best, np.array(guesses), trials), *map(int, totals))


def _blind(found: People) -> Floats:
    """For each person the amount that most of the true distribution of her cell is near."""
    parts = (np.arange(LOOKED) + 0.5) / LOOKED
    best = []
    for cell in range(len(found.middles)):
        amounts = found.exact(np.full(LOOKED, cell), parts)
        tried = np.concatenate([amounts, amounts * NEAR, np.exp(found.middles[cell : cell + 1])])
        best.append(tried[_near(amounts[None, :], tried[:, None]).mean(1).argmax()])
    return np.array(best)[found.cell]


def _guesses(found: People, shown: dict[Codes, Shown], blind: Floats) -> list[Floats]:
    """By which margins are looked at and which quantile; last the finest class of all the cells that somebody is in.
    Where nothing is published, the blind guess."""
    everybody = range(len(found.cell))
    cells = {int(cell): found.groups(person) for person, cell in zip(everybody, found.cell, strict=True)}
    looks = range(2 ** len(found.scenario.sizes))
    made = {
        cell: [_middle(told) for look in looks for told in shown[groups[look]].classes]
        + [_middle(min((told for at in groups for told in shown[at].classes), key=_width))]
        for cell, groups in cells.items()
    }
    ways = np.array([made[int(cell)] for cell in found.cell]).T
    return [np.where(np.isnan(way), blind, way) for way in ways]


def _width(told: int) -> int:
    return SPAN if told == HIDDEN else int(told) % SPAN


def _middle(told: int) -> float:
    first, width = divmod(int(told), SPAN)
    return float("nan") if told == HIDDEN else float(middle_of(first, first + width))


def _named(found: People, own: Floats, shown: dict[Codes, Shown]) -> tuple[int, int]:
    """Figures that are published, and those of them that say too much."""
    published = named = 0
    for group, of in shown.items():
        here = own[found.among(group)]
        for told in of.classes:
            if told != HIDDEN:
                published += 1
                named += int((~_near(here, np.full(len(here), _middle(told)))).sum()) < found.scenario.threshold
    return published, named


def _near(own: Floats, guess: Floats) -> NDArray[np.bool_]:
    return (own <= guess * NEAR) & (own >= guess / NEAR)
