"""Differencing of releases: one who knows when a person moved against one who knows the same tables without that.

Both know the target's other traits, how many moved in each interval (a release tells how many it waits for), and even
the true shares of the population (more than any table tells), so what one knows beyond the other is the moment alone.
The informed adversary has two ways, and the better counts: the likelihood of the change (tests.attack.evidence), and
weights for every change of every cell in every interval, learned on half of the populations and used on the other
half. The target is each of those who moved in turn: a guess succeeds with the share of them that it is right about.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from tests.attack.evidence import Floats, Ints, evidence, evidence_of_closing
from tests.attack.population import Group, History, Scenario

Z_95 = 1.96
ROUNDS = 60
RIDGE = 1e-3


@dataclass(frozen=True)
class Measure:
    """`trials`: pairs of population and target. `upper`: end of the 95 % interval of the advantage over populations."""

    name: str
    populations: int
    trials: int
    informed: float
    guessing: float
    advantage: float
    upper: float
    step: int
    moves: int


def differencing(scenario: Scenario, history: History) -> Measure:
    """Each half of the populations is judged by what was learned on the other."""
    informed, blind = features(scenario, history)
    moved = (history.moved if history.known is None else history.moved - history.known).astype(float)
    if scenario.aim is not None:
        rest = np.ones(moved.shape[1:-1], dtype=bool)
        rest[scenario.aim] = False
        moved[:, rest] = 0
    half = len(moved) // 2
    halves = slice(0, half), slice(half, None)
    likely = informed[..., : 1 + len(_telling(scenario))].sum(-1)
    rng = np.random.default_rng(1)
    attacks: list[list[Floats]] = [[], []]
    bases: list[Floats] = []
    for train, test in (halves, halves[::-1]):
        base = [blind[..., 0], *_learned(blind, moved, train)]
        # The better guess is chosen where it is not judged, the better attack where it is: both against ourselves.
        on_train = [float(_right(score[train], moved[train], rng).mean()) for score in base]
        chosen = base[on_train.index(max(on_train))]
        bases.append(_right(chosen[test], moved[test], rng))
        for found, score in zip(attacks, [likely, *_learned(informed, moved, train)], strict=True):
            found.append(_right(score[test], moved[test], rng))
    best_base = np.concatenate(bases)
    best = max((np.concatenate(found) for found in attacks), key=lambda right: float((right - best_base).mean()))
    difference = best - best_base
    number = len(difference)
    advantage = float(difference.mean())
    return Measure(
        scenario.name,
        number,
        int(moved.sum()),
        float(best.mean()),
        float(best_base.mean()),
        advantage,
        advantage + Z_95 * float(difference.std(ddof=1)) / sqrt(number),
        history.step,
        history.moves,
    )


def _telling(scenario: Scenario) -> list[Group]:
    groups = scenario.groups if not scenario.share else [(*group, scenario.answer) for group in scenario.groups]
    return [group for group in groups if scenario.answer in group]


def features(scenario: Scenario, history: History) -> tuple[Floats, Floats]:
    """Of each population and combination of traits: first the logarithm of the true share, then for the informed the
    evidence of each cell, then the plain changes of each cell in all intervals. The blind one has the last release."""
    shape = history.moved.shape
    sign = -1 if scenario.target == "erasure" else 1
    at = history.at
    prior = np.log(np.maximum(history.shares, 1e-12))
    unknown = history.moves - (0 if history.known is None else int(history.known[0].sum()))
    seen, blind = [prior], [prior]
    plain: list[Floats] = []
    for group in _telling(scenario):
        others = tuple(axis + 1 for axis in range(len(shape) - 1) if axis not in group)
        expected = unknown * history.shares.sum(others)
        had = None if history.known is None else history.known.sum(others)
        change, appeared = _change(history, group, at)
        if scenario.closing and at == len(history.published) - 1:
            found = np.where(appeared == 0, evidence_of_closing(sign * change, expected, history.step), 0.0)
        else:
            steps = np.asarray(np.round(sign * change / history.step), dtype=np.int64)
            found = evidence(steps, expected, history.step, history.least_changed, had)
        seen.append(_spread(found, group, shape))
        for interval in range(1, len(history.published)):
            change, appeared = _change(history, group, interval)
            scaled = change / (history.step + np.sqrt(expected + 1))
            plain.extend((_spread(scaled, group, shape), _spread(appeared.astype(float), group, shape)))
        if had is not None:
            plain.append(_spread(had / history.step, group, shape))
        blind.append(_spread(np.log(np.maximum(history.published[-1][group], 1) + 1.0), group, shape))
        plain.append(blind[-1])
    return np.stack([*seen, *plain], -1), np.stack(blind, -1)


def _change(history: History, group: Group, interval: int) -> tuple[Ints, Ints]:
    """The published change, with one step for a cell that appears or goes; and +1 or -1 for these."""
    old, new = history.published[interval - 1][group], history.published[interval][group]
    appears = (old < 0) & (new >= 0)
    goes = (old >= 0) & (new < 0)
    change = np.where((old >= 0) & (new >= 0), new - old, history.step * (appears.astype(int) - goes.astype(int)))
    return np.asarray(change, dtype=np.int64), np.asarray(appears.astype(int) - goes.astype(int), dtype=np.int64)


def _spread(values: Floats, group: Group, shape: tuple[int, ...]) -> Floats:
    """From the cells of a group to all combinations of traits."""
    places = [shape[axis] if axis == 0 or axis - 1 in group else 1 for axis in range(len(shape))]
    return np.broadcast_to(np.asarray(values, dtype=np.float64).reshape(places), shape)


def _learned(seen: Floats, moved: Floats, train: slice) -> list[Floats]:
    """Scores by weights that make the answers of those who moved in the training half most likely (a conditional
    logit, Newton's method). None where the changes tell nothing at all."""
    x = seen[train].reshape(-1, seen.shape[-2], seen.shape[-1])
    y = moved[train].reshape(-1, moved.shape[-1])
    kept = y.sum(1) > 0
    x, y = x[kept], y[kept]
    scale = np.maximum(x.std(axis=(0, 1)), 1e-9)
    x = x / scale
    weights = np.zeros(x.shape[-1])
    weights[0] = scale[0]
    total = y.sum(1, keepdims=True)
    for _ in range(ROUNDS):
        score = x @ weights
        chance = np.exp(score - score.max(1, keepdims=True))
        chance /= chance.sum(1, keepdims=True)
        mean = np.einsum("nc,ncf->nf", chance, x)
        gradient = np.einsum("nc,ncf->f", y - total * chance, x) - RIDGE * len(x) * weights
        spread = np.einsum("nc,ncf,ncg->fg", total * chance, x, x) - np.einsum("n,nf,ng->fg", total[:, 0], mean, mean)
        move = np.linalg.solve(spread + (RIDGE * len(x) + 1e-6) * np.eye(len(weights)), gradient)
        weights = weights + move
        if float(np.abs(move).max()) < 1e-6:
            break
    return [(seen / scale) @ weights]


def _right(score: Floats, moved: Floats, rng: np.random.Generator) -> Floats:
    """For each population, the share of those who moved whose answer is guessed right; ties are broken by chance."""
    guess = (score + rng.random(score.shape) * 1e-9).argmax(-1)
    right = np.take_along_axis(moved, guess[..., None], -1)[..., 0].reshape(len(moved), -1).sum(1)
    all_moved = moved.reshape(len(moved), -1).sum(1)
    return np.asarray((right / np.maximum(all_moved, 1))[all_moved > 0], dtype=np.float64)
