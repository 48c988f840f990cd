"""Cycles are looked for between batches, and while a batch is built only if it outgrows every real one."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from services.runtime import garbage


class Knot:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _collector_as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_a_cycle_of_a_batch_is_gone_after_it_and_not_before() -> None:
    garbage.settle(garbage.OBJECTS_OF_BATCHES)
    pauses = garbage.Pauses()
    knot = weakref.ref(Knot())
    batch = [[number] for number in range(600_000)]
    assert knot() is not None
    del batch
    pauses.collect()
    assert knot() is None


@pytest.mark.parametrize(("searches", "batches"), [(1, garbage.SECOND), (2, garbage.WHOLE)])
def test_what_outlived_searches_is_found_in_time(searches: int, batches: int) -> None:
    garbage.settle(garbage.OBJECTS_OF_BATCHES)
    kept = Knot()
    knot = weakref.ref(kept)
    for generation in range(searches):
        gc.collect(generation)
    del kept
    pauses = garbage.Pauses()
    for _ in range(batches - 1):
        pauses.collect()
    assert knot() is not None
    pauses.collect()
    assert knot() is None
