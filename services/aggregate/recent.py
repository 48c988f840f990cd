"""Instances that this worker has met lately. A hint, by which most slots need not be looked up.

Nearly every instance is new, and a retry comes soon. So an instance that was not met lately is taken for new: its
slot is inserted without a look, and where it is there after all the database refuses and the batch begins again with
a look at every slot. Whatever concerns an instance writes its slot, so a wrong guess cannot go unnoticed.
"""

from collections.abc import Iterable

REMEMBERED = 100_000
"""Ids in each of two generations: 20 MB at most, and some minutes of retries at 1,000 submissions a second."""


class Recent:
    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._young: set[str] = set()
        self._old: set[str] = set()

    def __contains__(self, instance: str) -> bool:
        return instance in self._young or instance in self._old

    def add(self, instances: Iterable[str]) -> None:
        self._young.update(instances)
        if len(self._young) > self._limit:
            self._old, self._young = self._young, set()
