"""Python's cycle collector, set for processes that handle batches of a thousand records."""

import gc

OBJECTS = 100_000
"""New objects before a collection. With Python's 700 a batch is searched for cycles hundreds of times while it is
built, which was half of the CPU of aggregate; it holds none, and a process grows by some 10 MB at most."""


def settle() -> None:
    """Call once, when everything is loaded: what is there now is not searched again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS, 20, 20)
