"""What protection costs: python -m bench.disclosure [samples].

Samples of a population in strata and PSUs, with weights, go through services.release.protect in each mode. Of each
published number the difference to what the sample says is taken, and of each interval whether the population's own
value lies in it. Prints a table and, as its last line, one JSON object.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.interruptible import interruptible
from schemas.survey.definition import TOTAL, IndicatorKind
from services.release.epoch import Moment
from services.release.live_table import Amount, Codes, Indicator, LiveCell, LiveTable
from services.release.policy import Policy
from services.release.protect import Release, protect
from services.release.rows import Figure

SIZES = (500, 2_000, 5_000, 20_000)
KINDS: dict[str, Literal["round", "suppress", "none"]] = {
    "progress": "round",
    "round": "round",
    "suppress": "suppress",
    "none": "none",
}
SAMPLES = 20
STRATA, SEXES, WORKS = 5, 2, 3
POPULATION_PSUS = 3000
"""In each stratum, of PSU_SIZE people."""
PSU_SIZE = 60
TAKEN = 20
"""Interviews in a PSU."""
BETWEEN = 0.25
"""Standard deviation between PSUs of a share's log odds and of a logarithm of an amount."""
CENTS = 100
WEIGHT = 1_000_000
GOOD_N, GOOD_PSUS = 100, 30
"""From which on an interval must hold what it says."""
SEED = 7

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """One row for each. `traits`: stratum, sex, work."""

    psu: Ints
    traits: Ints
    employed: Floats
    cost: Floats
    weight: Floats

    def of(self, rows: Ints, weight: Floats) -> "People":
        return People(self.psu[rows], self.traits[rows], self.employed[rows], self.cost[rows], weight)


@dataclass
class Tally:
    """Over all samples of a size in a mode."""

    cells: int = 0
    published: int = 0
    count_errors: list[float] = field(default_factory=list)
    count_shares: list[float] = field(default_factory=list)
    figures: int = 0
    figures_published: int = 0
    figure_shares: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    covered_small: list[bool] = field(default_factory=list)


def population(rng: np.random.Generator) -> People:
    number = STRATA * POPULATION_PSUS * PSU_SIZE
    psu = np.repeat(np.arange(STRATA * POPULATION_PSUS), PSU_SIZE)
    stratum = psu // POPULATION_PSUS
    sex = rng.integers(0, SEXES, number)
    work = rng.choice(WORKS, number, p=[0.6, 0.3, 0.1])
    near = rng.normal(0, BETWEEN, STRATA * POPULATION_PSUS)[psu]
    odds = -0.6 + 0.3 * stratum / STRATA + 0.5 * sex + 0.4 * (work == 0) + near
    employed = (rng.random(number) < 1 / (1 + np.exp(-odds))).astype(float)
    cost = np.asarray(np.round(np.exp(rng.normal(5 + 0.2 * sex + near, 0.8)), 2), dtype=np.float64)
    return People(psu, np.stack([stratum, sex, work], -1), employed, cost, np.ones(number))


def sampled(people: People, size: int, rng: np.random.Generator) -> People:
    """PSUs by stratum, more of them in the first than its share, so that weights differ."""
    psus = max(2 * STRATA, size // TAKEN)
    shares = np.array([2.0, 1, 1, 1, 1])
    rows: list[Ints] = []
    weights: list[Floats] = []
    for stratum in range(STRATA):
        number = max(2, round(psus * shares[stratum] / shares.sum()))
        chosen = rng.choice(POPULATION_PSUS, number, replace=False) + stratum * POPULATION_PSUS
        each = max(2, size // psus)
        for one in chosen:
            rows.append(one * PSU_SIZE + rng.choice(PSU_SIZE, each, replace=False))
        weights.append(np.full(number * each, POPULATION_PSUS / number * PSU_SIZE / each))
    return people.of(np.concatenate(rows), np.concatenate(weights))


def places() -> Iterator[tuple[Codes, tuple[int | None, ...]]]:
    for place in product(*[(*range(size), None) for size in (STRATA, SEXES, WORKS)]):
        yield tuple(TOTAL if code is None else str(code) for code in place), place


def inside(people: People, place: tuple[int | None, ...]) -> NDArray[np.bool_]:
    found = np.ones(len(people.psu), dtype=bool)
    for axis, code in enumerate(place):
        if code is not None:
            found &= people.traits[:, axis] == code
    return found


def live_table(sample: People, mode: Literal["round", "suppress", "none"]) -> LiveTable:
    cells: dict[Codes, LiveCell] = {}
    for codes, place in places():
        here = inside(sample, place)
        number = int(here.sum())
        if number:
            cells[codes] = LiveCell(
                number,
                number,
                number,
                round(float(sample.weight[here].sum()) * WEIGHT),
                {
                    "employed": _amount(sample, here, sample.employed, 1),
                    "cost": _amount(sample, here, sample.cost, CENTS),
                },
            )
    sizes = (STRATA, SEXES, WORKS)
    return LiveTable(
        "work", "", ("stratum", "sex", "work"), tuple(tuple(map(str, range(size))) for size in sizes), cells,
        (Indicator("employed", IndicatorKind.SHARE, WEIGHT, WEIGHT),
         Indicator("cost", IndicatorKind.MEAN, WEIGHT * CENTS, WEIGHT, amount=True)),
        mode=mode, signed_off="bench" if mode == "none" else "", weight_factor=WEIGHT,
    )  # fmt: skip


def _amount(sample: People, here: NDArray[np.bool_], values: Floats, scale: int) -> Amount:
    weighted = sample.weight * values * here
    above, below = weighted.sum(), (sample.weight * here).sum()
    largest = np.sort(weighted)[-2:] * scale * WEIGHT
    error = taylor(sample, here, values)
    return Amount(
        int(here.sum()),
        round(above * scale * WEIGHT),
        round(below * WEIGHT),
        (round(largest[1]), round(largest[0])),
        error / (above / below) if above else None,
    )


def taylor(sample: People, here: NDArray[np.bool_], values: Floats) -> float:
    """Standard error of a mean, with replacement, over strata and PSUs, those without anybody in the cell too."""
    below = (sample.weight * here).sum()
    ratio = (sample.weight * values * here).sum() / below
    psus, at = np.unique(sample.psu, return_inverse=True)
    z = np.bincount(at, sample.weight * here * (values - ratio) / below, len(psus))
    variance = 0.0
    for stratum in range(STRATA):
        own = z[psus // POPULATION_PSUS == stratum]
        variance += len(own) / (len(own) - 1) * float(((own - own.mean()) ** 2).sum())
    return float(np.sqrt(variance))


def measured(tally: Tally, made: Release, sample: People, truth: dict[Codes, tuple[float, float]]) -> None:
    rows = {row.codes: row for row in made.tables[0].rows}
    for codes, place in places():
        here = inside(sample, place)
        number, row = int(here.sum()), rows[codes]
        tally.cells += 1
        if row.obs_value is not None:
            tally.published += 1
            tally.count_errors.append(abs(row.obs_value - number))
            tally.count_shares.append(abs(row.obs_value - number) / max(number, 1))
        psus = len(np.unique(sample.psu[here]))
        for name, values, true in zip(("employed", "cost"), (sample.employed, sample.cost), truth[codes], strict=True):
            tally.figures += 1
            figure = row.figures[name]
            if figure.obs_value is None:
                continue
            tally.figures_published += 1
            own = float((sample.weight * values * here).sum() / (sample.weight * here).sum())
            if own:
                tally.figure_shares.append(abs(figure.obs_value - own) / own)
            _judge(tally, figure, true, number >= GOOD_N and psus >= GOOD_PSUS)


def _judge(tally: Tally, figure: Figure, true: float, good: bool) -> None:
    if figure.low is not None and figure.high is not None:
        (tally.covered if good else tally.covered_small).append(figure.low <= true <= figure.high)


def run(samples: int) -> dict[tuple[str, int], Tally]:
    rng = np.random.default_rng(SEED)
    people = population(rng)
    truth = {
        codes: (float(people.employed[here].mean()), float(people.cost[here].mean()))
        for codes, place in places()
        for here in [inside(people, place)]
    }
    found: dict[tuple[str, int], Tally] = {}
    for size in SIZES:
        for _ in range(samples):
            sample = sampled(people, size, rng)
            for kind, mode in KINDS.items():
                moment = Moment(0, 10**9, "", closing=kind != "progress")
                made = protect("bench", [live_table(sample, mode)], Policy(), None, moment, rng.bytes(32))
                assert isinstance(made, Release), made
                measured(found.setdefault((kind, size), Tally()), made, sample, truth)
    return found


def _mean(values: list[float] | list[bool]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def main() -> None:
    found = run(int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
    print("| mode | sample | cells published | count: mean error | relative | figures published | relative error | "
          "coverage, n >= 100 and 30 PSUs | below that |")  # fmt: skip
    print("|---" * 9 + "|")
    summary: list[dict[str, object]] = []
    for (kind, size), tally in found.items():
        line = {
            "mode": kind,
            "sample": size,
            "cells_published": round(tally.published / tally.cells, 4),
            "count_error": _mean(tally.count_errors),
            "count_relative_error": _mean(tally.count_shares),
            "figures_published": round(tally.figures_published / tally.figures, 4),
            "figure_relative_error": _mean(tally.figure_shares),
            "coverage": _mean(tally.covered),
            "coverage_small": _mean(tally.covered_small),
        }
        summary.append(line)
        print("| " + " | ".join("-" if value is None else str(value) for value in line.values()) + " |", flush=True)
    print(json.dumps({"benchmark": "disclosure", "lines": summary}))


if __name__ == "__main__":
    interruptible(main)
