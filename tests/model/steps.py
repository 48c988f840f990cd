"""The steps from a state: what workers do, what the group and the network do to them, and how processes die.

Small enough to be searched whole, so some steps are one that are several: a transaction takes its locks and commits at
once, unless its worker dies or the answer is lost; one that met another is back where it began (it would read the same
again); taking over all partitions of an assignment is one step.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from tests.model.database import Contents
from tests.model.rules import DONE, LOOK, Rules
from tests.model.scenario import Scenario
from tests.model.state import BEGUN, IDLE, PARTITIONS, SECOND, UNKNOWN, WORKERS, Open, State, Worker, buried
from tests.model.work import Batch, Ended, Work


class Step(NamedTuple):
    """`fault`: liveness must not need it. `broken`: the step itself broke an invariant."""

    label: tuple[Any, ...]
    after: State
    fault: bool = False
    broken: str | None = None


class Steps:
    def __init__(self, scenario: Scenario, rules: Rules, contents: Contents, work: Work) -> None:
        self._scenario = scenario
        self._rules = rules
        self._contents = contents
        self._work = work

    def of(self, state: State) -> Iterator[Step]:
        for number, worker in enumerate(state.workers):
            yield from self._of_worker(state, number, worker)
        for tx in state.open:
            if tx.sent:
                rest = state._replace(open=_without(state.open, tx))
                yield Step(("the commit is done after all",), self._written(rest, tx.effect, -1))
                yield Step(("the commit is lost",), rest)
        if state.rebalances:
            workers = tuple(w if w.marks is None else w._replace(stale=True) for w in state.workers)
            for assigned in product(range(WORKERS), repeat=PARTITIONS):
                if assigned != state.assigned:
                    after = state._replace(assigned=assigned, workers=workers, rebalances=state.rebalances - 1)
                    yield Step(("the group assigns", assigned), after, fault=True)

    def _of_worker(self, state: State, number: int, worker: Worker) -> Iterator[Step]:
        if worker.marks is None or (worker.stale and worker.phase == IDLE):
            yield from self._take_over(state, number)
        if worker.marks is None:
            return
        if worker.phase == IDLE:
            for batch in self._batches(worker):
                yield self._begin(state, number, worker, batch)
        elif worker.phase == BEGUN:
            yield from self._commit(state, number, worker)
        elif worker.phase == UNKNOWN:
            yield self._look(state, number, worker)
        else:
            effect = self._work.effects[worker.effect]
            content = self._contents.apply(state.content, effect.second)
            done = worker._replace(phase=IDLE, effect=-1, marks=effect.after, cache=effect.cache)
            yield Step((number, "writes the rest"), state._replace(content=content).with_worker(number, done))
        if state.crashes:
            yield from self._crashes(state, number, worker)

    def _batches(self, worker: Worker) -> list[Batch]:
        assert worker.marks is not None
        single: list[Batch] = []
        for partition, mark in worker.marks:
            there = len(self._scenario.logs[partition]) - self._contents.values[mark].responses_next - worker.ahead
            single += [((partition, count),) for count in range(1, min(there, self._scenario.batch) + 1)]
        both = [one + other for one in single for other in single if one[0][0] != other[0][0]]
        return single + both if self._scenario.batch > 1 else single

    def _begin(self, state: State, number: int, worker: Worker, batch: Batch) -> Step:
        # A new transaction of a session ends the one before.
        state = state._replace(open=tuple(tx for tx in state.open if tx.session != number))
        assert worker.marks is not None
        found = self._work.of(state.content, state.owners, number, worker.marks, worker.cache, batch, worker.ahead)
        if isinstance(found, Ended):
            return Step((number, "ends", found.why), _dead(state, number))
        after = state.with_worker(number, worker._replace(phase=BEGUN, effect=found.number))
        return Step((number, "reads and decides", found.label), after)

    def _commit(self, state: State, number: int, worker: Worker) -> Iterator[Step]:
        effect = self._work.effects[worker.effect]
        idle = worker._replace(phase=IDLE, effect=-1)
        if any(effect.keys & self._work.effects[tx.effect].keys for tx in state.open):
            yield Step((number, "meets another transaction"), state.with_worker(number, idle))
            return
        broken = self._not_owned(state, number, worker.effect)
        done = idle._replace(marks=effect.after, cache=effect.cache)
        if effect.second:
            done = worker._replace(phase=SECOND)
        yield Step(
            (number, "commits", effect.label),
            self._written(state, worker.effect, number).with_worker(number, done),
            broken=broken,
        )
        if state.losses and not effect.second:
            sent = Open(number, worker.effect, True)
            after = state._replace(open=tuple(sorted((*state.open, sent))), losses=state.losses - 1)
            unknown = worker._replace(phase=UNKNOWN)
            yield Step((number, "hears nothing of its commit"), after.with_worker(number, unknown), fault=True)

    def _written(self, state: State, number: int, writer: int) -> State:
        """After a commit. Others that began before and write one of its documents begin again."""
        effect = self._work.effects[number]
        after = state._replace(content=self._contents.apply(state.content, effect.writes))
        return self._aborted(after, effect.keys, writer)

    def _aborted(self, state: State, keys: frozenset[Any], writer: int) -> State:
        for number, worker in enumerate(state.workers):
            if number != writer and worker.phase == BEGUN and keys & self._work.effects[worker.effect].keys:
                state = state.with_worker(number, worker._replace(phase=IDLE, effect=-1))
        return state

    def _not_owned(self, state: State, session: int, effect: int) -> str | None:
        if not self._rules.only_owners_write:
            return None
        taken = [p for p, _ in self._work.effects[effect].before if state.owners[p] != session]
        return f"a worker writes for partition {taken[0]}, which another one owns" if taken else None

    def _look(self, state: State, number: int, worker: Worker) -> Step:
        """The watermarks tell whether an uncertain commit took place."""
        effect = self._work.effects[worker.effect]
        content = self._contents.contents[state.content]
        partitions = [partition for partition, _ in effect.before]
        stored = tuple((partition, content["watermarks", partition]) for partition in partitions)
        idle = worker._replace(phase=IDLE, effect=-1)
        after = tuple((partition, mark) for partition, mark in effect.after if partition in partitions)
        looks = self._rules.unknown_commit == LOOK
        if self._rules.unknown_commit == DONE or (looks and stored == after):
            done = idle._replace(marks=effect.after, cache=effect.cache)
            return Step((number, "takes its commit for done"), state.with_worker(number, done))
        if stored == effect.before or not looks:
            return Step((number, "takes its commit for lost"), state.with_worker(number, idle))
        return Step((number, "ends, its watermarks moved"), _dead(state, number))

    def _take_over(self, state: State, number: int) -> Iterator[Step]:
        mine = [partition for partition in range(PARTITIONS) if state.assigned[partition] == number]
        known = self._contents.contents[state.content]
        before = tuple((partition, known["watermarks", partition]) for partition in mine)
        for partition in mine:
            owner = state.owners[partition]
            if owner == number:
                continue
            if self._rules.end_sessions:
                state = state._replace(open=tuple(tx for tx in state.open if tx.session != owner))
                if owner < WORKERS and state.workers[owner].phase == BEGUN:
                    state = state.with_worker(owner, state.workers[owner]._replace(phase=IDLE, effect=-1))
            key = ("watermarks", partition)
            if any(key in self._work.effects[tx.effect].keys for tx in state.open):
                return  # The write waits for the transaction that holds the watermark.
            owners = tuple(number if p == partition else o for p, o in enumerate(state.owners))
            state = self._aborted(state._replace(owners=owners), frozenset({key}), number)
        ahead = int(bool(mine) and not self._rules.resume_at_watermark)
        yield Step((number, "takes over", mine), state.with_worker(number, Worker(before, ahead=ahead)))

    def _crashes(self, state: State, number: int, worker: Worker) -> Iterator[Step]:
        state = state._replace(crashes=state.crashes - 1)
        if worker.phase == BEGUN:
            effect = self._work.effects[worker.effect]
            if not any(effect.keys & self._work.effects[tx.effect].keys for tx in state.open):
                left = Open(number, worker.effect, False)
                held = self._aborted(state._replace(open=tuple(sorted((*state.open, left)))), effect.keys, number)
                yield Step((number, "is killed inside its transaction"), _dead(held, number), fault=True)
        yield Step((number, "is killed"), _dead(state, number), fault=True)


def _dead(state: State, number: int) -> State:
    return buried(state.with_worker(number, Worker(None)), number)


def _without(open_: tuple[Open, ...], tx: Open) -> tuple[Open, ...]:
    found = list(open_)
    found.remove(tx)
    return tuple(found)
