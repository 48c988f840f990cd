"""Those who wait for one acknowledgement, on a batch that holds three records."""

import asyncio

from services.ingest import problems
from services.ingest.gate import Gate
from services.ingest.groups import Group, PartitionQueue, Written


class ThreeRecords:
    def __init__(self) -> None:
        self.keys: list[bytes] = []

    def append(
        self, *, timestamp: int | None, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> object | None:
        if len(self.keys) == 3:
            return None
        self.keys.append(key)
        return self


def entered(gate: Gate, size: int) -> int:
    place = gate.enter()
    assert place is not None
    place.grow_to(size)
    return place.hand_over()


async def add(queue: PartitionQueue, gate: Gate, deadline: float = 10.0) -> Written:
    written: Written = asyncio.get_running_loop().create_future()
    queue.append(b"k", b"v", []).add(written, deadline, entered(gate, 10))
    return written


async def test_a_full_group_is_followed_by_another() -> None:
    gate = Gate(100, 1000)
    queue = PartitionQueue(lambda: Group(ThreeRecords(), gate))
    for _ in range(4):
        await add(queue, gate)
    await queue.news()
    assert len(queue.groups()) == 2
    assert queue.take().places == 3
    await add(queue, gate)
    assert queue.take().places == 2
    queue.done()
    assert queue.empty


async def test_a_group_on_its_way_takes_no_more() -> None:
    gate = Gate(100, 1000)
    queue = PartitionQueue(lambda: Group(ThreeRecords(), gate))
    await add(queue, gate)
    group = queue.take()
    await add(queue, gate)
    assert group.places == 1
    assert [known.places for known in queue.groups()] == [1, 1]


async def test_settling_answers_everyone_and_empties_the_gate() -> None:
    gate = Gate(100, 1000)
    queue = PartitionQueue(lambda: Group(ThreeRecords(), gate))
    waiting = [await add(queue, gate) for _ in range(3)]
    waiting[1].cancel()
    queue.take().settle(None)
    assert [waiting[0].result(), waiting[2].result()] == [None, None]
    assert (gate.count, gate.bytes) == (0, 0)


async def test_giving_up_answers_the_late_ones_and_keeps_their_places() -> None:
    gate = Gate(100, 1000)
    queue = PartitionQueue(lambda: Group(ThreeRecords(), gate))
    late, early = await add(queue, gate, deadline=1.0), await add(queue, gate, deadline=2.0)
    group = queue.take()
    group.give_up(1.5, problems.NOT_ACKNOWLEDGED.of())
    problem = late.result()
    assert problem is not None
    assert problem.type is problems.NOT_ACKNOWLEDGED
    assert not early.done()
    assert gate.count == 2
    group.settle(None)
    assert early.result() is None
    assert gate.count == 0
