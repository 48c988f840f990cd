"""Python's cycle collector, set for processes that handle batches of a thousand records."""

import gc

OBJECTS = 100_000
"""New objects before a collection. With Python's 700 a batch is searched for cycles hundreds of times while it is
built, which was half of the CPU of aggregate; it holds none, and a process grows by some 10 MB at most."""


OBJECTS_OF_BATCHES = 2_000_000
"""The same for a worker that holds whole batches: one of 1,000 large submissions is half a million objects while it is
added up, and searching those was a tenth of the worker's CPU. It searches between two batches instead (`Pauses`), when
nearly nothing is there; this is for hours without a batch, and bounds its growth by some 200 MB."""

SECOND, WHOLE = 20, 400
"""Batches after which also what outlived a search is searched, and everything: some 0.1 s in minutes of batches."""


def settle(objects: int = OBJECTS) -> None:
    """Call once, when everything is loaded: what is there now is not searched again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(objects, 20, 20)


class Pauses:
    """The time between two batches, of one worker."""

    def __init__(self) -> None:
        self._batches = 0

    def collect(self) -> None:
        """Call when a batch is done and let go."""
        self._batches += 1
        gc.collect(2 if self._batches % WHOLE == 0 else 1 if self._batches % SECOND == 0 else 0)
