"""What a running reader is not told: that its topic was made anew, or lost records that it has still to read.

The client resets itself to another offset and goes on. `Contiguity` ends the process when a record comes that does not
follow the last; but none may come for hours, and after a second start nobody knows any more what was lost. So the
topic is looked at every few seconds, and once more when a record did not follow the last. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.runtime.faults import OperatorStop

LOOK_S = 5.0
"""Between two looks. Two requests to the broker; what was deleted is gone, however soon it is noticed."""


class TopicLost(OperatorStop):
    """A topic was made anew, or records that were not read yet are gone."""


@dataclass(frozen=True)
class Extent:
    """A topic as it is now: its id, and by partition the oldest offset that is there and the next to be written."""

    topic_id: str
    first: Mapping[int, int]
    end: Mapping[int, int]


class TopicLoss:
    """For one reader of a topic, whose id it knew at its start."""

    def __init__(self, topic: str, topic_id: str) -> None:
        self._topic = topic
        self._id = topic_id
        self._behind: dict[int, int] = {}

    def look(self, before: Mapping[int, int], now: Extent, after: Mapping[int, int], certain: bool = False) -> None:
        """Positions (partition -> next offset) as they were before the topic was asked, and as they are after it.

        A position before the topic's start is no loss while it moves: the reader may have read on in time, and works
        off what it has in memory. So it is one when it stands at the second look, or when it is `certain` that the
        next record is not there. Raises `TopicLost`.
        """
        if now.topic_id != self._id:
            raise TopicLost(
                f"`{self._topic}` was made anew while it was read: its id is {now.topic_id} and was {self._id}. "
                "`rihla repair check` says what can be mended."
            )
        for partition, position in sorted(before.items()):
            if now.end.get(partition, position) < position:
                raise TopicLost(
                    f"Partition {partition} of `{self._topic}` ends at offset {now.end[partition]}, but was read up to "
                    f"{position}: the broker lost its tail while it was read. `rihla repair check` says what can be "
                    "mended."
                )
        behind = {p: at for p, at in after.items() if now.first.get(p, 0) > at}
        for partition, position in sorted(behind.items()):
            if certain or self._behind.get(partition) == position:
                raise TopicLost(
                    f"Partition {partition}: offsets {position} to {now.first[partition] - 1} of `{self._topic}` were "
                    "deleted before they were read. `rihla repair check` says which of them are lost, and what to do."
                )
        self._behind = behind
