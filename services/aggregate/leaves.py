"""What a fill added for responses that were counted before it began (services.aggregate.filling). Pure.

Rewriting every slot would cost ten times what all else of a fill does. So it is kept apart, for BLOCK source offsets of
a partition and a survey in one document, which is found from a slot alone. What an instance contributes is what
`applied` of its slot says and what its entries in leaves say. Whoever takes it back takes the entry out; while the fill
is under way a mark stays in its place, so that the fill, which may have read the slot before, passes it over. Both
write the leaf, so only one of two transactions about one instance commits.

    {_id: "survey/partition/block/fill", survey, fill, content: JSON [places, {instance: [design, cells] or null}]}
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from schemas.tables.contribution import Contribution
from schemas.tables.exact_json import dumps, loads
from services.aggregate.slots import Slot

BLOCK = 64
"""Source offsets: a leaf is 6 to 30 kB, and whoever takes one back rewrites no more than that."""

Entry = list[Any]
"""Design and cells, as `Contribution` has them."""


@dataclass(frozen=True)
class Leaf:
    """`entries` by instance; None where the instance was taken back while the fill was under way. `places` as those of
    contributions."""

    survey: str
    partition: int
    block: int
    fill: int
    entries: Mapping[str, Entry | None] = field(default_factory=dict, repr=False)
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.survey}/{self.partition}/{self.block}/{self.fill}"

    @classmethod
    def of(cls, slot: Slot, fill: int) -> Self:
        """The leaf of an instance, empty."""
        return cls(slot.survey, slot.partition, block_of(slot.offset), fill)

    def contributions(self) -> Iterator[Contribution]:
        for entry in self.entries.values():
            if entry is not None:
                yield self._contribution(entry)

    def contribution(self, instance: str) -> Contribution | None:
        entry = self.entries.get(instance)
        return None if entry is None else self._contribution(entry)

    def without(self, instance: str, under_way: bool) -> Self:
        entries = {name: entry for name, entry in self.entries.items() if name != instance}
        if under_way:
            entries[instance] = None
        return replace(self, entries=entries)

    def content(self) -> bytes:
        return dumps([self.places, self.entries])

    @classmethod
    def read(cls, id_: str, content: bytes) -> Self:
        survey, partition, block, fill = id_.rsplit("/", 3)
        places, entries = loads(content)
        return cls(survey, int(partition), int(block), int(fill), entries, places)

    def _contribution(self, entry: Entry) -> Contribution:
        design, cells = entry
        return Contribution(tuple((table, cell, tuple(sums)) for table, cell, sums in cells), design, self.places)


def block_of(offset: int) -> int:
    return offset // BLOCK


def leaves_of(slots: Iterable[Slot], fills: Sequence[int]) -> list[Leaf]:
    """The leaves in which these slots may have an entry, empty. What was counted in an epoch knew of all fills that had
    begun by then."""
    return [Leaf.of(slot, fill) for slot in slots for fill in fills if fill > slot.epoch]
