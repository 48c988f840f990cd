"""Taking the cells of generations that are no longer read out of pages and runs, in bounded transactions. The store is
the only I/O.

No batch adds to them any more: the drop begins after a fence behind the epoch in which they were alive. What slots and
leaves still say of them is passed over when it is taken back (services.aggregate.taking_back).
"""

from collections.abc import Mapping

from schemas.tables.generations import Generations
from services.aggregate.batch import BatchWriter, HasPages
from services.aggregate.generations import dropped, without_fill
from services.aggregate.store import Transaction

PAGES = RUNS = 16
"""In a transaction: at 40 kB as much as a batch writes."""
LEAVES = 500


def drop_some(writer: BatchWriter, own: Mapping[int, object], survey: str, partition: int) -> bool:
    """A step of a shard of this worker. Whether the shard is done."""
    reached: list[bool] = []

    def work(tx: Transaction) -> HasPages:
        generations = tx.generations(survey)
        if generations is None or generations.drop is None or partition not in generations.drop.partitions:
            reached.append(True)
            return HasPages()
        ids = generations.drop.ids
        pages, number = writer.cells.without(tx, (survey, partition), ids, PAGES)
        if number == 0:
            number = writer.cells.without_in_runs(tx, (survey, partition), ids, RUNS)
        if number == 0:
            tx.write_generations(dropped(generations, [partition]))
        reached.append(number == 0)
        return HasPages(pages)

    writer.transact(own, work)
    return reached[-1]


def drop_leaves(tx: Transaction, survey: str, fill: int) -> bool:
    """A step of the leaves of a fill of which nothing counts. Whether they are gone."""
    ids = tx.leaf_ids(survey, fill, LEAVES)
    if ids:
        tx.replace_leaves(ids, [])
        return False
    generations: Generations | None = tx.generations(survey)
    if generations is not None:
        tx.write_generations(without_fill(generations, fill))
    return True
