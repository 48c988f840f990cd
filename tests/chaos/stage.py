"""Where a run is played: the world, its phones, who watches, and what the nemeses have added to the records."""

import dataclasses
import threading
from collections import Counter
from dataclasses import dataclass

from cli.field import Field
from tests.chaos.load import Load
from tests.chaos.recovery import Watcher
from tests.chaos.world import World


@dataclass
class Stage:
    """`written` counts the records that nemeses wrote to `submissions` and that were acknowledged, by class; `tries`
    those that may have been written besides."""

    world: World
    field: Field
    load: Load
    watcher: Watcher
    written: Counter[str] = dataclasses.field(default_factory=Counter)
    tries: int = 0
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def wrote(self, of: str, number: int, tries: int = 0) -> None:
        with self.lock:
            self.written[of] += number
            self.tries += tries
