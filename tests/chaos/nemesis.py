"""What a fault is: a name, what it hurts, and how it strikes."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage


@dataclass(frozen=True)
class Nemesis:
    """`strike` injects the fault, keeps it up for a bounded time and heals it; all it draws, it draws from the `Random`
    it is given. Two that touch something in common never strike together. `weight` is how often it comes in each round
    of the schedule. `goal_s` is the recovery that 99 of 100 must keep, if one was set."""

    kind: str
    touches: frozenset[str]
    strike: Callable[[Stage, Random], Struck]
    weight: int = 1
    goal_s: float | None = None


WORKER_GOAL_S = 15.0
SERVER_GOAL_S = 30.0
"""A broker or the database."""
EVERYTHING = frozenset({"phones", "ingest", "validate", "aggregate", "brokers", "database"})
