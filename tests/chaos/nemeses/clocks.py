"""Wall clocks of all Python processes that jump by hours."""

import time
from random import Random

from tests.chaos.nemesis import WORKER_GOAL_S, Nemesis
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage

HOUR_S = 3600.0
FARTHEST_H = 30.0
STAYS_S = (0.5, 2.0)


def jump(stage: Stage, random: Random) -> Struck:
    """Forward, back, and to where they belong, while the processes run."""
    try:
        for sign in random.choice(((1, -1), (-1, 1))):
            stage.world.clock.jump(sign * random.uniform(1.0, FARTHEST_H) * HOUR_S)
            time.sleep(random.uniform(*STAYS_S))
    finally:
        stage.world.clock.jump(0.0)
    return Struck(time.monotonic())


NEMESES = (Nemesis("clocks_jump", frozenset({"clocks"}), jump, weight=3, goal_s=WORKER_GOAL_S),)
