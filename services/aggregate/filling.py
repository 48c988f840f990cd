"""Filling generations from the ledger: what a stored response adds, and the transactions of it. The store is the only
I/O.

Every slot that was counted before the fill began, and is counted still, is added once. Five facts make it so:

1. A batch adds to a generation exactly what its epoch says (services.aggregate.generation_memory), and notes the epoch
   in the slot. The fill's number is the epoch in which it began. A slot of this epoch or a later one needs nothing.
2. `Store.fence`, after that epoch was committed, puts behind us every batch that did not know of it: it has committed,
   so its slots are there, or begins again. The look through the slots begins after the fence.
3. What is added for a slot is written to its leaf (services.aggregate.leaves) in the transaction that adds it. A slot
   that has an entry is passed over: a step can be made twice, the look begin again, two workers do the same.
4. Slots are read before the transaction, so they may have been taken back meanwhile. Whoever takes a slot back looks
   at its leaf: if it has an entry this is taken back as well, and else a mark is left, which a step respects. Both
   write the leaf, so of two at the same time one begins again.
5. A partition is done when the look has come to the end. The generation is shown when all are.

Nothing of a fill stands in the way of a batch but the turn of the worker, and its pages: a step writes those of its own
shards, as batches do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.events import Response
from schemas.tables.cells import Deltas
from schemas.tables.contribution import Contribution
from schemas.tables.psu_runs import Sums
from services.aggregate.batch import BatchWriter, HasPages
from services.aggregate.batch_sums import batch_sums
from services.aggregate.generation_port import Counted, FillEnded
from services.aggregate.kept_responses import kept_response
from services.aggregate.leaves import Leaf, block_of
from services.aggregate.store import Transaction

ContributionOf = Callable[[str, Response], Contribution]
"""Version and response -> what it adds to the generations that are filled."""


@dataclass
class Share:
    """What the slots of a step add to one leaf, by instance."""

    empty: Leaf
    contributions: dict[str, Contribution] = field(default_factory=dict)


@dataclass
class Step:
    """Some slots, computed. `missing` are slots without a stored response, which cannot be filled."""

    survey: str
    fill: int
    shares: dict[str, Share] = field(default_factory=dict)
    sums: dict[int, tuple[Deltas, Sums]] = field(default_factory=dict)
    slots: int = 0
    missing: int = 0


def computed(survey: str, fill: int, counted: Iterable[Counted], of: ContributionOf) -> Step:
    """What counted slots add. Those of the fill's epoch or a later one add nothing. Pure."""
    step = Step(survey, fill)
    for one in counted:
        if one.epoch >= fill:
            continue
        response = kept_response(one.response) if one.response else None
        if response is None:
            step.missing += 1
            continue
        empty = Leaf(survey, one.partition, block_of(one.offset), fill)
        share = step.shares.setdefault(empty.id, Share(empty))
        share.contributions[one.instance] = of(one.version, response)
        step.slots += 1
    step.sums = _summed(step.shares.values(), {})
    return step


def write(writer: BatchWriter, own: Mapping[int, object], step: Step, name: str) -> int:
    """One transaction. `own` are the partitions of this worker; `name` is that of the step's runs. Returns how many
    slots were added. Raises `FillEnded`, and as `Store.transact`."""
    filled: list[int] = []

    def work(tx: Transaction) -> HasPages:
        generations = tx.generations(step.survey)
        if generations is None or generations.fill is None or generations.fill.number != step.fill:
            raise FillEnded
        there = {leaf.id: leaf for leaf in tx.leaves(step.shares.keys())}
        sums = step.sums if not there else _summed(step.shares.values(), there)
        changed = [after for share in step.shares.values() if (after := _grown(share, there)) is not None]
        tx.replace_leaves([leaf.id for leaf in changed if leaf.id in there], changed)
        added: dict[int, int] = {}
        for share in step.shares.values():
            new = _new(share, there)
            added[share.empty.partition] = added.get(share.empty.partition, 0) + len(new)
        for partition, number in sorted(added.items()):
            tx.note_filled(step.survey, step.fill, partition, number)
        shards = {(step.survey, partition): found for partition, found in sums.items()}
        pages = writer.cells.write(
            tx,
            {shard: deltas for shard, (deltas, _) in shards.items()},
            {shard: own for shard, (_, own) in shards.items() if own},
            (),
            name,
        )
        filled.append(sum(added.values()))
        return HasPages(pages)

    if step.shares:
        writer.transact(own, work)
    return filled[-1] if filled else 0


def _new(share: Share, there: Mapping[str, Leaf]) -> dict[str, Contribution]:
    """Those that have no entry yet."""
    leaf = there.get(share.empty.id)
    if leaf is None:
        return share.contributions
    return {name: one for name, one in share.contributions.items() if name not in leaf.entries}


def _grown(share: Share, there: Mapping[str, Leaf]) -> Leaf | None:
    """The leaf with these entries; None if it has them all."""
    new = _new(share, there)
    if not new:
        return None
    leaf = there.get(share.empty.id, share.empty)
    entries = {**leaf.entries, **{name: [one.design, one.cells] for name, one in new.items()}}
    places: Mapping[str, Sequence[int]] = {
        **leaf.places,
        **{id_: own for one in new.values() for id_, own in one.places.items()},
    }
    return Leaf(leaf.survey, leaf.partition, leaf.block, leaf.fill, entries, places)


def _summed(shares: Iterable[Share], there: Mapping[str, Leaf]) -> dict[int, tuple[Deltas, Sums]]:
    by_shard: dict[int, list[Contribution]] = {}
    for share in shares:
        by_shard.setdefault(share.empty.partition, []).extend(_new(share, there).values())
    return {partition: batch_sums(found) for partition, found in by_shard.items() if found}
