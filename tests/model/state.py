"""A state of the model: what is committed, who owns what, what each worker remembers and has under way."""

from typing import NamedTuple

from tests.model.work import Cache, Marks

PARTITIONS = 2
WORKERS = 2


class Worker(NamedTuple):
    """`marks` is None for a process that has just begun. `stale`: the group has assigned anew, and the worker has not
    noticed. `effect` is the number of the effect under way, -1 for none; `phase` says how far it is. `ahead`: a
    mutation made it begin at Kafka's commit."""

    marks: Marks | None
    cache: Cache = ()
    stale: bool = False
    phase: str = ""
    effect: int = -1
    ahead: int = 0


IDLE, BEGUN, UNKNOWN, SECOND = "", "begun", "unknown", "second"
"""Begun: has its snapshot and has locked nothing yet. Unknown: the answer to the commit was lost. Second: what a
mutation writes in another transaction is still to come."""


class Open(NamedTuple):
    """A transaction that no living worker has in hand: its worker died, or waits to hear of it. It holds its locks.
    `sent`: the request to commit is on its way and may yet be done."""

    session: int
    effect: int
    sent: bool


class State(NamedTuple):
    """`owners`: the session that owns each partition; a living worker's session has the number of the worker, those
    of the dead have numbers from `WORKERS` on. `assigned`: the worker of each partition, as the group has it.
    `crashes`, `rebalances`, `losses`: faults that may still come."""

    content: int
    owners: tuple[int, ...]
    workers: tuple[Worker, ...]
    open: tuple[Open, ...]
    assigned: tuple[int, ...]
    crashes: int
    rebalances: int
    losses: int

    def with_worker(self, number: int, worker: Worker) -> "State":
        workers = list(self.workers)
        workers[number] = worker
        return self._replace(workers=tuple(workers))


def buried(state: State, session: int) -> State:
    """After the death of a living session: what was its own belongs to a dead one of the next free number."""
    named = (*state.owners, *(tx.session for tx in state.open))
    dead: dict[int, int] = {}
    for number in named:
        if number >= WORKERS or number == session:
            dead.setdefault(number, WORKERS + len(dead))
    owners = tuple(dead.get(owner, owner) for owner in state.owners)
    return state._replace(
        owners=owners, open=tuple(sorted(tx._replace(session=dead.get(tx.session, tx.session)) for tx in state.open))
    )
