"""Python's cycle collector, set for processes that handle batches of a thousand records."""

import gc

OBJECTS = 100_000
"""New objects before a collection. With Python's 700 a batch is searched for cycles hundreds of times while it is
built, which was half of the CPU of aggregate; it holds none, and a process grows by some 10 MB at most."""


OBJECTS_OF_BATCHES = 500_000
"""The same for a worker that holds whole batches: one of 1,000 large submissions is 200,000 objects while it is added
up, and with fewer each batch would be searched, for 0.1 s or more. It grows by some 50 MB at most."""


def settle(objects: int = OBJECTS) -> None:
    """Call once, when everything is loaded: what is there now is not searched again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(objects, 20, 20)
