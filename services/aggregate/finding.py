"""Finding what an erased respondent gave, and taking it back: the search, and bounded transactions.

Nothing that was accepted before an erasure E stays counted. Accepted before means that the first record of it in
`submissions` lies below `E.before` in its partition; a payload that was replayed from the quarantine counts from the
record that went into it. Four facts make it so:

1. E stands in `ledger.erasures` before anything is done about it. It is read from there, committed.
2. A record below `E.before` is accounted for once the watermark of its partition is at `E.before` or above. So when
   all are (`Erasure.reached`), every such record has its slot, or its entry in the quarantine, with the pseudonyms.
3. What is replayed has a new offset, above any watermark. `Store.fence`, after E was committed, parts these in two: a
   batch that is under way on any partition either commits before the fence returns, or must begin again, on a
   snapshot that holds E. Of the first the slots are there; the second looks at E itself, because it looks for each
   record that was replayed (services.aggregate.lineage), and withdraws it on arrival. Without the fence both could
   miss the other: snapshot isolation sees no conflict between a batch that reads no E and a search that reads no slot.
4. The search begins after the fence, so it sees all of 2 and of the first of 3. E is done only when a search has found
   nothing: whatever was written meanwhile, and also if a commit was taken for done that was not.

What a search finds is withdrawn by the same rule as an instance that is named (services.aggregate.withdrawing), which
reads its slot again: between both it may have been replaced, but its lineage is the same, and goes as a whole. Markers
then keep out what still arrives of it. What stands on no partition's way and in no quarantine is not accepted yet.

Records that are not replayed need not be looked at when they arrive, which would cost every batch: they are counted for
the moment until the search, and no release is made while an erasure waits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.aggregate.batch import BatchWriter
from services.aggregate.erasing import Erasure, concerning
from services.aggregate.slots import Arrival, Kind
from services.aggregate.store import Store
from services.aggregate.watermark import Watermark

STEP = 200
"""Interviews in a transaction: each rewrites the PSU sums of the shards it touches, and batches wait meanwhile."""

Marks = Mapping[int, Watermark]


@dataclass(frozen=True, slots=True)
class Found:
    """An instance that goes because of an erasure."""

    erasure: Erasure
    instance: str

    def arrival(self) -> Arrival:
        partition, offset = self.erasure.source
        erasure = self.erasure
        return Arrival(Kind.FOUND, partition, offset, erasure.asked_ms, erasure.survey, instance=self.instance)


def find(store: Store, erasures: Sequence[Erasure]) -> list[Found]:
    """One search for all of them. Blocks. Raises `Unavailable`."""
    surveys = {erasure.survey for erasure in erasures}
    by_name: dict[tuple[str, str], list[Erasure]] = {}
    for erasure in erasures:
        for name in erasure.pseudonyms:
            by_name.setdefault((erasure.survey, name), []).append(erasure)
    found: dict[str, Found] = {}
    for kept in store.erasure_log.kept_of(surveys, {name for _, name in by_name}):
        candidates = [one for name in kept.subjects for one in by_name.get((kept.survey, name), ())]
        concerned = concerning(candidates, kept.survey, kept.subjects, kept.record)
        if concerned is not None:
            found[kept.instance] = Found(concerned, kept.instance)
    return [found[instance] for instance in sorted(found)]


def steps(found: Sequence[Found]) -> Iterable[Sequence[Found]]:
    return (found[first : first + STEP] for first in range(0, len(found), STEP))


def take_back(writer: BatchWriter, marks: Marks, found: Iterable[Found]) -> Marks:
    """One transaction. What belongs to erasures of partitions that are not in `marks` is left to their owner. Returns
    the watermarks that it wrote. Raises as `Store.transact`."""
    arrivals = [one.arrival() for one in found if one.erasure.source[0] in marks]
    if not arrivals:
        return {}
    after = {partition: marks[partition] for partition in {arrival.partition for arrival in arrivals}}
    try:
        return writer.apply(marks, after, arrivals).watermarks
    finally:
        # Other writers change these pages between two searches.
        writer.forget()
