"""The sweep of a survey that ended, one bounded transaction at a time. The store is the only I/O.

Each step takes away some of what is there and notes it in the same transaction. So it may be stopped or killed
anywhere, be made twice, and be gone on with by another worker. The slots are found by one look through all of them, not
by a question at each step: without an index of the survey, which every submission would pay, each would be a look.

A batch that began before the end was noted may still count something of the survey. `Store.fence` puts all of these
behind us: what they counted has its slots by then, and what begins later sees the end.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from schemas.outcome_class import OutcomeClass
from services.aggregate.generations import abandoned
from services.aggregate.retention import Closing, Ended
from services.aggregate.slots import Kind, Slot, State
from services.aggregate.store import Store, Transaction
from services.aggregate.watermark import Watermark, with_moves

STEP = 500
"""Slots or entries in a transaction: less than a batch writes, so that batches beside it hardly wait."""

Marks = Mapping[int, Watermark]


class Sweep:
    """Of one survey, by a worker. `now_ms` is the time that is noted."""

    def __init__(self, store: Store, closing: Closing, step: int = STEP) -> None:
        self._store = store
        self._closing = closing
        self._step = step
        self._look: Iterator[list[str]] | None = None
        self._found: list[str] = []
        """Instances of the next step, by the look."""

    def advance(self, marks: Marks, now_ms: int) -> tuple[Ended, Marks]:
        """One step. `marks` are the watermarks of this worker, at least one; returned are how far the sweep is now,
        and those of them that it changed. Raises as `Store.transact`."""
        ended = self._store.transact(lambda tx: self._begin(tx, now_ms))
        if not ended.fenced:
            self._store.fence()
            return self._store.transact(self._fenced), {}
        found = self._next()
        ended, changed, are_gone = self._store.transact(lambda tx: self._take_away(tx, marks, found, now_ms))
        if are_gone:
            self._found = []
        return ended, changed

    def _next(self) -> list[str]:
        """What the look finds, until a step has taken it away."""
        if not self._found:
            if self._look is None:
                self._look = self._store.instances(self._closing.survey, self._step)
            try:
                self._found = next(self._look, [])
            except BaseException:
                self._look = None
                raise
        return self._found

    def _begin(self, tx: Transaction, now_ms: int) -> Ended:
        found = tx.ended([self._closing.survey]).get(self._closing.survey)
        if found is not None:
            return found
        began = Ended(self._closing.survey, self._closing.closed_ms, self._closing.retention_days, now_ms)
        tx.write_ended(began)
        tables = tx.generations(self._closing.survey)
        if tables is not None:
            # A fill that goes on beside this meets it in what it counts, and ends.
            tx.write_generations(abandoned(tables))
            tx.end_filling(self._closing.survey)
        return began

    def _fenced(self, tx: Transaction) -> Ended:
        ended = replace(self._stored(tx), fenced=True)
        tx.write_ended(ended)
        return ended

    def _take_away(self, tx: Transaction, marks: Marks, found: list[str], now_ms: int) -> tuple[Ended, Marks, bool]:
        """Also whether it took away the slots of what the look found: they are the last."""
        before = self._stored(tx)
        if before.done_ms is not None:
            return before, {}, False
        changed: Marks = {}
        are_gone = False
        if entries := tx.quarantined_of(before.survey, self._step):
            # Nobody will ever judge what is held: it leaves its class with its payload.
            held = Counter(entry.partition for entry in entries if entry.kind is Kind.HELD)
            changed = _moved(marks, held)
            if changed:
                tx.swap([(marks[partition], after) for partition, after in changed.items()])
            tx.purge({(entry.partition, entry.offset) for entry in entries})
            after = replace(before, quarantined=before.quarantined + len(entries))
        elif sources := tx.rejections_of(before.survey, self._step):
            tx.unreject(set(sources))
            after = replace(before, rejections=before.rejections + len(sources))
        elif forgotten := tx.forget_erased(before.survey, self._step, now_ms):
            after = replace(before, erasures=before.erasures + forgotten)
        elif leaves := tx.leaf_ids(before.survey, None, self._step):
            tx.replace_leaves(leaves, [])
            after = before
        elif found:
            slots = [slot for slot in tx.slots(found).values() if slot.survey == before.survey]
            after, are_gone = self._let_go(tx, slots, before), True
        else:
            after = replace(before, done_ms=now_ms)
        tx.write_ended(after)
        return after, changed, are_gone

    def _let_go(self, tx: Transaction, slots: list[Slot], before: Ended) -> Ended:
        """Deletes slots. Of what was withdrawn the keyed hash stays, and that it was: nothing else."""
        markers = [Slot(slot.instance, slot.survey, State.WITHDRAWN) for slot in slots if slot.state is State.WITHDRAWN]
        gone = [slot.instance for slot in slots if slot.state is not State.WITHDRAWN]
        tx.write_slots([], markers)
        tx.drop_slots(gone)
        return replace(before, slots=before.slots + len(gone), markers=before.markers + len(markers))

    def _stored(self, tx: Transaction) -> Ended:
        return tx.ended([self._closing.survey])[self._closing.survey]


def _moved(marks: Marks, held: Mapping[int, int]) -> Marks:
    """One of the worker's watermarks, with the moves of records that were held, by their partition."""
    if not held:
        return {}
    moves = {
        partition: {OutcomeClass.HELD: -number, OutcomeClass.REJECTED: number} for partition, number in held.items()
    }
    own = min(marks)
    return {own: with_moves(marks[own], moves)}
