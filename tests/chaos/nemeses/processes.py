"""Workers that die, and workers that hang past their session and come back."""

import time
from collections.abc import Callable
from random import Random

from tests.chaos.nemesis import WORKER_GOAL_S, Nemesis
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage

READY_S = 300.0
ZOMBIE_S = (7.0, 9.0)
"""Longer than the session time-out of a worker, which is 6 s."""


def kill(service: str) -> Callable[[Stage, Random], Struck]:
    def strike(stage: Stage, random: Random) -> Struck:
        name = service if service == "ingest" else f"{service}-{random.choice((1, 2))}"
        stage.world.wait_ready(name, READY_S)
        return Struck(stage.world.kill(name), killed=True)

    return strike


def hang(service: str) -> Callable[[Stage, Random], Struck]:
    """The other one takes over; the zombie wakes up with a batch in its hands."""

    def strike(stage: Stage, random: Random) -> Struck:
        name = f"{service}-{random.choice((1, 2))}"
        stage.world.wait_ready(name, READY_S)
        stage.world.pause(name)
        try:
            time.sleep(random.uniform(*ZOMBIE_S))
        finally:
            stage.world.resume(name)
        return Struck(time.monotonic())

    return strike


NEMESES = (
    *(
        Nemesis(f"kill_{service}", frozenset({service}), kill(service), weight=4, goal_s=WORKER_GOAL_S)
        for service in ("ingest", "validate", "aggregate")
    ),
    *(
        Nemesis(f"hang_{service}", frozenset({service}), hang(service), weight=2)
        for service in ("validate", "aggregate")
    ),
)
