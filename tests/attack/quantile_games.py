"""Deciding between two amounts of one person from the quantiles of a closing release.

He knows the rules, the design and the amounts of all others, and that the target's is one of two. The likelihood of
all that is published of the cells that she is in, over all keys, is the best that he can do. Beside it stands what he
would have from counts, were the same question (half of all below, half above) a dimension of the same tables.
"""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from tests.attack.amounts import Amounts, People, closed, people, released
from tests.attack.differencing import Z_95, Measure
from tests.attack.evidence import Floats, Ints
from tests.attack.ladder import classes, likelihood

TARGETS = 8
END = 0.1
"""Part of a cell from which the ends come."""
SURE = 0.999

SCENARIOS = [
    Amounts("quantiles", (4,)),
    Amounts("quantiles_of_round_amounts", (4,), digits=1),
    Amounts("quantiles_of_large_cells", (4,), people=150, digits=2),
    Amounts("quantiles_of_the_nearly_alike", (4,), people=60, spread=0.15),
    Amounts("quantiles", (3, 4)),
    Amounts("quantiles_between_the_ends", (3, 4), ends=True, probabilities=("0.05", "0.25", "0.5", "0.75", "0.95")),
    Amounts("quantiles_beside_exact_counts", (3, 4), people=60, digits=2, mode="suppress"),
    Amounts("quantiles_of_three_surveys", (4,), surveys=3),
]


@dataclass(frozen=True)
class Decided:
    """`counted`: success from counts instead. `moved` and `most`: how much the chances of the classes of one figure
    differ between the two amounts (total variation), mean and most; `sure`: figures that tell them apart for certain.
    `running`: how often a progress release was another with the other amount."""

    measure: Measure
    counted: float
    figures: int
    moved: float
    most: float
    sure: int
    running: int
    plain: float


def decide(scenario: Amounts, populations: int, rng: np.random.Generator) -> Decided:
    right, plain, counted, moved, running = list[float](), list[float](), list[float](), list[float](), 0
    trials = 0
    for _ in range(populations):
        found = people(scenario, rng)
        targets = _targets(found, rng)
        trials += len(targets)
        exact = replace(found, scenario=replace(scenario, mode="none", surveys=1))
        right.append(_right(found, targets, rng, moved))
        plain.append(_right(exact, targets, rng, []))
        counted.append(float(np.mean([_counted(found, target) for target in targets])))
        running += _tells_while_it_runs(found, targets[0], rng.bytes(32))
    one = np.array(moved)
    return Decided(
        measured(scenario, np.array(right), np.full(populations, 0.5), trials),
        float(np.mean(counted)),
        len(one),
        float(one.mean()),
        float(one.max()),
        int((one >= SURE).sum()),
        running,
        float(np.mean(plain)),
    )


def _targets(found: People, rng: np.random.Generator) -> Ints:
    """Those whose amount would be another one if it were the other of the two."""
    other = found.amounts(found.cell, _other(found))
    kept = found.own != other
    if found.scenario.ends:
        kept &= np.abs(found.part - 0.5) > 0.5 - END
    some = rng.permutation(np.flatnonzero(kept))[:TARGETS]
    return np.asarray(some if len(some) else np.array([0]), dtype=np.int64)


def _other(found: People) -> Floats:
    """Who has which of the two is as likely either way: each is the other's other, and as common."""
    return np.asarray(1 - found.part if found.scenario.ends else (found.part + 0.5) % 1, dtype=np.float64)


def _right(found: People, targets: Ints, rng: np.random.Generator, moved: list[float]) -> float:
    """Share of the targets of whom the amount is said rightly; where nothing tells, a coin is tossed."""
    scenario = found.scenario
    shown = [closed(found, rng) for _ in range(scenario.surveys)]
    other = found.amounts(found.cell, _other(found))
    successes = []
    for target in targets:
        lines = np.tile(found.own, (2, 1))
        lines[1, target] = other[target]
        chances = np.ones(2)
        for group in found.groups(int(target)):
            inside = np.sort(lines[:, found.among(group)], 1)
            for own in shown:
                chances *= likelihood(inside, scenario.rules, own[group].number, own[group].classes)
            if shown[0][group].number >= 0:
                moved.extend(_apart(classes(inside, scenario.rules)))
        assert chances[0] > 0, "the adversary's rules are not those of the release"
        successes.append(0.5 if chances[0] == chances[1] else float(chances[0] > chances[1]))
    return float(np.mean(successes))


def _apart(told: Ints) -> list[float]:
    """For each quantile, the total variation between what is published of two populations."""
    found = []
    for one in np.moveaxis(told, 2, 0):
        names = np.unique(one)
        shares = (one[..., None] == names).mean((0, 2))
        found.append(float(np.abs(shares[0] - shares[1]).sum()) / 2)
    return found


def _counted(found: People, target: int) -> float:
    """Each number of people with one of the two answers, where it reaches the threshold, is another with the chance
    1/step."""
    scenario, low = found.scenario, found.part < 0.5
    others = np.arange(len(low)) != target
    groups = [found.among(group) & others for group in found.groups(target)]
    telling = sum(int((group & (low == code)).sum()) + 1 >= scenario.threshold for group in groups for code in (0, 1))
    return 1 - (1 - 1 / scenario.rounding) ** (telling * scenario.surveys) / 2


def _tells_while_it_runs(found: People, target: int, secret: bytes) -> bool:
    part = found.part.copy()
    part[target] = _other(found)[target]
    return released(found, False, secret) != released(replace(found, part=part), False, secret)


def measured(scenario: Amounts, right: Floats, guessing: Floats, trials: int) -> Measure:
    """By population."""
    gained = right - guessing
    advantage = float(gained.mean())
    return Measure(
        scenario.name,
        len(right),
        trials,
        float(right.mean()),
        float(guessing.mean()),
        advantage,
        advantage + Z_95 * float(gained.std(ddof=1)) / sqrt(len(right)),
        scenario.rounding,
        0,
    )
