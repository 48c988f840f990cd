"""All named attacks at full length: python -m tests.attack.run [populations] [populations for subtraction].

Prints a line for each attack and ends with one JSON object. Fails if an attack does better than the goal, if one
suppressed cell is recovered or one group's answer named, or if the same attacks do not break unprotected tables.
"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from services.release.moves_needed import GOAL
from tests.attack.differencing import Measure, differencing
from tests.attack.groups import SCENARIOS, Alike, Subtracted, group_attribute, subtraction
from tests.attack.population import Scenario, histories, live
from tests.attack.quantile_report import SCENARIOS as QUANTILES
from tests.attack.quantile_report import Quantiles, attacked, together
from tests.attack.residue import Residue, float_residue
from tests.attack.scenarios import DIFFERENCING

POPULATIONS = 1200
"""Of each scenario of differencing; each half of them teaches the adversary of the other."""
SUBTRACTED = 150
BROKEN = 0.9
"""What the attacks must reach on plain live tables, or they prove nothing."""
FEWER = 6
"""Of the populations for each scenario of quantiles: eight targets in each, and two games."""
SEED = 2026


@dataclass(frozen=True)
class Result:
    measures: list[Measure]
    plain: list[Measure]
    subtracted: list[Subtracted]
    alike: list[Alike]
    residues: list[Residue]
    quantiles: list[Quantiles]

    @property
    def worst(self) -> Measure:
        return max(self.measures, key=lambda measure: measure.upper)

    @property
    def passed(self) -> bool:
        found = self.summary()
        return (
            self.worst.upper <= GOAL
            and found["recovered_cells"] == found["named_groups"] == found["residues"] == 0
            and self.worst_plain >= BROKEN
            and all(found.passed for found in self.quantiles)
        )

    @property
    def worst_plain(self) -> float:
        """The least successful attack on plain tables: live ones, and groups that are alike."""
        return min(
            [plain.informed for plain in self.plain] + [alike.plain_named / alike.groups for alike in self.alike]
        )

    def summary(self) -> dict[str, object]:
        return {
            "populations": sum(measure.populations for measure in self.measures)
            + sum(found.populations for found in self.subtracted)
            + sum(found.groups for found in self.alike)
            + sum(found.populations for found in self.quantiles),
            "trials": sum(measure.trials for measure in self.measures),
            "worst_advantage_over_guessing": round(self.worst.upper, 4),
            "worst_attack": self.worst.name,
            "suppressed_cells": sum(found.suppressed for found in self.subtracted),
            "recovered_cells": sum(found.recovered for found in self.subtracted),
            "named_groups": sum(found.named for found in self.alike),
            "residues": sum(found.left for found in self.residues),
            "unprotected_success": round(self.worst_plain, 4),
            "unprotected_recovered_share": round(
                sum(found.plain_recovered for found in self.subtracted)
                / sum(found.plain_suppressed for found in self.subtracted),
                4,
            ),
            **together(self.quantiles),
        }


def attack(scenarios: list[Scenario], populations: int, subtracted: int, seed: int = SEED) -> Result:
    """All of it, on all processors. The same numbers whatever their number: each attack draws from its own seed."""
    result = Result([], [], [], [], [], [])
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        measures = [
            pool.submit(_differenced, scenario, populations, [seed, 0, number])
            for number, scenario in enumerate(scenarios)
        ]
        subtractions = [
            pool.submit(subtraction, scenario, subtracted, np.random.default_rng([seed, 1, number]))
            for number, scenario in enumerate(SCENARIOS)
        ]
        alike = [
            pool.submit(group_attribute, mode, subtracted, np.random.default_rng([seed, 2, number]))
            for number, mode in enumerate(("round", "suppress"))
        ]
        quantiles = [
            pool.submit(attacked, scenario, max(2, populations // FEWER), [seed, 4, number])
            for number, scenario in enumerate(QUANTILES)
        ]
        for scenario, measure in zip(scenarios, measures, strict=True):
            protected, plain = measure.result()
            result.measures.append(_told(scenario, protected))
            if plain is not None:
                result.plain.append(_told(scenario, plain, plain=True))
        for scenario, subtract in zip(SCENARIOS, subtractions, strict=True):
            result.subtracted.append(found := subtract.result())
            print(
                f"{found.name} {_shape(scenario)} {scenario.mode}: {found.recovered} of {found.suppressed} suppressed "
                f"cells recovered, {found.refused} populations refused; "
                f"plain {found.plain_recovered} of {found.plain_suppressed}",
                flush=True,
            )
        for group in alike:
            result.alike.append(named := group.result())
            print(f"{named.name}: {named.named} of {named.groups} groups named; plain {named.plain_named}", flush=True)
        for quantile in quantiles:
            result.quantiles.append(found_quantile := quantile.result())
            print(found_quantile.line(), flush=True)
    residue = float_residue(np.random.default_rng([seed, 3]))
    print(f"float_residue: {residue.left} of {residue.cells} cells hold something of who was erased; "
          f"plain {residue.plain_left}", flush=True)  # fmt: skip
    result.residues.append(residue)
    return result


def _differenced(scenario: Scenario, populations: int, seed: list[int]) -> tuple[Measure, Measure | None]:
    """The attack on releases, and the same on a plain live table (which nobody closes)."""
    rng = np.random.default_rng(seed)
    protected = differencing(scenario, histories(scenario, populations * scenario.factor, rng))
    return protected, None if scenario.closing else differencing(scenario, live(scenario, populations, rng))


def _told(scenario: Scenario, measure: Measure, plain: bool = False) -> Measure:
    kind = "plain live table" if plain else f"step {measure.step}, {measure.moves} moved"
    print(
        f"{measure.name} {_shape(scenario)} ({kind}): "
        f"informed {measure.informed:.4f}, guessing {measure.guessing:.4f}, "
        f"advantage {measure.advantage:+.4f}, upper end {measure.upper:+.4f} "
        f"({measure.populations} populations, {measure.trials} trials)",
        flush=True,
    )
    return measure


def _shape(scenario: Scenario) -> str:
    return "x".join(map(str, scenario.sizes))


def main() -> None:
    numbers = [int(argument) for argument in sys.argv[1:]]
    result = attack(
        DIFFERENCING, numbers[0] if numbers else POPULATIONS, numbers[1] if len(numbers) > 1 else SUBTRACTED
    )
    print(json.dumps(result.summary()))
    sys.exit(not result.passed)


if __name__ == "__main__":
    main()
