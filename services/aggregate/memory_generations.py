"""Generations, leaves and progress of fills in memory (mongo_generations.py)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from schemas.tables.generations import Generations
from services.aggregate.generation_port import FillEnded
from services.aggregate.leaves import Leaf
from services.aggregate.store import Stale

Key = tuple[str, Any]


class MemoryGenerations:
    """Part of MemoryTransaction."""

    _writes: dict[Key, Any]

    def epochs(self, surveys: Iterable[str]) -> Mapping[str, int]:
        found = {survey: self._get(("generations", survey)) for survey in surveys}
        return {survey: one.epoch for survey, one in found.items() if one is not None}

    def generations(self, survey: str) -> Generations | None:
        found: Generations | None = self._get(("generations", survey))
        return found

    def write_generations(self, generations: Generations) -> None:
        # As it is stored elsewhere.
        self._writes["generations", generations.survey] = Generations.of_document(generations.document())

    def has_cells(self, survey: str) -> bool:
        return any(page.survey == survey for page in self._stored("cells"))

    def leaves(self, ids: Collection[str]) -> list[Leaf]:
        found = (self._get(("filled", id_)) for id_ in ids)
        return [leaf for leaf in found if leaf is not None]

    def leaf_ids(self, survey: str, fill: int | None, limit: int) -> list[str]:
        found = [one for one in self._stored("filled") if one.survey == survey and fill in (None, one.fill)]
        return [leaf.id for leaf in found[:limit]]

    def replace_leaves(self, before: Collection[str], after: Collection[Leaf]) -> None:
        self._writes.update({("filled", id_): None for id_ in before})
        for leaf in after:
            if self._get(("filled", leaf.id)) is not None:
                raise Stale(leaf.id)
            self._writes["filled", leaf.id] = replace(Leaf.read(leaf.id, leaf.content()))

    def begin_filling(self, survey: str, fill: int, partitions: Collection[int]) -> None:
        self.end_filling(survey)
        self._writes.update(
            {("filling", (survey, partition)): (survey, partition, fill, 0) for partition in partitions}
        )

    def note_filled(self, survey: str, fill: int, partition: int, number: int) -> None:
        found = self._get(("filling", (survey, partition)))
        if found is None or found[2] != fill:
            raise FillEnded
        self._writes["filling", (survey, partition)] = (survey, partition, fill, found[3] + number)

    def end_filling(self, survey: str) -> None:
        for one, partition, *_ in self._stored("filling"):
            if one == survey:
                self._writes["filling", (survey, partition)] = None

    def _get(self, key: Key) -> Any:
        raise NotImplementedError

    def _stored(self, collection: str) -> list[Any]:
        raise NotImplementedError
