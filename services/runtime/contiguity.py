"""Which offset comes next in each partition, so that a skipped or repeated record cannot pass unseen.

Offsets in the data topics are contiguous (no compaction, no transactions), so whatever is not the next offset means
that the client, the broker or a rebalance lost or replayed something. Pure.
"""

from collections.abc import Iterable, Mapping

from services.runtime.faults import Fatal


class OffsetSkipped(Fatal):
    """A record was not delivered, or one came again without a new assignment. The process starts over from its
    stored position."""


class Contiguity:
    def __init__(self) -> None:
        self._next: dict[int, int] = {}

    def restart(self, positions: Mapping[int, int]) -> None:
        """A new assignment: partition -> offset of the first record that is wanted."""
        self._next = dict(positions)

    def check(self, records: Iterable[tuple[int, int]]) -> dict[int, int]:
        """(partition, offset) in the order of arrival -> the positions after them, to be given to `advance`.

        Raises `OffsetSkipped`, and changes nothing.
        """
        after: dict[int, int] = {}
        for partition, offset in records:
            expected = after.get(partition, self._next.get(partition))
            if expected is None:
                raise OffsetSkipped(f"partition {partition} delivers offset {offset} and was not assigned")
            if offset != expected:
                raise OffsetSkipped(f"partition {partition} delivers offset {offset} where {expected} comes next")
            after[partition] = offset + 1
        return after

    def advance(self, positions: Mapping[int, int]) -> None:
        """The records before these positions are done."""
        self._next.update(positions)

    @property
    def positions(self) -> Mapping[int, int]:
        return dict(self._next)
