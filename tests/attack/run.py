"""All named attacks at full length: python -m tests.attack.run [populations] [populations for subtraction].

Prints a line for each attack and ends with one JSON object. Fails if an attack does better than the goal, if one
suppressed cell is recovered or one group's answer named, or if the same attacks do not break unprotected tables.
"""

import json
import sys
from dataclasses import dataclass

import numpy as np

from services.release.moves_needed import GOAL
from tests.attack.differencing import Measure, differencing
from tests.attack.groups import SCENARIOS, Alike, Subtracted, group_attribute, subtraction
from tests.attack.population import Scenario, histories, live
from tests.attack.scenarios import DIFFERENCING

POPULATIONS = 3000
"""Of each scenario of differencing; half of them teach the adversary."""
SUBTRACTED = 150
BROKEN = 0.9
"""What the attacks must reach on plain live tables, or they prove nothing."""
SEED = 2026


@dataclass(frozen=True)
class Result:
    measures: list[Measure]
    plain: list[Measure]
    subtracted: list[Subtracted]
    alike: list[Alike]

    @property
    def worst(self) -> Measure:
        return max(self.measures, key=lambda measure: measure.upper)

    @property
    def passed(self) -> bool:
        found = self.summary()
        return (
            self.worst.upper <= GOAL
            and found["recovered_cells"] == found["named_groups"] == 0
            and self.worst_plain >= BROKEN
        )

    @property
    def worst_plain(self) -> float:
        """The least successful attack on plain tables: live ones, and groups that are alike."""
        return min(
            [plain.informed for plain in self.plain] + [alike.plain_named / alike.groups for alike in self.alike]
        )

    def summary(self) -> dict[str, object]:
        return {
            "populations": sum(2 * measure.populations for measure in self.measures)
            + sum(found.populations for found in self.subtracted)
            + sum(found.groups for found in self.alike),
            "trials": sum(measure.trials for measure in self.measures),
            "worst_advantage_over_guessing": round(self.worst.upper, 4),
            "worst_attack": self.worst.name,
            "suppressed_cells": sum(found.suppressed for found in self.subtracted),
            "recovered_cells": sum(found.recovered for found in self.subtracted),
            "named_groups": sum(found.named for found in self.alike),
            "unprotected_success": round(self.worst_plain, 4),
            "unprotected_recovered_share": round(
                sum(found.plain_recovered for found in self.subtracted)
                / sum(found.plain_suppressed for found in self.subtracted),
                4,
            ),
        }


def attack(scenarios: list[Scenario], populations: int, subtracted: int, seed: int = SEED) -> Result:
    rng = np.random.default_rng(seed)
    result = Result([], [], [], [])
    for scenario in scenarios:
        result.measures.append(
            _told(scenario, differencing(scenario, histories(scenario, populations * scenario.factor, rng)))
        )
        if not scenario.closing:
            result.plain.append(_told(scenario, differencing(scenario, live(scenario, populations, rng)), plain=True))
    for scenario in SCENARIOS:
        result.subtracted.append(found := subtraction(scenario, subtracted, rng))
        print(
            f"{found.name} {_shape(scenario)} {scenario.mode}: {found.recovered} of {found.suppressed} suppressed "
            f"cells recovered, {found.refused} populations refused; "
            f"plain {found.plain_recovered} of {found.plain_suppressed}",
            flush=True,
        )
    for mode in ("round", "suppress"):
        result.alike.append(alike := group_attribute(mode, subtracted, rng))
        print(f"{alike.name}: {alike.named} of {alike.groups} groups named; plain {alike.plain_named}", flush=True)
    return result


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
