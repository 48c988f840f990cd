"""python -m tests.model.run                  searches every scenario and says how many states there are
python -m tests.model.run --mutations         the same with every rule broken; prints a shortest trace of each
python -m tests.model.run NAME                one scenario or one mutation, by a part of its name
python -m tests.model.run --deep [NAME]       scenarios with two crashes, two rebalances and larger batches: minutes
"""

import sys
import time
from dataclasses import replace
from typing import Any

from tests.model.mutations import BY_NAME
from tests.model.rules import PROTOCOL, Rules
from tests.model.scenario import Scenario
from tests.model.scenarios import SCENARIOS
from tests.model.search import Found, search

DEEP: dict[str, Any] = {"crashes": 2, "rebalances": 2, "batch": 2}


def main(arguments: list[str]) -> None:
    part = next((word for word in arguments if not word.startswith("-")), None)
    broken = "--mutations" in arguments
    if part is not None or not broken:
        for name, scenario in SCENARIOS.items():
            if part is None or part in name:
                _say(name, replace(scenario, **DEEP) if "--deep" in arguments else scenario, PROTOCOL)
    if part is not None or broken:
        for name, mutation in BY_NAME.items():
            if part is None or part in name:
                _say(f"mutation: {name}", mutation.scenario, mutation.rules)


def _say(name: str, scenario: Scenario, rules: Rules) -> Found:
    began = time.monotonic()
    found = search(scenario, rules)
    seconds = time.monotonic() - began
    print(f"{name}: {found.states:,} states, {found.steps:,} steps, {found.ends} ends, {seconds:.1f} s")
    if found.broken:
        print("", *found.trace, sep="\n    ")
        print(f"    so {found.broken}\n")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
