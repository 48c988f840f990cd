"""What arrives within a tick is handed over together."""

import asyncio

from services.ingest.tick import Tick


async def test_items_are_handed_over_once_in_order() -> None:
    taken: list[list[int]] = []
    rung = asyncio.Event()

    def take(items: list[int]) -> None:
        taken.append(items)
        rung.set()

    tick = Tick(0.01, take)
    tick.add(1)
    tick.add(2)
    await asyncio.wait_for(rung.wait(), 5)
    rung.clear()
    tick.add(3)
    await asyncio.wait_for(rung.wait(), 5)
    assert taken == [[1, 2], [3]]


async def test_it_can_be_rung_before_its_time() -> None:
    taken: list[list[int]] = []
    tick = Tick(60, taken.append)
    tick.ring()
    tick.add(1)
    tick.ring()
    tick.ring()
    assert taken == [[1]]
