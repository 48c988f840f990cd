"""The other half: which source offsets validate can write to a partition of `responses`, whoever writes and dies.

Two workers, of which one may be a zombie that has not noticed; commits anywhere, before and behind what was written;
a client that skips a record; the real rule of the start on a short tail. Rule 2 of the design says what comes of it:
source offsets are contiguous but for repetitions. Logs of that form are what the scenarios give to aggregate (and a
gap, which takes a lost log or a fault beyond these).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from services.runtime.contiguity import Contiguity, OffsetSkipped
from services.validate.start import Range, TailOutcome, start_of

RECORDS = 4
TAIL = 3
"""How many of the last outcomes a worker reads. The real tail is longer; a gap would show in a short one sooner."""
TOPIC = "s-id"
WORKERS = 2

Start = Callable[[int | None, Sequence[int], bool], int]
"""Committed offset, source offsets of the tail, whether anything was ever written -> where to start."""


class State(NamedTuple):
    """`written` is one past the highest source offset in the log; `at` the next record of each worker, None if it is
    not running."""

    tail: tuple[int, ...]
    written: int
    committed: int | None
    at: tuple[int | None, ...]


def real_start(committed: int | None, tail: Sequence[int], ever: bool) -> int:
    outcomes = [TailOutcome(TOPIC, offset) for offset in tail]
    return start_of(0, committed, outcomes, ever, Range(0, RECORDS), TOPIC)


def steps(state: State, start: Start, contiguous: bool) -> Iterator[tuple[State, str | None]]:
    """States after one step, with what is broken by it."""
    for committed in range(RECORDS + 1):
        yield state._replace(committed=committed), None
    for worker, at in enumerate(state.at):
        yield _moved(state, worker, start(state.committed, state.tail, bool(state.tail))), None
        if at is None:
            continue
        yield _moved(state, worker, None), None
        for delivered in range(at, min(at + 2, RECORDS)):
            if contiguous and not _follows(at, delivered):
                yield _moved(state, worker, None), None
                continue
            broken = None
            if delivered > state.written:
                broken = f"{delivered} is written where {state.written} is the first that is missing"
            after = _moved(state, worker, delivered + 1)
            tail = (*state.tail, delivered)[-TAIL:]
            yield after._replace(tail=tail, written=max(state.written, delivered + 1)), broken


def _moved(state: State, worker: int, at: int | None) -> State:
    return state._replace(at=tuple(at if number == worker else old for number, old in enumerate(state.at)))


def _follows(at: int, delivered: int) -> bool:
    watch = Contiguity()
    watch.restart({0: at})
    try:
        watch.check([(0, delivered)])
    except OffsetSkipped:
        return False
    return True


def explore(start: Start = real_start, contiguous: bool = True) -> tuple[int, str]:
    """How many states there are, and what is broken: "" if nothing is."""
    first = State((), 0, None, (None,) * WORKERS)
    before: dict[State, list[State]] = {first: []}
    waiting = [first]
    for state in waiting:
        for after, broken in steps(state, start, contiguous):
            if broken is not None:
                return len(before), broken
            if after not in before:
                before[after] = []
                waiting.append(after)
            before[after].append(state)
    reaches = {state for state in before if state.written == RECORDS}
    open_ = list(reaches)
    while open_:
        for state in before[open_.pop()]:
            if state not in reaches:
                reaches.add(state)
                open_.append(state)
    return len(before), "" if len(reaches) == len(before) else "some records never get an outcome"
