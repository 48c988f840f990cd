"""Networks between any two that are cut, swallow everything, or are slow."""

import time
from collections.abc import Callable
from random import Random

from tests.chaos.nemesis import Nemesis
from tests.chaos.parts import PHONES, STORE
from tests.chaos.proxy import Mode
from tests.chaos.recovery import Struck
from tests.chaos.stage import Stage

PAIRS = {
    "phones_ingest": (PHONES, "phones"),
    "ingest_kafka": ("ingest", "ingest"),
    "validate_kafka": ("validate", "validate"),
    "aggregate_kafka": ("aggregate", "aggregate"),
    "aggregate_database": (STORE, "database"),
    "broker_broker": ("peers", "brokers"),
}
"""Name -> links, and what is hurt."""

LASTS_S = {Mode.CUT: (1.0, 5.0), Mode.HOLE: (1.0, 8.0), Mode.DELAY: (2.0, 4.0)}
DELAY_S = (0.05, 0.4)
"""In each direction: a satellite takes 0.3."""
WHOLE_S = 400.0


def disturb(links: str, mode: Mode) -> Callable[[Stage, Random], Struck]:
    def strike(stage: Stage, random: Random) -> Struck:
        names = stage.world.links(links)
        if links == "peers":
            # One broker's peers lose it: with all three apart nothing can be written, as it must be.
            stage.world.observer.wait_whole(WHOLE_S)
            node = random.choice(stage.world.nodes).broker.node
            names = [name for name in names if name.endswith(f"-{node}")]
        elif len(names) > 1 and random.random() < 0.4:
            names = [random.choice(names)]
        delay_s = random.uniform(*DELAY_S) if mode is Mode.DELAY else 0.0
        with stage.world.network.disturbed(names, mode, delay_s):
            time.sleep(random.uniform(*LASTS_S[mode]))
        return Struck(time.monotonic())

    return strike


NEMESES = tuple(
    Nemesis(f"{mode}_{name}", frozenset({hurt}), disturb(links, mode))
    for name, (links, hurt) in PAIRS.items()
    for mode in LASTS_S
)
