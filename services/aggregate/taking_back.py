"""What an instance contributed, from all the places that say so: its slot, and what fills added for it since."""

from collections.abc import Collection, Mapping, Sequence

from schemas.tables.contribution import Contribution
from schemas.tables.generations import Generations
from services.aggregate.leaves import Leaf, leaves_of
from services.aggregate.slots import Slot
from services.aggregate.store import Transaction

Shard = tuple[str, int]
"""Survey and source partition."""


def taken_back(
    tx: Transaction, slots: Sequence[Slot], known: Mapping[str, Generations]
) -> list[tuple[Shard, Contribution]]:
    """What these slots contributed, with its shard, and takes it out of the leaves. `slots` are counted, or were until
    this transaction; `known` the generations of their surveys. What is no longer alive was dropped with its cells, and
    is passed over."""
    if not slots:
        return []
    leaves = _leaves(tx, slots, known)
    before = {id_: leaf for id_, leaf in leaves.items() if leaf.entries}
    found = []
    for slot in slots:
        assert slot.applied is not None
        parts = [Contribution.decode(slot.applied)]
        generations = known.get(slot.survey)
        if generations is None:
            found.append(((slot.survey, slot.partition), parts[0]))
            continue
        for empty in leaves_of([slot], generations.fills):
            leaf = leaves[empty.id]
            under_way = generations.fill is not None and generations.fill.number == leaf.fill
            if (part := leaf.contribution(slot.instance)) is not None:
                parts.append(part)
            if part is not None or under_way:
                leaves[empty.id] = leaf.without(slot.instance, under_way)
        found.append(((slot.survey, slot.partition), together(parts, generations.alive)))
    changed = [leaf for id_, leaf in leaves.items() if leaf is not before.get(id_) and (leaf.entries or id_ in before)]
    if changed:
        tx.replace_leaves(
            [leaf.id for leaf in changed if leaf.id in before], [leaf for leaf in changed if leaf.entries]
        )
    return found


def together(parts: Sequence[Contribution], alive: Collection[str]) -> Contribution:
    """As one contribution, so that a cell of several generations is retracted once; of the ids that are alive."""
    cells = tuple(cell for part in parts for cell in part.cells if cell[0] in alive)
    places = {id_: own for part in parts for id_, own in part.places.items()}
    return Contribution(cells, parts[0].design, places)


def _leaves(tx: Transaction, slots: Sequence[Slot], known: Mapping[str, Generations]) -> dict[str, Leaf]:
    """All in which one of the slots may have an entry; empty where there is none."""
    wanted: dict[str, Leaf] = {}
    for survey, generations in known.items():
        own = [slot for slot in slots if slot.survey == survey]
        wanted.update({leaf.id: leaf for leaf in leaves_of(own, generations.fills)})
    if wanted:
        wanted.update({leaf.id: leaf for leaf in tx.leaves(wanted.keys())})
    return wanted
