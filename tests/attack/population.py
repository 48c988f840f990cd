"""Random populations, their histories, and what `protect` publishes of them.

A population is a table of counts over all its traits; the last trait is the answer that is looked for. Between two
releases a number of respondents arrive or are erased. Each release goes through services.release.protect itself.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from schemas.survey.definition import IndicatorKind
from services.release.epoch import Moment
from services.release.live_table import Amount, Codes, Indicator, LiveCell, LiveTable
from services.release.policy import DAY_MS, Policy, treatments
from services.release.problems import NotReleased
from services.release.protect import Memory, Release, protect
from tests.attack.evidence import Floats, Ints

POLICY = Policy(every_ms=DAY_MS)
Group = tuple[int, ...]
"""Traits that a published cell is about, by number; the others are `_T`."""


@dataclass(frozen=True)
class Scenario:
    """`sizes`: codes of each trait. `tables`: traits of each declared table. `target`: how the person moved.
    `shares`: concentration of the random shares of the cells; infinite is uniform. `share`: the answer (two codes) is
    an indicator instead of a dimension. `closing`: the last of four releases closes the survey; the target moved
    before it, or with `early` before the second. `few`: how many moved before the closing release, if not as many as
    a release needs: it waits for nobody. `weights`: how common each combination of the other traits is, if not all
    alike; `aim`: the one that all targets have. `receipts`: of this share of those who moved with the target the
    adversary has the receipts and all answers. `factor`: how many times as many populations it takes to see anything,
    where few moved in each."""

    name: str
    sizes: tuple[int, ...]
    tables: tuple[Group, ...]
    target: Literal["arrival", "erasure"] = "arrival"
    mode: Literal["round", "suppress", "none"] = "round"
    shares: float = float("inf")
    per_cell: int = 60
    closing: bool = False
    early: bool = False
    share: bool = False
    few: int | None = None
    factor: int = 1
    weights: Floats | None = None
    aim: tuple[int, ...] | None = None
    receipts: float = 0.0

    @property
    def answer(self) -> int:
        return len(self.sizes) - 1

    @property
    def groups(self) -> list[Group]:
        """All published cells, by what they are about; those with the answer in them are evidence."""
        found: dict[Group, None] = {}
        for table in self.tables:
            for size in range(len(table) + 1):
                found.update(dict.fromkeys(combinations(table, size)))
        return list(found)


@dataclass(frozen=True)
class History:
    """`published[release][group]`: population x codes, -1 where suppressed. `moved`: who moved in the interval before
    the release `at`, over all traits, and `known` those of them whose answers the adversary has. `step`: the grid of
    progress releases, `moves` how many moved."""

    published: list[dict[Group, Ints]]
    moved: Ints
    at: int
    step: int
    moves: int
    shares: Floats
    least_changed: int = POLICY.least_changed
    known: Ints | None = None


def live_tables(scenario: Scenario, counts: Ints, moves: Ints) -> list[LiveTable]:
    return [_table(scenario, table, counts, moves) for table in scenario.tables]


def _table(scenario: Scenario, traits: Group, counts: Ints, moves: Ints) -> LiveTable:
    others = tuple(axis for axis in range(counts.ndim) if axis not in traits)
    if scenario.share:
        return _share_table(scenario, traits, counts, moves)
    inner, moved = counts.sum(others), moves.sum(others)
    cells: dict[Codes, LiveCell] = {
        tuple(map(str, place)): LiveCell(int(inner[place]), int(inner[place]), int(moved[place]))
        for place in np.ndindex(inner.shape)
        if moved[place]
    }
    codes = tuple(tuple(map(str, range(size))) for size in inner.shape)
    return LiveTable(_name(traits), "", _names(traits), codes, cells, mode=scenario.mode)


def _share_table(scenario: Scenario, traits: Group, counts: Ints, moves: Ints) -> LiveTable:
    """The answer as an indicator: the share of those with its second code."""
    others = tuple(axis for axis in range(counts.ndim) if axis not in traits and axis != scenario.answer)
    inner, moved = counts.sum(others), moves.sum((*others, scenario.answer))
    cells: dict[Codes, LiveCell] = {}
    for place in np.ndindex(moved.shape):
        number, yes = int(inner[place].sum()), int(inner[place][1])
        cells[tuple(map(str, place))] = LiveCell(
            number, number, int(moved[place]), None, {"share": Amount(number, yes, number)}
        )
    codes = tuple(tuple(map(str, range(size))) for size in moved.shape)
    indicator = Indicator("share", IndicatorKind.SHARE)
    return LiveTable(_name(traits), "", _names(traits), codes, cells, (indicator,), mode=scenario.mode)


def _name(traits: Group) -> str:
    return "-".join(_names(traits)) or "all"


def _names(traits: Group) -> tuple[str, ...]:
    return tuple(f"trait{trait}" for trait in traits)


def rule(scenario: Scenario) -> tuple[int, int]:
    """Step and moves of the scenario's progress releases, as the policy has them."""
    zeros = np.zeros(scenario.sizes, dtype=np.int64)
    found = treatments(live_tables(scenario, zeros, zeros), POLICY, closing=False)
    assert not isinstance(found, NotReleased), found
    return found[""].step, max(found[""].moves, 1)


def histories(scenario: Scenario, populations: int, rng: np.random.Generator) -> History:
    """Three progress releases, and the closing one if the scenario has it."""
    step, moves = rule(scenario)
    cells = int(np.prod(scenario.sizes))
    releases = 4 if scenario.closing else 3
    at = 3 if scenario.closing and not scenario.early else 1
    published: list[dict[Group, list[Ints]]] = [{} for _ in range(releases)]
    moved: list[Ints] = []
    shares: list[Floats] = []
    for number in range(populations):
        share = _shares(scenario, rng)
        counts = rng.multinomial(scenario.per_cell * cells, share)
        touched = counts.copy()
        memory: Memory | None = None
        secret = rng.bytes(32)
        for release in range(releases):
            if release:
                last = scenario.closing and release == releases - 1
                number_moved = scenario.few if last and scenario.few is not None else moves
                change = _moved(counts, share, number_moved, scenario.target == "erasure" and release == at, rng)
                counts, touched = counts + change, touched + np.abs(change)
                if release == at:
                    moved.append(np.abs(change).reshape(scenario.sizes))
            moment = Moment(
                release * DAY_MS, 10**9, f"{number}/{release}", scenario.closing and release == releases - 1
            )
            tables = live_tables(scenario, counts.reshape(scenario.sizes), touched.reshape(scenario.sizes))
            made = protect("attacked", tables, POLICY, memory, moment, secret)
            assert isinstance(made, Release), made
            memory = made.memory
            for group, values in read(scenario, made).items():
                published[release].setdefault(group, []).append(values)
        shares.append(share.reshape(scenario.sizes))
    arrays = [{group: np.stack(values) for group, values in found.items()} for found in published]
    moved_at = int(moved[0].sum())
    all_moved = np.stack(moved)
    known = _known(all_moved, scenario.receipts, rng) if scenario.receipts else None
    return History(arrays, all_moved, at, step, moved_at, np.stack(shares), known=known)


def _shares(scenario: Scenario, rng: np.random.Generator) -> Floats:
    cells = int(np.prod(scenario.sizes))
    if scenario.shares != float("inf"):
        return np.asarray(rng.dirichlet(np.full(cells, scenario.shares)))
    weights = (
        np.ones(scenario.sizes) if scenario.weights is None else np.ones(scenario.sizes) * scenario.weights[..., None]
    )
    return np.asarray((weights / weights.sum()).reshape(-1))


def live(scenario: Scenario, populations: int, rng: np.random.Generator) -> History:
    """The same without protection: exact tables, looked at before and after one person moved."""
    cells = int(np.prod(scenario.sizes))
    share = np.stack([_shares(scenario, rng) for _ in range(populations)])
    before = np.stack([rng.multinomial(scenario.per_cell * cells, one) for one in share])
    moved = np.stack([rng.multinomial(1, one) for one in share]).reshape(-1, *scenario.sizes)
    if scenario.aim is not None:
        moved = np.zeros_like(moved)
        answers = rng.multinomial(1, np.full(scenario.sizes[-1], 1 / scenario.sizes[-1]), populations)
        np.moveaxis(moved, 0, -1)[scenario.aim] = answers.T
    old = before.reshape(-1, *scenario.sizes) + (moved if scenario.target == "erasure" else 0)
    new = old + (-moved if scenario.target == "erasure" else moved)
    published: list[dict[Group, Ints]] = []
    for counts in (old, new):
        found: dict[Group, Ints] = {}
        for group in scenario.groups:
            traits = (*group, scenario.answer) if scenario.share else group
            others = tuple(axis + 1 for axis in range(len(scenario.sizes)) if axis not in traits)
            found[traits] = counts.sum(others)
        published.append(found)
    return History(published, moved, 1, 1, 1, share.reshape(-1, *scenario.sizes), 1)


def _known(moved: Ints, share: float, rng: np.random.Generator) -> Ints:
    flat = moved.reshape(len(moved), -1)
    some = [rng.multivariate_hypergeometric(one, int(share * one.sum())) for one in flat]
    return np.asarray(some, dtype=np.int64).reshape(moved.shape)


def _moved(counts: Ints, share: Floats, moves: int, erased: bool, rng: np.random.Generator) -> Ints:
    if erased:
        return -rng.multivariate_hypergeometric(counts, moves)
    return np.asarray(rng.multinomial(moves, share), dtype=np.int64)


def read(scenario: Scenario, release: Release) -> dict[Group, Ints]:
    """What stands in the public tables, by what it is about. Of a share, n times the share, and the rest of n."""
    sizes = scenario.sizes
    found: dict[Group, Ints] = {}
    for table in release.tables:
        traits = [int(name.removeprefix("trait")) for name in table.dimensions]
        for row in table.rows:
            pairs = [(trait, int(code)) for trait, code in zip(traits, row.codes, strict=True) if code != "_T"]
            group, place = tuple(trait for trait, _ in pairs), tuple(code for _, code in pairs)
            if scenario.share:
                figure = row.figures["share"]
                group = (*group, scenario.answer)
                values = {(*place, 0): -1, (*place, 1): -1}
                if figure.obs_value is not None and figure.n is not None:
                    yes = round(figure.obs_value * figure.n)
                    values = {(*place, 0): figure.n - yes, (*place, 1): yes}
            else:
                values = {place: -1 if row.obs_value is None else row.obs_value}
            if group not in found:
                found[group] = np.full([sizes[trait] for trait in group], -1, dtype=np.int64)
            for where, value in values.items():
                found[group][where] = value
    return found
